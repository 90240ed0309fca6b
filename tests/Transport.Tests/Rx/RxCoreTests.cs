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
    public void In_a_replay_a_pause_is_a_silence_by_the_times_of_its_packets()
    {
        var fixture = new RxFixture(channels: 2, silenceSeconds: 2);
        using var rx = Core(fixture, isReplay: true, (0, 1, 5, 0), (1, 1, 900, 1_000), (1, 1, 901, 1_500), (1, 1, 902, 2_100), (0, 1, 6, 3_000), (0, 1, 7, 3_100));
        for (var polls = 0; polls < 3; polls++) rx.Poll(nowNs: 1_000_000 * Ms);
        Assert.Equal(
            [
                "0 Heartbeat 5", "1 Heartbeat 900", "1 Heartbeat 901", "0 silent 5 at 2000", "1 Heartbeat 902", "0 heard 5 at 3000", "0 Heartbeat 6", "0 Heartbeat 7",
            ],
            fixture.Take());
    }

    [Fact]
    public void A_live_core_measures_silence_by_the_clock_that_nobody_sets()
    {
        var fixture = new RxFixture(silenceSeconds: 2);
        using var rx = Core(fixture, isReplay: false, (0, 1, 5, 0));
        rx.Poll(0, monotonicNs: 0);

        // Somebody set the clock forward by an hour, and back by two.
        rx.Poll(nowNs: 3_600_000 * Ms, monotonicNs: 10 * Ms);
        rx.Poll(nowNs: -3_600_000 * Ms, monotonicNs: 1_999 * Ms);
        Assert.Equal(["0 Heartbeat 5"], fixture.Take());
        rx.Poll(nowNs: 50 * Ms, monotonicNs: 2_001 * Ms);
        Assert.Equal(["0 silent 5 at 49"], fixture.Take());
        rx.Poll(nowNs: 5_000 * Ms, monotonicNs: 9_000 * Ms);
        Assert.Empty(fixture.Take());
    }

    [Fact]
    public void What_waited_in_the_socket_while_the_core_was_stopped_is_no_silence()
    {
        var fixture = new RxFixture(silenceSeconds: 2);
        var source = new Datagrams(isReplay: false, [(0, 1, 5, 0)]);
        using var rx = new RxCore(source, new RouteTable(fixture.Feed), fixture.Receivers, fixture.Writer);
        rx.Poll(0, monotonicNs: 0);
        source.Fill([(0, 1, 6, 0)]);
        rx.Poll(60_000 * Ms, monotonicNs: 60_000 * Ms);
        Assert.Equal(["0 Heartbeat 5", "0 Heartbeat 6"], fixture.Take());
    }

    [Fact]
    public void Datagrams_to_other_addresses_are_counted()
    {
        using var rx = Core(isReplay: true, (0, 9, 5, 0), (0, 1, 5, 0));
        rx.Poll(0);
        Assert.Equal((1L, 2L), (rx.Counters.Unrouted, rx.Counters.Frames));
    }

    private RxCore Core(bool isReplay, params (int Channel, int Line, uint Sequence, long TimeMs)[] packets) => Core(_fixture, isReplay, packets);

    private static RxCore Core(RxFixture fixture, bool isReplay, params (int Channel, int Line, uint Sequence, long TimeMs)[] packets) =>
        new(new Datagrams(isReplay, packets), new RouteTable(fixture.Feed), fixture.Receivers, fixture.Writer);

    private sealed unsafe class Datagrams(bool isReplay, (int Channel, int Line, uint Sequence, long TimeMs)[] first) : IFrameSource
    {
        private readonly byte* _memory = (byte*)NativeMemory.Alloc(32 * 64);
        private (int Channel, int Line, uint Sequence, long TimeMs)[] _packets = first;

        public void Fill((int Channel, int Line, uint Sequence, long TimeMs)[] more) => _packets = more;

        public string Name => "datagrams";

        public bool IsEnded => false;

        public bool IsReplay => isReplay;

        public long Dropped => 0;

        public int Poll(Span<Frame> frames)
        {
            var packets = _packets;
            _packets = [];
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
