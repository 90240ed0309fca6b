namespace Disruptor;

/// <summary>Something with a position up to which it has published.</summary>
public interface ICursored
{
    /// <summary>
    /// The last sequence of the producer: published for a single producer, claimed for several
    /// (see <see cref="ISequencer.GetHighestPublishedSequence"/>).
    /// </summary>
    /// <remarks>An acquire read; any thread.</remarks>
    long Cursor { get; }
}
