using System.Runtime.CompilerServices;
using FeedHandler.Codecs;

namespace FeedHandler.Actors;

/// <summary>What the shards of a run tell: everything to the embedding program's own listener, best bids and asks to a file, books to subscribers.</summary>
/// <remarks>Its own listener comes first, as it has no hop to wait for. Without one (<see cref="NullListener"/>) nothing of it is left in the code.</remarks>
internal struct RunListener<TListener>(TListener own, BboTracker? bbo, ShardPublisher publisher) : IShardListener
    where TListener : IShardListener
{
    // Not readonly: a struct listener may have state of its own.
    private TListener _own = own;

    public readonly bool WantsPackets => bbo is not null || _own.WantsPackets;

    [MethodImpl(MethodImplOptions.AggressiveInlining)]
    public void OnBookUpdate(Instrument instrument, in MarketUpdate update)
    {
        _own.OnBookUpdate(instrument, update);
        if (publisher.IsActive) publisher.OnBookUpdate(instrument, update);
    }

    public void OnBookReplaced(Instrument instrument, BookType book, StateReason reason)
    {
        _own.OnBookReplaced(instrument, book, reason);
        if (publisher.IsActive) publisher.OnBookReplaced(instrument, book);
    }

    public void OnStateChanged(Instrument instrument, BookType book, BookState before, StateReason reason)
    {
        _own.OnStateChanged(instrument, book, before, reason);
        if (publisher.IsActive) publisher.OnStateChanged(instrument, book, reason);
    }

    public void OnInformation(Instrument? instrument, in MarketUpdate update)
    {
        _own.OnInformation(instrument, update);
        if (instrument is null) publisher.OnChannelInformation(update);
        else if (publisher.IsActive) publisher.OnInformation(instrument, update);
    }

    public void OnEndOfEvent(Instrument instrument, in MarketUpdate last)
    {
        _own.OnEndOfEvent(instrument, last);
        if (publisher.IsActive && ((last.Flags & UpdateFlags.Snapshot) != 0 || last.Kind == UpdateKind.Silence)) publisher.OnImage(instrument);
    }

    public void OnEndOfPacket(Instrument instrument, uint packetSequence, long position)
    {
        if (_own.WantsPackets) _own.OnEndOfPacket(instrument, packetSequence, position);
        bbo?.OnEndOfPacket(instrument, packetSequence, position);
    }

    public void OnFlush(in MarketUpdate last)
    {
        _own.OnFlush(last);
        if (publisher.IsActive) publisher.OnFlush(last);
    }
}

/// <summary>Writes a row whenever a packet has changed an instrument's outright best bid or ask.</summary>
/// <remarks>Owned by one shard's thread. A book that is neither Live nor NaturallyRefreshed gives no row: it makes no claim.</remarks>
internal sealed class BboTracker(IBboWriter writer)
{
    private Best[] _last = new Best[256];

    /// <summary>Last rows of instruments whose index went to another one when the shard was restarted.</summary>
    private readonly Dictionary<(ushort Channel, uint Id), Best> _parked = [];

    private record struct Best
    {
        public ushort Channel;
        public uint Id;
        public long BidPrice;
        public long BidQuantity;
        public long AskPrice;
        public long AskQuantity;
    }

    public void OnEndOfPacket(Instrument instrument, uint packetSequence, long position)
    {
        var best = new Best { Channel = instrument.Channel, Id = instrument.Id };
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

        if (last.Id != best.Id || last.Channel != best.Channel) last = Unpark(last, instrument);
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

    /// <summary>The last row of an instrument that stands at this index for the first time; without one, the empty book.</summary>
    [MethodImpl(MethodImplOptions.NoInlining)]
    private Best Unpark(in Best other, Instrument instrument)
    {
        if (other.Id != 0) _parked[(other.Channel, other.Id)] = other;
        return _parked.Remove((instrument.Channel, instrument.Id), out var own)
            ? own
            : new Best { Channel = instrument.Channel, Id = instrument.Id, BidPrice = MarketUpdate.NullPrice, AskPrice = MarketUpdate.NullPrice };
    }

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
