using System.Diagnostics.CodeAnalysis;
using System.Runtime.CompilerServices;
using System.Runtime.InteropServices;

namespace Disruptor;

/// <summary>The sequencer of a ring with one producer thread: two plain counters and a release store.</summary>
/// <remarks>
/// <para>
/// Claiming, publishing and asking for capacity belong to the producer thread: they use no barrier beyond the release
/// of the cursor, so two threads that claim corrupt the ring. The cursor, the barriers and the gating sequences may be
/// used by any thread.
/// </para>
/// <para>The gate is read only when the last seen one is used up: once per lap when the consumers keep up.</para>
/// </remarks>
[StructLayout(LayoutKind.Explicit, Size = CacheLine.PaddingBytes + 48 + CacheLine.PaddingBytes)]
public sealed class SingleProducerSequencer : ISequencer
{
    // One line, used by the producer alone; consumers hold the cursor itself.
    [FieldOffset(CacheLine.PaddingBytes)] private readonly Sequence _cursor = new();
    [FieldOffset(CacheLine.PaddingBytes + 8)] private readonly IWaitStrategy _waitStrategy;
    [FieldOffset(CacheLine.PaddingBytes + 16)] private Sequence[] _gatingSequences = [];
    [FieldOffset(CacheLine.PaddingBytes + 24)] private readonly int _bufferSize;
    [FieldOffset(CacheLine.PaddingBytes + 28)] private readonly bool _signals;
    [FieldOffset(CacheLine.PaddingBytes + 32)] private long _claimed = Sequence.InitialCursorValue;
    [FieldOffset(CacheLine.PaddingBytes + 40)] private long _seenGate = Sequence.InitialCursorValue;

    /// <summary>Creates a sequencer whose consumers block while they wait.</summary>
    /// <param name="bufferSize">Number of slots, a power of two.</param>
    public SingleProducerSequencer(int bufferSize)
        : this(bufferSize, new BlockingWaitStrategy())
    {
    }

    /// <summary>Creates a sequencer.</summary>
    /// <param name="bufferSize">Number of slots, a power of two.</param>
    /// <param name="waitStrategy">How its consumers wait.</param>
    public SingleProducerSequencer(int bufferSize, IWaitStrategy waitStrategy)
    {
        ArgumentNullException.ThrowIfNull(waitStrategy);
        _bufferSize = GatingSequences.CheckedBufferSize(bufferSize);
        _waitStrategy = waitStrategy;
        _signals = waitStrategy.IsBlockingStrategy;
    }

    /// <inheritdoc/>
    public int BufferSize => _bufferSize;

    /// <inheritdoc/>
    public long Cursor
    {
        [MethodImpl(MethodImplOptions.AggressiveInlining)]
        get => _cursor.Value;
    }

    /// <inheritdoc/>
    public SequenceBarrier NewBarrier(params Sequence[] sequencesToTrack)
        => new(this, _waitStrategy, new DependentSequenceGroup(_cursor, sequencesToTrack));

    /// <inheritdoc/>
    /// <remarks>Producer thread only.</remarks>
    [MethodImpl(MethodImplOptions.AggressiveInlining)]
    public bool HasAvailableCapacity(int requiredCapacity)
    {
        // Two's complement keeps this right for sequences next to long.MaxValue.
        var overwritten = _claimed + requiredCapacity - _bufferSize;
        return overwritten <= _seenGate || RefreshGate(overwritten);
    }

    /// <inheritdoc/>
    /// <remarks>Producer thread only.</remarks>
    [MethodImpl(MethodImplOptions.AggressiveInlining)]
    public long Next()
    {
        var next = _claimed + 1;
        var overwritten = next - _bufferSize;
        if (overwritten > _seenGate) WaitForGate(overwritten);
        _claimed = next;
        return next;
    }

    /// <inheritdoc/>
    /// <remarks>Producer thread only.</remarks>
    [MethodImpl(MethodImplOptions.AggressiveInlining)]
    public long Next(int n)
    {
        if ((uint)(n - 1) >= (uint)_bufferSize) ThrowBatchSize();
        var next = _claimed + n;
        var overwritten = next - _bufferSize;
        if (overwritten > _seenGate) WaitForGate(overwritten);
        _claimed = next;
        return next;
    }

