using System.Runtime.CompilerServices;
using Disruptor.Dsl;

namespace Disruptor;

/// <summary>A ring of structs in memory outside the GC heap: huge pages, or shared with other processes.</summary>
/// <typeparam name="T">Type of the events.</typeparam>
/// <remarks>
/// The memory must outlive every use of the ring and of the references it gave.
/// A slot belongs to the producer from claim to publication, and to the consumers from then until all gating sequences
/// have passed it.
/// </remarks>
public sealed partial class UnmanagedRingBuffer<T> : UnmanagedRingBuffer, IValueRingBuffer<T>
    where T : unmanaged
{
    /// <summary>Creates a ring over memory of the caller.</summary>
    /// <param name="pointer">Address of the first slot.</param>
    /// <param name="eventSize">Distance of the slots in bytes, at least the size of an event.</param>
    /// <param name="sequencer">Its sequencer.</param>
    public UnmanagedRingBuffer(IntPtr pointer, int eventSize, ISequencer sequencer)
        : base(sequencer, pointer, eventSize, Unsafe.SizeOf<T>(), memory: null)
    {
    }

    /// <summary>Creates a ring over a block of memory, which it keeps reachable.</summary>
    /// <param name="memory">The block.</param>
    /// <param name="producerType">One producer thread or several.</param>
    /// <param name="waitStrategy">How its consumers wait.</param>
    public UnmanagedRingBuffer(UnmanagedRingBufferMemory memory, ProducerType producerType, IWaitStrategy waitStrategy)
        : base(SequencerFactory.Create(producerType, memory.EventCount, waitStrategy), memory.PointerToFirstEvent, memory.EventSize, Unsafe.SizeOf<T>(), memory)
    {
    }

    /// <inheritdoc/>
    /// <remarks>Not checked: any sequence maps to a slot.</remarks>
    public ref T this[long sequence]
    {
        [MethodImpl(MethodImplOptions.AggressiveInlining)]
        get => ref Slot<T>(sequence);
    }

    /// <inheritdoc/>
    public override string ToString() => $"{nameof(UnmanagedRingBuffer<T>)}<{typeof(T).Name}> {{ Sequencer={_sequencer.Sequencer}, BufferSize={BufferSize} }}";
}
