using FeedHandler.Codecs;

namespace FeedHandler.Actors;

/// <summary>What the shards of a run tell: best bids and asks to a file, books to subscribers.</summary>
internal readonly struct RunListener(BboTracker? bbo) : IShardListener
{
    public bool WantsPackets => bbo is not null;

    public void OnBookUpdate(Instrument instrument, in MarketUpdate update) { }

    public void OnBookReplaced(Instrument instrument, BookType book, StateReason reason) { }

    public void OnStateChanged(Instrument instrument, BookType book, BookState before, StateReason reason) { }

    public void OnInformation(Instrument? instrument, in MarketUpdate update) { }

    public void OnEndOfEvent(Instrument instrument, in MarketUpdate last) { }

    public void OnEndOfPacket(Instrument instrument, uint packetSequence, long position) => bbo?.OnEndOfPacket(instrument, packetSequence, position);

    public void OnFlush(in MarketUpdate last) { }
}

/// <summary>Writes a row whenever a packet has changed an instrument's outright best bid or ask.</summary>
/// <remarks>Owned by one shard's thread. A book that is neither Live nor NaturallyRefreshed gives no row: it makes no claim.</remarks>
internal sealed class BboTracker(IBboWriter writer)
{
    private Best[] _last = new Best[256];

    private record struct Best
    {
        public long BidPrice;
        public long BidQuantity;
        public long AskPrice;
        public long AskQuantity;
    }

    public void OnEndOfPacket(Instrument instrument, uint packetSequence, long position)
    {
        var best = default(Best);
        if (instrument.LevelsFromOrders)
        {
            if (instrument.OrderState < BookState.NaturallyRefreshed) return;
            Read(instrument.Orders!, BookSide.Bid, ref best.BidPrice, ref best.BidQuantity);
            Read(instrument.Orders!, BookSide.Ask, ref best.AskPrice, ref best.AskQuantity);
        }
        else
        {
            if (instrument.LevelState < BookState.NaturallyRefreshed) return;
            Read(instrument.Outright.Levels(BookSide.Bid), ref best.BidPrice, ref best.BidQuantity);
            Read(instrument.Outright.Levels(BookSide.Ask), ref best.AskPrice, ref best.AskQuantity);
        }

        if (instrument.Index >= _last.Length) Grow(instrument.Index);
        ref var last = ref _last[instrument.Index];

        // An instrument without a row yet compares with the empty book, whose prices are not zero but null.
        if (last.BidPrice == 0 && last.AskPrice == 0 && last.BidQuantity == 0 && last.AskQuantity == 0) last = Empty;
        if (best.Equals(last)) return;
        last = best;
        writer.Write(new BboRow
        {
            Position = position,
            PacketSequence = packetSequence,
            BidPrice = best.BidPrice,
            BidQuantity = best.BidQuantity,
            AskPrice = best.AskPrice,
            AskQuantity = best.AskQuantity,
            Instrument = instrument.Id,
            Channel = instrument.Channel,
        });
    }

    private static Best Empty => new() { BidPrice = MarketUpdate.NullPrice, AskPrice = MarketUpdate.NullPrice };

    private static void Read(ReadOnlySpan<PriceLevel> levels, ref long price, ref long quantity)
    {
        if (levels.Length == 0 || !levels[0].IsKnown)
        {
            price = MarketUpdate.NullPrice;
            return;
        }

        price = levels[0].Price;
        quantity = levels[0].Quantity;
    }

    private static void Read(MboBook book, BookSide side, ref long price, ref long quantity)
    {
        price = MarketUpdate.NullPrice;
        if (book.LevelCount(side) == 0) return;
        var level = book.LevelAt(side, 0);
        price = level.Price;
        quantity = level.Quantity;
    }

    private void Grow(int index) => Array.Resize(ref _last, Math.Max(index + 1, _last.Length * 2));
}
