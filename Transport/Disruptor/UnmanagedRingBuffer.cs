using System.Runtime.CompilerServices;
using System.Runtime.InteropServices;

namespace Disruptor;

/// <summary>What a ring in unmanaged memory has that does not depend on the type of its events.</summary>
/// <remarks>
/// The fields are written once; the padding keeps a neighbour on the heap from evicting their line.
/// Members that claim or publish follow the rules of the sequencer: see <see cref="SingleProducerSequencer"/> and
/// <see cref="MultiProducerSequencer"/>.
/// </remarks>
[StructLayout(LayoutKind.Explicit, Size = CacheLine.PaddingBytes + 40 + CacheLine.PaddingBytes)]
public abstract class UnmanagedRingBuffer : ICursored
{
    [FieldOffset(CacheLine.PaddingBytes)] private protected readonly RingSequencer _sequencer;
    [FieldOffset(CacheLine.PaddingBytes + 16)] private protected readonly UnmanagedRingBufferMemory? _memory; // keeps it from its finaliser
    [FieldOffset(CacheLine.PaddingBytes + 24)] private protected readonly nint _entries;
    [FieldOffset(CacheLine.PaddingBytes + 32)] private protected readonly int _mask;
    [FieldOffset(CacheLine.PaddingBytes + 36)] private protected readonly int _eventSize;

    private protected UnmanagedRingBuffer(ISequencer sequencer, nint pointer, int eventSize, int minimumEventSize, UnmanagedRingBufferMemory? memory)
    {
        if (pointer == 0) throw new ArgumentNullException(nameof(pointer));
        ArgumentOutOfRangeException.ThrowIfLessThan(eventSize, minimumEventSize);
        _sequencer = new RingSequencer(sequencer);
        _mask = GatingSequences.CheckedBufferSize(sequencer.BufferSize) - 1;
        _entries = pointer;
        _eventSize = eventSize;
        _memory = memory;
    }

    /// <summary>The slot of a sequence.</summary>
    [MethodImpl(MethodImplOptions.AggressiveInlining)]
    internal unsafe ref T Slot<T>(long sequence)
        where T : struct
        => ref Unsafe.AsRef<T>((void*)(_entries + ((nint)((int)sequence & _mask) * _eventSize)));

    /// <summary>Number of slots, a power of two.</summary>
    public int BufferSize => _mask + 1;

    /// <inheritdoc/>
    public long Cursor
    {
        [MethodImpl(MethodImplOptions.AggressiveInlining)]
        get => _sequencer.Cursor;
    }

    /// <inheritdoc cref="ISequenced.HasAvailableCapacity"/>
    [MethodImpl(MethodImplOptions.AggressiveInlining)]
    public bool HasAvailableCapacity(int requiredCapacity) => _sequencer.HasAvailableCapacity(requiredCapacity);

    /// <inheritdoc cref="ISequenced.GetRemainingCapacity"/>
    public long GetRemainingCapacity() => _sequencer.Sequencer.GetRemainingCapacity();

    /// <inheritdoc cref="ISequenced.Next()"/>
    [MethodImpl(MethodImplOptions.AggressiveInlining)]
    public long Next() => _sequencer.Next();

    /// <inheritdoc cref="ISequenced.Next(int)"/>
    [MethodImpl(MethodImplOptions.AggressiveInlining)]
    public long Next(int n) => _sequencer.Next(n);

    /// <inheritdoc cref="ISequenced.TryNext(out long)"/>
    [MethodImpl(MethodImplOptions.AggressiveInlining)]
    public bool TryNext(out long sequence) => _sequencer.TryNext(out sequence);

    /// <inheritdoc cref="ISequenced.TryNext(int, out long)"/>
    [MethodImpl(MethodImplOptions.AggressiveInlining)]
    public bool TryNext(int n, out long sequence) => _sequencer.TryNext(n, out sequence);

    /// <inheritdoc cref="ISequenced.Publish(long)"/>
    [MethodImpl(MethodImplOptions.AggressiveInlining)]
    public void Publish(long sequence) => _sequencer.Publish(sequence);

    /// <inheritdoc cref="ISequenced.Publish(long, long)"/>
    [MethodImpl(MethodImplOptions.AggressiveInlining)]
    public void Publish(long lo, long hi) => _sequencer.Publish(lo, hi);

    /// <inheritdoc cref="ISequencer.AddGatingSequences"/>
    public void AddGatingSequences(params Sequence[] gatingSequences) => _sequencer.Sequencer.AddGatingSequences(gatingSequences);

    /// <inheritdoc cref="ISequencer.RemoveGatingSequence"/>
    public bool RemoveGatingSequence(Sequence sequence) => _sequencer.Sequencer.RemoveGatingSequence(sequence);

    /// <summary>The lowest gating sequence, or the cursor when there is none.</summary>
    /// <returns>The sequence.</returns>
    public long GetMinimumGatingSequence() => _sequencer.Sequencer.GetMinimumSequence();

    /// <inheritdoc cref="ISequencer.NewBarrier"/>
    public SequenceBarrier NewBarrier(params Sequence[] sequencesToTrack) => _sequencer.Sequencer.NewBarrier(sequencesToTrack);
}
