namespace Disruptor.Processing;

/// <summary>A processor of a ring of structs.</summary>
/// <typeparam name="T">Type of the events.</typeparam>
public interface IValueEventProcessor<T> : IEventProcessor
    where T : struct
{
    /// <summary>Runs on the calling thread until it is halted.</summary>
    /// <exception cref="InvalidOperationException">It runs already.</exception>
    void Run();

    /// <summary>Replaces the exception handler.</summary>
    /// <param name="exceptionHandler">The new one.</param>
    void SetExceptionHandler(IValueExceptionHandler<T> exceptionHandler);
}
