#!/bin/busybox sh
# First process of the guest: see run.sh. Prints "PASS driver" or "FAIL driver why" for each NIC, and turns the guest off.
PATH=/bin:/sbin:/usr/bin:/usr/sbin
/bin/busybox --install -s /bin
mount -t proc proc /proc
mount -t sysfs sys /sys
mount -t devtmpfs dev /dev
while read -r module; do insmod "/modules/$module"; done < /modules/order
mount -t 9p -o trans=virtio,version=9p2000.L,ro,msize=262144,cache=loose hostroot /host
mount -t 9p -o trans=virtio,version=9p2000.L,msize=262144 work /guest
for folder in proc sys dev; do mount --rbind /$folder /host/$folder; done
for folder in tmp run; do mount -t tmpfs tmpfs /host/$folder; done
mkdir -p /host/tmp/guest /dev/shm && mount --rbind /guest /host/tmp/guest && mount -t tmpfs shm /dev/shm
echo 256 > /proc/sys/vm/nr_hugepages
echo 1 > /proc/sys/net/ipv6/conf/all/disable_ipv6
ip link set lo up
near=$(ls /sys/bus/pci/devices/0000:00:10.0/net)
ip link set "$near" up
echo "guest is up: sends on $near"

in_host() { chroot /host /usr/bin/env HOME=/tmp TMPDIR=/tmp DOTNET_gcServer=0 DOTNET_TieredCompilation=1 "$@"; }
free_pages() { sed -n 's/HugePages_Free: *//p' /proc/meminfo; }
digest() { sed -n 's/.*"books_digest": *"\([^"]*\)".*/\1/p' "$1"; }

# check PCI_ADDRESS NAME
check() {
  device=/sys/bus/pci/devices/$1
  echo uio_pci_generic > "$device/driver_override"
  [ -e "$device/driver" ] && echo "$1" > "$device/driver/unbind"
  echo "$1" > /sys/bus/pci/drivers_probe
  before=$(free_pages)
  rm -f /guest/report.json
  in_host dotnet /tmp/guest/app/feedhandler.dll run --feed /tmp/guest/feed.json --transport dpdk --interface "$1" \
    --report /tmp/guest/report.json > "/guest/$2.log" 2>&1 &
  run=$!
  waited=0
  while [ "$(free_pages)" = "$before" ] && [ "$waited" -lt 120 ] && kill -0 $run 2>/dev/null; do sleep 1; waited=$((waited + 1)); done
  sleep 15 # the port starts, and its link comes up
  in_host dotnet /tmp/guest/app/replay.dll send /tmp/guest/demo.pcap --interface "$near" --via packet --pps 500 || echo "send failed"
  sleep 5
  kill -TERM $(pidof dotnet) # a shell leaves its background jobs deaf to SIGINT
  wait $run
  status=$?
  if [ -f /guest/report.json ] && [ "$(digest /guest/report.json)" = "$(digest /guest/expected.json)" ]; then
    echo "PASS $2"
  else
    echo "FAIL $2: exit $status; $(tail -3 "/guest/$2.log" | tr '\n' ' ')"
  fi
}

while read -r address name; do check "$address" "$name" < /dev/null; done < /guest/nics
poweroff -f
