using FeedHandler.Codecs;

namespace FeedHandler.Replay.Synthetic;

/// <summary>Executions at one price. Its orders are the next <see cref="Orders"/> of <see cref="MatchEvent.TradeOrders"/>.</summary>
public readonly record struct TradeEntry(InstrumentBook Book, long PriceTicks, int Quantity, int Orders, BookSide Aggressor, uint TradeId, uint RptSeq)
{
    /// <summary>New; Change where an earlier trade of this id is corrected, Delete where it is busted.</summary>
    public BookAction Action { get; init; } = BookAction.New;
}

/// <summary>One order's part of a trade; the aggressor's comes first.</summary>
public readonly record struct TradeOrder(ulong OrderId, int Quantity);

/// <summary>Volume of the session so far.</summary>
public readonly record struct VolumeEntry(InstrumentBook Book, int Volume, uint RptSeq);

/// <summary>A level instruction as published, and the best prices that subscribers see right after it.</summary>
public readonly record struct LevelEntry(InstrumentBook Book, BookSide Side, LevelChange Change, uint RptSeq, TopOfBook TopAfter);

/// <summary>What happened to one order. <see cref="LevelEntry"/> is the entry it belongs to, or -1 when it stands alone.</summary>
public readonly record struct OrderChange(RestingOrder Order, BookAction Action, ulong Priority, long PriceTicks, int Quantity, int LevelEntry);

/// <summary>A session statistic; the type is CME's entry type.</summary>
public readonly record struct StatisticEntry(InstrumentBook Book, char Type, long PriceTicks, uint RptSeq);

/// <summary>A figure of the day: settlement, cleared volume, open interest; the type is CME's entry type.</summary>
public readonly record struct DailyEntry(InstrumentBook Book, char Type, long? PriceTicks, int? Quantity, uint RptSeq);

/// <summary>Change of trading status of a group or, with a book, of one instrument.</summary>
public readonly record struct StatusChange(string Group, string Asset, InstrumentBook? Book, TradingStatus Status, byte HaltReason, byte TradingEvent);

/// <summary>Prices of the day: limits, or yesterday's settlement (then low and high are the same).</summary>
public readonly record struct ReferenceEntry(InstrumentBook Book, long LowTicks, long HighTicks, uint RptSeq);

/// <summary>
/// Everything that one action in the market makes the exchange publish, in the order of publication:
/// status, reference prices, trades, volume, book, statistics, implied book. One instance is filled again and again.
/// </summary>
public sealed class MatchEvent
{
    public ulong TransactTimeNs { get; internal set; }

    public List<StatusChange> Statuses { get; } = [];

    public List<ReferenceEntry> Settlements { get; } = [];

    public List<ReferenceEntry> Limits { get; } = [];

    public List<TradeEntry> Trades { get; } = [];

    public List<TradeOrder> TradeOrders { get; } = [];

    public List<VolumeEntry> Volumes { get; } = [];

    public List<LevelEntry> Levels { get; } = [];

    /// <summary>First those that stand alone, then the others by <see cref="OrderChange.LevelEntry"/>.</summary>
    public List<OrderChange> OrderChanges { get; } = [];

    public List<StatisticEntry> Statistics { get; } = [];

    public List<LevelEntry> Implied { get; } = [];

    /// <summary>Instruments whose definition is sent; the book says with which action.</summary>
    public List<InstrumentBook> Definitions { get; } = [];

    public List<DailyEntry> DailyStatistics { get; } = [];

    /// <summary>A workup starts in this instrument, at its last price.</summary>
    public InstrumentBook? Workup { get; internal set; }

    /// <summary>The best orders of this instrument are sent as an image.</summary>
    public InstrumentBook? TopOrders { get; internal set; }

    /// <summary>Values of collaterals are sent.</summary>
    public bool HasCollateral { get; internal set; }

    public InstrumentBook? QuoteRequest { get; internal set; }

    public int QuoteQuantity { get; internal set; }

    /// <summary>The channel is reset: every book and statistic void, sequences from 1.</summary>
    public bool IsChannelReset { get; internal set; }

    /// <summary>The books of this instrument are void and are sent again; its sequence goes on.</summary>
    public InstrumentBook? ResetBook { get; internal set; }

    /// <summary>Number of the entry that says so.</summary>
    public uint ResetRptSeq { get; internal set; }

    /// <summary>Sent again after a channel reset (indicator 0x20).</summary>
    public bool IsRecovery { get; internal set; }

    /// <summary>The venue ends some events with a message that has no entries.</summary>
    public bool HasTrailer { get; internal set; }

    internal List<InstrumentBook> Touched { get; } = [];

    internal void Begin(ulong transactTimeNs)
    {
        TransactTimeNs = transactTimeNs;
        Statuses.Clear();
        Settlements.Clear();
        Limits.Clear();
        Trades.Clear();
        TradeOrders.Clear();
        Volumes.Clear();
        Levels.Clear();
        OrderChanges.Clear();
        Statistics.Clear();
        Implied.Clear();
        Definitions.Clear();
        DailyStatistics.Clear();
        Workup = TopOrders = null;
        HasCollateral = false;
        foreach (InstrumentBook book in Touched) book.IsTouched = false;
        Touched.Clear();
        QuoteRequest = ResetBook = null;
        IsChannelReset = IsRecovery = HasTrailer = false;
    }

    internal void Touch(InstrumentBook book)
    {
        if (book.IsTouched) return;
        book.IsTouched = true;
        Touched.Add(book);
    }

    internal void Changed(RestingOrder order, BookAction action) =>
        OrderChanges.Add(new OrderChange(order, action, order.Priority, order.PriceTicks, order.Quantity, LevelEntry: -1));
}
