using System.Globalization;
using FeedHandler.Transport;

namespace FeedHandler.Commands;

/// <summary>How much something matters.</summary>
internal enum Severity
{
    /// <summary>As it should be.</summary>
    Good,

    /// <summary>It works, and would be faster or safer otherwise.</summary>
    Advice,

    /// <summary>The wire does not work, or loses packets, as it is.</summary>
    Problem,
}

/// <summary>One thing about the host: what is found, why it matters, and the command that changes it.</summary>
internal sealed record Finding(Severity Severity, string What, string Found, string Why = "", string Command = "");

/// <summary>What a host is asked for.</summary>
/// <param name="Transport">The wire.</param>
/// <param name="Interface">Its interface, where it has one.</param>
/// <param name="Cpu">CPU that is to receive.</param>
/// <param name="Groups">Multicast groups to join.</param>
internal sealed record DoctorQuestion(TransportKind Transport, string? Interface, int? Cpu, int Groups);

/// <summary>Looks at a host as a wire needs it. Pure: the same files and question give the same findings.</summary>
internal sealed class DoctorChecks(DoctorHost host, DoctorQuestion question)
{
    private const int NetAdmin = 12, NetRaw = 13, IpcLock = 14, SysAdmin = 21, BpfCapability = 39;

    /// <summary>What the finding about DPDK's device is called.</summary>
    public const string DeviceCheck = "DPDK device";

    /// <summary>What the finding about the driver is called, without which nobody but the kernel has a NIC.</summary>
    public const string DriverCheck = "vfio-pci";

    private const string PciDevices = "sys/bus/pci/devices", NetworkClass = "0x02";

    /// <summary>Drivers of the kernel that let DPDK have a device, or share it.</summary>
    private static readonly string[] DriversForDpdk = ["vfio-pci", "uio_pci_generic", "igb_uio", "mlx5_core", "mlx4_core"];

    private const long HugeBytesWanted = 256 << 20;
    private const long ReceiveBufferWanted = 32 << 20;
    private const long LockedBytesWanted = 64 << 20;
    private const int GroupsOfOneSocket = 20;

    public IEnumerable<Finding> All() =>
    [
        .. Capabilities(), .. Memory(), .. Interface(), .. Multicast(), .. Sockets(), .. Cpus(), .. Interrupts(), .. Software(), .. Device(),
    ];

    private bool Is(params TransportKind[] kinds) => kinds.Contains(question.Transport);

    /// <summary>Of a device of DPDK the name alone, without its arguments.</summary>
    private string DeviceName => (question.Interface ?? "").Split(',')[0];

    private bool IsPci => DeviceName.Contains(':', StringComparison.Ordinal);

    private IEnumerable<Finding> Capabilities()
    {
        (int Number, string Name)[] needed = question.Transport switch
        {
            TransportKind.AfPacket => [(NetRaw, "cap_net_raw")],
            TransportKind.AfXdp => [(NetRaw, "cap_net_raw"), (NetAdmin, "cap_net_admin"), (BpfCapability, "cap_bpf")],
            TransportKind.Dpdk => [(NetRaw, "cap_net_raw"), (NetAdmin, "cap_net_admin"), (IpcLock, "cap_ipc_lock")],
            _ => [],
        };
        var missing = needed.Where(one => !host.HasCapability(one.Number)).Select(one => one.Name).ToList();
        if (missing.Count != 0)
            yield return new Finding(Severity.Problem, "capabilities", $"without {string.Join(", ", missing)}", "the kernel refuses the wire to plain users", $"sudo setcap {string.Join(',', needed.Select(one => one.Name))}+ep feedhandler");
        else if (needed.Length != 0)
            yield return new Finding(Severity.Good, "capabilities", string.Join(", ", needed.Select(one => one.Name)));
        if (Is(TransportKind.Dpdk) && !host.HasCapability(SysAdmin))
            yield return new Finding(Severity.Advice, "root", "no", "net_af_xdp, and physical addresses for NICs without an IOMMU, need root", "sudo feedhandler …");
    }

