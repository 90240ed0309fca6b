using Disruptor;
using FeedHandler.Codecs;

namespace FeedHandler.Actors;

/// <summary>A ring that a shard reads, and where the shard stands in it.</summary>
/// <remarks>Lives outside the shard, so that a restart loses no place. Owned by the shard's thread; the sequence gates the ring's producer.</remarks>
internal sealed class ShardIntake
{
    /// <summary>Bits of a position that are the ring's sequence: at 100 million updates a second they last for 22 years.</summary>
    private const int SequenceBits = 56;

    private const long SequenceMask = (1L << SequenceBits) - 1;

    private readonly long _base;

    /// <summary>Starts at the ring's end, and gates its producer from now on.</summary>
    /// <param name="ring">The ring of one RX core.</param>
    /// <param name="core">Number of the core.</param>
    public ShardIntake(ValueRingBuffer<MarketUpdate> ring, int core)
    {
        Ring = ring;
        _base = (long)core << SequenceBits;
        Sequence.SetValue(ring.Cursor);
        ring.AddGatingSequences(Sequence);
    }

    public ValueRingBuffer<MarketUpdate> Ring { get; }

    /// <summary>Last ring sequence that the shard has taken.</summary>
    public Sequence Sequence { get; } = new();

    /// <summary>The core's clock as it was when the shard turned to another ring, nanoseconds since the Unix epoch; 0: not known.</summary>
    public long ClockNs { get; set; }

    /// <summary>Whether there is something to take.</summary>
    public bool HasUpdates => Ring.Cursor > Sequence.Value;

    /// <summary>Place of a ring sequence in the order of all updates: each core has a range of its own, the first that of the sequences.</summary>
    public long PositionOf(long sequence) => _base | sequence;

    /// <summary>The ring sequence of such a place.</summary>
    public static long SequenceOf(long position) => position & SequenceMask;

    /// <summary>The core of such a place.</summary>
    public static int CoreOf(long position) => (int)(position >> SequenceBits);

    /// <summary>The end of the packet that <paramref name="last"/> is in; what is published ends with a packet.</summary>
    public long EndOfPacket(long last)
    {
        var cursor = Ring.Cursor;
        while (last < cursor && (Ring[last].Flags & UpdateFlags.EndOfPacket) == 0) last++;
        return last;
    }
}
