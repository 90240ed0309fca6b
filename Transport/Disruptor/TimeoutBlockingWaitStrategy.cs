namespace Disruptor;

/// <summary>Blocks on a monitor, and tells the handler when nothing was published for some time.</summary>
/// <remarks>A consumer behind others blocks for the cursor only, then spins until the others have caught up.</remarks>
public sealed class TimeoutBlockingWaitStrategy : IWaitStrategy
{
    private readonly SignalledGate _gate = new();
    private readonly TimeSpan _timeout;

    /// <summary>Creates the strategy.</summary>
    /// <param name="timeout">How long a wait may last.</param>
    public TimeoutBlockingWaitStrategy(TimeSpan timeout)
    {
        _timeout = timeout;
    }

    /// <inheritdoc/>
    public bool IsBlockingStrategy => true;

    /// <inheritdoc/>
    public SequenceWaitResult WaitFor(long sequence, DependentSequenceGroup dependentSequences, CancellationToken cancellationToken)
        => _gate.WaitForCursor(sequence, dependentSequences, _timeout, cancellationToken)
            ? dependentSequences.AggressiveSpinWaitFor(sequence, cancellationToken)
            : SequenceWaitResult.Timeout;

    /// <inheritdoc/>
    public void SignalAllWhenBlocking() => _gate.Signal();
}
