using System.Buffers.Binary;
using FeedHandler.Sbe;
using FeedHandler.Sbe.Schema;

namespace FeedHandler.Replay.Inspect;

/// <summary>How SBE messages lie in a UDP payload, or in a TCP segment that holds whole messages.</summary>
internal enum Framing
{
    /// <summary>Whichever of the others fits the packet.</summary>
    Auto,

    /// <summary>CME MDP 3.0: 12-byte packet header, then messages with a u16 size that counts itself.</summary>
    CmeMdp3,

    /// <summary>MEMX MEMOIR: 18-byte common header, then, for sequenced packets, u16 length and message.</summary>
    Memx,

    /// <summary>B3 Binary UMDF: 16-byte packet header, then a 4-byte framing header whose length counts itself.</summary>
    B3,

    /// <summary>Coinbase Derivatives: 24-byte packet header, then messages with a 10-byte header that starts with the frame's length.</summary>
    Coinbase,

    /// <summary>One message a payload, message header first.</summary>
    Sbe,

    /// <summary>CME MDP 3.0 over TCP: 0xCAFE, then as over UDP.</summary>
    CmeTcp,

    /// <summary>Simple open framing header, as CME iLink 3: u16 size that counts itself, 0xCAFE, message.</summary>
    Sofh,
}

/// <summary>One message of a packet: its SBE header and body.</summary>
internal readonly record struct MessageSlice(int Offset, int Length, SbeMessageHeader? Header);

/// <summary>Finds the messages of a packet.</summary>
internal static class PacketFraming
{
    private const ushort SbeEncoding = 0xCAFE;
    private const int CmeHeader = 12;
    private const int MemxHeader = 18;
    private const int B3Header = 16;
    private const int CoinbaseHeader = 24;
    private const int CoinbaseMessageHeader = 10;

    public static Framing Parse(string name) => name switch
    {
        "auto" => Framing.Auto,
        "cme-mdp3" => Framing.CmeMdp3,
        "memx" => Framing.Memx,
        "b3" => Framing.B3,
        "coinbase" => Framing.Coinbase,
        "sbe" => Framing.Sbe,
        "cme-tcp" => Framing.CmeTcp,
        "sofh" => Framing.Sofh,
        _ => throw new ArgumentException($"\"{name}\" is none of auto, cme-mdp3, memx, b3, coinbase, sbe, cme-tcp, sofh", nameof(name)),
    };

    /// <summary>The framing by which the packet is a chain of messages of the schema, up to its last byte.</summary>
    public static Framing Detect(ReadOnlySpan<byte> payload, SbeSchema schema)
    {
        foreach (var framing in (ReadOnlySpan<Framing>)[Framing.CmeTcp, Framing.Sofh, Framing.CmeMdp3, Framing.B3, Framing.Memx, Framing.Coinbase, Framing.Sbe])
        {
            var messages = new List<MessageSlice>();
            if (!TrySplit(framing, payload, messages) || messages.Count == 0) continue;
            var known = true;
            foreach (var message in messages) known &= IsKnown(payload, schema, message);
            if (known) return framing;
        }

        return Framing.Auto;
    }

    /// <summary>The framing of a packet that holds no message, as a heartbeat.</summary>
    public static Framing DetectEmpty(ReadOnlySpan<byte> payload)
    {
        foreach (var framing in (ReadOnlySpan<Framing>)[Framing.Memx, Framing.CmeMdp3, Framing.B3, Framing.Coinbase])
        {
            var messages = new List<MessageSlice>();
            if (TrySplit(framing, payload, messages) && messages.Count == 0) return framing;
        }

        return Framing.Auto;
    }

    /// <summary>Sequence number and send time, where the framing has them.</summary>
    public static (ulong Sequence, ulong SendingTimeNs)? ReadHeader(Framing framing, ReadOnlySpan<byte> payload) => framing switch
    {
        Framing.CmeMdp3 when payload.Length >= CmeHeader => (BinaryPrimitives.ReadUInt32LittleEndian(payload), BinaryPrimitives.ReadUInt64LittleEndian(payload[4..])),
        Framing.CmeTcp => payload.Length >= 2 ? ReadHeader(Framing.CmeMdp3, payload[2..]) : null,
        Framing.B3 when payload.Length >= B3Header => (BinaryPrimitives.ReadUInt32LittleEndian(payload[4..]), BinaryPrimitives.ReadUInt64LittleEndian(payload[8..])),
        Framing.Memx when payload.Length >= MemxHeader => (BinaryPrimitives.ReadUInt64BigEndian(payload[10..]), 0),
        Framing.Coinbase when payload.Length >= CoinbaseHeader => (BinaryPrimitives.ReadUInt64LittleEndian(payload[8..]), BinaryPrimitives.ReadUInt64LittleEndian(payload)),
        _ => null,
    };

