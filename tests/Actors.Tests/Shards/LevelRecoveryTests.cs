using FeedHandler.Codecs;
using static FeedHandler.Actors.BookState;
using static FeedHandler.Actors.Tests.Shards.ShardDriver;

namespace FeedHandler.Actors.Tests.Shards;

/// <summary>Instrument 7 (and 8) of a channel that is joined, loses packets, and heals.</summary>
public sealed class LevelRecoveryTests
{
    [Fact]
    public void Joined_at_packet_1_is_Live_without_a_snapshot()
    {
        var feed = new ShardDriver().Packet(1, Best(7, 1, 100)).Packet(2, Best(7, 2, 101));
        Assert.Equal((Live, "101 100"), (feed.State(7), feed.Bids(7)));
    }

    [Theory]
    [InlineData(true, Recovering)]
    [InlineData(false, Stale)]
    public void Joined_in_mid_session_without_a_snapshot_is_never_Live(bool hasSnapshotFeed, BookState state)
    {
        var feed = new ShardDriver(snapshots: hasSnapshotFeed);
        for (uint i = 0; i < 50; i++) feed.Packet(1_000 + i, Level(7, 500 + i, i % 5 < 4 ? BookAction.New : BookAction.Delete, 1, 100 + i));
        Assert.Equal(state, feed.State(7));
        Assert.DoesNotContain(feed.Log, line => line.Contains("Live", StringComparison.Ordinal));
    }

    [Fact]
    public void Late_join_takes_a_snapshot_and_the_buffered_updates_after_it()
    {
        var feed = new ShardDriver().Packet(1_000, Best(7, 500, 100)).Packet(1_001, Best(7, 501, 101)).Packet(1_002, Best(7, 502, 102));
        feed.Snapshot(7, lastPacket: 1_000, sequence: 500, 100, 90);
        Assert.Equal((Live, "102 101 100 90", 502u), (feed.State(7), feed.Bids(7), feed[7].LastSequence));
        Assert.Equal((0L, 0L, 1L), (feed[7].Gaps, feed[7].Recoveries, feed.Counters.Joins));
        feed.Packet(1_003, Best(7, 503, 103));
        Assert.Equal((Live, "103 102 101 100 90"), (feed.State(7), feed.Bids(7)));
    }

    [Fact]
    public void A_snapshot_older_than_needed_waits_for_the_next_cycle()
    {
        var feed = new ShardDriver().Packet(1_000, Best(7, 500, 100)).Packet(1_001, Best(7, 501, 101));
        feed.Snapshot(7, lastPacket: 998, sequence: 498, 90);
        Assert.Equal((Recovering, 1L), (feed.State(7), feed.Counters.SnapshotsTooOld));
        feed.Snapshot(7, lastPacket: 999, sequence: 499, 90);
        Assert.Equal((Live, "101 100 90"), (feed.State(7), feed.Bids(7)));
    }

    [Fact]
    public void A_snapshot_that_is_old_but_ends_where_the_first_update_goes_on_is_taken()
    {
        var feed = new ShardDriver().Packet(1_000, Best(7, 500, 100));
        feed.Snapshot(7, lastPacket: 998, sequence: 499, 90);
        Assert.Equal((Live, "100 90"), (feed.State(7), feed.Bids(7)));
    }

    [Fact]
    public void A_snapshot_before_the_first_packet_is_judged_by_it()
    {
        var feed = new ShardDriver().Snapshot(7, 999, 500, 90).Snapshot(8, 1_004, 20, 80).Snapshot(9, 990, 3_000, 70);
        Assert.DoesNotContain(feed.Log, line => line.Contains("Live", StringComparison.Ordinal));
        feed.Packet(1_000);

        // An image of packets that were not sent yet is of another session.
        Assert.Equal((Live, Recovering, Recovering), (feed.State(7), feed.State(8), feed.State(9)));
        feed.Packet(1_001, Best(7, 501, 91), Best(9, 3_001, 71));
        Assert.Equal(("91 90", "71 70"), (feed.Bids(7), feed.Bids(9)));
        Assert.Equal((Live, Recovering, Live), (feed.State(7), feed.State(8), feed.State(9)));
    }

    [Fact]
    public void A_snapshot_before_the_first_packet_that_does_not_go_on_is_lost()
    {
        var feed = new ShardDriver().Snapshot(9, 900, 3, 70).Packet(1_000).Packet(1_001, Best(9, 5, 71));
        Assert.Equal(Recovering, feed.State(9));
        feed.Snapshot(9, 1_001, 5, 71, 70);
        Assert.Equal((Live, "71 70"), (feed.State(9), feed.Bids(9)));
    }

