namespace FeedHandler.Transport.Tests;

public sealed class LineArbiterTests
{
    private const long Ms = 1_000_000;

    private readonly ArbiterHarness _h = new(new LineArbiterOptions { ReorderWindowPackets = 16, LineReorderPackets = 4, MaxJump = 1000 });

    [Fact]
    public void First_packet_starts_the_sequence()
    {
        Assert.False(_h.Arbiter.IsStarted);
        Assert.Equal(ArbiterVerdict.Deliver, _h.Offer(1, 17));
        Assert.True(_h.Arbiter.IsStarted);
        Assert.Equal(18UL, _h.Arbiter.NextSequence);
        Assert.Equal(ArbiterVerdict.Late, _h.Offer(0, 16));
        Assert.Equal("17", _h.Text);
    }

    [Fact]
    public void A_required_first_sequence_makes_a_late_join_a_gap()
    {
        var h = new ArbiterHarness(new LineArbiterOptions { FirstSequence = 1 });
        Assert.Equal(ArbiterVerdict.Held, h.Offer(0, 4));
        h.Arbiter.Flush();
        h.Drain(0);
        Assert.Equal("gap[1,4) 4", h.Text);
    }

    [Fact]
    public void Second_copy_is_dropped_whichever_line_is_first()
    {
        Assert.Equal(ArbiterVerdict.Deliver, _h.Offer(0, 1));
        Assert.Equal(ArbiterVerdict.Duplicate, _h.Offer(1, 1));
        Assert.Equal(ArbiterVerdict.Deliver, _h.Offer(1, 2));
        Assert.Equal(ArbiterVerdict.Deliver, _h.Offer(1, 3));
        Assert.Equal(ArbiterVerdict.Duplicate, _h.Offer(0, 2));
        Assert.Equal(ArbiterVerdict.Duplicate, _h.Offer(0, 3));
        Assert.Equal(ArbiterVerdict.Duplicate, _h.Offer(0, 3));
        Assert.Equal("1 2 3", _h.Text);
        Assert.Equal(1, _h.Arbiter.CountersOf(1).Duplicates);
        Assert.Equal(3, _h.Arbiter.CountersOf(0).Duplicates);
    }

    [Fact]
    public void Loss_on_one_line_is_filled_by_the_other_and_counted_for_the_line()
    {
        _h.Offer(0, 1);
        _h.Offer(1, 1);
        Assert.Equal(ArbiterVerdict.Held, _h.Offer(0, 4));
        _h.Offer(1, 2);
        _h.Offer(1, 3);
        Assert.Equal(ArbiterVerdict.Duplicate, _h.Offer(1, 4));
        Assert.Equal("1 2 3 4", _h.Text);
        Assert.Equal(2, _h.Arbiter.CountersOf(0).LineLoss);
        Assert.Equal(0, _h.Arbiter.CountersOf(1).LineLoss);
        Assert.Equal(0, _h.Arbiter.Counters.Gaps);
    }

    [Fact]
    public void Reordering_inside_a_line_is_not_loss()
    {
        foreach (var sequence in (ulong[])[1, 3, 4, 2, 6, 5, 7]) _h.Offer(0, sequence);
        Assert.Equal("1 2 3 4 5 6 7", _h.Text);
        Assert.Equal(2, _h.Arbiter.CountersOf(0).Reordered);
        Assert.Equal(0, _h.Arbiter.CountersOf(0).LineLoss);
        Assert.Equal(3, _h.Arbiter.CountersOf(0).Held);
        Assert.Equal(3, _h.Arbiter.Counters.Released);
    }

    [Fact]
    public void A_copy_of_a_held_packet_is_a_duplicate()
    {
        _h.Offer(0, 1);
        Assert.Equal(ArbiterVerdict.Held, _h.Offer(0, 3));
        Assert.Equal(ArbiterVerdict.Duplicate, _h.Offer(1, 3));
        _h.Offer(1, 2);
        Assert.Equal("1 2 3", _h.Text);
    }

