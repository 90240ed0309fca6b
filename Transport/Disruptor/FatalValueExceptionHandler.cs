namespace Disruptor;

/// <summary>The default: an exception ends the processor.</summary>
internal sealed class FatalValueExceptionHandler<T> : IValueExceptionHandler<T>
    where T : struct
{
    public void HandleEventException(Exception ex, long sequence, ref T evt)
        => throw new InvalidOperationException($"Event {sequence} failed: {evt}", ex);

    public void HandleOnTimeoutException(Exception ex, long sequence)
        => throw new InvalidOperationException($"OnTimeout failed after sequence {sequence}", ex);

    public void HandleOnStartException(Exception ex) => throw new InvalidOperationException("OnStart failed", ex);

    public void HandleOnShutdownException(Exception ex) => throw new InvalidOperationException("OnShutdown failed", ex);
}