    [Fact]
    public void A_gap_takes_every_book_of_the_channel_out_of_Live_at_once()
    {
        var feed = new ShardDriver(channels: 2).Packet(1, Best(7, 1, 100), Best(8, 1, 50)).PacketOf(1, 1, Best(7, 1, 30));
        feed.Gap(2, 4);
        Assert.Equal((Recovering, Recovering, Live), (feed.State(7), feed.State(8), feed.State(7, channel: 1)));
    }

    [Fact]
    public void A_sequence_that_goes_on_proves_the_book_untouched()
    {
        var feed = new ShardDriver().Packet(1_000, Best(7, 500, 100), Best(8, 600, 50)).Snapshot(7, 1_000, 500, 100).Snapshot(8, 1_000, 600, 50);
        feed.Gap(1_001, 1_003).Packet(1_003, Trade(7, 501, 10));
        Assert.Equal((Live, "100", Recovering), (feed.State(7), feed.Bids(7), feed.State(8)));
        Assert.Equal((0L, 0L), (feed[7].Gaps, feed[7].Recoveries));
    }

    [Fact]
    public void A_sequence_that_jumps_recovers_by_a_snapshot_and_what_came_since()
    {
        var feed = new ShardDriver().Packet(1, Best(7, 1, 100)).Gap(2, 4).Packet(4, Best(7, 4, 103)).Packet(5, Best(7, 5, 104));
        Assert.Equal(Recovering, feed.State(7));
        feed.Snapshot(7, 1, 1, 100);
        Assert.Equal(Recovering, feed.State(7));
        feed.Snapshot(7, 3, 3, 102, 101, 100);
        Assert.Equal((Live, "104 103 102 101 100"), (feed.State(7), feed.Bids(7)));
        Assert.Equal((1L, 1L, 1L), (feed[7].Gaps, feed[7].Recoveries, feed.Counters.Recoveries));
    }

    [Fact]
    public void A_silent_instrument_is_healed_by_a_snapshot_that_includes_the_gap()
    {
        var feed = new ShardDriver().Packet(1, Best(7, 1, 100), Best(8, 1, 50)).Gap(2, 4).Packet(4);
        feed.Snapshot(7, 3, 1, 100).Snapshot(8, 3, 2, 51, 50);
        Assert.Equal((Live, Live, "100", "51 50"), (feed.State(7), feed.State(8), feed.Bids(7), feed.Bids(8)));
        Assert.Equal((0L, 1L, 1L), (feed[7].Gaps, feed[8].Gaps, feed[8].Recoveries));
        feed.Packet(5, Best(7, 2, 101), Best(8, 3, 52));
        Assert.Equal((Live, Live), (feed.State(7), feed.State(8)));
    }

    [Fact]
    public void A_snapshot_ahead_of_the_feed_is_not_updated_twice()
    {
        var feed = new ShardDriver().Packet(1_000, Best(7, 500, 100));
        feed.Snapshot(7, lastPacket: 1_003, sequence: 503, 103, 102, 101, 100);
        Assert.Equal((Live, "103 102 101 100"), (feed.State(7), feed.Bids(7)));
        feed.Packet(1_001, Best(7, 501, 101)).Packet(1_002, Best(7, 502, 102), Trade(7, 503, 9)).Packet(1_003);
        Assert.Equal((Live, "103 102 101 100", 9L), (feed.State(7), feed.Bids(7), feed[7].TradeVolume));
        feed.Packet(1_004, Best(7, 504, 104));
        Assert.Equal((Live, "104 103 102 101 100"), (feed.State(7), feed.Bids(7)));
    }

    [Fact]
    public void A_book_ahead_of_the_feed_is_told_with_the_packet_at_which_it_is_true()
    {
        var feed = new ShardDriver().Packet(1_000, Best(7, 500, 100));
        feed.Snapshot(7, lastPacket: 1_003, sequence: 503, 103);
        Assert.Contains("7 @1003 103", feed.Log);
        Assert.DoesNotContain("7 @1000 103", feed.Log);
    }

