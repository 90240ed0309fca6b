using FeedHandler.Codecs.Cme.Mdp3.Schema;
using FeedHandler.Sbe;

namespace FeedHandler.Codecs.Cme.Mdp3;

/// <content>Statistics, volume, limits, status, quote requests and administration. They do not change a book, but most are part of the instrument's sequence.</content>
public partial struct Mdp3Decoder
{
    private readonly SbeError Volume37<TSink>(in MessageHead m, scoped ref Output<TSink> output, ref byte indicator)
        where TSink : struct, IUpdateSink
    {
        var error = MDIncrementalRefreshVolume37.TryWrap(m.Body, m.BlockLength, m.Version, out var message);
        if (error != SbeError.None) return error;
        indicator = (byte)message.MatchEventIndicator;
        foreach (var entry in message.NoMDEntries)
        {
            ref var u = ref output.Claim();
            u.Kind = UpdateKind.Volume;
            u.Action = (BookAction)(byte)entry.MDUpdateAction;
            u.Quantity = entry.MDEntrySize;
            SetSequence(ref u, (uint)entry.SecurityID, entry.RptSeq, message.TransactTime);
        }

        return SbeError.None;
    }

    private readonly SbeError Volume66<TSink>(in MessageHead m, scoped ref Output<TSink> output, ref byte indicator)
        where TSink : struct, IUpdateSink
    {
        var error = MDIncrementalRefreshVolumeLongQty66.TryWrap(m.Body, m.BlockLength, m.Version, out var message);
        if (error != SbeError.None) return error;
        indicator = (byte)message.MatchEventIndicator;
        foreach (var entry in message.NoMDEntries)
        {
            ref var u = ref output.Claim();
            u.Kind = UpdateKind.Volume;
            u.Action = (BookAction)(byte)entry.MDUpdateAction;
            u.Quantity = Quantity(entry.MDEntrySize);
            SetSequence(ref u, (uint)entry.SecurityID, entry.RptSeq, message.TransactTime);
        }

        return SbeError.None;
    }

    private readonly SbeError SessionStatistics51<TSink>(in MessageHead m, scoped ref Output<TSink> output, ref byte indicator)
        where TSink : struct, IUpdateSink
    {
        var error = MDIncrementalRefreshSessionStatistics51.TryWrap(m.Body, m.BlockLength, m.Version, out var message);
        if (error != SbeError.None) return error;
        indicator = (byte)message.MatchEventIndicator;
        foreach (var entry in message.NoMDEntries)
        {
            ref var u = ref output.Claim();
            u.Kind = UpdateKind.Statistic;
            u.Action = (BookAction)(byte)entry.MDUpdateAction;
            u.Price = entry.MDEntryPx.Mantissa;
            u.Quantity = Quantity(entry.MDEntrySize);
            u.Code = (byte)entry.MDEntryType;
            u.Detail = StatisticDetail(0, (byte)entry.OpenCloseSettlFlag, 0);
            SetSequence(ref u, (uint)entry.SecurityID, entry.RptSeq, message.TransactTime);
        }

        return SbeError.None;
    }

    private readonly SbeError SessionStatistics67<TSink>(in MessageHead m, scoped ref Output<TSink> output, ref byte indicator)
        where TSink : struct, IUpdateSink
    {
        var error = MDIncrementalRefreshSessionStatisticsLongQty67.TryWrap(m.Body, m.BlockLength, m.Version, out var message);
        if (error != SbeError.None) return error;
        indicator = (byte)message.MatchEventIndicator;
        foreach (var entry in message.NoMDEntries)
        {
            ref var u = ref output.Claim();
            u.Kind = UpdateKind.Statistic;
            u.Action = (BookAction)(byte)entry.MDUpdateAction;
            u.Price = entry.MDEntryPx.Mantissa;
            u.Quantity = Quantity(entry.MDEntrySize);
            u.Code = (byte)entry.MDEntryType;
            u.Detail = StatisticDetail(0, (byte)entry.OpenCloseSettlFlag, 0);
            SetSequence(ref u, (uint)entry.SecurityID, entry.RptSeq, message.TransactTime);
        }

        return SbeError.None;
    }

