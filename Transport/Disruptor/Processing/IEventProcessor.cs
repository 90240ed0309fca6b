namespace Disruptor.Processing;

/// <summary>A consumer of a ring with a thread of its own.</summary>
public interface IEventProcessor
{
    /// <summary>The last handled sequence.</summary>
    Sequence Sequence { get; }

    /// <summary>Whether it runs, or was halted and has not ended yet.</summary>
    bool IsRunning { get; }

    /// <summary>Tells it to stop after the current batch. Any thread; does not wait.</summary>
    void Halt();

    /// <summary>Starts it.</summary>
    /// <param name="taskScheduler">Where to run.</param>
    /// <param name="taskCreationOptions">How; <see cref="TaskCreationOptions.LongRunning"/> asks for a thread of its own.</param>
    /// <returns>The run; faulted when an exception ended it.</returns>
    Task Start(TaskScheduler taskScheduler, TaskCreationOptions taskCreationOptions);

    /// <summary>Waits until it runs.</summary>
    /// <param name="timeout">How long to wait at most.</param>
    void WaitUntilStarted(TimeSpan timeout);
}
