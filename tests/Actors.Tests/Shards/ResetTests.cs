using FeedHandler.Codecs;
using static FeedHandler.Actors.BookState;
using static FeedHandler.Actors.Tests.Shards.ShardDriver;

namespace FeedHandler.Actors.Tests.Shards;

/// <summary>Resets of channels, instruments and sessions, seen and unseen.</summary>
public sealed class ResetTests
{
    [Fact]
    public void A_channel_reset_empties_every_book_and_is_Live()
    {
        var feed = new ShardDriver().Packet(1_000, Best(7, 500, 100), Order(7, BookAction.New, 1));
        feed.Packet(1_001, ChannelReset, Best(7, 1, 90), Order(7, BookAction.New, 2)).Packet(1_002, Best(8, 1, 50));
        Assert.Equal((Live, "90", Live, "2"), (feed.State(7), feed.Bids(7), feed.OrderState(7), feed.Orders(7)));
        Assert.Equal((Live, "50"), (feed.State(8), feed.Bids(8)));
        Assert.Equal(1, feed.Counters.ChannelResets);
    }

    [Fact]
    public void A_channel_reset_after_a_gap_ends_every_recovery()
    {
        var feed = new ShardDriver().Packet(1_000, Best(7, 500, 100), Best(8, 3, 50)).Gap(1_001, 1_005).Packet(1_005, Best(7, 510, 101)).Packet(1_006, ChannelReset);
        Assert.Equal((Live, Live, "", ""), (feed.State(7), feed.State(8), feed.Bids(7), feed.Bids(8)));
        feed.Packet(1_007, Best(7, 1, 90));
        Assert.Equal((Live, "90"), (feed.State(7), feed.Bids(7)));
    }

    [Fact]
    public void A_gap_after_a_channel_reset_counts_as_any()
    {
        var feed = new ShardDriver().Packet(1_000, Best(7, 500, 100)).Packet(1_001, ChannelReset).Packet(1_002, Best(7, 1, 90)).Gap(1_003, 1_004);
        Assert.Equal(Recovering, feed.State(7));
        Assert.Equal(Recovering, feed.Packet(1_004, Best(7, 2, 91)).State(7));
        Assert.Equal(Live, feed.Snapshot(7, 1_004, 2, 91, 90).State(7));
        feed.Gap(1_005, 1_006).Packet(1_006, Best(7, 9, 99)).Snapshot(7, 1_000, 500, 100);
        Assert.Equal(Recovering, feed.State(7));
    }

    [Fact]
    public void A_snapshot_that_ran_ahead_of_a_reset_survives_it()
    {
        var feed = new ShardDriver().Packet(1_000, Best(7, 500, 100), Order(7, BookAction.New, 1));
        feed.Snapshot(7, 1_003, 2, 91, 90).OrderSnapshot(7, 1_003, 1, 1, 5, 6);
        feed.Packet(1_001, ChannelReset).Packet(1_002, Best(7, 1, 90), Order(7, BookAction.New, 5)).Packet(1_003, Best(7, 2, 91), Order(7, BookAction.New, 6));
        Assert.Equal((Live, "91 90", Live, "5 6"), (feed.State(7), feed.Bids(7), feed.OrderState(7), feed.Orders(7)));
        feed.Packet(1_004, Best(7, 3, 92), Order(7, BookAction.Delete, 5));
        Assert.Equal((Live, "92 91 90", Live, "6"), (feed.State(7), feed.Bids(7), feed.OrderState(7), feed.Orders(7)));
    }

    [Fact]
    public void A_lost_reset_shows_where_a_sequence_goes_back()
    {
        var feed = new ShardDriver().Packet(1, Best(7, 1, 100), Best(7, 2, 101), Best(8, 1, 50)).Gap(2, 5).Packet(5, Best(7, 1, 30));
        Assert.Equal((Recovering, Recovering), (feed.State(7), feed.State(8)));

        // What would have been proof before the reset is none now.
        feed.Packet(6, Best(8, 2, 51));
        Assert.Equal(Recovering, feed.State(8));
        feed.Snapshot(7, 5, 1, 30).Snapshot(8, 5, 1, 40);
        Assert.Equal((Live, "30", Live, "51 40"), (feed.State(7), feed.Bids(7), feed.State(8), feed.Bids(8)));
    }

    [Theory]
    [InlineData(96, false)]
    [InlineData(97, true)]
    public void A_sequence_is_no_proof_where_a_reset_inside_the_gap_could_have_brought_it_there(uint sequence, bool proves)
    {
        // One lost packet has room for 96 entries with a sequence at most.
        var feed = new ShardDriver().Packet(900, Best(8, sequence, 50)).Snapshot(8, 900, sequence, 50).Gap(901, 902).Packet(902, Best(8, sequence + 1, 51));
        Assert.Equal(proves ? Live : Recovering, feed.State(8));
        feed.Snapshot(8, 902, sequence + 1, 51, 50);
        Assert.Equal((Live, "51 50"), (feed.State(8), feed.Bids(8)));
    }

