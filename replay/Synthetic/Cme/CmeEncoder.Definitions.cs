using FeedHandler.Codecs;
using static FeedHandler.Replay.Synthetic.Cme.Wire;

namespace FeedHandler.Replay.Synthetic.Cme;

/// <summary>Instrument definitions: futures, options and spreads share the first 71 bytes and part ways after.</summary>
public sealed partial class CmeEncoder
{
    private const int EventBytes = 9, FeedTypeBytes = 4, AttributeBytes = 4, LotTypeBytes = 5, UnderlyingBytes = 24, LegBytes = 18;
    private const int Events = 2;
    private const string Exchange = "XFHX", Currency = "USD", Unit = "UNIT";
    private const ulong NanosecondsPerDay = 86_400_000_000_000;
    private const long One = 1_000_000_000;

    public int DefinitionBytes(Instrument instrument)
    {
        int tail = instrument.Kind switch
        {
            InstrumentKind.Option => (2 * GroupHeaderBytes) + UnderlyingBytes,
            InstrumentKind.Spread => GroupHeaderBytes + (instrument.Legs.Count * LegBytes),
            _ => 0,
        };
        return MessageHeaderBytes + DefinitionRootBytes(instrument.Kind)
            + GroupHeaderBytes + (Events * EventBytes)
            + GroupHeaderBytes + (FeedTypes(instrument) * FeedTypeBytes)
            + GroupHeaderBytes + AttributeBytes
            + GroupHeaderBytes + LotTypeBytes
            + tail;
    }

    public void WriteDefinition(Span<byte> message, InstrumentBook book, int instrumentsInLoop, short channelId, ulong weekStartNs, MatchEventIndicator indicator = MatchEventIndicator.EndOfEvent)
    {
        Instrument instrument = book.Instrument;
        int rootBytes = DefinitionRootBytes(instrument.Kind);
        Span<byte> at = Begin(message, DefinitionTemplate(instrument.Kind), rootBytes);
        Span<byte> root = at[..rootBytes];
        root.Clear();
        WriteDefinitionHead(root, book, instrumentsInLoop, channelId, weekStartNs);
        switch (instrument.Kind)
        {
            case InstrumentKind.Future: WriteFuture(root, instrument); break;
            case InstrumentKind.Option: WriteOption(root, instrument); break;
            default: WriteSpread(root, instrument); break;
        }

        root[0] = (byte)indicator;
        if (book.DefinitionChanges > 0) Text(root, UnitOffset(instrument.Kind), 30, $"{Unit}{book.DefinitionChanges}");

        at = WriteDefinitionGroups(at[rootBytes..], instrument, weekStartNs);
        if (instrument.Kind == InstrumentKind.Option) WriteUnderlying(at, instrument.Underlying!);
        else if (instrument.Kind == InstrumentKind.Spread) WriteLegs(at, instrument);
    }

    private static int UnitOffset(InstrumentKind kind) => kind switch
    {
        InstrumentKind.Future => 110,
        InstrumentKind.Option => 139,
        _ => 120,
    };

    private ushort DefinitionTemplate(InstrumentKind kind) => kind switch
    {
        InstrumentKind.Future => Schema.Future,
        InstrumentKind.Option => Schema.Option,
        _ => Schema.Spread,
    };

    private int DefinitionRootBytes(InstrumentKind kind) => kind switch
    {
        InstrumentKind.Future => Schema.FutureBytes,
        InstrumentKind.Option => Schema.OptionBytes,
        _ => Schema.SpreadBytes,
    };

    private static int FeedTypes(Instrument instrument) => instrument.ImpliedDepth > 0 ? 2 : 1;

    private static void WriteDefinitionHead(Span<byte> root, InstrumentBook book, int instrumentsInLoop, short channelId, ulong weekStartNs)
    {
        Instrument instrument = book.Instrument;
        root[0] = (byte)MatchEventIndicator.EndOfEvent;
        U32(root, 1, (uint)instrumentsInLoop);
        root[5] = (byte)(book.DefinitionAction ?? 'A');
        U64(root, 6, weekStartNs);
        root[14] = (byte)book.Status;
        I16(root, 15, channelId);
        root[17] = 64;
        root[18] = 5;
        Text(root, 19, 4, Exchange);
        Text(root, 23, 6, instrument.Group);
        Text(root, 29, 6, instrument.Asset);
        Text(root, 35, 20, instrument.Symbol);
        I32(root, 55, instrument.SecurityId);
        Text(root, 59, 6, instrument.Kind == InstrumentKind.Option ? "OOF" : "FUT");
    }

    private void WriteFuture(Span<byte> root, Instrument instrument)
    {
        Text(root, 65, 6, "FFIXSX");
        WriteMaturity(root[71..], instrument);
        Text(root, 76, 3, Currency);
        Text(root, 79, 3, Currency);
        root[82] = (byte)'F';
        U32(root, 83, 1);
        U32(root, 87, 10_000);
        I64(root, 91, OnWire(instrument.TickMantissa));
        I64(root, 99, DisplayFactor());
        root[107] = NullUInt8;
        root[108] = NullUInt8;
        root[109] = NullUInt8;
        Text(root, 110, 30, Unit);
        I64(root, 140, OnWire(50 * One));
        I64(root, 148, OnWire(instrument.Mantissa(instrument.ReferenceTicks)));
        root[156] = 0b11;
        I32(root, 157, NullInt32);
        I32(root, 161, NullInt32);
        I64(root, 165, NullPrice);
        I64(root, 173, NullPrice);
        I64(root, 181, NullPrice);
        I32(root, 189, NullInt32);
        U16(root, 193, NullUInt16);
        I32(root, 195, NullInt32);
        I32(root, 199, NullInt32);
        root[203] = NullInt8;
        root[204] = NullInt8;
        I64(root, 205, NullPrice);
        root[213] = (byte)'N';
        U16(root, 214, NullUInt16);
        if (Schema.HasAppendedFields) U64(root, 216, NullUInt64);
    }