    private readonly SbeError SessionStatistics35<TSink>(in MessageHead m, scoped ref Output<TSink> output, ref byte indicator)
        where TSink : struct, IUpdateSink
    {
        var error = MDIncrementalRefreshSessionStatistics35.TryWrap(m.Body, m.BlockLength, m.Version, out var message);
        if (error != SbeError.None) return error;
        indicator = (byte)message.MatchEventIndicator;
        foreach (var entry in message.NoMDEntries)
        {
            ref var u = ref output.Claim();
            u.Kind = UpdateKind.Statistic;
            u.Action = (BookAction)(byte)entry.MDUpdateAction;
            u.Price = FromE7(entry.MDEntryPx.Mantissa);
            u.Quantity = Quantity(entry.MDEntrySize);
            u.Code = (byte)entry.MDEntryType;
            u.Detail = StatisticDetail(0, (byte)entry.OpenCloseSettlFlag, 0);
            SetSequence(ref u, (uint)entry.SecurityID, entry.RptSeq, message.TransactTime);
        }

        return SbeError.None;
    }

    private readonly SbeError DailyStatistics49<TSink>(in MessageHead m, scoped ref Output<TSink> output, ref byte indicator)
        where TSink : struct, IUpdateSink
    {
        var error = MDIncrementalRefreshDailyStatistics49.TryWrap(m.Body, m.BlockLength, m.Version, out var message);
        if (error != SbeError.None) return error;
        indicator = (byte)message.MatchEventIndicator;
        foreach (var entry in message.NoMDEntries)
        {
            ref var u = ref output.Claim();
            u.Kind = UpdateKind.Statistic;
            u.Action = (BookAction)(byte)entry.MDUpdateAction;
            u.Price = entry.MDEntryPx.Mantissa;
            u.Quantity = Quantity(entry.MDEntrySize);
            u.Code = (byte)entry.MDEntryType;
            u.Detail = StatisticDetail(entry.TradingReferenceDate, NoOpenCloseFlag, (byte)entry.SettlPriceType);
            SetSequence(ref u, (uint)entry.SecurityID, entry.RptSeq, message.TransactTime);
        }

        return SbeError.None;
    }

    private readonly SbeError DailyStatistics33<TSink>(in MessageHead m, scoped ref Output<TSink> output, ref byte indicator)
        where TSink : struct, IUpdateSink
    {
        var error = MDIncrementalRefreshDailyStatistics33.TryWrap(m.Body, m.BlockLength, m.Version, out var message);
        if (error != SbeError.None) return error;
        indicator = (byte)message.MatchEventIndicator;
        foreach (var entry in message.NoMDEntries)
        {
            ref var u = ref output.Claim();
            u.Kind = UpdateKind.Statistic;
            u.Action = (BookAction)(byte)entry.MDUpdateAction;
            u.Price = FromE7(entry.MDEntryPx.Mantissa);
            u.Quantity = Quantity(entry.MDEntrySize);
            u.Code = (byte)entry.MDEntryType;
            u.Detail = StatisticDetail(entry.TradingReferenceDate, NoOpenCloseFlag, (byte)entry.SettlPriceType);
            SetSequence(ref u, (uint)entry.SecurityID, entry.RptSeq, message.TransactTime);
        }

        return SbeError.None;
    }

    private readonly SbeError LimitsBanding50<TSink>(in MessageHead m, scoped ref Output<TSink> output, ref byte indicator)
        where TSink : struct, IUpdateSink
    {
        var error = MDIncrementalRefreshLimitsBanding50.TryWrap(m.Body, m.BlockLength, m.Version, out var message);
        if (error != SbeError.None) return error;
        indicator = (byte)message.MatchEventIndicator;
        foreach (var entry in message.NoMDEntries)
        {
            ref var u = ref output.Claim();
            u.Kind = UpdateKind.Limits;
            u.Price = entry.LowLimitPrice.Mantissa;
            u.Quantity = entry.HighLimitPrice.Mantissa;
            u.OrderId = (ulong)entry.MaxPriceVariation.Mantissa;
            SetSequence(ref u, (uint)entry.SecurityID, entry.RptSeq, message.TransactTime);
        }

        return SbeError.None;
    }