    private IEnumerable<Finding> Memory()
    {
        if (Is(TransportKind.Dpdk))
        {
            var pageBytes = First(host.Words("proc/meminfo", "Hugepagesize:")) * 1024;
            var free = First(host.Words("proc/meminfo", "HugePages_Free:")) * pageBytes;
            yield return free >= HugeBytesWanted
                ? new Finding(Severity.Good, "huge pages", $"{free >> 20} MiB free")
                : new Finding(IsPci ? Severity.Problem : Severity.Advice, "huge pages", $"{free >> 20} MiB free", "a NIC that writes memory itself needs them; without them virtual devices use ordinary pages", $"sudo sysctl vm.nr_hugepages={HugeBytesWanted / Math.Max(pageBytes, 2 << 20)}");
        }

        if (!Is(TransportKind.AfXdp, TransportKind.Dpdk)) yield break;
        var limit = host.Words("proc/self/limits", "Max locked memory") is [var soft, ..] ? soft : "0";
        var isEnough = host.HasCapability(IpcLock) || limit == "unlimited" || (long.TryParse(limit, CultureInfo.InvariantCulture, out var bytes) && bytes >= LockedBytesWanted);
        yield return isEnough
            ? new Finding(Severity.Good, "locked memory", host.HasCapability(IpcLock) ? "unlimited (cap_ipc_lock)" : limit)
            : new Finding(Severity.Advice, "locked memory", limit, "packet memory is locked; 4096 frames of one queue take 8 MiB", "ulimit -l unlimited, or memlock in /etc/security/limits.conf");
    }

    private IEnumerable<Finding> Interface()
    {
        if (question.Interface is null && Is(TransportKind.AfPacket, TransportKind.AfXdp, TransportKind.Netmap))
            yield return new Finding(Severity.Problem, "interface", "none is named", "run refuses to start", "write \"interface\": \"eth1\" into the feed file, or --interface eth1");
        if (question.Interface is not { } name || IsPci || Is(TransportKind.Netmap, TransportKind.Pcap, TransportKind.Dpdk)) yield break;
        var folder = $"sys/class/net/{name}";
        if (!host.Exists(folder))
        {
            yield return new Finding(Severity.Problem, $"interface {name}", "there is none", $"there are {string.Join(", ", host.Names("sys/class/net"))}", "ip link");
            yield break;
        }

        const int Up = 1, Loopback = 8, MulticastFlag = 0x1000;
        var flags = Convert.ToInt32(host.Read($"{folder}/flags") ?? "0x0", 16);
        if ((flags & Up) == 0) yield return new Finding(Severity.Problem, $"interface {name}", "is down", "nothing arrives", $"sudo ip link set {name} up");
        else if (host.Read($"{folder}/carrier") == "0") yield return new Finding(Severity.Problem, $"interface {name}", "has no carrier", "the cable or the switch port is dead", $"ethtool {name}");
        else yield return new Finding(Severity.Good, $"interface {name}", $"up, MTU {host.Read($"{folder}/mtu")}");
        if ((flags & (MulticastFlag | Loopback)) == 0) yield return new Finding(Severity.Problem, $"interface {name}", "takes no multicast", "groups cannot be joined", $"sudo ip link set {name} multicast on");
        var queues = host.Names($"{folder}/queues").Count(queue => queue.StartsWith("rx-", StringComparison.Ordinal));
        if (Is(TransportKind.AfXdp) && queues > 1)
            yield return new Finding(Severity.Advice, $"queues of {name}", $"{queues}", "a frame on a queue without a socket goes to the kernel: name all queues, or steer the groups to one", $"sudo ethtool -L {name} combined 1");
        if (host.Number($"{folder}/device/numa_node") is >= 0 and var node && question.Cpu is { } cpu && host.Exists($"sys/devices/system/node/node{node}"))
        {
            var isNear = DoctorHost.Contains(host.Read($"sys/devices/system/node/node{node}/cpulist"), cpu);
            yield return isNear
                ? new Finding(Severity.Good, "NUMA", $"{name} and CPU {cpu} are on node {node}")
                : new Finding(Severity.Advice, "NUMA", $"{name} is on node {node}, CPU {cpu} is not", "every packet crosses between sockets", $"choose a CPU of {host.Read($"sys/devices/system/node/node{node}/cpulist")}");
        }

        if (host.Number($"proc/sys/net/ipv4/conf/{name}/rp_filter") == 1 || host.Number("proc/sys/net/ipv4/conf/all/rp_filter") == 1)
            yield return new Finding(Is(TransportKind.Udp) ? Severity.Problem : Severity.Good, "reverse path filter", "strict", "sockets get no packet whose source would be answered over another interface, as with most feeds", $"sudo sysctl net.ipv4.conf.all.rp_filter=2 net.ipv4.conf.{name}.rp_filter=2");
    }