    [Fact]
    public void A_gap_that_the_snapshot_includes_changes_nothing()
    {
        var feed = new ShardDriver().Packet(1_000, Best(7, 500, 100)).Snapshot(7, 1_010, 510, 110);
        feed.Gap(1_001, 1_011);
        Assert.Equal(Live, feed.State(7));
        feed.Packet(1_011, Best(7, 511, 111));
        Assert.Equal((Live, "111 110"), (feed.State(7), feed.Bids(7)));
    }

    [Fact]
    public void A_gap_beyond_the_snapshot_that_is_ahead_counts()
    {
        var feed = new ShardDriver().Packet(1_000, Best(7, 500, 100)).Snapshot(7, 1_010, 510, 110);
        feed.Gap(1_001, 1_012);
        Assert.Equal(Recovering, feed.State(7));
        feed.Packet(1_012, Best(7, 512, 112));
        Assert.Equal(Recovering, feed.State(7));
        feed.Snapshot(7, 1_011, 511, 111, 110);
        Assert.Equal((Live, "112 111 110"), (feed.State(7), feed.Bids(7)));
    }

    [Fact]
    public void A_gap_during_recovery_needs_a_snapshot_after_it()
    {
        var feed = new ShardDriver().Packet(1_000, Best(7, 500, 100)).Gap(1_001, 1_003).Packet(1_003, Best(7, 503, 103));
        feed.Snapshot(7, 1_000, 500, 100);
        Assert.Equal(Recovering, feed.State(7));
        feed.Snapshot(7, 1_002, 502, 102, 100);
        Assert.Equal((Live, "103 102 100"), (feed.State(7), feed.Bids(7)));
    }

    [Fact]
    public void An_overflown_buffer_needs_a_younger_snapshot()
    {
        var feed = new ShardDriver(buffer: 4);
        for (uint i = 0; i < 6; i++) feed.Packet(1_000 + i, Best(7, 500 + i, 100 + i));
        feed.Snapshot(7, 999, 499, 90);
        Assert.Equal(Recovering, feed.State(7));
        feed.Snapshot(7, 1_001, 501, 101, 100);
        Assert.Equal((Live, "105 104 103 102 101 100"), (feed.State(7), feed.Bids(7)));
    }

    [Fact]
    public void An_update_that_contradicts_the_book_is_noticed_and_healed()
    {
        var feed = new ShardDriver().Packet(1, Best(7, 1, 100)).Packet(2, Level(7, 2, BookAction.Delete, 5, 0), Best(7, 3, 101));
        Assert.Equal((Recovering, 1L), (feed.State(7), feed.Counters.Contradictions));
        feed.Snapshot(7, 1, 1, 100);
        Assert.Equal(Recovering, feed.State(7));
        feed.Snapshot(7, 2, 3, 101, 100);
        Assert.Equal((Live, "101 100"), (feed.State(7), feed.Bids(7)));
    }

    [Fact]
    public void A_jump_without_a_gap_is_noticed()
    {
        var feed = new ShardDriver().Packet(1, Best(7, 1, 100)).Packet(2, Best(7, 3, 101));
        Assert.Equal((Recovering, 1L), (feed.State(7), feed.Counters.InstrumentGaps));
        feed.Packet(3, Best(7, 4, 102)).Snapshot(7, 2, 3, 101, 100);
        Assert.Equal((Live, "102 101 100"), (feed.State(7), feed.Bids(7)));
    }

    [Fact]
    public void Torn_images_are_rejected()
    {
        var feed = new ShardDriver().Packet(1_000, Best(7, 500, 100));
        feed.Image(7, SnapshotBook.Levels, 1_000, 500, 1, 1, [Level(7, 0, BookAction.New, 1, 100)], entryCount: 2);
        feed.Image(7, SnapshotBook.Levels, 1_000, 500, 1, 1, [Level(7, 0, BookAction.New, 1, 100), Level(7, 0, BookAction.New, 3, 98)]);
        feed.Image(7, SnapshotBook.Levels, 1_000, 500, 1, 1, [Level(7, 0, BookAction.New, 0, 100)]);
        Assert.Equal((Recovering, 3L), (feed.State(7), feed.Counters.SnapshotsRejected));
        feed.Snapshot(7, 1_000, 500, 100, 99);
        Assert.Equal((Live, "100 99"), (feed.State(7), feed.Bids(7)));
    }

    [Fact]
    public void An_image_never_reaches_a_Live_book()
    {
        var feed = new ShardDriver().Packet(1, Best(7, 1, 100)).Snapshot(7, 1, 1, 55, 54);
        Assert.Equal((Live, "100"), (feed.State(7), feed.Bids(7)));
    }

