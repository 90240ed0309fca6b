using FeedHandler.Codecs;
using static FeedHandler.Actors.BookState;
using static FeedHandler.Actors.Tests.Shards.ShardDriver;

namespace FeedHandler.Actors.Tests.Shards;

/// <summary>Snapshots of Live books are not needed, but compared.</summary>
public sealed class AuditTests
{
    private readonly ShardDriver _feed = new ShardDriver(adjust: options => options with { Audit = true });

    private ShardAudit Audit => _feed.Shard.Audit!;

    [Fact]
    public void An_image_that_equals_the_book_changes_nothing()
    {
        _feed.Packet(1, Best(7, 1, 100)).Packet(2, Best(7, 2, 101)).Snapshot(7, lastPacket: 2, sequence: 2, 101, 100);
        Assert.Equal((Live, 1L, 0L), (_feed.State(7), Audit.LevelImages, Audit.Differences));
    }

    [Fact]
    public void A_wrong_book_is_Stale_then_recovers_and_is_reported_with_both_books()
    {
        _feed.Packet(1, Best(7, 1, 100)).Packet(2, Best(7, 2, 101)).Snapshot(7, lastPacket: 2, sequence: 2, 101, 99);
        Assert.Equal((Recovering, 1L), (_feed.State(7), Audit.Differences));
        Assert.Contains("7 ByPrice Live Stale AuditDifference", _feed.Log);
        Assert.Contains("7 ByPrice Stale Recovering AuditDifference", _feed.Log);
        var report = Assert.Single(Audit.Reports);
        Assert.Equal((7u, AuditCheck.LevelImage, 2u, "bid 101x1/1 100x1/1 ask", "bid 101x1/1 99x1/1 ask"), (report.Instrument, report.Check, report.PacketSequence, report.Book, report.Reference));
        _feed.Packet(3, Best(7, 3, 102)).Snapshot(7, lastPacket: 2, sequence: 2, 101, 99);
        Assert.Equal((Live, "102 101 99", 0L, 1L), (_feed.State(7), _feed.Bids(7), _feed[7].Gaps, _feed[7].Recoveries));
    }

    [Fact]
    public void Books_that_refresh_themselves_are_compared_too_and_no_image_heals_them()
    {
        var feed = new ShardDriver(recovery: RecoveryMode.Natural, adjust: options => options with { Audit = true });
        feed.Packet(1, Best(7, 1, 100), Order(8, BookAction.New, 11)).Packet(2, Best(7, 2, 101));
        feed.Snapshot(7, lastPacket: 2, sequence: 2, 101, 100).OrderSnapshot(8, lastPacket: 2, chunk: 1, chunks: 1, 11);
        Assert.Equal((Live, Live, 1L, 1L, 0L), (feed.State(7), feed.OrderState(8), feed.Shard.Audit!.LevelImages, feed.Shard.Audit.OrderImages, feed.Shard.Audit.Differences));
        feed.Snapshot(7, lastPacket: 2, sequence: 2, 101, 99);
        Assert.Equal((Recovering, 1L), (feed.State(7), feed.Shard.Audit.Differences));
        feed.Snapshot(7, lastPacket: 2, sequence: 2, 101, 99);
        Assert.Equal((Recovering, 1L), (feed.State(7), feed.Shard.Audit.LevelImages - 1));
    }

    [Theory]
    [InlineData(2u, 1u)] // of the past
    [InlineData(9u, 3u)] // ahead of the feed
    [InlineData(4u, 4u)] // another sequence
    public void An_image_of_another_moment_is_not_compared(uint lastPacket, uint sequence)
    {
        _feed.Packet(1, Best(7, 1, 100)).Packet(2, Best(7, 2, 101)).Packet(4, Best(7, 3, 102)).Snapshot(7, lastPacket, sequence, 55);
        Assert.Equal((Live, 0L, 1L), (_feed.State(7), Audit.LevelImages, Audit.NotComparable));
    }

    [Fact]
    public void An_image_from_before_a_reset_is_not_compared_although_its_sequence_is_the_same()
    {
        _feed.Packet(1, Best(7, 1, 100)).Packet(2, ChannelReset).Packet(3, Best(7, 1, 50)).Snapshot(7, lastPacket: 1, sequence: 1, 100);
        Assert.Equal((Live, 0L), (_feed.State(7), Audit.LevelImages));
    }

