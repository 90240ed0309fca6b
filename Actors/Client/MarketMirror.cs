using FeedHandler.Codecs;

namespace FeedHandler.Actors;

/// <summary>A subscriber's own copy of all books of one subscription, with the proof that nothing was missed.</summary>
/// <remarks>Owned by the subscriber's thread.</remarks>
public sealed class MarketMirror
{
    /// <summary>Orders of all books at most.</summary>
    private const int MaxOrders = 16_000_000;

    private readonly Dictionary<(ushort Channel, uint Instrument), BookMirror> _books = [];
    private readonly OrderStore _orders = new(MaxOrders);
    private readonly Dictionary<int, long> _nextSequences = [];

    /// <summary>The books, in no order.</summary>
    public IReadOnlyCollection<BookMirror> Books => _books.Values;

    /// <summary>Updates applied.</summary>
    public long Updates { get; private set; }

    /// <summary>Finds an instrument's books; null where nothing was told of it.</summary>
    public BookMirror? Find(int channel, uint instrument) => _books.GetValueOrDefault(((ushort)channel, instrument));

    /// <summary>Finds an instrument's books by symbol; null where no definition was told.</summary>
    public BookMirror? Find(string symbol) => _books.Values.FirstOrDefault(book => book.Definition?.Symbol == symbol);

    /// <summary>Applies a batch; it is still to be disposed.</summary>
    /// <exception cref="InvalidOperationException">A batch is missing before this one: the caller has lost or reordered messages.</exception>
    public void Apply(MarketDataBatch batch)
    {
        var expected = _nextSequences.GetValueOrDefault(batch.Shard, 1);
        if (batch.FirstSequence != expected)
            throw new InvalidOperationException($"subscription {batch.SubscriptionId} of shard {batch.Shard}: batch starts at {batch.FirstSequence}, not at {expected}");
        _nextSequences[batch.Shard] = expected + batch.Count;
        Updates += batch.Count;
        foreach (ref readonly var update in batch.Updates)
        {
            if (update.Instrument != 0) FindOrAdd(update.Channel, update.Instrument).Apply(update);
        }
    }

    private BookMirror FindOrAdd(ushort channel, uint instrument)
    {
        if (_books.TryGetValue((channel, instrument), out var book)) return book;
        book = new BookMirror(_orders, (uint)_books.Count, channel, instrument);
        _books.Add((channel, instrument), book);
        return book;
    }
}