    /// <summary>Lists the messages; false where a length does not fit, with those before it listed.</summary>
    public static bool TrySplit(Framing framing, ReadOnlySpan<byte> payload, List<MessageSlice> messages)
    {
        switch (framing)
        {
            case Framing.CmeMdp3:
                return SplitBySize(payload, CmeHeader, 2, 2, messages);
            case Framing.B3:
                return SplitBySize(payload, B3Header, 4, 4, messages);
            case Framing.Memx:
                return SplitMemx(payload, messages);
            case Framing.Coinbase:
                return SplitCoinbase(payload, messages);
            case Framing.CmeTcp:
                return IsSbeAt(payload, 0) && SplitBySize(payload, 2 + CmeHeader, 2, 2, messages);
            case Framing.Sofh:
                if (payload.IsEmpty || !SplitBySize(payload, 0, 4, 4, messages)) return false;
                foreach (var message in messages)
                {
                    if (!IsSbeAt(payload, message.Offset - 2)) return false;
                }

                return true;
            case Framing.Sbe:
                messages.Add(new MessageSlice(0, payload.Length, null));
                return true;
            default:
                return false;
        }
    }

    private static bool IsKnown(ReadOnlySpan<byte> payload, SbeSchema schema, MessageSlice message)
    {
        var bytes = payload.Slice(message.Offset, message.Length);
        if (message.Header is not { } header && SbeDecoder.TryReadHeader(schema, bytes, out header) != SbeError.None) return false;
        return schema.FindMessage(header.TemplateId) is not null && (header.SchemaId == schema.Model.Id || schema.Model.Header.SchemaId.Constant is not null);
    }

    private static bool IsSbeAt(ReadOnlySpan<byte> payload, int offset) =>
        payload.Length >= offset + 2 && BinaryPrimitives.ReadUInt16LittleEndian(payload[offset..]) == SbeEncoding;

    private static bool SplitBySize(ReadOnlySpan<byte> payload, int packetHeader, int framingBytes, int smallest, List<MessageSlice> messages)
    {
        for (var at = packetHeader; at != payload.Length;)
        {
            if (payload.Length - at < framingBytes) return false;
            var size = BinaryPrimitives.ReadUInt16LittleEndian(payload[at..]);
            if (size <= smallest || size > payload.Length - at) return false;
            messages.Add(new MessageSlice(at + framingBytes, size - framingBytes, null));
            at += size;
        }

        return payload.Length >= packetHeader;
    }

    private static bool SplitMemx(ReadOnlySpan<byte> payload, List<MessageSlice> messages)
    {
        const byte Sequenced = 2;
        if (payload.Length < MemxHeader || payload[0] > Sequenced || payload[1] != MemxHeader) return false;
        if (payload[0] != Sequenced) return payload.Length == MemxHeader;
        if (payload.Length < MemxHeader + 2) return false;
        var at = MemxHeader + 2;
        for (var left = BinaryPrimitives.ReadUInt16BigEndian(payload[MemxHeader..]); left != 0; left--)
        {
            if (payload.Length - at < 2) return false;
            var length = BinaryPrimitives.ReadUInt16BigEndian(payload[at..]);
            if (length == 0 || length > payload.Length - at - 2) return false;
            messages.Add(new MessageSlice(at + 2, length, null));
            at += 2 + length;
        }

        return at == payload.Length;
    }

    private static bool SplitCoinbase(ReadOnlySpan<byte> payload, List<MessageSlice> messages)
    {
        for (var at = CoinbaseHeader; at != payload.Length;)
        {
            if (payload.Length - at < CoinbaseMessageHeader) return false;
            var frame = payload[at..];
            var length = BinaryPrimitives.ReadUInt16LittleEndian(frame);
            if (length < CoinbaseMessageHeader || length > frame.Length) return false;
            var header = new SbeMessageHeader(
                BinaryPrimitives.ReadUInt16LittleEndian(frame[2..]),
                BinaryPrimitives.ReadUInt16LittleEndian(frame[4..]),
                BinaryPrimitives.ReadUInt16LittleEndian(frame[6..]),
                BinaryPrimitives.ReadUInt16LittleEndian(frame[8..]));
            messages.Add(new MessageSlice(at + CoinbaseMessageHeader, length - CoinbaseMessageHeader, header));
            at += length;
        }

        return payload.Length >= CoinbaseHeader;
    }
}
