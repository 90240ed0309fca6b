using System.Runtime.CompilerServices;

namespace Disruptor;

public sealed partial class ValueRingBuffer<T>
{
    /// <summary>Claims one sequence, waiting while the ring is full; disposing the scope publishes it.</summary>
    /// <returns>The scope.</returns>
    /// <example><code>using (var scope = ring.PublishEvent()) { scope.Event().Price = price; }</code></example>
    [MethodImpl(MethodImplOptions.AggressiveInlining)]
    public UnpublishedEventScope PublishEvent() => new(this, Next());

    /// <summary>Claims one sequence unless the ring is full; disposing the scope publishes it, if there is one.</summary>
    /// <returns>The scope.</returns>
    [MethodImpl(MethodImplOptions.AggressiveInlining)]
    public NullableUnpublishedEventScope TryPublishEvent()
        => TryNext(out var sequence) ? new(this, sequence) : new(null, sequence);

    /// <summary>Claims sequences, waiting while the ring is too full; disposing the scope publishes them together.</summary>
    /// <param name="count">Number of sequences.</param>
    /// <returns>The scope.</returns>
    [MethodImpl(MethodImplOptions.AggressiveInlining)]
    public UnpublishedEventBatchScope PublishEvents(int count)
    {
        var endSequence = Next(count);
        return new(this, endSequence + 1 - count, endSequence);
    }

    /// <summary>Claims sequences unless the ring is too full; disposing the scope publishes them, if there are any.</summary>
    /// <param name="count">Number of sequences.</param>
    /// <returns>The scope.</returns>
    [MethodImpl(MethodImplOptions.AggressiveInlining)]
    public NullableUnpublishedEventBatchScope TryPublishEvents(int count)
        => TryNext(count, out var endSequence) ? new(this, endSequence + 1 - count, endSequence) : new(null, 0, endSequence);

    /// <summary>A claimed sequence; <see cref="Dispose"/> publishes it. Belongs to the thread that claimed.</summary>
    public readonly struct UnpublishedEventScope : IDisposable
    {
        private readonly ValueRingBuffer<T> _ringBuffer;
        private readonly long _sequence;

        /// <summary>Creates a scope over a claimed sequence.</summary>
        /// <param name="ringBuffer">The ring.</param>
        /// <param name="sequence">The claimed sequence.</param>
        public UnpublishedEventScope(ValueRingBuffer<T> ringBuffer, long sequence)
        {
            _ringBuffer = ringBuffer;
            _sequence = sequence;
        }

        /// <summary>The claimed sequence.</summary>
        public long Sequence => _sequence;

        /// <summary>The slot to fill.</summary>
        /// <returns>The slot.</returns>
        [MethodImpl(MethodImplOptions.AggressiveInlining)]
        public ref T Event() => ref _ringBuffer[_sequence];

        /// <summary>Publishes.</summary>
        [MethodImpl(MethodImplOptions.AggressiveInlining)]
        public void Dispose() => _ringBuffer.Publish(_sequence);
    }

    /// <summary>Claimed sequences; <see cref="Dispose"/> publishes them. Belongs to the thread that claimed.</summary>
    public readonly struct UnpublishedEventBatchScope : IDisposable
    {
        private readonly ValueRingBuffer<T> _ringBuffer;
        private readonly long _startSequence;
        private readonly long _endSequence;

        /// <summary>Creates a scope over claimed sequences.</summary>
        /// <param name="ringBuffer">The ring.</param>
        /// <param name="startSequence">The lowest sequence.</param>
        /// <param name="endSequence">The highest sequence.</param>
        public UnpublishedEventBatchScope(ValueRingBuffer<T> ringBuffer, long startSequence, long endSequence)
        {
            _ringBuffer = ringBuffer;
            _startSequence = startSequence;
            _endSequence = endSequence;
        }

        /// <summary>The lowest sequence.</summary>
        public long StartSequence => _startSequence;

        /// <summary>The highest sequence.</summary>
        public long EndSequence => _endSequence;

        /// <summary>The slot to fill.</summary>
        /// <param name="index">Index from 0 within the batch.</param>
        /// <returns>The slot.</returns>
        [MethodImpl(MethodImplOptions.AggressiveInlining)]
        public ref T Event(int index) => ref _ringBuffer[_startSequence + index];

        /// <summary>Publishes.</summary>
        [MethodImpl(MethodImplOptions.AggressiveInlining)]
        public void Dispose() => _ringBuffer.Publish(_startSequence, _endSequence);
    }

