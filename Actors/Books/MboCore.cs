using System.Diagnostics;
using System.Runtime.CompilerServices;
using FeedHandler.Codecs;

namespace FeedHandler.Actors;

/// <summary>What a market-by-order book does: a view of one book's part of the store, made where it is needed.</summary>
/// <remarks>
/// <para>It is a struct of two references, so that the hot path reaches the book's data without an object in between.</para>
/// <para>The files: this one applies updates; <c>.Levels</c> finds, adds and removes prices; <c>.Queues</c> keeps the orders of one price; <c>.LookAhead</c> asks for memory ahead of its use.</para>
/// </remarks>
internal readonly unsafe partial struct MboCore(OrderStore store, BookHeader* header)
{
    private readonly OrderStore _store = store;
    private readonly BookHeader* _header = header;

    private uint Number => _header->Number;

    private bool IsDense => _header->IsDense;

    /// <summary>Number of price levels of a side.</summary>
    public int LevelCount(BookSide side) => Half(side).Count - (int)Empty(side);

    /// <summary>Derives one price level from its orders.</summary>
    /// <param name="side">Bid or ask.</param>
    /// <param name="position">0 (best) to <see cref="LevelCount"/> - 1.</param>
    public PriceLevel LevelAt(BookSide side, int position)
    {
        ref readonly var level = ref _store.Level(HandleAt(side, position));
        return new PriceLevel { Price = PriceOf(level.Key, side), Quantity = level.Quantity, Orders = level.Orders };
    }

    /// <summary>Walks the orders of one price level in queue order.</summary>
    public MboBook.QueueEnumerator OrdersAt(BookSide side, int position) => new(_store, HandleAt(side, position));

    /// <summary>Applies an update.</summary>
    /// <param name="update">An <see cref="UpdateKind.Order"/>, <see cref="UpdateKind.OrderReduced"/> or <see cref="UpdateKind.OrderReplaced"/> update.</param>
    /// <param name="found">What looking ahead found; default: nothing.</param>
    /// <param name="strict">True for a book that claims to be right.</param>
    [HotPath]
    internal BookResult Apply(in MarketUpdate update, in OrderLookup found, bool strict)
    {
        if (update is { Kind: UpdateKind.Order, Action: BookAction.New })
        {
            // Looking ahead found none: since then it can only have come in the same group.
            var taken = _store.Index.Find(Number, update.OrderId, IsDense);
            if (taken != 0 && !MakeRoom(taken, strict)) return BookResult.Contradiction;
            return Add(update.Side, update.Price, update.Quantity, update.OrderId, update.Priority);
        }

        var handle = found.Order;
        if (handle == 0 || _store.Order(handle).Id != update.OrderId || _store.Order(handle).Book != Number) handle = _store.Find(Number, update.OrderId, IsDense);
        if (handle == 0) return Missing(update, strict);
        return update.Kind switch
        {
            UpdateKind.Order when update.Action == BookAction.Delete => Delete(handle),
            UpdateKind.OrderReduced => Reduce(handle, update.Quantity, strict),
            UpdateKind.OrderReplaced => Replace(handle, update, strict),
            _ => Change(handle, update),
        };
    }

    /// <summary>Adds an order that is not in the book.</summary>
    [HotPath]
    internal BookResult Add(BookSide side, long price, long quantity, ulong id, ulong priority)
    {
        var quota = _store.QuotaOf(_header);
        if (!quota.TryTake()) return BookResult.Overflow;
        var handle = _store.TryAllocate(Number, id, IsDense);
        if (handle == 0)
        {
            quota.Return(1);
            return BookResult.Overflow;
        }

        ref var order = ref _store.Order(handle);
        order.Quantity = quantity;
        order.Priority = priority;
        _header->Orders++;
        if (TryLink(handle, side, price)) return BookResult.Ok;
        Free(handle);
        return BookResult.Overflow;
    }

    /// <summary>Removes every order.</summary>
    public void Clear()
    {
        Clear(BookSide.Bid);
        Clear(BookSide.Ask);
        Debug.Assert(_header->Orders == 0, "orders are counted that no level has");
    }

    /// <summary>Checks that levels, queues and counts agree.</summary>
    /// <returns>Null, or what is wrong.</returns>
    public string? CheckInvariants()
    {
        var total = 0;
        foreach (var side in (ReadOnlySpan<BookSide>)[BookSide.Bid, BookSide.Ask])
        {
            if (CheckArrays(side) is { } wrong) return wrong;
            for (var i = 0; i < LevelCount(side); i++)
            {
                var level = LevelAt(side, i);
                if (i == 0 && HandleAt(side, 0) != Best(side)) return $"{side} best level is not the first";
                if (i > 0)
                {
                    var better = LevelAt(side, i - 1);
                    if (side == BookSide.Bid ? level.Price >= better.Price : level.Price <= better.Price) return $"{side} level {i + 1} is out of order";
                }

                long quantity = 0;
                var orders = 0;
                ulong priority = 0;
                foreach (ref readonly var order in OrdersAt(side, i))
                {
                    if (orders > 0 && order.Priority < priority) return $"{side} order {order.Id} is out of queue order";
                    if (order.Book != Number || order.Level != HandleAt(side, i)) return $"{side} order {order.Id} is not at its level";
                    priority = order.Priority;
                    quantity += order.Quantity;
                    orders++;
                }

                if (orders == 0 || orders != level.Orders || quantity != level.Quantity) return $"{side} level {i + 1} does not sum up";
                total += orders;
            }
        }

        return total == _header->Orders ? null : $"{total} orders are linked, {_header->Orders} are counted";
    }

    private string? CheckArrays(BookSide side)
    {
        ref var half = ref Half(side);
        var empty = 0;
        for (var i = 0; i < half.Count; i++)
        {
            ref readonly var level = ref _store.Level(half.Levels[i]);
            if (level.Key != half.Keys[i] || level.BookSide != ((Number << 1) | (uint)side)) return $"{side} level of price {PriceOf(half.Keys[i], side)} has two prices";
            if (level.Orders != 0) continue;
            if (level.Quantity != 0) return $"{side} level of price {PriceOf(half.Keys[i], side)} has quantity without orders";
            empty++;
        }

        return empty == Empty(side) ? null : $"{empty} levels of {side} are empty, {Empty(side)} are counted";
    }

    /// <summary>Gives an order that is at no level back.</summary>
    [HotPath]
    private void Free(uint handle)
    {
        _store.Free(handle, IsDense);
        _store.QuotaOf(_header).Return(1);
        _header->Orders--;
    }

    [HotPath]
    private BookResult Delete(uint handle)
    {
        Unlink(handle);
        Free(handle);
        return BookResult.Ok;
    }

    /// <summary>Takes quantity from an order in place; one without rest leaves the book.</summary>
    [HotPath]
    private BookResult Reduce(uint handle, long quantity, bool strict)
    {
        ref var order = ref _store.Order(handle);
        if (quantity >= order.Quantity) return quantity > order.Quantity && strict ? BookResult.Contradiction : Delete(handle);
        order.Quantity -= quantity;
        AddQuantity(order.Level, -quantity);
        return BookResult.Ok;
    }

    /// <summary>Puts another order in an order's place: same side, new id, price, quantity and priority.</summary>
    [HotPath]
    private BookResult Replace(uint handle, in MarketUpdate update, bool strict)
    {
        var id = update.Priority;
        var taken = id == update.OrderId ? 0 : _store.Index.Find(Number, id, IsDense);
        if (taken != 0 && !MakeRoom(taken, strict)) return BookResult.Contradiction;
        ref var order = ref _store.Order(handle);
        var side = SideOf(_store.Level(order.Level));
        Unlink(handle);
        if (_store.TryRename(handle, id, IsDense))
        {
            order.Quantity = update.Quantity;
            order.Priority = update.PacketSequence;
            if (TryLink(handle, side, update.Price)) return BookResult.Ok;
        }

        Free(handle);
        return BookResult.Overflow;
    }

    [HotPath]
    private BookResult Change(uint handle, in MarketUpdate update)
    {
        if (update.Action is not (BookAction.Change or BookAction.Overlay)) return BookResult.Contradiction;
        ref var order = ref _store.Order(handle);
        ref readonly var level = ref _store.Level(order.Level);
        if (order.Priority == update.Priority && level.Key == KeyOf(update.Price, update.Side) && SideOf(level) == update.Side)
        {
            AddQuantity(order.Level, update.Quantity - order.Quantity);
            order.Quantity = update.Quantity;
            return BookResult.Ok;
        }

        Unlink(handle);
        order.Quantity = update.Quantity;
        order.Priority = update.Priority;
        if (TryLink(handle, update.Side, update.Price)) return BookResult.Ok;
        Free(handle);
        return BookResult.Overflow;
    }

    /// <summary>An update names an order that is not there.</summary>
    [MethodImpl(MethodImplOptions.NoInlining)]
    private BookResult Missing(in MarketUpdate update, bool strict)
    {
        if (strict || (update.Kind == UpdateKind.Order && update.Action > BookAction.Delete && update.Action != BookAction.Overlay)) return BookResult.Contradiction;
        // A change says all that there is to know. Of a replaced order nobody knows the side.
        return update.Kind == UpdateKind.Order && update.Action != BookAction.Delete
            ? Add(update.Side, update.Price, update.Quantity, update.OrderId, update.Priority)
            : BookResult.Ok;
    }

    /// <summary>An id is to be given to a new order, and is in use.</summary>
    /// <returns>False where that is a contradiction: in a book that claims to be right, or when it is another book's order.</returns>
    [MethodImpl(MethodImplOptions.NoInlining)]
    private bool MakeRoom(uint taken, bool strict)
    {
        if (strict || _store.Order(taken).Book != Number) return false;
        Delete(taken);
        return true;
    }
}