    [Fact]
    public void Orders_are_compared_chunk_by_chunk_with_the_book_at_the_same_packet()
    {
        _feed.Packet(1, Order(7, BookAction.New, 11), Order(7, BookAction.New, 12), Order(7, BookAction.New, 13));
        _feed.OrderSnapshot(7, lastPacket: 1, chunk: 1, chunks: 2, 11, 12).OrderSnapshot(7, lastPacket: 1, chunk: 2, chunks: 2, 13);
        Assert.Equal((Live, 1L, 0L), (_feed.OrderState(7), Audit.OrderImages, Audit.Differences));
        _feed.OrderSnapshot(7, lastPacket: 1, chunk: 1, chunks: 2, 11, 12).Packet(2, Order(7, BookAction.Delete, 13)).OrderSnapshot(7, lastPacket: 1, chunk: 2, chunks: 2, 13);
        Assert.Equal((Live, 1L, 0L), (_feed.OrderState(7), Audit.OrderImages, Audit.Differences));
        _feed.OrderSnapshot(7, lastPacket: 2, chunk: 1, chunks: 1, 11, 14);
        Assert.Equal((Recovering, 2L, 1L, AuditCheck.OrderImage), (_feed.OrderState(7), Audit.OrderImages, Audit.Differences, Audit.Reports[0].Check));
        _feed.OrderSnapshot(7, lastPacket: 2, chunk: 1, chunks: 1, 11, 14);
        Assert.Equal((Live, "11 14"), (_feed.OrderState(7), _feed.Orders(7)));
    }

    [Fact]
    public void Levels_that_do_not_follow_from_the_orders_make_both_books_wrong()
    {
        _feed.Packet(1, Best(7, 1, 100), Order(7, BookAction.New, 11)).Snapshot(7, lastPacket: 1, sequence: 1, 100);
        Assert.Equal((Live, 1L, 0L), (_feed.State(7), Audit.DerivedLevels, Audit.Differences));
        _feed.Packet(2, Order(7, BookAction.New, 12)).Snapshot(7, lastPacket: 2, sequence: 1, 100);
        Assert.Equal((Recovering, Recovering, AuditCheck.DerivedLevels), (_feed.State(7), _feed.OrderState(7), Audit.Reports[0].Check));
    }

    [Fact]
    public void It_allocates_nothing_where_nothing_is_wrong()
    {
        _feed.Packet(1, Best(7, 1, 100), Order(7, BookAction.New, 11)).Packet(2, Best(8, 1, 200));
        MarketUpdate[] images =
        [
            new() { Kind = UpdateKind.SnapshotBegin, Instrument = 7, InstrumentSequence = 1, OrderId = 1, Price = 1, Quantity = 1 }, Best(7, 0, 100), new() { Kind = UpdateKind.SnapshotEnd, Instrument = 7, Quantity = 1 },
            new() { Kind = UpdateKind.SnapshotBegin, Code = 1, Instrument = 7, OrderId = 1, Price = 1, Quantity = 1 }, Order(7, BookAction.New, 11), new() { Kind = UpdateKind.SnapshotEnd, Instrument = 7, Quantity = 1 },
        ];
        foreach (ref var update in images.AsSpan())
        {
            update.Flags = UpdateFlags.Snapshot;
            update.PacketSequence = 1;
        }

        Send(3);
        var allocated = GC.GetAllocatedBytesForCurrentThread();
        Send(100);
        Assert.Equal(allocated, GC.GetAllocatedBytesForCurrentThread());
        Assert.Equal((103L, 103L, 0L), (Audit.LevelImages, Audit.OrderImages, Audit.Differences));

        void Send(int times)
        {
            for (var i = 0; i < times; i++)
            {
                foreach (ref readonly var update in images.AsSpan()) _feed.Shard.OnUpdate(update, 100);
            }
        }
    }

    [Fact]
    public void It_is_off_unless_asked_for()
    {
        var feed = new ShardDriver().Packet(1, Best(7, 1, 100)).Snapshot(7, lastPacket: 1, sequence: 1, 99);
        Assert.Equal((Live, "100"), (feed.State(7), feed.Bids(7)));
        Assert.Null(feed.Shard.Audit);
    }
}
