using System.Runtime.CompilerServices;

namespace Disruptor.Dsl;

/// <summary>An <see cref="UnmanagedRingBuffer{T}"/> and its consumers.</summary>
/// <typeparam name="T">Type of the events.</typeparam>
/// <remarks>The memory must outlive the disruptor and its consumers.</remarks>
public class UnmanagedDisruptor<T> : ValueDisruptor<T, UnmanagedRingBuffer<T>>
    where T : unmanaged
{
    /// <summary>Creates a disruptor for several producers whose consumers block while they wait.</summary>
    /// <param name="pointer">Address of the first slot.</param>
    /// <param name="eventSize">Distance of the slots in bytes.</param>
    /// <param name="ringBufferSize">Number of slots, a power of two.</param>
    public UnmanagedDisruptor(IntPtr pointer, int eventSize, int ringBufferSize)
        : this(pointer, eventSize, ringBufferSize, TaskScheduler.Default)
    {
    }

    /// <summary>Creates a disruptor for several producers whose consumers block while they wait.</summary>
    /// <param name="pointer">Address of the first slot.</param>
    /// <param name="eventSize">Distance of the slots in bytes.</param>
    /// <param name="ringBufferSize">Number of slots, a power of two.</param>
    /// <param name="taskScheduler">Runs the consumers.</param>
    public UnmanagedDisruptor(IntPtr pointer, int eventSize, int ringBufferSize, TaskScheduler taskScheduler)
        : this(pointer, eventSize, ringBufferSize, taskScheduler, ProducerType.Multi, new BlockingWaitStrategy())
    {
    }

    /// <summary>Creates a disruptor.</summary>
    /// <param name="pointer">Address of the first slot.</param>
    /// <param name="eventSize">Distance of the slots in bytes.</param>
    /// <param name="ringBufferSize">Number of slots, a power of two.</param>
    /// <param name="producerType">One producer thread or several.</param>
    /// <param name="waitStrategy">How consumers wait.</param>
    public UnmanagedDisruptor(IntPtr pointer, int eventSize, int ringBufferSize, ProducerType producerType, IWaitStrategy waitStrategy)
        : this(pointer, eventSize, ringBufferSize, TaskScheduler.Default, producerType, waitStrategy)
    {
    }

    /// <summary>Creates a disruptor over a block of memory.</summary>
    /// <param name="memory">The block.</param>
    /// <param name="producerType">One producer thread or several.</param>
    /// <param name="waitStrategy">How consumers wait.</param>
    public UnmanagedDisruptor(UnmanagedRingBufferMemory memory, ProducerType producerType, IWaitStrategy waitStrategy)
        : base(new UnmanagedRingBuffer<T>(memory, producerType, waitStrategy), TaskScheduler.Default)
    {
    }

    /// <summary>Creates a disruptor.</summary>
    /// <param name="pointer">Address of the first slot.</param>
    /// <param name="eventSize">Distance of the slots in bytes.</param>
    /// <param name="ringBufferSize">Number of slots, a power of two.</param>
    /// <param name="taskScheduler">Runs the consumers.</param>
    /// <param name="producerType">One producer thread or several.</param>
    /// <param name="waitStrategy">How consumers wait.</param>
    public UnmanagedDisruptor(IntPtr pointer, int eventSize, int ringBufferSize, TaskScheduler taskScheduler, ProducerType producerType, IWaitStrategy waitStrategy)
        : base(new UnmanagedRingBuffer<T>(pointer, eventSize, SequencerFactory.Create(producerType, ringBufferSize, waitStrategy)), taskScheduler)
    {
    }

    /// <summary>The ring.</summary>
    public UnmanagedRingBuffer<T> RingBuffer => _ringBuffer;

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

    /// <inheritdoc cref="UnmanagedRingBuffer{T}.PublishEvent"/>
    public UnmanagedRingBuffer<T>.UnpublishedEventScope PublishEvent() => _ringBuffer.PublishEvent();

    /// <inheritdoc cref="UnmanagedRingBuffer{T}.PublishEvents"/>
    public UnmanagedRingBuffer<T>.UnpublishedEventBatchScope PublishEvents(int count) => _ringBuffer.PublishEvents(count);
}
