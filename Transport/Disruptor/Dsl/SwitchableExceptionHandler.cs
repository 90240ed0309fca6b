namespace Disruptor.Dsl;

/// <summary>The default exception handler of a disruptor, which may be replaced after its processors were made.</summary>
internal sealed class SwitchableExceptionHandler<T> : IValueExceptionHandler<T>
    where T : struct
{
    private volatile IValueExceptionHandler<T> _handler = new FatalValueExceptionHandler<T>();

    public void SwitchTo(IValueExceptionHandler<T> handler)
    {
        ArgumentNullException.ThrowIfNull(handler);
        _handler = handler;
    }

    public void HandleEventException(Exception ex, long sequence, ref T evt) => _handler.HandleEventException(ex, sequence, ref evt);

    public void HandleOnTimeoutException(Exception ex, long sequence) => _handler.HandleOnTimeoutException(ex, sequence);

    public void HandleOnStartException(Exception ex) => _handler.HandleOnStartException(ex);

    public void HandleOnShutdownException(Exception ex) => _handler.HandleOnShutdownException(ex);
}
