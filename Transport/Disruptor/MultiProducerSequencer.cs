using System.Diagnostics.CodeAnalysis;
using System.Runtime.CompilerServices;
using System.Runtime.InteropServices;

namespace Disruptor;

/// <summary>The sequencer of a ring with several producer threads.</summary>
/// <remarks>
/// <para>
/// The cursor counts claims, by one interlocked addition. Publication writes, with release semantics, the lap of the
/// sequence into the mark of its slot, so producers publish in any order and never wait for each other; consumers read
/// the marks from their position on and stop at the first hole. All members may be used by any thread.
/// </para>
/// </remarks>
[StructLayout(LayoutKind.Explicit, Size = CacheLine.PaddingBytes + 48 + CacheLine.PaddingBytes)]
public sealed class MultiProducerSequencer : ISequencer
{
    private const int Unpublished = -1;

    // Written once (the gates rarely), read by all: what changes at each claim is in the two padded sequences.
    [FieldOffset(CacheLine.PaddingBytes)] private readonly Sequence _cursor = new();
    [FieldOffset(CacheLine.PaddingBytes + 8)] private readonly Sequence _seenGate = new();
    [FieldOffset(CacheLine.PaddingBytes + 16)] private readonly int[] _publishedLaps;
    [FieldOffset(CacheLine.PaddingBytes + 24)] private readonly IWaitStrategy _waitStrategy;
    [FieldOffset(CacheLine.PaddingBytes + 32)] private Sequence[] _gatingSequences = [];
    [FieldOffset(CacheLine.PaddingBytes + 40)] private readonly int _bufferSize;
    [FieldOffset(CacheLine.PaddingBytes + 44)] private readonly byte _lapShift;
    [FieldOffset(CacheLine.PaddingBytes + 45)] private readonly bool _signals;

    /// <summary>Creates a sequencer whose consumers block while they wait.</summary>
    /// <param name="bufferSize">Number of slots, a power of two.</param>
    public MultiProducerSequencer(int bufferSize)
        : this(bufferSize, new BlockingWaitStrategy())
    {
    }

    /// <summary>Creates a sequencer.</summary>
    /// <param name="bufferSize">Number of slots, a power of two.</param>
    /// <param name="waitStrategy">How its consumers wait.</param>
    public MultiProducerSequencer(int bufferSize, IWaitStrategy waitStrategy)
    {
        ArgumentNullException.ThrowIfNull(waitStrategy);
        _bufferSize = GatingSequences.CheckedBufferSize(bufferSize);
        _lapShift = (byte)int.Log2(bufferSize);
        _waitStrategy = waitStrategy;
        _signals = waitStrategy.IsBlockingStrategy;
        _publishedLaps = new int[bufferSize];
        Array.Fill(_publishedLaps, Unpublished);
    }

    /// <inheritdoc/>
    public int BufferSize => _bufferSize;

    /// <inheritdoc/>
    public long Cursor => _cursor.Value;

    /// <inheritdoc/>
    public SequenceBarrier NewBarrier(params Sequence[] sequencesToTrack)
        => new(this, _waitStrategy, new DependentSequenceGroup(_cursor, sequencesToTrack));

    /// <inheritdoc/>
    public bool HasAvailableCapacity(int requiredCapacity)
    {
        var claimed = _cursor.Value;
        var overwritten = claimed + requiredCapacity - _bufferSize;
        return overwritten <= _seenGate.Value || RefreshGate(overwritten, claimed);
    }

    /// <inheritdoc/>
    public void Claim(long sequence)
    {
        _seenGate.SetValue(long.MinValue + _bufferSize);
        _cursor.SetValueVolatile(sequence);
    }

    /// <inheritdoc/>
    public long Next() => ClaimNext(1);

    /// <inheritdoc/>
    public long Next(int n)
    {
        if ((uint)(n - 1) >= (uint)_bufferSize) ThrowBatchSize();
        return ClaimNext(n);
    }

    /// <inheritdoc/>
    public bool TryNext(out long sequence) => TryClaimNext(1, out sequence);

    /// <inheritdoc/>
    public bool TryNext(int n, out long sequence)
    {
        if ((uint)(n - 1) >= (uint)_bufferSize) ThrowBatchSize();
        return TryClaimNext(n, out sequence);
    }

    /// <inheritdoc/>
    /// <remarks>An estimate: other producers claim meanwhile.</remarks>
    public long GetRemainingCapacity()
    {
        var claimed = _cursor.Value;
        return _bufferSize - (claimed - GatingSequences.Minimum(Volatile.Read(ref _gatingSequences), claimed));
    }

    /// <inheritdoc/>
    /// <remarks>A release store into the slot's mark, and a signal if the wait strategy blocks.</remarks>
    [MethodImpl(MethodImplOptions.AggressiveInlining)]
    public void Publish(long sequence)
    {
        MarkPublished(sequence);
        if (_signals) _waitStrategy.SignalAllWhenBlocking();
    }

