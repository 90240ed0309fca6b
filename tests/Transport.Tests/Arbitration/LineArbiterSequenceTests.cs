namespace FeedHandler.Transport.Tests;

/// <summary>Wraps, restarts, jumps and forgeries: where the sequence number is not simply greater.</summary>
public sealed class LineArbiterSequenceTests
{
    private const long Ms = 1_000_000;
    private const ulong Max = uint.MaxValue;

    private static ArbiterHarness Started(ulong sequence, ulong sendingTimeNs = 1000, LineArbiterOptions? options = null)
    {
        var h = new ArbiterHarness(options ?? new LineArbiterOptions { MaxJump = 1000 });
        h.Offer(0, sequence, sendingTimeNs: sendingTimeNs);
        h.Offer(1, sequence, sendingTimeNs: sendingTimeNs);
        h.Log.Clear();
        return h;
    }

    [Fact]
    public void Sequence_of_32_bits_wraps_to_zero()
    {
        var h = Started(Max - 1);
        foreach (var s in (ulong[])[Max, 0, 1, 2])
        {
            Assert.Equal(ArbiterVerdict.Deliver, h.Offer(0, s));
            Assert.Equal(ArbiterVerdict.Duplicate, h.Offer(1, s));
        }

        Assert.Equal(ArbiterVerdict.Duplicate, h.Offer(1, Max));
        Assert.Equal(3UL, h.Arbiter.NextSequence);
        Assert.Equal(0, h.Arbiter.Counters.Gaps);
        Assert.Equal(0, h.Arbiter.CountersOf(0).LineLoss);
    }

    [Fact]
    public void Gap_across_the_wrap_has_its_true_size()
    {
        var h = Started(Max - 2);
        Assert.Equal(ArbiterVerdict.Held, h.Offer(0, 1));
        h.Arbiter.Flush();
        h.Drain(0);
        Assert.Equal($"gap[{Max - 1},1) 1", h.Text);
        Assert.Equal(3, h.Arbiter.Counters.LostSequences);
    }

    [Fact]
    public void Hole_across_the_wrap_can_be_filled()
    {
        var h = Started(Max - 1);
        h.Offer(0, 1);
        h.Offer(1, 0);
        h.Offer(1, Max);
        Assert.Equal($"{Max} 0 1", h.Text);
    }

    [Fact]
    public void Venue_that_wraps_to_one_has_no_gap_at_zero()
    {
        var h = Started(Max - 1, options: new LineArbiterOptions { WrapsToOne = true });
        foreach (var s in (ulong[])[Max, 1, 2])
        {
            Assert.Equal(ArbiterVerdict.Deliver, h.Offer(0, s));
            Assert.Equal(ArbiterVerdict.Duplicate, h.Offer(1, s));
        }

        Assert.Equal(0, h.Arbiter.CountersOf(0).LineLoss);
        Assert.Equal($"{Max} 1 2", h.Text);
    }

    [Fact]
    public void Sequence_of_64_bits_does_not_wrap_at_32()
    {
        var h = Started(Max - 1, options: new LineArbiterOptions { SequenceBits = 64 });
        foreach (var s in (ulong[])[Max, Max + 1, Max + 2]) h.Offer(0, s);
        Assert.Equal(Max + 3, h.Arbiter.NextSequence);
        Assert.Equal(ArbiterVerdict.Outlier, h.Offer(0, ulong.MaxValue, count: 60_000));
        Assert.Equal(ArbiterVerdict.Outlier, h.Offer(0, 5));
        Assert.Equal(ArbiterVerdict.Deliver, h.Offer(0, Max + 3));
    }

