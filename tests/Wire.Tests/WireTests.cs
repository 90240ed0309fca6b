using System.Diagnostics;
using FeedHandler.Codecs;
using FeedHandler.Replay.Send;
using FeedHandler.Transport;

namespace FeedHandler.Wire.Tests;

/// <summary>Groups, refusals, and what comes and goes while a wire is open.</summary>
public sealed class WireTests : IDisposable
{
    private readonly VethPair _veth = new();

    public void Dispose() => _veth.Dispose();

    [Fact]
    public void Lines_come_and_go_while_the_driver_program_runs()
    {
        using var first = new Numbered(1);
        using var second = new Numbered(2);
        using var source = VethPair.In(_veth.Receiver, () => new AfXdpSource([first.Line], new AfXdpOptions { Interface = VethPair.ReceiverInterface, Mode = XdpMode.Native }));
        using var sender = VethPair.In<BatchSender>(_veth.Sender, () => new UdpBatchSender(VethPair.SenderInterface, hops: 1));
        second.Send(sender, 3);
        first.Send(sender, 1);
        Assert.Equal([first.Line.Group], Receive(source, 1));
        source.Add(second.Line);
        second.Send(sender, 2);
        Assert.Equal([second.Line.Group, second.Line.Group], Receive(source, 2));
        source.Remove(second.Line);
        second.Send(sender, 3);
        first.Send(sender, 1);
        Assert.Equal([first.Line.Group], Receive(source, 1));
    }

    [Theory]
    [InlineData(TransportKind.Udp)]
    [InlineData(TransportKind.AfPacket)]
    [InlineData(TransportKind.AfXdp)]
    public void Groups_are_joined_while_the_wire_is_open(TransportKind kind)
    {
        using var packets = new Numbered(7);
        const string group = "239.77.0.7";
        Assert.DoesNotContain(group, Memberships(), StringComparison.Ordinal);
        using (VethPair.In(_veth.Receiver, () => FrameSources.Open(new TransportDefinition { Kind = kind }.On(VethPair.ReceiverInterface), [packets.Line])))
        {
            Assert.Contains(group, Memberships(), StringComparison.Ordinal);
        }

        Assert.DoesNotContain(group, Memberships(), StringComparison.Ordinal);
    }

    [Fact]
    public void More_groups_than_a_socket_may_join_are_joined()
    {
        LineAddress[] lines = [.. Enumerable.Range(0, 45).Select(n => new LineAddress(0xEF4D_0100u + (uint)n, 15_000))];
        using var source = VethPair.In(_veth.Receiver, () => new AfPacketSource(lines, new AfPacketOptions { Interface = VethPair.ReceiverInterface }));
        Assert.All(lines, line => Assert.Contains(line.ToString().Split(':')[0], Memberships(), StringComparison.Ordinal));
    }

    [Fact]
    public void Frames_too_long_for_the_driver_are_explained()
    {
        VethPair.Ip($"-n {_veth.Receiver} link set {VethPair.ReceiverInterface} mtu 9000");
        VethPair.Ip($"-n {_veth.Sender} link set {VethPair.SenderInterface} mtu 9000");
        var error = Refused(new TransportDefinition { Kind = TransportKind.AfXdp, AfXdp = new() { Interface = "", Mode = XdpMode.Native } }.On(VethPair.ReceiverInterface));
        Assert.Contains("attach the BPF program", error, StringComparison.Ordinal);
        Assert.Contains("\"mode\": \"generic\"", error, StringComparison.Ordinal);
    }

    [Fact]
    public void Zero_copy_that_the_driver_cannot_do_is_explained()
    {
        var error = Refused(new TransportDefinition { Kind = TransportKind.AfXdp, AfXdp = new() { Interface = "", Copy = XdpCopy.Zero } }.On(VethPair.ReceiverInterface));
        Assert.Contains("\"copy\": \"auto\"", error, StringComparison.Ordinal);
    }

    [Theory]
    [InlineData("net_nosuch0", "dpdk net_nosuch0: plug in")]
    [InlineData("net_af_packet5,iface=nosuch", "is there such an interface, and is it up?")]
    [InlineData("0000:ff:1f.6", "there is no device with this PCI address")]
    public void Dpdk_device_that_is_not_there_is_explained(string device, string expected)
    {
        var error = Refused(new TransportDefinition { Kind = TransportKind.Dpdk, Dpdk = new() { Device = device, Memory = DpdkMemory.Ordinary } });
        Assert.Contains(expected, error, StringComparison.Ordinal);
    }

    [Fact]
    public void More_queues_than_the_device_has_are_explained()
    {
        var error = Refused(new TransportDefinition { Kind = TransportKind.Dpdk, Dpdk = new() { Device = "net_pcap7,rx_pcap=" + Playback.Capture, Queues = 3, Memory = DpdkMemory.Ordinary } });
        Assert.Contains("receive queues, 3 are asked for", error, StringComparison.Ordinal);
    }

    [Fact]
    public void Dpdk_ports_come_and_go_in_one_process()
    {
        for (var round = 0; round < 3; round++)
        {
            using var source = new DpdkSource([], new DpdkOptions { Device = "net_null3,size=64", Memory = DpdkMemory.Ordinary });
            Assert.Equal(32, source.Poll(new Frame[32]));
            Assert.Equal("net_null", source.Port.Driver);
            Assert.Equal(32, source.Port.BuffersInUse);
            source.Dispose();
            Assert.Equal(0, source.Port.LeakedBuffers);
        }
    }

    private static string Refused(TransportDefinition transport, string? space = null)
    {
        try
        {
            FrameSources.Open(transport, [new LineAddress(0xEF4D_0001, 15_000)]).Dispose();
        }
        catch (TransportException e)
        {
            return e.Message;
        }

        Assert.Fail($"the wire was opened in {space}");
        return "";
    }

    private string Refused(TransportDefinition transport) => VethPair.In(_veth.Receiver, () => Refused(transport, _veth.Receiver));

    private string Memberships() => VethPair.In(_veth.Receiver, () =>
    {
        var start = new ProcessStartInfo("ip", $"maddr show dev {VethPair.ReceiverInterface}") { UseShellExecute = false, RedirectStandardOutput = true };
        using var process = Process.Start(start)!;
        return process.StandardOutput.ReadToEnd();
    });

    /// <summary>The groups of so many datagrams, and that no more come.</summary>
    private static unsafe List<uint> Receive(IFrameSource source, int wanted)
    {
        var frames = new Frame[8];
        var groups = new List<uint>();
        var watch = Stopwatch.StartNew();
        while (groups.Count < wanted)
        {
            Assert.True(watch.Elapsed < TimeSpan.FromSeconds(10), $"{groups.Count} of {wanted} came");
            var count = source.Poll(frames);
            foreach (ref readonly var frame in frames.AsSpan(0, count))
            {
                Assert.Equal(FrameError.None, FrameParser.TryParse(frame.Link, new ReadOnlySpan<byte>(frame.Data, frame.Length), out var datagram));
                groups.Add(datagram.DestinationAddress);
            }
        }

        return groups;
    }
}