    [Fact]
    public void A_lost_reset_does_not_touch_what_a_snapshot_has_healed_since()
    {
        var feed = new ShardDriver().Packet(1, Best(7, 1, 100), Best(7, 2, 101), Best(8, 9, 50), Best(9, 1, 20)).Gap(2, 5);
        feed.Packet(5).Snapshot(8, 5, 1, 40).Packet(6, Best(7, 1, 30)).Packet(7, Best(9, 1, 21));
        Assert.Equal((Live, "40"), (feed.State(8), feed.Bids(8)));
        Assert.Equal((Recovering, Recovering), (feed.State(7), feed.State(9)));
    }

    [Fact]
    public void An_instrument_reset_empties_both_books_and_the_sequence_goes_on()
    {
        var feed = new ShardDriver().Packet(1, Best(7, 1, 100), Order(7, BookAction.New, 1)).Packet(2, InstrumentReset(7, 2), Best(7, 3, 90), Order(7, BookAction.New, 2));
        Assert.Equal((Live, "90", Live, "2"), (feed.State(7), feed.Bids(7), feed.OrderState(7), feed.Orders(7)));
        Assert.Equal(3u, feed[7].LastSequence);
    }

    [Fact]
    public void An_instrument_reset_ends_its_recovery()
    {
        var feed = new ShardDriver().Packet(1_000, Best(7, 500, 100), Order(7, BookAction.New, 1)).Gap(1_001, 1_002).Packet(1_002, InstrumentReset(7, 510), Best(7, 511, 90));
        Assert.Equal((Live, "90", Live, ""), (feed.State(7), feed.Bids(7), feed.OrderState(7), feed.Orders(7)));
    }

    [Fact]
    public void An_instrument_reset_does_not_empty_an_order_book_that_is_ahead_of_it()
    {
        var feed = new ShardDriver().Packet(1_000, Best(7, 500, 100), Order(7, BookAction.New, 1)).OrderSnapshot(7, 1_002, 1, 1, 5, 6);
        feed.Packet(1_001, InstrumentReset(7, 501), Order(7, BookAction.New, 5)).Packet(1_002, Order(7, BookAction.New, 6));
        Assert.Equal((Live, "5 6"), (feed.OrderState(7), feed.Orders(7)));
        Assert.Equal((Live, ""), (feed.State(7), feed.Bids(7)));
    }

    [Fact]
    public void An_instrument_reset_behind_a_level_snapshot_still_empties_the_orders()
    {
        var feed = new ShardDriver().Packet(1_000, Best(7, 500, 100), Order(7, BookAction.New, 1)).OrderSnapshot(7, 1_000, 1, 1, 1).Snapshot(7, 1_001, 502, 90);
        feed.Packet(1_001, InstrumentReset(7, 501), Best(7, 502, 90), Order(7, BookAction.New, 5));
        Assert.Equal((Live, "90", Live, "5"), (feed.State(7), feed.Bids(7), feed.OrderState(7), feed.Orders(7)));
    }

    [Fact]
    public void A_session_that_is_seen_from_its_first_packet_is_Live_and_empty()
    {
        var feed = new ShardDriver().Packet(900, Best(7, 500, 100), Order(7, BookAction.New, 1)).Packet(1, SessionStart).Packet(1, Best(7, 1, 90), Order(7, BookAction.New, 2));
        Assert.Equal((Live, "90", Live, "2", 0L), (feed.State(7), feed.Bids(7), feed.OrderState(7), feed.Orders(7), feed[7].Gaps));
    }

    [Fact]
    public void A_session_that_is_joined_late_needs_snapshots_of_its_own()
    {
        var feed = new ShardDriver().Packet(900, Best(7, 500, 100)).Snapshot(7, 900, 500, 100).Packet(5, SessionStart).Packet(5, Best(7, 4, 90));
        Assert.Equal(Recovering, feed.State(7));
        feed.Snapshot(7, 3, 2, 70);
        Assert.Equal(Recovering, feed.State(7));
        feed.Snapshot(7, 4, 3, 80);
        Assert.Equal((Live, "90 80"), (feed.State(7), feed.Bids(7)));
    }

    [Fact]
    public void A_session_that_does_not_say_where_it_starts_is_joined_by_its_first_packet()
    {
        var feed = new ShardDriver().Packet(900, Best(7, 500, 100)).Snapshot(7, 900, 500, 100).Packet(0, SessionStart).Packet(8);
        feed.Snapshot(7, 3, 2, 70);
        Assert.Equal(Recovering, feed.State(7));
        Assert.Equal(Live, feed.Snapshot(7, 8, 3, 80).State(7));
    }

    [Fact]
    public void A_shard_that_takes_over_in_mid_packet_wants_a_snapshot_of_that_packet()
    {
        var feed = new ShardDriver(adjust: options => options with { JoinsInMidPacket = true });
        feed.Packet(1, Best(7, 2, 101), Best(8, 1, 50));
        Assert.Equal((Recovering, Recovering), (feed.State(7), feed.State(8)));
        feed.Snapshot(7, 0, 0);
        Assert.Equal(Recovering, feed.State(7));
        feed.Snapshot(7, 1, 2, 101, 100).Packet(2, Best(7, 3, 102));
        Assert.Equal((Live, "102 101 100"), (feed.State(7), feed.Bids(7)));
    }
}
