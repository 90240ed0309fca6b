namespace Disruptor;

/// <summary>Consumption by polling, on a thread and at times of the caller's choice.</summary>
public static class EventPoller
{
    /// <summary>What a poll found.</summary>
    public enum PollState
    {
        /// <summary>Events, which were handled.</summary>
        Processing,

        /// <summary>Events, which another consumer has to handle first.</summary>
        Gating,

        /// <summary>No event.</summary>
        Idle,
    }

    /// <summary>Handles an event.</summary>
    /// <typeparam name="T">Type of the events.</typeparam>
    /// <param name="data">The event, in its slot.</param>
    /// <param name="sequence">Its sequence.</param>
    /// <param name="endOfBatch">Whether it is the last one of this poll.</param>
    /// <returns>Whether to go on with the next event.</returns>
    public delegate bool ValueHandler<T>(ref T data, long sequence, bool endOfBatch);

    /// <summary>Creates a poller.</summary>
    /// <typeparam name="T">Type of the events.</typeparam>
    /// <param name="dataProvider">The ring.</param>
    /// <param name="sequencer">The ring's sequencer.</param>
    /// <param name="sequence">The poller's own sequence.</param>
    /// <param name="cursorSequence">The ring's cursor.</param>
    /// <param name="gatingSequences">The consumers that come first; none for the producers alone.</param>
    /// <returns>The poller.</returns>
    public static ValueEventPoller<T> Create<T>(IValueDataProvider<T> dataProvider, ISequencer sequencer, Sequence sequence, Sequence cursorSequence, params Sequence[] gatingSequences)
        where T : struct
        => new(dataProvider, sequencer, sequence, new DependentSequenceGroup(cursorSequence, gatingSequences));
}