    /// <inheritdoc/>
    /// <remarks>Producer thread only.</remarks>
    [MethodImpl(MethodImplOptions.AggressiveInlining)]
    public bool TryNext(out long sequence)
    {
        var next = _claimed + 1;
        var overwritten = next - _bufferSize;
        if (overwritten > _seenGate && !RefreshGate(overwritten))
        {
            sequence = default;
            return false;
        }

        _claimed = next;
        sequence = next;
        return true;
    }

    /// <inheritdoc/>
    /// <remarks>Producer thread only.</remarks>
    [MethodImpl(MethodImplOptions.AggressiveInlining)]
    public bool TryNext(int n, out long sequence)
    {
        if ((uint)(n - 1) >= (uint)_bufferSize) ThrowBatchSize();
        var next = _claimed + n;
        var overwritten = next - _bufferSize;
        if (overwritten > _seenGate && !RefreshGate(overwritten))
        {
            sequence = default;
            return false;
        }

        _claimed = next;
        sequence = next;
        return true;
    }

    /// <inheritdoc/>
    /// <remarks>Exact on the producer thread, an estimate elsewhere.</remarks>
    public long GetRemainingCapacity()
    {
        var claimed = _claimed;
        return _bufferSize - (claimed - GatingSequences.Minimum(Volatile.Read(ref _gatingSequences), claimed));
    }

    /// <inheritdoc/>
    public void Claim(long sequence)
    {
        _claimed = sequence;
        _seenGate = long.MinValue + _bufferSize;
    }

    /// <inheritdoc/>
    /// <remarks>Producer thread only. A release store, and a signal if the wait strategy blocks.</remarks>
    [MethodImpl(MethodImplOptions.AggressiveInlining)]
    public void Publish(long sequence)
    {
        _cursor.SetValue(sequence);
        if (_signals) _waitStrategy.SignalAllWhenBlocking();
    }

    /// <inheritdoc/>
    /// <remarks>Producer thread only. A release store, and a signal if the wait strategy blocks.</remarks>
    [MethodImpl(MethodImplOptions.AggressiveInlining)]
    public void Publish(long lo, long hi) => Publish(hi);

    /// <inheritdoc/>
    public bool IsAvailable(long sequence)
    {
        var cursor = _cursor.Value;
        return sequence <= cursor && sequence > cursor - _bufferSize;
    }

    /// <inheritdoc/>
    public long GetHighestPublishedSequence(long nextSequence, long availableSequence) => availableSequence;

    /// <inheritdoc/>
    public void AddGatingSequences(params Sequence[] gatingSequences) => GatingSequences.Add(ref _gatingSequences, this, gatingSequences);

    /// <inheritdoc/>
    public bool RemoveGatingSequence(Sequence sequence) => GatingSequences.Remove(ref _gatingSequences, sequence);

    /// <inheritdoc/>
    public long GetMinimumSequence() => GatingSequences.Minimum(Volatile.Read(ref _gatingSequences), _cursor.Value);

    /// <summary>Creates a poller over a ring of this sequencer.</summary>
    /// <typeparam name="T">Type of the events.</typeparam>
    /// <param name="provider">The ring.</param>
    /// <param name="gatingSequences">The consumers that come first; none for the producer alone.</param>
    /// <returns>The poller. Its own sequence gates the producer only once it is added.</returns>
    public ValueEventPoller<T> NewPoller<T>(IValueDataProvider<T> provider, params Sequence[] gatingSequences)
        where T : struct
        => EventPoller.Create(provider, this, new Sequence(), _cursor, gatingSequences);

    [MethodImpl(MethodImplOptions.NoInlining)]
    private void WaitForGate(long overwritten)
    {
        var spin = new SpinWait();
        while (!RefreshGate(overwritten))
        {
            spin.SpinOnce(sleep1Threshold: -1);
        }
    }

    [MethodImpl(MethodImplOptions.NoInlining)]
    private bool RefreshGate(long overwritten)
    {
        // Store/Load: the cursor must be out before the gates are read. Otherwise a consumer that is being added could
        // start from an older cursor than one from which another consumer has already let this producer go on.
        Interlocked.MemoryBarrier();

        // Never take more than is needed or published: a gate may be missing (no consumers yet) or far ahead
        // (long.MaxValue: finished), and a consumer added later starts at the cursor.
        var gate = GatingSequences.Minimum(Volatile.Read(ref _gatingSequences), Math.Max(_cursor.Value, overwritten));
        _seenGate = gate;
        return overwritten <= gate;
    }

    [DoesNotReturn]
    [MethodImpl(MethodImplOptions.NoInlining)]
    private static void ThrowBatchSize() => throw new ArgumentException("n must be 1 to the ring's size");
}
