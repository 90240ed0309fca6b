namespace Disruptor;

/// <summary>Spins for a while, then offers its core to other threads between reads. Uses all CPU time that nobody else wants.</summary>
public sealed class YieldingWaitStrategy : IWaitStrategy
{
    private const int SpinTries = 100;

    /// <inheritdoc/>
    public bool IsBlockingStrategy => false;

    /// <inheritdoc/>
    public SequenceWaitResult WaitFor(long sequence, DependentSequenceGroup dependentSequences, CancellationToken cancellationToken)
    {
        var spinsLeft = SpinTries;
        while (true)
        {
            var available = dependentSequences.Value;
            if (available >= sequence) return available;
            cancellationToken.ThrowIfCancellationRequested();
            if (spinsLeft > 0) spinsLeft--;
            else Thread.Yield();
        }
    }

    /// <inheritdoc/>
    public void SignalAllWhenBlocking()
    {
    }
}
