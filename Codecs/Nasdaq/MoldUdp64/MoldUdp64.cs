using System.Buffers.Binary;

namespace FeedHandler.Codecs.Nasdaq.MoldUdp64;

/// <summary>MoldUDP64 1.00: messages numbered one by one, several to a packet. All fields are big-endian.</summary>
/// <remarks>A packet is a header of 20 bytes (session, sequence of the first message, count) and blocks of u16 length and message. A request has the same header and nothing else.</remarks>
public static class MoldPacket
{
    /// <summary>Length of the header, and of a whole request.</summary>
    public const int HeaderBytes = 20;

    /// <summary>Length of the session name.</summary>
    public const int SessionBytes = 10;

    /// <summary>Bytes before each message: its length.</summary>
    public const int LengthBytes = 2;

    /// <summary>Count of a packet without messages that names the next sequence number.</summary>
    public const ushort Heartbeat = 0;

    /// <summary>Count of a packet that says that the session is over; it has no messages and names the next sequence number.</summary>
    public const ushort EndOfSession = 0xFFFF;

    private const int SequenceOffset = 10;
    private const int CountOffset = 18;

    /// <summary>Sequence number of the first message; the packet has been checked to be long enough.</summary>
    [HotPath]
    public static ulong Sequence(ReadOnlySpan<byte> packet) => BinaryPrimitives.ReadUInt64BigEndian(packet[SequenceOffset..]);

    /// <summary>Message count as on the wire; the packet has been checked to be long enough.</summary>
    [HotPath]
    public static ushort Count(ReadOnlySpan<byte> packet) => BinaryPrimitives.ReadUInt16BigEndian(packet[CountOffset..]);

    /// <summary>The session's ten characters folded into a number that differs where they differ in practice; never 0.</summary>
    [HotPath]
    public static ulong SessionKey(ReadOnlySpan<byte> packet)
    {
        // The last characters count up from day to day; the multiplication keeps both reads apart.
        var head = BinaryPrimitives.ReadUInt64BigEndian(packet);
        var tail = BinaryPrimitives.ReadUInt64BigEndian(packet[2..]);
        return ((head * 0x9E37_79B9_7F4A_7C15UL) ^ tail) | 1;
    }

    /// <summary>Writes a header.</summary>
    public static void WriteHeader(Span<byte> packet, ReadOnlySpan<byte> session, ulong sequence, ushort count)
    {
        session[..SessionBytes].CopyTo(packet);
        BinaryPrimitives.WriteUInt64BigEndian(packet[SequenceOffset..], sequence);
        BinaryPrimitives.WriteUInt16BigEndian(packet[CountOffset..], count);
    }

    /// <summary>Writes a message and its length.</summary>
    /// <param name="at">Where they go; room for both.</param>
    /// <param name="message">The message, of 65 535 bytes at most.</param>
    /// <returns>Bytes of both.</returns>
    public static int WriteMessage(Span<byte> at, ReadOnlySpan<byte> message)
    {
        BinaryPrimitives.WriteUInt16BigEndian(at, (ushort)message.Length);
        message.CopyTo(at[LengthBytes..]);
        return LengthBytes + message.Length;
    }
}
