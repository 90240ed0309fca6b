using System.Runtime.CompilerServices;
using FeedHandler.Codecs.Cme.Mdp3.Schema;
using FeedHandler.Sbe;

namespace FeedHandler.Codecs.Cme.Mdp3;

/// <content>Templates 46, 32, 64 (price levels, and the orders behind them) and 47, 43 (orders alone).</content>
public partial struct Mdp3Decoder
{
    private const byte Bid = (byte)'0';
    private const byte Offer = (byte)'1';
    private const byte ImpliedBid = (byte)'E';
    private const byte ImpliedOffer = (byte)'F';
    private const byte BookReset = (byte)'J';

    [HotPath]
    private readonly SbeError Book46<TSink>(in MessageHead m, scoped ref Output<TSink> output, ref byte indicator)
        where TSink : struct, IUpdateSink
    {
        var error = MDIncrementalRefreshBook46.TryWrap(m.Body, m.BlockLength, m.Version, out var message);
        if (error != SbeError.None) return error;
        indicator = (byte)message.MatchEventIndicator;
        var time = message.TransactTime;
        var entries = message.NoMDEntries;
        foreach (var entry in entries)
        {
            ref var u = ref output.Claim();
            u.Instrument = (uint)entry.SecurityID;
            u.InstrumentSequence = entry.RptSeq;
            u.Price = entry.MDEntryPx.Mantissa;
            u.Quantity = Quantity(entry.MDEntrySize);
            u.OrderCount = OrderCount(entry.NumberOfOrders);
            u.Level = entry.MDPriceLevel;
            u.TransactTimeNs = time;
            if (!SetEntry(ref u, (byte)entry.MDEntryType, (byte)entry.MDUpdateAction)) return BadValue;
        }

        var result = SbeError.None;
        foreach (var order in message.NoOrderIDEntries)
        {
            var reference = order.ReferenceID - 1;
            if ((uint)reference >= (uint)entries.Count || (byte)order.OrderUpdateAction > 2)
            {
                result = BadValue;
                continue;
            }

            var entry = entries[reference];
            ref var u = ref output.Claim();
            u.Price = entry.MDEntryPx.Mantissa;
            SetOrder(ref u, (uint)entry.SecurityID, (byte)entry.MDEntryType, (byte)order.OrderUpdateAction, order.OrderID, order.MDOrderPriority, order.MDDisplayQty, time);
        }

        return result;
    }

    [HotPath]
    private readonly SbeError Book32<TSink>(in MessageHead m, scoped ref Output<TSink> output, ref byte indicator)
        where TSink : struct, IUpdateSink
    {
        var error = MDIncrementalRefreshBook32.TryWrap(m.Body, m.BlockLength, m.Version, out var message);
        if (error != SbeError.None) return error;
        indicator = (byte)message.MatchEventIndicator;
        var time = message.TransactTime;
        var entries = message.NoMDEntries;
        foreach (var entry in entries)
        {
            ref var u = ref output.Claim();
            u.Instrument = (uint)entry.SecurityID;
            u.InstrumentSequence = entry.RptSeq;
            u.Price = FromE7(entry.MDEntryPx.Mantissa);
            u.Quantity = Quantity(entry.MDEntrySize);
            u.OrderCount = OrderCount(entry.NumberOfOrders);
            u.Level = entry.MDPriceLevel;
            u.TransactTimeNs = time;
            if (!SetEntry(ref u, (byte)entry.MDEntryType, (byte)entry.MDUpdateAction)) return BadValue;
        }

        var result = SbeError.None;
        foreach (var order in message.NoOrderIDEntries)
        {
            var reference = order.ReferenceID - 1;
            if ((uint)reference >= (uint)entries.Count || (byte)order.OrderUpdateAction > 2)
            {
                result = BadValue;
                continue;
            }

            var entry = entries[reference];
            ref var u = ref output.Claim();
            u.Price = FromE7(entry.MDEntryPx.Mantissa);
            SetOrder(ref u, (uint)entry.SecurityID, (byte)entry.MDEntryType, (byte)order.OrderUpdateAction, order.OrderID, order.MDOrderPriority, order.MDDisplayQty, time);
        }

        return result;
    }

