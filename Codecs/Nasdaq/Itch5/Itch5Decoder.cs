using System.Buffers.Binary;
using System.Runtime.CompilerServices;
using System.Runtime.InteropServices;
using FeedHandler.Codecs.Nasdaq.MoldUdp64;

namespace FeedHandler.Codecs.Nasdaq.Itch5;

/// <summary>TotalView-ITCH 5.0 in MoldUDP64 packets to normalised updates.</summary>
/// <remarks>
/// <para>
/// Each message is one market event. Its length is checked once against its type, then its fields are read in place. What
/// names an order (E, C, X, D, U) carries neither price nor side: the book knows them. The order's priority is the sequence
/// number of the message that gave it its place in the queue. Exchange times are nanoseconds since midnight in New York.
/// </para>
/// <para>Owned by one RX core. <c>.Rare</c> has the types that change no book.</para>
/// </remarks>
public partial struct Itch5Decoder : IPacketDecoder
{
    private readonly DecoderCounters _counters = new();
    private readonly UpdateFlags _messageFlags;
    private readonly bool _usesLayouts;

    /// <summary>Creates a decoder.</summary>
    /// <param name="raw">True where packets only bundle messages of a raw file: then each message ends a packet of its own.</param>
    public Itch5Decoder(bool raw)
        : this(raw, Itch5Layouts.AreUsable)
    {
    }

    /// <summary>Creates a decoder that does without the vector instructions, or with them where they are to be had.</summary>
    internal Itch5Decoder(bool raw, bool usesLayouts)
    {
        _messageFlags = UpdateFlags.EndOfEvent | (raw ? UpdateFlags.EndOfPacket : UpdateFlags.None);
        _usesLayouts = usesLayouts && Itch5Layouts.AreUsable;
    }

    /// <inheritdoc/>
    public readonly DecoderCounters Counters => _counters;

    /// <inheritdoc/>
    public readonly bool TryReadSnapshotSequence(ReadOnlySpan<byte> payload, out ulong sequence)
    {
        sequence = 0;
        return false;
    }

    /// <inheritdoc/>
    [HotPath]
    public readonly bool TryReadHeader(ReadOnlySpan<byte> payload, out PacketHeader header)
    {
        header = default;
        if (payload.Length < MoldPacket.HeaderBytes)
        {
            _counters.Malformed[(int)MalformedReason.PacketTooShort]++;
            return false;
        }

        var count = MoldPacket.Count(payload);
        header.Sequence = MoldPacket.Sequence(payload);
        header.Count = count == MoldPacket.EndOfSession ? 0u : count;
        header.Session = MoldPacket.SessionKey(payload);
        header.EndsSession = count == MoldPacket.EndOfSession;
        return true;
    }

    /// <inheritdoc/>
    [HotPath]
    public readonly bool Decode<TSink>(ReadOnlySpan<byte> payload, uint skip, FeedRole role, ref TSink sink)
        where TSink : struct, IUpdateSink
    {
        var count = MoldPacket.Count(payload);
        if (count == MoldPacket.EndOfSession) return true;
        var sequence = MoldPacket.Sequence(payload);
        var whole = true;
        ref var start = ref MemoryMarshal.GetReference(payload);
        var end = payload.Length;
        var at = MoldPacket.HeaderBytes;
        for (uint i = 0; i < count; i++)
        {
            // One comparison for each length: the message lies inside the payload from here on.
            if (end - at < MoldPacket.LengthBytes) return Fail(MalformedReason.TrailingBytes);
            int length = Read16(ref Unsafe.Add(ref start, at));
            at += MoldPacket.LengthBytes;
            if (length > end - at) return Fail(MalformedReason.MessageSizeBeyondPacket);
            if (i >= skip) whole &= DecodeOne(ref Unsafe.Add(ref start, at), length, sequence + i, ref sink);
            at += length;
        }

        return whole;
    }

    [HotPath]
    [MethodImpl(MethodImplOptions.AggressiveInlining)]
    private readonly unsafe bool DecodeOne<TSink>(ref byte message, int length, ulong sequence, ref TSink sink)
        where TSink : struct, IUpdateSink
    {
        if (!_usesLayouts || length == 0) return DecodeMessage(ref message, length, sequence, ref sink);
        var layout = Itch5Layouts.Of(message);
        if (length < layout->Length) return DecodeMessage(ref message, length, sequence, ref sink);
        Unsafe.Add(ref MemoryMarshal.GetArrayDataReference(_counters.Messages), message)++;
        ref var slot = ref sink.Claim();
        Itch5Layouts.Decode(ref message, layout, sequence, ref slot);
        slot.Flags |= _messageFlags;
        return true;
    }

