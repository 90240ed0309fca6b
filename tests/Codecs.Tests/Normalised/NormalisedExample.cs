using FeedHandler.Codecs.Normalised.Schema;
using FeedHandler.Sbe;
using Schema = FeedHandler.Codecs.Normalised.Schema;

namespace FeedHandler.Codecs.Tests.Normalised;

/// <summary>One message of every template, written with the generated writers.</summary>
internal static class NormalisedExample
{
    private const int HeaderLength = SchemaInfo.HeaderLength;

    /// <summary>What <c>reader.cpp</c> prints for <see cref="WriteAll"/>.</summary>
    public const string Text =
        """
        #1 packet=9 channel=3 instrument=4711/77 e-9 flags=3 times=1700000000000000001,1700000000000000002,1700000000000000003 BookImage state=3 implied=0
          bid 4500000000000 x 5 (2)
          bid 4499750000000 x 8 (null)
          ask 4500250000000 x 7 (3)
        #2 packet=9 channel=3 instrument=4711/77 e-9 flags=3 times=1700000000000000001,1700000000000000002,1700000000000000003 BookUpdate
          change action=1 side=1 level=2 implied=0 4500250000000 x 12 (null)
        #3 packet=9 channel=3 instrument=4711/77 e-9 flags=3 times=1700000000000000001,1700000000000000002,1700000000000000003 OrderUpdate order=18446744073709551615 priority=null price=-1 quantity=4 action=2 side=0 reduction=1
        #4 packet=9 channel=3 instrument=4711/77 e-9 flags=3 times=1700000000000000001,1700000000000000002,1700000000000000003 Trade id=600 price=4500250000000 quantity=9 orders=2 action=0 side=2
          order 601 quantity=4
          order 602 quantity=5
        #5 packet=9 channel=3 instrument=4711/77 e-9 flags=3 times=1700000000000000001,1700000000000000002,1700000000000000003 InstrumentState state=1 reason=12 book=1
        #6 packet=9 channel=3 instrument=4711/77 e-9 flags=3 times=1700000000000000001,1700000000000000002,1700000000000000003 Definition increment=250000000 factor=10000000 maturity=2026-12-18w3 action=0 depth=10/2 status=17 feeds=5 symbol=ESZ6-A-20-BYTE-NAME! group=ES asset=ESASST cfi=FFIXSX currency=USD/EUR type=FUT unit=IPNT strike=4500000000000
          leg 4712 ratio=-2 side=1 price=null
        #7 packet=9 channel=3 instrument=4711/77 e-9 flags=3 times=1700000000000000001,1700000000000000002,1700000000000000003 Status group=ES asset= status=2 reason=3 event=4
        #8 packet=9 channel=3 instrument=4711/77 e-9 flags=3 times=1700000000000000001,1700000000000000002,1700000000000000003 Statistic type=g price=null quantity=null low=-5 high=6 variation=7 action=1 settlement=3 flag=255 date=20000
        #9 packet=9 channel=3 instrument=4711/77 e-9 flags=3 times=1700000000000000001,1700000000000000002,1700000000000000003 Gap [100, 104) reason=3
        #10 packet=9 channel=3 instrument=4711/77 e-9 flags=3 times=1700000000000000001,1700000000000000002,1700000000000000003 ChannelReset reason=2
        #11 packet=9 channel=3 instrument=4711/77 e-9 flags=3 times=1700000000000000001,1700000000000000002,1700000000000000003 Heartbeat
        #12 packet=9 channel=3 instrument=4711/77 e-9 flags=3 times=1700000000000000001,1700000000000000002,1700000000000000003 Conflated updates=1000 information=1
        #13 packet=9 channel=3 instrument=4711/77 e-9 flags=3 times=1700000000000000001,1700000000000000002,1700000000000000003 QuoteRequest quantity=null side=2 type=1
        #14 packet=9 channel=3 instrument=4711/77 e-9 flags=3 times=1700000000000000001,1700000000000000002,1700000000000000003 TopOrders
          order 701 priority=3 price=4500000000000 quantity=6 side=0
        #15 packet=9 channel=3 instrument=4711/77 e-9 flags=3 times=1700000000000000001,1700000000000000002,1700000000000000003 Workup price=4500000000000 link=99 status=201 reason=0 event=1
          order 702 side=1 aggressor=1
        #16 packet=9 channel=3 instrument=4711/77 e-9 flags=3 times=1700000000000000001,1700000000000000002,1700000000000000003 CollateralValue price=101 dirty=102 id=103 name=US0000000001/4 source=2
        #17 packet=9 channel=3 instrument=4711/77 e-9 flags=3 times=1700000000000000001,1700000000000000002,1700000000000000003 Auction reference=11 far=12 near=null paired=14 imbalance=15 side=1 cross=O
        #18 packet=9 channel=3 instrument=4711/77 e-9 flags=3 times=1700000000000000001,1700000000000000002,1700000000000000003 VenueState message=Y state=1 detail=-2 information=3

        """;