    private readonly SbeError LimitsBanding34<TSink>(in MessageHead m, scoped ref Output<TSink> output, ref byte indicator)
        where TSink : struct, IUpdateSink
    {
        var error = MDIncrementalRefreshLimitsBanding34.TryWrap(m.Body, m.BlockLength, m.Version, out var message);
        if (error != SbeError.None) return error;
        indicator = (byte)message.MatchEventIndicator;
        foreach (var entry in message.NoMDEntries)
        {
            ref var u = ref output.Claim();
            u.Kind = UpdateKind.Limits;
            u.Price = FromE7(entry.LowLimitPrice.Mantissa);
            u.Quantity = FromE7(entry.HighLimitPrice.Mantissa);
            u.OrderId = (ulong)(FromE7(entry.MaxPriceVariation.Mantissa));
            SetSequence(ref u, (uint)entry.SecurityID, entry.RptSeq, message.TransactTime);
        }

        return SbeError.None;
    }

    private readonly SbeError Status30<TSink>(in MessageHead m, scoped ref Output<TSink> output, ref byte indicator)
        where TSink : struct, IUpdateSink
    {
        var error = SecurityStatus30.TryWrap(m.Body, m.BlockLength, m.Version, out var message);
        if (error != SbeError.None) return error;
        indicator = (byte)message.MatchEventIndicator;
        var id = message.SecurityID;
        ref var u = ref output.Claim();
        u.Kind = UpdateKind.Status;
        u.Instrument = id == int.MaxValue ? 0 : (uint)id;
        u.Code = (byte)message.SecurityTradingStatus;
        u.Detail = (byte)message.HaltReason | ((byte)message.SecurityTradingEvent << 8);
        u.TransactTimeNs = message.TransactTime;

        ref var name = ref output.Claim();
        name.Kind = UpdateKind.DefinitionText;
        name.Code = (byte)DefinitionTextPart.StatusGroup;
        name.Instrument = u.Instrument;
        message.SecurityGroup.CopyTo(name.Text[20..26]);
        message.Asset.CopyTo(name.Text[26..32]);
        return SbeError.None;
    }

    private readonly SbeError Workup60<TSink>(in MessageHead m, scoped ref Output<TSink> output, ref byte indicator)
        where TSink : struct, IUpdateSink
    {
        var error = SecurityStatusWorkup60.TryWrap(m.Body, m.BlockLength, m.Version, out var message);
        if (error != SbeError.None) return error;
        indicator = (byte)message.MatchEventIndicator;
        ref var u = ref output.Claim();
        u.Kind = UpdateKind.Status;
        u.Instrument = (uint)message.SecurityID;
        u.Code = (byte)message.SecurityTradingStatus;
        u.Detail = (byte)message.HaltReason | ((byte)message.SecurityTradingEvent << 8);
        u.Price = message.MDEntryPx.Mantissa;
        u.OrderId = message.TradeLinkID;
        u.TransactTimeNs = message.TransactTime;
        foreach (var order in message.NoOrderIDEntries)
        {
            ref var part = ref output.Claim();
            part.Kind = UpdateKind.TradeOrder;
            part.Instrument = u.Instrument;
            part.OrderId = order.OrderID;
            part.Side = (byte)order.Side == 1 ? BookSide.Bid : BookSide.Ask;
            part.Code = (byte)order.AggressorIndicator;
            part.TransactTimeNs = message.TransactTime;
        }

        return SbeError.None;
    }

    /// <summary>The best orders of an instrument, all of them: they replace those told before.</summary>
    private readonly SbeError TopOrders59<TSink>(in MessageHead m, scoped ref Output<TSink> output, ref byte indicator)
        where TSink : struct, IUpdateSink
    {
        var error = SnapshotRefreshTopOrders59.TryWrap(m.Body, m.BlockLength, m.Version, out var message);
        if (error != SbeError.None) return error;
        indicator = (byte)message.MatchEventIndicator;
        var action = BookAction.New;
        foreach (var entry in message.NoMDEntries)
        {
            ref var u = ref output.Claim();
            u.Kind = UpdateKind.TopOrder;
            u.Action = action;
            u.Side = (byte)entry.MDEntryType is Offer or ImpliedOffer ? BookSide.Ask : BookSide.Bid;
            u.Instrument = (uint)message.SecurityID;
            u.Price = entry.MDEntryPx.Mantissa;
            u.Quantity = entry.MDDisplayQty;
            u.OrderId = entry.OrderID;
            u.Priority = entry.MDOrderPriority;
            u.TransactTimeNs = message.TransactTime;
            action = BookAction.Change;
        }

        if (action == BookAction.Change) return SbeError.None;
        ref var none = ref output.Claim();
        none.Kind = UpdateKind.TopOrder;
        none.Action = BookAction.Delete;
        none.Side = BookSide.None;
        none.Instrument = (uint)message.SecurityID;
        none.TransactTimeNs = message.TransactTime;
        return SbeError.None;
    }

