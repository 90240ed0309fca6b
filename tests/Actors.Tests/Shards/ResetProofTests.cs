using FeedHandler.Codecs;
using static FeedHandler.Actors.BookState;
using static FeedHandler.Actors.Tests.Shards.ShardDriver;

namespace FeedHandler.Actors.Tests.Shards;

/// <summary>A sequence that goes on over a gap proves a book, unless a channel reset may have come to the same number inside the gap.</summary>
public sealed class ResetProofTests
{
    private const uint Other = 8;

    [Theory]
    [InlineData(1)]
    [InlineData(3)]
    public void A_low_sequence_is_a_proof_as_soon_as_another_instrument_excludes_a_reset(int shards)
    {
        var feed = Started(new ShardDriver(shards), other: 500).Gap(3, 4);
        feed.Packet(4, Best(7, 2, 102));
        Assert.Equal((Recovering, "102 101"), (feed.State(7), feed.Bids(7)));
        feed.Packet(5, Best(Other, 501, 201));
        Assert.Equal((Live, Live), (feed.State(7), feed.State(Other)));
        feed.Packet(6, Best(7, 3, 103));
        Assert.Equal((Live, "103 102 101", 0L, 0L), (feed.State(7), feed.Bids(7), feed[7].Gaps, feed[7].Recoveries));
    }

    [Fact]
    public void Numbers_of_several_instruments_add_up()
    {
        var feed = Started(new ShardDriver(), other: 60).Gap(3, 4);
        feed.Packet(4, Best(9, 40, 300)).Packet(5, Best(7, 2, 102));
        Assert.Equal(Recovering, feed.State(7));
        feed.Packet(6, Best(Other, 61, 201));
        Assert.Equal(Live, feed.State(7));
    }

    [Fact]
    public void An_instrument_testifies_once()
    {
        var feed = Started(new ShardDriver(), other: 60).Gap(3, 4);
        for (uint i = 0; i < 20; i++) feed.Packet(4 + i, Best(Other, 61 + i, 201 + i));
        Assert.Equal((Recovering, Recovering), (feed.State(7), feed.State(Other)));
    }

    [Fact]
    public void A_second_gap_does_not_make_the_first_forgotten()
    {
        // One lost packet may hold 96 sequences, eleven of them 1056.
        var feed = Started(new ShardDriver(), other: 500).Gap(3, 13).Packet(13, Best(7, 2, 102)).Gap(14, 15);
        feed.Packet(15, Best(Other, 501, 201));
        Assert.Equal((Recovering, Recovering), (feed.State(7), feed.State(Other)));
        feed.Packet(16, Best(7, 3, 103)).Packet(17, Best(9, 700, 300));
        Assert.Equal((Live, Live, "103 102 101"), (feed.State(7), feed.State(Other), feed.Bids(7)));
    }

    [Fact]
    public void A_book_that_waits_for_a_proof_is_healed_by_a_snapshot_and_lost_nothing()
    {
        var feed = Started(new ShardDriver(), other: 5).Gap(3, 4).Packet(4, Best(7, 2, 102)).Packet(5, Best(7, 3, 103));
        feed.Snapshot(7, lastPacket: 4, sequence: 2, 102, 101);
        Assert.Equal((Live, "103 102 101", 0L, 0L), (feed.State(7), feed.Bids(7), feed[7].Gaps, feed[7].Recoveries));
    }

    [Fact]
    public void A_book_that_waits_for_a_proof_is_lost_when_an_update_contradicts_it()
    {
        var feed = Started(new ShardDriver(), other: 5).Gap(3, 4).Packet(4, Best(7, 2, 102)).Packet(5, Level(7, 3, BookAction.Delete, 9, 90));
        Assert.Equal((Recovering, "", 1L), (feed.State(7), feed.Bids(7), feed[7].Gaps));
        feed.Packet(6, Best(Other, 1_000, 201));
        Assert.Equal(Recovering, feed.State(7));
    }

    [Fact]
    public void Without_a_snapshot_feed_the_venues_rule_holds_as_it_stands()
    {
        var feed = Started(new ShardDriver(snapshots: false), other: 5).Gap(3, 4).Packet(4, Best(7, 2, 102)).Packet(5, Best(Other, 7, 201));
        Assert.Equal((Live, "102 101", Stale), (feed.State(7), feed.Bids(7), feed.State(Other)));
    }

    [Fact]
    public void A_reset_that_is_seen_ends_the_doubt()
    {
        var feed = Started(new ShardDriver(), other: 5).Gap(3, 4).Packet(4, Best(7, 2, 102)).Packet(5, ChannelReset).Packet(6, Best(7, 1, 50));
        Assert.Equal((Live, "50"), (feed.State(7), feed.Bids(7)));
    }

    /// <summary>Instrument 7 at sequence 1, and another further on.</summary>
    private static ShardDriver Started(ShardDriver feed, uint other)
    {
        feed.Packet(1, Best(7, 1, 101));
        return feed.Packet(2, [.. Enumerable.Range(1, (int)other).Select(i => Trade(Other, (uint)i, 1))]);
    }
}