    /// <summary>Writes every message, one behind the other; returns their length.</summary>
    public static int WriteAll(Span<byte> buffer)
    {
        var at = WriteBookImage(buffer);
        at += WriteBookUpdate(buffer[at..]);
        at += WriteOrderUpdate(buffer[at..]);
        at += WriteTrade(buffer[at..]);
        at += WriteInstrumentState(buffer[at..]);
        at += WriteDefinition(buffer[at..]);
        at += WriteStatus(buffer[at..]);
        at += WriteStatistic(buffer[at..]);
        at += WriteGap(buffer[at..]);
        at += WriteChannelReset(buffer[at..]);
        at += WriteHeartbeat(buffer[at..]);
        at += WriteConflated(buffer[at..]);
        at += WriteQuoteRequest(buffer[at..]);
        at += WriteTopOrders(buffer[at..]);
        at += WriteWorkup(buffer[at..]);
        at += WriteCollateralValue(buffer[at..]);
        at += WriteAuction(buffer[at..]);
        return at + WriteVenueState(buffer[at..]);
    }

    /// <summary>The message that <c>docs/normalised-protocol.md</c> shows.</summary>
    public static int WriteBookUpdate(Span<byte> buffer)
    {
        Check(BookUpdate.TryWriteHeader(buffer));
        Check(BookUpdateWriter.TryBegin(buffer[HeaderLength..], out var update));
        WriteCommon(buffer, sequence: 2);
        Check(update.TryAddChanges(1, out var changes));
        var change = changes[0];
        change.SetPrice(4_500_250_000_000);
        change.SetQuantity(12);
        change.SetAction(Schema.BookAction.Change);
        change.SetSide(Schema.BookSide.Ask);
        change.SetLevel(2);
        change.SetImplied(BooleanType.No);
        Check(update.TryFinish(out var length));
        return HeaderLength + length;
    }

    private static int WriteBookImage(Span<byte> buffer)
    {
        Check(BookImage.TryWriteHeader(buffer));
        Check(BookImageWriter.TryBegin(buffer[HeaderLength..], out var image));
        WriteCommon(buffer, sequence: 1);
        image.SetState(BookState.Live);
        image.SetImplied(BooleanType.No);
        Check(image.TryAddBids(2, out var bids));
        bids[0].SetPrice(4_500_000_000_000);
        bids[0].SetQuantity(5);
        bids[0].SetOrders(2);
        bids[1].SetPrice(4_499_750_000_000);
        bids[1].SetQuantity(8);
        Check(image.TryAddAsks(1, out var asks));
        asks[0].SetPrice(4_500_250_000_000);
        asks[0].SetQuantity(7);
        asks[0].SetOrders(3);
        Check(image.TryFinish(out var length));
        return HeaderLength + length;
    }

    private static int WriteOrderUpdate(Span<byte> buffer)
    {
        Check(OrderUpdate.TryWriteHeader(buffer));
        Check(OrderUpdateWriter.TryBegin(buffer[HeaderLength..], out var order));
        WriteCommon(buffer, sequence: 3);
        order.SetOrderId(ulong.MaxValue);
        order.SetPrice(-1);
        order.SetQuantity(4);
        order.SetAction(Schema.BookAction.Delete);
        order.SetSide(Schema.BookSide.Bid);
        order.SetReduction(BooleanType.Yes);
        Check(order.TryFinish(out var length));
        return HeaderLength + length;
    }

    private static int WriteTrade(Span<byte> buffer)
    {
        Check(Trade.TryWriteHeader(buffer));
        Check(TradeWriter.TryBegin(buffer[HeaderLength..], out var trade));
        WriteCommon(buffer, sequence: 4);
        trade.SetTradeId(600);
        trade.SetPrice(4_500_250_000_000);
        trade.SetQuantity(9);
        trade.SetOrders(2);
        trade.SetAction(Schema.BookAction.New);
        trade.SetSide(Schema.BookSide.NoSide);
        Check(trade.TryAddParticipants(2, out var participants));
        participants[0].SetOrderId(601);
        participants[0].SetQuantity(4);
        participants[1].SetOrderId(602);
        participants[1].SetQuantity(5);
        Check(trade.TryFinish(out var length));
        return HeaderLength + length;
    }

