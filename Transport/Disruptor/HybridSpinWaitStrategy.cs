namespace Disruptor;

/// <summary>
/// Blocks like <see cref="BlockingWaitStrategy"/>, except consumers whose dependent sequences carry
/// <see cref="AggressiveSpinWaitTag"/>: those spin like <see cref="BusySpinWaitStrategy"/>.
/// </summary>
/// <example><code>disruptor.GetDependentSequencesFor(handler)!.Tag = HybridSpinWaitStrategy.AggressiveSpinWaitTag;</code></example>
public class HybridSpinWaitStrategy : IWaitStrategy
{
    private readonly SignalledGate _gate = new();

    /// <summary>Marks the consumers that spin (<see cref="DependentSequenceGroup.Tag"/>).</summary>
    public static object AggressiveSpinWaitTag { get; } = new();

    /// <inheritdoc/>
    public bool IsBlockingStrategy => true;

    /// <inheritdoc/>
    public SequenceWaitResult WaitFor(long sequence, DependentSequenceGroup dependentSequences, CancellationToken cancellationToken)
    {
        if (dependentSequences.Tag != AggressiveSpinWaitTag)
        {
            _gate.WaitForCursor(sequence, dependentSequences, Timeout.InfiniteTimeSpan, cancellationToken);
        }

        return dependentSequences.AggressiveSpinWaitFor(sequence, cancellationToken);
    }

    /// <inheritdoc/>
    public void SignalAllWhenBlocking() => _gate.Signal();
}