    private readonly SbeError Collateral62<TSink>(in MessageHead m, scoped ref Output<TSink> output, ref byte indicator)
        where TSink : struct, IUpdateSink
    {
        var error = CollateralMarketValue62.TryWrap(m.Body, m.BlockLength, m.Version, out var message);
        if (error != SbeError.None) return error;
        indicator = (byte)message.MatchEventIndicator;
        foreach (var entry in message.NoMDEntries)
        {
            // The collateral is no instrument of the channel: it has a name of its own.
            ref var name = ref output.Claim();
            name.Kind = UpdateKind.DefinitionText;
            name.Code = (byte)DefinitionTextPart.Collateral;
            name.TransactTimeNs = message.TransactTime;
            entry.UnderlyingSecurityAltID.CopyTo(name.Text[..12]);
            name.Text[12] = (byte)entry.UnderlyingSecurityAltIDSource;
            name.Text[13] = (byte)entry.MDStreamID;

            ref var u = ref output.Claim();
            u.Kind = UpdateKind.CollateralValue;
            u.Price = entry.CollateralMarketPrice.Mantissa;
            u.Quantity = entry.DirtyPrice.Mantissa;
            u.OrderId = entry.UnderlyingInstrumentGUID;
            u.TransactTimeNs = message.TransactTime;
        }

        return SbeError.None;
    }

    private readonly SbeError QuoteRequest<TSink>(in MessageHead m, scoped ref Output<TSink> output, ref byte indicator)
        where TSink : struct, IUpdateSink
    {
        var error = QuoteRequest39.TryWrap(m.Body, m.BlockLength, m.Version, out var message);
        if (error != SbeError.None) return error;
        indicator = (byte)message.MatchEventIndicator;
        foreach (var entry in message.NoRelatedSym)
        {
            ref var u = ref output.Claim();
            u.Kind = UpdateKind.QuoteRequest;
            u.Instrument = (uint)entry.SecurityID;
            u.Quantity = Quantity(entry.OrderQty);
            u.Code = (byte)entry.QuoteType;
            u.Side = entry.Side == 1 ? BookSide.Bid : entry.Side == 2 ? BookSide.Ask : BookSide.None;
            u.TransactTimeNs = message.TransactTime;
        }

        return SbeError.None;
    }

    private readonly SbeError ChannelReset<TSink>(in MessageHead m, scoped ref Output<TSink> output, ref byte indicator)
        where TSink : struct, IUpdateSink
    {
        var error = ChannelReset4.TryWrap(m.Body, m.BlockLength, m.Version, out var message);
        if (error != SbeError.None) return error;
        indicator = (byte)message.MatchEventIndicator;
        ref var u = ref output.Claim();
        u.Kind = UpdateKind.ChannelReset;
        u.TransactTimeNs = message.TransactTime;
        return SbeError.None;
    }

    private static SbeError Heartbeat<TSink>(scoped ref Output<TSink> output)
        where TSink : struct, IUpdateSink
    {
        output.Claim().Kind = UpdateKind.Heartbeat;
        return SbeError.None;
    }

    /// <summary>Tag 286 where it does not apply.</summary>
    private const byte NoOpenCloseFlag = byte.MaxValue;

    /// <summary>What a statistic says of itself, see <see cref="UpdateKind.Statistic"/>.</summary>
    private static int StatisticDetail(ushort referenceDate, byte openCloseFlag, byte settlementType) =>
        (referenceDate == ushort.MaxValue ? 0 : referenceDate << 16) | (openCloseFlag << 8) | settlementType;

    private static void SetSequence(ref MarketUpdate u, uint instrument, uint sequence, ulong time)
    {
        u.Instrument = instrument;
        u.InstrumentSequence = sequence;
        u.TransactTimeNs = time;
    }
}
