using FeedHandler.Codecs;
using static FeedHandler.Transport.Tests.Rx.RxFixture;

namespace FeedHandler.Transport.Tests.Rx;

/// <summary>Images of a loop that name packets which the incremental feed has not shown.</summary>
public sealed class UnprovenImageTests
{
    private readonly RxFixture _rx = new(silenceSeconds: 45);

    [Theory]
    [InlineData(0L)]
    [InlineData(50_000L)]
    public void One_image_that_lies_makes_no_gap_and_reaches_no_book(long aheadMs)
    {
        const long Base = 1_000_000 * Ms;
        for (uint sequence = 1; sequence <= 2_000; sequence++)
        {
            var nowNs = Base + (sequence * 50 * Ms);
            for (var line = 0; line < 2; line++) _rx.Incremental(sequence, (ulong)nowNs, nowNs, line);
            if (sequence == 100) Image(1, 1_900, nowNs, sentNs: nowNs + (aheadMs * Ms));
            _rx.Receivers[0].OnIdle(nowNs + (25 * Ms));
            _rx.Receivers[0].OnClock(nowNs + Ms, nowNs + Ms);
            Assert.Equal([$"0 Heartbeat {sequence}"], _rx.Take());
        }

        Assert.Equal(1, _rx.Receivers[0].Counters.Loops[2].Unproven);
    }

    [Fact]
    public void An_image_that_is_ahead_waits_for_the_feed()
    {
        _rx.Incremental(5, 50);
        Image(1, 7, Ms);
        _rx.Incremental(6, 60, 2 * Ms);
        Assert.Equal(["0 Heartbeat 5", "0 Heartbeat 6"], _rx.Take());
        _rx.Incremental(7, 70, 3 * Ms);
        Assert.Equal(["0 Heartbeat 7", "0 SnapshotBegin 1", "0 SnapshotEnd 1"], _rx.Take());
        _rx.Receivers[0].OnIdle(1_000 * Ms);
        Assert.Empty(_rx.Take());
    }

    [Fact]
    public void A_held_packet_bears_an_image_out()
    {
        _rx.Incremental(5, 50);
        _rx.Incremental(8, 80);
        Image(1, 8, Ms);
        Assert.Equal(["0 Heartbeat 5", "0 SnapshotBegin 1", "0 SnapshotEnd 1"], _rx.Take());
    }

    [Fact]
    public void The_same_packet_of_the_other_line_bears_an_image_out()
    {
        _rx.Incremental(5, 50);
        Image(1, 8, Ms);
        Image(1, 8, Ms);
        Assert.Equal(["0 Heartbeat 5"], _rx.Take());
        Image(1, 8, 2 * Ms, line: 1);
        _rx.Receivers[0].OnIdle(500 * Ms);
        Assert.Equal(["0 SnapshotBegin 1", "0 SnapshotEnd 1", "0 gap 6-9 Loss"], _rx.Take());
    }

    [Fact]
    public void Two_images_prove_as_much_as_both_name()
    {
        _rx.Incremental(5, 50);
        Image(1, 900, Ms);
        Image(2, 8, 2 * Ms);
        _rx.Receivers[0].OnIdle(500 * Ms);
        Assert.Equal(["0 Heartbeat 5", "0 SnapshotBegin 2", "0 SnapshotEnd 2", "0 gap 6-9 Loss"], _rx.Take());
    }

    [Fact]
    public void Two_lies_far_apart_do_not_bear_one_another_out()
    {
        _rx.Incremental(5, 50);
        Image(1, 900, Ms);
        Image(2, 950, 1_500 * Ms);
        _rx.Receivers[0].OnIdle(3_000 * Ms);
        Assert.Equal(["0 Heartbeat 5"], _rx.Take());
    }

    [Fact]
    public void Slow_loop_of_one_line_still_tells_of_a_lost_tail()
    {
        _rx.Incremental(5, 50);
        Image(1, 8, Ms);
        Image(2, 8, 1_200 * Ms);
        _rx.Receivers[0].OnIdle(2_000 * Ms);
        Assert.Contains(_rx.Take(), line => line.StartsWith("0 gap 6-9", StringComparison.Ordinal));
    }

    [Fact]
    public void What_was_named_in_one_session_means_nothing_in_the_next()
    {
        _rx.Incremental(500, 50);
        Image(1, 502, Ms);
        for (var line = 0; line < 2; line++) _rx.Incremental(1, 60, 2 * Ms, line);
        for (uint sequence = 2; sequence <= 3; sequence++) _rx.Incremental(sequence, 60 + sequence, 2 * Ms);
        Image(2, 600, 3 * Ms, sentNs: 70);
        _rx.Receivers[0].OnIdle(900 * Ms);
        Assert.Equal(["0 Heartbeat 500", "0 SessionStart 1", "0 Heartbeat 1", "0 Heartbeat 2", "0 Heartbeat 3"], _rx.Take());
    }

    /// <summary>The venue's next session reached numbers that the old one's images had named, and one packet of which had come.</summary>
    [Fact]
    public void A_session_that_begins_inside_a_named_gap_is_seen()
    {
        var nowNs = 1_000_000 * Ms;
        for (uint sequence = 95; sequence <= 100; sequence++) Both(sequence, nowNs += 5 * Ms);
        for (uint image = 1; image <= 2; image++) Image(image, 150, nowNs += Ms, sentNs: nowNs);
        Both(101, nowNs += 50 * Ms);
        _rx.Receivers[0].OnIdle(nowNs += 300 * Ms);
        Assert.Equal("0 gap 102-151 Loss", _rx.Take()[^1]);
        nowNs += 10_000 * Ms;
        for (uint sequence = 130; sequence <= 133; sequence++) Both(sequence, nowNs += 5 * Ms);
        Assert.Equal(["0 SessionStart 130", "0 Heartbeat 130", "0 Heartbeat 131", "0 Heartbeat 132", "0 Heartbeat 133"], _rx.Take());
    }

    private void Both(uint sequence, long nowNs)
    {
        for (var line = 0; line < 2; line++) _rx.Incremental(sequence, (ulong)nowNs, nowNs, line);
    }

    private void Image(uint sequence, uint lastPacket, long nowNs, long sentNs = 60, int line = 0) =>
        _rx.Receivers[0].OnPacket(FeedRole.Snapshot, line, Packet(sequence, (ulong)sentNs, Snapshot(lastPacket)), nowNs);
}
