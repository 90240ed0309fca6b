namespace Disruptor;

/// <summary>A handler that wants to report progress within a batch.</summary>
public interface IEventProcessorSequenceAware
{
    /// <summary>Gives the handler its processor's sequence, once, before the processor starts.</summary>
    /// <param name="sequenceCallback">To be set, on the processor's thread only, to the last event that is done with.</param>
    void SetSequenceCallback(Sequence sequenceCallback);
}
