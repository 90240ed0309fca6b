#!/usr/bin/env bash
# The bundled capture through DPDK's real drivers: boots a guest by emulation alone (no KVM) with an e1000e that the
# guest's kernel sends on, and on the same hub an e1000e, a virtio-net and a vmxnet3 that DPDK takes by uio_pci_generic.
# For each, the digest of the live run's books must be that of the replay. Minutes, not seconds: not part of test.sh.
#   sudo apt-get install qemu-system-x86 busybox-static cpio libdpdk-dev
#   dotnet build FeedHandler.sln -c Release && tests/vm/run.sh [WORK_FOLDER]
# The guest sees this host's root read-only and WORK_FOLDER; nothing of the host changes.
set -euo pipefail
cd "$(dirname "$0")/../.."
work=$(realpath -m "${1:-$(mktemp -d /tmp/feedhandler-vm.XXXXXX)}")
limit_seconds=${VM_TIMEOUT_SECONDS:-1200}
app=replay/bin/Release/net10.0

give_up() { echo "error: $1" >&2; exit 1; }
for program in qemu-system-x86_64:qemu-system-x86 busybox:busybox-static cpio:cpio; do
  command -v "${program%%:*}" >/dev/null || give_up "sudo apt-get install ${program##*:}"
done
[ -f "$app/replay.dll" ] || give_up "dotnet build FeedHandler.sln -c Release"
[ -f "$app/libfeedhandler_dpdk.so" ] || give_up "built without DPDK: sudo apt-get install libdpdk-dev pkg-config gcc, and build again"

mkdir -p "$work"
if ! ls "$work"/linux-image-*.deb >/dev/null 2>&1; then
  image=$(apt-cache depends linux-image-amd64 | grep -o 'linux-image-[0-9][^ ]*' | head -1)
  (cd "$work" && apt-get download "$image")
fi

if [ ! -d "$work/kernel" ]; then
  dpkg-deb -x "$work"/linux-image-*.deb "$work/kernel"
fi
version=$(ls "$work/kernel/lib/modules")
busybox depmod -b "$work/kernel" "$version"

# A file of modules in the order in which they load, each behind what it needs.
tree=$work/initramfs
rm -rf "$tree" && mkdir -p "$tree"/{bin,modules,proc,sys,dev,host,guest}
cp "$(command -v busybox)" "$tree/bin/busybox"
deps=$work/kernel/lib/modules/$version/modules.dep
add_module() {
  local line needs
  line=$(grep -m1 "/$1\.ko:" "$deps") || return 0 # built in
  for needs in $(echo "${line#*:}" | tr ' ' '\n' | tac) "${line%%:*}"; do
    local name=${needs##*/}
    [ -f "$tree/modules/$name" ] && continue
    cp "$work/kernel/lib/modules/$version/$needs" "$tree/modules/$name"
    echo "$name" >> "$tree/modules/order"
  done
}
for module in virtio_pci 9pnet_virtio 9p e1000e virtio_net vmxnet3 uio_pci_generic; do add_module "$module"; done
cp tests/vm/init.sh "$tree/init" && chmod +x "$tree/init"
(cd "$tree" && find . | cpio -o -H newc --quiet | gzip -1) > "$work/initramfs.gz"

rm -rf "$work/share" && mkdir -p "$work/share"
cp -r "$app" "$work/share/app"
cp pcaps/demo.pcap "$work/share/"
# A slow machine must not make a gap of a late line.
sed '0,/"protocol": "cme-mdp3",/s//"protocol": "cme-mdp3", "reorderTimeoutMs": 60000,/' pcaps/demo.feed.json > "$work/share/feed.json"
dotnet "$app/replay.dll" play "$work/share/demo.pcap" --feed "$work/share/feed.json" --report "$work/share/expected.json" >/dev/null

# Address in the guest and name of each NIC that DPDK takes; VM_NICS names some of them.
nics="0000:00:11.0 e1000e
0000:00:12.0 virtio-net
0000:00:13.0 vmxnet3"
grep -E " (${VM_NICS:-.*})\$" <<< "$nics" > "$work/share/nics"

hub() { echo "-netdev hubport,id=$1,hubid=0 -device $2,netdev=$1,addr=$3"; }
# shellcheck disable=SC2046
timeout --kill-after=10 "$limit_seconds" qemu-system-x86_64 -accel tcg,thread=multi -machine q35 -cpu max -smp 2 -m 3072 \
  -display none -serial stdio -monitor none -no-reboot \
  -kernel "$work/kernel/boot/vmlinuz-$version" -initrd "$work/initramfs.gz" \
  -append "console=ttyS0 quiet panic=1 mitigations=off nokaslr" \
  -virtfs local,path=/,mount_tag=hostroot,security_model=none,readonly=on,multidevs=remap \
  -virtfs local,path="$work/share",mount_tag=work,security_model=none \
  -nic none $(hub near e1000e 0x10) $(hub far0 e1000e 0x11) $(hub far1 virtio-net-pci 0x12) $(hub far2 vmxnet3 0x13) \
  < /dev/null | tee "$work/console.log"

passed=$(grep -c '^PASS ' "$work/console.log" || true)
failed=$(($(wc -l < "$work/share/nics") - passed))
echo "$passed passed, $failed failed"
[ "$failed" -eq 0 ]
