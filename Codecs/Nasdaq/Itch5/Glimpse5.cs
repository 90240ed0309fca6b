using FeedHandler.Codecs.Nasdaq.SoupBinTcp;

namespace FeedHandler.Codecs.Nasdaq.Itch5;

/// <summary>GLIMPSE 5.0: the present state of a TotalView-ITCH 5.0 feed as messages of that feed, and where the feed goes on.</summary>
/// <remarks>An order is told by its add order message, with the shares that are left; those of one price come in queue order.</remarks>
public static class Glimpse5
{
    /// <summary>Type of the message that ends an image.</summary>
    public const byte EndOfSnapshot = (byte)'G';

    /// <summary>Length of the message that ends an image: its type and a sequence number in text.</summary>
    public const int EndOfSnapshotBytes = 1 + SoupBinPacket.SequenceBytes;

    /// <summary>Reads the end of an image.</summary>
    /// <param name="message">A message of type <see cref="EndOfSnapshot"/>.</param>
    /// <param name="sequence">The first message of the real-time feed that the image does not include.</param>
    public static bool TryReadEnd(ReadOnlySpan<byte> message, out ulong sequence)
    {
        sequence = 0;
        return message.Length == EndOfSnapshotBytes && SoupBinPacket.TryReadNumber(message[1..], out sequence) && sequence != 0;
    }

    /// <summary>Whether a message of the feed can be part of an image: it says what is, not what happens.</summary>
    public static bool IsState(byte type) => type is (byte)'S' or (byte)'R' or (byte)'H' or (byte)'Y' or (byte)'L' or (byte)'V' or (byte)'W'
        or (byte)'K' or (byte)'J' or (byte)'h' or (byte)'N' or (byte)'O' or (byte)'A' or (byte)'F';
}
