using System.Runtime.CompilerServices;

namespace Disruptor;

/// <summary>What a wait ended with: a sequence up to which events are available, or a time-out.</summary>
public readonly struct SequenceWaitResult : IEquatable<SequenceWaitResult>
{
    private const long TimeoutValue = long.MinValue;

    /// <summary>The wait timed out.</summary>
    public static readonly SequenceWaitResult Timeout = new(TimeoutValue);

    private readonly long _value;

    /// <summary>Creates a result.</summary>
    /// <param name="availableSequence">The highest available sequence.</param>
    public SequenceWaitResult(long availableSequence)
    {
        _value = availableSequence;
    }

    /// <summary>The highest available sequence, or null after a time-out.</summary>
    public long? AvailableSequence => IsTimeout ? null : _value;

    /// <summary>The highest available sequence; only meaningful when <see cref="IsTimeout"/> is false.</summary>
    public long UnsafeAvailableSequence
    {
        [MethodImpl(MethodImplOptions.AggressiveInlining)]
        get => _value;
    }

    /// <summary>Whether the wait timed out.</summary>
    public bool IsTimeout
    {
        [MethodImpl(MethodImplOptions.AggressiveInlining)]
        get => _value == TimeoutValue;
    }

    /// <summary>A sequence as a result.</summary>
    /// <param name="availableSequence">The highest available sequence.</param>
    [MethodImpl(MethodImplOptions.AggressiveInlining)]
    public static implicit operator SequenceWaitResult(long availableSequence) => new(availableSequence);

    /// <summary>Whether both are the same.</summary>
    /// <param name="left">One result.</param>
    /// <param name="right">The other.</param>
    public static bool operator ==(SequenceWaitResult left, SequenceWaitResult right) => left.Equals(right);

    /// <summary>Whether they differ.</summary>
    /// <param name="left">One result.</param>
    /// <param name="right">The other.</param>
    public static bool operator !=(SequenceWaitResult left, SequenceWaitResult right) => !left.Equals(right);

    /// <inheritdoc/>
    public bool Equals(SequenceWaitResult other) => _value == other._value;

    /// <inheritdoc/>
    public override bool Equals(object? obj) => obj is SequenceWaitResult other && Equals(other);

    /// <inheritdoc/>
    public override int GetHashCode() => _value.GetHashCode();
}