    [Fact]
    public void Hole_becomes_a_gap_at_the_time_out_and_not_before()
    {
        _h.Offer(0, 1);
        _h.Offer(0, 5, nowNs: 10 * Ms);
        _h.Drain(30 * Ms - 1);
        Assert.Equal("1", _h.Text);
        _h.Drain(30 * Ms);
        Assert.Equal("1 gap[2,5) 5", _h.Text);
        Assert.Equal(ArbiterVerdict.Late, _h.Offer(1, 3, nowNs: 31 * Ms));
        Assert.Equal(1, _h.Arbiter.CountersOf(1).Late);
        Assert.Equal(3, _h.Arbiter.Counters.LostSequences);
    }

    [Fact]
    public void Late_packet_of_a_line_in_step_with_itself_is_told_from_a_duplicate()
    {
        _h.Offer(0, 1);
        _h.Offer(1, 1);
        _h.Offer(0, 3);
        _h.Drain(20 * Ms);
        _h.Offer(0, 4, nowNs: 20 * Ms);
        Assert.Equal(ArbiterVerdict.Late, _h.Offer(1, 2, nowNs: 21 * Ms));
        Assert.Equal(ArbiterVerdict.Duplicate, _h.Offer(1, 3, nowNs: 21 * Ms));
        Assert.Equal("1 gap[2,3) 3 4", _h.Text);
    }

    [Fact]
    public void Each_hole_has_its_own_time_out()
    {
        _h.Offer(0, 1);
        _h.Offer(0, 3, nowNs: 0);
        _h.Offer(0, 5, nowNs: 15 * Ms);
        _h.Drain(20 * Ms);
        Assert.Equal("1 gap[2,3) 3", _h.Text);
        _h.Drain(35 * Ms - 1);
        Assert.Equal("1 gap[2,3) 3", _h.Text);
        _h.Drain(35 * Ms);
        Assert.Equal("1 gap[2,3) 3 gap[4,5) 5", _h.Text);
    }

    [Fact]
    public void Progress_inside_a_hole_gives_it_more_time()
    {
        _h.Offer(0, 1);
        _h.Offer(0, 5, nowNs: 0);
        _h.Offer(1, 2, nowNs: 15 * Ms);
        _h.Drain(35 * Ms - 1);
        Assert.Equal("1 2", _h.Text);
        _h.Drain(35 * Ms);
        Assert.Equal("1 2 gap[3,5) 5", _h.Text);
    }

    [Fact]
    public void Hole_is_decided_at_once_when_both_lines_are_well_beyond_it()
    {
        _h.Offer(0, 1);
        _h.Offer(1, 1);
        for (ulong s = 3; s <= 7; s++) _h.Offer(0, s);
        for (ulong s = 3; s <= 6; s++) _h.Offer(1, s);
        Assert.Equal("1", _h.Text);
        _h.Offer(1, 7);
        Assert.Equal("1 gap[2,3) 3 4 5 6 7", _h.Text);
    }

    [Fact]
    public void Line_that_lags_holds_the_decision_until_it_is_silent_for_too_long()
    {
        _h.Offer(1, 1, nowNs: 0);
        for (ulong s = 3; s <= 9; s++) _h.Offer(0, s, nowNs: 1 * Ms);
        Assert.Equal("1", _h.Text);

        var dead = new ArbiterHarness(new LineArbiterOptions { LineReorderPackets = 4, LineSilenceNs = 10 * Ms, ReorderTimeoutNs = 1000 * Ms });
        dead.Offer(1, 1, nowNs: 0);
        for (ulong s = 3; s <= 7; s++) dead.Offer(0, s, nowNs: 11 * Ms);
        Assert.Equal("1 gap[2,3) 3 4 5 6 7", dead.Text);
    }

    [Fact]
    public void Single_line_decides_without_waiting_for_one_that_never_spoke()
    {
        _h.Offer(0, 1);
        for (ulong s = 3; s <= 6; s++) _h.Offer(0, s);
        Assert.Equal("1", _h.Text);
        _h.Offer(0, 7);
        Assert.Equal("1 gap[2,3) 3 4 5 6 7", _h.Text);
    }

