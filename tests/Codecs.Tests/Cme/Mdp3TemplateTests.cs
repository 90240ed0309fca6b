using System.Globalization;
using System.Text;
using FeedHandler.Codecs.Cme.Mdp3;

namespace FeedHandler.Codecs.Tests.Cme;

/// <summary>Every template that the venue sends over UDP, in every schema version from 6 to 13 that has it.</summary>
public sealed class Mdp3TemplateTests
{
    private const string Head = "TransactTime=77 MatchEventIndicator=128";

    private const string DefinitionRoot =
        "MatchEventIndicator=128 SecurityUpdateAction='M MDSecurityTradingStatus=17 SecurityGroup='GRP Asset='AST Symbol='SYM1 SecurityID=7 SecurityType='TYPE CFICode='CFICOD Currency='USD UnitOfMeasure='LONGUNITNAME ";

    private const string Feeds = "\nNoMDFeedTypes: MDFeedType='GBX MarketDepth=10\nNoMDFeedTypes: MDFeedType='GBI MarketDepth=2\n";

    /// <summary>Templates that come over TCP only, where no decoder of ours listens.</summary>
    private static readonly int[] OverTcp = [15, 16, 61, 68];

    /// <summary>Role, fields, and the updates that they must become.</summary>
    private static readonly Dictionary<int, (FeedRole Role, string Fields, string Updates)> Expected = new()
    {
        [4] = (FeedRole.Incremental, Head + "\nNoMDEntries: ApplID=310", "ChannelReset i=0 t=77 End"),
        [12] = (FeedRole.Incremental, "", "Heartbeat i=0"),
        [30] = (FeedRole.Incremental, Head + " SecurityGroup='GRP Asset='AST SecurityID=7 SecurityTradingStatus=2 HaltReason=1 SecurityTradingEvent=4", "Status i=7 code=2 detail=1025 t=77; DefinitionText i=7 StatusGroup GRP AST End"),
        [32] = (FeedRole.Incremental, Book("5", orders: true), Levels(orders: true)),
        [46] = (FeedRole.Incremental, Book("500", orders: true), Levels(orders: true)),
        [64] = (FeedRole.Incremental, Book("500", orders: true), Levels(orders: true)),
        [43] = (FeedRole.Incremental, Head + "\nNoMDEntries: OrderID=90 MDOrderPriority=9 MDEntryPx=5 MDDisplayQty=3 SecurityID=7 MDUpdateAction=1 MDEntryType='1", "Order i=7 Ask Change p=500 q=3 id=90 priority=9 t=77 End"),
        [47] = (FeedRole.Incremental, Head + "\nNoMDEntries: OrderID=90 MDOrderPriority=9 MDEntryPx=500 MDDisplayQty=3 SecurityID=7 MDUpdateAction=1 MDEntryType='1", "Order i=7 Ask Change p=500 q=3 id=90 priority=9 t=77 End"),
        [36] = (FeedRole.Incremental, Head + "\nNoMDEntries: MDEntryPx=5 MDEntrySize=4 SecurityID=7 RptSeq=11 NumberOfOrders=2 TradeID=55 AggressorSide=1 MDUpdateAction=2", "Trade i=7/11 Bid Delete p=500 q=4 id=55 n=2 t=77 End"),
        [42] = (FeedRole.Incremental, Trades("5"), "Trade i=7/11 Bid New p=500 q=4 n=2 t=77; Trade i=8/3 Ask Change p=500 q=4 t=77; Trade i=9/2 None Delete p=500 q=4 t=77; TradeOrder i=7 q=3 id=1 t=77; TradeOrder i=7 q=3 id=2 t=77 End"),
        [48] = (FeedRole.Incremental, Trades("500"), "Trade i=7/11 Bid New p=500 q=4 id=55 n=2 t=77; Trade i=8/3 Ask Change p=500 q=4 id=56 t=77; Trade i=9/2 None Delete p=500 q=4 id=57 t=77; TradeOrder i=7 q=3 id=1 t=77; TradeOrder i=7 q=3 id=2 t=77 End"),
        [65] = (FeedRole.Incremental, Trades("500"), "Trade i=7/11 Bid New p=500 q=4 id=55 n=2 t=77; Trade i=8/3 Ask Change p=500 q=4 id=56 t=77; Trade i=9/2 None Delete p=500 q=4 id=57 t=77; TradeOrder i=7 q=3 id=1 t=77; TradeOrder i=7 q=3 id=2 t=77 End"),
        [33] = (FeedRole.Incremental, Daily("5"), DailyUpdates),
        [49] = (FeedRole.Incremental, Daily("500"), DailyUpdates),
        [34] = (FeedRole.Incremental, Head + "\nNoMDEntries: HighLimitPrice=9 LowLimitPrice=1 MaxPriceVariation=2 SecurityID=7 RptSeq=11", "Limits i=7/11 p=100 q=900 id=200 t=77 End"),
        [50] = (FeedRole.Incremental, Head + "\nNoMDEntries: HighLimitPrice=900 LowLimitPrice=100 MaxPriceVariation=200 SecurityID=7 RptSeq=11", "Limits i=7/11 p=100 q=900 id=200 t=77 End"),
        [35] = (FeedRole.Incremental, Session("5"), SessionUpdates),
        [51] = (FeedRole.Incremental, Session("500"), SessionUpdates),
        [67] = (FeedRole.Incremental, Session("500"), SessionUpdates),
        [37] = (FeedRole.Incremental, Head + "\nNoMDEntries: MDEntrySize=44 SecurityID=7 RptSeq=11 MDUpdateAction=1", "Volume i=7/11 Change q=44 t=77 End"),
        [66] = (FeedRole.Incremental, Head + "\nNoMDEntries: MDEntrySize=44 SecurityID=7 RptSeq=11 MDUpdateAction=1", "Volume i=7/11 Change q=44 t=77 End"),
        [39] = (FeedRole.Incremental, Head + " QuoteReqID='Q1\nNoRelatedSym: Symbol='SYM1 SecurityID=7 OrderQty=5 QuoteType=1 Side=2\nNoRelatedSym: SecurityID=8 OrderQty=null QuoteType=1 Side=null", "QuoteRequest i=7 Ask code=1 q=5 t=77; QuoteRequest i=8 None code=1 t=77 End"),
        [59] = (FeedRole.Incremental, Head + " SecurityID=7\nNoMDEntries: OrderID=90 MDOrderPriority=9 MDEntryPx=500 MDDisplayQty=3 MDEntryType='0\nNoMDEntries: OrderID=91 MDOrderPriority=8 MDEntryPx=600 MDDisplayQty=4 MDEntryType='1", "TopOrder i=7 Bid New p=500 q=3 id=90 priority=9 t=77; TopOrder i=7 Ask Change p=600 q=4 id=91 priority=8 t=77 End"),
        [60] = (FeedRole.Incremental, Head + " MDEntryPx=500 SecurityID=7 TradeLinkID=66 SecurityTradingStatus=202 HaltReason=1 SecurityTradingEvent=4\nNoOrderIDEntries: OrderID=90 Side=2 AggressorIndicator=1", "Status i=7 code=202 p=500 id=66 detail=1025 t=77; TradeOrder i=7 Ask code=1 id=90 t=77 End"),
        [62] = (FeedRole.Incremental, Head + "\nNoMDEntries: UnderlyingSecurityAltID='US0000000001 UnderlyingSecurityAltIDSource=4 CollateralMarketPrice=500 DirtyPrice=600 UnderlyingInstrumentGUID=99 MDStreamID=2", "DefinitionText i=0 Collateral US0000000001 4 2; CollateralValue i=0 p=500 q=600 id=99 t=77 End"),
        [38] = (FeedRole.Snapshot, Image("5", "9", "1"), ImageUpdates(dated: true)),
        [52] = (FeedRole.Snapshot, Image("500", "900", "100"), ImageUpdates(dated: true)),
        [69] = (FeedRole.Snapshot, Image("500", "900", "100").Replace(" TradingReferenceDate=20000 SettlPriceType=3", "", StringComparison.Ordinal), ImageUpdates(dated: false)),
        [44] = (FeedRole.OrderSnapshot, OrderImage("5"), "SnapshotBegin i=7 code=1 p=2 q=3 id=4444 t=77; Order i=7 Ask p=500 q=3 id=90 priority=9 t=77; SnapshotEnd i=7 q=1"),
        [53] = (FeedRole.OrderSnapshot, OrderImage("500"), "SnapshotBegin i=7 code=1 p=2 q=3 id=4444 t=77; Order i=7 Ask p=500 q=3 id=90 priority=9 t=77; SnapshotEnd i=7 q=1"),
        [27] = (FeedRole.Definitions, DefinitionRoot + "SettlCurrency='EUR MaturityMonthYear.year=2026 MaturityMonthYear.month=12 MaturityMonthYear.day=255 MaturityMonthYear.week=3 MinPriceIncrement=5 DisplayFactor=7" + Feeds, DefinitionUpdates("2026-12-0w3")),
        [54] = (FeedRole.Definitions, DefinitionRoot + "SettlCurrency='EUR MaturityMonthYear.year=2026 MaturityMonthYear.month=12 MaturityMonthYear.day=18 MaturityMonthYear.week=3 MinPriceIncrement=500 DisplayFactor=700" + Feeds, DefinitionUpdates("2026-12-18w3")),
        [41] = (FeedRole.Definitions, DefinitionRoot + "SettlCurrency='EUR MaturityMonthYear.year=2026 MaturityMonthYear.month=12 StrikePrice=44 MinPriceIncrement=5 DisplayFactor=7" + Feeds, DefinitionUpdates("2026-12-0w0", strike: "4400")),
        [55] = (FeedRole.Definitions, DefinitionRoot + "SettlCurrency='EUR MaturityMonthYear.year=2026 MaturityMonthYear.month=12 StrikePrice=4400 MinPriceIncrement=500 DisplayFactor=700" + Feeds, DefinitionUpdates("2026-12-0w0", strike: "4400")),
        [29] = (FeedRole.Definitions, DefinitionRoot + "MaturityMonthYear.year=2026 MinPriceIncrement=5 DisplayFactor=7" + Feeds + "NoLegs: LegSecurityID=8 LegSide=2 LegRatioQty=3 LegPrice=6", DefinitionUpdates("2026-0-0w0", settlement: "", leg: "DefinitionLeg i=7 Ask p=600 q=3 id=8; ")),
        [56] = (FeedRole.Definitions, DefinitionRoot + "MaturityMonthYear.year=2026 MinPriceIncrement=500 DisplayFactor=700" + Feeds + "NoLegs: LegSecurityID=8 LegSide=2 LegRatioQty=3 LegPrice=600", DefinitionUpdates("2026-0-0w0", settlement: "", leg: "DefinitionLeg i=7 Ask p=600 q=3 id=8; ")),
        [57] = (FeedRole.Definitions, DefinitionRoot + "SettlCurrency='EUR MaturityDate=20805 MinPriceIncrement=500 DisplayFactor=700" + Feeds, DefinitionUpdates("2026-12-18w0")),
        [58] = (FeedRole.Definitions, DefinitionRoot + "SettlCurrency='EUR EndDate=20805 MinPriceIncrement=500 DisplayFactor=700" + Feeds, DefinitionUpdates("2026-12-18w0")),
        [63] = (FeedRole.Definitions, DefinitionRoot + "SettlCurrency='EUR MaturityMonthYear.year=2026 MinPriceIncrement=500 DisplayFactor=700" + Feeds, DefinitionUpdates("2026-0-0w0")),
    };

