namespace Disruptor;

/// <summary>How a consumer waits for its next event: latency against CPU time.</summary>
/// <remarks>One object serves all consumers of a ring and is called by all of them at once.</remarks>
public interface IWaitStrategy
{
    /// <summary>Whether waiting consumers must be signalled at each publication.</summary>
    bool IsBlockingStrategy { get; }

    /// <summary>Waits until a sequence is available.</summary>
    /// <param name="sequence">The sequence.</param>
    /// <param name="dependentSequences">What to wait for.</param>
    /// <param name="cancellationToken">Ends the wait by an <see cref="OperationCanceledException"/>.</param>
    /// <returns>The highest available sequence, or a time-out.</returns>
    SequenceWaitResult WaitFor(long sequence, DependentSequenceGroup dependentSequences, CancellationToken cancellationToken);

    /// <summary>Wakes the consumers that block.</summary>
    void SignalAllWhenBlocking();
}
