namespace FeedHandler.Codecs;

/// <summary>Which feed of a channel a packet belongs to.</summary>
public enum FeedRole : byte
{
    /// <summary>Sequenced changes.</summary>
    Incremental = 0,

    /// <summary>Loop of price-level images.</summary>
    Snapshot = 1,

    /// <summary>Loop of order images.</summary>
    OrderSnapshot = 2,

    /// <summary>Loop of instrument definitions.</summary>
    Definitions = 3,
}

/// <summary>What line arbitration must know of a packet.</summary>
public struct PacketHeader
{
    /// <summary>First sequence number that the packet covers.</summary>
    public ulong Sequence;

    /// <summary>How many it covers: 1 where packets are numbered, n where messages are; 0 for a heartbeat that names the next one.</summary>
    public uint Count;

    /// <summary>Venue's send time, nanoseconds since the Unix epoch; 0 where the protocol has none.</summary>
    public ulong SendingTimeNs;

    /// <summary>Which session the sequence belongs to; 0 where the protocol has none.</summary>
    public ulong Session;

    /// <summary>The venue says that the session is over; <see cref="Sequence"/> is the one that would have come next.</summary>
    public bool EndsSession;
}

/// <summary>One protocol: packets in, normalised updates out.</summary>
/// <remarks>
/// Implemented by structs, so that the receiver's calls are direct. Pure: no clock, no I/O. Owned by one RX core. Bad input
/// is counted in <see cref="DecoderCounters"/> and never throws.
/// </remarks>
public interface IPacketDecoder
{
    /// <summary>Reads the packet header.</summary>
    /// <returns>False, and counted, where the payload is too short for one.</returns>
    bool TryReadHeader(ReadOnlySpan<byte> payload, out PacketHeader header);

    /// <summary>Decodes a packet's messages.</summary>
    /// <param name="payload">The whole UDP payload, header included.</param>
    /// <param name="skip">Messages at its start that are already known.</param>
    /// <param name="role">The feed it came from.</param>
    /// <param name="sink">Where the updates go.</param>
    /// <returns>False where a part that could have changed a book could not be read.</returns>
    bool Decode<TSink>(ReadOnlySpan<byte> payload, uint skip, FeedRole role, ref TSink sink)
        where TSink : struct, IUpdateSink;

    /// <summary>Reads the incremental sequence that a packet of a snapshot loop says to include; the highest where it has several images.</summary>
    /// <returns>False where it has no image, or none that can be read. Nothing is counted.</returns>
    bool TryReadSnapshotSequence(ReadOnlySpan<byte> payload, out ulong sequence);

    /// <summary>What was counted.</summary>
    DecoderCounters Counters { get; }
}

/// <summary>Why a packet or message could not be read.</summary>
public enum MalformedReason
{
    /// <summary>Payload shorter than the packet header.</summary>
    PacketTooShort = 0,

    /// <summary>Bytes at the end that are too few for a message.</summary>
    TrailingBytes = 1,

    /// <summary>Message size 0, or smaller than its own headers.</summary>
    MessageSizeTooSmall = 2,

    /// <summary>Message size beyond the end of the packet.</summary>
    MessageSizeBeyondPacket = 3,

    /// <summary>Root block shorter than the fields of the message's version, or cut.</summary>
    BadBlock = 4,

    /// <summary>Group whose entries are too short or do not fit into the message.</summary>
    BadGroup = 5,

    /// <summary>Other SBE schema id than the channel's.</summary>
    WrongSchema = 6,

    /// <summary>Field with a value that has no meaning (side, action, reference to an entry that is not there).</summary>
    BadValue = 7,
}

/// <summary>What a decoder counted. Owned by one RX core; others read it for display.</summary>
public sealed class DecoderCounters
{
    /// <summary>Number of template ids that have a counter of their own.</summary>
    public const int MaxTemplates = 1024;

    /// <summary>Number of <see cref="MalformedReason"/> values.</summary>
    public const int MalformedReasons = 8;

    /// <summary>Messages by template id (or by type byte); ids past the array are counted in its last element.</summary>
    public readonly long[] Messages = new long[MaxTemplates];

    /// <summary>Packets and messages that could not be read, by reason.</summary>
    public readonly long[] Malformed = new long[MalformedReasons];

    /// <summary>Messages of templates that nobody here knows; skipped by their size.</summary>
    public long Unknown;

    /// <summary>Counts a message.</summary>
    [HotPath]
    public void Count(int template) => Messages[Math.Min((uint)template, MaxTemplates - 1)]++;
}
