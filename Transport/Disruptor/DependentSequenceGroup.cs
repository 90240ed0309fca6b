using System.Runtime.CompilerServices;

namespace Disruptor;

/// <summary>What a consumer waits for: the consumers before it, or the cursor of the ring.</summary>
/// <remarks>Immutable but for <see cref="Tag"/>; reads are acquire reads and may come from any thread.</remarks>
public class DependentSequenceGroup
{
    private readonly Sequence _cursor;
    private readonly Sequence _first;
    private readonly Sequence[] _others;

    /// <summary>Creates a group.</summary>
    /// <param name="cursor">The ring's cursor.</param>
    /// <param name="dependencies">The consumers that come first; none for the cursor alone.</param>
    public DependentSequenceGroup(Sequence cursor, params Sequence[] dependencies)
    {
        ArgumentNullException.ThrowIfNull(cursor);
        ArgumentNullException.ThrowIfNull(dependencies);
        _cursor = cursor;
        _first = dependencies.Length == 0 ? cursor : dependencies[0];
        _others = dependencies.Length <= 1 ? [] : dependencies[1..];
    }

    /// <summary>The lowest of the sequences.</summary>
    public long Value
    {
        [MethodImpl(MethodImplOptions.AggressiveInlining)]
        get
        {
            var value = _first.Value;
            return _others.Length == 0 ? value : GatingSequences.Minimum(_others, value);
        }
    }

    /// <summary>The ring's cursor.</summary>
    public long CursorValue
    {
        [MethodImpl(MethodImplOptions.AggressiveInlining)]
        get => _cursor.Value;
    }

    /// <summary>Number of sequences, 1 when it is the cursor.</summary>
    public int DependentSequenceCount => _others.Length + 1;

    /// <summary>Whether no other consumer comes first.</summary>
    public bool DependsOnCursor => _first == _cursor;

    /// <summary>A mark that a wait strategy may look at (see <see cref="HybridSpinWaitStrategy"/>).</summary>
    public object? Tag { get; set; }

    /// <summary>Spins, without yielding the core, until the group has reached a sequence.</summary>
    /// <param name="expectedValue">The sequence.</param>
    /// <param name="cancellationToken">Ends the wait by an <see cref="OperationCanceledException"/>.</param>
    /// <returns>The group's value.</returns>
    [MethodImpl(MethodImplOptions.AggressiveInlining)]
    public long AggressiveSpinWaitFor(long expectedValue, CancellationToken cancellationToken)
    {
        var value = Value;
        return value >= expectedValue ? value : Spin(expectedValue, cancellationToken);
    }

    [MethodImpl(MethodImplOptions.NoInlining)]
    private long Spin(long expectedValue, CancellationToken cancellationToken)
    {
        while (true)
        {
            cancellationToken.ThrowIfCancellationRequested();
            var value = Value;
            if (value >= expectedValue) return value;
        }
    }
}
