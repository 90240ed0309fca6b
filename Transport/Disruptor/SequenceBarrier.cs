using System.Diagnostics.CodeAnalysis;
using System.Runtime.CompilerServices;

namespace Disruptor;

/// <summary>Where one consumer waits for its next event, and is told to stop.</summary>
/// <remarks>
/// Waiting belongs to the consumer thread; cancelling may come from any thread. A wait that finds events reads one or
/// more sequences with acquire semantics and calls no interface.
/// </remarks>
[SuppressMessage("Design", "CA1001", Justification = "a source without timer and wait handle holds nothing to dispose of")]
public sealed class SequenceBarrier
{
    private readonly ISequencer _sequencer;
    private readonly IWaitStrategy _waitStrategy;
    private readonly DependentSequenceGroup _dependentSequences;
    private readonly bool _seesOnlyPublished;
    private volatile CancellationTokenSource _cancellation = new();

    /// <summary>Creates a barrier.</summary>
    /// <param name="sequencer">The ring's sequencer.</param>
    /// <param name="waitStrategy">How to wait.</param>
    /// <param name="dependentSequences">What to wait for.</param>
    public SequenceBarrier(ISequencer sequencer, IWaitStrategy waitStrategy, DependentSequenceGroup dependentSequences)
    {
        ArgumentNullException.ThrowIfNull(sequencer);
        ArgumentNullException.ThrowIfNull(waitStrategy);
        ArgumentNullException.ThrowIfNull(dependentSequences);
        _sequencer = sequencer;
        _waitStrategy = waitStrategy;
        _dependentSequences = dependentSequences;

        // A single producer's cursor moves at publication, and a consumer cannot have passed what is not published.
        _seesOnlyPublished = sequencer is SingleProducerSequencer || !dependentSequences.DependsOnCursor;
    }

    /// <summary>What the consumer waits for.</summary>
    public DependentSequenceGroup DependentSequences => _dependentSequences;

    /// <summary>Whether the consumer was told to stop.</summary>
    public bool IsCancellationRequested => _cancellation.IsCancellationRequested;

    /// <summary>Cancelled when the consumer is told to stop.</summary>
    public CancellationToken CancellationToken => _cancellation.Token;

    /// <summary>Throws if the consumer was told to stop.</summary>
    public void ThrowIfCancellationRequested() => CancellationToken.ThrowIfCancellationRequested();

    /// <summary>Waits until a sequence is available.</summary>
    /// <param name="sequence">The sequence.</param>
    /// <returns>
    /// The highest available sequence, at least <paramref name="sequence"/>; or a time-out; or, with several producers,
    /// a lower sequence when an earlier one is claimed and not yet published.
    /// </returns>
    /// <exception cref="OperationCanceledException">The consumer was told to stop.</exception>
    [MethodImpl(MethodImplOptions.AggressiveInlining)]
    public SequenceWaitResult WaitFor(long sequence)
    {
        var cancellation = _cancellation;
        if (cancellation.IsCancellationRequested) ThrowCancelled(cancellation);
        var available = _dependentSequences.Value;
        if (available < sequence) return WaitSlowly(sequence, cancellation.Token);
        return _seesOnlyPublished ? available : _sequencer.GetHighestPublishedSequence(sequence, available);
    }

    /// <summary>Lets a consumer that was told to stop wait again.</summary>
    public void ResetProcessing() => _cancellation = new CancellationTokenSource();

    /// <summary>Tells the consumer to stop.</summary>
    public void CancelProcessing()
    {
        _cancellation.Cancel();
        _waitStrategy.SignalAllWhenBlocking();
    }

    [MethodImpl(MethodImplOptions.NoInlining)]
    private SequenceWaitResult WaitSlowly(long sequence, CancellationToken cancellationToken)
    {
        var result = _waitStrategy.WaitFor(sequence, _dependentSequences, cancellationToken);
        if (_seesOnlyPublished || result.IsTimeout) return result;
        var available = result.UnsafeAvailableSequence;
        return available < sequence ? result : _sequencer.GetHighestPublishedSequence(sequence, available);
    }

    [DoesNotReturn]
    [MethodImpl(MethodImplOptions.NoInlining)]
    private static void ThrowCancelled(CancellationTokenSource cancellation) => throw new OperationCanceledException(cancellation.Token);
}