    [Theory]
    [InlineData(5_000_000)]     // looks far behind
    [InlineData(3_000_000_000)] // 1 looks far ahead in serial arithmetic
    [InlineData(5)]             // barely behind
    public void Restart_at_one_is_a_new_session_once_three_more_follow_and_nothing_is_lost(ulong last)
    {
        var h = Started(last);
        for (ulong s = 1; s <= 3; s++) Assert.Equal(ArbiterVerdict.Outlier, h.Offer(0, s, sendingTimeNs: 2000 + s));
        Assert.Equal("", h.Text);
        Assert.Equal(ArbiterVerdict.Held, h.Offer(0, 4, sendingTimeNs: 2004));
        Assert.Equal("session(1) 1 2 3 4", h.Text);
        Assert.Equal(ArbiterVerdict.Deliver, h.Offer(0, 5, sendingTimeNs: 2005));
        Assert.Equal(1, h.Arbiter.Counters.Sessions);
        Assert.Equal(0, h.Arbiter.Counters.Gaps);
        Assert.Equal(4, h.Arbiter.CountersOf(0).Confirmed);
    }

    [Fact]
    public void Restart_is_confirmed_at_once_by_the_same_packet_on_the_other_line()
    {
        var h = Started(5_000_000);
        h.Offer(0, 1, sendingTimeNs: 2001);
        h.Offer(1, 1, sendingTimeNs: 2001);
        Assert.Equal("session(1) 1", h.Text);
        Assert.Equal(ArbiterVerdict.Deliver, h.Offer(1, 2, sendingTimeNs: 2002));
        Assert.Equal(ArbiterVerdict.Duplicate, h.Offer(0, 2, sendingTimeNs: 2002));
    }

    [Fact]
    public void Old_session_is_drained_before_the_new_one_starts()
    {
        var h = Started(5000);
        h.Offer(0, 5002, sendingTimeNs: 1002);
        for (ulong s = 1; s <= 4; s++) h.Offer(0, s, sendingTimeNs: 2000 + s);
        Assert.Equal("gap[5001,5002) 5002 session(1) 1 2 3 4", h.Text);
    }

    [Fact]
    public void Lagging_line_neither_prevents_a_restart_nor_brings_the_old_session_back()
    {
        var h = Started(900);
        for (ulong s = 901; s <= 930; s++) h.Offer(0, s, sendingTimeNs: 1000 + s);
        for (ulong s = 1; s <= 6; s++)
        {
            h.Offer(0, s, sendingTimeNs: 3000 + s);
            h.Offer(1, 900 + s, sendingTimeNs: 1900 + s);
        }

        for (ulong s = 907; s <= 930; s++) Assert.Equal(ArbiterVerdict.Outlier, h.Offer(1, s, sendingTimeNs: 1000 + s));
        for (ulong s = 1; s <= 7; s++) h.Offer(1, s, sendingTimeNs: 3000 + s);
        h.Drain(100 * Ms);
        Assert.EndsWith("930 session(1) 1 2 3 4 5 6 7", h.Text, StringComparison.Ordinal);
        Assert.Equal(1, h.Arbiter.Counters.Sessions);
        Assert.Equal(0, h.Arbiter.Counters.Gaps);
    }

    [Fact]
    public void Reordered_start_of_a_session_is_put_in_order()
    {
        var h = Started(5_000_000);
        foreach (var s in (ulong[])[2, 1, 4, 3]) h.Offer(0, s, sendingTimeNs: 2000 + s);
        Assert.Equal("session(1) 1 2 3 4", h.Text);
    }

    [Fact]
    public void Restart_after_a_wrap_is_a_session_and_not_a_gap_of_billions()
    {
        var h = Started(10);
        for (ulong s = 3_000_000_000; s < 3_000_000_004; s++) h.Offer(0, s, sendingTimeNs: 2000 + s);
        Assert.Equal("session(3000000000) 3000000000 3000000001 3000000002 3000000003", h.Text);
    }

    [Fact]
    public void Restart_joined_at_the_very_place_where_a_line_had_stopped_is_seen()
    {
        var h = Started(1);
        for (ulong s = 2; s <= 20; s++) h.Offer(0, s, sendingTimeNs: 1000 + s);
        for (ulong s = 2; s <= 5; s++) h.Offer(1, s, sendingTimeNs: 2000 + s);
        Assert.EndsWith("20 session(2) 2 3 4 5", h.Text, StringComparison.Ordinal);
    }

