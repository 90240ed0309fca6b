using System.Runtime.CompilerServices;

namespace Disruptor;

/// <summary>The sequencer as a ring calls it: directly when it is a single producer's, else through the interface.</summary>
internal readonly struct RingSequencer
{
    private readonly SingleProducerSequencer? _single;
    private readonly ISequencer _sequencer;

    public RingSequencer(ISequencer sequencer)
    {
        ArgumentNullException.ThrowIfNull(sequencer);
        _single = sequencer as SingleProducerSequencer;
        _sequencer = sequencer;
    }

    public ISequencer Sequencer => _sequencer;

    public long Cursor
    {
        [MethodImpl(MethodImplOptions.AggressiveInlining)]
        get => _single is { } single ? single.Cursor : _sequencer.Cursor;
    }

    [MethodImpl(MethodImplOptions.AggressiveInlining)]
    public bool HasAvailableCapacity(int requiredCapacity)
        => _single is { } single ? single.HasAvailableCapacity(requiredCapacity) : _sequencer.HasAvailableCapacity(requiredCapacity);

    [MethodImpl(MethodImplOptions.AggressiveInlining)]
    public long Next() => _single is { } single ? single.Next() : _sequencer.Next();

    [MethodImpl(MethodImplOptions.AggressiveInlining)]
    public long Next(int n) => _single is { } single ? single.Next(n) : _sequencer.Next(n);

    [MethodImpl(MethodImplOptions.AggressiveInlining)]
    public bool TryNext(out long sequence)
        => _single is { } single ? single.TryNext(out sequence) : _sequencer.TryNext(out sequence);

    [MethodImpl(MethodImplOptions.AggressiveInlining)]
    public bool TryNext(int n, out long sequence)
        => _single is { } single ? single.TryNext(n, out sequence) : _sequencer.TryNext(n, out sequence);

    [MethodImpl(MethodImplOptions.AggressiveInlining)]
    public void Publish(long sequence)
    {
        if (_single is { } single) single.Publish(sequence);
        else _sequencer.Publish(sequence);
    }

    [MethodImpl(MethodImplOptions.AggressiveInlining)]
    public void Publish(long lo, long hi)
    {
        if (_single is { } single) single.Publish(hi);
        else _sequencer.Publish(lo, hi);
    }
}
