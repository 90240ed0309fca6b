namespace Disruptor;

/// <summary>Spins, then yields, then sleeps about a millisecond at a time. Frugal when idle, and slow to wake.</summary>
public sealed class SleepingWaitStrategy : IWaitStrategy
{
    private const int DefaultRetries = 200;
    private const int YieldTries = 100;

    private readonly int _retries;

    /// <summary>Creates the strategy.</summary>
    /// <param name="retries">Reads before the first sleep; the last hundred of them yield.</param>
    public SleepingWaitStrategy(int retries = DefaultRetries)
    {
        _retries = retries;
    }

    /// <inheritdoc/>
    public bool IsBlockingStrategy => false;

    /// <inheritdoc/>
    public SequenceWaitResult WaitFor(long sequence, DependentSequenceGroup dependentSequences, CancellationToken cancellationToken)
    {
        var retriesLeft = _retries;
        while (true)
        {
            var available = dependentSequences.Value;
            if (available >= sequence) return available;
            cancellationToken.ThrowIfCancellationRequested();
            if (retriesLeft > YieldTries)
            {
                retriesLeft--;
            }
            else if (retriesLeft > 0)
            {
                retriesLeft--;
                Thread.Yield();
            }
            else
            {
#pragma warning disable RS0030 // this is the wait strategy that sleeps
                Thread.Sleep(1);
#pragma warning restore RS0030
            }
        }
    }

    /// <inheritdoc/>
    public void SignalAllWhenBlocking()
    {
    }
}
