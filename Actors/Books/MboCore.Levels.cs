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

    /// <summary>Size class of a new side's block: 13 levels.</summary>
    private const int FirstSize = 2;

    private const int EntryBytes = sizeof(long) + sizeof(uint);

    [MethodImpl(MethodImplOptions.AggressiveInlining)]
    private ref OrderHalf Half(BookSide side) => ref Unsafe.Add(ref Unsafe.As<OrderHalves, OrderHalf>(ref _header->Halves), (int)side & 1);

    [MethodImpl(MethodImplOptions.AggressiveInlining)]
    private ref uint Best(BookSide side) => ref Unsafe.Add(ref Unsafe.As<BestLevels, uint>(ref _header->Best), (int)side & 1);

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
        var levelHandle = LevelFor(side, price);
        if (levelHandle == 0) return false;
        ref var level = ref _store.Level(levelHandle);
        ref var order = ref _store.Order(handle);
        if (!TryEnqueue(ref level, handle, order.Priority)) return false;
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
        if (level.Orders == 0) RemoveLevel(order.Level);
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
        Open(ref half, position);
        half.Keys[position] = key;
        half.Levels[position] = handle;
        half.Count++;
        Best(side) = half.Levels[half.Count - 1];
        return handle;
    }

    /// <summary>A level has lost its last order.</summary>
    [HotPath]
    [MethodImpl(MethodImplOptions.NoInlining)]
    private void RemoveLevel(uint handle)
    {
        ref readonly var level = ref _store.Level(handle);
        var side = SideOf(level);
        ref var half = ref Half(side);
        Close(ref half, Search(ref half, level.Key));
        half.Count--;
        Best(side) = half.Count == 0 ? 0 : half.Levels[half.Count - 1];
        _store.FreeLevel(handle);
    }

    /// <summary>Moves what lies from a place on up by one.</summary>
    /// <remarks>A vector at a time, into the slack behind the last: mostly there are fewer than one holds, and a loop's end that is guessed wrong would cost more.</remarks>
    [HotPath]
    [MethodImpl(MethodImplOptions.AggressiveInlining)]
    private static void Open(ref OrderHalf half, int position)
    {
        var keys = half.Keys + position;
        var levels = half.Levels + position;
        var count = half.Count - position;
        // The first of them are read before and written after the others, which overlap them.
        var firstKeys = Vector512.Load(keys);
        var firstLevels = Vector256.Load(levels);
        for (var i = count - Lanes; i > 0; i -= Lanes)
        {
            Vector512.Load(keys + i).Store(keys + i + 1);
            Vector256.Load(levels + i).Store(levels + i + 1);
        }

        firstKeys.Store(keys + 1);
        firstLevels.Store(levels + 1);
    }

    /// <summary>Moves what lies behind a place down by one.</summary>
    [HotPath]
    [MethodImpl(MethodImplOptions.AggressiveInlining)]
    private static void Close(ref OrderHalf half, int position)
    {
        var keys = half.Keys + position;
        var levels = half.Levels + position;
        var count = half.Count - position - 1;
        for (var i = 0; i < count; i += Lanes)
        {
            Vector512.Load(keys + i + 1).Store(keys + i);
            Vector256.Load(levels + i + 1).Store(levels + i);
        }
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
        Best(side) = 0;
        _header->TopVersion++;
    }

    [MethodImpl(MethodImplOptions.NoInlining)]
    private bool TryGrow(ref OrderHalf half)
    {
        var size = half.Capacity == 0 ? FirstSize : half.Size + 1;
        var block = _store.TakeBlock(size);
        if (block == null) return false;
        var larger = new OrderHalf { Keys = (long*)block, Count = half.Count, Capacity = ((BlockArena.SmallestBytes << size) / EntryBytes) - OrderHalf.Slack, Size = size };
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
