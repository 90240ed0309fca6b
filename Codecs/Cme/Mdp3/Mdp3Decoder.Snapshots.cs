using FeedHandler.Codecs.Cme.Mdp3.Schema;
using FeedHandler.Sbe;

namespace FeedHandler.Codecs.Cme.Mdp3;

/// <content>Templates 52, 38, 69 (images of price levels) and 53, 44 (images of orders, in chunks).</content>
public partial struct Mdp3Decoder
{
    private const byte ElectronicVolume = (byte)'e';

    private SbeError Snapshot52<TSink>(in MessageHead m, scoped ref Output<TSink> output)
        where TSink : struct, IUpdateSink
    {
        var error = SnapshotFullRefresh52.TryWrap(m.Body, m.BlockLength, m.Version, out var message);
        if (error != SbeError.None) return error;
        var instrument = (uint)message.SecurityID;
        BeginLevels(ref output.Claim(), instrument, message.RptSeq, message.LastMsgSeqNumProcessed, (byte)message.MDSecurityTradingStatus, message.TransactTime);
        var entries = 0;
        foreach (var entry in message.NoMDEntries)
        {
            if (!IsBookEntry((byte)entry.MDEntryType))
            {
                if ((byte)entry.MDEntryType != BookReset)
                    SetImageStatistic(ref output.Claim(), instrument, (byte)entry.MDEntryType, entry.MDEntryPx.Mantissa, Quantity(entry.MDEntrySize), StatisticDetail(entry.TradingReferenceDate, (byte)entry.OpenCloseSettlFlag, (byte)entry.SettlPriceType), message.TransactTime);
                continue;
            }

            ref var u = ref output.Claim();
            u.Instrument = instrument;
            u.Price = entry.MDEntryPx.Mantissa;
            u.Quantity = Quantity(entry.MDEntrySize);
            u.OrderCount = OrderCount(entry.NumberOfOrders);
            u.Level = (byte)entry.MDPriceLevel;
            u.TransactTimeNs = message.TransactTime;
            SetEntry(ref u, (byte)entry.MDEntryType, (byte)BookAction.New);
            entries++;
        }

        SetImageLimits(ref output, instrument, message.LowLimitPrice.Mantissa, message.HighLimitPrice.Mantissa, message.MaxPriceVariation.Mantissa, message.TransactTime);
        End(ref output.Claim(), instrument, entries);
        return SbeError.None;
    }

    private SbeError Snapshot38<TSink>(in MessageHead m, scoped ref Output<TSink> output)
        where TSink : struct, IUpdateSink
    {
        var error = SnapshotFullRefresh38.TryWrap(m.Body, m.BlockLength, m.Version, out var message);
        if (error != SbeError.None) return error;
        var instrument = (uint)message.SecurityID;
        BeginLevels(ref output.Claim(), instrument, message.RptSeq, message.LastMsgSeqNumProcessed, (byte)message.MDSecurityTradingStatus, message.TransactTime);
        var entries = 0;
        foreach (var entry in message.NoMDEntries)
        {
            if (!IsBookEntry((byte)entry.MDEntryType))
            {
                if ((byte)entry.MDEntryType != BookReset)
                    SetImageStatistic(ref output.Claim(), instrument, (byte)entry.MDEntryType, FromE7(entry.MDEntryPx.Mantissa), Quantity(entry.MDEntrySize), StatisticDetail(entry.TradingReferenceDate, (byte)entry.OpenCloseSettlFlag, (byte)entry.SettlPriceType), message.TransactTime);
                continue;
            }

            ref var u = ref output.Claim();
            u.Instrument = instrument;
            u.Price = FromE7(entry.MDEntryPx.Mantissa);
            u.Quantity = Quantity(entry.MDEntrySize);
            u.OrderCount = OrderCount(entry.NumberOfOrders);
            u.Level = (byte)entry.MDPriceLevel;
            u.TransactTimeNs = message.TransactTime;
            SetEntry(ref u, (byte)entry.MDEntryType, (byte)BookAction.New);
            entries++;
        }

        SetImageLimits(ref output, instrument, FromE7(message.LowLimitPrice.Mantissa), FromE7(message.HighLimitPrice.Mantissa), FromE7(message.MaxPriceVariation.Mantissa), message.TransactTime);
        End(ref output.Claim(), instrument, entries);
        return SbeError.None;
    }

    private SbeError Snapshot69<TSink>(in MessageHead m, scoped ref Output<TSink> output)
        where TSink : struct, IUpdateSink
    {
        var error = SnapshotFullRefreshLongQty69.TryWrap(m.Body, m.BlockLength, m.Version, out var message);
        if (error != SbeError.None) return error;
        var instrument = (uint)message.SecurityID;
        BeginLevels(ref output.Claim(), instrument, message.RptSeq, message.LastMsgSeqNumProcessed, (byte)message.MDSecurityTradingStatus, message.TransactTime);
        var entries = 0;
        foreach (var entry in message.NoMDEntries)
        {
            if (!IsBookEntry((byte)entry.MDEntryType))
            {
                if ((byte)entry.MDEntryType != BookReset)
                    SetImageStatistic(ref output.Claim(), instrument, (byte)entry.MDEntryType, entry.MDEntryPx.Mantissa, Quantity(entry.MDEntrySize), StatisticDetail(0, (byte)entry.OpenCloseSettlFlag, 0), message.TransactTime);
                continue;
            }

            ref var u = ref output.Claim();
            u.Instrument = instrument;
            u.Price = entry.MDEntryPx.Mantissa;
            u.Quantity = Quantity(entry.MDEntrySize);
            u.OrderCount = OrderCount(entry.NumberOfOrders);
            u.Level = (byte)entry.MDPriceLevel;
            u.TransactTimeNs = message.TransactTime;
            SetEntry(ref u, (byte)entry.MDEntryType, (byte)BookAction.New);
            entries++;
        }

        SetImageLimits(ref output, instrument, message.LowLimitPrice.Mantissa, message.HighLimitPrice.Mantissa, message.MaxPriceVariation.Mantissa, message.TransactTime);
        End(ref output.Claim(), instrument, entries);
        return SbeError.None;
    }

