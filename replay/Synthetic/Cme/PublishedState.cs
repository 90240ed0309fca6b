namespace FeedHandler.Replay.Synthetic.Cme;

/// <summary>What a receiver of every packet so far knows: best prices per instrument, and what the last packet brought.</summary>
/// <remarks>It moves message by message, so it is right in the middle of an event that spans packets, too.</remarks>
public sealed class PublishedState(int instruments)
{
    private readonly TopOfBook[] _tops = new TopOfBook[instruments];
    private readonly bool[] _isTouched = new bool[instruments];
    private readonly List<int> _touched = [];
    private readonly List<TradeEntry> _trades = [];

    /// <summary>Best outright bid and ask by <see cref="Instrument.Index"/>.</summary>
    public ReadOnlySpan<TopOfBook> Tops => _tops;

    /// <summary>Instruments with level changes in the packet being sent.</summary>
    public IReadOnlyList<int> Touched => _touched;

    /// <summary>Trades in the packet being sent.</summary>
    public IReadOnlyList<TradeEntry> Trades => _trades;

    internal void Apply(ReadOnlySpan<LevelEntry> entries)
    {
        foreach (ref readonly LevelEntry entry in entries) Set(entry.Book.Instrument.Index, entry.TopAfter);
    }

    internal void Apply(ReadOnlySpan<TradeEntry> trades) => _trades.AddRange(trades);

    internal void Reset()
    {
        for (int i = 0; i < _tops.Length; i++) Set(i, default);
    }

    internal void Reset(InstrumentBook book) => Set(book.Instrument.Index, default);

    internal void BeginPacket()
    {
        foreach (int index in _touched) _isTouched[index] = false;
        _touched.Clear();
        _trades.Clear();
    }

    private void Set(int index, TopOfBook top)
    {
        _tops[index] = top;
        if (_isTouched[index]) return;
        _isTouched[index] = true;
        _touched.Add(index);
    }
}
