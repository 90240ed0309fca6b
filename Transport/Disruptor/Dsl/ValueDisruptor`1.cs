using System.Runtime.CompilerServices;

namespace Disruptor.Dsl;

/// <summary>A <see cref="ValueRingBuffer{T}"/> and its consumers.</summary>
/// <typeparam name="T">Type of the events.</typeparam>
public class ValueDisruptor<T> : ValueDisruptor<T, ValueRingBuffer<T>>
    where T : struct
{
    /// <summary>Creates a disruptor for several producers whose consumers block while they wait.</summary>
    /// <param name="eventFactory">Makes the first content of each slot, in order.</param>
    /// <param name="ringBufferSize">Number of slots, a power of two.</param>
    public ValueDisruptor(Func<T> eventFactory, int ringBufferSize)
        : this(eventFactory, ringBufferSize, TaskScheduler.Default)
    {
    }

    /// <summary>Creates a disruptor for several producers.</summary>
    /// <param name="eventFactory">Makes the first content of each slot, in order.</param>
    /// <param name="ringBufferSize">Number of slots, a power of two.</param>
    /// <param name="waitStrategy">How consumers wait.</param>
    public ValueDisruptor(Func<T> eventFactory, int ringBufferSize, IWaitStrategy waitStrategy)
        : this(eventFactory, ringBufferSize, TaskScheduler.Default, ProducerType.Multi, waitStrategy)
    {
    }

    /// <summary>Creates a disruptor for several producers whose consumers block while they wait.</summary>
    /// <param name="eventFactory">Makes the first content of each slot, in order.</param>
    /// <param name="ringBufferSize">Number of slots, a power of two.</param>
    /// <param name="taskScheduler">Runs the consumers.</param>
    public ValueDisruptor(Func<T> eventFactory, int ringBufferSize, TaskScheduler taskScheduler)
        : this(eventFactory, ringBufferSize, taskScheduler, ProducerType.Multi, new BlockingWaitStrategy())
    {
    }

    /// <summary>Creates a disruptor.</summary>
    /// <param name="eventFactory">Makes the first content of each slot, in order.</param>
    /// <param name="ringBufferSize">Number of slots, a power of two.</param>
    /// <param name="taskScheduler">Runs the consumers.</param>
    /// <param name="producerType">One producer thread or several.</param>
    /// <param name="waitStrategy">How consumers wait.</param>
    public ValueDisruptor(Func<T> eventFactory, int ringBufferSize, TaskScheduler taskScheduler, ProducerType producerType, IWaitStrategy waitStrategy)
        : base(ValueRingBuffer<T>.Create(producerType, eventFactory, ringBufferSize, waitStrategy), taskScheduler)
    {
    }

    /// <summary>The ring.</summary>
    public ValueRingBuffer<T> RingBuffer => _ringBuffer;

    /// <inheritdoc cref="ICursored.Cursor"/>
    public long Cursor => _ringBuffer.Cursor;

    /// <summary>Number of slots.</summary>
    public long BufferSize => _ringBuffer.BufferSize;

    /// <summary>The slot of a sequence.</summary>
    /// <param name="sequence">The sequence.</param>
    public ref T this[long sequence]
    {
        [MethodImpl(MethodImplOptions.AggressiveInlining)]
        get => ref _ringBuffer[sequence];
    }

    /// <inheritdoc cref="ValueRingBuffer{T}.PublishEvent"/>
    public ValueRingBuffer<T>.UnpublishedEventScope PublishEvent() => _ringBuffer.PublishEvent();

    /// <inheritdoc cref="ValueRingBuffer{T}.PublishEvents"/>
    public ValueRingBuffer<T>.UnpublishedEventBatchScope PublishEvents(int count) => _ringBuffer.PublishEvents(count);
}
