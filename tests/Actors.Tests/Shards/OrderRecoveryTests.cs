using FeedHandler.Codecs;
using static FeedHandler.Actors.BookState;
using static FeedHandler.Actors.Tests.Shards.ShardDriver;

namespace FeedHandler.Actors.Tests.Shards;

/// <summary>Market by order has no sequence of its own: after any gap only a snapshot helps.</summary>
public sealed class OrderRecoveryTests
{
    [Fact]
    public void Joined_at_packet_1_is_Live()
    {
        var feed = new ShardDriver().Packet(1, Best(7, 1, 100), Order(7, BookAction.New, 1)).Packet(2, Order(7, BookAction.New, 2), Order(7, BookAction.Delete, 1));
        Assert.Equal((Live, "2"), (feed.OrderState(7), feed.Orders(7)));
    }

    [Fact]
    public void Any_gap_needs_a_snapshot_although_the_levels_are_proven()
    {
        var feed = new ShardDriver().Packet(1_000, Best(7, 500, 100), Order(7, BookAction.New, 1)).Snapshot(7, 1_000, 500, 100).OrderSnapshot(7, 1_000, 1, 1, 1);
        feed.Gap(1_001, 1_002).Packet(1_002, Best(7, 501, 101), Order(7, BookAction.New, 3));
        Assert.Equal((Live, Recovering, Recovering), (feed.State(7), feed.OrderState(7), feed[7].State));
        feed.OrderSnapshot(7, 1_000, 1, 1, 1);
        Assert.Equal(Recovering, feed.OrderState(7));
        feed.OrderSnapshot(7, 1_001, 1, 1, 1, 2);
        Assert.Equal((Live, "1 2 3", Live), (feed.OrderState(7), feed.Orders(7), feed[7].State));
    }

    [Fact]
    public void Without_an_order_snapshot_feed_it_stays_Stale()
    {
        var feed = new ShardDriver(orderSnapshots: false).Packet(1, Order(7, BookAction.New, 1)).Gap(2, 3).Packet(3, Order(7, BookAction.New, 3));
        Assert.Equal(Stale, feed.OrderState(7));
    }

    [Fact]
    public void Chunks_in_any_order_with_duplicates_make_one_image()
    {
        var feed = new ShardDriver().Packet(1_000, Order(7, BookAction.New, 50)).Packet(1_001, Order(7, BookAction.Delete, 2));
        feed.OrderSnapshot(7, 1_000, 3, 3, 5, 50).OrderSnapshot(7, 1_000, 1, 3, 1, 2).OrderSnapshot(7, 1_000, 3, 3, 5, 50);
        Assert.Equal(Recovering, feed.OrderState(7));
        feed.OrderSnapshot(7, 1_000, 2, 3, 3, 4);
        Assert.Equal((Live, "1 3 4 5 50"), (feed.OrderState(7), feed.Orders(7)));
    }

    [Fact]
    public void A_chunk_that_breaks_off_is_not_a_chunk()
    {
        var feed = new ShardDriver().Packet(1_000, Order(7, BookAction.New, 50));
        var begin = new MarketUpdate { Kind = UpdateKind.SnapshotBegin, Code = (byte)SnapshotBook.Orders, Instrument = 7, OrderId = 1_000, Price = 1, Quantity = 2 };
        feed.Send(0, 1, UpdateFlags.Snapshot, begin, Order(7, BookAction.New, 1));
        feed.OrderSnapshot(7, 1_000, 2, 2, 3, 50);
        Assert.Equal(Recovering, feed.OrderState(7));
        feed.OrderSnapshot(7, 1_000, 1, 2, 1, 2).OrderSnapshot(7, 1_000, 2, 2, 3, 50);
        Assert.Equal((Live, "1 2 3 50"), (feed.OrderState(7), feed.Orders(7)));
    }

    [Fact]
    public void A_chunk_with_fewer_orders_than_it_says_is_rejected()
    {
        var feed = new ShardDriver().Packet(1_000, Order(7, BookAction.New, 50));
        feed.Image(7, SnapshotBook.Orders, 1_000, 0, 1, 1, [Order(7, BookAction.New, 50)], entryCount: 2);
        Assert.Equal((Recovering, 1L), (feed.OrderState(7), feed.Counters.SnapshotsRejected));
        Assert.Equal(Live, feed.OrderSnapshot(7, 1_000, 1, 1, 50).OrderState(7));
    }

    [Fact]
    public void An_image_with_one_order_twice_is_rejected_and_the_next_is_taken()
    {
        var feed = new ShardDriver().Packet(1_000, Order(7, BookAction.New, 50)).OrderSnapshot(7, 1_000, 1, 1, 50, 50);
        Assert.Equal((Recovering, 1L), (feed.OrderState(7), feed.Counters.SnapshotsRejected));
        Assert.Equal(Live, feed.Packet(1_001).OrderSnapshot(7, 1_001, 1, 1, 50).OrderState(7));
    }

    [Fact]
    public void An_image_ahead_of_the_feed_is_not_updated_twice()
    {
        var feed = new ShardDriver().Packet(1_000, Order(7, BookAction.New, 1)).OrderSnapshot(7, 1_002, 1, 1, 1, 3);
        feed.Packet(1_001, Order(7, BookAction.New, 2)).Packet(1_002, Order(7, BookAction.New, 3), Order(7, BookAction.Delete, 2));
        Assert.Equal((Live, "1 3"), (feed.OrderState(7), feed.Orders(7)));
        feed.Packet(1_003, Order(7, BookAction.Delete, 1));
        Assert.Equal((Live, "3"), (feed.OrderState(7), feed.Orders(7)));
    }

