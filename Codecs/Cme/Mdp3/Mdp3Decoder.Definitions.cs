using System.Buffers.Binary;
using FeedHandler.Codecs.Cme.Mdp3.Schema;
using FeedHandler.Sbe;

namespace FeedHandler.Codecs.Cme.Mdp3;

/// <content>Instrument definitions: templates 54 to 58 and 63, and their forerunners 27, 29, 41.</content>
public partial struct Mdp3Decoder
{
    private readonly SbeError DecodeDefinition<TSink>(in MessageHead m, scoped ref Output<TSink> output, ref byte indicator)
        where TSink : struct, IUpdateSink
    {
        switch (m.Template)
        {
            case MDInstrumentDefinitionFuture54.TemplateId: return Future54(m, ref output, ref indicator);
            case MDInstrumentDefinitionOption55.TemplateId: return Option55(m, ref output, ref indicator);
            case MDInstrumentDefinitionSpread56.TemplateId: return Spread56(m, ref output, ref indicator);
            case MDInstrumentDefinitionFixedIncome57.TemplateId: return FixedIncome57(m, ref output, ref indicator);
            case MDInstrumentDefinitionRepo58.TemplateId: return Repo58(m, ref output, ref indicator);
            case MDInstrumentDefinitionFX63.TemplateId: return Fx63(m, ref output, ref indicator);
            case MDInstrumentDefinitionFuture27.TemplateId: return Future27(m, ref output, ref indicator);
            case MDInstrumentDefinitionSpread29.TemplateId: return Spread29(m, ref output, ref indicator);
            case MDInstrumentDefinitionOption41.TemplateId: return Option41(m, ref output, ref indicator);
            default:
                if (!_schema.Knows(m.Template)) _counters.Unknown++;
                return SbeError.None;
        }
    }

    private static SbeError Future54<TSink>(in MessageHead m, scoped ref Output<TSink> output, ref byte indicator)
        where TSink : struct, IUpdateSink
    {
        var error = MDInstrumentDefinitionFuture54.TryWrap(m.Body, m.BlockLength, m.Version, out var message);
        if (error != SbeError.None) return error;
        indicator = (byte)message.MatchEventIndicator;
        var instrument = (uint)message.SecurityID;
        ref var u = ref output.Claim();
        SetDefinition(ref u, instrument, (byte)message.SecurityUpdateAction, (byte)message.MDSecurityTradingStatus, message.MinPriceIncrement.Mantissa, message.DisplayFactor.Mantissa, MarketUpdate.NullPrice);
        foreach (var feed in message.NoMDFeedTypes) SetFeedType(ref u, feed.MDFeedType, feed.MarketDepth);
        SetClassification(ref output.Claim(), instrument, message.CFICode, message.Currency, message.SettlCurrency, message.SecurityType, new Maturity(message.MaturityMonthYear.Year, message.MaturityMonthYear.Month, message.MaturityMonthYear.Day, message.MaturityMonthYear.Week), message.UnitOfMeasure);
        SetSymbol(ref output.Claim(), instrument, message.Symbol, message.SecurityGroup, message.Asset);
        return SbeError.None;
    }

    private static SbeError Option55<TSink>(in MessageHead m, scoped ref Output<TSink> output, ref byte indicator)
        where TSink : struct, IUpdateSink
    {
        var error = MDInstrumentDefinitionOption55.TryWrap(m.Body, m.BlockLength, m.Version, out var message);
        if (error != SbeError.None) return error;
        indicator = (byte)message.MatchEventIndicator;
        var instrument = (uint)message.SecurityID;
        ref var u = ref output.Claim();
        SetDefinition(ref u, instrument, (byte)message.SecurityUpdateAction, (byte)message.MDSecurityTradingStatus, message.MinPriceIncrement.Mantissa, message.DisplayFactor.Mantissa, message.StrikePrice.Mantissa);
        foreach (var feed in message.NoMDFeedTypes) SetFeedType(ref u, feed.MDFeedType, feed.MarketDepth);
        SetClassification(ref output.Claim(), instrument, message.CFICode, message.Currency, message.SettlCurrency, message.SecurityType, new Maturity(message.MaturityMonthYear.Year, message.MaturityMonthYear.Month, message.MaturityMonthYear.Day, message.MaturityMonthYear.Week), message.UnitOfMeasure);
        SetSymbol(ref output.Claim(), instrument, message.Symbol, message.SecurityGroup, message.Asset);
        return SbeError.None;
    }