    /// <summary>What a version below the one of a field does not say.</summary>
    private static string Since(string text, int template, int version) => (template, version) switch
    {
        (32, 6) => text.Replace("; Order i=7 Bid Delete p=500 q=3 id=90 priority=9 t=77", "", StringComparison.Ordinal),
        (35, < 8) => text.Replace(" q=6", "", StringComparison.Ordinal),
        _ => text,
    };

    public static TheoryData<int, int> TemplatesAndVersions()
    {
        var data = new TheoryData<int, int>();
        foreach (var message in SchemaBytes.Messages.Where(message => !OverTcp.Contains(message.Id)))
        {
            foreach (var version in SchemaBytes.VersionsOf(message.Id)) data.Add(message.Id, version);
        }

        return data;
    }

    [Theory]
    [MemberData(nameof(TemplatesAndVersions))]
    public void Every_template_of_every_version_becomes_its_updates(int template, int version)
    {
        var (role, fields, updates) = Expected[template];
        var all = Decode(role, SchemaBytes.Write(template, version, fields));
        Assert.Equal(Since(updates, template, version), string.Join("; ", all.Select(Text)));
    }

    [Theory]
    [InlineData("'A", BookAction.New)]
    [InlineData("'M", BookAction.Change)]
    [InlineData("'D", BookAction.Delete)]
    public void Definitions_in_the_incremental_feed_add_change_and_delete_and_end_their_event(string action, BookAction expected)
    {
        var all = Decode(FeedRole.Incremental, SchemaBytes.Write(54, 13, $"MatchEventIndicator=128 SecurityUpdateAction={action} SecurityID=7 Symbol='SYM1"));
        Assert.Equal([UpdateKind.Definition, UpdateKind.DefinitionText, UpdateKind.DefinitionText], all.Select(u => u.Kind));
        Assert.Equal(expected, all[0].Action);
        Assert.Equal((UpdateFlags.EndOfEvent, (byte)DefinitionTextPart.Symbol), (all[^1].Flags, all[^1].Code));
    }

