namespace Disruptor;

/// <summary>Backs off as <see cref="SpinWait"/> does: pauses, then yields, then sleeps a millisecond at a time.</summary>
public sealed class SpinWaitWaitStrategy : IWaitStrategy
{
    /// <inheritdoc/>
    public bool IsBlockingStrategy => false;

    /// <inheritdoc/>
    public SequenceWaitResult WaitFor(long sequence, DependentSequenceGroup dependentSequences, CancellationToken cancellationToken)
    {
        var spin = new SpinWait();
        while (true)
        {
            var available = dependentSequences.Value;
            if (available >= sequence) return available;
            cancellationToken.ThrowIfCancellationRequested();
            spin.SpinOnce();
        }
    }

    /// <inheritdoc/>
    public void SignalAllWhenBlocking()
    {
    }
}