    [Fact]
    public void Restart_is_seen_after_loss_at_the_tail()
    {
        var h = Started(10);
        h.Arbiter.NoteExists(899, 0);
        h.Drain(20 * Ms);
        h.Offer(0, 900, sendingTimeNs: 1900);
        h.Offer(0, 901, sendingTimeNs: 1901);
        for (ulong s = 50; s <= 53; s++) h.Offer(0, s, sendingTimeNs: 3000 + s);
        Assert.Equal("gap[11,900) 900 901 session(50) 50 51 52 53", h.Text);
    }

    [Fact]
    public void Restart_is_seen_inside_a_gap_that_was_named_before_it_was_sent()
    {
        var h = Started(10);
        h.Arbiter.NoteExists(899, 0, sendingTimeNs: 2_000);
        h.Drain(20 * Ms);

        // Sent before the word, or as good as: late. Sent well after it, the number cannot be of the same session.
        for (ulong s = 50; s <= 60; s++) Assert.Equal(ArbiterVerdict.Late, h.Offer(0, s, nowNs: 21 * Ms, sendingTimeNs: 1_050 + s));
        Assert.Equal(ArbiterVerdict.Late, h.Offer(0, 61, nowNs: 21 * Ms, sendingTimeNs: 2_000 + 1_000 * (ulong)Ms));
        Assert.Equal("gap[11,900)", h.Text);
        for (var line = 0; line < 2; line++) h.Offer(line, 50, nowNs: 22 * Ms, sendingTimeNs: 2_001 + 1_000 * (ulong)Ms);
        Assert.Equal("gap[11,900) session(50) 50", h.Text);
    }

    [Fact]
    public void New_session_knows_nothing_of_the_gaps_and_holes_of_the_old_one()
    {
        var h = Started(1);
        h.Offer(0, 8, sendingTimeNs: 1008);
        h.Drain(20 * Ms);
        for (var line = 0; line < 2; line++) h.Offer(line, 1, nowNs: 21 * Ms, sendingTimeNs: 2001);
        for (ulong s = 2; s <= 9; s++)
        {
            if (s != 4) h.Offer(0, s, nowNs: 21 * Ms, sendingTimeNs: 2000 + s);
            var expected = s == 4 ? ArbiterVerdict.Deliver : ArbiterVerdict.Duplicate;
            Assert.Equal(expected, h.Offer(1, s, nowNs: 21 * Ms, sendingTimeNs: 2000 + s));
        }

        Assert.Equal("gap[2,8) 8 session(1) 1 2 3 4 5 6 7 8 9", h.Text);
        Assert.Equal(6 + 1, h.Arbiter.CountersOf(0).LineLoss);
        Assert.Equal(0, h.Arbiter.CountersOf(1).LineLoss);
    }

    [Fact]
    public void Capture_that_ends_while_a_restart_is_unconfirmed_gives_the_new_session()
    {
        var h = Started(5000);
        h.Offer(0, 1, sendingTimeNs: 2001);
        h.Offer(0, 2, sendingTimeNs: 2002);
        h.Arbiter.Flush();
        h.Drain(0);
        Assert.Equal("session(1) 1 2", h.Text);
    }

    [Fact]
    public void Capture_that_ends_with_a_single_jump_does_not_believe_it()
    {
        var h = Started(5000);
        h.Offer(0, 900_000, sendingTimeNs: 2001);
        h.Arbiter.Flush();
        h.Drain(0);
        Assert.Equal("", h.Text);
    }

    [Fact]
    public void Packets_behind_without_a_newer_send_time_are_never_a_session()
    {
        var h = Started(500, sendingTimeNs: 1000);
        for (ulong s = 1; s <= 20; s++) Assert.Equal(ArbiterVerdict.Late, h.Offer(0, s, sendingTimeNs: 1000));
        var untimed = Started(500, sendingTimeNs: 0);
        for (ulong s = 1; s <= 20; s++) Assert.Equal(ArbiterVerdict.Late, untimed.Offer(0, s));
        Assert.Equal("", h.Text + untimed.Text);
    }