    private static int WriteInstrumentState(Span<byte> buffer)
    {
        Check(InstrumentState.TryWriteHeader(buffer));
        Check(InstrumentStateWriter.TryBegin(buffer[HeaderLength..], out var state));
        WriteCommon(buffer, sequence: 5);
        state.SetState(BookState.Recovering);
        state.SetReason(StateReason.Silence);
        state.SetBook(BookType.Orders);
        Check(state.TryFinish(out var length));
        return HeaderLength + length;
    }

    private static int WriteDefinition(Span<byte> buffer)
    {
        Check(Definition.TryWriteHeader(buffer));
        Check(DefinitionWriter.TryBegin(buffer[HeaderLength..], out var definition));
        WriteCommon(buffer, sequence: 6);
        definition.SetMinPriceIncrement(250_000_000);
        definition.SetDisplayFactor(10_000_000);
        definition.SetMaturityYear(2026);
        definition.SetMaturityMonth(12);
        definition.SetMaturityDay(18);
        definition.SetMaturityWeek(3);
        definition.SetAction(Schema.BookAction.New);
        definition.SetOutrightDepth(10);
        definition.SetImpliedDepth(2);
        definition.SetTradingStatus(17);
        definition.SetFeedFlags(5);
        definition.SetSymbol("ESZ6-A-20-BYTE-NAME!"u8);
        definition.SetSecurityGroup("ES"u8);
        definition.SetAsset("ESASST"u8);
        definition.SetCfiCode("FFIXSX"u8);
        definition.SetCurrency("USD"u8);
        definition.SetSettlementCurrency("EUR"u8);
        definition.SetSecurityType("FUT"u8);
        definition.SetUnitOfMeasure("IPNT"u8);
        definition.SetStrikePrice(4_500_000_000_000);
        Check(definition.TryAddLegs(1, out var legs));
        legs[0].SetLegInstrument(4712);
        legs[0].SetLegRatio(-2);
        legs[0].SetLegSide(Schema.BookSide.Ask);
        Check(definition.TryFinish(out var length));
        return HeaderLength + length;
    }

    private static int WriteStatus(Span<byte> buffer)
    {
        Check(Status.TryWriteHeader(buffer));
        Check(StatusWriter.TryBegin(buffer[HeaderLength..], out var status));
        WriteCommon(buffer, sequence: 7);
        status.SetSecurityGroup("ES"u8);
        status.SetTradingStatus(2);
        status.SetHaltReason(3);
        status.SetTradingEvent(4);
        Check(status.TryFinish(out var length));
        return HeaderLength + length;
    }

    private static int WriteStatistic(Span<byte> buffer)
    {
        Check(Statistic.TryWriteHeader(buffer));
        Check(StatisticWriter.TryBegin(buffer[HeaderLength..], out var statistic));
        WriteCommon(buffer, sequence: 8);
        statistic.SetLowLimit(-5);
        statistic.SetHighLimit(6);
        statistic.SetMaxVariation(7);
        statistic.SetEntryType((byte)'g');
        statistic.SetAction(Schema.BookAction.Change);
        statistic.SetSettlementType(3);
        statistic.SetOpenCloseFlag(255);
        statistic.SetReferenceDate(20_000);
        Check(statistic.TryFinish(out var length));
        return HeaderLength + length;
    }

    private static int WriteGap(Span<byte> buffer)
    {
        Check(Gap.TryWriteHeader(buffer));
        Check(GapWriter.TryBegin(buffer[HeaderLength..], out var gap));
        WriteCommon(buffer, sequence: 9);
        gap.SetFromSequence(100);
        gap.SetToSequence(104);
        gap.SetReason(Schema.GapReason.Tail);
        Check(gap.TryFinish(out var length));
        return HeaderLength + length;
    }

    private static int WriteChannelReset(Span<byte> buffer)
    {
        Check(ChannelReset.TryWriteHeader(buffer));
        Check(ChannelResetWriter.TryBegin(buffer[HeaderLength..], out var reset));
        WriteCommon(buffer, sequence: 10);
        reset.SetReason(ResetReason.SessionEnd);
        Check(reset.TryFinish(out var length));
        return HeaderLength + length;
    }

    private static int WriteHeartbeat(Span<byte> buffer)
    {
        Check(Heartbeat.TryWriteHeader(buffer));
        WriteCommon(buffer, sequence: 11);
        return HeaderLength + Heartbeat.BlockLength;
    }

    private static int WriteConflated(Span<byte> buffer)
    {
        Check(Conflated.TryWriteHeader(buffer));
        Check(ConflatedWriter.TryBegin(buffer[HeaderLength..], out var conflated));
        WriteCommon(buffer, sequence: 12);
        conflated.SetBookUpdates(1000);
        conflated.SetInformationLost(1);
        Check(conflated.TryFinish(out var length));
        return HeaderLength + length;
    }

