using System.Runtime.InteropServices;
using FeedHandler.Codecs;
using static FeedHandler.Transport.Tests.Rx.RxFixture;

namespace FeedHandler.Transport.Tests.Rx;

public sealed class RxCoreTests
{
    private readonly RxFixture _fixture = new(channels: 2);

    [Theory]
    [InlineData(true)]
    [InlineData(false)]
    public void Packets_of_another_channel_let_a_hole_time_out(bool isReplay)
    {
        using var rx = Core(isReplay, (0, 1, 5, 0), (0, 1, 7, 1), (1, 1, 900, 10), (1, 1, 901, 30), (1, 1, 902, 31));
        rx.Poll(0);
        Assert.Equal(["0 Heartbeat 5", "1 Heartbeat 900", "0 gap 6-7 Loss", "0 Heartbeat 7", "1 Heartbeat 901", "1 Heartbeat 902"], _fixture.Take());
    }

    [Fact]
    public void A_packet_that_fills_the_hole_is_not_late_because_it_is_the_clock()
    {
        using var rx = Core(isReplay: true, (0, 1, 5, 0), (0, 1, 7, 1), (0, 1, 6, 30));
        rx.Poll(0);
        Assert.Equal(["0 Heartbeat 5", "0 Heartbeat 6", "0 Heartbeat 7"], _fixture.Take());
    }

    [Fact]
    public void In_a_replay_only_packets_move_time()
    {
        using var rx = Core(isReplay: true, (0, 1, 5, 0), (0, 1, 7, 1));
        rx.Poll(0);
        Assert.Equal(0, rx.Poll(nowNs: 1_000 * Ms));
        Assert.Equal(["0 Heartbeat 5"], _fixture.Take());
        rx.Finish();
        Assert.Equal(["0 gap 6-7 Loss", "0 Heartbeat 7"], _fixture.Take());
    }

    [Fact]
    public void A_live_core_lets_time_pass_while_nothing_comes()
    {
        using var rx = Core(isReplay: false, (0, 1, 5, 0), (0, 1, 7, 1));
        rx.Poll(0);
        Assert.Equal(0, rx.Poll(nowNs: 1_000 * Ms));
        Assert.Equal(["0 Heartbeat 5", "0 gap 6-7 Loss", "0 Heartbeat 7"], _fixture.Take());
    }

    [Fact]
    public void Datagrams_to_other_addresses_are_counted()
    {
        using var rx = Core(isReplay: true, (0, 9, 5, 0), (0, 1, 5, 0));
        rx.Poll(0);
        Assert.Equal((1L, 2L), (rx.Counters.Unrouted, rx.Counters.Frames));
    }

    private RxCore Core(bool isReplay, params (int Channel, int Line, uint Sequence, long TimeMs)[] packets) =>
        new(new Datagrams(isReplay, packets), new RouteTable(_fixture.Feed), _fixture.Receivers, _fixture.Writer);

    private sealed unsafe class Datagrams(bool isReplay, (int Channel, int Line, uint Sequence, long TimeMs)[] packets) : IFrameSource
    {
        private readonly byte* _memory = (byte*)NativeMemory.Alloc(32 * 64);
        private bool _isTaken;

        public string Name => "datagrams";

        public bool IsEnded => false;

        public bool IsReplay => isReplay;

        public long Dropped => 0;

        public int Poll(Span<Frame> frames)
        {
            if (_isTaken) return 0;
            _isTaken = true;
            for (var i = 0; i < packets.Length; i++)
            {
                var (channel, line, sequence, timeMs) = packets[i];
                var bytes = Packet(sequence, sequence);
                bytes.CopyTo(new Span<byte>(_memory + (i * 64), 64));
                var address = Line(channel, line);
                frames[i] = new Frame
                {
                    Data = _memory + (i * 64), Length = bytes.Length, Link = LinkType.UdpPayload,
                    DestinationAddress = address.Group, DestinationPort = address.Port, ReceiveTimeNs = timeMs * Ms,
                };
            }

            return packets.Length;
        }

        public void Dispose() => NativeMemory.Free(_memory);
    }
}
