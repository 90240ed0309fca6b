using FeedHandler.Codecs.Cme.Mdp3.Schema;
using FeedHandler.Sbe;

namespace FeedHandler.Codecs.Cme.Mdp3;

/// <content>Instrument definitions: templates 54 to 58 and 63, and their forerunners 27, 29, 41.</content>
public partial struct Mdp3Decoder
{
    private readonly SbeError DecodeDefinition<TSink>(in MessageHead m, scoped ref Output<TSink> output)
        where TSink : struct, IUpdateSink
    {
        switch (m.Template)
        {
            case MDInstrumentDefinitionFuture54.TemplateId: return Future54(m, ref output);
            case MDInstrumentDefinitionOption55.TemplateId: return Option55(m, ref output);
            case MDInstrumentDefinitionSpread56.TemplateId: return Spread56(m, ref output);
            case MDInstrumentDefinitionFixedIncome57.TemplateId: return FixedIncome57(m, ref output);
            case MDInstrumentDefinitionRepo58.TemplateId: return Repo58(m, ref output);
            case MDInstrumentDefinitionFX63.TemplateId: return Fx63(m, ref output);
            case MDInstrumentDefinitionFuture27.TemplateId: return Future27(m, ref output);
            case MDInstrumentDefinitionSpread29.TemplateId: return Spread29(m, ref output);
            case MDInstrumentDefinitionOption41.TemplateId: return Option41(m, ref output);
            default:
                if (!_schema.Knows(m.Template)) _counters.Unknown++;
                return SbeError.None;
        }
    }

    private static SbeError Future54<TSink>(in MessageHead m, scoped ref Output<TSink> output)
        where TSink : struct, IUpdateSink
    {
        var error = MDInstrumentDefinitionFuture54.TryWrap(m.Body, m.BlockLength, m.Version, out var message);
        if (error != SbeError.None) return error;
        var instrument = (uint)message.SecurityID;
        ref var u = ref output.Claim();
        SetDefinition(ref u, instrument, (byte)message.SecurityUpdateAction, (byte)message.MDSecurityTradingStatus, message.MinPriceIncrement.Mantissa, message.DisplayFactor.Mantissa);
        foreach (var feed in message.NoMDFeedTypes) SetFeedType(ref u, feed.MDFeedType, feed.MarketDepth);
        ref var text = ref output.Claim();
        SetText(ref text, instrument, DefinitionTextPart.Symbol);
        message.Symbol.CopyTo(text.Text[..20]);
        message.SecurityGroup.CopyTo(text.Text[20..26]);
        message.Asset.CopyTo(text.Text[26..32]);
        return SbeError.None;
    }

    private static SbeError Option55<TSink>(in MessageHead m, scoped ref Output<TSink> output)
        where TSink : struct, IUpdateSink
    {
        var error = MDInstrumentDefinitionOption55.TryWrap(m.Body, m.BlockLength, m.Version, out var message);
        if (error != SbeError.None) return error;
        var instrument = (uint)message.SecurityID;
        ref var u = ref output.Claim();
        SetDefinition(ref u, instrument, (byte)message.SecurityUpdateAction, (byte)message.MDSecurityTradingStatus, message.MinPriceIncrement.Mantissa, message.DisplayFactor.Mantissa);
        foreach (var feed in message.NoMDFeedTypes) SetFeedType(ref u, feed.MDFeedType, feed.MarketDepth);
        ref var text = ref output.Claim();
        SetText(ref text, instrument, DefinitionTextPart.Symbol);
        message.Symbol.CopyTo(text.Text[..20]);
        message.SecurityGroup.CopyTo(text.Text[20..26]);
        message.Asset.CopyTo(text.Text[26..32]);
        return SbeError.None;
    }

