namespace Disruptor;

/// <summary>Decides what becomes of an exception that a handler throws.</summary>
/// <typeparam name="T">Type of the events.</typeparam>
/// <remarks>
/// Called on the processor's thread. When a method returns, the processor goes on (with the event after the one that
/// failed); when it throws, the processor ends and the ring fills up.
/// </remarks>
public interface IValueExceptionHandler<T>
    where T : struct
{
    /// <summary>An event or the start of a batch failed.</summary>
    /// <param name="ex">What was thrown.</param>
    /// <param name="sequence">The event's sequence.</param>
    /// <param name="evt">The event.</param>
    void HandleEventException(Exception ex, long sequence, ref T evt);

    /// <summary><see cref="IValueEventHandler{T}.OnTimeout"/> failed.</summary>
    /// <param name="ex">What was thrown.</param>
    /// <param name="sequence">The last handled sequence.</param>
    void HandleOnTimeoutException(Exception ex, long sequence);

    /// <summary><see cref="IValueEventHandler{T}.OnStart"/> failed.</summary>
    /// <param name="ex">What was thrown.</param>
    void HandleOnStartException(Exception ex);

    /// <summary><see cref="IValueEventHandler{T}.OnShutdown"/> failed.</summary>
    /// <param name="ex">What was thrown.</param>
    void HandleOnShutdownException(Exception ex);
}