    [Fact]
    public void An_image_of_no_top_orders_says_that_there_are_none() =>
        Assert.Equal("TopOrder i=7 None Delete t=77 End", Text(Assert.Single(Decode(FeedRole.Incremental, SchemaBytes.Write(59, 13, Head + " SecurityID=7")))));

    [Fact]
    public void An_empty_image_may_say_so_by_a_reset_entry() =>
        Assert.Equal(
            [UpdateKind.SnapshotBegin, UpdateKind.SnapshotEnd],
            Decode(FeedRole.Snapshot, SchemaBytes.Write(52, 13, "LastMsgSeqNumProcessed=4 SecurityID=7 HighLimitPrice=null LowLimitPrice=null MaxPriceVariation=null\nNoMDEntries: MDEntryType='J")).Select(u => u.Kind));

    [Fact]
    public void Every_template_of_the_schema_has_its_row()
    {
        Assert.Equal(SchemaBytes.Messages.Select(message => message.Id).Order(), Expected.Keys.Concat(OverTcp).Order());
        Assert.All(Expected.Keys, template => Assert.NotEmpty(SchemaBytes.VersionsOf(template)));
    }

    private const string DailyUpdates = "Statistic i=7/11 Change code=6 p=500 q=4 detail=1310785283 t=77; Statistic i=7/12 code=B q=9 detail=65280 t=77 End";

