namespace Disruptor;

/// <summary>The producer's side of a ring: claim sequences, fill their slots, publish them.</summary>
public interface ISequenced
{
    /// <summary>Number of slots, a power of two.</summary>
    int BufferSize { get; }

    /// <summary>Whether <paramref name="requiredCapacity"/> sequences could be claimed now without waiting.</summary>
    /// <param name="requiredCapacity">Number of sequences.</param>
    /// <returns>Whether they are free.</returns>
    /// <remarks>With several producers another one may take them first.</remarks>
    bool HasAvailableCapacity(int requiredCapacity);

    /// <summary>Number of free slots.</summary>
    /// <returns>Slots that no gating consumer still needs.</returns>
    long GetRemainingCapacity();

    /// <summary>Claims the next sequence; waits while the ring is full.</summary>
    /// <returns>The claimed sequence.</returns>
    long Next();

    /// <summary>Claims the next <paramref name="n"/> sequences; waits while the ring is too full.</summary>
    /// <param name="n">Number of sequences, 1 to <see cref="BufferSize"/>.</param>
    /// <returns>The highest claimed sequence; the lowest is that minus <paramref name="n"/> plus 1.</returns>
    long Next(int n);

    /// <summary>Claims the next sequence unless the ring is full.</summary>
    /// <param name="sequence">The claimed sequence.</param>
    /// <returns>Whether it was claimed.</returns>
    bool TryNext(out long sequence);

    /// <summary>Claims the next <paramref name="n"/> sequences unless the ring is too full.</summary>
    /// <param name="n">Number of sequences, 1 to <see cref="BufferSize"/>.</param>
    /// <param name="sequence">The highest claimed sequence.</param>
    /// <returns>Whether they were claimed.</returns>
    bool TryNext(int n, out long sequence);

    /// <summary>Makes a claimed sequence visible to the consumers.</summary>
    /// <param name="sequence">The sequence.</param>
    /// <remarks>A release write: the slot's content is visible to whoever sees the sequence.</remarks>
    void Publish(long sequence);

    /// <summary>Makes claimed sequences visible to the consumers.</summary>
    /// <param name="lo">The lowest sequence.</param>
    /// <param name="hi">The highest sequence.</param>
    /// <remarks>A release write: the slots' content is visible to whoever sees the sequences.</remarks>
    void Publish(long lo, long hi);
}