    private static int WriteQuoteRequest(Span<byte> buffer)
    {
        Check(QuoteRequest.TryWriteHeader(buffer));
        Check(QuoteRequestWriter.TryBegin(buffer[HeaderLength..], out var request));
        WriteCommon(buffer, sequence: 13);
        request.SetSide(Schema.BookSide.NoSide);
        request.SetQuoteType(1);
        Check(request.TryFinish(out var length));
        return HeaderLength + length;
    }

    private static int WriteTopOrders(Span<byte> buffer)
    {
        Check(TopOrders.TryWriteHeader(buffer));
        Check(TopOrdersWriter.TryBegin(buffer[HeaderLength..], out var top));
        WriteCommon(buffer, sequence: 14);
        Check(top.TryAddOrders(1, out var orders));
        orders[0].SetOrderId(701);
        orders[0].SetPriority(3);
        orders[0].SetPrice(4_500_000_000_000);
        orders[0].SetQuantity(6);
        orders[0].SetSide(Schema.BookSide.Bid);
        Check(top.TryFinish(out var length));
        return HeaderLength + length;
    }

    private static int WriteWorkup(Span<byte> buffer)
    {
        Check(Workup.TryWriteHeader(buffer));
        Check(WorkupWriter.TryBegin(buffer[HeaderLength..], out var workup));
        WriteCommon(buffer, sequence: 15);
        workup.SetPrice(4_500_000_000_000);
        workup.SetTradeLink(99);
        workup.SetTradingStatus(201);
        workup.SetTradingEvent(1);
        Check(workup.TryAddWorkupOrders(1, out var orders));
        orders[0].SetOrderId(702);
        orders[0].SetSide(Schema.BookSide.Ask);
        orders[0].SetAggressor(BooleanType.Yes);
        Check(workup.TryFinish(out var length));
        return HeaderLength + length;
    }

    private static int WriteCollateralValue(Span<byte> buffer)
    {
        Check(CollateralValue.TryWriteHeader(buffer));
        Check(CollateralValueWriter.TryBegin(buffer[HeaderLength..], out var value));
        WriteCommon(buffer, sequence: 16);
        value.SetPrice(101);
        value.SetDirtyPrice(102);
        value.SetGlobalId(103);
        value.SetName("US0000000001"u8);
        value.SetNameSource(4);
        value.SetPriceSource(2);
        Check(value.TryFinish(out var length));
        return HeaderLength + length;
    }

    private static int WriteAuction(Span<byte> buffer)
    {
        Check(Auction.TryWriteHeader(buffer));
        Check(AuctionWriter.TryBegin(buffer[HeaderLength..], out var auction));
        WriteCommon(buffer, sequence: 17);
        auction.SetReferencePrice(11);
        auction.SetFarPrice(12);
        auction.SetPaired(14);
        auction.SetImbalance(15);
        auction.SetSide(Schema.BookSide.Ask);
        auction.SetCrossType((byte)'O');
        Check(auction.TryFinish(out var length));
        return HeaderLength + length;
    }

    private static int WriteVenueState(Span<byte> buffer)
    {
        Check(VenueState.TryWriteHeader(buffer));
        Check(VenueStateWriter.TryBegin(buffer[HeaderLength..], out var state));
        WriteCommon(buffer, sequence: 18);
        state.SetInformation(3);
        state.SetDetail(-2);
        state.SetMessageCode((byte)'Y');
        state.SetStateCode((byte)'1');
        Check(state.TryFinish(out var length));
        return HeaderLength + length;
    }

    /// <summary>A heartbeat is nothing but the fields that every message starts with.</summary>
    private static void WriteCommon(Span<byte> message, ulong sequence)
    {
        Check(HeartbeatWriter.TryBegin(message.Slice(HeaderLength, Heartbeat.BlockLength), out var common));
        common.SetTransactTime(1_700_000_000_000_000_001);
        common.SetReceiveTime(1_700_000_000_000_000_002);
        common.SetPublishTime(1_700_000_000_000_000_003);
        common.SetPublishSequence(sequence);
        common.SetPacketSequence(9);
        common.SetInstrumentSequence(77);
        common.SetInstrument(4711);
        common.SetChannel(3);
        common.SetPriceExponent(-9);
        common.SetFlags(Schema.UpdateFlags.EndOfEvent | Schema.UpdateFlags.EndOfPacket);
        Check(common.TryFinish(out _));
    }

    private static void Check(SbeError error) => Assert.Equal(SbeError.None, error);
}