    [Fact]
    public void An_image_before_the_first_packet_is_judged_by_it()
    {
        var feed = new ShardDriver().OrderSnapshot(7, 999, 1, 1, 1).OrderSnapshot(8, 998, 1, 1, 1);
        feed.Packet(1_000, Order(7, BookAction.New, 2), Order(8, BookAction.New, 2));
        Assert.Equal((Live, "1 2", Recovering), (feed.OrderState(7), feed.Orders(7), feed.OrderState(8)));
    }

    [Fact]
    public void An_image_before_the_first_packet_that_fails_takes_an_earlier_one_with_it()
    {
        var feed = new ShardDriver().OrderSnapshot(7, 999, 1, 1, 1).OrderSnapshot(7, 1_000, 1, 1, 1, 1).Packet(1_000);
        Assert.Equal(Recovering, feed.OrderState(7));
    }

    [Fact]
    public void A_contradiction_is_noticed_and_healed()
    {
        var feed = new ShardDriver().Packet(1, Order(7, BookAction.New, 1)).Packet(2, Order(7, BookAction.Delete, 9));
        Assert.Equal((Recovering, 1L), (feed.OrderState(7), feed.Counters.Contradictions));
        feed.OrderSnapshot(7, 1, 1, 1, 1);
        Assert.Equal(Recovering, feed.OrderState(7));
        Assert.Equal(Live, feed.OrderSnapshot(7, 2, 1, 1, 1).OrderState(7));
    }

    [Fact]
    public void Orders_past_the_bound_are_counted_and_the_book_is_not_Live()
    {
        var feed = new ShardDriver(maxOrders: 2).Packet(1, Order(7, BookAction.New, 1), Order(8, BookAction.New, 2)).Packet(2, Order(7, BookAction.New, 3));
        Assert.Equal((Recovering, Live, 1L), (feed.OrderState(7), feed.OrderState(8), feed.Counters.OrderOverflows));
        feed.OrderSnapshot(7, 2, 1, 1, 1, 3);
        Assert.Equal((Recovering, 2L), (feed.OrderState(7), feed.Counters.OrderOverflows));
        feed.Packet(3, Order(8, BookAction.Delete, 2)).OrderSnapshot(7, 3, 1, 1, 1, 3);
        Assert.Equal((Live, "1 3"), (feed.OrderState(7), feed.Orders(7)));
    }

    [Fact]
    public void Bounds_of_orders_and_of_buffered_updates_are_those_of_the_channel_alone()
    {
        var feed = new ShardDriver(channels: 2, adjust: options => options with { Channels = [options.Channels[0] with { MaxOrders = 2, RecoveryBufferUpdates = 2 }, options.Channels[1]] });
        for (ulong id = 1; id <= 3; id++) feed.PacketOf(0, (uint)id, Order(7, BookAction.New, id)).PacketOf(1, (uint)id, Order(7, BookAction.New, id));
        Assert.Equal((Recovering, Live, 1L), (feed[7].OrderState, feed[7, 1].OrderState, feed.Counters.OrderOverflows));
        Assert.Equal(3, feed[7, 1].Orders!.OrderCount);

        // Whatever ends an order gives its place back: a deletion, and the loss of a whole book.
        feed.OrderSnapshot(7, 3, 1, 1, 1, 3).PacketOf(0, 4, Order(7, BookAction.Delete, 1)).PacketOf(0, 5, Order(7, BookAction.New, 5));
        Assert.Equal((Live, "3 5"), (feed[7].OrderState, string.Join(' ', Ids(feed[7]))));
        feed.Gap(6, 7).Gap(6, 7, channel: 1);
        for (uint packet = 7; packet <= 9; packet++) feed.PacketOf(0, packet, Order(7, BookAction.Delete, packet)).PacketOf(1, packet, Order(7, BookAction.Delete, packet));
        Assert.Equal(1, feed.Counters.BufferOverwritten);
    }

    [Fact]
    public void An_overflown_buffer_of_orders_needs_a_younger_image_and_leaves_the_levels_alone()
    {
        var feed = new ShardDriver(buffer: 3).Packet(1_000, Best(7, 500, 100));
        for (uint i = 1; i <= 5; i++) feed.Packet(1_000 + i, Order(7, BookAction.New, i));
        feed.OrderSnapshot(7, 1_001, 1, 1, 1);
        Assert.Equal(Recovering, feed.OrderState(7));
        feed.OrderSnapshot(7, 1_002, 1, 1, 1, 2);
        Assert.Equal((Live, "1 2 3 4 5"), (feed.OrderState(7), feed.Orders(7)));
    }

    [Fact]
    public void Natural_mode_never_says_Live()
    {
        var feed = new ShardDriver(recovery: RecoveryMode.Natural).Packet(1_000, Order(7, BookAction.New, 1)).OrderSnapshot(7, 1_000, 1, 1, 1, 2);
        Assert.Equal((NaturallyRefreshed, "1"), (feed.OrderState(7), feed.Orders(7)));
        Assert.Equal(Recovering, feed.Gap(1_001, 1_002).OrderState(7));
    }

    private static List<ulong> Ids(Instrument instrument)
    {
        var ids = new List<ulong>();
        foreach (ref readonly var order in instrument.Orders!.OrdersAt(BookSide.Bid, 0)) ids.Add(order.Id);
        return ids;
    }
}
