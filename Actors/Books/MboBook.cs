using System.Runtime.CompilerServices;
using System.Runtime.InteropServices;
using FeedHandler.Codecs;

namespace FeedHandler.Actors;

/// <summary>A market-by-order book: every resting order, in queue order at its price.</summary>
/// <remarks>
/// <para>Plain data over the shard's <see cref="OrderStore"/>. Owned by one shard's thread.</para>
/// <para>
/// A side is an array of (price, level) sorted with the best price at its end, because most changes happen there: they
/// are found in a step or two and move little memory. Within a price, orders stand by ascending priority (CME tag 37707:
/// lower goes first).
/// </para>
/// </remarks>
public sealed class MboBook
{
    private readonly OrderStore _store;
    private readonly OrderQuota _quota;
    private readonly uint _book;
    private Side _bids = new();
    private Side _asks = new();

    private struct Entry
    {
        public long Price;
        public uint Level;
    }

    private struct Side()
    {
        public Entry[] Entries = new Entry[8];
        public int Count;
    }

    internal MboBook(OrderStore store, uint book, OrderQuota? quota = null)
    {
        _store = store;
        _quota = quota ?? new OrderQuota(int.MaxValue);
        _book = book;
    }

    /// <summary>Orders that rest in this book.</summary>
    public int OrderCount { get; private set; }

    /// <summary>Number of price levels of a side.</summary>
    public int LevelCount(BookSide side) => side == BookSide.Bid ? _bids.Count : _asks.Count;

    /// <summary>Derives one price level from its orders.</summary>
    /// <param name="side">Bid or ask.</param>
    /// <param name="position">0 (best) to <see cref="LevelCount"/> - 1.</param>
    public PriceLevel LevelAt(BookSide side, int position)
    {
        ref readonly var s = ref side == BookSide.Bid ? ref _bids : ref _asks;
        ref readonly var level = ref _store.Level(s.Entries[s.Count - 1 - position].Level);
        return new PriceLevel { Price = level.Price, Quantity = level.Quantity, Orders = level.Orders };
    }

    /// <summary>Walks the orders of one price level in queue order.</summary>
    public QueueEnumerator OrdersAt(BookSide side, int position)
    {
        ref readonly var s = ref side == BookSide.Bid ? ref _bids : ref _asks;
        return new QueueEnumerator(_store, _store.Level(s.Entries[s.Count - 1 - position].Level).Head);
    }

    /// <summary>Adds, changes or removes an order.</summary>
    /// <param name="update">An <see cref="UpdateKind.Order"/> update.</param>
    /// <param name="strict">True for a book that claims to be right: an order that is missing or already there is a contradiction.</param>
    [HotPath]
    public BookResult Apply(in MarketUpdate update, bool strict)
    {
        var handle = _store.Find(_book, update.OrderId);
        switch (update.Action)
        {
            case BookAction.New:
                if (handle != 0)
                {
                    if (strict) return BookResult.Contradiction;
                    Unlink(handle);
                    Free(handle);
                }

                return Add(update.Side, update.Price, update.Quantity, update.OrderId, update.Priority);

            case BookAction.Change:
            case BookAction.Overlay:
                if (handle == 0)
                {
                    if (strict) return BookResult.Contradiction;
                    return Add(update.Side, update.Price, update.Quantity, update.OrderId, update.Priority);
                }

                ref var order = ref _store.Order(handle);
                ref var level = ref _store.Level(order.Level);
                if (level.Price == update.Price && order.Priority == update.Priority && level.IsAsk == (uint)update.Side)
                {
                    level.Quantity += update.Quantity - order.Quantity;
                    order.Quantity = update.Quantity;
                    return BookResult.Ok;
                }

                Unlink(handle);
                order.Quantity = update.Quantity;
                order.Priority = update.Priority;
                Link(handle, update.Side, update.Price);
                return BookResult.Ok;

            case BookAction.Delete:
                if (handle == 0) return strict ? BookResult.Contradiction : BookResult.Ok;
                Unlink(handle);
                Free(handle);
                return BookResult.Ok;

            default:
                return BookResult.Contradiction;
        }
    }

    /// <summary>Adds an order that is not in the book.</summary>
    [HotPath]
    internal BookResult Add(BookSide side, long price, long quantity, ulong id, ulong priority)
    {
        if (!_quota.TryTake()) return BookResult.Overflow;
        if (!_store.TryAllocate(_book, id, out var handle))
        {
            _quota.Return(1);
            return BookResult.Overflow;
        }

        ref var order = ref _store.Order(handle);
        order.Quantity = quantity;
        order.Priority = priority;
        Link(handle, side, price);
        OrderCount++;
        return BookResult.Ok;
    }

