using FeedHandler.Codecs;
using FeedHandler.Transport;
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

    [Theory]
    [InlineData(BookAction.New, 1)]
    [InlineData(BookAction.Delete, 99)]
    public void A_book_that_contradicts_its_image_or_its_updates_asks_for_another(BookAction action, ulong id)
    {
        var demand = new ImageDemand();
        var driver = Driver(demand: demand);
        Begin(driver);
        Stage(driver, 0, Order(7, BookAction.New, 1), Order(8, BookAction.New, 2));
        driver.Packet(10, Order(7, action, id));
        Assert.False(demand.IsDue(0));
        End(driver, 0, 9);
        Assert.Equal((BookState.Stale, BookState.Live, 1, true), (driver.OrderState(7), driver.OrderState(8), demand.BooksRefused, demand.IsDue(0)));
        demand.OnBegun();
        driver.Packet(11, Order(8, action, id + 1));
        Assert.Equal((BookState.Stale, 1, true), (driver.OrderState(8), demand.BooksRefused, demand.IsDue(0)));
    }

    [Fact]
    public void An_image_that_is_too_old_for_a_book_is_followed_by_another()
    {
        var demand = new ImageDemand();
        var driver = Driver(demand: demand);
        Begin(driver);
        driver.Packet(10, Order(7, BookAction.New, 1));
        End(driver, 0, 8);
        Assert.Equal((BookState.Stale, 1, true), (driver.OrderState(7), demand.BooksRefused, demand.IsDue(0)));
    }

    [Fact]
    public void Demands_are_met_at_once_then_after_pauses_that_grow()
    {
        const long Second = 1_000_000_000;
        var demand = new ImageDemand(30 * Second);
        var now = 0L;
        foreach (var pause in (ReadOnlySpan<long>)[0, 30, 60, 120, 240, 480, 480])
        {
            demand.Ask();
            if (pause != 0) Assert.False(demand.IsDue(now + (pause * Second) - 1));
            now += pause * Second;
            Assert.True(demand.IsDue(now));
            demand.OnAsked(now);
            demand.OnBegun();
            Assert.False(demand.IsDue(now + (1_000_000 * Second)));
        }

        demand.AskLater();
        Assert.False(demand.IsDue(now += 1_000 * Second));
        Assert.False(demand.IsDue(now + (480 * Second) - 1));
        Assert.True(demand.IsDue(now + (480 * Second)));
    }

    [Fact]
    public void An_older_status_of_the_image_does_not_hide_a_newer_one_of_the_feed()
    {
        var driver = Driver();
        Begin(driver);
        driver.Packet(10, Status(7, (byte)'H'));
        Stage(driver, 0, Status(7, (byte)'T'), Status(8, (byte)'T'));
        Assert.Equal(((byte)'H', (byte)'T', 10U, 0U), (driver[7].TradingStatus, driver[8].TradingStatus, driver[7].StatusPacketSequence, driver[8].StatusPacketSequence));
        Begin(driver);
        Stage(driver, 0, Status(7, (byte)'T'));
        Assert.Equal((byte)'T', driver[7].TradingStatus);

        static MarketUpdate Status(uint instrument, byte status) => new() { Kind = UpdateKind.Status, Instrument = instrument, Code = status };
    }

    private static ShardDriver Driver(int channels = 1, bool isRestarted = false, ImageDemand? demand = null) => new(channels: channels, snapshots: false, orderSnapshots: false, adjust: options => options with
    {
        JoinsInMidPacket = isRestarted,
        Channels = [.. options.Channels.Select(channel => channel with { NumbersMessages = true, Images = demand })],
    });

    private static void Begin(ShardDriver driver, ushort channel = 0) =>
        driver.Send(channel, 0, UpdateFlags.Snapshot, new MarketUpdate { Kind = UpdateKind.SnapshotBegin, Code = (byte)SnapshotBook.Orders });

    private static void Stage(ShardDriver driver, ushort channel, params MarketUpdate[] orders) => driver.Send(channel, 1, UpdateFlags.Snapshot, orders);

    private static void End(ShardDriver driver, ushort channel, uint last, ImageStep step = ImageStep.Last) => driver.Send(
        channel, last, UpdateFlags.Snapshot, new MarketUpdate { Kind = UpdateKind.SnapshotEnd, Code = (byte)step, OrderId = last, Quantity = Instruments });
}
