using FeedHandler.Cli;
using FeedHandler.Commands;
using FeedHandler.Transport;

namespace FeedHandler.Replay.Tests.Cli;

/// <summary>The doctor on hosts made of files.</summary>
public sealed class DoctorTests : IDisposable
{
    private const ulong AllCapabilities = 0x1FF_FFFF_FFFF;

    private readonly DirectoryInfo _root = Directory.CreateTempSubdirectory("doctor-");

    public DoctorTests()
    {
        Write("proc/self/status", $"Name:\tfeedhandler\nCapEff:\t{AllCapabilities:x16}\n");
        Write("proc/self/limits", "Max locked memory         unlimited            unlimited            bytes\n");
        Write("proc/meminfo", "HugePages_Total:     512\nHugePages_Free:      512\nHugepagesize:       2048 kB\n");
        Write("proc/sys/net/ipv4/igmp_max_memberships", "20\n");
        Write("proc/sys/net/ipv4/igmp_max_msf", "10\n");
        Write("proc/sys/net/core/rmem_max", "67108864\n");
        Write("proc/sys/net/core/netdev_max_backlog", "250000\n");
        Write("sys/class/net/eth1/flags", "0x1003\n");
        Write("sys/class/net/eth1/carrier", "1\n");
        Write("sys/class/net/eth1/mtu", "1500\n");
        Write("sys/class/net/eth1/device/numa_node", "1\n");
        Write("sys/class/net/eth1/queues/rx-0/rps_cpus", "0\n");
        Write("sys/devices/system/node/node1/cpulist", "2-3\n");
        Write("sys/devices/system/cpu/online", "0-3\n");
        Write("sys/devices/system/cpu/isolated", "2-3\n");
        Write("sys/devices/system/cpu/cpu3/cpufreq/scaling_governor", "performance\n");
        Write("sys/devices/system/clocksource/clocksource0/current_clocksource", "tsc\n");
        Write("proc/interrupts", "            CPU0\n  41:    7  eth1-rx-0\n");
        Write("proc/irq/41/smp_affinity_list", "0-1\n");
    }

    public void Dispose() => _root.Delete(recursive: true);

    [Theory]
    [InlineData(TransportKind.Udp)]
    [InlineData(TransportKind.AfPacket)]
    [InlineData(TransportKind.AfXdp)]
    [InlineData(TransportKind.Dpdk)]
    public void Well_kept_host_is_fit(TransportKind kind) =>
        Assert.All(Check(kind, kind == TransportKind.Dpdk ? "net_af_packet0,iface=eth1" : "eth1"), finding => Assert.True(finding.Severity == Severity.Good, $"{finding}"));

