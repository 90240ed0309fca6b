using FeedHandler.Codecs;
using static FeedHandler.Transport.Tests.Rx.RxFixture;

namespace FeedHandler.Transport.Tests.Rx;

public sealed class ChannelReceiverTests
{
    private readonly RxFixture _rx = new();

    [Fact]
    public void A_packet_that_cannot_be_read_to_its_end_stands_between_gaps_of_itself()
    {
        _rx.Incremental(5, 50);
        _rx.Receivers[0].OnPacket(FeedRole.Incremental, 0, [.. Packet(6, 60), 1, 2, 3], 0);
        _rx.Incremental(7, 70);
        Assert.Equal(["0 Heartbeat 5", "0 gap 6-7 Malformed", "0 Heartbeat 6", "0 gap 6-7 Malformed", "0 Heartbeat 7"], _rx.Take());
        Assert.Equal([new ReportedGap(6, 7, GapReason.Malformed)], _rx.Receivers[0].Counters.ReportedGaps);
    }

    [Fact]
    public void A_full_ring_loses_packets_as_one_gap_and_never_waits()
    {
        uint sequence = FillRing(first: 5);
        _rx.Incremental(sequence + 1, 1_000);
        Assert.All(_rx.Take(), line => Assert.DoesNotContain("gap", line, StringComparison.Ordinal));
        _rx.Incremental(sequence + 2, 1_001);
        Assert.Equal([$"0 gap {sequence}-{sequence + 2} RingFull", $"0 Heartbeat {sequence + 2}"], _rx.Take());
    }

    [Fact]
    public void An_overrun_across_the_wrap_of_sequence_numbers_is_a_gap_as_any()
    {
        var sequence = FillRing(first: uint.MaxValue - (uint)HeartbeatsThatFit());
        Assert.Equal(uint.MaxValue, sequence);
        _rx.Take();
        _rx.Incremental(0, 1_000);
        Assert.Equal([$"0 gap {uint.MaxValue}-0 RingFull", "0 Heartbeat 0"], _rx.Take());
    }

    [Fact]
    public void A_session_that_starts_while_the_ring_is_full_is_told_when_there_is_room()
    {
        FillRing(first: 5);
        _rx.Incremental(1, 10_000, line: 0);
        _rx.Incremental(1, 10_000, line: 1);
        _rx.Incremental(2, 10_001);
        _rx.Take();
        _rx.Incremental(3, 10_002);

        // The session is joined where there is room again; what came before of it counts as lost.
        Assert.Equal(["0 SessionStart 3", "0 Heartbeat 3"], _rx.Take());
        Assert.Equal(new ReportedGap(1, 3, GapReason.RingFull), _rx.Receivers[0].Counters.ReportedGaps[^1]);
    }

    [Fact]
    public void A_session_starts_once_both_lines_show_it()
    {
        _rx.Incremental(500, 50);
        _rx.Incremental(1, 60, line: 0);
        Assert.Equal(["0 Heartbeat 500"], _rx.Take());
        _rx.Incremental(1, 60, line: 1);
        Assert.Equal(["0 SessionStart 1", "0 Heartbeat 1"], _rx.Take());
    }

    [Fact]
    public void A_snapshot_that_names_packets_which_never_come_makes_a_gap_in_time()
    {
        _rx.Incremental(5, 50);
        for (uint s = 1; s <= 2; s++) _rx.Receivers[0].OnPacket(FeedRole.Snapshot, 0, Packet(s, 60, Snapshot(lastPacket: 8)), 10 * Ms);
        Assert.True(_rx.Receivers[0].IsWaiting);
        _rx.Receivers[0].OnIdle(11 * Ms);
        Assert.Equal(["0 Heartbeat 5", "0 SnapshotBegin 1", "0 SnapshotEnd 1", "0 SnapshotBegin 2", "0 SnapshotEnd 2"], _rx.Take());

        // Its loop may be ahead of the feed: it is given more time than a hole between packets.
        _rx.Receivers[0].OnIdle(40 * Ms);
        Assert.Empty(_rx.Take());
        _rx.Receivers[0].OnIdle(1_000 * Ms);
        Assert.Equal(["0 gap 6-9 Loss"], _rx.Take());
        Assert.False(_rx.Receivers[0].IsWaiting);
    }

    [Fact]
    public void The_second_copy_of_a_snapshot_packet_is_dropped()
    {
        for (var line = 0; line < 2; line++) _rx.Receivers[0].OnPacket(FeedRole.Snapshot, line, Packet(1, 60, Snapshot(8)), 0);
        Assert.Equal(2, _rx.Take().Count);
        Assert.Equal((1L, 0L, 1L, 1L), (_rx.Receivers[0].Counters.Loops[2].Packets, _rx.Receivers[0].Counters.Loops[2].Duplicates, _rx.Receivers[0].Counters.Loops[3].Packets, _rx.Receivers[0].Counters.Loops[3].Duplicates));
    }

    [Fact]
    public void At_the_end_what_is_held_comes_out_with_its_gap()
    {
        _rx.Incremental(5, 50);
        _rx.Incremental(8, 80);
        Assert.Equal(["0 Heartbeat 5"], _rx.Take());
        _rx.Receivers[0].Flush();
        Assert.Equal(["0 gap 6-8 Loss", "0 Heartbeat 8"], _rx.Take());
    }

    /// <summary>Sends packets until the ring takes no more.</summary>
    /// <returns>The first that was lost.</returns>
    private uint FillRing(uint first)
    {
        ulong time = 50;
        for (var sequence = first; ; sequence++)
        {
            _rx.Incremental(sequence, time++);
            if (_rx.Receivers[0].Counters.RingFullPackets != 0) return sequence;
            Assert.True(time < 10_000);
        }
    }

    private static int HeartbeatsThatFit()
    {
        var other = new RxFixture();
        uint sequence = 5;
        while (other.Receivers[0].Counters.RingFullPackets == 0) other.Incremental(sequence, sequence++);
        return (int)sequence - 6;
    }
}