    [Fact]
    public void An_instrument_that_only_a_snapshot_shows_is_not_taken_for_empty()
    {
        // Its first and only update was lost. Number 1 in an image is not a first update.
        var feed = new ShardDriver().Packet(1).Gap(2, 3).Packet(3).Snapshot(7, 3, 1, 100);
        Assert.Equal((Live, "100"), (feed.State(7), feed.Bids(7)));
    }

    [Fact]
    public void An_instrument_whose_first_update_comes_after_a_gap_is_complete_in_a_session_seen_from_its_start()
    {
        var feed = new ShardDriver().Packet(1).Gap(2, 3).Packet(3, Best(7, 1, 100), Best(8, 2, 50));
        Assert.Equal((Live, Recovering), (feed.State(7), feed.State(8)));
    }

    [Fact]
    public void A_packet_that_could_not_be_read_to_its_end_is_a_gap_of_one()
    {
        var feed = new ShardDriver().Packet(1_000, Best(7, 500, 100)).Snapshot(7, 1_000, 500, 100).Packet(1_001, Best(7, 501, 101)).Gap(1_001, 1_002);
        Assert.Equal(Recovering, feed.State(7));
        Assert.Equal(Live, feed.Packet(1_002, Best(7, 502, 102)).State(7));
        feed.Gap(1_002, 1_003).Packet(1_003, Best(7, 504, 105));
        Assert.Equal(Recovering, feed.State(7));
    }

    [Fact]
    public void Sequences_wrap_at_2_to_the_32()
    {
        const uint Top = uint.MaxValue;
        var feed = new ShardDriver().Packet(Top - 3, Best(7, 500, 100));
        feed.Snapshot(7, Top - 3, 500, 100).Packet(Top - 2, Best(7, 501, 101)).Gap(Top - 1, 1).Packet(1, Best(7, 503, 103));
        Assert.Equal(Recovering, feed.State(7));
        feed.Snapshot(7, Top - 1, 501, 101, 100);
        Assert.Equal((Recovering, 1L), (feed.State(7), feed.Counters.SnapshotsTooOld));
        feed.Packet(2, Best(7, 504, 104)).Snapshot(7, 1, 503, 103, 102, 101, 100);
        Assert.Equal((Live, "104 103 102 101 100"), (feed.State(7), feed.Bids(7)));
    }

    [Fact]
    public void Several_channels_may_use_the_same_ids()
    {
        var feed = new ShardDriver(channels: 3).PacketOf(0, 1, Best(7, 1, 100)).PacketOf(1, 1, Best(7, 1, 200)).PacketOf(2, 50, Best(7, 9, 300));
        feed.Gap(2, 3, channel: 1);
        Assert.Equal((Live, Recovering, Recovering), (feed.State(7), feed.State(7, 1), feed.State(7, 2)));
        feed.Image(7, SnapshotBook.Levels, 50, 9, 1, 1, [Level(7, 0, BookAction.New, 1, 300)], channel: 2);
        Assert.Equal((Live, Recovering, Live), (feed.State(7), feed.State(7, 1), feed.State(7, 2)));
        Assert.Equal(("100", "300"), (feed.Bids(7), feed.Bids(7, 2)));
        Assert.Equal([0L, 0L, 0L], feed.Counters.RecoveriesByChannel);
    }

    [Fact]
    public void Trades_count_once_in_every_state()
    {
        var feed = new ShardDriver().Packet(1_000, Trade(7, 500, 1)).Packet(1_001, Trade(7, 501, 2)).Snapshot(7, 1_003, 503, 9);
        feed.Packet(1_002, Trade(7, 502, 4)).Packet(1_003, Trade(7, 503, 8)).Packet(1_004, Trade(7, 504, 16));
        Assert.Equal(Live, feed.State(7));
        feed.Gap(1_005, 1_006).Packet(1_006, Trade(7, 506, 32)).Snapshot(7, 1_005, 505, 9).Packet(1_007, Trade(7, 507, 64));
        var deleted = Trade(7, 508, 1_000);
        deleted.Action = BookAction.Delete;
        feed.Packet(1_008, deleted);
        Assert.Equal((7L, 127L, Live), (feed[7].Trades, feed[7].TradeVolume, feed.State(7)));
    }

    [Fact]
    public void Instruments_past_the_bound_are_refused_and_counted()
    {
        var feed = new ShardDriver(maxInstruments: 2).Packet(1, Best(7, 1, 100), Best(8, 1, 100), Best(9, 1, 100));
        Assert.Equal([7u, 8u], feed.Instruments.Select(i => i.Id));
        Assert.Equal(1, feed.Counters.UpdatesRefused);
    }

