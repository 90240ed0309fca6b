using System.Diagnostics;
using System.Runtime.CompilerServices;

namespace Disruptor;

/// <summary>The consumers that a sequencer waits for: an immutable array, replaced as a whole.</summary>
internal static class GatingSequences
{
    /// <summary>The lowest of the sequences and <paramref name="minimum"/>.</summary>
    [MethodImpl(MethodImplOptions.AggressiveInlining)]
    public static long Minimum(Sequence[] sequences, long minimum = long.MaxValue)
    {
        foreach (var sequence in sequences)
        {
            minimum = Math.Min(minimum, sequence.Value);
        }

        return minimum;
    }

    public static void Add(ref Sequence[] sequences, ICursored sequencer, Sequence[] added)
    {
        ArgumentNullException.ThrowIfNull(added);
        Sequence[] before, after;
        do
        {
            before = Volatile.Read(ref sequences);
            after = [.. before, .. added];
            MoveToCursor(sequencer, added); // or the producers would see an old value for a moment, and refuse
        }
        while (Interlocked.CompareExchange(ref sequences, after, before) != before);

        // A producer that still saw the old array had the ring bounded by a gate at or below the cursor of now
        // (both sides fence), so from here on the new consumers cannot be overtaken.
        MoveToCursor(sequencer, added);
    }

    public static bool Remove(ref Sequence[] sequences, Sequence removed)
    {
        Sequence[] before, after;
        do
        {
            before = Volatile.Read(ref sequences);
            after = Array.FindAll(before, sequence => sequence != removed);
            if (after.Length == before.Length) return false;
        }
        while (Interlocked.CompareExchange(ref sequences, after, before) != before);

        return true;
    }

    /// <summary>The size of a ring, checked.</summary>
    public static int CheckedBufferSize(int bufferSize)
    {
        if (bufferSize < 1) throw new ArgumentException("bufferSize must not be less than 1", nameof(bufferSize));
        if (!int.IsPow2(bufferSize)) throw new ArgumentException("bufferSize must be a power of 2", nameof(bufferSize));
        return bufferSize;
    }

    private static void MoveToCursor(ICursored sequencer, Sequence[] sequences)
    {
        var cursor = sequencer.Cursor;
        foreach (var sequence in sequences)
        {
            Debug.Assert(sequence is not null, "A gating sequence must not be null.");
            sequence.SetValue(cursor);
        }
    }
}
