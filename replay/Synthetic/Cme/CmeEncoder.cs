using FeedHandler.Codecs;
using static FeedHandler.Replay.Synthetic.Cme.Wire;

namespace FeedHandler.Replay.Synthetic.Cme;

/// <summary>
/// Writes CME MDP 3.0 messages by hand, offset by offset. It shares no code with the decoders on purpose: where
/// the two agree, two readings of the schema agree.
/// </summary>
/// <remarks>Every method fills exactly the span whose length the method beside it gave.</remarks>
public sealed partial class CmeEncoder(CmeSchema schema)
{
    /// <summary>MsgSize and the SBE header; MsgSize counts itself.</summary>
    public const int MessageHeaderBytes = 10;

    public const int PacketHeaderBytes = 12;

    private const int IncrementalRootBytes = 11;
    private const int GroupHeaderBytes = 3, WideGroupHeaderBytes = 8;
    private const int BookEntryBytes = 32, BookOrderBytes = 24, OrderEntryBytes = 40;
    private const int TradeEntryBytes = 32, TradeOrderBytes = 16, VolumeEntryBytes = 16, StatisticEntryBytes = 24;
    private const int ReferenceEntryBytes = 32, StatusRootBytes = 30, QuoteRequestRootBytes = 35, QuoteRequestEntryBytes = 32;
    private const int ChannelResetRootBytes = 9, ChannelResetEntryBytes = 2;
    private const ushort SchemaId = 1;
    private const ushort ChannelReset = 4, Heartbeat = 12, SecurityStatus = 30, QuoteRequest = 39;

    /// <summary>Entry types of tag 269.</summary>
    private const byte BidEntry = (byte)'0', AskEntry = (byte)'1', ImpliedBidEntry = (byte)'E', ImpliedAskEntry = (byte)'F';

    public CmeSchema Schema { get; } = schema;

    /// <summary>What entries grow by where quantities are long, padding included; book entries had room.</summary>
    private int Widening => Schema.HasLongQuantities ? 8 : 0;

    public static int HeartbeatBytes => MessageHeaderBytes;

    public static int StatusBytes => MessageHeaderBytes + StatusRootBytes;

    public static int QuoteRequestBytes => MessageHeaderBytes + QuoteRequestRootBytes + GroupHeaderBytes + QuoteRequestEntryBytes;

    public static int ChannelResetBytes => MessageHeaderBytes + ChannelResetRootBytes + GroupHeaderBytes + ChannelResetEntryBytes;

    public static int BookBytes(int entries, int orders) =>
        MessageHeaderBytes + IncrementalRootBytes + GroupHeaderBytes + (entries * BookEntryBytes) + WideGroupHeaderBytes + (orders * BookOrderBytes);

    public static int OrderBookBytes(int orders) => GroupedBytes(orders * OrderEntryBytes);

    public int TradeBytes(int entries, int orders) => GroupedBytes((entries * (TradeEntryBytes + Widening)) + WideGroupHeaderBytes + (orders * TradeOrderBytes));

    public int VolumeBytes(int entries) => GroupedBytes(entries * (VolumeEntryBytes + Widening));

    public int StatisticsBytes(int entries) => GroupedBytes(entries * (StatisticEntryBytes + Widening));

    public static int ReferenceBytes(int entries) => GroupedBytes(entries * ReferenceEntryBytes);

    public static void WritePacketHeader(Span<byte> packet, uint sequence, ulong sendTimeNs)
    {
        U32(packet, 0, sequence);
        U64(packet, 4, sendTimeNs);
    }

    public void WriteHeartbeat(Span<byte> message) => Begin(message, Heartbeat, 0);

