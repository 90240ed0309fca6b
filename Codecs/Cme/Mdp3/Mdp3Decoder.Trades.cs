using FeedHandler.Codecs.Cme.Mdp3.Schema;
using FeedHandler.Sbe;

namespace FeedHandler.Codecs.Cme.Mdp3;

/// <content>Templates 48, 42, 65 (trade summaries with the orders that traded) and 36.</content>
public partial struct Mdp3Decoder
{
    [HotPath]
    private readonly SbeError TradeSummary48<TSink>(in MessageHead m, scoped ref Output<TSink> output, ref byte indicator)
        where TSink : struct, IUpdateSink
    {
        var error = MDIncrementalRefreshTradeSummary48.TryWrap(m.Body, m.BlockLength, m.Version, out var message);
        if (error != SbeError.None) return error;
        indicator = (byte)message.MatchEventIndicator;
        var time = message.TransactTime;
        var entries = message.NoMDEntries;
        foreach (var entry in entries)
        {
            ref var u = ref output.Claim();
            u.Price = entry.MDEntryPx.Mantissa;
            u.Quantity = entry.MDEntrySize;
            SetTrade(ref u, (uint)entry.SecurityID, entry.RptSeq, (byte)entry.MDUpdateAction, (byte)entry.AggressorSide, entry.NumberOfOrders, entry.MDTradeEntryID, time);
        }

        var owner = new TradeOwner();
        foreach (var order in message.NoOrderIDEntries)
        {
            while (owner.Taken >= owner.Orders && owner.Next < entries.Count) owner.Enter((uint)entries[owner.Next].SecurityID, entries[owner.Next].NumberOfOrders);
            SetTradeOrder(ref output.Claim(), ref owner, order.OrderID, order.LastQty, time);
        }

        return SbeError.None;
    }

    private readonly SbeError TradeSummary42<TSink>(in MessageHead m, scoped ref Output<TSink> output, ref byte indicator)
        where TSink : struct, IUpdateSink
    {
        var error = MDIncrementalRefreshTradeSummary42.TryWrap(m.Body, m.BlockLength, m.Version, out var message);
        if (error != SbeError.None) return error;
        indicator = (byte)message.MatchEventIndicator;
        var time = message.TransactTime;
        var entries = message.NoMDEntries;
        foreach (var entry in entries)
        {
            ref var u = ref output.Claim();
            u.Price = FromE7(entry.MDEntryPx.Mantissa);
            u.Quantity = entry.MDEntrySize;
            SetTrade(ref u, (uint)entry.SecurityID, entry.RptSeq, (byte)entry.MDUpdateAction, (byte)entry.AggressorSide, entry.NumberOfOrders, 0, time);
        }

        var owner = new TradeOwner();
        foreach (var order in message.NoOrderIDEntries)
        {
            while (owner.Taken >= owner.Orders && owner.Next < entries.Count) owner.Enter((uint)entries[owner.Next].SecurityID, entries[owner.Next].NumberOfOrders);
            SetTradeOrder(ref output.Claim(), ref owner, order.OrderID, order.LastQty, time);
        }

        return SbeError.None;
    }

    private readonly SbeError TradeSummary65<TSink>(in MessageHead m, scoped ref Output<TSink> output, ref byte indicator)
        where TSink : struct, IUpdateSink
    {
        var error = MDIncrementalRefreshTradeSummaryLongQty65.TryWrap(m.Body, m.BlockLength, m.Version, out var message);
        if (error != SbeError.None) return error;
        indicator = (byte)message.MatchEventIndicator;
        var time = message.TransactTime;
        var entries = message.NoMDEntries;
        foreach (var entry in entries)
        {
            ref var u = ref output.Claim();
            u.Price = entry.MDEntryPx.Mantissa;
            u.Quantity = Quantity(entry.MDEntrySize);
            SetTrade(ref u, (uint)entry.SecurityID, entry.RptSeq, (byte)entry.MDUpdateAction, (byte)entry.AggressorSide, entry.NumberOfOrders, entry.MDTradeEntryID, time);
        }

        var owner = new TradeOwner();
        foreach (var order in message.NoOrderIDEntries)
        {
            while (owner.Taken >= owner.Orders && owner.Next < entries.Count) owner.Enter((uint)entries[owner.Next].SecurityID, entries[owner.Next].NumberOfOrders);
            SetTradeOrder(ref output.Claim(), ref owner, order.OrderID, order.LastQty, time);
        }

        return SbeError.None;
    }

    private readonly SbeError Trade36<TSink>(in MessageHead m, scoped ref Output<TSink> output, ref byte indicator)
        where TSink : struct, IUpdateSink
    {
        var error = MDIncrementalRefreshTrade36.TryWrap(m.Body, m.BlockLength, m.Version, out var message);
        if (error != SbeError.None) return error;
        indicator = (byte)message.MatchEventIndicator;
        foreach (var entry in message.NoMDEntries)
        {
            ref var u = ref output.Claim();
            u.Price = FromE7(entry.MDEntryPx.Mantissa);
            u.Quantity = entry.MDEntrySize;
            SetTrade(ref u, (uint)entry.SecurityID, entry.RptSeq, (byte)entry.MDUpdateAction, (byte)entry.AggressorSide, entry.NumberOfOrders, (uint)entry.TradeID, message.TransactTime);
        }

        return SbeError.None;
    }

    [HotPath]
    private static void SetTrade(ref MarketUpdate u, uint instrument, uint sequence, byte action, byte aggressor, int orders, ulong id, ulong time)
    {
        u.Kind = UpdateKind.Trade;
        u.Instrument = instrument;
        u.InstrumentSequence = sequence;
        u.Action = (BookAction)action;
        u.Side = aggressor == 1 ? BookSide.Bid : aggressor == 2 ? BookSide.Ask : BookSide.None;
        u.OrderCount = OrderCount(orders);
        u.OrderId = id;
        u.TransactTimeNs = time;
    }

    [HotPath]
    private static void SetTradeOrder(ref MarketUpdate u, ref TradeOwner owner, ulong orderId, int quantity, ulong time)
    {
        owner.Taken++;
        u.Kind = UpdateKind.TradeOrder;
        u.Instrument = owner.Instrument;
        u.OrderId = orderId;
        u.Quantity = quantity;
        u.TransactTimeNs = time;
    }

    /// <summary>Orders follow their trades in the same order, as many as each trade says (tag 346).</summary>
    private struct TradeOwner
    {
        public uint Instrument;
        public int Orders;
        public int Taken;
        public int Next;

        public void Enter(uint instrument, int orders)
        {
            Instrument = instrument;
            Orders = orders == int.MaxValue ? 0 : orders;
            Taken = 0;
            Next++;
        }
    }
}
