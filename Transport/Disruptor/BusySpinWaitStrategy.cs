namespace Disruptor;

/// <summary>Reads the cursor in a loop. Lowest latency; wants a core of its own per consumer.</summary>
public sealed class BusySpinWaitStrategy : IWaitStrategy
{
    /// <inheritdoc/>
    public bool IsBlockingStrategy => false;

    /// <inheritdoc/>
    public SequenceWaitResult WaitFor(long sequence, DependentSequenceGroup dependentSequences, CancellationToken cancellationToken)
        => dependentSequences.AggressiveSpinWaitFor(sequence, cancellationToken);

    /// <inheritdoc/>
    public void SignalAllWhenBlocking()
    {
    }
}