    /// <summary>Level instructions, outright or implied, with the orders that belong to them.</summary>
    /// <param name="firstEntry">Index in the event of the first of <paramref name="entries"/>; order references count from it.</param>
    public void WriteBook(Span<byte> message, ulong transactTimeNs, MatchEventIndicator indicator, ReadOnlySpan<LevelEntry> entries, bool implied, ReadOnlySpan<OrderChange> orders, int firstEntry)
    {
        Span<byte> at = BeginIncremental(message, Schema.Book, transactTimeNs, indicator);
        at = BeginGroup(at, BookEntryBytes, entries.Length);
        foreach (ref readonly LevelEntry entry in entries)
        {
            PublishedLevel level = entry.Change.Value;
            I64(at, 0, Price(entry.Book, level.PriceTicks));
            Span<byte> rest = at[WriteQuantity(at, 8, entry.Book, level.Quantity)..];
            I32(rest, 0, entry.Book.Instrument.SecurityId);
            U32(rest, 4, entry.RptSeq);
            I32(rest, 8, implied ? NullInt32 : level.Orders);
            rest[12] = (byte)entry.Change.Level;
            rest[13] = (byte)entry.Change.Action;
            rest[14] = EntryType(entry.Side, implied);
            if (!Schema.HasLongQuantities) I32(rest, 15, Schema.HasAppendedFields ? NullInt32 : 0);
            at[31] = 0;
            at = at[BookEntryBytes..];
        }

        at = BeginWideGroup(at, BookOrderBytes, orders.Length);
        foreach (ref readonly OrderChange change in orders)
        {
            U64(at, 0, change.Order.Id);
            U64(at, 8, change.Priority);
            I32(at, 16, change.Quantity);
            at[20] = (byte)(change.LevelEntry - firstEntry + 1);
            at[21] = (byte)change.Action;
            U16(at, 22, 0);
            at = at[BookOrderBytes..];
        }
    }

    /// <summary>Entry type J: every book of one instrument is empty.</summary>
    public void WriteBookReset(Span<byte> message, ulong transactTimeNs, MatchEventIndicator indicator, InstrumentBook book, uint rptSeq)
    {
        Span<byte> at = BeginIncremental(message, Schema.Book, transactTimeNs, indicator);
        at = BeginGroup(at, BookEntryBytes, 1);
        at[..BookEntryBytes].Clear();
        I64(at, 0, NullPrice);
        Span<byte> rest = at[WriteQuantity(at, 8, book, null)..];
        I32(rest, 0, book.Instrument.SecurityId);
        U32(rest, 4, rptSeq);
        I32(rest, 8, NullInt32);
        rest[13] = (byte)BookAction.New;
        rest[14] = (byte)'J';
        BeginWideGroup(at[BookEntryBytes..], BookOrderBytes, 0);
    }

    public void WriteOrderBook(Span<byte> message, ulong transactTimeNs, MatchEventIndicator indicator, ReadOnlySpan<OrderChange> orders)
    {
        Span<byte> at = BeginIncremental(message, Schema.OrderBook, transactTimeNs, indicator);
        at = BeginGroup(at, OrderEntryBytes, orders.Length);
        foreach (ref readonly OrderChange change in orders)
        {
            InstrumentBook book = change.Order.Book;
            at[..OrderEntryBytes].Clear();
            U64(at, 0, change.Order.Id);
            U64(at, 8, change.Priority);
            I64(at, 16, Price(book, change.PriceTicks));
            I32(at, 24, change.Quantity);
            I32(at, 28, book.Instrument.SecurityId);
            at[32] = (byte)change.Action;
            at[33] = EntryType(change.Order.Side, implied: false);
            at = at[OrderEntryBytes..];
        }
    }

    public void WriteTrades(Span<byte> message, ulong transactTimeNs, MatchEventIndicator indicator, ReadOnlySpan<TradeEntry> trades, ReadOnlySpan<TradeOrder> orders)
    {
        Span<byte> at = BeginIncremental(message, Schema.Trade, transactTimeNs, indicator);
        at = BeginGroup(at, TradeEntryBytes + Widening, trades.Length);
        foreach (ref readonly TradeEntry trade in trades)
        {
            I64(at, 0, Price(trade.Book, trade.PriceTicks));
            if (Schema.HasLongQuantities)
            {
                at = WriteLongTrade(at, trade);
                continue;
            }

            I32(at, 8, trade.Quantity);
            I32(at, 12, trade.Book.Instrument.SecurityId);
            U32(at, 16, trade.RptSeq);
            I32(at, 20, trade.Orders);
            at[24] = trade.Aggressor == BookSide.Bid ? (byte)1 : (byte)2;
            at[25] = (byte)trade.Action;
            U32(at, 26, trade.TradeId);
            U16(at, 30, 0);
            at = at[TradeEntryBytes..];
        }

        at = BeginWideGroup(at, TradeOrderBytes, orders.Length);
        foreach (ref readonly TradeOrder order in orders)
        {
            U64(at, 0, order.OrderId);
            I32(at, 8, order.Quantity);
            I32(at, 12, 0);
            at = at[TradeOrderBytes..];
        }
    }