    [Fact]
    public void Caller_that_sees_a_new_session_says_so()
    {
        var h = Started(500, 0, new LineArbiterOptions { SequenceBits = 64 });
        h.Offer(0, 503, count: 2);
        h.Arbiter.BeginSession();
        h.Drain(0);
        Assert.False(h.Arbiter.IsStarted);
        h.Offer(1, 1, count: 3);
        h.Offer(0, 1, count: 3);
        Assert.Equal("gap[501,503) 503+2 session(0) 1+3", h.Text);
    }

    [Fact]
    public void Single_forged_jump_does_not_move_the_sequence()
    {
        foreach (var forged in (ulong[])[100 + (1UL << 31), 100 + (1UL << 31) - 1, Max, 5_000, 2_000_000_000])
        {
            var h = Started(100);
            Assert.Equal(ArbiterVerdict.Outlier, h.Offer(0, forged, sendingTimeNs: 1001));
            for (ulong s = 101; s <= 140; s++)
            {
                h.Offer(0, s, sendingTimeNs: 1000 + s);
                h.Offer(1, s, sendingTimeNs: 1000 + s);
            }

            h.Drain(1000 * Ms);
            h.Arbiter.Flush();
            h.Drain(1000 * Ms);
            Assert.Equal(40, h.Log.Count);
            Assert.Equal(141UL, h.Arbiter.NextSequence);
            Assert.Equal(1, h.Arbiter.CountersOf(0).Outliers);
        }
    }

    [Fact]
    public void Forgeries_that_are_far_apart_do_not_add_up_even_without_send_times()
    {
        var h = Started(1, 0);
        ulong forged = 1_000_000;
        for (ulong s = 2; s <= 400; s++)
        {
            h.Offer(0, s);
            if (s % 20 == 0) Assert.Equal(ArbiterVerdict.Outlier, h.Offer(0, forged++));
        }

        Assert.Equal(399, h.Log.Count);
        Assert.Equal(401UL, h.Arbiter.NextSequence);
    }

    [Fact]
    public void Forgery_does_not_confirm_a_restart_and_is_not_delivered_with_it()
    {
        var h = Started(100);
        for (ulong s = 1; s <= 3; s++) h.Offer(0, s, sendingTimeNs: 2000 + s);
        Assert.Equal(ArbiterVerdict.Outlier, h.Offer(0, 900_000_000, sendingTimeNs: 2003));
        h.Drain(1000 * Ms);
        Assert.Equal("", h.Text);
        for (ulong s = 4; s <= 6; s++) h.Offer(0, s, sendingTimeNs: 2000 + s, nowNs: 1000 * Ms);
        h.Drain(2000 * Ms);
        Assert.Equal("session(1) 1 2 3 4 5 6", h.Text);
    }

    [Fact]
    public void Forgeries_that_ascend_by_chance_while_nothing_else_comes_are_not_believed()
    {
        var h = Started(100);
        foreach (var forged in (ulong[])[700_000_000, 1_100_000_000, 1_600_000_000, 2_100_000_000]) h.Offer(0, forged, sendingTimeNs: forged);
        h.Drain(1000 * Ms);
        Assert.Equal("", h.Text);
        Assert.Equal(ArbiterVerdict.Deliver, h.Offer(0, 101, sendingTimeNs: 2_200_000_000, nowNs: 1000 * Ms));
    }

    [Fact]
    public void Copy_on_the_other_line_confirms_a_restart_but_no_forgery_above_it()
    {
        var h = Started(100);
        h.Offer(0, 1, sendingTimeNs: 2001);
        h.Offer(0, 900_000_000, sendingTimeNs: 2001);
        h.Offer(1, 1, sendingTimeNs: 2001);
        h.Drain(1000 * Ms);
        h.Offer(0, 2, sendingTimeNs: 2002, nowNs: 1000 * Ms);
        h.Drain(2000 * Ms);
        Assert.Equal("session(1) 1 2", h.Text);
    }