    private const string SessionUpdates = "Statistic i=7/11 Change code=4 p=500 q=6 detail=1280 t=77 End";

    private static string Book(string price, bool orders) =>
        $"""
        {Head}
        NoMDEntries: MDEntryPx={price} MDEntrySize=10 SecurityID=7 RptSeq=11 NumberOfOrders=2 MDPriceLevel=1 MDUpdateAction=0 MDEntryType='0
        NoMDEntries: MDEntryPx={price} MDEntrySize=10 SecurityID=7 RptSeq=12 NumberOfOrders=null MDPriceLevel=2 MDUpdateAction=5 MDEntryType='F
        NoMDEntries: MDEntryPx={price} SecurityID=7 RptSeq=13 MDEntryType='J
        {(orders ? "NoOrderIDEntries: OrderID=90 MDOrderPriority=9 MDDisplayQty=3 ReferenceID=1 OrderUpdateAction=2" : "")}
        """;

    private static string Levels(bool orders) =>
        "Level i=7/11 Bid New l=1 p=500 q=10 n=2 t=77; ImpliedLevel i=7/12 Ask Overlay l=2 p=500 q=10 n=-1 t=77; InstrumentReset i=7/13 p=500 t=77"
        + (orders ? "; Order i=7 Bid Delete p=500 q=3 id=90 priority=9 t=77 End" : " End");