    /// <inheritdoc/>
    /// <remarks>A release store into each slot's mark, and one signal if the wait strategy blocks.</remarks>
    public void Publish(long lo, long hi)
    {
        // The first sequence last: a consumer that is behind it then sees the whole batch at once.
        for (var count = hi - lo; count >= 0; count--)
        {
            MarkPublished(lo + count);
        }

        if (_signals) _waitStrategy.SignalAllWhenBlocking();
    }

    /// <inheritdoc/>
    public bool IsAvailable(long sequence) => Volatile.Read(ref Mark(sequence)) == LapOf(sequence);

    /// <inheritdoc/>
    [SuppressMessage("Naming", "CA1725", Justification = "the parameter's name in Disruptor-net")]
    public long GetHighestPublishedSequence(long lowerBound, long availableSequence)
    {
        for (var sequence = lowerBound; sequence <= availableSequence; sequence++)
        {
            if (!IsAvailable(sequence)) return sequence - 1;
            if (sequence == long.MaxValue) break;
        }

        return availableSequence;
    }

    /// <inheritdoc/>
    public void AddGatingSequences(params Sequence[] gatingSequences) => GatingSequences.Add(ref _gatingSequences, this, gatingSequences);

    /// <inheritdoc/>
    public bool RemoveGatingSequence(Sequence sequence) => GatingSequences.Remove(ref _gatingSequences, sequence);

    /// <inheritdoc/>
    public long GetMinimumSequence() => GatingSequences.Minimum(Volatile.Read(ref _gatingSequences), _cursor.Value);

    /// <summary>Creates a poller over a ring of this sequencer.</summary>
    /// <typeparam name="T">Type of the events.</typeparam>
    /// <param name="provider">The ring.</param>
    /// <param name="gatingSequences">The consumers that come first; none for the producers alone.</param>
    /// <returns>The poller. Its own sequence gates the producers only once it is added.</returns>
    public ValueEventPoller<T> NewPoller<T>(IValueDataProvider<T> provider, params Sequence[] gatingSequences)
        where T : struct
        => EventPoller.Create(provider, this, new Sequence(), _cursor, gatingSequences);

    [MethodImpl(MethodImplOptions.AggressiveInlining)]
    private long ClaimNext(int n)
    {
        // Claimed first, waited for second: the addition never fails, and it fences the gates' reads.
        var next = _cursor.AddAndGet(n);
        var overwritten = next - _bufferSize;
        if (overwritten > _seenGate.Value) WaitForGate(overwritten, next - n);
        return next;
    }

    private bool TryClaimNext(int n, out long sequence)
    {
        long claimed;
        do
        {
            claimed = _cursor.Value;
            sequence = claimed + n;
            var overwritten = sequence - _bufferSize;
            if (overwritten > _seenGate.Value && !RefreshGate(overwritten, claimed))
            {
                sequence = default;
                return false;
            }
        }
        while (!_cursor.CompareAndSet(claimed, sequence));

        return true;
    }

    [MethodImpl(MethodImplOptions.NoInlining)]
    private void WaitForGate(long overwritten, long claimed)
    {
        var spin = new SpinWait();
        while (!RefreshGate(overwritten, claimed))
        {
            spin.SpinOnce(sleep1Threshold: -1);
        }
    }

    /// <summary>Reads the gates again.</summary>
    /// <param name="overwritten">The sequence that must have been passed by all.</param>
    /// <param name="claimed">The cursor as seen before the own claim.</param>
    [MethodImpl(MethodImplOptions.NoInlining)]
    private bool RefreshGate(long overwritten, long claimed)
    {
        // Never keep more than was claimed or is needed: gates may be missing or far ahead, and one that is added later
        // starts at the cursor.
        var gate = GatingSequences.Minimum(Volatile.Read(ref _gatingSequences), Math.Max(claimed, overwritten));
        _seenGate.SetValue(gate);
        return overwritten <= gate;
    }

    [MethodImpl(MethodImplOptions.AggressiveInlining)]
    private void MarkPublished(long sequence) => Volatile.Write(ref Mark(sequence), LapOf(sequence));

    [MethodImpl(MethodImplOptions.AggressiveInlining)]
    private ref int Mark(long sequence)
        => ref Unsafe.Add(ref MemoryMarshal.GetArrayDataReference(_publishedLaps), (int)sequence & (_bufferSize - 1));

    [MethodImpl(MethodImplOptions.AggressiveInlining)]
    private int LapOf(long sequence) => (int)(sequence >>> _lapShift);

    [DoesNotReturn]
    [MethodImpl(MethodImplOptions.NoInlining)]
    private static void ThrowBatchSize() => throw new ArgumentException("n must be 1 to the ring's size");
}
