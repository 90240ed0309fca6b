namespace Disruptor;

/// <summary>Gives the slot of a sequence by reference.</summary>
/// <typeparam name="T">Type of the events.</typeparam>
public interface IValueDataProvider<T>
{
    /// <summary>The slot of a sequence.</summary>
    /// <param name="sequence">The sequence.</param>
    /// <remarks>No barrier: the sequence must have been claimed by this thread, or seen as published by it.</remarks>
    ref T this[long sequence] { get; }
}