    [Theory]
    [InlineData(TransportKind.AfPacket, "proc/self/status", "CapEff:\t0\n", "capabilities", Severity.Problem, "setcap cap_net_raw+ep")]
    [InlineData(TransportKind.AfXdp, "proc/self/status", "CapEff:\t2000\n", "capabilities", Severity.Problem, "cap_bpf")]
    [InlineData(TransportKind.AfXdp, "sys/class/net/eth1/flags", "0x1002", "interface eth1", Severity.Problem, "ip link set eth1 up")]
    [InlineData(TransportKind.AfXdp, "sys/class/net/eth1/queues/rx-1/rps_cpus", "0", "queues of eth1", Severity.Advice, "combined 1")]
    [InlineData(TransportKind.Udp, "sys/class/net/eth1/carrier", "0", "interface eth1", Severity.Problem, "ethtool eth1")]
    [InlineData(TransportKind.Udp, "sys/class/net/eth1/flags", "0x3", "interface eth1", Severity.Problem, "multicast on")]
    [InlineData(TransportKind.Udp, "proc/sys/net/ipv4/conf/eth1/rp_filter", "1", "reverse path filter", Severity.Problem, "rp_filter=2")]
    [InlineData(TransportKind.Udp, "proc/sys/net/core/netdev_max_backlog", "1000", "backlog of a CPU", Severity.Advice, "netdev_max_backlog")]
    [InlineData(TransportKind.Udp, "proc/sys/net/ipv4/igmp_max_memberships", "5", "groups of a socket", Severity.Problem, "igmp_max_memberships=20")]
    [InlineData(TransportKind.Udp, "proc/sys/net/ipv4/igmp_max_msf", "1", "sources of a group", Severity.Advice, "igmp_max_msf=10")]
    [InlineData(TransportKind.Dpdk, "proc/meminfo", "HugePages_Free: 3\nHugepagesize: 2048 kB\n", "huge pages", Severity.Advice, "vm.nr_hugepages=128")]
    [InlineData(TransportKind.Udp, "sys/devices/system/cpu/isolated", "0-1", "receiving CPU", Severity.Advice, "isolcpus=3")]
    [InlineData(TransportKind.Udp, "sys/devices/system/node/node1/cpulist", "4-7", "NUMA", Severity.Advice, "choose a CPU of 4-7")]
    [InlineData(TransportKind.Udp, "proc/irq/41/smp_affinity_list", "0-3", "interrupts", Severity.Advice, "/proc/irq/41/smp_affinity_list")]
    [InlineData(TransportKind.Udp, "sys/devices/system/cpu/cpu3/cpufreq/scaling_governor", "powersave", "CPU frequency", Severity.Advice, "performance")]
    [InlineData(TransportKind.Udp, "sys/devices/system/clocksource/clocksource0/current_clocksource", "hpet", "clock", Severity.Advice, "clocksource=tsc")]
    internal void What_is_wrong_is_found_with_the_command_that_changes_it(TransportKind kind, string file, string content, string what, Severity severity, string command)
    {
        Write(file, content);
        var finding = Check(kind).Where(finding => finding.Severity != Severity.Good).First(finding => finding.What == what);
        Assert.Equal(severity, finding.Severity);
        Assert.Contains(command, finding.Command, StringComparison.Ordinal);
        Assert.NotEqual("", finding.Why);
    }

    [Fact]
    public void Nic_of_dpdk_needs_huge_pages_and_its_driver()
    {
        Write("proc/meminfo", "HugePages_Free: 0\nHugepagesize: 2048 kB\n");
        Write("sys/bus/pci/devices/0000:03:00.1/class", "0x020000\n");
        var problems = Check(TransportKind.Dpdk, "0000:03:00.1").Where(finding => finding.Severity == Severity.Problem).ToList();
        Assert.Equal(["huge pages", "vfio-pci"], problems.Select(finding => finding.What));
        Assert.Contains("dpdk-devbind.py -b vfio-pci 0000:03:00.1", problems[1].Command, StringComparison.Ordinal);
    }

    [Theory]
    [InlineData("", "none is named", "\"device\": \"0000:03:00.1\"")]
    [InlineData("eth1", "eth1 is an interface of the kernel", "\"device\": \"net_af_packet0,iface=eth1\"")]
    [InlineData("0000:09:00.0", "there is none at 0000:09:00.0", "dpdk-devbind.py --status-dev net")]
    [InlineData("09:00.0", "there is none at 09:00.0", "dpdk-devbind.py --status-dev net")]
    [InlineData("0000:03:00.1", "0000:03:00.1 is the kernel's", "sudo dpdk-devbind.py -b vfio-pci 0000:03:00.1")]
    [InlineData("03:00.1", "03:00.1 is the kernel's", "sudo dpdk-devbind.py -b vfio-pci 0000:03:00.1")]
    [InlineData("0000:03:00.2", null, "")]
    [InlineData("0000:03:00.3", null, "")]
    public void Device_that_DPDK_cannot_open_is_found_with_what_to_write(string device, string? found, string command)
    {
        Write("sys/module/vfio_pci/version", "1\n");
        Write("sys/bus/pci/devices/0000:00:02.0/class", "0x030000\n");
        foreach (var address in (string[])["0000:03:00.1", "0000:03:00.2", "0000:03:00.3"]) Write($"sys/bus/pci/devices/{address}/class", "0x020000\n");
        Write("sys/bus/pci/drivers/ixgbe/0000:03:00.1/class", "");
        Write("sys/bus/pci/drivers/vfio-pci/0000:03:00.2/class", "");
        Write("sys/bus/pci/drivers/mlx5_core/0000:03:00.3/class", "");
        var problems = Check(TransportKind.Dpdk, device).Where(finding => finding.Severity == Severity.Problem).ToList();
        if (found is null)
        {
            Assert.Empty(problems);
            return;
        }

        var problem = Assert.Single(problems);
        Assert.Equal(("DPDK device", found), (problem.What, problem.Found));
        Assert.Contains(command, problem.Command, StringComparison.Ordinal);
        if (problem.Why.StartsWith("there are", StringComparison.Ordinal)) Assert.Equal("there are 0000:03:00.1, 0000:03:00.2, 0000:03:00.3", problem.Why);
    }

