using Disruptor.Processing;

namespace Disruptor.Dsl;

/// <summary>The consumers of a disruptor. Cold: used while it is set up and shut down.</summary>
internal sealed class ConsumerGraph<T>
    where T : struct
{
    private readonly List<Consumer> _consumers = [];

    public IEnumerable<IEventProcessor> Processors => _consumers.Select(consumer => consumer.Processor);

    public void Add(IEventProcessor processor, IValueEventHandler<T>? handler = null, SequenceBarrier? barrier = null)
    {
        // The custom processor of a creator may be handed in again by And or After.
        if (_consumers.Exists(consumer => consumer.Processor == processor)) return;
        _consumers.Add(new Consumer { Processor = processor, Handler = handler, Barrier = barrier });
    }

    /// <summary>Notes that others wait for these sequences, so the producers need not.</summary>
    public void MarkFollowed(Sequence[] sequences)
    {
        foreach (var consumer in _consumers)
        {
            consumer.IsLast &= Array.IndexOf(sequences, consumer.Processor.Sequence) < 0;
        }
    }

    /// <summary>Whether a consumer at the end of a chain has not reached the cursor.</summary>
    public bool HasBacklog(long cursor)
        => _consumers.Exists(consumer => consumer.IsLast && consumer.Processor.Sequence.Value < cursor);

    public Sequence[] SequencesOf(IValueEventHandler<T>[] handlers)
        => Array.ConvertAll(handlers, handler => Required(handler).Processor.Sequence);

    public IEventProcessor ProcessorOf(IValueEventHandler<T> handler) => Required(handler).Processor;

    public SequenceBarrier? BarrierOf(IValueEventHandler<T> handler) => Find(handler)?.Barrier;

    // By reference: an Equals of the user's must not decide which handler is meant.
    private Consumer? Find(IValueEventHandler<T> handler)
        => _consumers.Find(consumer => ReferenceEquals(consumer.Handler, handler));

    private Consumer Required(IValueEventHandler<T> handler)
        => Find(handler) ?? throw new ArgumentException($"The handler {handler} is not processing events", nameof(handler));

    private sealed class Consumer
    {
        public required IEventProcessor Processor { get; init; }

        public IValueEventHandler<T>? Handler { get; init; }

        public SequenceBarrier? Barrier { get; init; }

        public bool IsLast { get; set; } = true;
    }
}
