namespace Disruptor;

/// <summary>A monitor that consumers wait on for the cursor, and that publishers pass by when nobody waits.</summary>
internal sealed class SignalledGate
{
    private readonly object _monitor = new();
    private int _waiters;

    /// <summary>Waits until the cursor has reached a sequence.</summary>
    /// <returns>Whether it has; false after the time-out.</returns>
    public bool WaitForCursor(long sequence, DependentSequenceGroup dependentSequences, TimeSpan timeout, CancellationToken cancellationToken)
    {
        if (dependentSequences.CursorValue >= sequence) return true;
        lock (_monitor)
        {
            // The increment fences: either the publisher sees this waiter, or this waiter sees the publisher's cursor.
            Interlocked.Increment(ref _waiters);
            try
            {
                while (dependentSequences.CursorValue < sequence)
                {
                    cancellationToken.ThrowIfCancellationRequested();
                    if (!Monitor.Wait(_monitor, timeout)) return dependentSequences.CursorValue >= sequence;
                }

                return true;
            }
            finally
            {
                Interlocked.Decrement(ref _waiters);
            }
        }
    }

    /// <summary>Wakes the waiters. Call after the cursor or the cancellation was written.</summary>
    public void Signal()
    {
        Interlocked.MemoryBarrier();
        if (Volatile.Read(ref _waiters) == 0) return;
        lock (_monitor)
        {
            Monitor.PulseAll(_monitor);
        }
    }
}
