using System.Globalization;
using FeedHandler.Actors;
using FeedHandler.Codecs;
using FeedHandler.Transport;

namespace FeedHandler.Samples;

/// <summary>Replays a capture and prints each trade of an instrument whose book is right.</summary>
internal static class EmbeddingSample
{
    public static async Task RunAsync(string feed, string capture, TextWriter output)
    {
        var engine = new FeedEngine();
        using var run = engine.Prepare(new FeedRunOptions { Feed = FeedFile.Load(feed), Captures = [capture] });
        var request = new Subscribe("cme-310") { Depth = 1, Policy = SlowSubscriberPolicy.Wait };
        await using var client = await MarketDataClient.SubscribeAsync(run, request);
        var market = new MarketMirror();
        run.Begin();

        await foreach (var batch in client.ReadAllAsync())
        {
            market.Apply(batch);
            foreach (ref readonly var update in batch.Updates)
            {
                if (update.Kind != UpdateKind.Trade || market.Find(update.Channel, update.Instrument) is not { LevelState: BookState.Live } book) continue;
                var price = update.Price * Math.Pow(10, client.Subscription.PriceExponent);
                output.WriteLine(string.Create(CultureInfo.InvariantCulture, $"{book.Definition?.Symbol} {update.Quantity} at {price}"));
            }
        }
    }
}
