using System.Buffers.Binary;
using FeedHandler.Codecs.Nasdaq.MoldUdp64;

namespace FeedHandler.Codecs.Nasdaq.Itch5;

/// <summary>One chunk of the image of one book, as it travels from a snapshot client to the decoder.</summary>
/// <remarks>
/// The venue's snapshot is one stream of all orders of all books. A book is judged as a whole, so the client sorts the
/// messages by instrument and packs them into payloads of this form: Mold header (its sequence is the chunk's running
/// number, its count the orders), then this head, then blocks of u16 length and add message.
/// </remarks>
public readonly record struct Itch5Image(ushort Locate, ulong LastSequence, uint Chunk, uint Chunks, uint FirstPriority)
{
    /// <summary>Bytes before the first block.</summary>
    public const int HeadBytes = MoldPacket.HeaderBytes + 22;

    /// <summary>Reads a chunk's head.</summary>
    public static bool TryRead(ReadOnlySpan<byte> payload, out Itch5Image image)
    {
        image = default;
        if (payload.Length < HeadBytes) return false;
        var head = payload[MoldPacket.HeaderBytes..];
        image = new Itch5Image(
            BinaryPrimitives.ReadUInt16BigEndian(head),
            BinaryPrimitives.ReadUInt64BigEndian(head[2..]),
            BinaryPrimitives.ReadUInt32BigEndian(head[10..]),
            BinaryPrimitives.ReadUInt32BigEndian(head[14..]),
            BinaryPrimitives.ReadUInt32BigEndian(head[18..]));
        return true;
    }

    /// <summary>Writes a chunk's head behind the Mold header.</summary>
    public void Write(Span<byte> payload)
    {
        var head = payload[MoldPacket.HeaderBytes..];
        BinaryPrimitives.WriteUInt16BigEndian(head, Locate);
        BinaryPrimitives.WriteUInt64BigEndian(head[2..], LastSequence);
        BinaryPrimitives.WriteUInt32BigEndian(head[10..], Chunk);
        BinaryPrimitives.WriteUInt32BigEndian(head[14..], Chunks);
        BinaryPrimitives.WriteUInt32BigEndian(head[18..], FirstPriority);
    }
}