    public void WriteVolumes(Span<byte> message, ulong transactTimeNs, MatchEventIndicator indicator, ReadOnlySpan<VolumeEntry> entries)
    {
        Span<byte> at = BeginIncremental(message, Schema.Volume, transactTimeNs, indicator);
        at = BeginGroup(at, VolumeEntryBytes + Widening, entries.Length);
        foreach (ref readonly VolumeEntry entry in entries)
        {
            at[..(VolumeEntryBytes + Widening)].Clear();
            Span<byte> rest = at[WriteQuantity(at, 0, entry.Book, entry.Volume)..];
            I32(rest, 0, entry.Book.Instrument.SecurityId);
            U32(rest, 4, entry.RptSeq);
            rest[8] = (byte)BookAction.New;
            at = at[(VolumeEntryBytes + Widening)..];
        }
    }

    public void WriteStatistics(Span<byte> message, ulong transactTimeNs, MatchEventIndicator indicator, ReadOnlySpan<StatisticEntry> entries)
    {
        Span<byte> at = BeginIncremental(message, Schema.SessionStatistics, transactTimeNs, indicator);
        at = BeginGroup(at, StatisticEntryBytes + Widening, entries.Length);
        foreach (ref readonly StatisticEntry entry in entries)
        {
            I64(at, 0, Price(entry.Book, entry.PriceTicks));
            if (Schema.HasLongQuantities)
            {
                at = WriteLongStatistic(at, entry);
                continue;
            }

            I32(at, 8, entry.Book.Instrument.SecurityId);
            U32(at, 12, entry.RptSeq);
            at[16] = entry.Type == '4' ? (byte)0 : NullUInt8;
            at[17] = (byte)BookAction.New;
            at[18] = (byte)entry.Type;
            I32(at, 19, NullInt32);
            at[23] = 0;
            at = at[StatisticEntryBytes..];
        }
    }

    /// <summary>Yesterday's settlement prices.</summary>
    public void WriteSettlements(Span<byte> message, ulong transactTimeNs, MatchEventIndicator indicator, ReadOnlySpan<ReferenceEntry> entries)
    {
        Span<byte> at = BeginIncremental(message, Schema.DailyStatistics, transactTimeNs, indicator);
        at = BeginGroup(at, ReferenceEntryBytes, entries.Length);
        foreach (ref readonly ReferenceEntry entry in entries)
        {
            at[..ReferenceEntryBytes].Clear();
            I64(at, 0, Price(entry.Book, entry.LowTicks));
            I32(at, 8, NullInt32);
            I32(at, 12, entry.Book.Instrument.SecurityId);
            U32(at, 16, entry.RptSeq);
            U16(at, 20, (ushort)(TradeDate(transactTimeNs) - 1));
            at[22] = 0b11; // final, actual
            at[23] = (byte)BookAction.New;
            at[24] = (byte)'6';
            at = at[ReferenceEntryBytes..];
        }
    }

    public void WriteLimits(Span<byte> message, ulong transactTimeNs, MatchEventIndicator indicator, ReadOnlySpan<ReferenceEntry> entries)
    {
        Span<byte> at = BeginIncremental(message, Schema.Limits, transactTimeNs, indicator);
        at = BeginGroup(at, ReferenceEntryBytes, entries.Length);
        foreach (ref readonly ReferenceEntry entry in entries)
        {
            I64(at, 0, Price(entry.Book, entry.HighTicks));
            I64(at, 8, Price(entry.Book, entry.LowTicks));
            I64(at, 16, NullPrice);
            I32(at, 24, entry.Book.Instrument.SecurityId);
            U32(at, 28, entry.RptSeq);
            at = at[ReferenceEntryBytes..];
        }
    }

