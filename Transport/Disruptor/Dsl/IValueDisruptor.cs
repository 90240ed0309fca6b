namespace Disruptor.Dsl;

/// <summary>What a handler group needs of its disruptor.</summary>
internal interface IValueDisruptor<T>
    where T : struct
{
    IValueRingBuffer<T> Ring { get; }

    ConsumerGraph<T> Consumers { get; }

    ValueEventHandlerGroup<T> CreateEventProcessors(Sequence[] barrierSequences, IValueEventHandler<T>[] handlers);

    ValueEventHandlerGroup<T> CreateEventProcessors(Sequence[] barrierSequences, ValueEventProcessorCreator<T>[] creators);
}