    /// <summary>Takes quantity from an order in place; one without rest leaves the book.</summary>
    /// <param name="update">An <see cref="UpdateKind.OrderReduced"/> update.</param>
    /// <param name="strict">True for a book that claims to be right: an order that is missing or too small is a contradiction.</param>
    [HotPath]
    public BookResult Reduce(in MarketUpdate update, bool strict)
    {
        var handle = _store.Find(_book, update.OrderId);
        if (handle == 0) return strict ? BookResult.Contradiction : BookResult.Ok;
        ref var order = ref _store.Order(handle);
        if (update.Quantity >= order.Quantity)
        {
            if (update.Quantity > order.Quantity && strict) return BookResult.Contradiction;
            Unlink(handle);
            Free(handle);
            return BookResult.Ok;
        }

        order.Quantity -= update.Quantity;
        _store.Level(order.Level).Quantity -= update.Quantity;
        return BookResult.Ok;
    }

    /// <summary>Puts another order in an order's place: same side, new id, price, quantity and priority.</summary>
    /// <param name="update">An <see cref="UpdateKind.OrderReplaced"/> update.</param>
    /// <param name="strict">True for a book that claims to be right: a missing order, or a new id that is in use, is a contradiction.</param>
    [HotPath]
    public BookResult Replace(in MarketUpdate update, bool strict)
    {
        var handle = _store.Find(_book, update.OrderId);
        // Without the old order nobody knows the side.
        if (handle == 0) return strict ? BookResult.Contradiction : BookResult.Ok;
        if (update.Priority != update.OrderId && _store.Find(_book, update.Priority) is var other && other != 0)
        {
            if (strict) return BookResult.Contradiction;
            Unlink(other);
            Free(other);
        }

        ref var order = ref _store.Order(handle);
        var side = (BookSide)_store.Level(order.Level).IsAsk;
        Unlink(handle);
        _store.Rename(handle, update.Priority);
        order.Quantity = update.Quantity;
        order.Priority = update.PacketSequence;
        Link(handle, side, update.Price);
        return BookResult.Ok;
    }

    /// <summary>Asks for what will be touched when the update is applied, first step: the index.</summary>
    [HotPath]
    internal uint PrefetchIndex(ulong id) => _store.PrefetchIndex(_book, id);

    /// <summary>Asks for the level and the end of the queue that a new order will join.</summary>
    [HotPath]
    internal uint PrefetchLevel(BookSide side, long price)
    {
        ref var s = ref side == BookSide.Bid ? ref _bids : ref _asks;
        var i = Search(ref s, side, price);
        if (i < 0 || s.Entries[i].Price != price) return 0;
        var level = s.Entries[i].Level;
        _store.PrefetchLevel(level);
        return level;
    }

    /// <summary>Bytes of the book's own arrays.</summary>
    internal long MemoryBytes => ((long)_bids.Entries.Length + _asks.Entries.Length) * Unsafe.SizeOf<Entry>();

    /// <summary>Price of the best level of a side, or <see cref="MarketUpdate.NullPrice"/>.</summary>
    public long BestPrice(BookSide side)
    {
        ref readonly var s = ref side == BookSide.Bid ? ref _bids : ref _asks;
        return s.Count == 0 ? MarketUpdate.NullPrice : s.Entries[s.Count - 1].Price;
    }

    /// <summary>Removes every order.</summary>
    public void Clear()
    {
        Clear(ref _bids);
        Clear(ref _asks);
        _quota.Return(OrderCount);
        OrderCount = 0;
    }

    /// <summary>Checks that levels, queues and counts agree.</summary>
    /// <returns>Null, or what is wrong.</returns>
    public string? CheckInvariants()
    {
        var total = 0;
        foreach (var side in (ReadOnlySpan<BookSide>)[BookSide.Bid, BookSide.Ask])
        {
            for (var i = 0; i < LevelCount(side); i++)
            {
                var level = LevelAt(side, i);
                if (i > 0)
                {
                    var better = LevelAt(side, i - 1);
                    if (side == BookSide.Bid ? level.Price >= better.Price : level.Price <= better.Price) return $"{side} level {i + 1} is out of order";
                }

                long quantity = 0;
                var orders = 0;
                ulong priority = 0;
                foreach (var order in OrdersAt(side, i))
                {
                    if (orders > 0 && order.Priority < priority) return $"{side} order {order.Id} is out of queue order";
                    priority = order.Priority;
                    quantity += order.Quantity;
                    orders++;
                }

                if (orders == 0 || orders != level.Orders || quantity != level.Quantity) return $"{side} level {i + 1} does not sum up";
                total += orders;
            }
        }

        return total == OrderCount ? null : $"{total} orders are linked, {OrderCount} are counted";
    }

