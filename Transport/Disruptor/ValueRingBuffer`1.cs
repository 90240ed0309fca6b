using System.Runtime.CompilerServices;
using System.Runtime.InteropServices;
using Disruptor.Dsl;

namespace Disruptor;

/// <summary>A ring of structs on the GC heap: claimed, filled in place, published and read in place.</summary>
/// <typeparam name="T">Type of the events.</typeparam>
/// <remarks>
/// <para>
/// Allocated once and never written by the GC. When <typeparamref name="T"/> holds no reference, the array is pinned and
/// its first slot starts a pair of cache lines: an event of 64 bytes is exactly one line.
/// </para>
/// <para>
/// A slot belongs to the producer from claim to publication, and to the consumers from then until all gating sequences
/// have passed it.
/// </para>
/// </remarks>
public sealed partial class ValueRingBuffer<T> : RingBuffer, IValueRingBuffer<T>
    where T : struct
{
    /// <summary>Creates a ring of default events.</summary>
    /// <param name="sequencer">Its sequencer.</param>
    public ValueRingBuffer(ISequencer sequencer)
        : base(sequencer, AllocateSlots)
    {
    }

    /// <summary>Creates a ring.</summary>
    /// <param name="eventFactory">Makes the first content of each slot, in order.</param>
    /// <param name="sequencer">Its sequencer.</param>
    public ValueRingBuffer(Func<T> eventFactory, ISequencer sequencer)
        : base(sequencer, AllocateSlots)
    {
        ArgumentNullException.ThrowIfNull(eventFactory);
        for (var sequence = 0; sequence < BufferSize; sequence++)
        {
            this[sequence] = eventFactory();
        }
    }

    /// <summary>Creates a ring for several producers whose consumers block while they wait.</summary>
    /// <param name="eventFactory">Makes the first content of each slot, in order.</param>
    /// <param name="bufferSize">Number of slots, a power of two.</param>
    public ValueRingBuffer(Func<T> eventFactory, int bufferSize)
        : this(eventFactory, new MultiProducerSequencer(bufferSize))
    {
    }

    /// <summary>Creates a ring for several producers.</summary>
    /// <param name="factory">Makes the first content of each slot, in order.</param>
    /// <param name="bufferSize">Number of slots, a power of two.</param>
    /// <param name="waitStrategy">How its consumers wait.</param>
    /// <returns>The ring.</returns>
    public static ValueRingBuffer<T> CreateMultiProducer(Func<T> factory, int bufferSize, IWaitStrategy waitStrategy)
        => new(factory, new MultiProducerSequencer(bufferSize, waitStrategy));

    /// <summary>Creates a ring for several producers whose consumers block while they wait.</summary>
    /// <param name="factory">Makes the first content of each slot, in order.</param>
    /// <param name="bufferSize">Number of slots, a power of two.</param>
    /// <returns>The ring.</returns>
    public static ValueRingBuffer<T> CreateMultiProducer(Func<T> factory, int bufferSize)
        => new(factory, new MultiProducerSequencer(bufferSize));

    /// <summary>Creates a ring for one producer thread.</summary>
    /// <param name="factory">Makes the first content of each slot, in order.</param>
    /// <param name="bufferSize">Number of slots, a power of two.</param>
    /// <param name="waitStrategy">How its consumers wait.</param>
    /// <returns>The ring.</returns>
    public static ValueRingBuffer<T> CreateSingleProducer(Func<T> factory, int bufferSize, IWaitStrategy waitStrategy)
        => new(factory, new SingleProducerSequencer(bufferSize, waitStrategy));

    /// <summary>Creates a ring for one producer thread whose consumers block while they wait.</summary>
    /// <param name="factory">Makes the first content of each slot, in order.</param>
    /// <param name="bufferSize">Number of slots, a power of two.</param>
    /// <returns>The ring.</returns>
    public static ValueRingBuffer<T> CreateSingleProducer(Func<T> factory, int bufferSize)
        => new(factory, new SingleProducerSequencer(bufferSize));

    /// <summary>Creates a ring.</summary>
    /// <param name="producerType">One producer thread or several.</param>
    /// <param name="factory">Makes the first content of each slot, in order.</param>
    /// <param name="bufferSize">Number of slots, a power of two.</param>
    /// <param name="waitStrategy">How its consumers wait.</param>
    /// <returns>The ring.</returns>
    public static ValueRingBuffer<T> Create(ProducerType producerType, Func<T> factory, int bufferSize, IWaitStrategy waitStrategy)
        => new(factory, SequencerFactory.Create(producerType, bufferSize, waitStrategy));

    /// <inheritdoc/>
    /// <remarks>Not checked: any sequence maps to a slot.</remarks>
    public ref T this[long sequence]
    {
        [MethodImpl(MethodImplOptions.AggressiveInlining)]
        get
        {
            ref var first = ref Unsafe.As<T, byte>(ref MemoryMarshal.GetArrayDataReference(Unsafe.As<T[]>(_entries)));
            var slotBytes = (nint)((int)sequence & _mask) * Unsafe.SizeOf<T>();
            return ref Unsafe.As<byte, T>(ref Unsafe.AddByteOffset(ref first, _firstSlotBytes + slotBytes));
        }
    }

    /// <summary>Moves the producer to a sequence and gives its slot. For set-up only.</summary>
    /// <param name="sequence">The sequence.</param>
    /// <returns>The slot.</returns>
    public ref T ClaimAndGetPreallocated(long sequence)
    {
        _sequencer.Sequencer.Claim(sequence);
        return ref this[sequence];
    }

    /// <summary>Creates a poller over this ring.</summary>
    /// <param name="gatingSequences">The consumers that come first; none for the producers alone.</param>
    /// <returns>The poller. Its own sequence gates the producers only once it is added.</returns>
    public ValueEventPoller<T> NewPoller(params Sequence[] gatingSequences)
        => SequencerFactory.NewPoller(_sequencer.Sequencer, this, gatingSequences);

    /// <inheritdoc/>
    public override string ToString() => $"{nameof(ValueRingBuffer<T>)}<{typeof(T).Name}> {{ Sequencer={_sequencer.Sequencer}, BufferSize={BufferSize} }}";

    private static (Array Entries, nint FirstSlotBytes) AllocateSlots(int bufferSize)
    {
        // A pair of lines at both ends belongs to the ring alone, and one more for the alignment.
        var padding = (2 * CacheLine.PairBytes / Unsafe.SizeOf<T>()) + 1;
        if (RuntimeHelpers.IsReferenceOrContainsReferences<T>())
        {
            // The GC needs such slots at their natural place.
            var padded = new T[padding + bufferSize + padding];
            return (padded, padding * Unsafe.SizeOf<T>());
        }

        var entries = GC.AllocateArray<T>(padding + bufferSize + padding, pinned: true);
        var address = Marshal.UnsafeAddrOfPinnedArrayElement(entries, 0);
        var firstSlot = (address + CacheLine.PairBytes + CacheLine.PairBytes - 1) & -CacheLine.PairBytes;
        return (entries, firstSlot - address);
    }
}
