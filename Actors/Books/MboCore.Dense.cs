using System.Runtime.CompilerServices;
using FeedHandler.Codecs;

namespace FeedHandler.Actors;

/// <content>The usual case of a book whose ids are dense and that is right: straight lines without a call.</content>
/// <remarks>Whatever is not usual (an id that is taken or not there, a page of the index to be added, a bound) goes to <see cref="Apply"/>, before anything was changed.</remarks>
internal readonly unsafe partial struct MboCore
{
    /// <summary>Kind and action, as they lie in an update; the flags and the side between and behind them are not looked at.</summary>
    private const uint KindAndAction = 0x00FF_00FF;

    private const uint NewOrder = (uint)UpdateKind.Order | ((uint)BookAction.New << 16);
    private const uint DeletedOrder = (uint)UpdateKind.Order | ((uint)BookAction.Delete << 16);

    /// <summary>Whether an update gives an order a place at a price.</summary>
    [HotPath]
    [MethodImpl(MethodImplOptions.AggressiveInlining)]
    internal static bool IsPlaced(in MarketUpdate update) => KindOf(update) == NewOrder | update.Kind == UpdateKind.OrderReplaced;

    [MethodImpl(MethodImplOptions.AggressiveInlining)]
    private static uint KindOf(in MarketUpdate update) => Unsafe.As<UpdateKind, uint>(ref Unsafe.AsRef(in update.Kind)) & KindAndAction;

    /// <summary>Applies an update to a book with dense ids that claims to be right.</summary>
    /// <param name="update">As for <see cref="Apply"/>.</param>
    /// <param name="found">The order that it names, by what was known a moment ago; 0: none.</param>
    [HotPath]
    [MethodImpl(MethodImplOptions.AggressiveInlining)]
    internal BookResult ApplyDense(in MarketUpdate update, uint found)
    {
        var kind = KindOf(update);
        if (kind == NewOrder) return AddDense(update);
        if (kind != DeletedOrder) return ChangeDense(update, found);
        ref readonly var order = ref _store.Order(found);
        return order.Id == update.OrderId & order.Book == Number ? DeleteDense(found) : ApplyStrict(update);
    }

    [HotPath]
    [MethodImpl(MethodImplOptions.AggressiveInlining)]
    private BookResult AddDense(in MarketUpdate update)
    {
        var quota = _store.QuotaOf(_header);
        var place = _store.Index.PlaceOf(update.OrderId, out var page);
        if (*place != 0 | page == 0 | quota.IsEmpty | _store.IsFull) return ApplyStrict(update);
        var levelHandle = LevelFor(update.Side, update.Price);
        if (levelHandle == 0) return BookResult.Overflow;
        ref var level = ref _store.Level(levelHandle);
        var count = level.Orders;
        if (count >= OrderLevel.InlineOrders && !TryMakeLong(ref level)) return BookResult.Overflow;

        var handle = _store.Take();
        *place = handle;
        _store.Index.Count(page);
        quota.Take();
        _header->Orders++;
        _store.Order(handle) = new Order { Id = update.OrderId, Priority = update.Priority, Quantity = update.Quantity, Level = levelHandle, Book = Number };
        Revive(update.Side, count == 0);
        level.Orders = count + 1;
        Handles(ref level)[count] = handle;
        AddQuantity(levelHandle, update.Quantity);
        return BookResult.Ok;
    }

    [HotPath]
    [MethodImpl(MethodImplOptions.AggressiveInlining)]
    private BookResult DeleteDense(uint handle)
    {
        Unlink(handle);
        _store.Free(handle, isDense: true);
        _store.QuotaOf(_header).Return(1);
        _header->Orders--;
        return BookResult.Ok;
    }

    /// <summary>What is not an addition or a deletion.</summary>
    [HotPath]
    private BookResult ChangeDense(in MarketUpdate update, uint found)
    {
        ref var order = ref _store.Order(found);
        if (order.Id != update.OrderId | order.Book != Number) return ApplyStrict(update);
        if (update.Kind == UpdateKind.OrderReplaced) return ReplaceDense(found, update);
        if (update.Kind != UpdateKind.OrderReduced | update.Quantity > order.Quantity) return ApplyStrict(update);
        if (update.Quantity == order.Quantity) return DeleteDense(found);
        order.Quantity -= update.Quantity;
        AddQuantity(order.Level, -update.Quantity);
        return BookResult.Ok;
    }

    [HotPath]
    private BookResult ReplaceDense(uint handle, in MarketUpdate update)
    {
        var id = update.Priority;
        var place = _store.Index.PlaceOf(id, out var page);
        if (*place != 0 | page == 0) return ApplyStrict(update);
        ref var order = ref _store.Order(handle);
        var side = SideOf(_store.Level(order.Level));
        Unlink(handle);
        // In this order, because both ids may be on one page.
        *place = handle;
        _store.Index.Count(page);
        _store.Index.Remove(Number, order.Id, isDense: true, handle);
        order.Id = id;
        order.Quantity = update.Quantity;
        order.Priority = update.PacketSequence;
        if (TryLink(handle, side, update.Price)) return BookResult.Ok;
        Free(handle);
        return BookResult.Overflow;
    }

    [MethodImpl(MethodImplOptions.NoInlining)]
    private BookResult ApplyStrict(in MarketUpdate update) => Apply(update, default, strict: true);

    /// <summary>The level of a price, which is made where there is none; 0 at the bound.</summary>
    [HotPath]
    [MethodImpl(MethodImplOptions.AggressiveInlining)]
    private uint LevelFor(BookSide side, long price)
    {
        var key = KeyOf(price, side);
        var bookSide = (Number << 1) | (uint)side;
        var handle = *GuessOf(_header, price);
        ref readonly var level = ref _store.Level(handle);
        return level.Key == key & level.BookSide == bookSide ? handle : FindOrInsert(side, price, bookSide);
    }
}
