namespace FeedHandler.Transport;

/// <summary>How RX cores wake a consumer of their rings that has parked.</summary>
/// <remarks>
/// Dekker's protocol: the consumer sets <see cref="Park"/>, then looks at the ring once more; the producer publishes, then
/// looks at the flag. Each has a full fence between its write and its read, so at least one of them sees the other. With several producers, whoever takes the
/// flag back wakes the consumer; it is touched only while the consumer sleeps.
/// </remarks>
public abstract class ConsumerSignal
{
    private int _parked;

    /// <summary>Consumer: says that it is about to sleep. It must look at the ring once more before it does.</summary>
    public void Park() => Interlocked.Exchange(ref _parked, 1);

    /// <summary>Consumer: takes <see cref="Park"/> back.</summary>
    /// <returns>False where the producer woke it meanwhile: the wake-up is on its way.</returns>
    public bool Unpark() => Interlocked.Exchange(ref _parked, 0) == 1;

    /// <summary>Producer: whether to wake the consumer; after a full fence that follows the publication.</summary>
    internal bool ShouldWake => Volatile.Read(ref _parked) != 0 && Interlocked.Exchange(ref _parked, 0) == 1;

    /// <summary>Wakes the consumer. Called on an RX thread, once per <see cref="Park"/>.</summary>
    protected internal abstract void Wake();
}