    private static string Trades(string price) =>
        $"""
        {Head}
        NoMDEntries: MDEntryPx={price} MDEntrySize=4 SecurityID=7 RptSeq=11 NumberOfOrders=2 AggressorSide=1 MDUpdateAction=0 MDTradeEntryID=55
        NoMDEntries: MDEntryPx={price} MDEntrySize=4 SecurityID=8 RptSeq=3 AggressorSide=2 MDUpdateAction=1 MDTradeEntryID=56
        NoMDEntries: MDEntryPx={price} MDEntrySize=4 SecurityID=9 RptSeq=2 AggressorSide=0 MDUpdateAction=2 MDTradeEntryID=57
        NoOrderIDEntries: OrderID=1 LastQty=3
        NoOrderIDEntries: OrderID=2 LastQty=3
        """;

    private static string Daily(string price) =>
        $"""
        {Head}
        NoMDEntries: MDEntryPx={price} MDEntrySize=4 SecurityID=7 RptSeq=11 TradingReferenceDate=20000 SettlPriceType=3 MDUpdateAction=1 MDEntryType='6
        NoMDEntries: MDEntrySize=9 SecurityID=7 RptSeq=12 TradingReferenceDate=65535 MDEntryType='B
        """;

    private static string Session(string price) =>
        $"{Head}\nNoMDEntries: MDEntryPx={price} MDEntrySize=6 SecurityID=7 RptSeq=11 OpenCloseSettlFlag=5 MDUpdateAction=1 MDEntryType='4";

    private static string Image(string price, string high, string low) =>
        $"""
        LastMsgSeqNumProcessed=4444 TotNumReports=20 SecurityID=7 RptSeq=321 TransactTime=77 MDSecurityTradingStatus=17 HighLimitPrice={high} LowLimitPrice={low} MaxPriceVariation=null
        NoMDEntries: MDEntryPx={price} MDEntrySize=10 NumberOfOrders=2 MDPriceLevel=1 MDEntryType='0
        NoMDEntries: MDEntryPx={price} MDEntrySize=6 OpenCloseSettlFlag=5 MDEntryType='6 TradingReferenceDate=20000 SettlPriceType=3
        NoMDEntries: MDEntrySize=44 MDEntryType='e
        """;

    private static string ImageUpdates(bool dated) =>
        $"SnapshotBegin i=7/321 l=17 p=1 q=1 id=4444 t=77; Level i=7 Bid New l=1 p=500 q=10 n=2 t=77; Statistic i=7 code=6 p=500 q=6 detail={(dated ? 1310721283 : 1280)} t=77; "
        + "Volume i=7 q=44 t=77; Limits i=7 p=100 q=900 id=null t=77; SnapshotEnd i=7 q=1";

    private static string OrderImage(string price) =>
        $"LastMsgSeqNumProcessed=4444 TotNumReports=20 SecurityID=7 NoChunks=3 CurrentChunk=2 TransactTime=77\nNoMDEntries: OrderID=90 MDOrderPriority=9 MDEntryPx={price} MDDisplayQty=3 MDEntryType='1";

    private static string DefinitionUpdates(string maturity, string strike = "null", string settlement = "EUR", string leg = "") =>
        $"Definition i=7 Change l=10 code=2 p=500 q=700 id={strike} detail=785; {leg}DefinitionText i=7 Classification CFICOD USD {settlement} TYPE {maturity} LONGUNITN; DefinitionText i=7 Symbol SYM1 GRP AST";

    private static MarketUpdate[] Decode(FeedRole role, byte[] message)
    {
        var updates = new Updates();
        var decoder = new Mdp3Decoder(Mdp3Schema.BuiltIn);
        Assert.True(updates.Decode(ref decoder, Mdp3Bytes.Packet(message), role));
        Assert.All(decoder.Counters.Malformed, count => Assert.Equal(0, count));
        Assert.Equal(0, decoder.Counters.Unknown);
        return updates.All;
    }