    public void WriteStatus(Span<byte> message, ulong transactTimeNs, MatchEventIndicator indicator, in StatusChange change)
    {
        Span<byte> at = Begin(message, SecurityStatus, StatusRootBytes);
        U64(at, 0, transactTimeNs);
        Text(at, 8, 6, change.Group);
        Text(at, 14, 6, change.Asset);
        I32(at, 20, change.Book?.Instrument.SecurityId ?? NullInt32);
        U16(at, 24, TradeDate(transactTimeNs));
        at[26] = (byte)indicator;
        at[27] = (byte)change.Status;
        at[28] = change.HaltReason;
        at[29] = change.TradingEvent;
    }

    public void WriteQuoteRequest(Span<byte> message, ulong transactTimeNs, MatchEventIndicator indicator, Instrument instrument, int quantity)
    {
        Span<byte> at = Begin(message, QuoteRequest, QuoteRequestRootBytes);
        U64(at, 0, transactTimeNs);
        Text(at, 8, 23, $"Q{transactTimeNs}");
        at[31] = (byte)indicator;
        at[32..QuoteRequestRootBytes].Clear();
        at = BeginGroup(at[QuoteRequestRootBytes..], QuoteRequestEntryBytes, 1);
        Text(at, 0, 20, instrument.Symbol);
        I32(at, 20, instrument.SecurityId);
        I32(at, 24, quantity);
        at[28] = 1; // tradeable
        at[29] = NullInt8;
        U16(at, 30, 0);
    }

    public void WriteChannelReset(Span<byte> message, ulong transactTimeNs, MatchEventIndicator indicator, short channelId)
    {
        Span<byte> at = Begin(message, ChannelReset, ChannelResetRootBytes);
        U64(at, 0, transactTimeNs);
        at[8] = (byte)indicator;
        at = BeginGroup(at[ChannelResetRootBytes..], ChannelResetEntryBytes, 1);
        I16(at, 0, channelId);
    }

    /// <summary>Writes a quantity, null where there is none, and returns where the next field is.</summary>
    private int WriteQuantity(Span<byte> at, int offset, InstrumentBook book, int? quantity)
    {
        if (!Schema.HasLongQuantities)
        {
            I32(at, offset, quantity ?? NullInt32);
            return offset + sizeof(int);
        }

        U64(at, offset, quantity is { } known ? (ulong)(known * book.Instrument.QuantityUnit) : NullUInt64);
        return offset + sizeof(ulong);
    }

    /// <summary>Days since the Unix epoch.</summary>
    private static ushort TradeDate(ulong timeNs) => (ushort)(timeNs / 86_400_000_000_000);

    private static byte EntryType(BookSide side, bool implied) => implied
        ? side == BookSide.Bid ? ImpliedBidEntry : ImpliedAskEntry
        : side == BookSide.Bid ? BidEntry : AskEntry;

    private static int GroupedBytes(int entriesBytes) => MessageHeaderBytes + IncrementalRootBytes + GroupHeaderBytes + entriesBytes;

    private long Price(InstrumentBook book, long ticks) => book.Instrument.Mantissa(ticks) / Schema.MantissaDivisor;

    private Span<byte> Begin(Span<byte> message, ushort templateId, int rootBytes)
    {
        U16(message, 0, (ushort)message.Length);
        U16(message, 2, (ushort)rootBytes);
        U16(message, 4, templateId);
        U16(message, 6, SchemaId);
        U16(message, 8, Schema.Version);
        return message[MessageHeaderBytes..];
    }

    private Span<byte> BeginIncremental(Span<byte> message, ushort templateId, ulong transactTimeNs, MatchEventIndicator indicator)
    {
        Span<byte> at = Begin(message, templateId, IncrementalRootBytes);
        U64(at, 0, transactTimeNs);
        at[8] = (byte)indicator;
        U16(at, 9, 0);
        return at[IncrementalRootBytes..];
    }

    private static Span<byte> BeginGroup(Span<byte> at, int entryBytes, int count)
    {
        U16(at, 0, (ushort)entryBytes);
        at[2] = checked((byte)count);
        return at[GroupHeaderBytes..];
    }

    private static Span<byte> BeginWideGroup(Span<byte> at, int entryBytes, int count)
    {
        at[..WideGroupHeaderBytes].Clear();
        U16(at, 0, (ushort)entryBytes);
        at[7] = checked((byte)count);
        return at[WideGroupHeaderBytes..];
    }
}