    [Fact]
    public void Forgery_inside_the_window_is_found_out_by_its_send_time()
    {
        var h = Started(100);
        Assert.Equal(ArbiterVerdict.Held, h.Offer(0, 400, sendingTimeNs: 1001));
        for (ulong s = 101; s <= 500; s++)
        {
            h.Offer(0, s, nowNs: (long)s * Ms, sendingTimeNs: 1000 + s);
            h.Offer(1, s, nowNs: (long)s * Ms, sendingTimeNs: 1000 + s);
        }

        Assert.Equal(400, h.Log.Count);
        Assert.Equal(1, h.Arbiter.Counters.Contradicted);
        Assert.Equal(0, h.Arbiter.Counters.Gaps);
        Assert.Equal(0, h.Arbiter.CountersOf(0).LineLoss);
    }

    [Fact]
    public void True_jump_is_one_gap_and_loses_none_of_the_packets_that_confirm_it()
    {
        var h = Started(100);
        for (ulong s = 5000; s <= 5002; s++) Assert.Equal(ArbiterVerdict.Outlier, h.Offer(0, s, sendingTimeNs: 2000 + s));
        h.Offer(0, 5003, sendingTimeNs: 9000);
        h.Drain(20 * Ms);
        Assert.Equal("gap[101,5000) 5000 5001 5002 5003", h.Text);
        Assert.Equal(ArbiterVerdict.Deliver, h.Offer(0, 5004, nowNs: 20 * Ms, sendingTimeNs: 9001));
    }

    [Fact]
    public void True_jump_is_confirmed_by_the_other_line()
    {
        var h = Started(100);
        h.Offer(0, 5000, sendingTimeNs: 2000);
        h.Offer(1, 5000, sendingTimeNs: 2000);
        h.Drain(20 * Ms);
        Assert.Equal("gap[101,5000) 5000", h.Text);
        for (var line = 0; line < 2; line++)
        {
            h.Offer(line, 5001, sendingTimeNs: 2001);
            Assert.Equal(4899, h.Arbiter.CountersOf(line).LineLoss);
        }
    }

    [Fact]
    public void Jump_of_packets_too_long_for_a_slot_is_confirmed_too()
    {
        var h = Started(100);
        for (ulong s = 5000; s <= 5003; s++) h.Offer(0, s, sendingTimeNs: 2000 + s, bytes: 9000);
        Assert.Equal("gap[101,5003) 5003", h.Text);
        Assert.Equal(ArbiterVerdict.Deliver, h.Offer(0, 5004, sendingTimeNs: 9000, bytes: 9000));
    }

    [Fact]
    public void Filtered_capture_with_isolated_packets_gives_exactly_its_holes()
    {
        var h = Started(100);
        for (ulong i = 1; i <= 16; i++) h.Offer((int)(i & 1), 100 + i * 100_000, sendingTimeNs: 2000 + i, nowNs: (long)i * Ms);
        h.Arbiter.Flush();
        h.Drain(17 * Ms);
        var expected = Enumerable.Range(1, 16).Select(i => $"gap[{101 + (i - 1) * 100_000},{100 + i * 100_000}) {100 + i * 100_000}");
        Assert.Equal(string.Join(' ', expected), h.Text);
    }

    [Fact]
    public void Wrong_send_time_of_an_accepted_packet_does_not_wedge_the_channel()
    {
        var h = Started(100);
        h.Offer(0, 101, sendingTimeNs: ulong.MaxValue);
        for (ulong s = 103; s < 300; s++) h.Offer(0, s, nowNs: (long)s * Ms, sendingTimeNs: 1000 + s);
        h.Drain(400 * Ms);
        Assert.Equal(300UL, h.Arbiter.NextSequence);
        Assert.Equal("299", h.Log[^1]);
    }
}