    [Fact]
    public void Full_window_decides_the_first_hole_and_loses_nothing()
    {
        var h = new ArbiterHarness(new LineArbiterOptions { ReorderWindowPackets = 4 });
        h.Offer(0, 1);
        foreach (var s in (ulong[])[3, 5, 6]) h.Offer(0, s);
        Assert.Equal("1", h.Text);
        h.Offer(0, 8);
        Assert.Equal("1 gap[2,3) 3", h.Text);
        h.Offer(0, 9);
        Assert.Equal("1 gap[2,3) 3 gap[4,5) 5 6", h.Text);
        Assert.Equal(2, h.Arbiter.Counters.ForcedGaps);
    }

    [Fact]
    public void Payload_longer_than_a_slot_decides_at_once_and_is_delivered()
    {
        _h.Offer(0, 1);
        _h.Offer(0, 3);
        Assert.Equal(ArbiterVerdict.Held, _h.Offer(0, 6, bytes: 65_535));
        Assert.Equal("1 gap[2,3) 3 gap[4,6) 6", _h.Text);
        Assert.Equal(ArbiterVerdict.Held, _h.Offer(0, 8, bytes: 9000));
        Assert.Equal("1 gap[2,3) 3 gap[4,6) 6 gap[7,8) 8", _h.Text);
    }

    [Fact]
    public void Large_packet_in_order_needs_no_slot()
    {
        _h.Offer(0, 1);
        Assert.Equal(ArbiterVerdict.Deliver, _h.Offer(0, 2, bytes: 65_535));
    }

    [Fact]
    public void Flush_turns_holes_into_gaps_and_releases_what_is_held()
    {
        _h.Offer(0, 1);
        _h.Offer(0, 3);
        _h.Offer(0, 6);
        _h.Arbiter.NoteExists(8, 0);
        _h.Arbiter.Flush();
        _h.Drain(0);
        Assert.Equal("1 gap[2,3) 3 gap[4,6) 6 gap[7,9)", _h.Text);
        Assert.Equal(ArbiterVerdict.Deliver, _h.Offer(0, 9));
    }

    [Fact]
    public void Snapshot_that_names_a_later_packet_shows_loss_at_the_tail()
    {
        _h.Offer(0, 10);
        _h.Arbiter.NoteExists(10, 0);
        _h.Arbiter.NoteExists(12, 0);
        _h.Drain(20 * Ms - 1);
        Assert.Equal("10", _h.Text);
        _h.Drain(20 * Ms);
        Assert.Equal("10 gap[11,13)", _h.Text);
    }

    [Fact]
    public void Snapshots_that_keep_coming_do_not_put_the_decision_off_for_ever()
    {
        _h.Offer(0, 10);
        for (var ms = 0; ms < 40; ms++)
        {
            _h.Arbiter.NoteExists(11 + (ulong)ms, ms * Ms);
            _h.Drain(ms * Ms);
        }

        Assert.Equal("10 gap[11,12)", _h.Text);
        _h.Drain(59 * Ms);
        Assert.Equal("10 gap[11,12) gap[12,32) gap[32,51)", _h.Text);
    }

    [Fact]
    public void Packets_that_come_after_the_snapshot_named_them_are_no_gap()
    {
        _h.Offer(0, 10);
        _h.Arbiter.NoteExists(12, 0);
        _h.Offer(0, 11, nowNs: 5 * Ms);
        _h.Offer(0, 12, nowNs: 6 * Ms);
        _h.Drain(1000 * Ms);
        Assert.Equal("10 11 12", _h.Text);
        Assert.Equal(0, _h.Arbiter.Counters.Gaps);
    }

    [Fact]
    public void Packets_late_for_a_gap_at_the_tail_are_no_new_session()
    {
        _h.Offer(0, 10, sendingTimeNs: 100);
        _h.Arbiter.NoteExists(20, 0);
        _h.Drain(20 * Ms);
        for (ulong s = 11; s <= 20; s++)
            Assert.Equal(ArbiterVerdict.Late, _h.Offer(0, s, nowNs: 21 * Ms, sendingTimeNs: 100 + s));
        Assert.Equal(ArbiterVerdict.Deliver, _h.Offer(0, 21, nowNs: 21 * Ms, sendingTimeNs: 130));
        Assert.Equal("10 gap[11,21) 21", _h.Text);
        Assert.Equal(0, _h.Arbiter.Counters.Sessions);
    }

