using System.Buffers.Binary;
using System.Runtime.CompilerServices;
using FeedHandler.Codecs.Cme.Mdp3.Schema;
using FeedHandler.Sbe;

namespace FeedHandler.Codecs.Cme.Mdp3;

/// <summary>CME MDP 3.0: packets of SBE messages, schema versions 5 to 13, to normalised updates.</summary>
/// <remarks>
/// <para>
/// A packet is a 12-byte header (sequence u32, sending time u64) and messages of u16 size (which counts itself), SBE header
/// and body, little-endian. Each message's structure is checked once by its generated reader; fields are then read in place.
/// Blocks are stepped by the wire's lengths, so newer versions with longer blocks decode.
/// </para>
/// <para>Owned by one RX core. The files: this one walks packets; <c>.Books</c>, <c>.Trades</c>, <c>.Statistics</c>, <c>.Snapshots</c> and <c>.Definitions</c> translate messages.</para>
/// </remarks>
public partial struct Mdp3Decoder : IPacketDecoder
{
    /// <summary>Exponent of normalised prices: mantissas of older templates (1e-7) are scaled up.</summary>
    public const int PriceExponent = -9;

    private const int PacketHeaderBytes = 12;
    private const int SizeBytes = 2;
    private const int MessageHeaderBytes = 8;
    private const byte EndOfEvent = 0x80;
    private const byte Resent = 0x20;

    private readonly Mdp3Schema _schema;
    private readonly DecoderCounters _counters = new();
    private ulong _snapshotSequence;
    private bool _hasSnapshotSequence;

    /// <summary>Creates a decoder.</summary>
    /// <param name="schema">What is known of the venue's schema.</param>
    public Mdp3Decoder(Mdp3Schema schema) => _schema = schema;

    /// <inheritdoc/>
    public readonly DecoderCounters Counters => _counters;

    /// <inheritdoc/>
    [HotPath]
    [MethodImpl(MethodImplOptions.AggressiveInlining)]
    public readonly bool TryReadHeader(ReadOnlySpan<byte> payload, out PacketHeader header)
    {
        Unsafe.SkipInit(out header);
        if (payload.Length < PacketHeaderBytes)
        {
            _counters.Malformed[(int)MalformedReason.PacketTooShort]++;
            return false;
        }

        header.Sequence = BinaryPrimitives.ReadUInt32LittleEndian(payload);
        header.Count = 1;
        header.Session = 0;
        header.EndsSession = false;
        header.SendingTimeNs = BinaryPrimitives.ReadUInt64LittleEndian(payload[4..]);
        return true;
    }

    /// <inheritdoc/>
    public readonly bool TryGetSnapshotSequence(out ulong sequence)
    {
        sequence = _snapshotSequence;
        return _hasSnapshotSequence;
    }

    /// <inheritdoc/>
    [HotPath]
    public bool Decode<TSink>(ReadOnlySpan<byte> payload, uint skip, FeedRole role, ref TSink sink)
        where TSink : struct, IUpdateSink
    {
        _hasSnapshotSequence = false;
        var output = new Output<TSink>(ref sink);
        var whole = true;
        var rest = payload[PacketHeaderBytes..];
        while (rest.Length != 0)
        {
            if (rest.Length < SizeBytes + MessageHeaderBytes) return Fail(MalformedReason.TrailingBytes);
            var size = BinaryPrimitives.ReadUInt16LittleEndian(rest);
            if (size < SizeBytes + MessageHeaderBytes) return Fail(MalformedReason.MessageSizeTooSmall);
            if (size > rest.Length) return Fail(MalformedReason.MessageSizeBeyondPacket);
            whole &= DecodeMessage(rest.Slice(SizeBytes, size - SizeBytes), role, ref output);
            rest = rest[size..];
        }

        return whole;
    }

    [HotPath]
    [MethodImpl(MethodImplOptions.AggressiveInlining)]
    private bool DecodeMessage<TSink>(ReadOnlySpan<byte> message, FeedRole role, scoped ref Output<TSink> output)
        where TSink : struct, IUpdateSink
    {
        var header = BinaryPrimitives.ReadUInt64LittleEndian(message);
        var m = new MessageHead
        {
            Body = message[MessageHeaderBytes..],
            BlockLength = (ushort)header,
            Template = (ushort)(header >> 16),
            Version = (ushort)(header >> 48),
        };
        if ((ushort)(header >> 32) != _schema.Id) return Fail(MalformedReason.WrongSchema);
        _counters.Count(m.Template);
        var before = output.Count;
        byte indicator = 0;
        var error = role == FeedRole.Incremental
            ? DecodeIncremental(m, ref output, ref indicator)
            : DecodeLoop(m, ref output);
        if (error != SbeError.None) return Fail(error);
        if ((indicator & (EndOfEvent | Resent)) != 0) Mark(ref output, before, indicator);
        return true;
    }

    [HotPath]
    private readonly SbeError DecodeIncremental<TSink>(in MessageHead m, scoped ref Output<TSink> output, ref byte indicator)
        where TSink : struct, IUpdateSink =>
        m.Template switch
        {
            MDIncrementalRefreshBook46.TemplateId => Book46(m, ref output, ref indicator),
            MDIncrementalRefreshOrderBook47.TemplateId => OrderBook47(m, ref output, ref indicator),
            MDIncrementalRefreshTradeSummary48.TemplateId => TradeSummary48(m, ref output, ref indicator),
            MDIncrementalRefreshBook32.TemplateId => Book32(m, ref output, ref indicator),
            _ => DecodeRare(m, ref output, ref indicator),
        };

