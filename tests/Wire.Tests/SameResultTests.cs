using FeedHandler.Actors;
using FeedHandler.Replay.Send;
using FeedHandler.Transport;

namespace FeedHandler.Wire.Tests;

/// <summary>One capture over every wire: the books are the same to the last order, and no buffer is lost.</summary>
public sealed class SameResultTests : IDisposable
{
    private static readonly IReadOnlyList<LineAddress> Lines = Playback.Feed.Lines();

    // A cable for each test: net_af_xdp keeps its queue until the process ends.
    private readonly VethPair _veth = new();

    public void Dispose() => _veth.Dispose();

    [Theory]
    [InlineData("udp")]
    [InlineData("packet")]
    public async Task Kernel_sockets(string via)
    {
        // What the recorded addresses say of where packets come from is not true of this cable.
        if (via == "packet") VethPair.Ip($"netns exec {_veth.Receiver} sysctl -qw net.ipv4.conf.all.rp_filter=0 net.ipv4.conf.{VethPair.ReceiverInterface}.rp_filter=0");
        await OverTheCable(new TransportDefinition { Kind = TransportKind.Udp }, via);
    }

    [Theory]
    [InlineData(PacketRing.Throughput, null)]
    [InlineData(PacketRing.Latency, null)]
    [InlineData(PacketRing.Throughput, 7)]
    public Task Packet_rings(PacketRing ring, int? fanout) =>
        OverTheCable(new TransportDefinition { Kind = TransportKind.AfPacket, AfPacket = new() { Interface = "", Ring = ring, FanoutGroup = fanout } });

    [Theory]
    [InlineData(XdpMode.Generic, XdpCopy.Auto)]
    [InlineData(XdpMode.Native, XdpCopy.Auto)]
    [InlineData(XdpMode.Auto, XdpCopy.Copy)]
    public Task Driver_frames(XdpMode mode, XdpCopy copy) =>
        OverTheCable(new TransportDefinition { Kind = TransportKind.AfXdp, AfXdp = new() { Interface = "", Mode = mode, Copy = copy } });

    [Theory]
    [InlineData("net_af_packet0,iface=wire1,blocksz=4096,framesz=2048,framecnt=1024")]
    [InlineData("net_af_xdp0,iface=wire1")]
    public Task Dpdk_on_the_cable(string device) =>
        OverTheCable(new TransportDefinition { Kind = TransportKind.Dpdk, Dpdk = Dpdk(device) with { JoinInterface = VethPair.ReceiverInterface } });

    [Fact]
    public async Task Dpdk_reads_a_capture()
    {
        using var source = new DpdkSource(Lines, Dpdk($"net_pcap0,rx_pcap={Playback.Capture}"));
        var results = await Playback.Run(source, static _ => { });
        Same(results, source);
    }

    [Fact]
    public async Task Dpdk_ring_in_memory()
    {
        using var source = new DpdkSource(Lines, Dpdk("net_ring0"));
        var results = await Playback.Run(source, received => RingFeeder.Send(source, received));
        Same(results, source);
    }

    [Fact]
    public async Task Capture_as_a_wire()
    {
        using var source = FrameSources.Open(new TransportDefinition { Kind = TransportKind.Pcap, Pcap = new() { Files = [Playback.Capture], Speed = null } }, Lines);
        Same(await Playback.Run(source, static _ => { }), source);
    }

    private static DpdkOptions Dpdk(string device) => new() { Device = device, Buffers = 8192, Memory = DpdkMemory.Ordinary };

    private async Task OverTheCable(TransportDefinition transport, string via = "udp")
    {
        using var source = VethPair.In(_veth.Receiver, () => FrameSources.Open(transport.Kind == TransportKind.Dpdk ? transport : transport.On(VethPair.ReceiverInterface), Lines));
        using var sender = VethPair.In<BatchSender>(_veth.Sender, () =>
            via == "udp" ? new UdpBatchSender(VethPair.SenderInterface, hops: 1) : new PacketBatchSender(VethPair.SenderInterface));
        var atStart = Buffers(source);
        var atEnd = 0L;
        var results = await Playback.Run(source, received => Playback.Send(sender, received, source), () =>
        {
            // A poll gives back what the one before took; the kernels at both ends may still greet each other.
            Playback.Empty(source);
            atEnd = Buffers(source);
        });
        Assert.Equal(0, source.Dropped);
        Assert.Equal(atStart, atEnd);
        Same(results, source);
    }

    /// <summary>Buffers that are neither free nor on their way.</summary>
    private static long Buffers(IFrameSource source) => source switch
    {
        AfXdpSource xdp => xdp.MissingFrames,
        DpdkSource dpdk => dpdk.Port.BuffersInUse,
        _ => 0,
    };

    private static void Same(FeedResults results, IFrameSource source)
    {
        Assert.Equal(Playback.Digest, BooksDigest.Compute(results));
        source.Dispose();

        // net_af_xdp does not empty its fill ring when it is closed, whether or not anything was received.
        if (source is DpdkSource dpdk && dpdk.Port.Driver != "net_af_xdp") Assert.Equal(0, dpdk.Port.LeakedBuffers);
    }
}
