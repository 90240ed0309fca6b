namespace Disruptor;

/// <summary>Hands out the sequences of a ring and keeps the producers from overtaking the consumers.</summary>
public interface ISequencer : ISequenced, ICursored
{
    /// <summary>Moves the producer to a sequence, as if it and all before it had been claimed. For set-up only.</summary>
    /// <param name="sequence">The sequence.</param>
    void Claim(long sequence);

    /// <summary>Whether a sequence is published and not yet overwritten.</summary>
    /// <param name="sequence">The sequence.</param>
    /// <returns>Whether its event may be read.</returns>
    bool IsAvailable(long sequence);

    /// <summary>Adds consumers that the producers must not overtake. They start behind the cursor.</summary>
    /// <param name="gatingSequences">The consumers' sequences; set to the cursor by this call.</param>
    /// <remarks>Any thread, also while events are published.</remarks>
    void AddGatingSequences(params Sequence[] gatingSequences);

    /// <summary>Lets the producers no longer wait for a consumer.</summary>
    /// <param name="sequence">The consumer's sequence.</param>
    /// <returns>Whether it was a gating sequence.</returns>
    /// <remarks>Any thread, also while events are published.</remarks>
    bool RemoveGatingSequence(Sequence sequence);

    /// <summary>Creates a barrier for a consumer.</summary>
    /// <param name="sequencesToTrack">The consumers that come first; none for the producers alone.</param>
    /// <returns>The barrier.</returns>
    SequenceBarrier NewBarrier(params Sequence[] sequencesToTrack);

    /// <summary>The lowest gating sequence, or the cursor when there is none.</summary>
    /// <returns>The sequence.</returns>
    long GetMinimumSequence();

    /// <summary>The highest sequence that can be read without a hole below it.</summary>
    /// <param name="nextSequence">Where to start.</param>
    /// <param name="availableSequence">Where to stop, inclusive.</param>
    /// <returns>The sequence, <paramref name="nextSequence"/> minus 1 when there is none.</returns>
    long GetHighestPublishedSequence(long nextSequence, long availableSequence);
}
