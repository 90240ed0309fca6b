using FeedHandler.Codecs;
using static FeedHandler.Replay.Synthetic.Cme.Wire;

namespace FeedHandler.Replay.Synthetic.Cme;

/// <summary>Figures of the day, messages of bond markets, and entries whose quantities are long.</summary>
public sealed partial class CmeEncoder
{
    private const ushort TopOrders = 59, Workup = 60, Collateral = 62;
    private const int TopOrdersRootBytes = 13, TopOrderEntryBytes = 29;
    private const int WorkupRootBytes = 30, WorkupOrderBytes = 10;
    private const int CollateralEntryBytes = 40;

    /// <summary>Orders in an image of the best.</summary>
    private const int MaxTopOrders = 10;

    public static int CollateralBytes => GroupedBytes(CollateralEntryBytes);

    public static int WorkupBytes => MessageHeaderBytes + WorkupRootBytes + GroupHeaderBytes + (2 * WorkupOrderBytes);

    public static int TopOrdersBytes(InstrumentBook book) => MessageHeaderBytes + TopOrdersRootBytes + GroupHeaderBytes + (TopOrdersOf(book) * TopOrderEntryBytes);

    public void WriteDailyStatistics(Span<byte> message, ulong transactTimeNs, MatchEventIndicator indicator, ReadOnlySpan<DailyEntry> entries)
    {
        Span<byte> at = BeginIncremental(message, Schema.DailyStatistics, transactTimeNs, indicator);
        at = BeginGroup(at, ReferenceEntryBytes, entries.Length);
        foreach (ref readonly DailyEntry entry in entries)
        {
            at[..ReferenceEntryBytes].Clear();
            I64(at, 0, entry.PriceTicks is { } ticks ? Price(entry.Book, ticks) : NullPrice);
            I32(at, 8, entry.Quantity ?? NullInt32);
            I32(at, 12, entry.Book.Instrument.SecurityId);
            U32(at, 16, entry.RptSeq);
            U16(at, 20, TradeDate(transactTimeNs));
            at[22] = entry.PriceTicks is null ? NullSettlement : (byte)0b01; // preliminary
            at[23] = (byte)BookAction.New;
            at[24] = (byte)entry.Type;
            at = at[ReferenceEntryBytes..];
        }
    }

    public void WriteTopOrders(Span<byte> message, ulong transactTimeNs, MatchEventIndicator indicator, InstrumentBook book)
    {
        Span<byte> at = Begin(message, TopOrders, TopOrdersRootBytes);
        U64(at, 0, transactTimeNs);
        at[8] = (byte)indicator;
        I32(at, 9, book.Instrument.SecurityId);
        at = BeginGroup(at[TopOrdersRootBytes..], TopOrderEntryBytes, TopOrdersOf(book));
        foreach (RestingOrder order in book.LiveOrders.Take(MaxTopOrders))
        {
            U64(at, 0, order.Id);
            U64(at, 8, order.Priority);
            I64(at, 16, Price(book, order.PriceTicks));
            I32(at, 24, order.Quantity);
            at[28] = EntryType(order.Side, implied: false);
            at = at[TopOrderEntryBytes..];
        }
    }

    /// <summary>A workup between two orders at the fair price.</summary>
    public void WriteWorkup(Span<byte> message, ulong transactTimeNs, MatchEventIndicator indicator, InstrumentBook book)
    {
        const byte PrivateWorkup = 201, Buy = 1, Sell = 2;
        Span<byte> at = Begin(message, Workup, WorkupRootBytes);
        U64(at, 0, transactTimeNs);
        I64(at, 8, Price(book, book.FairTicks));
        I32(at, 16, book.Instrument.SecurityId);
        at[20] = (byte)indicator;
        U16(at, 21, TradeDate(transactTimeNs));
        U32(at, 23, (uint)book.Statistics.Trades + 1);
        at[27] = PrivateWorkup;
        at[28] = 0;
        at[29] = 0;
        at = BeginGroup(at[WorkupRootBytes..], WorkupOrderBytes, 2);
        U64(at, 0, transactTimeNs);
        at[8] = Buy;
        at[9] = 1; // the aggressor
        U64(at, WorkupOrderBytes, transactTimeNs + 1);
        at[WorkupOrderBytes + 8] = Sell;
        at[WorkupOrderBytes + 9] = 0;
    }

    public void WriteCollateral(Span<byte> message, ulong transactTimeNs, MatchEventIndicator indicator)
    {
        Span<byte> at = BeginIncremental(message, Collateral, transactTimeNs, indicator);
        at = BeginGroup(at, CollateralEntryBytes, 1);
        at[..CollateralEntryBytes].Clear();
        Text(at, 0, 12, "XS0000000009");
        at[12] = 4; // ISIN
        I64(at, 13, 99 * One);
        I64(at, 21, 100 * One);
        U64(at, 29, 9);
        at[37] = 1;
    }

    private const byte NullSettlement = 0x80;

    private static int TopOrdersOf(InstrumentBook book) => Math.Min(MaxTopOrders, book.LiveOrders.Count);

    private Span<byte> WriteLongTrade(Span<byte> at, in TradeEntry trade)
    {
        int bytes = TradeEntryBytes + Widening;
        at[8..bytes].Clear();
        WriteQuantity(at, 8, trade.Book, trade.Quantity);
        I32(at, 16, trade.Book.Instrument.SecurityId);
        U32(at, 20, trade.RptSeq);
        I32(at, 24, trade.Orders);
        U32(at, 28, trade.TradeId);
        at[32] = trade.Aggressor == BookSide.Bid ? (byte)1 : (byte)2;
        at[33] = (byte)trade.Action;
        return at[bytes..];
    }

    private Span<byte> WriteLongStatistic(Span<byte> at, in StatisticEntry entry)
    {
        int bytes = StatisticEntryBytes + Widening;
        at[8..bytes].Clear();
        WriteQuantity(at, 8, entry.Book, null);
        I32(at, 16, entry.Book.Instrument.SecurityId);
        U32(at, 20, entry.RptSeq);
        at[24] = entry.Type == '4' ? (byte)0 : NullUInt8;
        at[25] = (byte)BookAction.New;
        at[26] = (byte)entry.Type;
        return at[bytes..];
    }
}
