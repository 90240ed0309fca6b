namespace Disruptor.Processing;

/// <summary>Makes processors.</summary>
public static class EventProcessorFactory
{
    /// <summary>Makes a processor. It gates nobody until its sequence is added to the ring.</summary>
    /// <typeparam name="T">Type of the events.</typeparam>
    /// <param name="dataProvider">The ring.</param>
    /// <param name="sequenceBarrier">Where it waits.</param>
    /// <param name="eventHandler">What it calls.</param>
    /// <returns>The processor.</returns>
    public static IValueEventProcessor<T> Create<T>(IValueDataProvider<T> dataProvider, SequenceBarrier sequenceBarrier, IValueEventHandler<T> eventHandler)
        where T : struct
    {
        ArgumentNullException.ThrowIfNull(dataProvider);
        ArgumentNullException.ThrowIfNull(sequenceBarrier);
        ArgumentNullException.ThrowIfNull(eventHandler);
        return dataProvider switch
        {
            ValueRingBuffer<T> ring => new ValueEventProcessor<T, HeapSlots<T>>(new(ring), sequenceBarrier, eventHandler),
            UnmanagedRingBuffer ring => new ValueEventProcessor<T, UnmanagedSlots<T>>(new(ring), sequenceBarrier, eventHandler),
            _ => new ValueEventProcessor<T, AnySlots<T>>(new(dataProvider), sequenceBarrier, eventHandler),
        };
    }
}