    /// <summary>A claimed sequence, or nothing; <see cref="Dispose"/> publishes it. Belongs to the thread that claimed.</summary>
    public readonly struct NullableUnpublishedEventScope : IDisposable
    {
        private readonly ValueRingBuffer<T>? _ringBuffer;
        private readonly long _sequence;

        /// <summary>Creates a scope.</summary>
        /// <param name="ringBuffer">The ring, or null when nothing was claimed.</param>
        /// <param name="sequence">The claimed sequence.</param>
        public NullableUnpublishedEventScope(ValueRingBuffer<T>? ringBuffer, long sequence)
        {
            _ringBuffer = ringBuffer;
            _sequence = sequence;
        }

        /// <summary>Whether a sequence was claimed.</summary>
        public bool HasEvent => _ringBuffer is not null;

        /// <summary>The claimed slot, if there is one.</summary>
        /// <param name="eventRef">The slot's handle.</param>
        /// <returns>Whether there is one.</returns>
        [MethodImpl(MethodImplOptions.AggressiveInlining)]
        public bool TryGetEvent(out EventRef eventRef)
        {
            eventRef = new EventRef(_ringBuffer!, _sequence);
            return _ringBuffer is not null;
        }

        /// <summary>Publishes, if there is something to publish.</summary>
        [MethodImpl(MethodImplOptions.AggressiveInlining)]
        public void Dispose() => _ringBuffer?.Publish(_sequence);
    }

    /// <summary>The handle of a claimed slot.</summary>
    public readonly struct EventRef
    {
        private readonly ValueRingBuffer<T> _ringBuffer;
        private readonly long _sequence;

        /// <summary>Creates a handle.</summary>
        /// <param name="ringBuffer">The ring.</param>
        /// <param name="sequence">The claimed sequence.</param>
        public EventRef(ValueRingBuffer<T> ringBuffer, long sequence)
        {
            _ringBuffer = ringBuffer;
            _sequence = sequence;
        }

        /// <summary>The claimed sequence.</summary>
        public long Sequence => _sequence;

        /// <summary>The slot to fill.</summary>
        /// <returns>The slot.</returns>
        [MethodImpl(MethodImplOptions.AggressiveInlining)]
        public ref T Event() => ref _ringBuffer[_sequence];
    }

    /// <summary>Claimed sequences, or nothing; <see cref="Dispose"/> publishes them. Belongs to the thread that claimed.</summary>
    public readonly struct NullableUnpublishedEventBatchScope : IDisposable
    {
        private readonly ValueRingBuffer<T>? _ringBuffer;
        private readonly long _startSequence;
        private readonly long _endSequence;

        /// <summary>Creates a scope.</summary>
        /// <param name="ringBuffer">The ring, or null when nothing was claimed.</param>
        /// <param name="startSequence">The lowest sequence.</param>
        /// <param name="endSequence">The highest sequence.</param>
        public NullableUnpublishedEventBatchScope(ValueRingBuffer<T>? ringBuffer, long startSequence, long endSequence)
        {
            _ringBuffer = ringBuffer;
            _startSequence = startSequence;
            _endSequence = endSequence;
        }

        /// <summary>Whether sequences were claimed.</summary>
        public bool HasEvents => _ringBuffer is not null;

        /// <summary>The claimed slots, if there are any.</summary>
        /// <param name="eventRef">The slots' handle.</param>
        /// <returns>Whether there are any.</returns>
        [MethodImpl(MethodImplOptions.AggressiveInlining)]
        public bool TryGetEvents(out EventBatchRef eventRef)
        {
            eventRef = new EventBatchRef(_ringBuffer!, _startSequence, _endSequence);
            return _ringBuffer is not null;
        }

        /// <summary>Publishes, if there is something to publish.</summary>
        [MethodImpl(MethodImplOptions.AggressiveInlining)]
        public void Dispose() => _ringBuffer?.Publish(_startSequence, _endSequence);
    }

    /// <summary>The handle of claimed slots.</summary>
    public readonly struct EventBatchRef
    {
        private readonly ValueRingBuffer<T> _ringBuffer;
        private readonly long _startSequence;
        private readonly long _endSequence;

        /// <summary>Creates a handle.</summary>
        /// <param name="ringBuffer">The ring.</param>
        /// <param name="startSequence">The lowest sequence.</param>
        /// <param name="endSequence">The highest sequence.</param>
        public EventBatchRef(ValueRingBuffer<T> ringBuffer, long startSequence, long endSequence)
        {
            _ringBuffer = ringBuffer;
            _startSequence = startSequence;
            _endSequence = endSequence;
        }

        /// <summary>The lowest sequence.</summary>
        public long StartSequence => _startSequence;

        /// <summary>The highest sequence.</summary>
        public long EndSequence => _endSequence;

        /// <summary>The slot to fill.</summary>
        /// <param name="index">Index from 0 within the batch.</param>
        /// <returns>The slot.</returns>
        [MethodImpl(MethodImplOptions.AggressiveInlining)]
        public ref T Event(int index) => ref _ringBuffer[_startSequence + index];
    }
}
