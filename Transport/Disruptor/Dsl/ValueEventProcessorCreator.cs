using Disruptor.Processing;

namespace Disruptor.Dsl;

/// <summary>Makes a processor of the caller's own kind as a part of a chain.</summary>
/// <typeparam name="T">Type of the events.</typeparam>
/// <param name="ringBuffer">The ring.</param>
/// <param name="sequenceBarrier">Where the processor must wait.</param>
/// <returns>The processor.</returns>
public delegate IEventProcessor ValueEventProcessorCreator<T>(IValueRingBuffer<T> ringBuffer, SequenceBarrier sequenceBarrier)
    where T : struct;
