using System.Numerics;
using System.Runtime.CompilerServices;
using System.Runtime.Intrinsics;
using FeedHandler.Codecs;

namespace FeedHandler.Actors;

/// <content>The prices of a side: a sorted array with the best at its end, where most changes happen.</content>
/// <remarks>
/// A price whose last order goes mostly comes back soon. So its level stays where it is, empty, until there are too many of
/// them; only the best one is never empty. To those who read the book there are no empty levels.
/// </remarks>
internal readonly unsafe partial struct MboCore
{
    /// <summary>Keys compared at once.</summary>
    private const int Lanes = 8;

    /// <summary>Keys looked at from the best on before the search starts to halve.</summary>
    private const int ScannedKeys = 8 * Lanes;

    /// <summary>Size class of a new side's block: ten levels.</summary>
    private const int FirstSize = 1;

    /// <summary>Levels from the best on that are found without sweeping the empty ones out first: what those who show some levels read again and again.</summary>
    private const int SteppedLevels = 16;

    /// <summary>Empty levels of a side that may stay however few there are, and part of all that may.</summary>
    private const int SparedLevels = 4;
    private const int SparedShift = 4;

    private const int EntryBytes = sizeof(long) + sizeof(uint);

    [MethodImpl(MethodImplOptions.AggressiveInlining)]
    private ref OrderHalf Half(BookSide side) => ref Unsafe.Add(ref Unsafe.As<OrderHalves, OrderHalf>(ref _header->Halves), (int)side & 1);

    [MethodImpl(MethodImplOptions.AggressiveInlining)]
    private ref uint Best(BookSide side) => ref Unsafe.Add(ref Unsafe.As<BestLevels, uint>(ref _header->Best), (int)side & 1);

    [MethodImpl(MethodImplOptions.AggressiveInlining)]
    private ref uint Empty(BookSide side) => ref Unsafe.Add(ref Unsafe.As<EmptyLevels, uint>(ref _header->Empty), (int)side & 1);

    private uint HandleAt(BookSide side, int position)
    {
        if (position == 0) return Best(side);
        if (position > SteppedLevels && Empty(side) != 0) Sweep(side);
        ref var half = ref Half(side);
        var i = half.Count - 1;
        if (Empty(side) == 0) return half.Levels[i - position];
        for (; _store.Level(half.Levels[i]).Orders == 0 || position-- > 0; i--) { }
        return half.Levels[i];
    }

    [MethodImpl(MethodImplOptions.AggressiveInlining)]
    private static long KeyOf(long price, BookSide side) => (price ^ -(long)side) + (long)side;

    [MethodImpl(MethodImplOptions.AggressiveInlining)]
    internal static long PriceOf(long key, BookSide side) => (key ^ -(long)side) + (long)side;

    [MethodImpl(MethodImplOptions.AggressiveInlining)]
    internal static BookSide SideOf(in OrderLevel level) => (BookSide)(level.BookSide & 1);

    /// <summary>The highest position whose key is not above the given one; -1 where there is none.</summary>
    [HotPath]
    [MethodImpl(MethodImplOptions.AggressiveInlining)]
    private static int Search(ref OrderHalf half, long key)
    {
        var keys = half.Keys;
        var end = half.Count;
        var stop = Math.Max(Lanes, end - ScannedKeys);
        var wanted = Vector512.Create(key);
        while (end >= stop)
        {
            // What is above lies at the end: its number says where it starts.
            var above = Vector512.GreaterThan(Vector512.Load(keys + end - Lanes), wanted).ExtractMostSignificantBits();
            if (above != (1 << Lanes) - 1) return end - 1 - BitOperations.PopCount((uint)above);
            end -= Lanes;
        }

        return SearchRest(keys, end, key);
    }

    [HotPath]
    private static int SearchRest(long* keys, int end, long key)
    {
        var low = 0;
        while (low < end)
        {
            var middle = (low + end) >> 1;
            if (keys[middle] <= key) low = middle + 1;
            else end = middle;
        }

        return low - 1;
    }

    /// <summary>Puts an order at the end of its price's queue, or where its priority says.</summary>
    /// <returns>False at the bound of the store; then the order is at no level.</returns>
    [HotPath]
    private bool TryLink(uint handle, BookSide side, long price)
    {
        var levelHandle = LevelFor(side, price);
        if (levelHandle == 0) return false;
        ref var level = ref _store.Level(levelHandle);
        ref var order = ref _store.Order(handle);
        var wasEmpty = level.Orders == 0;
        if (!TryEnqueue(ref level, handle, order.Priority)) return false;
        Revive(side, wasEmpty);
        order.Level = levelHandle;
        AddQuantity(levelHandle, order.Quantity);
        return true;
    }

    [HotPath]
    [MethodImpl(MethodImplOptions.AggressiveInlining)]
    private void Unlink(uint handle)
    {
        ref readonly var order = ref _store.Order(handle);
        ref var level = ref _store.Level(order.Level);
        Dequeue(ref level, handle);
        AddQuantity(order.Level, -order.Quantity);
        if (level.Orders == 0) OnEmptied(order.Level);
    }

    [HotPath]
    [MethodImpl(MethodImplOptions.AggressiveInlining)]
    private void AddQuantity(uint levelHandle, long quantity)
    {
        ref var level = ref _store.Level(levelHandle);
        level.Quantity += quantity;
        _header->TopVersion += Best(SideOf(level)) == levelHandle ? 1u : 0u;
    }

    [HotPath]
    [MethodImpl(MethodImplOptions.NoInlining)]
    private uint FindOrInsert(BookSide side, long price, uint bookSide)
    {
        ref var half = ref Half(side);
        var key = KeyOf(price, side);
        var i = Search(ref half, key);
        var handle = i >= 0 && half.Keys[i] == key ? half.Levels[i] : InsertLevel(side, i + 1, key, bookSide);
        if (handle != 0) NoteLevel(price, handle);
        return handle;
    }

    [HotPath]
    private uint InsertLevel(BookSide side, int position, long key, uint bookSide)
    {
        ref var half = ref Half(side);
        if (half.Count == half.Capacity && !TryGrow(ref half)) return 0;
        var handle = _store.AllocateLevel(key, bookSide);
        var keys = half.Keys;
        var levels = half.Levels;
        // Few are moved: a new price is mostly among the best.
        for (var i = half.Count; i > position; i--)
        {
            keys[i] = keys[i - 1];
            levels[i] = levels[i - 1];
        }

        keys[position] = key;
        levels[position] = handle;
        half.Count++;
        Empty(side)++;
        _store.EmptyLevels++;
        Best(side) = levels[half.Count - 1];
        return handle;
    }

    /// <summary>A level gets an order: it may have been empty.</summary>
    [HotPath]
    [MethodImpl(MethodImplOptions.AggressiveInlining)]
    private void Revive(BookSide side, bool wasEmpty)
    {
        var revived = wasEmpty ? 1u : 0u;
        Empty(side) -= revived;
        _store.EmptyLevels -= (int)revived;
    }

    /// <summary>A level has lost its last order.</summary>
    [HotPath]
    [MethodImpl(MethodImplOptions.NoInlining)]
    private void OnEmptied(uint handle)
    {
        var side = SideOf(_store.Level(handle));
        _store.EmptyLevels++;
        var empty = ++Empty(side);
        if (Best(side) == handle) DropEmptyBest(side);
        else if (empty > SparedLevels + (Half(side).Count >> SparedShift) || _store.HasTooManyEmptyLevels) Sweep(side);
    }

    /// <summary>The best price has gone: the next one that has orders is the best now.</summary>
    [HotPath]
    private void DropEmptyBest(BookSide side)
    {
        ref var half = ref Half(side);
        var levels = half.Levels;
        var count = half.Count;
        while (count > 0 && _store.Level(levels[count - 1]).Orders == 0) _store.FreeLevel(levels[--count]);
        var dropped = half.Count - count;
        Empty(side) -= (uint)dropped;
        _store.EmptyLevels -= dropped;
        half.Count = count;
        Best(side) = count == 0 ? 0 : levels[count - 1];
    }

    /// <summary>Takes all empty levels of a side out.</summary>
    [MethodImpl(MethodImplOptions.NoInlining)]
    private void Sweep(BookSide side)
    {
        ref var half = ref Half(side);
        var keys = half.Keys;
        var levels = half.Levels;
        var kept = 0;
        for (var i = 0; i < half.Count; i++)
        {
            var handle = levels[i];
            keys[kept] = keys[i];
            levels[kept] = handle;
            if (_store.Level(handle).Orders != 0) kept++;
            else _store.FreeLevel(handle);
        }

        half.Count = kept;
        _store.EmptyLevels -= (int)Empty(side);
        Empty(side) = 0;
    }

    private void Clear(BookSide side)
    {
        ref var half = ref Half(side);
        if (half.Count == 0) return;
        for (var i = 0; i < half.Count; i++)
        {
            var handle = half.Levels[i];
            ref var level = ref _store.Level(handle);
            foreach (var order in Queue(ref level)) _store.Free(order, IsDense);
            _header->Orders -= level.Orders;
            _store.QuotaOf(_header).Return(level.Orders);
            FreeQueue(ref level);
            _store.FreeLevel(handle);
        }

        _store.EmptyLevels -= (int)Empty(side);
        Empty(side) = 0;
        half.Count = 0;
        Best(side) = 0;
        _header->TopVersion++;
    }

    [MethodImpl(MethodImplOptions.NoInlining)]
    private bool TryGrow(ref OrderHalf half)
    {
        var size = half.Capacity == 0 ? FirstSize : half.Size + 1;
        var block = _store.TakeBlock(size);
        if (block == null) return false;
        var larger = new OrderHalf { Keys = (long*)block, Count = half.Count, Capacity = (BlockArena.SmallestBytes << size) / EntryBytes, Size = size };
        for (var i = 0; i < half.Count; i++)
        {
            larger.Keys[i] = half.Keys[i];
            larger.Levels[i] = half.Levels[i];
        }

        if (half.Capacity != 0) _store.GiveBlock((byte*)half.Keys, half.Size);
        half = larger;
        return true;
    }
}
