using System.Runtime.CompilerServices;
using FeedHandler.Codecs;
using static FeedHandler.Actors.Tests.Shards.ShardDriver;

namespace FeedHandler.Actors.Tests.Shards;

/// <summary>Channels whose venue numbers messages and orders, and the memory of their books.</summary>
public sealed class NumberedChannelTests
{
    [Theory]
    [InlineData(1)]
    [InlineData(4)]
    public void Two_venues_with_the_same_order_ids_do_not_meet(int shards)
    {
        var driver = new ShardDriver(shards, channels: 2, snapshots: false, orderSnapshots: false, adjust: static options =>
            options with { Channels = [.. options.Channels.Select(static channel => channel with { NumbersMessages = true })] });
        for (uint i = 1; i <= 40; i++)
        {
            driver.PacketOf(0, i, Order(7 + (i % 5), BookAction.New, i) with { Price = 100 + i });
            driver.PacketOf(1, i, Order(7 + (i % 5), BookAction.New, i) with { Price = 200 + i });
        }

        for (uint i = 1; i <= 20; i++) driver.PacketOf(1, 40 + i, Order(7 + (i % 5), BookAction.Delete, i));
        Assert.Equal(0, driver.AllCounters.Sum(static counters => counters.Contradictions));
        Assert.All(driver.Instruments, static instrument => Assert.Equal(BookState.Live, instrument.OrderState));
        Assert.Equal((40, 20), (Orders(0), Orders(1)));
        Assert.All(driver.Instruments, static instrument => Assert.Null(instrument.Orders!.CheckInvariants()));
        int Orders(ushort channel) => driver.Instruments.Where(instrument => instrument.Channel == channel).Sum(static instrument => instrument.Orders!.OrderCount);
    }

    [Fact]
    public void Book_outlives_the_shard_that_made_it()
    {
        var book = BookOfLostShard();
        for (var i = 0; i < 5; i++)
        {
            GC.Collect();
            GC.WaitForPendingFinalizers();
        }

        Assert.Equal((1, 100), (book.OrderCount, book.BestPrice(BookSide.Bid)));
    }

    [Fact]
    public unsafe void Record_of_an_instrument_is_three_cache_lines() =>
        Assert.Equal((InstrumentRecord.SizeBytes, 64, 112 + 16), (sizeof(InstrumentRecord), Math.Max(64, sizeof(InstrumentHot)), sizeof(BookHeader) + (2 * sizeof(long))));

    [MethodImpl(MethodImplOptions.NoInlining)]
    private static MboBook BookOfLostShard()
    {
        var driver = new ShardDriver();
        driver.Packet(1, Best(7, 1, 100), Order(7, BookAction.New, 10));
        return driver[7].Orders!;
    }
}