    private static SbeError Spread56<TSink>(in MessageHead m, scoped ref Output<TSink> output)
        where TSink : struct, IUpdateSink
    {
        var error = MDInstrumentDefinitionSpread56.TryWrap(m.Body, m.BlockLength, m.Version, out var message);
        if (error != SbeError.None) return error;
        var instrument = (uint)message.SecurityID;
        ref var u = ref output.Claim();
        SetDefinition(ref u, instrument, (byte)message.SecurityUpdateAction, (byte)message.MDSecurityTradingStatus, message.MinPriceIncrement.Mantissa, message.DisplayFactor.Mantissa);
        foreach (var feed in message.NoMDFeedTypes) SetFeedType(ref u, feed.MDFeedType, feed.MarketDepth);
        ref var text = ref output.Claim();
        SetText(ref text, instrument, DefinitionTextPart.Symbol);
        message.Symbol.CopyTo(text.Text[..20]);
        message.SecurityGroup.CopyTo(text.Text[20..26]);
        message.Asset.CopyTo(text.Text[26..32]);

        foreach (var leg in message.NoLegs)
        {
            SetLeg(ref output.Claim(), instrument, (uint)leg.LegSecurityID, (byte)leg.LegSide, leg.LegRatioQty, leg.LegPrice.Mantissa);
        }
        return SbeError.None;
    }

    private static SbeError FixedIncome57<TSink>(in MessageHead m, scoped ref Output<TSink> output)
        where TSink : struct, IUpdateSink
    {
        var error = MDInstrumentDefinitionFixedIncome57.TryWrap(m.Body, m.BlockLength, m.Version, out var message);
        if (error != SbeError.None) return error;
        var instrument = (uint)message.SecurityID;
        ref var u = ref output.Claim();
        SetDefinition(ref u, instrument, (byte)message.SecurityUpdateAction, (byte)message.MDSecurityTradingStatus, message.MinPriceIncrement.Mantissa, message.DisplayFactor.Mantissa);
        foreach (var feed in message.NoMDFeedTypes) SetFeedType(ref u, feed.MDFeedType, feed.MarketDepth);
        ref var text = ref output.Claim();
        SetText(ref text, instrument, DefinitionTextPart.Symbol);
        message.Symbol.CopyTo(text.Text[..20]);
        message.SecurityGroup.CopyTo(text.Text[20..26]);
        message.Asset.CopyTo(text.Text[26..32]);
        return SbeError.None;
    }

    private static SbeError Repo58<TSink>(in MessageHead m, scoped ref Output<TSink> output)
        where TSink : struct, IUpdateSink
    {
        var error = MDInstrumentDefinitionRepo58.TryWrap(m.Body, m.BlockLength, m.Version, out var message);
        if (error != SbeError.None) return error;
        var instrument = (uint)message.SecurityID;
        ref var u = ref output.Claim();
        SetDefinition(ref u, instrument, (byte)message.SecurityUpdateAction, (byte)message.MDSecurityTradingStatus, message.MinPriceIncrement.Mantissa, message.DisplayFactor.Mantissa);
        foreach (var feed in message.NoMDFeedTypes) SetFeedType(ref u, feed.MDFeedType, feed.MarketDepth);
        ref var text = ref output.Claim();
        SetText(ref text, instrument, DefinitionTextPart.Symbol);
        message.Symbol.CopyTo(text.Text[..20]);
        message.SecurityGroup.CopyTo(text.Text[20..26]);
        message.Asset.CopyTo(text.Text[26..32]);
        return SbeError.None;
    }

    private static SbeError Fx63<TSink>(in MessageHead m, scoped ref Output<TSink> output)
        where TSink : struct, IUpdateSink
    {
        var error = MDInstrumentDefinitionFX63.TryWrap(m.Body, m.BlockLength, m.Version, out var message);
        if (error != SbeError.None) return error;
        var instrument = (uint)message.SecurityID;
        ref var u = ref output.Claim();
        SetDefinition(ref u, instrument, (byte)message.SecurityUpdateAction, (byte)message.MDSecurityTradingStatus, message.MinPriceIncrement.Mantissa, message.DisplayFactor.Mantissa);
        foreach (var feed in message.NoMDFeedTypes) SetFeedType(ref u, feed.MDFeedType, feed.MarketDepth);
        ref var text = ref output.Claim();
        SetText(ref text, instrument, DefinitionTextPart.Symbol);
        message.Symbol.CopyTo(text.Text[..20]);
        message.SecurityGroup.CopyTo(text.Text[20..26]);
        message.Asset.CopyTo(text.Text[26..32]);
        return SbeError.None;
    }