    [Fact]
    public void Heartbeat_does_not_advance_but_proves_a_hole()
    {
        _h.Offer(0, 5, count: 3);
        Assert.Equal(ArbiterVerdict.Heartbeat, _h.Offer(0, 8, count: 0));
        Assert.Equal(ArbiterVerdict.Heartbeat, _h.Offer(1, 10, count: 0));
        Assert.Equal(8UL, _h.Arbiter.NextSequence);
        _h.Drain(20 * Ms);
        Assert.Equal("5+3 gap[8,10)", _h.Text);
        Assert.Equal(ArbiterVerdict.Outlier, _h.Offer(0, 1_000_000, count: 0));
        Assert.Equal(2, _h.Arbiter.CountersOf(0).Heartbeats + _h.Arbiter.CountersOf(1).Heartbeats);
    }

    [Fact]
    public void Heartbeat_can_be_the_first_packet()
    {
        Assert.Equal(ArbiterVerdict.Heartbeat, _h.Offer(0, 8, count: 0));
        Assert.Equal(8UL, _h.Arbiter.NextSequence);
        Assert.Equal(ArbiterVerdict.Deliver, _h.Offer(0, 8, count: 2));
    }

    [Fact]
    public void Overlap_with_what_is_known_is_skipped()
    {
        _h.Offer(0, 1, count: 4);
        Assert.Equal(ArbiterVerdict.Deliver, _h.Offer(1, 3, count: 5));
        Assert.Equal(ArbiterVerdict.Duplicate, _h.Offer(0, 5, count: 3));
        Assert.Equal("1+4 3+5/2", _h.Text);
        Assert.Equal(8UL, _h.Arbiter.NextSequence);
    }

    [Fact]
    public void Held_packets_that_overlap_come_out_once_each()
    {
        _h.Offer(0, 1, count: 1);
        _h.Offer(0, 4, count: 4);                                       // 4..7
        _h.Offer(1, 6, count: 4);                                       // 6..9
        _h.Offer(1, 6, count: 1);                                       // inside both
        Assert.Equal(ArbiterVerdict.Deliver, _h.Offer(1, 2, count: 3)); // 2..4
        Assert.Equal("1 2+3 4+4/1 6+4/2", _h.Text);
        Assert.Equal(10UL, _h.Arbiter.NextSequence);
    }

    [Fact]
    public void Longer_packet_with_the_same_start_is_not_a_copy()
    {
        _h.Offer(0, 1);
        _h.Offer(0, 3, count: 2);
        Assert.Equal(ArbiterVerdict.Held, _h.Offer(1, 3, count: 4));
        _h.Offer(0, 2);
        Assert.Equal("1 2 3+2 3+4/2", _h.Text);
    }

    [Fact]
    public void Conflicting_copies_are_counted_when_asked_for()
    {
        var arbiter = new LineArbiter(new LineArbiterOptions { DetectConflicts = true });
        arbiter.Offer(0, 1, 1, 0, 0, "same"u8, out _);
        arbiter.Offer(1, 1, 1, 0, 0, "same"u8, out _);
        Assert.Equal(0, arbiter.Counters.Conflicts);
        arbiter.Offer(0, 2, 1, 0, 0, "length"u8, out _);
        arbiter.Offer(1, 2, 1, 0, 0, "len"u8, out _);
        Assert.Equal(1, arbiter.Counters.Conflicts);
        arbiter.Offer(0, 4, 1, 0, 0, "held, 32 bytes long: 4 words...."u8, out _);
        arbiter.Offer(1, 4, 1, 0, 0, "held, 32 bytes long: 4 Words...."u8, out _);
        Assert.Equal(2, arbiter.Counters.Conflicts);
    }

    [Fact]
    public void Every_option_is_checked()
    {
        LineArbiterOptions[] wrong =
        [
            new() { Lines = 0 }, new() { Lines = 9 }, new() { SequenceBits = 16 }, new() { ReorderWindowPackets = 0 },
            new() { ReorderTimeoutNs = -1 }, new() { LineReorderPackets = -1 }, new() { LineSilenceNs = -1 }, new() { MaxJump = 0 },
            new() { ConfirmPackets = 0 }, new() { SlotBytes = 0 }, new() { SlotBytes = 70_000 },
        ];
        foreach (var options in wrong) Assert.Throws<ArgumentOutOfRangeException>(() => new LineArbiter(options));
    }
}
