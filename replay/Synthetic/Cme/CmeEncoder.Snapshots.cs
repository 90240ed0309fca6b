using FeedHandler.Codecs;
using static FeedHandler.Replay.Synthetic.Cme.Wire;

namespace FeedHandler.Replay.Synthetic.Cme;

/// <summary>Snapshot messages: images of what is published, not of what the exchange knows beyond it.</summary>
public sealed partial class CmeEncoder
{
    private const int SnapshotRootBytes = 59, SnapshotEntryBytes = 22;
    private const int OrderSnapshotRootBytes = 28, OrderSnapshotEntryBytes = 29;

    public int SnapshotBytes(InstrumentBook book) =>
        MessageHeaderBytes + SnapshotRootBytes + GroupHeaderBytes + (SnapshotEntries(book) * EntryBytes);

    public static int OrderSnapshotBytes(int orders) =>
        MessageHeaderBytes + OrderSnapshotRootBytes + GroupHeaderBytes + (orders * OrderSnapshotEntryBytes);

    public void WriteSnapshot(Span<byte> message, InstrumentBook book, uint lastPacketSequence, int instrumentsInLoop)
    {
        Span<byte> at = Begin(message, Schema.Snapshot, SnapshotRootBytes);
        U32(at, 0, lastPacketSequence);
        U32(at, 4, (uint)instrumentsInLoop);
        I32(at, 8, book.Instrument.SecurityId);
        U32(at, 12, book.RptSeq);
        U64(at, 16, book.LastUpdateNs);
        U64(at, 24, book.LastUpdateNs);
        U16(at, 32, TradeDate(book.LastUpdateNs));
        at[34] = (byte)book.Status;
        I64(at, 35, NullPrice);
        I64(at, 43, NullPrice);
        I64(at, 51, NullPrice);

        at = BeginGroup(at[SnapshotRootBytes..], EntryBytes, SnapshotEntries(book));
        at = WriteLadder(at, book, book.BidLevels, implied: false);
        at = WriteLadder(at, book, book.AskLevels, implied: false);
        at = WriteLadder(at, book, book.ImpliedBidLevels, implied: true);
        at = WriteLadder(at, book, book.ImpliedAskLevels, implied: true);
        SessionStatistics statistics = book.Statistics;
        if (statistics.Trades == 0) return;
        at = WriteEntry(at, book, Price(book, statistics.OpenTicks), null, NullInt32, NullInt8, openCloseFlag: 0, '4');
        at = WriteEntry(at, book, Price(book, statistics.HighTicks), null, NullInt32, NullInt8, NullUInt8, '7');
        at = WriteEntry(at, book, Price(book, statistics.LowTicks), null, NullInt32, NullInt8, NullUInt8, '8');
        WriteEntry(at, book, NullPrice, statistics.Volume, NullInt32, NullInt8, NullUInt8, 'e');
    }

    /// <summary>One chunk of an instrument's orders, bids before asks, each in queue order.</summary>
    public void WriteOrderSnapshot(Span<byte> message, InstrumentBook book, uint lastPacketSequence, int instrumentsInLoop, int chunks, int chunk, ReadOnlySpan<RestingOrder> orders)
    {
        Span<byte> at = Begin(message, Schema.OrderSnapshot, OrderSnapshotRootBytes);
        U32(at, 0, lastPacketSequence);
        U32(at, 4, (uint)instrumentsInLoop);
        I32(at, 8, book.Instrument.SecurityId);
        U32(at, 12, (uint)chunks);
        U32(at, 16, (uint)chunk);
        U64(at, 20, book.LastUpdateNs);
        at = BeginGroup(at[OrderSnapshotRootBytes..], OrderSnapshotEntryBytes, orders.Length);
        foreach (RestingOrder order in orders)
        {
            U64(at, 0, order.Id);
            U64(at, 8, order.Priority);
            I64(at, 16, Price(book, order.PriceTicks));
            I32(at, 24, order.Quantity);
            at[28] = EntryType(order.Side, implied: false);
            at = at[OrderSnapshotEntryBytes..];
        }
    }

    private const int StatisticsInSnapshot = 4;

    private static int SnapshotEntries(InstrumentBook book) =>
        book.BidLevels.Count + book.AskLevels.Count + book.ImpliedBidLevels.Count + book.ImpliedAskLevels.Count
        + (book.Statistics.Trades > 0 ? StatisticsInSnapshot : 0);

    private Span<byte> WriteLadder(Span<byte> at, InstrumentBook book, PublishedLadder ladder, bool implied)
    {
        byte number = 1;
        foreach (PublishedLevel level in ladder.Levels)
        {
            int orders = implied ? NullInt32 : level.Orders;
            at = WriteEntry(at, book, Price(book, level.PriceTicks), level.Quantity, orders, number++, NullUInt8, (char)EntryType(ladder.Side, implied));
        }

        return at;
    }

    /// <summary>With long quantities an entry has four bytes more for them, and three less: no date, no settlement type.</summary>
    private int EntryBytes => Schema.HasLongQuantities ? SnapshotEntryBytes + 1 : SnapshotEntryBytes;

    private Span<byte> WriteEntry(Span<byte> at, InstrumentBook book, long price, int? quantity, int orders, byte level, byte openCloseFlag, char type)
    {
        I64(at, 0, price);
        Span<byte> rest = at[WriteQuantity(at, 8, book, quantity)..];
        I32(rest, 0, orders);
        if (Schema.HasLongQuantities)
        {
            rest[4] = level == NullInt8 ? NullUInt8 : level;
            rest[5] = openCloseFlag;
            rest[6] = (byte)type;
            return at[EntryBytes..];
        }

        rest[4] = level;
        U16(rest, 5, NullUInt16);
        rest[7] = openCloseFlag;
        rest[8] = NullSettlement;
        rest[9] = (byte)type;
        return at[EntryBytes..];
    }
}