    private static SbeError Spread56<TSink>(in MessageHead m, scoped ref Output<TSink> output, ref byte indicator)
        where TSink : struct, IUpdateSink
    {
        var error = MDInstrumentDefinitionSpread56.TryWrap(m.Body, m.BlockLength, m.Version, out var message);
        if (error != SbeError.None) return error;
        indicator = (byte)message.MatchEventIndicator;
        var instrument = (uint)message.SecurityID;
        ref var u = ref output.Claim();
        SetDefinition(ref u, instrument, (byte)message.SecurityUpdateAction, (byte)message.MDSecurityTradingStatus, message.MinPriceIncrement.Mantissa, message.DisplayFactor.Mantissa, MarketUpdate.NullPrice);
        foreach (var feed in message.NoMDFeedTypes) SetFeedType(ref u, feed.MDFeedType, feed.MarketDepth);
        foreach (var leg in message.NoLegs)
        {
            SetLeg(ref output.Claim(), instrument, (uint)leg.LegSecurityID, (byte)leg.LegSide, leg.LegRatioQty, leg.LegPrice.Mantissa);
        }
        SetClassification(ref output.Claim(), instrument, message.CFICode, message.Currency, default, message.SecurityType, new Maturity(message.MaturityMonthYear.Year, message.MaturityMonthYear.Month, message.MaturityMonthYear.Day, message.MaturityMonthYear.Week), message.UnitOfMeasure);
        SetSymbol(ref output.Claim(), instrument, message.Symbol, message.SecurityGroup, message.Asset);
        return SbeError.None;
    }

    private static SbeError FixedIncome57<TSink>(in MessageHead m, scoped ref Output<TSink> output, ref byte indicator)
        where TSink : struct, IUpdateSink
    {
        var error = MDInstrumentDefinitionFixedIncome57.TryWrap(m.Body, m.BlockLength, m.Version, out var message);
        if (error != SbeError.None) return error;
        indicator = (byte)message.MatchEventIndicator;
        var instrument = (uint)message.SecurityID;
        ref var u = ref output.Claim();
        SetDefinition(ref u, instrument, (byte)message.SecurityUpdateAction, (byte)message.MDSecurityTradingStatus, message.MinPriceIncrement.Mantissa, message.DisplayFactor.Mantissa, MarketUpdate.NullPrice);
        foreach (var feed in message.NoMDFeedTypes) SetFeedType(ref u, feed.MDFeedType, feed.MarketDepth);
        SetClassification(ref output.Claim(), instrument, message.CFICode, message.Currency, message.SettlCurrency, message.SecurityType, Maturity.Of(message.MaturityDate), message.UnitOfMeasure);
        SetSymbol(ref output.Claim(), instrument, message.Symbol, message.SecurityGroup, message.Asset);
        return SbeError.None;
    }

    private static SbeError Repo58<TSink>(in MessageHead m, scoped ref Output<TSink> output, ref byte indicator)
        where TSink : struct, IUpdateSink
    {
        var error = MDInstrumentDefinitionRepo58.TryWrap(m.Body, m.BlockLength, m.Version, out var message);
        if (error != SbeError.None) return error;
        indicator = (byte)message.MatchEventIndicator;
        var instrument = (uint)message.SecurityID;
        ref var u = ref output.Claim();
        SetDefinition(ref u, instrument, (byte)message.SecurityUpdateAction, (byte)message.MDSecurityTradingStatus, message.MinPriceIncrement.Mantissa, message.DisplayFactor.Mantissa, MarketUpdate.NullPrice);
        foreach (var feed in message.NoMDFeedTypes) SetFeedType(ref u, feed.MDFeedType, feed.MarketDepth);
        SetClassification(ref output.Claim(), instrument, message.CFICode, message.Currency, message.SettlCurrency, message.SecurityType, Maturity.Of(message.EndDate), message.UnitOfMeasure);
        SetSymbol(ref output.Claim(), instrument, message.Symbol, message.SecurityGroup, message.Asset);
        return SbeError.None;
    }

