using FeedHandler.Codecs;
using static FeedHandler.Actors.Tests.Shards.ShardDriver;

namespace FeedHandler.Actors.Tests.Shards;

/// <summary>Images of all books of a channel that numbers messages, as they come from the ring.</summary>
public sealed class ImageTests
{
    private const uint Instruments = 1 << 16;

    [Theory]
    [InlineData(false, false)]
    [InlineData(false, true)]
    [InlineData(true, false)]
    [InlineData(true, true)]
    public void Second_channel_takes_an_image_with_the_order_ids_of_the_first(bool firstHasOrders, bool isImageFirst)
    {
        var driver = Driver(channels: 2);
        if (firstHasOrders && !isImageFirst) Fill(driver);
        Begin(driver, 1);
        driver.PacketOf(1, 10, Order(7, BookAction.New, 30));
        Stage(driver, 1, Order(7, BookAction.New, 1), Order(7, BookAction.New, 2), Order(8, BookAction.New, 3));
        End(driver, 1, 9);
        if (firstHasOrders && isImageFirst) Fill(driver);
        Assert.Equal((3, 1), (driver[7, 1].Orders!.OrderCount, driver[8, 1].Orders!.OrderCount));
        Assert.All(driver.Instruments, static instrument => Assert.Equal((BookState.Live, null), (instrument.OrderState, instrument.Orders!.CheckInvariants())));
        Assert.Equal((0, 0), (driver.Counters.SnapshotsRejected, driver.Counters.Contradictions));
        if (firstHasOrders) Assert.Equal(3, driver[7].Orders!.OrderCount);

        static void Fill(ShardDriver driver)
        {
            for (uint i = 1; i <= 3; i++) driver.PacketOf(0, i, Order(7, BookAction.New, i));
        }
    }

    [Fact]
    public void First_channel_takes_an_image_with_the_order_ids_of_the_second()
    {
        var driver = Driver(channels: 2);
        for (uint i = 1; i <= 3; i++) driver.PacketOf(1, i, Order(7, BookAction.New, i));
        Begin(driver);
        driver.PacketOf(0, 10, Order(7, BookAction.New, 30));
        Stage(driver, 0, Order(7, BookAction.New, 1), Order(7, BookAction.New, 2));
        End(driver, 0, 9);
        Assert.Equal((3, 3), (driver[7].Orders!.OrderCount, driver[7, 1].Orders!.OrderCount));
        Assert.All(driver.Instruments, static instrument => Assert.Equal(BookState.Live, instrument.OrderState));
    }

    [Theory]
    [InlineData(false)]
    [InlineData(true)]
    public void Only_a_shard_that_was_restarted_may_not_begin_with_an_image(bool isRestarted)
    {
        var driver = Driver(isRestarted: isRestarted);
        Begin(driver);
        Stage(driver, 0, Order(7, BookAction.New, 1));
        End(driver, 0, 9);
        Assert.Equal(isRestarted ? (BookState.Stale, 1) : (BookState.Live, 0), (driver.OrderState(7), (int)driver.Counters.SnapshotsTooOld));
    }

    [Fact]
    public void After_a_loss_and_an_image_updates_go_the_short_way_again()
    {
        var driver = Driver();
        driver.Packet(1, Order(7, BookAction.New, 1));
        Assert.True(driver.Shard.IsPlain(0));
        Begin(driver);
        driver.Gap(2, 5);
        Stage(driver, 0, Order(7, BookAction.New, 1), Order(7, BookAction.New, 3));
        End(driver, 0, 4);
        driver.Packet(5, Order(7, BookAction.Delete, 1));
        Assert.Equal((BookState.Live, "3", true), (driver.OrderState(7), driver.Orders(7), driver.Shard.IsPlain(0)));
    }

    private static ShardDriver Driver(int channels = 1, bool isRestarted = false) => new(channels: channels, snapshots: false, orderSnapshots: false, adjust: options => options with
    {
        JoinsInMidPacket = isRestarted,
        Channels = [.. options.Channels.Select(static channel => channel with { NumbersMessages = true })],
    });

    private static void Begin(ShardDriver driver, ushort channel = 0) =>
        driver.Send(channel, 0, UpdateFlags.Snapshot, new MarketUpdate { Kind = UpdateKind.SnapshotBegin, Code = (byte)SnapshotBook.Orders });

    private static void Stage(ShardDriver driver, ushort channel, params MarketUpdate[] orders) => driver.Send(channel, 1, UpdateFlags.Snapshot, orders);

    private static void End(ShardDriver driver, ushort channel, uint last, ImageStep step = ImageStep.Last) => driver.Send(
        channel, last, UpdateFlags.Snapshot, new MarketUpdate { Kind = UpdateKind.SnapshotEnd, Code = (byte)step, OrderId = last, Quantity = Instruments });
}