    [HotPath]
    private void Link(uint handle, BookSide side, long price)
    {
        var levelHandle = FindOrAddLevel(side, price);
        ref var level = ref _store.Level(levelHandle);
        ref var order = ref _store.Order(handle);
        order.Level = levelHandle;
        level.Quantity += order.Quantity;
        level.Orders++;

        // Almost every order joins at the end of the queue; an older priority walks forward.
        var after = level.Tail;
        while (after != 0 && _store.Order(after).Priority > order.Priority) after = _store.Order(after).Previous;
        order.Previous = after;
        order.Next = after == 0 ? level.Head : _store.Order(after).Next;
        if (after == 0) level.Head = handle;
        else _store.Order(after).Next = handle;
        if (order.Next == 0) level.Tail = handle;
        else _store.Order(order.Next).Previous = handle;
    }

    [HotPath]
    private void Unlink(uint handle)
    {
        ref var order = ref _store.Order(handle);
        ref var level = ref _store.Level(order.Level);
        if (order.Previous == 0) level.Head = order.Next;
        else _store.Order(order.Previous).Next = order.Next;
        if (order.Next == 0) level.Tail = order.Previous;
        else _store.Order(order.Next).Previous = order.Previous;
        level.Quantity -= order.Quantity;
        if (--level.Orders == 0) RemoveLevel(order.Level);
    }

    [HotPath]
    private uint FindOrAddLevel(BookSide side, long price)
    {
        ref var s = ref side == BookSide.Bid ? ref _bids : ref _asks;
        var entries = s.Entries;
        var i = Search(ref s, side, price);
        if (i >= 0 && entries[i].Price == price) return entries[i].Level;
        if (s.Count == entries.Length) entries = Grow(ref s);
        i++;
        if (i != s.Count) Array.Copy(entries, i, entries, i + 1, s.Count - i);
        var level = _store.AllocateLevel(price, (uint)side);
        entries[i] = new Entry { Price = price, Level = level };
        s.Count++;
        return level;
    }

    [HotPath]
    private void RemoveLevel(uint handle)
    {
        ref readonly var level = ref _store.Level(handle);
        var side = (BookSide)level.IsAsk;
        ref var s = ref side == BookSide.Bid ? ref _bids : ref _asks;
        var i = Search(ref s, side, level.Price);
        s.Count--;
        if (i != s.Count) Array.Copy(s.Entries, i + 1, s.Entries, i, s.Count - i);
        _store.FreeLevel(handle);
    }

    /// <summary>Levels looked at one by one from the best before the search starts to halve.</summary>
    private const int LinearSteps = 8;

    /// <summary>The worst position whose price is not worse than the given one; -1 where there is none.</summary>
    [HotPath]
    private static int Search(ref Side s, BookSide side, long price)
    {
        // Asks are searched as bids with the sign turned, so that one comparison serves both.
        var sign = side == BookSide.Bid ? 1L : -1L;
        var wanted = price * sign;
        ref var entries = ref MemoryMarshal.GetArrayDataReference(s.Entries);
        var i = s.Count - 1;
        var stop = Math.Max(-1, i - LinearSteps);
        for (; i > stop; i--)
        {
            if (Unsafe.Add(ref entries, i).Price * sign <= wanted) return i;
        }

        var low = 0;
        var high = i + 1;
        while (low < high)
        {
            var middle = (low + high) >> 1;
            if (Unsafe.Add(ref entries, middle).Price * sign <= wanted) low = middle + 1;
            else high = middle;
        }

        return low - 1;
    }

    /// <summary>Gives an unlinked order back.</summary>
    [HotPath]
    private void Free(uint handle)
    {
        _store.Free(handle);
        _quota.Return(1);
        OrderCount--;
    }

    private void Clear(ref Side side)
    {
        for (var i = 0; i < side.Count; i++)
        {
            var handle = side.Entries[i].Level;
            for (var order = _store.Level(handle).Head; order != 0;)
            {
                var next = _store.Order(order).Next;
                _store.Free(order);
                order = next;
            }

            _store.FreeLevel(handle);
        }

        side.Count = 0;
    }

    [MethodImpl(MethodImplOptions.NoInlining)]
    private static Entry[] Grow(ref Side side)
    {
        Array.Resize(ref side.Entries, side.Entries.Length * 2);
        return side.Entries;
    }

    /// <summary>Walks a queue, first in priority first.</summary>
    public ref struct QueueEnumerator
    {
        private readonly OrderStore _store;
        private uint _next;
        private uint _current;

        internal QueueEnumerator(OrderStore store, uint head)
        {
            _store = store;
            _next = head;
        }

        /// <summary>This enumerator.</summary>
        public readonly QueueEnumerator GetEnumerator() => this;

        /// <summary>The order at hand.</summary>
        public readonly ref readonly Order Current => ref _store.Order(_current);

        /// <summary>Moves to the next order.</summary>
        public bool MoveNext()
        {
            _current = _next;
            if (_current == 0) return false;
            _next = _store.Order(_current).Next;
            return true;
        }
    }
}
