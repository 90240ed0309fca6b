using FeedHandler.Actors;
using FeedHandler.Codecs;
using FeedHandler.Replay.Synthetic.Itch;
using FeedHandler.Transport;

namespace FeedHandler.Replay.Tests.Nasdaq;

/// <summary>A subscriber of a venue that sends orders alone: its copy is the feed handler's book, by order and by price.</summary>
public sealed class ItchSubscriberTests : IDisposable
{
    private readonly string _folder = Directory.CreateTempSubdirectory("itch-subscriber").FullName;

    public void Dispose() => Directory.Delete(_folder, recursive: true);

    [Theory]
    [InlineData(SubscribedBooks.Levels, 0)]
    [InlineData(SubscribedBooks.Levels, 3)]
    [InlineData(SubscribedBooks.Orders, 0)]
    [InlineData(SubscribedBooks.Levels | SubscribedBooks.Orders, 5)]
    public async Task Copy_is_the_book(SubscribedBooks books, int depth)
    {
        var capture = Path.Combine(_folder, "day.pcap");
        ItchGenerator.Run(new ItchGenerateOptions { Path = capture, Market = new ItchOptions { Seed = 3, Messages = 20_000, Symbols = 10, Live = 1_000 } });
        var feed = FeedFile.Load(Path.ChangeExtension(capture, ".feed.json"));
        using var run = new FeedEngine().Prepare(new FeedRunOptions { Feed = feed, Captures = [capture], Shards = 2 });
        var request = new Subscribe(feed.Channels[0].Name) { Books = books, Depth = depth, Policy = SlowSubscriberPolicy.Wait };
        await using var client = await MarketDataClient.SubscribeAsync(run, request);
        var market = new MarketMirror();
        run.Begin();
        await foreach (var batch in client.ReadAllAsync()) market.Apply(batch);
        var results = await run.Completion;

        Assert.Equal(10, results.Instruments.Count);
        foreach (var instrument in results.Instruments)
        {
            Assert.Equal(BookState.Live, instrument.State);
            var mirror = market.Find(0, instrument.Instrument)!;
            if ((books & SubscribedBooks.Orders) != 0)
            {
                Assert.Equal(BookState.Live, mirror.OrderState);
                var expected = results.Orders.Where(order => order.Instrument == instrument.Instrument).Select(order => (order.Side, order.OrderId, order.Price, order.Quantity));
                Assert.Equal(expected, Orders(mirror.Orders!));
            }

            if ((books & SubscribedBooks.Levels) != 0)
            {
                Assert.Equal(BookState.Live, mirror.LevelState);
                foreach (var side in (BookSide[])[BookSide.Bid, BookSide.Ask])
                {
                    var expected = results.Levels.Where(level => level.Instrument == instrument.Instrument && level.Side == side).Take(depth == 0 ? 10 : depth);
                    Assert.Equal(expected.Select(level => (level.Price, level.Quantity, level.Orders)), mirror.Outright.Levels(side).ToArray().Select(level => (level.Price, level.Quantity, level.Orders)));
                }
            }
        }
    }

    private static List<(BookSide Side, ulong Id, long Price, long Quantity)> Orders(MboBook book)
    {
        var orders = new List<(BookSide, ulong, long, long)>();
        foreach (var side in (BookSide[])[BookSide.Bid, BookSide.Ask])
        {
            for (var i = 0; i < book.LevelCount(side); i++)
            {
                var price = book.LevelAt(side, i).Price;
                foreach (ref readonly var order in book.OrdersAt(side, i)) orders.Add((side, order.Id, price, order.Quantity));
            }
        }

        return orders;
    }
}