    private readonly SbeError Book64<TSink>(in MessageHead m, scoped ref Output<TSink> output, ref byte indicator)
        where TSink : struct, IUpdateSink
    {
        var error = MDIncrementalRefreshBookLongQty64.TryWrap(m.Body, m.BlockLength, m.Version, out var message);
        if (error != SbeError.None) return error;
        indicator = (byte)message.MatchEventIndicator;
        var time = message.TransactTime;
        var entries = message.NoMDEntries;
        foreach (var entry in entries)
        {
            ref var u = ref output.Claim();
            u.Instrument = (uint)entry.SecurityID;
            u.InstrumentSequence = entry.RptSeq;
            u.Price = entry.MDEntryPx.Mantissa;
            u.Quantity = Quantity(entry.MDEntrySize);
            u.OrderCount = OrderCount(entry.NumberOfOrders);
            u.Level = entry.MDPriceLevel;
            u.TransactTimeNs = time;
            if (!SetEntry(ref u, (byte)entry.MDEntryType, (byte)entry.MDUpdateAction)) return BadValue;
        }

        var result = SbeError.None;
        foreach (var order in message.NoOrderIDEntries)
        {
            var reference = order.ReferenceID - 1;
            if ((uint)reference >= (uint)entries.Count || (byte)order.OrderUpdateAction > 2)
            {
                result = BadValue;
                continue;
            }

            var entry = entries[reference];
            ref var u = ref output.Claim();
            u.Price = entry.MDEntryPx.Mantissa;
            SetOrder(ref u, (uint)entry.SecurityID, (byte)entry.MDEntryType, (byte)order.OrderUpdateAction, order.OrderID, order.MDOrderPriority, order.MDDisplayQty, time);
        }

        return result;
    }

    [HotPath]
    private readonly SbeError OrderBook47<TSink>(in MessageHead m, scoped ref Output<TSink> output, ref byte indicator)
        where TSink : struct, IUpdateSink
    {
        var error = MDIncrementalRefreshOrderBook47.TryWrap(m.Body, m.BlockLength, m.Version, out var message);
        if (error != SbeError.None) return error;
        indicator = (byte)message.MatchEventIndicator;
        var time = message.TransactTime;
        foreach (var entry in message.NoMDEntries)
        {
            if ((byte)entry.MDUpdateAction > 2) return BadValue;
            ref var u = ref output.Claim();
            u.Price = entry.MDEntryPx.Mantissa;
            SetOrder(ref u, (uint)entry.SecurityID, (byte)entry.MDEntryType, (byte)entry.MDUpdateAction, entry.OrderID, entry.MDOrderPriority, entry.MDDisplayQty, time);
        }

        return SbeError.None;
    }

    private readonly SbeError OrderBook43<TSink>(in MessageHead m, scoped ref Output<TSink> output, ref byte indicator)
        where TSink : struct, IUpdateSink
    {
        var error = MDIncrementalRefreshOrderBook43.TryWrap(m.Body, m.BlockLength, m.Version, out var message);
        if (error != SbeError.None) return error;
        indicator = (byte)message.MatchEventIndicator;
        var time = message.TransactTime;
        foreach (var entry in message.NoMDEntries)
        {
            if ((byte)entry.MDUpdateAction > 2) return BadValue;
            ref var u = ref output.Claim();
            u.Price = FromE7(entry.MDEntryPx.Mantissa);
            SetOrder(ref u, (uint)entry.SecurityID, (byte)entry.MDEntryType, (byte)entry.MDUpdateAction, entry.OrderID, entry.MDOrderPriority, entry.MDDisplayQty, time);
        }

        return SbeError.None;
    }

    /// <summary>Kind and side of a book entry (tag 269), and its action (tag 279).</summary>
    [HotPath]
    [MethodImpl(MethodImplOptions.AggressiveInlining)]
    private static bool SetEntry(ref MarketUpdate u, byte type, byte action)
    {
        u.Action = (BookAction)action;
        switch (type)
        {
            case Bid:
                u.Kind = UpdateKind.Level;
                u.Side = BookSide.Bid;
                break;
            case Offer:
                u.Kind = UpdateKind.Level;
                u.Side = BookSide.Ask;
                break;
            case ImpliedBid:
                u.Kind = UpdateKind.ImpliedLevel;
                u.Side = BookSide.Bid;
                break;
            case ImpliedOffer:
                u.Kind = UpdateKind.ImpliedLevel;
                u.Side = BookSide.Ask;
                break;
            case BookReset:
                u.Kind = UpdateKind.InstrumentReset;
                break;
            default:
                // Best prices of the market ('w', 'x') and types to come: part of the instrument's sequence, not of its book.
                u.Kind = UpdateKind.Statistic;
                u.Code = type;
                u.Detail = NoOpenCloseFlag << 8;
                break;
        }

        return action <= (byte)BookAction.Overlay;
    }

    /// <summary>An order of the market-by-order book. It has no sequence of its own: the price-level entry carries it.</summary>
    [HotPath]
    private static void SetOrder(ref MarketUpdate u, uint instrument, byte type, byte action, ulong orderId, ulong priority, int quantity, ulong time)
    {
        u.Kind = UpdateKind.Order;
        u.Side = type is Offer or ImpliedOffer ? BookSide.Ask : BookSide.Bid;
        u.Action = (BookAction)action;
        u.Instrument = instrument;
        u.OrderId = orderId;
        u.Priority = priority;
        u.Quantity = Quantity(quantity);
        u.TransactTimeNs = time;
    }

    [HotPath]
    private static long Quantity(int value) => value == int.MaxValue ? 0 : value;

    [HotPath]
    private static long Quantity(ulong value) => value > long.MaxValue ? 0 : (long)value;

    [HotPath]
    private static int OrderCount(int value) => value == int.MaxValue ? -1 : value;
}
