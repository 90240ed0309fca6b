using FeedHandler.Codecs;

namespace FeedHandler.Actors;

/// <summary>A market-by-order book: every resting order, in queue order at its price.</summary>
/// <remarks>
/// <para>Plain data in the shard's <see cref="OrderStore"/>. Owned by one shard's thread.</para>
/// <para>
/// Within a price, orders stand by ascending priority (CME tag 37707: lower goes first). Where the venue's ids are dense
/// (ITCH), priority is the order of arrival, and an order joins at the end of its queue without a look at the others.
/// </para>
/// </remarks>
public sealed unsafe class MboBook
{
    private readonly OrderStore _store;
    private readonly InstrumentRecords? _records;
    private readonly BookHeader* _header;

    internal MboBook(OrderStore store, uint book)
        : this(store, book, store.Unlimited, isDense: false, records: null, header: null)
    {
    }

    /// <param name="store">Where its orders are.</param>
    /// <param name="book">Its number in the store.</param>
    /// <param name="quota">What they count against.</param>
    /// <param name="isDense">Whether the venue counts its order ids up.</param>
    /// <param name="records">The memory of <paramref name="header"/>: it lives as long as the book.</param>
    /// <param name="header">Where the book's own part is to be; null: in the store.</param>
    internal MboBook(OrderStore store, uint book, OrderQuota quota, bool isDense, InstrumentRecords? records, BookHeader* header)
    {
        _records = records;
        _store = store;
        _header = store.AddBook(book, isDense, quota, header);
    }

    /// <summary>Orders that rest in this book.</summary>
    public int OrderCount => _header->Orders;

    /// <summary>Another number after every change of the best price or quantity of either side.</summary>
    public uint TopVersion => _header->TopVersion;

    internal BookHeader* Header => _header;

    private MboCore Core => new(_store, _header);

    /// <summary>Number of price levels of a side.</summary>
    public int LevelCount(BookSide side) => Core.LevelCount(side);

    /// <summary>Derives one price level from its orders.</summary>
    /// <param name="side">Bid or ask.</param>
    /// <param name="position">0 (best) to <see cref="LevelCount"/> - 1.</param>
    public PriceLevel LevelAt(BookSide side, int position) => Core.LevelAt(side, position);

    /// <summary>Walks the orders of one price level in queue order.</summary>
    public QueueEnumerator OrdersAt(BookSide side, int position) => Core.OrdersAt(side, position);

    /// <summary>Price of the best level of a side, or <see cref="MarketUpdate.NullPrice"/>.</summary>
    public long BestPrice(BookSide side) => LevelCount(side) == 0 ? MarketUpdate.NullPrice : LevelAt(side, 0).Price;

    /// <summary>Adds, changes or removes an order.</summary>
    /// <param name="update">An <see cref="UpdateKind.Order"/>, <see cref="UpdateKind.OrderReduced"/> or <see cref="UpdateKind.OrderReplaced"/> update.</param>
    /// <param name="strict">True for a book that claims to be right: an order that is missing, already there or too small is a contradiction.</param>
    public BookResult Apply(in MarketUpdate update, bool strict) => Core.Apply(update, default, strict);

    /// <summary>Removes every order.</summary>
    public void Clear() => Core.Clear();

    /// <summary>Checks that levels, queues and counts agree.</summary>
    /// <returns>Null, or what is wrong.</returns>
    public string? CheckInvariants() => Core.CheckInvariants();

    /// <summary>Adds an order that is not in the book.</summary>
    internal BookResult Add(BookSide side, long price, long quantity, ulong id, ulong priority) => Core.Add(side, price, quantity, id, priority);

    /// <summary>Walks a queue, first in priority first.</summary>
    public ref struct QueueEnumerator
    {
        private readonly OrderStore _store;
        private readonly ReadOnlySpan<uint> _handles;
        private int _at = -1;

        internal QueueEnumerator(OrderStore store, uint level)
        {
            _store = store;
            _handles = MboCore.Queue(ref store.Level(level));
        }

        /// <summary>This enumerator.</summary>
        public readonly QueueEnumerator GetEnumerator() => this;

        /// <summary>The order at hand.</summary>
        public readonly ref readonly Order Current => ref _store.Order(_handles[_at]);

        /// <summary>Moves to the next order.</summary>
        public bool MoveNext() => ++_at < _handles.Length;
    }
}
