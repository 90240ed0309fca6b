namespace Disruptor;

/// <summary>Handles the events of a ring, in order, on one thread.</summary>
/// <typeparam name="T">Type of the events.</typeparam>
public interface IValueEventHandler<T>
    where T : struct
{
    /// <summary>Most events in a batch, or null for as many as are available. Read once, when the processor is made.</summary>
    /// <remarks>A batch is also the unit in which the producers see the handler's progress.</remarks>
    int? MaxBatchSize => null;

    /// <summary>Handles an event.</summary>
    /// <param name="data">The event, in its slot: valid until this handler's sequence has passed it.</param>
    /// <param name="sequence">Its sequence.</param>
    /// <param name="endOfBatch">Whether it is the last of its batch.</param>
    void OnEvent(ref T data, long sequence, bool endOfBatch);

    /// <summary>Called before the first event of each batch.</summary>
    /// <param name="batchSize">Number of events.</param>
    void OnBatchStart(long batchSize)
    {
    }

    /// <summary>Called on the processor's thread before the first event.</summary>
    void OnStart()
    {
    }

    /// <summary>Called on the processor's thread after the last event.</summary>
    void OnShutdown()
    {
    }

    /// <summary>Called when a wait timed out (see <see cref="TimeoutBlockingWaitStrategy"/>).</summary>
    /// <param name="sequence">The last handled sequence.</param>
    void OnTimeout(long sequence)
    {
    }
}