    private static SbeError Fx63<TSink>(in MessageHead m, scoped ref Output<TSink> output, ref byte indicator)
        where TSink : struct, IUpdateSink
    {
        var error = MDInstrumentDefinitionFX63.TryWrap(m.Body, m.BlockLength, m.Version, out var message);
        if (error != SbeError.None) return error;
        indicator = (byte)message.MatchEventIndicator;
        var instrument = (uint)message.SecurityID;
        ref var u = ref output.Claim();
        SetDefinition(ref u, instrument, (byte)message.SecurityUpdateAction, (byte)message.MDSecurityTradingStatus, message.MinPriceIncrement.Mantissa, message.DisplayFactor.Mantissa, MarketUpdate.NullPrice);
        foreach (var feed in message.NoMDFeedTypes) SetFeedType(ref u, feed.MDFeedType, feed.MarketDepth);
        SetClassification(ref output.Claim(), instrument, message.CFICode, message.Currency, message.SettlCurrency, message.SecurityType, new Maturity(message.MaturityMonthYear.Year, message.MaturityMonthYear.Month, message.MaturityMonthYear.Day, message.MaturityMonthYear.Week), message.UnitOfMeasure);
        SetSymbol(ref output.Claim(), instrument, message.Symbol, message.SecurityGroup, message.Asset);
        return SbeError.None;
    }

    private static SbeError Future27<TSink>(in MessageHead m, scoped ref Output<TSink> output, ref byte indicator)
        where TSink : struct, IUpdateSink
    {
        var error = MDInstrumentDefinitionFuture27.TryWrap(m.Body, m.BlockLength, m.Version, out var message);
        if (error != SbeError.None) return error;
        indicator = (byte)message.MatchEventIndicator;
        var instrument = (uint)message.SecurityID;
        ref var u = ref output.Claim();
        SetDefinition(ref u, instrument, (byte)message.SecurityUpdateAction, (byte)message.MDSecurityTradingStatus, FromE7(message.MinPriceIncrement.Mantissa), FromE7(message.DisplayFactor.Mantissa), MarketUpdate.NullPrice);
        foreach (var feed in message.NoMDFeedTypes) SetFeedType(ref u, feed.MDFeedType, feed.MarketDepth);
        SetClassification(ref output.Claim(), instrument, message.CFICode, message.Currency, message.SettlCurrency, message.SecurityType, new Maturity(message.MaturityMonthYear.Year, message.MaturityMonthYear.Month, message.MaturityMonthYear.Day, message.MaturityMonthYear.Week), message.UnitOfMeasure);
        SetSymbol(ref output.Claim(), instrument, message.Symbol, message.SecurityGroup, message.Asset);
        return SbeError.None;
    }

    private static SbeError Spread29<TSink>(in MessageHead m, scoped ref Output<TSink> output, ref byte indicator)
        where TSink : struct, IUpdateSink
    {
        var error = MDInstrumentDefinitionSpread29.TryWrap(m.Body, m.BlockLength, m.Version, out var message);
        if (error != SbeError.None) return error;
        indicator = (byte)message.MatchEventIndicator;
        var instrument = (uint)message.SecurityID;
        ref var u = ref output.Claim();
        SetDefinition(ref u, instrument, (byte)message.SecurityUpdateAction, (byte)message.MDSecurityTradingStatus, FromE7(message.MinPriceIncrement.Mantissa), FromE7(message.DisplayFactor.Mantissa), MarketUpdate.NullPrice);
        foreach (var feed in message.NoMDFeedTypes) SetFeedType(ref u, feed.MDFeedType, feed.MarketDepth);
        foreach (var leg in message.NoLegs)
        {
            SetLeg(ref output.Claim(), instrument, (uint)leg.LegSecurityID, (byte)leg.LegSide, leg.LegRatioQty, FromE7(leg.LegPrice.Mantissa));
        }
        SetClassification(ref output.Claim(), instrument, message.CFICode, message.Currency, default, message.SecurityType, new Maturity(message.MaturityMonthYear.Year, message.MaturityMonthYear.Month, message.MaturityMonthYear.Day, message.MaturityMonthYear.Week), message.UnitOfMeasure);
        SetSymbol(ref output.Claim(), instrument, message.Symbol, message.SecurityGroup, message.Asset);
        return SbeError.None;
    }

    private static SbeError Option41<TSink>(in MessageHead m, scoped ref Output<TSink> output, ref byte indicator)
        where TSink : struct, IUpdateSink
    {
        var error = MDInstrumentDefinitionOption41.TryWrap(m.Body, m.BlockLength, m.Version, out var message);
        if (error != SbeError.None) return error;
        indicator = (byte)message.MatchEventIndicator;
        var instrument = (uint)message.SecurityID;
        ref var u = ref output.Claim();
        SetDefinition(ref u, instrument, (byte)message.SecurityUpdateAction, (byte)message.MDSecurityTradingStatus, FromE7(message.MinPriceIncrement.Mantissa), FromE7(message.DisplayFactor.Mantissa), FromE7(message.StrikePrice.Mantissa));
        foreach (var feed in message.NoMDFeedTypes) SetFeedType(ref u, feed.MDFeedType, feed.MarketDepth);
        SetClassification(ref output.Claim(), instrument, message.CFICode, message.Currency, message.SettlCurrency, message.SecurityType, new Maturity(message.MaturityMonthYear.Year, message.MaturityMonthYear.Month, message.MaturityMonthYear.Day, message.MaturityMonthYear.Week), message.UnitOfMeasure);
        SetSymbol(ref output.Claim(), instrument, message.Symbol, message.SecurityGroup, message.Asset);
        return SbeError.None;
    }