    private IEnumerable<Finding> Multicast()
    {
        if (Is(TransportKind.Pcap)) yield break;
        var most = host.Number("proc/sys/net/ipv4/igmp_max_memberships") ?? GroupsOfOneSocket;
        yield return most >= GroupsOfOneSocket
            ? new Finding(Severity.Good, "groups of a socket", $"{most} (the feed has {question.Groups}; more sockets are opened as needed)")
            : new Finding(Severity.Problem, "groups of a socket", $"{most}", $"we join {GroupsOfOneSocket} on a socket", $"sudo sysctl net.ipv4.igmp_max_memberships={GroupsOfOneSocket}");
        if (host.Number("proc/sys/net/ipv4/igmp_max_msf") is < 10 and var sources)
            yield return new Finding(Severity.Advice, "sources of a group", $"{sources}", "a line that allows more sources cannot be joined", "sudo sysctl net.ipv4.igmp_max_msf=10");
    }

    private IEnumerable<Finding> Sockets()
    {
        if (!Is(TransportKind.Udp)) yield break;
        var most = host.Number("proc/sys/net/core/rmem_max") ?? 0;
        yield return most >= ReceiveBufferWanted || host.HasCapability(NetAdmin)
            ? new Finding(Severity.Good, "receive buffer", host.HasCapability(NetAdmin) ? "unlimited (cap_net_admin)" : $"{most >> 20} MiB")
            : new Finding(Severity.Advice, "receive buffer", $"{most >> 10} KiB at most", "it takes the bursts that come while the thread is away; what does not fit is lost", $"sudo sysctl net.core.rmem_max={ReceiveBufferWanted}");
        if (host.Number("proc/sys/net/core/netdev_max_backlog") is < 10_000 and var backlog)
            yield return new Finding(Severity.Advice, "backlog of a CPU", $"{backlog} packets", "interfaces without queues of their own (veth, tunnels) and RPS drop what is beyond it, which no socket counts", "sudo sysctl net.core.netdev_max_backlog=250000");
    }

    private IEnumerable<Finding> Cpus()
    {
        var isolated = host.Read("sys/devices/system/cpu/isolated");
        if (question.Cpu is not { } cpu)
        {
            yield return new Finding(Severity.Advice, "receiving CPU", "any", "the scheduler moves and interrupts the receiving thread", "\"cpu\": N in the feed file");
            yield break;
        }

        if (!host.Exists($"sys/devices/system/cpu/cpu{cpu}"))
        {
            yield return new Finding(Severity.Problem, "receiving CPU", $"{cpu}", $"there are CPUs {host.Read("sys/devices/system/cpu/online")}", "\"cpu\": N in the feed file");
            yield break;
        }

        yield return DoctorHost.Contains(isolated, cpu)
            ? new Finding(Severity.Good, "receiving CPU", $"{cpu}, isolated")
            : new Finding(Severity.Advice, "receiving CPU", $"{cpu}, shared with everything else", "whatever else runs there delays packets by milliseconds", $"isolcpus={cpu} nohz_full={cpu} rcu_nocbs={cpu} on the kernel's command line");
        if (host.Read($"sys/devices/system/cpu/cpu{cpu}/cpufreq/scaling_governor") is { } governor and not "performance")
            yield return new Finding(Severity.Advice, "CPU frequency", governor, "a core that slows down when idle is slow for the first packet", "sudo cpupower frequency-set -g performance");
        if (host.Read("sys/devices/system/clocksource/clocksource0/current_clocksource") is { } clock and not "tsc")
            yield return new Finding(Severity.Advice, "clock", clock, "reading the time takes a system call in place of 20 ns", "clocksource=tsc on the kernel's command line, if the CPU's is stable");
    }