    private static SbeError Future27<TSink>(in MessageHead m, scoped ref Output<TSink> output)
        where TSink : struct, IUpdateSink
    {
        var error = MDInstrumentDefinitionFuture27.TryWrap(m.Body, m.BlockLength, m.Version, out var message);
        if (error != SbeError.None) return error;
        var instrument = (uint)message.SecurityID;
        ref var u = ref output.Claim();
        SetDefinition(ref u, instrument, (byte)message.SecurityUpdateAction, (byte)message.MDSecurityTradingStatus, FromE7(message.MinPriceIncrement.Mantissa), FromE7(message.DisplayFactor.Mantissa));
        foreach (var feed in message.NoMDFeedTypes) SetFeedType(ref u, feed.MDFeedType, feed.MarketDepth);
        ref var text = ref output.Claim();
        SetText(ref text, instrument, DefinitionTextPart.Symbol);
        message.Symbol.CopyTo(text.Text[..20]);
        message.SecurityGroup.CopyTo(text.Text[20..26]);
        message.Asset.CopyTo(text.Text[26..32]);
        return SbeError.None;
    }

    private static SbeError Spread29<TSink>(in MessageHead m, scoped ref Output<TSink> output)
        where TSink : struct, IUpdateSink
    {
        var error = MDInstrumentDefinitionSpread29.TryWrap(m.Body, m.BlockLength, m.Version, out var message);
        if (error != SbeError.None) return error;
        var instrument = (uint)message.SecurityID;
        ref var u = ref output.Claim();
        SetDefinition(ref u, instrument, (byte)message.SecurityUpdateAction, (byte)message.MDSecurityTradingStatus, FromE7(message.MinPriceIncrement.Mantissa), FromE7(message.DisplayFactor.Mantissa));
        foreach (var feed in message.NoMDFeedTypes) SetFeedType(ref u, feed.MDFeedType, feed.MarketDepth);
        ref var text = ref output.Claim();
        SetText(ref text, instrument, DefinitionTextPart.Symbol);
        message.Symbol.CopyTo(text.Text[..20]);
        message.SecurityGroup.CopyTo(text.Text[20..26]);
        message.Asset.CopyTo(text.Text[26..32]);

        foreach (var leg in message.NoLegs)
        {
            SetLeg(ref output.Claim(), instrument, (uint)leg.LegSecurityID, (byte)leg.LegSide, leg.LegRatioQty, FromE7(leg.LegPrice.Mantissa));
        }
        return SbeError.None;
    }

    private static SbeError Option41<TSink>(in MessageHead m, scoped ref Output<TSink> output)
        where TSink : struct, IUpdateSink
    {
        var error = MDInstrumentDefinitionOption41.TryWrap(m.Body, m.BlockLength, m.Version, out var message);
        if (error != SbeError.None) return error;
        var instrument = (uint)message.SecurityID;
        ref var u = ref output.Claim();
        SetDefinition(ref u, instrument, (byte)message.SecurityUpdateAction, (byte)message.MDSecurityTradingStatus, FromE7(message.MinPriceIncrement.Mantissa), FromE7(message.DisplayFactor.Mantissa));
        foreach (var feed in message.NoMDFeedTypes) SetFeedType(ref u, feed.MDFeedType, feed.MarketDepth);
        ref var text = ref output.Claim();
        SetText(ref text, instrument, DefinitionTextPart.Symbol);
        message.Symbol.CopyTo(text.Text[..20]);
        message.SecurityGroup.CopyTo(text.Text[20..26]);
        message.Asset.CopyTo(text.Text[26..32]);
        return SbeError.None;
    }

    private static void SetDefinition(ref MarketUpdate u, uint instrument, byte action, byte status, long tick, long displayFactor)
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
        u.Detail = status == byte.MaxValue ? 0 : status;
    }

    /// <summary>Tag 1022: GBX is the outright book, GBI the implied one; GBO would be the order book, which has no depth.</summary>
    private static void SetFeedType(ref MarketUpdate u, ReadOnlySpan<byte> type, int depth)
    {
        if (type.StartsWith("GBX"u8)) u.Level = (byte)Math.Max(depth, 0);
        else if (type.StartsWith("GBI"u8)) u.Code = (byte)Math.Max(depth, 0);
    }

    private static void SetText(ref MarketUpdate u, uint instrument, DefinitionTextPart part)
    {
        u.Kind = UpdateKind.DefinitionText;
        u.Instrument = instrument;
        u.Code = (byte)part;
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
}