    private static void SetDefinition(ref MarketUpdate u, uint instrument, byte action, byte status, long tick, long displayFactor, long strike)
    {
        u.Kind = UpdateKind.Definition;
        u.Instrument = instrument;
        u.Action = action switch
        {
            (byte)'D' => BookAction.Delete,
            (byte)'M' => BookAction.Change,
            _ => BookAction.New,
        };
        u.Price = tick;
        u.Quantity = displayFactor;
        u.OrderId = (ulong)strike;
        u.Detail = status == byte.MaxValue ? 0 : status;
    }

    /// <summary>Tag 1022: GBX is the outright book, GBI the implied one; the others have no depth of levels.</summary>
    private static void SetFeedType(ref MarketUpdate u, ReadOnlySpan<byte> type, int depth)
    {
        var flag = DefinitionFeeds.Other;
        if (type.SequenceEqual("GBX"u8))
        {
            u.Level = (byte)Math.Max(depth, 0);
            flag = DefinitionFeeds.Outright;
        }
        else if (type.SequenceEqual("GBI"u8))
        {
            u.Code = (byte)Math.Max(depth, 0);
            flag = DefinitionFeeds.Implied;
        }

        u.Detail |= (int)flag << 8;
    }

    /// <summary>The symbol ends a definition: whoever keeps it waits for this part.</summary>
    private static void SetSymbol(ref MarketUpdate u, uint instrument, ReadOnlySpan<byte> symbol, ReadOnlySpan<byte> group, ReadOnlySpan<byte> asset)
    {
        u.Kind = UpdateKind.DefinitionText;
        u.Instrument = instrument;
        u.Code = (byte)DefinitionTextPart.Symbol;
        symbol.CopyTo(u.Text[..20]);
        group.CopyTo(u.Text[20..26]);
        asset.CopyTo(u.Text[26..32]);
    }

    private static void SetClassification(
        ref MarketUpdate u, uint instrument, ReadOnlySpan<byte> cfi, ReadOnlySpan<byte> currency, ReadOnlySpan<byte> settlement, ReadOnlySpan<byte> type, Maturity maturity, ReadOnlySpan<byte> unit)
    {
        u.Kind = UpdateKind.DefinitionText;
        u.Instrument = instrument;
        u.Code = (byte)DefinitionTextPart.Classification;
        cfi.CopyTo(u.Text[..6]);
        currency.CopyTo(u.Text[6..9]);
        settlement.CopyTo(u.Text[9..12]);
        type.CopyTo(u.Text[12..18]);
        BinaryPrimitives.WriteUInt16LittleEndian(u.Text[18..], maturity.Year);
        u.Text[20] = maturity.Month;
        u.Text[21] = maturity.Day;
        u.Text[22] = maturity.Week;
        unit[..Math.Min(unit.Length, 9)].CopyTo(u.Text[23..]);
    }

    private static void SetLeg(ref MarketUpdate u, uint instrument, uint leg, byte side, int ratio, long price)
    {
        u.Kind = UpdateKind.DefinitionLeg;
        u.Instrument = instrument;
        u.OrderId = leg;
        u.Side = side == 1 ? BookSide.Bid : BookSide.Ask;
        u.Quantity = ratio;
        u.Price = price;
    }

    /// <summary>When a contract ends, as far as the venue says; 0 for what it does not.</summary>
    private readonly struct Maturity(ushort year, byte month, byte day, byte week)
    {
        public ushort Year { get; } = year == ushort.MaxValue ? (ushort)0 : year;

        public byte Month { get; } = month == byte.MaxValue ? (byte)0 : month;

        public byte Day { get; } = day == byte.MaxValue ? (byte)0 : day;

        public byte Week { get; } = week == byte.MaxValue ? (byte)0 : week;

        /// <summary>From days since the Unix epoch.</summary>
        public static Maturity Of(ushort days)
        {
            if (days == ushort.MaxValue) return default;
            var date = DateOnly.FromDateTime(DateTime.UnixEpoch).AddDays(days);
            return new Maturity((ushort)date.Year, (byte)date.Month, (byte)date.Day, 0);
        }
    }
}
