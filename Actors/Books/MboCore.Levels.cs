using System.Numerics;
using System.Runtime.CompilerServices;
using System.Runtime.Intrinsics;
using FeedHandler.Codecs;

namespace FeedHandler.Actors;

/// <content>The prices of a side: a sorted array with the best at its end, where most changes happen.</content>
internal readonly unsafe partial struct MboCore
{
    /// <summary>Keys compared at once.</summary>
    private const int Lanes = 8;

    /// <summary>Keys looked at from the best on before the search starts to halve.</summary>
    private const int ScannedKeys = 8 * Lanes;

    /// <summary>Size class of a new side's block: ten levels.</summary>
    private const int FirstSize = 1;

    private const int EntryBytes = sizeof(long) + sizeof(uint);

    [MethodImpl(MethodImplOptions.AggressiveInlining)]
    private ref OrderHalf Half(BookSide side) => ref Unsafe.Add(ref Unsafe.As<OrderHalves, OrderHalf>(ref _header->Halves), (int)side & 1);

    private uint HandleAt(BookSide side, int position)
    {
        ref var half = ref Half(side);
        return half.Levels[half.Count - 1 - position];
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
        var key = KeyOf(price, side);
        var bookSide = (Number << 1) | (uint)side;
        var levelHandle = _store.GuessLevel(Number, price);
        if (_store.Level(levelHandle).Key != key || _store.Level(levelHandle).BookSide != bookSide) levelHandle = FindOrInsert(side, price, bookSide);
        if (levelHandle == 0) return false;
        ref var level = ref _store.Level(levelHandle);
        ref var order = ref _store.Order(handle);
        if (!TryEnqueue(ref level, handle, order.Priority))
        {
            if (level.Orders == 0) RemoveLevel(levelHandle);
            return false;
        }

        order.Level = levelHandle;
        AddQuantity(levelHandle, order.Quantity);
        return true;
    }

    [HotPath]
    private void Unlink(uint handle)
    {
        ref readonly var order = ref _store.Order(handle);
        ref var level = ref _store.Level(order.Level);
        Dequeue(ref level, handle);
        AddQuantity(order.Level, -order.Quantity);
        if (level.Orders == 0) RemoveLevel(order.Level);
    }

    [HotPath]
    [MethodImpl(MethodImplOptions.AggressiveInlining)]
    private void AddQuantity(uint levelHandle, long quantity)
    {
        ref var level = ref _store.Level(levelHandle);
        level.Quantity += quantity;
        _header->TopVersion += Half(SideOf(level)).Best == levelHandle ? 1u : 0u;
    }

    [HotPath]
    private uint FindOrInsert(BookSide side, long price, uint bookSide)
    {
        ref var half = ref Half(side);
        var key = KeyOf(price, side);
        var i = Search(ref half, key);
        var handle = i >= 0 && half.Keys[i] == key ? half.Levels[i] : InsertLevel(ref half, i + 1, key, bookSide);
        if (handle != 0) _store.NoteLevel(Number, price, handle);
        return handle;
    }

    [HotPath]
    private uint InsertLevel(ref OrderHalf half, int position, long key, uint bookSide)
    {
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
        half.Best = levels[half.Count - 1];
        return handle;
    }

    [HotPath]
    private void RemoveLevel(uint handle)
    {
        ref readonly var level = ref _store.Level(handle);
        ref var half = ref Half(SideOf(level));
        var keys = half.Keys;
        var levels = half.Levels;
        var count = --half.Count;
        for (var i = Search(ref half, count, level.Key); i < count; i++)
        {
            keys[i] = keys[i + 1];
            levels[i] = levels[i + 1];
        }

        half.Best = count == 0 ? 0 : levels[count - 1];
        _store.FreeLevel(handle);
    }

    /// <summary>Position of a key that is there; the side's count is already without it.</summary>
    [HotPath]
    private static int Search(ref OrderHalf half, int count, long key)
    {
        half.Count = count + 1;
        var position = Search(ref half, key);
        half.Count = count;
        return position;
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

        half.Count = 0;
        half.Best = 0;
        _header->TopVersion++;
    }

    [MethodImpl(MethodImplOptions.NoInlining)]
    private bool TryGrow(ref OrderHalf half)
    {
        var size = half.Capacity == 0 ? FirstSize : half.Size + 1;
        var block = _store.TakeBlock(size);
        if (block == null) return false;
        var larger = new OrderHalf { Keys = (long*)block, Count = half.Count, Capacity = (BlockArena.SmallestBytes << size) / EntryBytes, Size = size, Best = half.Best };
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
