using FeedHandler.Codecs;
using FeedHandler.Replay.Send;
using FeedHandler.Transport;

namespace FeedHandler.Wire.Tests;

/// <summary>What a full ring loses is counted, to the packet.</summary>
public sealed class DropTests : IDisposable
{
    private const int Sent = 20_000;

    private readonly VethPair _veth = new();

    public void Dispose() => _veth.Dispose();

    [Theory]
    [InlineData(PacketRing.Throughput)]
    [InlineData(PacketRing.Latency)]
    public void Full_packet_ring(PacketRing ring) =>
        Overrun(new TransportDefinition { Kind = TransportKind.AfPacket, AfPacket = new() { Interface = "", Ring = ring, RingBytes = 1 << 20 } });

    [Theory]
    [InlineData(XdpMode.Generic)]
    [InlineData(XdpMode.Native)]
    public void Full_driver_ring(XdpMode mode) =>
        Overrun(new TransportDefinition { Kind = TransportKind.AfXdp, AfXdp = new() { Interface = "", Mode = mode, Frames = 512 } });

    [Fact]
    public void Full_socket() =>
        Overrun(new TransportDefinition { Kind = TransportKind.Udp, Udp = new() { ReceiveBufferBytes = 128 << 10 } }, countedWith: 1);

    /// <param name="transport">The wire, with little room.</param>
    /// <param name="countedWith">Packets sent when there is room again: a socket tells its losses with the next packet.</param>
    private void Overrun(TransportDefinition transport, int countedWith = 0)
    {
        using var packets = new Numbered(Sent);
        using var source = VethPair.In(_veth.Receiver, () => FrameSources.Open(transport.On(VethPair.ReceiverInterface), [packets.Line]));
        using var sender = VethPair.In<BatchSender>(_veth.Sender, () => new UdpBatchSender(VethPair.SenderInterface, hops: 1));
        packets.Send(sender, Sent);
        var received = Drain(source);
        packets.Send(sender, countedWith);
        received += Drain(source);
        Assert.InRange(received, 1, Sent - 1);
        Assert.Equal(Sent + countedWith, received + source.Dropped);
    }

    private static int Drain(IFrameSource source)
    {
        // The block ring gives its last block after a time-out: quiet for some of those means empty.
        using var pause = new ManualResetEventSlim();
        var frames = new Frame[32];
        var received = 0;
        for (var quiet = 0; quiet < 5; quiet++)
        {
            for (var count = source.Poll(frames); count != 0; count = source.Poll(frames), quiet = 0)
            {
                foreach (ref readonly var frame in frames.AsSpan(0, count)) received += Numbered.IsOurs(frame) ? 1 : 0;
            }

            pause.Wait(5);
        }

        return received;
    }
}
