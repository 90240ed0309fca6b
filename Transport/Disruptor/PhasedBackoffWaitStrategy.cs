using System.Diagnostics;

namespace Disruptor;

/// <summary>Spins for some time, then yields for some time, then leaves the wait to another strategy.</summary>
public sealed class PhasedBackoffWaitStrategy : IWaitStrategy
{
    private const int SpinsPerClockRead = 1000;

    private readonly IWaitStrategy _fallbackStrategy;

    /// <summary>Creates the strategy.</summary>
    /// <param name="spinTimeout">How long to spin.</param>
    /// <param name="yieldTimeout">How long to yield after that.</param>
    /// <param name="fallbackStrategy">Who waits after that.</param>
    public PhasedBackoffWaitStrategy(TimeSpan spinTimeout, TimeSpan yieldTimeout, IWaitStrategy fallbackStrategy)
    {
        ArgumentNullException.ThrowIfNull(fallbackStrategy);
        SpinTimeout = ToTimestamps(spinTimeout);
        YieldTimeout = SpinTimeout + ToTimestamps(yieldTimeout);
        _fallbackStrategy = fallbackStrategy;
    }

    /// <inheritdoc/>
    public bool IsBlockingStrategy => _fallbackStrategy.IsBlockingStrategy;

    /// <summary>When spinning ends, in units of <see cref="Stopwatch.GetTimestamp"/> from the start of the wait.</summary>
    public long SpinTimeout { get; }

    /// <summary>When yielding ends, in units of <see cref="Stopwatch.GetTimestamp"/> from the start of the wait.</summary>
    public long YieldTimeout { get; }

    /// <summary>Spins, yields, then blocks.</summary>
    /// <param name="spinTimeout">How long to spin.</param>
    /// <param name="yieldTimeout">How long to yield after that.</param>
    /// <returns>The strategy.</returns>
    public static PhasedBackoffWaitStrategy WithLock(TimeSpan spinTimeout, TimeSpan yieldTimeout)
        => new(spinTimeout, yieldTimeout, new BlockingWaitStrategy());

    /// <summary>Spins, yields, then sleeps.</summary>
    /// <param name="spinTimeout">How long to spin.</param>
    /// <param name="yieldTimeout">How long to yield after that.</param>
    /// <returns>The strategy.</returns>
    public static PhasedBackoffWaitStrategy WithSleep(TimeSpan spinTimeout, TimeSpan yieldTimeout)
        => new(spinTimeout, yieldTimeout, new SleepingWaitStrategy(retries: 0));

    /// <inheritdoc/>
    public SequenceWaitResult WaitFor(long sequence, DependentSequenceGroup dependentSequences, CancellationToken cancellationToken)
    {
        var started = Stopwatch.GetTimestamp();
        var elapsed = 0L;
        while (elapsed <= YieldTimeout)
        {
            var reads = elapsed <= SpinTimeout ? SpinsPerClockRead : 1;
            for (var i = 0; i < reads; i++)
            {
                var available = dependentSequences.Value;
                if (available >= sequence) return available;
            }

            cancellationToken.ThrowIfCancellationRequested();
            elapsed = Stopwatch.GetTimestamp() - started;
            if (elapsed > SpinTimeout) Thread.Yield();
        }

        return _fallbackStrategy.WaitFor(sequence, dependentSequences, cancellationToken);
    }

    /// <inheritdoc/>
    public void SignalAllWhenBlocking() => _fallbackStrategy.SignalAllWhenBlocking();

    private static long ToTimestamps(TimeSpan time) => (long)(time.TotalSeconds * Stopwatch.Frequency);
}