    /// <summary>Incremental templates that come seldom, or only from venues of older versions.</summary>
    [MethodImpl(MethodImplOptions.NoInlining)]
    private readonly SbeError DecodeRare<TSink>(in MessageHead m, scoped ref Output<TSink> output, ref byte indicator)
        where TSink : struct, IUpdateSink =>
        m.Template switch
        {
            MDIncrementalRefreshVolume37.TemplateId => Volume37(m, ref output, ref indicator),
            MDIncrementalRefreshSessionStatistics51.TemplateId => SessionStatistics51(m, ref output, ref indicator),
            MDIncrementalRefreshDailyStatistics49.TemplateId => DailyStatistics49(m, ref output, ref indicator),
            MDIncrementalRefreshLimitsBanding50.TemplateId => LimitsBanding50(m, ref output, ref indicator),
            MDIncrementalRefreshBookLongQty64.TemplateId => Book64(m, ref output, ref indicator),
            MDIncrementalRefreshTradeSummaryLongQty65.TemplateId => TradeSummary65(m, ref output, ref indicator),
            MDIncrementalRefreshVolumeLongQty66.TemplateId => Volume66(m, ref output, ref indicator),
            MDIncrementalRefreshSessionStatisticsLongQty67.TemplateId => SessionStatistics67(m, ref output, ref indicator),
            MDIncrementalRefreshDailyStatistics33.TemplateId => DailyStatistics33(m, ref output, ref indicator),
            MDIncrementalRefreshLimitsBanding34.TemplateId => LimitsBanding34(m, ref output, ref indicator),
            MDIncrementalRefreshSessionStatistics35.TemplateId => SessionStatistics35(m, ref output, ref indicator),
            MDIncrementalRefreshTrade36.TemplateId => Trade36(m, ref output, ref indicator),
            MDIncrementalRefreshTradeSummary42.TemplateId => TradeSummary42(m, ref output, ref indicator),
            MDIncrementalRefreshOrderBook43.TemplateId => OrderBook43(m, ref output, ref indicator),
            SecurityStatus30.TemplateId => Status30(m, ref output, ref indicator),
            SecurityStatusWorkup60.TemplateId => Workup60(m, ref output, ref indicator),
            QuoteRequest39.TemplateId => QuoteRequest(m, ref output, ref indicator),
            ChannelReset4.TemplateId => ChannelReset(m, ref output, ref indicator),
            AdminHeartbeat12.TemplateId => Heartbeat(ref output),
            SnapshotRefreshTopOrders59.TemplateId => TopOrders59(m, ref output, ref indicator),
            CollateralMarketValue62.TemplateId => Collateral62(m, ref output, ref indicator),
            _ => DecodeDefinition(m, ref output, ref indicator),
        };

    /// <summary>Templates of the snapshot and definition loops.</summary>
    [MethodImpl(MethodImplOptions.NoInlining)]
    private SbeError DecodeLoop<TSink>(in MessageHead m, scoped ref Output<TSink> output)
        where TSink : struct, IUpdateSink
    {
        // A loop has no events.
        byte indicator = 0;
        return m.Template switch
        {
            SnapshotFullRefresh52.TemplateId => Snapshot52(m, ref output),
            SnapshotFullRefreshOrderBook53.TemplateId => OrderSnapshot53(m, ref output),
            SnapshotFullRefreshLongQty69.TemplateId => Snapshot69(m, ref output),
            SnapshotFullRefresh38.TemplateId => Snapshot38(m, ref output),
            SnapshotFullRefreshOrderBook44.TemplateId => OrderSnapshot44(m, ref output),
            AdminHeartbeat12.TemplateId => SbeError.None,
            _ => DecodeDefinition(m, ref output, ref indicator),
        };
    }

    /// <summary>Puts the event's flags on the message's last update.</summary>
    [HotPath]
    private static void Mark<TSink>(scoped ref Output<TSink> output, int before, byte indicator)
        where TSink : struct, IUpdateSink
    {
        if (output.Count == before) output.Claim();
        if ((indicator & EndOfEvent) != 0) output.Last.Flags |= UpdateFlags.EndOfEvent;
        if ((indicator & Resent) != 0) output.Last.Flags |= UpdateFlags.Resent;
    }

    /// <summary>A price with exponent -7, as templates below 46 have it, at exponent -9.</summary>
    [HotPath]
    private static long FromE7(long mantissa) =>
        mantissa is <= long.MaxValue / 100 and >= long.MinValue / 100 ? mantissa * 100 : MarketUpdate.NullPrice;

    [MethodImpl(MethodImplOptions.NoInlining)]
    private readonly bool Fail(MalformedReason reason)
    {
        _counters.Malformed[(int)reason]++;
        return false;
    }

    [MethodImpl(MethodImplOptions.NoInlining)]
    private readonly bool Fail(SbeError error) => Fail(error switch
    {
        SbeError.TruncatedBlock or SbeError.BlockTooShort => MalformedReason.BadBlock,
        BadValue => MalformedReason.BadValue,
        _ => MalformedReason.BadGroup,
    });

    /// <summary>A field has a value that means nothing; not one of the reader's own errors.</summary>
    private const SbeError BadValue = (SbeError)100;

    /// <summary>One message: the fields of its SBE header, and its body.</summary>
    private ref struct MessageHead
    {
        public ReadOnlySpan<byte> Body;
        public ushort BlockLength;
        public ushort Template;
        public ushort Version;
    }

    /// <summary>The sink, with the count and the last update of the packet so far.</summary>
    private ref struct Output<TSink>(ref TSink sink)
        where TSink : struct, IUpdateSink
    {
        private readonly ref TSink _sink = ref sink;

        public int Count;
        public ref MarketUpdate Last;

        [HotPath]
        [MethodImpl(MethodImplOptions.AggressiveInlining)]
        public ref MarketUpdate Claim()
        {
            Count++;
            Last = ref _sink.Claim();
            return ref Last;
        }
    }
}