    [Fact]
    public void A_NIC_that_DPDK_drives_beside_the_kernel_needs_no_other_driver()
    {
        Write("sys/bus/pci/devices/0000:03:00.3/class", "0x020000\n");
        Write("sys/bus/pci/drivers/mlx5_core/0000:03:00.3/class", "");
        Assert.DoesNotContain(Check(TransportKind.Dpdk, "0000:03:00.3"), finding => finding.Severity == Severity.Problem);
    }

    [Fact]
    public void PCI_addresses_may_be_written_in_capitals()
    {
        Write("sys/module/vfio_pci/version", "1\n");
        Write("sys/bus/pci/devices/0000:3b:00.0/class", "0x020000\n");
        Write("sys/bus/pci/drivers/vfio-pci/0000:3b:00.0/class", "");
        Assert.DoesNotContain(Check(TransportKind.Dpdk, "0000:3B:00.0"), finding => finding.Severity == Severity.Problem);
    }

    [Theory]
    [InlineData(TransportKind.AfPacket)]
    [InlineData(TransportKind.AfXdp)]
    public void Wires_that_need_an_interface_are_told_that_none_is_named(TransportKind kind)
    {
        var question = new DoctorQuestion(kind, Interface: null, Cpu: 3, Groups: 8);
        Assert.Contains(new DoctorChecks(new DoctorHost(_root.FullName), question).All(), finding => finding is { Severity: Severity.Problem, What: "interface" });
    }

    [Fact]
    public async Task Device_that_is_an_interface_makes_the_host_unfit_for_dpdk()
    {
        using var said = new StringWriter();
        var terminal = new Terminal(said, TextWriter.Null);
        Assert.Equal(ExitCode.Failure, await CommandLineHost.RunAsync(
            FeedHandlerCommandLine.Create(new FakeEngine(), terminal), ["doctor", "--transport", "dpdk", "--interface", "lo"], terminal, TestContext.Current.CancellationToken));
        Assert.Contains("PROBLEM  DPDK device: lo is an interface of the kernel", said.ToString(), StringComparison.Ordinal);
        Assert.Contains("net_af_packet0,iface=lo", said.ToString(), StringComparison.Ordinal);
    }

    [Fact]
    public void Interface_that_is_not_there_is_named_with_those_that_are()
    {
        var finding = Assert.Single(Check(TransportKind.AfXdp, "eth9"), finding => finding.Severity == Severity.Problem);
        Assert.Equal("there are eth1", finding.Why);
    }

    private List<Finding> Check(TransportKind kind, string name = "eth1") =>
        [.. new DoctorChecks(new DoctorHost(_root.FullName), new DoctorQuestion(kind, name, Cpu: 3, Groups: 8)).All()];

    private void Write(string path, string content)
    {
        var full = Path.Combine(_root.FullName, path);
        Directory.CreateDirectory(Path.GetDirectoryName(full)!);
        File.WriteAllText(full, content);
    }
}