        [Theory]
    [InlineData(1)]
    [InlineData(4)]
    [InlineData(16)]
    public void Instruments_that_a_channel_may_have_do_not_depend_on_the_number_of_shards(int shards)
    {
        var feed = new ShardDriver(shards, maxInstruments: 20);
        uint packet = 1;
        for (var round = 1u; round <= 2; round++)
        {
            for (var id = 1u; id <= 40; id++) feed.Packet(packet++, Best(id * 7, round, 100));
        }

        Assert.Equal(Enumerable.Range(1, 20).Select(id => (uint)id * 7), feed.Instruments.Select(i => i.Id).Order());
        Assert.Equal(40, feed.AllCounters.Sum(counters => counters.UpdatesRefused));
    }

    [Theory]
    [InlineData(1)]
    [InlineData(4)]
    public void Bound_of_one_channel_leaves_the_others_alone(int shards)
    {
        var feed = new ShardDriver(shards, channels: 2, adjust: options => options with { Channels = [options.Channels[0] with { MaxInstruments = 2 }, options.Channels[1]] });
        for (var id = 1u; id <= 6; id++) feed.PacketOf(0, id, Best(id, 1, 100)).PacketOf(1, id, Best(id, 1, 100));
        Assert.Equal([1u, 2u], feed.Instruments.Where(i => i.Channel == 0).Select(i => i.Id).Order());
        Assert.Equal(6, feed.Instruments.Count(i => i.Channel == 1));
    }

[Fact]
    public void Depth_follows_the_definition_and_a_book_that_was_cut_is_not_Live()
    {
        var feed = new ShardDriver(depth: 2).Packet(1, Best(7, 1, 100), Best(8, 1, 100)).Packet(2, Best(7, 2, 101), Best(7, 3, 102));
        Assert.Equal("102 101", feed.Bids(7));
        feed.Send(0, 1, UpdateFlags.Snapshot, Definition(7, depth: 3), Definition(8, depth: 3));

        // Nobody knows whether a book kept with another depth ever dropped a level, or kept one too many.
        Assert.Equal((Recovering, Recovering), (feed.State(7), feed.State(8)));
        feed.Snapshot(7, 2, 3, 102, 101, 100);
        Assert.Equal((Live, "102 101 100"), (feed.State(7), feed.Bids(7)));
    }

    [Fact]
    public void Implied_depth_follows_the_definition_in_images_too()
    {
        var feed = new ShardDriver();
        feed.Send(0, 1, UpdateFlags.Snapshot, Definition(7, depth: 10, impliedDepth: 3)).Packet(1_000);
        MarketUpdate[] entries = [.. Enumerable.Range(1, 3).Select(i => Level(7, 0, BookAction.New, i, 100 - i) with { Kind = UpdateKind.ImpliedLevel })];
        feed.Image(7, SnapshotBook.Levels, 1_000, 1, 1, 1, entries);
        Assert.Equal((Live, "99 98 97"), (feed.State(7), Prices(feed[7].Implied!, BookSide.Bid)));
    }

    [Fact]
    public void Natural_refresh_needs_both_sides_and_never_says_Live()
    {
        var feed = new ShardDriver(recovery: RecoveryMode.Natural).Packet(1_000, Level(7, 500, BookAction.New, 2, 99)).Packet(1_001, Level(7, 501, BookAction.New, 1, 101, BookSide.Ask));
        Assert.Equal(Recovering, feed.State(7));
        feed.Snapshot(7, 1_001, 501, 55).Packet(1_002, Level(7, 502, BookAction.Change, 1, 100));
        Assert.Equal((NaturallyRefreshed, "100 99"), (feed.State(7), feed.Bids(7)));
        feed.Gap(1_003, 1_004);
        Assert.Equal(Recovering, feed.State(7));
        feed.Packet(1_004, Best(7, 503, 101));
        Assert.Equal((NaturallyRefreshed, "101 100 99"), (feed.State(7), feed.Bids(7)));
        feed.Gap(1_005, 1_006).Packet(1_006, Best(7, 505, 102));
        Assert.Equal((Recovering, "102"), (feed.State(7), feed.Bids(7)));
        Assert.DoesNotContain(feed.Log, line => line.Contains("Live", StringComparison.Ordinal));
    }
}
