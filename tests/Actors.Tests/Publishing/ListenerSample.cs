using System.Threading.Channels;
using FeedHandler.Actors;
using FeedHandler.Codecs;
using FeedHandler.Transport;

namespace FeedHandler.Samples;

/// <summary>The best prices of one book after an event: values, because the book itself goes on.</summary>
internal readonly record struct Quote(int Channel, string Symbol, PriceLevel Bid, PriceLevel Ask);

/// <summary>Hands the best prices of every book that is right to another thread. The shard calls it, and waits for it: it does nothing else.</summary>
internal readonly struct QuoteListener(ChannelWriter<Quote> quotes) : IShardListener
{
    public bool WantsPackets => false;

    public void OnEndOfEvent(Instrument instrument, in MarketUpdate last)
    {
        // A book that is not Live claims nothing. The queue below drops its oldest, so that this never fails or waits.
        if (instrument.State != BookState.Live || !TryBest(instrument, BookSide.Bid, out var bid) || !TryBest(instrument, BookSide.Ask, out var ask)) return;
        quotes.TryWrite(new Quote(instrument.Channel, instrument.Definition?.Symbol ?? "", bid, ask));
    }

    public void OnBookUpdate(Instrument instrument, in MarketUpdate update) { }

    public void OnBookReplaced(Instrument instrument, BookType book, StateReason reason) { }

    public void OnStateChanged(Instrument instrument, BookType book, BookState before, StateReason reason) { }

    public void OnInformation(Instrument? instrument, in MarketUpdate update) { }

    public void OnEndOfPacket(Instrument instrument, uint packetSequence, long position) { }

    public void OnFlush(in MarketUpdate last) { }

    private static bool TryBest(Instrument instrument, BookSide side, out PriceLevel best)
    {
        best = default;
        if (instrument.LevelsFromOrders)
        {
            // ITCH sends orders alone: its levels are those of the order book.
            if (instrument.Orders is not { } orders || orders.LevelCount(side) == 0) return false;
            best = orders.LevelAt(side, 0);
            return true;
        }

        var levels = instrument.Outright.Levels(side);
        if (levels.Length == 0) return false;
        best = levels[0];
        return true;
    }
}

/// <summary>Replays a capture and prints the best prices after each event.</summary>
internal static class ListenerSample
{
    public static async Task RunAsync(string feed, string capture, TextWriter output)
    {
        var options = new FeedRunOptions { Feed = FeedFile.Load(feed), Captures = [capture], Shards = 2 };
        var quotes = Channel.CreateBounded<Quote>(new BoundedChannelOptions(65_536) { FullMode = BoundedChannelFullMode.DropOldest });
        using var run = new FeedEngine().Start(options, shard => new QuoteListener(quotes.Writer));
        var printing = PrintAsync(quotes.Reader, options.Feed, output);
        await run.Completion;
        quotes.Writer.Complete();
        await printing;
    }

    private static async Task PrintAsync(ChannelReader<Quote> quotes, FeedDefinition feed, TextWriter output)
    {
        await foreach (var quote in quotes.ReadAllAsync())
        {
            var exponent = ChannelReceivers.PriceExponent(feed.Channels[quote.Channel].Protocol);
            var (bid, ask) = (PlainDecimal.Format(quote.Bid.Price, exponent), PlainDecimal.Format(quote.Ask.Price, exponent));
            output.WriteLine($"{quote.Symbol} {quote.Bid.Quantity} at {bid}, {quote.Ask.Quantity} at {ask}");
        }
    }
}