    private IEnumerable<Finding> Interrupts()
    {
        if (question.Interface is not { } name || question.Cpu is not { } cpu || IsPci) yield break;
        var shared = new List<string>();
        foreach (var line in host.Lines("proc/interrupts").Where(line => line.Contains(name, StringComparison.Ordinal)))
        {
            var number = line.TrimStart().Split(':')[0];
            if (DoctorHost.Contains(host.Read($"proc/irq/{number}/smp_affinity_list"), cpu)) shared.Add(number);
        }

        if (shared.Count != 0)
            yield return new Finding(Severity.Advice, "interrupts", $"{name}'s number {string.Join(", ", shared)} may come on CPU {cpu}", "they interrupt the thread that polls", $"echo OTHER | sudo tee /proc/irq/{shared[0]}/smp_affinity_list; stop irqbalance");
    }

    private IEnumerable<Finding> Software()
    {
        if (Is(TransportKind.Netmap) && !host.Exists("dev/netmap"))
            yield return new Finding(Severity.Problem, "netmap", "there is no /dev/netmap", "the module is not loaded", "sudo modprobe netmap (built from https://github.com/luigirizzo/netmap)");
        if (Is(TransportKind.Dpdk) && IsPci && !host.Exists("sys/module/vfio_pci") && !host.Exists("sys/module/uio_pci_generic") && !HasDriverForDpdk)
            yield return new Finding(Severity.Problem, DriverCheck, "is not loaded", "DPDK takes a NIC from the kernel through it", $"sudo modprobe vfio-pci && sudo dpdk-devbind.py -b vfio-pci {question.Interface}");
    }

    /// <summary>A device that DPDK would refuse in words of its own.</summary>
    private IEnumerable<Finding> Device()
    {
        const string Virtual = "net_af_packet0,iface=";
        if (!Is(TransportKind.Dpdk)) yield break;
        if (DeviceName.Length == 0)
        {
            yield return new Finding(Severity.Problem, DeviceCheck, "none is named", "each RX core opens a device", $"\"dpdk\": {{ \"device\": \"0000:03:00.1\" }}, or \"{Virtual}eth1\"");
        }
        else if (!IsPci)
        {
            if (host.Exists($"sys/class/net/{DeviceName}"))
                yield return new Finding(Severity.Problem, DeviceCheck, $"{DeviceName} is an interface of the kernel", "DPDK has devices of its own", $"\"dpdk\": {{ \"device\": \"{Virtual}{DeviceName}\" }}, or its PCI address");
        }
        else if (!host.Exists($"{PciDevices}/{PciAddress}"))
        {
            var there = host.Names(PciDevices).Where(address => host.Read($"{PciDevices}/{address}/class")?.StartsWith(NetworkClass, StringComparison.Ordinal) ?? false).ToList();
            yield return new Finding(Severity.Problem, DeviceCheck, $"there is none at {DeviceName}", there.Count == 0 ? "this host has no network device on PCI" : $"there are {string.Join(", ", there)}", "dpdk-devbind.py --status-dev net, then \"dpdk\": { \"device\": \"ADDRESS\" }");
        }
        else if (host.Exists("sys/module/vfio_pci") && !HasDriverForDpdk)
        {
            yield return new Finding(Severity.Problem, DeviceCheck, $"{DeviceName} is the kernel's", "DPDK gets it through vfio-pci, and its interface is gone then", $"sudo dpdk-devbind.py -b vfio-pci {PciAddress}");
        }
    }

    private bool HasDriverForDpdk => Array.Exists(DriversForDpdk, driver => host.Exists($"sys/bus/pci/drivers/{driver}/{PciAddress}"));

    private string PciAddress => DpdkEnvironment.PciAddress(DeviceName);

    private static long First(string[] words) => words is [var first, ..] && long.TryParse(first, CultureInfo.InvariantCulture, out var number) ? number : 0;
}
