namespace Disruptor;

/// <summary>A consumer that is polled. Belongs to one thread at a time.</summary>
/// <typeparam name="T">Type of the events.</typeparam>
public class ValueEventPoller<T>
    where T : struct
{
    private readonly IValueDataProvider<T> _dataProvider;
    private readonly ISequencer _sequencer;
    private readonly DependentSequenceGroup _dependentSequences;

    /// <summary>Creates a poller.</summary>
    /// <param name="dataProvider">The ring.</param>
    /// <param name="sequencer">The ring's sequencer.</param>
    /// <param name="sequence">The poller's own sequence.</param>
    /// <param name="dependentSequences">What comes first.</param>
    public ValueEventPoller(IValueDataProvider<T> dataProvider, ISequencer sequencer, Sequence sequence, DependentSequenceGroup dependentSequences)
    {
        _dataProvider = dataProvider;
        _sequencer = sequencer;
        Sequence = sequence;
        _dependentSequences = dependentSequences;
    }

    /// <summary>The last handled sequence. Add it to the ring's gating sequences, or the producers will overtake it.</summary>
    public Sequence Sequence { get; }

    /// <summary>Handles the events that are available.</summary>
    /// <param name="eventHandler">Called for each event, in order, until it returns false.</param>
    /// <returns>What was found.</returns>
    /// <remarks>
    /// The sequence is set, with release semantics, once at the end, also when the handler throws: up to the last event
    /// that it returned from.
    /// </remarks>
    public EventPoller.PollState Poll(EventPoller.ValueHandler<T> eventHandler)
    {
        ArgumentNullException.ThrowIfNull(eventHandler);
        var handled = Sequence.Value;
        var next = handled + 1;
        var available = _sequencer.GetHighestPublishedSequence(next, _dependentSequences.Value);
        if (available < next) return _sequencer.Cursor >= next ? EventPoller.PollState.Gating : EventPoller.PollState.Idle;

        try
        {
            var goOn = true;
            while (goOn && handled < available)
            {
                goOn = eventHandler(ref _dataProvider[handled + 1], handled + 1, handled + 1 == available);
                handled++;
            }
        }
        finally
        {
            Sequence.SetValue(handled);
        }

        return EventPoller.PollState.Processing;
    }
}
