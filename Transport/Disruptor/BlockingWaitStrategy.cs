namespace Disruptor;

/// <summary>Blocks on a monitor. Costs no CPU time while idle; a publication costs a fence, and a lock if somebody waits.</summary>
/// <remarks>A consumer behind others blocks for the cursor only, then spins until the others have caught up.</remarks>
public sealed class BlockingWaitStrategy : IWaitStrategy
{
    private readonly SignalledGate _gate = new();

    /// <inheritdoc/>
    public bool IsBlockingStrategy => true;

    /// <inheritdoc/>
    public SequenceWaitResult WaitFor(long sequence, DependentSequenceGroup dependentSequences, CancellationToken cancellationToken)
    {
        _gate.WaitForCursor(sequence, dependentSequences, Timeout.InfiniteTimeSpan, cancellationToken);
        return dependentSequences.AggressiveSpinWaitFor(sequence, cancellationToken);
    }

    /// <inheritdoc/>
    public void SignalAllWhenBlocking() => _gate.Signal();
}
