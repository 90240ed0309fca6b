using FeedHandler.Codecs;

namespace FeedHandler.Replay.Synthetic;

/// <summary>The best bid and ask that subscribers see; a quantity of 0 says that the side is empty.</summary>
public readonly record struct TopOfBook(long BidTicks, int BidQuantity, long AskTicks, int AskQuantity);

/// <summary>The exchange's own state of one instrument: every order, what has been published of it, and its statistics.</summary>
public sealed class InstrumentBook(Instrument instrument)
{
    private readonly List<RestingOrder> _live = [];

    public Instrument Instrument { get; } = instrument;

    public BookHalf Bids { get; } = new(BookSide.Bid);

    public BookHalf Asks { get; } = new(BookSide.Ask);

    public PublishedLadder BidLevels { get; } = new(BookSide.Bid, instrument.Depth);

    public PublishedLadder AskLevels { get; } = new(BookSide.Ask, instrument.Depth);

    public PublishedLadder ImpliedBidLevels { get; } = new(BookSide.Bid, instrument.ImpliedDepth);

    public PublishedLadder ImpliedAskLevels { get; } = new(BookSide.Ask, instrument.ImpliedDepth);

    /// <summary>Number of the last published entry: one sequence for book, trades, volume and statistics (tag 83).</summary>
    public uint RptSeq { get; internal set; }

    public TradingStatus Status { get; internal set; } = TradingStatus.PreOpen;

    public bool ImpliedMatching { get; internal set; } = true;

    /// <summary>Whether, and how, its definition was published: 'A' added, 'M' changed, 'D' deleted; null: not yet.</summary>
    public char? DefinitionAction { get; internal set; } = 'A';

    /// <summary>How often the definition was changed.</summary>
    public int DefinitionChanges { get; internal set; }

    public bool IsListed => DefinitionAction is 'A' or 'M';

    public SessionStatistics Statistics { get; internal set; }

    public ulong LastUpdateNs { get; internal set; }

    public IReadOnlyList<RestingOrder> LiveOrders => _live;

    /// <summary>Where the flow quotes when a side is empty.</summary>
    internal long FairTicks { get; set; } = instrument.ReferenceTicks;

    /// <summary>Already on the list of books that the current event touched.</summary>
    internal bool IsTouched { get; set; }

    public bool IsOpen => Status == TradingStatus.ReadyToTrade;

    public TopOfBook PublishedTop
    {
        get
        {
            ReadOnlySpan<PublishedLevel> bids = BidLevels.Levels, asks = AskLevels.Levels;
            PublishedLevel bid = bids.IsEmpty ? default : bids[0], ask = asks.IsEmpty ? default : asks[0];
            return new TopOfBook(bid.PriceTicks, bid.Quantity, ask.PriceTicks, ask.Quantity);
        }
    }

    public BookHalf Half(BookSide side) => side == BookSide.Bid ? Bids : Asks;

    public PublishedLadder Levels(BookSide side) => side == BookSide.Bid ? BidLevels : AskLevels;

    public PublishedLadder ImpliedLevels(BookSide side) => side == BookSide.Bid ? ImpliedBidLevels : ImpliedAskLevels;

    internal void Add(RestingOrder order)
    {
        Half(order.Side).Add(order);
        order.LiveIndex = _live.Count;
        _live.Add(order);
    }

    internal void Remove(RestingOrder order)
    {
        Half(order.Side).Remove(order);
        RestingOrder last = _live[^1];
        _live[order.LiveIndex] = last;
        last.LiveIndex = order.LiveIndex;
        _live.RemoveAt(_live.Count - 1);
    }

    internal void ClearOrders()
    {
        Bids.Clear();
        Asks.Clear();
        _live.Clear();
    }

    internal void ClearPublished()
    {
        ClearLadders();
        RptSeq = 0;
    }

    internal void ClearLadders()
    {
        BidLevels.Clear();
        AskLevels.Clear();
        ImpliedBidLevels.Clear();
        ImpliedAskLevels.Clear();
    }
}

/// <summary>Figures of the trading session; prices in ticks, valid where the count or volume beside them is not 0.</summary>
public readonly record struct SessionStatistics
{
    public int Volume { get; init; }

    public int Trades { get; init; }

    public long OpenTicks { get; init; }

    public long HighTicks { get; init; }

    public long LowTicks { get; init; }

    public long? HighBidTicks { get; init; }

    public long? LowAskTicks { get; init; }
}

/// <summary>Tag 326, the values that the synthetic exchange uses.</summary>
public enum TradingStatus : byte
{
    Halted = 2,
    Closed = 4,
    ReadyToTrade = 17,
    PreOpen = 21,
    NoChange = 103,
}
