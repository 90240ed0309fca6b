using System.Buffers.Binary;
using System.Runtime.CompilerServices;
using System.Runtime.InteropServices;

namespace FeedHandler.Codecs.Nasdaq.Itch5;

/// <content>Messages that change no order.</content>
public partial struct Itch5Decoder
{
    [MethodImpl(MethodImplOptions.NoInlining)]
    private readonly bool DecodeRare<TSink>(ref byte first, int length, ulong sequence, ref TSink sink)
        where TSink : struct, IUpdateSink
    {
        if (length == 0) return Fail(MalformedReason.MessageSizeTooSmall);
        var message = MemoryMarshal.CreateReadOnlySpan(ref first, length);
        var known = Itch5.LengthOf(message[0]);
        if (known == 0)
        {
            _counters.Unknown++;
            return true;
        }

        if (length < known) return Fail(MalformedReason.BadBlock);
        _counters.Count(message[0]);
        ref var update = ref sink.Claim();
        update.Flags |= _messageFlags;
        update.Code = message[0];
        update.Instrument = BinaryPrimitives.ReadUInt16BigEndian(message[1..]);
        update.TransactTimeNs = BinaryPrimitives.ReadUInt64BigEndian(message[3..]) & 0xFFFF_FFFF_FFFF;
        update.PacketSequence = (uint)sequence;
        var body = message[Itch5.HeadBytes..];
        switch (message[0])
        {
            case (byte)'R':
                Directory(body, ref update, ref sink);
                break;
            case (byte)'H':
                update.Kind = UpdateKind.Status;
                update.Code = body[8];
                update.Detail = BinaryPrimitives.ReadInt32BigEndian(body[10..]);
                break;
            case (byte)'Q':
                update.Kind = UpdateKind.Trade;
                update.Side = BookSide.None;
                update.Level = body[28];
                update.Quantity = BinaryPrimitives.ReadInt64BigEndian(body);
                update.Price = BinaryPrimitives.ReadUInt32BigEndian(body[16..]);
                update.OrderId = BinaryPrimitives.ReadUInt64BigEndian(body[20..]);
                break;
            case (byte)'B':
                update.Kind = UpdateKind.Trade;
                update.Action = BookAction.Delete;
                update.Side = BookSide.None;
                update.Price = MarketUpdate.NullPrice;
                update.OrderId = BinaryPrimitives.ReadUInt64BigEndian(body);
                break;
            case (byte)'I':
                update.Kind = UpdateKind.Auction;
                update.Quantity = BinaryPrimitives.ReadInt64BigEndian(body);
                update.OrderId = BinaryPrimitives.ReadUInt64BigEndian(body[8..]);
                update.Side = body[16] switch { (byte)'B' => BookSide.Bid, (byte)'S' => BookSide.Ask, _ => BookSide.None };
                update.Priority = BinaryPrimitives.ReadUInt32BigEndian(body[25..]) | ((ulong)BinaryPrimitives.ReadUInt32BigEndian(body[29..]) << 32);
                update.Price = BinaryPrimitives.ReadUInt32BigEndian(body[33..]);
                update.Level = body[37];
                break;
            case (byte)'J':
                update.Kind = UpdateKind.Limits;
                update.OrderId = BinaryPrimitives.ReadUInt32BigEndian(body[8..]);
                update.Quantity = BinaryPrimitives.ReadUInt32BigEndian(body[12..]);
                update.Price = BinaryPrimitives.ReadUInt32BigEndian(body[16..]);
                update.Detail = BinaryPrimitives.ReadInt32BigEndian(body[20..]);
                break;
            case (byte)'O':
                update.Kind = UpdateKind.Limits;
                update.Level = body[8];
                update.Price = BinaryPrimitives.ReadUInt32BigEndian(body[9..]);
                update.Quantity = BinaryPrimitives.ReadUInt32BigEndian(body[13..]);
                update.OrderId = BinaryPrimitives.ReadUInt32BigEndian(body[17..]);
                break;
            case (byte)'V':
                DeclineLevels(body, ref update, ref sink);
                break;
            case (byte)'K':
                update.Kind = UpdateKind.Statistic;
                update.Quantity = BinaryPrimitives.ReadUInt32BigEndian(body[8..]);
                update.Level = body[12];
                update.Price = BinaryPrimitives.ReadUInt32BigEndian(body[13..]);
                break;
            default:
                update.Kind = UpdateKind.VenueState;
                State(message[0], body, ref update);
                break;
        }

        return true;
    }

    /// <summary>Codes of one byte: system event, Reg SHO, market maker, breaker, operational halt, retail interest.</summary>
    private static void State(byte type, ReadOnlySpan<byte> body, ref MarketUpdate update)
    {
        switch (type)
        {
            case (byte)'L':
                update.OrderId = BinaryPrimitives.ReadUInt32BigEndian(body);
                update.Level = body[14];
                update.Detail = (body[12] << 8) | body[13];
                break;
            case (byte)'h':
                update.Level = body[9];
                update.Detail = body[8];
                break;
            case (byte)'Y':
            case (byte)'N':
                update.Level = body[8];
                break;
            default:
                update.Level = body[0];
                break;
        }
    }

    private static void Directory<TSink>(ReadOnlySpan<byte> body, ref MarketUpdate update, ref TSink sink)
        where TSink : struct, IUpdateSink
    {
        var flags = update.Flags;
        update.Kind = UpdateKind.Definition;
        update.Flags &= ~(UpdateFlags.EndOfEvent | UpdateFlags.EndOfPacket);
        update.Code = 0;
        update.Price = MarketUpdate.NullPrice;
        update.Quantity = MarketUpdate.NullPrice;
        ref var text = ref sink.Claim();
        text.Kind = UpdateKind.DefinitionText;
        text.Code = (byte)DefinitionTextPart.Symbol;
        text.Flags = flags;
        text.Instrument = update.Instrument;
        text.PacketSequence = update.PacketSequence;
        text.TransactTimeNs = update.TransactTimeNs;
        var symbol = body[..8];
        var length = symbol.IndexOf((byte)' ');
        symbol[..(length < 0 ? 8 : length)].CopyTo(text.Text);
    }

    /// <summary>Market-wide circuit breaker: three levels. They have eight decimals, of which the index uses two.</summary>
    private static void DeclineLevels<TSink>(ReadOnlySpan<byte> body, ref MarketUpdate first, ref TSink sink)
        where TSink : struct, IUpdateSink
    {
        var common = first;
        common.Kind = UpdateKind.Statistic;
        common.Instrument = 0;
        for (var level = 1; level <= 3; level++)
        {
            ref var update = ref first;
            if (level > 1) update = ref sink.Claim();
            update = common;
            if (level < 3) update.Flags &= ~(UpdateFlags.EndOfEvent | UpdateFlags.EndOfPacket);
            update.Level = (byte)level;
            update.Price = BinaryPrimitives.ReadInt64BigEndian(body[((level - 1) * 8)..]) / 10_000;
        }
    }
}
