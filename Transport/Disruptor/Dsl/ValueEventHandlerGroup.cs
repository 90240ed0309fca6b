using Disruptor.Processing;

namespace Disruptor.Dsl;

/// <summary>Consumers that run in parallel, and after which others may come.</summary>
/// <typeparam name="T">Type of the events.</typeparam>
public class ValueEventHandlerGroup<T>
    where T : struct
{
    private readonly IValueDisruptor<T> _disruptor;
    private readonly Sequence[] _sequences;

    internal ValueEventHandlerGroup(IValueDisruptor<T> disruptor, Sequence[] sequences)
    {
        _disruptor = disruptor;
        _sequences = sequences;
    }

    /// <summary>This group and another one together.</summary>
    /// <param name="otherHandlerGroup">The other one.</param>
    /// <returns>A group of both.</returns>
    public ValueEventHandlerGroup<T> And(ValueEventHandlerGroup<T> otherHandlerGroup)
    {
        ArgumentNullException.ThrowIfNull(otherHandlerGroup);
        return new(_disruptor, [.. _sequences, .. otherHandlerGroup._sequences]);
    }

    /// <summary>This group and some processors together.</summary>
    /// <param name="processors">The processors.</param>
    /// <returns>A group of both.</returns>
    public ValueEventHandlerGroup<T> And(params IEventProcessor[] processors)
    {
        foreach (var processor in processors)
        {
            _disruptor.Consumers.Add(processor);
        }

        return new(_disruptor, [.. _sequences, .. processors.Select(processor => processor.Sequence)]);
    }

    /// <summary>Adds handlers that see an event once all of this group are done with it.</summary>
    /// <param name="handlers">The handlers, in parallel to each other.</param>
    /// <returns>The new handlers' group.</returns>
    public ValueEventHandlerGroup<T> Then(params IValueEventHandler<T>[] handlers) => HandleEventsWith(handlers);

    /// <summary>Adds processors that see an event once all of this group are done with it.</summary>
    /// <param name="eventProcessorFactories">Make the processors, in parallel to each other.</param>
    /// <returns>The new processors' group.</returns>
    public ValueEventHandlerGroup<T> Then(params ValueEventProcessorCreator<T>[] eventProcessorFactories) => HandleEventsWith(eventProcessorFactories);

    /// <summary>Adds handlers that see an event once all of this group are done with it.</summary>
    /// <param name="handlers">The handlers, in parallel to each other.</param>
    /// <returns>The new handlers' group.</returns>
    public ValueEventHandlerGroup<T> HandleEventsWith(params IValueEventHandler<T>[] handlers)
        => _disruptor.CreateEventProcessors(_sequences, handlers);

    /// <summary>Adds processors that see an event once all of this group are done with it.</summary>
    /// <param name="eventProcessorFactories">Make the processors, in parallel to each other.</param>
    /// <returns>The new processors' group.</returns>
    public ValueEventHandlerGroup<T> HandleEventsWith(params ValueEventProcessorCreator<T>[] eventProcessorFactories)
        => _disruptor.CreateEventProcessors(_sequences, eventProcessorFactories);

    /// <summary>A barrier behind this group.</summary>
    /// <returns>The barrier.</returns>
    public SequenceBarrier AsSequenceBarrier() => _disruptor.Ring.NewBarrier(_sequences);
}