    private void WriteOption(Span<byte> root, Instrument instrument)
    {
        Text(root, 65, 6, instrument.IsCall ? "OCAFPS" : "OPAFPS");
        root[71] = instrument.IsCall ? (byte)1 : (byte)0;
        WriteMaturity(root[72..], instrument);
        Text(root, 77, 3, Currency);
        I64(root, 80, OnWire(instrument.StrikeMantissa));
        Text(root, 88, 3, Currency);
        Text(root, 91, 3, Currency);
        I64(root, 94, NullPrice);
        root[102] = (byte)'F';
        U32(root, 103, 1);
        U32(root, 107, 10_000);
        I64(root, 111, OnWire(instrument.TickMantissa));
        I64(root, 119, NullPrice);
        I64(root, 127, DisplayFactor());
        root[135] = NullInt8;
        root[136] = NullUInt8;
        root[137] = NullUInt8;
        root[138] = NullUInt8;
        Text(root, 139, 30, Unit);
        I64(root, 169, OnWire(50 * One));
        I64(root, 177, OnWire(instrument.Mantissa(instrument.ReferenceTicks)));
        root[185] = 0b11;
        I32(root, 186, NullInt32);
        I32(root, 190, NullInt32);
        I64(root, 194, NullPrice);
        I64(root, 202, NullPrice);
        root[210] = (byte)'N';
        U16(root, 211, NullUInt16);
        if (Schema.HasAppendedFields) U64(root, 213, NullUInt64);
    }

    private void WriteSpread(Span<byte> root, Instrument instrument)
    {
        Text(root, 65, 6, "FFMXSX");
        WriteMaturity(root[71..], instrument);
        Text(root, 76, 3, Currency);
        Text(root, 79, 5, "SP");
        root[84] = (byte)'N';
        root[85] = (byte)'F';
        U32(root, 86, 1);
        U32(root, 90, 10_000);
        I64(root, 94, OnWire(instrument.TickMantissa));
        I64(root, 102, DisplayFactor());
        root[110] = NullUInt8;
        I64(root, 111, NullPrice);
        root[119] = NullInt8;
        Text(root, 120, 30, Unit);
        I64(root, 150, OnWire(instrument.Mantissa(instrument.ReferenceTicks)));
        root[158] = 0b11;
        I32(root, 159, NullInt32);
        I32(root, 163, NullInt32);
        I64(root, 167, NullPrice);
        I64(root, 175, NullPrice);
        I64(root, 183, NullPrice);
        root[191] = NullUInt8;
        root[192] = NullUInt8;
        U16(root, 193, NullUInt16);
        if (!Schema.HasAppendedFields) return;
        U64(root, 212, NullUInt64);
        Text(root, 220, 35, instrument.Symbol);
    }

    private static void WriteMaturity(Span<byte> at, Instrument instrument)
    {
        U16(at, 0, (ushort)instrument.MaturityYear);
        at[2] = (byte)instrument.MaturityMonth;
        at[3] = NullUInt8;
        at[4] = NullUInt8;
    }

    private static Span<byte> WriteDefinitionGroups(Span<byte> at, Instrument instrument, ulong weekStartNs)
    {
        at = BeginGroup(at, EventBytes, Events);
        at[0] = 5; // activation
        U64(at, 1, weekStartNs - (30 * NanosecondsPerDay));
        at[EventBytes] = 7; // last eligible trade date
        U64(at, EventBytes + 1, weekStartNs + (60 * NanosecondsPerDay));
        at = at[(Events * EventBytes)..];

        at = BeginGroup(at, FeedTypeBytes, FeedTypes(instrument));
        Text(at, 0, 3, "GBX");
        at[3] = (byte)instrument.Depth;
        at = at[FeedTypeBytes..];
        if (instrument.ImpliedDepth > 0)
        {
            Text(at, 0, 3, "GBI");
            at[3] = (byte)instrument.ImpliedDepth;
            at = at[FeedTypeBytes..];
        }

        at = BeginGroup(at, AttributeBytes, 1);
        U32(at, 0, instrument.ImpliedDepth > 0 ? 0x0008_0001u : 0x0000_0001u);
        at = BeginGroup(at[AttributeBytes..], LotTypeBytes, 1);
        at[0] = 4;
        I32(at, 1, 10_000); // one contract, exponent -4
        return at[LotTypeBytes..];
    }

    private static void WriteUnderlying(Span<byte> at, Instrument underlying)
    {
        at = BeginGroup(at, UnderlyingBytes, 1);
        I32(at, 0, underlying.SecurityId);
        Text(at, 4, 20, underlying.Symbol);
        BeginGroup(at[UnderlyingBytes..], UnderlyingBytes, 0);
    }

    private static void WriteLegs(Span<byte> at, Instrument instrument)
    {
        at = BeginGroup(at, LegBytes, instrument.Legs.Count);
        foreach (InstrumentLeg leg in instrument.Legs)
        {
            I32(at, 0, leg.Instrument.SecurityId);
            at[4] = leg.IsBought ? (byte)1 : (byte)2;
            at[5] = 1;
            I64(at, 6, NullPrice);
            I32(at, 14, NullInt32);
            at = at[LegBytes..];
        }
    }

    /// <summary>Prices on this channel are already those that people quote.</summary>
    private long DisplayFactor() => OnWire(One);

    private long OnWire(long mantissa) => mantissa / Schema.MantissaDivisor;
}