    /// <summary>What an update says, without what is zero.</summary>
    private static string Text(MarketUpdate u)
    {
        var text = new StringBuilder();
        text.Append(CultureInfo.InvariantCulture, $"{u.Kind} i={u.Instrument}");
        if (u.InstrumentSequence != 0) text.Append(CultureInfo.InvariantCulture, $"/{u.InstrumentSequence}");
        if (u.Kind == UpdateKind.DefinitionText)
        {
            text.Append(CultureInfo.InvariantCulture, $" {(DefinitionTextPart)u.Code} {DefinitionText((DefinitionTextPart)u.Code, u.Text)}");
        }
        else
        {
            var hasSide = u.Kind is UpdateKind.Level or UpdateKind.ImpliedLevel or UpdateKind.Order or UpdateKind.Trade or UpdateKind.QuoteRequest or UpdateKind.TopOrder or UpdateKind.DefinitionLeg;
            if (hasSide || u.Side != BookSide.Bid) text.Append(CultureInfo.InvariantCulture, $" {u.Side}");
            if (u.Action != BookAction.New || u.Kind is UpdateKind.Level or UpdateKind.Trade or UpdateKind.TopOrder) text.Append(CultureInfo.InvariantCulture, $" {u.Action}");
            if (u.Level != 0) text.Append(CultureInfo.InvariantCulture, $" l={u.Level}");
            if (u.Code != 0) text.Append(CultureInfo.InvariantCulture, $" code={(u.Kind == UpdateKind.Statistic ? ((char)u.Code).ToString() : u.Code.ToString(CultureInfo.InvariantCulture))}");
            if (u.Price != 0) text.Append(CultureInfo.InvariantCulture, $" p={Number(u.Price)}");
            if (u.Quantity != 0) text.Append(CultureInfo.InvariantCulture, $" q={Number(u.Quantity)}");
            if (u.OrderId != 0) text.Append(CultureInfo.InvariantCulture, $" id={Number((long)u.OrderId)}");
            var hasPriority = u.Kind is UpdateKind.Order or UpdateKind.TopOrder;
            if (hasPriority && u.Priority != 0) text.Append(CultureInfo.InvariantCulture, $" priority={u.Priority}");
            if (!hasPriority && u.OrderCount != 0) text.Append(CultureInfo.InvariantCulture, $" n={u.OrderCount}");
            if (!hasPriority && u.Detail != 0) text.Append(CultureInfo.InvariantCulture, $" detail={u.Detail}");
            if (u.TransactTimeNs != 0) text.Append(CultureInfo.InvariantCulture, $" t={u.TransactTimeNs}");
        }

        if ((u.Flags & UpdateFlags.EndOfEvent) != 0) text.Append(" End");
        return text.ToString();
    }

    private static string Number(long value) => value == MarketUpdate.NullPrice ? "null" : value.ToString(CultureInfo.InvariantCulture);

    private static string DefinitionText(DefinitionTextPart part, ReadOnlySpan<byte> text) => part switch
    {
        DefinitionTextPart.Symbol => $"{Ascii(text[..20])} {Ascii(text[20..26])} {Ascii(text[26..])}",
        DefinitionTextPart.StatusGroup => $"{Ascii(text[20..26])} {Ascii(text[26..])}",
        DefinitionTextPart.Collateral => $"{Ascii(text[..12])} {text[12]} {text[13]}",
        _ => string.Create(CultureInfo.InvariantCulture, $"{Ascii(text[..6])} {Ascii(text[6..9])} {Ascii(text[9..12])} {Ascii(text[12..18])} {text[18] | (text[19] << 8)}-{text[20]}-{text[21]}w{text[22]} {Ascii(text[23..])}"),
    };

    private static string Ascii(ReadOnlySpan<byte> text) => Encoding.ASCII.GetString(text).TrimEnd('\0');
}
