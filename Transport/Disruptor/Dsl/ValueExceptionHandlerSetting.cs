using Disruptor.Processing;

namespace Disruptor.Dsl;

/// <summary>The second half of <c>disruptor.HandleExceptionsFor(handler).With(exceptionHandler)</c>.</summary>
/// <typeparam name="T">Type of the events.</typeparam>
public class ValueExceptionHandlerSetting<T>
    where T : struct
{
    private readonly IEventProcessor _processor;

    internal ValueExceptionHandlerSetting(IEventProcessor processor)
    {
        _processor = processor;
    }

    /// <summary>Sets the exception handler.</summary>
    /// <param name="exceptionHandler">The exception handler.</param>
    public void With(IValueExceptionHandler<T> exceptionHandler)
        => ((IValueEventProcessor<T>)_processor).SetExceptionHandler(exceptionHandler);
}