    /// <summary>Decodes one message, field by field.</summary>
    [HotPath]
    private readonly bool DecodeMessage<TSink>(ref byte message, int length, ulong sequence, ref TSink sink)
        where TSink : struct, IUpdateSink
    {
        const int Shortest = 19;
        if (length < Shortest) return DecodeRare(ref message, length, sequence, ref sink);
        _counters.Messages[message]++;
        switch (message)
        {
            case (byte)'F':
                if (length < 40) return Fail(MalformedReason.BadBlock);
                goto case (byte)'A';

            case (byte)'A':
                if (length < 36) return Fail(MalformedReason.BadBlock);
                ref var added = ref Claim(ref message, sequence, ref sink);
                added.Kind = UpdateKind.Order;
                added.Side = Unsafe.Add(ref message, 19) == (byte)'S' ? BookSide.Ask : BookSide.Bid;
                added.Quantity = Read32(ref Unsafe.Add(ref message, 20));
                added.Price = Read32(ref Unsafe.Add(ref message, 32));
                added.Priority = sequence;
                return true;

            case (byte)'D':
                ref var deleted = ref Claim(ref message, sequence, ref sink);
                deleted.Kind = UpdateKind.Order;
                deleted.Action = BookAction.Delete;
                return true;

            case (byte)'U':
                if (length < 35) return Fail(MalformedReason.BadBlock);
                ref var replaced = ref Claim(ref message, sequence, ref sink);
                replaced.Kind = UpdateKind.OrderReplaced;
                replaced.Priority = Read64(ref Unsafe.Add(ref message, 19));
                replaced.Quantity = Read32(ref Unsafe.Add(ref message, 27));
                replaced.Price = Read32(ref Unsafe.Add(ref message, 31));
                return true;

            case (byte)'E':
                if (length < 31) return Fail(MalformedReason.BadBlock);
                ref var executed = ref Claim(ref message, sequence, ref sink);
                executed.Kind = UpdateKind.OrderReduced;
                executed.Code = (byte)'E';
                executed.Quantity = Read32(ref Unsafe.Add(ref message, 19));
                executed.Price = MarketUpdate.NullPrice;
                executed.Priority = Read64(ref Unsafe.Add(ref message, 23));
                return true;

            case (byte)'C':
                if (length < 36) return Fail(MalformedReason.BadBlock);
                ref var priced = ref Claim(ref message, sequence, ref sink);
                priced.Kind = UpdateKind.OrderReduced;
                priced.Code = (byte)'C';
                priced.Quantity = Read32(ref Unsafe.Add(ref message, 19));
                priced.Priority = Read64(ref Unsafe.Add(ref message, 23));
                priced.Price = Read32(ref Unsafe.Add(ref message, 32));
                if (Unsafe.Add(ref message, 31) == (byte)'N') priced.Flags |= UpdateFlags.NonPrintable;
                return true;

            case (byte)'X':
                if (length < 23) return Fail(MalformedReason.BadBlock);
                ref var cancelled = ref Claim(ref message, sequence, ref sink);
                cancelled.Kind = UpdateKind.OrderReduced;
                cancelled.Code = (byte)'X';
                cancelled.Quantity = Read32(ref Unsafe.Add(ref message, 19));
                cancelled.Price = MarketUpdate.NullPrice;
                return true;

            case (byte)'P':
                if (length < 44) return Fail(MalformedReason.BadBlock);
                ref var trade = ref Claim(ref message, sequence, ref sink);
                trade.Kind = UpdateKind.Trade;
                trade.Code = (byte)'P';
                trade.Side = BookSide.None;
                trade.Quantity = Read32(ref Unsafe.Add(ref message, 20));
                trade.Price = Read32(ref Unsafe.Add(ref message, 32));
                trade.OrderId = Read64(ref Unsafe.Add(ref message, 36));
                return true;

            default:
                _counters.Messages[message]--;
                return DecodeRare(ref message, length, sequence, ref sink);
        }
    }

    /// <summary>A slot with what all messages have. The order reference is at the same place in all that have one.</summary>
    [HotPath]
    [MethodImpl(MethodImplOptions.AggressiveInlining)]
    private readonly ref MarketUpdate Claim<TSink>(ref byte message, ulong sequence, ref TSink sink)
        where TSink : struct, IUpdateSink
    {
        ref var update = ref sink.Claim();
        update.Flags |= _messageFlags;
        update.Instrument = Read16(ref Unsafe.Add(ref message, 1));
        // The u48 time with the two bytes before it: a read of eight bytes that never passes the end of the head.
        update.TransactTimeNs = Read64(ref Unsafe.Add(ref message, 3)) & 0xFFFF_FFFF_FFFF;
        update.OrderId = Read64(ref Unsafe.Add(ref message, Itch5.HeadBytes));
        update.PacketSequence = (uint)sequence;
        return ref update;
    }

    [HotPath]
    private static ushort Read16(ref byte at) => BinaryPrimitives.ReverseEndianness(Unsafe.ReadUnaligned<ushort>(ref at));

    [HotPath]
    private static uint Read32(ref byte at) => BinaryPrimitives.ReverseEndianness(Unsafe.ReadUnaligned<uint>(ref at));

    [HotPath]
    private static ulong Read64(ref byte at) => BinaryPrimitives.ReverseEndianness(Unsafe.ReadUnaligned<ulong>(ref at));

    [MethodImpl(MethodImplOptions.NoInlining)]
    private readonly bool Fail(MalformedReason reason)
    {
        _counters.Malformed[(int)reason]++;
        return false;
    }
}
