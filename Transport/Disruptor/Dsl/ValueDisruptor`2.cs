using System.Diagnostics;
using Disruptor.Processing;

namespace Disruptor.Dsl;

/// <summary>A ring and its consumers: who handles events, in what order, and their start and stop.</summary>
/// <typeparam name="T">Type of the events.</typeparam>
/// <typeparam name="TRingBuffer">Type of the ring.</typeparam>
/// <remarks>Set up and shut down by one thread. Handlers are added before the start only.</remarks>
/// <example><code>
/// disruptor.HandleEventsWith(journal, replicate).Then(apply);
/// var ring = disruptor.Start();
/// </code></example>
public abstract class ValueDisruptor<T, TRingBuffer> : IValueDisruptor<T>
    where T : struct
    where TRingBuffer : IValueRingBuffer<T>
{
    private protected readonly TRingBuffer _ringBuffer;
    private readonly TaskScheduler _taskScheduler;
    private readonly ConsumerGraph<T> _consumers = new();
    private readonly SwitchableExceptionHandler<T> _exceptionHandler = new();
    private int _started;

    private protected ValueDisruptor(TRingBuffer ringBuffer, TaskScheduler taskScheduler)
    {
        ArgumentNullException.ThrowIfNull(taskScheduler);
        _ringBuffer = ringBuffer;
        _taskScheduler = taskScheduler;
    }

    /// <summary>Whether it was started.</summary>
    public bool HasStarted => Volatile.Read(ref _started) != 0;

    IValueRingBuffer<T> IValueDisruptor<T>.Ring => _ringBuffer;

    ConsumerGraph<T> IValueDisruptor<T>.Consumers => _consumers;

    /// <summary>Adds handlers that see an event as soon as it is published.</summary>
    /// <param name="handlers">The handlers, in parallel to each other.</param>
    /// <returns>Their group.</returns>
    public ValueEventHandlerGroup<T> HandleEventsWith(params IValueEventHandler<T>[] handlers)
        => ((IValueDisruptor<T>)this).CreateEventProcessors([], handlers);

    /// <summary>Adds processors that see an event as soon as it is published.</summary>
    /// <param name="eventProcessorFactories">Make the processors, in parallel to each other.</param>
    /// <returns>Their group.</returns>
    public ValueEventHandlerGroup<T> HandleEventsWith(params ValueEventProcessorCreator<T>[] eventProcessorFactories)
        => ((IValueDisruptor<T>)this).CreateEventProcessors([], eventProcessorFactories);

    /// <summary>Adds processors of the caller's, which wait where they were made to wait.</summary>
    /// <param name="processors">The processors.</param>
    /// <returns>Their group.</returns>
    public ValueEventHandlerGroup<T> HandleEventsWith(params IEventProcessor[] processors)
    {
        ThrowIfStarted();
        Array.ForEach(processors, processor => _consumers.Add(processor));
        return Follow([], SequencesOf(processors));
    }

    /// <summary>The group of handlers that were added before, to add others behind it.</summary>
    /// <param name="handlers">The handlers.</param>
    /// <returns>Their group.</returns>
    public ValueEventHandlerGroup<T> After(params IValueEventHandler<T>[] handlers) => new(this, _consumers.SequencesOf(handlers));

    /// <summary>The group of processors that were added before, to add others behind it.</summary>
    /// <param name="processors">The processors.</param>
    /// <returns>Their group.</returns>
    public ValueEventHandlerGroup<T> After(params IEventProcessor[] processors) => new(this, SequencesOf(processors));

    /// <summary>Sets what becomes of exceptions of all handlers that have no exception handler of their own.</summary>
    /// <param name="exceptionHandler">The exception handler.</param>
    public void SetDefaultExceptionHandler(IValueExceptionHandler<T> exceptionHandler) => _exceptionHandler.SwitchTo(exceptionHandler);

    /// <summary>Starts to set an exception handler for one handler.</summary>
    /// <param name="eventHandler">The handler.</param>
    /// <returns>Takes the exception handler.</returns>
    public ValueExceptionHandlerSetting<T> HandleExceptionsFor(IValueEventHandler<T> eventHandler) => new(_consumers.ProcessorOf(eventHandler));

    /// <summary>Starts the processors.</summary>
    /// <returns>The ring, to publish to.</returns>
    /// <exception cref="InvalidOperationException">It was started before.</exception>
    public TRingBuffer Start()
    {
        if (Interlocked.Exchange(ref _started, 1) != 0) throw new InvalidOperationException("The disruptor may be started only once");
        foreach (var processor in _consumers.Processors)
        {
            _ = processor.Start(_taskScheduler, TaskCreationOptions.LongRunning);
        }

        return _ringBuffer;
    }

    /// <summary>Tells the processors to stop after their batch. Does not wait.</summary>
    public void Halt()
    {
        foreach (var processor in _consumers.Processors)
        {
            processor.Halt();
        }
    }

    /// <summary>Waits until all published events are handled, then halts. Publish nothing more.</summary>
    public void Shutdown() => Shutdown(Timeout.InfiniteTimeSpan);

    /// <summary>Waits until all published events are handled, then halts. Publish nothing more.</summary>
    /// <param name="timeout">How long to wait at most.</param>
    /// <exception cref="System.TimeoutException">Events were left; the processors go on.</exception>
    public void Shutdown(TimeSpan timeout)
    {
        var started = Stopwatch.GetTimestamp();
        var spin = new SpinWait();
        while (_consumers.HasBacklog(_ringBuffer.Cursor))
        {
            if (timeout >= TimeSpan.Zero && Stopwatch.GetElapsedTime(started) > timeout) throw new System.TimeoutException();
            spin.SpinOnce();
        }

        Halt();
    }

    /// <summary>What a handler waits for.</summary>
    /// <param name="handler">The handler.</param>
    /// <returns>The sequences, or null for an unknown handler.</returns>
    public DependentSequenceGroup? GetDependentSequencesFor(IValueEventHandler<T> handler) => _consumers.BarrierOf(handler)?.DependentSequences;

    /// <summary>How far a handler is.</summary>
    /// <param name="handler">The handler.</param>
    /// <returns>Its last handled sequence.</returns>
    public long GetSequenceValueFor(IValueEventHandler<T> handler) => _consumers.ProcessorOf(handler).Sequence.Value;

    /// <inheritdoc/>
    public override string ToString() => $"{GetType().Name} {{ RingBuffer={_ringBuffer}, HasStarted={HasStarted} }}";

    ValueEventHandlerGroup<T> IValueDisruptor<T>.CreateEventProcessors(Sequence[] barrierSequences, IValueEventHandler<T>[] handlers)
    {
        ThrowIfStarted();
        var sequences = new Sequence[handlers.Length];
        for (var i = 0; i < handlers.Length; i++)
        {
            // A barrier each: it also carries the cancellation and the tag of the one consumer.
            var barrier = _ringBuffer.NewBarrier(barrierSequences);
            var processor = EventProcessorFactory.Create(_ringBuffer, barrier, handlers[i]);
            processor.SetExceptionHandler(_exceptionHandler);
            _consumers.Add(processor, handlers[i], barrier);
            sequences[i] = processor.Sequence;
        }

        return Follow(barrierSequences, sequences);
    }

    ValueEventHandlerGroup<T> IValueDisruptor<T>.CreateEventProcessors(Sequence[] barrierSequences, ValueEventProcessorCreator<T>[] creators)
    {
        ThrowIfStarted();
        var processors = Array.ConvertAll(creators, create => create(_ringBuffer, _ringBuffer.NewBarrier(barrierSequences)));
        Array.ForEach(processors, processor => _consumers.Add(processor));
        return Follow(barrierSequences, SequencesOf(processors));
    }

    private static Sequence[] SequencesOf(IEventProcessor[] processors) => Array.ConvertAll(processors, processor => processor.Sequence);

    /// <summary>Puts consumers behind others: the producers now wait for the last of each chain only.</summary>
    private ValueEventHandlerGroup<T> Follow(Sequence[] before, Sequence[] added)
    {
        if (added.Length > 0)
        {
            _ringBuffer.AddGatingSequences(added);
            Array.ForEach(before, sequence => _ringBuffer.RemoveGatingSequence(sequence));
            _consumers.MarkFollowed(before);
        }

        return new ValueEventHandlerGroup<T>(this, added);
    }

    private void ThrowIfStarted()
    {
        if (HasStarted) throw new InvalidOperationException("Handlers must be added before the start");
    }
}
