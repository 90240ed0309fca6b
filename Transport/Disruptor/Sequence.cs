using System.Runtime.CompilerServices;
using System.Runtime.InteropServices;

namespace Disruptor;

/// <summary>
/// A 64-bit counter that one thread advances and others watch: the cursor of a ring, or the progress of a consumer.
/// </summary>
/// <remarks>
/// Alone on its pair of cache lines, so that an advance of one sequence never evicts another.
/// Any thread may read; who may write is up to the owner: a plain set wants a single writer, the interlocked
/// members do not.
/// </remarks>
[StructLayout(LayoutKind.Explicit, Size = ValueOffset + sizeof(long) + CacheLine.PaddingBytes)]
public class Sequence
{
    /// <summary>The value before the first event: sequences count from 0.</summary>
    public const long InitialCursorValue = -1;

    internal const int ValueOffset = CacheLine.PaddingBytes;

    [FieldOffset(ValueOffset)]
    private long _value;

    /// <summary>Creates a sequence.</summary>
    /// <param name="initialValue">The first value.</param>
    public Sequence(long initialValue = InitialCursorValue)
    {
        _value = initialValue;
    }

    /// <summary>The current value.</summary>
    /// <remarks>An acquire read: what the writer did before it set the value is visible to the caller.</remarks>
    public long Value
    {
        [MethodImpl(MethodImplOptions.AggressiveInlining)]
        get => Volatile.Read(ref _value);
    }

    /// <summary>Sets the value.</summary>
    /// <param name="value">The new value.</param>
    /// <remarks>
    /// A release write (Store/Store and Load/Store): earlier reads and writes of this thread stay before it.
    /// On x86 it is a plain store; it does not wait for the store buffer. Single writer.
    /// </remarks>
    [MethodImpl(MethodImplOptions.AggressiveInlining)]
    public void SetValue(long value) => Volatile.Write(ref _value, value);

    /// <summary>Sets the value with a full fence behind it.</summary>
    /// <param name="value">The new value.</param>
    /// <remarks>A release write followed by a Store/Load barrier: later reads of this thread stay behind it. Single writer.</remarks>
    [MethodImpl(MethodImplOptions.AggressiveInlining)]
    public void SetValueVolatile(long value)
    {
        Volatile.Write(ref _value, value);
        Interlocked.MemoryBarrier();
    }

    /// <summary>Sets the value if it is still the expected one.</summary>
    /// <param name="expectedSequence">The value it must have.</param>
    /// <param name="nextSequence">The new value.</param>
    /// <returns>Whether the value was set.</returns>
    /// <remarks>A full fence; any number of writers.</remarks>
    [MethodImpl(MethodImplOptions.AggressiveInlining)]
    public bool CompareAndSet(long expectedSequence, long nextSequence)
        => Interlocked.CompareExchange(ref _value, nextSequence, expectedSequence) == expectedSequence;

    /// <summary>Adds one.</summary>
    /// <returns>The value after the addition.</returns>
    /// <remarks>A full fence; any number of writers.</remarks>
    public long IncrementAndGet() => Interlocked.Increment(ref _value);

    /// <summary>Adds a value.</summary>
    /// <param name="value">What to add.</param>
    /// <returns>The value after the addition.</returns>
    /// <remarks>A full fence; any number of writers.</remarks>
    public long AddAndGet(long value) => Interlocked.Add(ref _value, value);

    /// <inheritdoc/>
    public override string ToString() => Value.ToString();
}