    private SbeError OrderSnapshot53<TSink>(in MessageHead m, scoped ref Output<TSink> output)
        where TSink : struct, IUpdateSink
    {
        var error = SnapshotFullRefreshOrderBook53.TryWrap(m.Body, m.BlockLength, m.Version, out var message);
        if (error != SbeError.None) return error;
        var instrument = (uint)message.SecurityID;
        BeginOrders(ref output.Claim(), instrument, message.LastMsgSeqNumProcessed, message.CurrentChunk, message.NoChunks, message.TransactTime);
        var entries = 0;
        foreach (var entry in message.NoMDEntries)
        {
            ref var u = ref output.Claim();
            u.Price = entry.MDEntryPx.Mantissa;
            SetOrder(ref u, instrument, (byte)entry.MDEntryType, (byte)BookAction.New, entry.OrderID, entry.MDOrderPriority, entry.MDDisplayQty, message.TransactTime);
            entries++;
        }

        End(ref output.Claim(), instrument, entries);
        return SbeError.None;
    }

    private SbeError OrderSnapshot44<TSink>(in MessageHead m, scoped ref Output<TSink> output)
        where TSink : struct, IUpdateSink
    {
        var error = SnapshotFullRefreshOrderBook44.TryWrap(m.Body, m.BlockLength, m.Version, out var message);
        if (error != SbeError.None) return error;
        var instrument = (uint)message.SecurityID;
        BeginOrders(ref output.Claim(), instrument, message.LastMsgSeqNumProcessed, message.CurrentChunk, message.NoChunks, message.TransactTime);
        var entries = 0;
        foreach (var entry in message.NoMDEntries)
        {
            ref var u = ref output.Claim();
            u.Price = FromE7(entry.MDEntryPx.Mantissa);
            SetOrder(ref u, instrument, (byte)entry.MDEntryType, (byte)BookAction.New, entry.OrderID, entry.MDOrderPriority, entry.MDDisplayQty, message.TransactTime);
            entries++;
        }

        End(ref output.Claim(), instrument, entries);
        return SbeError.None;
    }

    private void BeginLevels(ref MarketUpdate u, uint instrument, uint sequence, uint lastPacket, byte status, ulong time)
    {
        u.Kind = UpdateKind.SnapshotBegin;
        u.Code = (byte)SnapshotBook.Levels;
        u.Instrument = instrument;
        u.InstrumentSequence = sequence;
        u.OrderId = lastPacket;
        u.Price = u.Quantity = 1;
        u.Level = status == byte.MaxValue ? (byte)0 : status;
        u.TransactTimeNs = time;
    }

    private void BeginOrders(ref MarketUpdate u, uint instrument, uint lastPacket, uint chunk, uint chunks, ulong time)
    {
        u.Kind = UpdateKind.SnapshotBegin;
        u.Code = (byte)SnapshotBook.Orders;
        u.Instrument = instrument;
        u.OrderId = lastPacket;
        u.Price = chunk;
        u.Quantity = chunks;
        u.TransactTimeNs = time;
    }

    private static void End(ref MarketUpdate u, uint instrument, int entries)
    {
        u.Kind = UpdateKind.SnapshotEnd;
        u.Instrument = instrument;
        u.Quantity = entries;
    }

    /// <summary>What the venue said of the session before we came. It has no sequence of its own here.</summary>
    private static void SetImageStatistic(ref MarketUpdate u, uint instrument, byte type, long price, long quantity, int detail, ulong time)
    {
        u.Kind = type == ElectronicVolume ? UpdateKind.Volume : UpdateKind.Statistic;
        u.Instrument = instrument;
        u.Code = type == ElectronicVolume ? (byte)0 : type;
        u.Price = type == ElectronicVolume ? 0 : price;
        u.Quantity = quantity;
        u.Detail = type == ElectronicVolume ? 0 : detail;
        u.TransactTimeNs = time;
    }

    private static void SetImageLimits<TSink>(scoped ref Output<TSink> output, uint instrument, long low, long high, long variation, ulong time)
        where TSink : struct, IUpdateSink
    {
        if (low == MarketUpdate.NullPrice && high == MarketUpdate.NullPrice && variation == MarketUpdate.NullPrice) return;
        ref var u = ref output.Claim();
        u.Kind = UpdateKind.Limits;
        u.Instrument = instrument;
        u.Price = low;
        u.Quantity = high;
        u.OrderId = (ulong)variation;
        u.TransactTimeNs = time;
    }

    /// <summary>Images list statistics among the levels; those have no place in a book.</summary>
    private static bool IsBookEntry(byte type) => type is Bid or Offer or ImpliedBid or ImpliedOffer;
}
