using System.Diagnostics;
using System.Numerics;
using System.Runtime.CompilerServices;
using System.Runtime.Intrinsics;
using FeedHandler.Codecs;

namespace FeedHandler.Actors;

/// <content>The orders of one price, first in priority first: handles side by side, in the level's own cache line while they are few.</content>
/// <remarks>So an order has no neighbours to tell when it goes. A queue of thousands costs a move of some kilobytes, once in a while.</remarks>
internal readonly unsafe partial struct MboCore
{
    /// <summary>Size class of the first block of a long queue: 32 handles.</summary>
    private const int FirstQueueSize = 1;

    /// <summary>Where the handles of a long queue are; stands in place of the short one.</summary>
    private struct LongQueue
    {
        public uint* Handles;
        public int Size;

        public readonly int Capacity => (BlockArena.SmallestBytes << Size) / sizeof(uint);
    }

    [MethodImpl(MethodImplOptions.AggressiveInlining)]
    private static ref LongQueue Long(ref OrderLevel level) => ref Unsafe.As<uint, LongQueue>(ref level.Inline[0]);

    [MethodImpl(MethodImplOptions.AggressiveInlining)]
    private static uint* Handles(ref OrderLevel level) =>
        level.Orders <= OrderLevel.InlineOrders ? (uint*)Unsafe.AsPointer(ref level.Inline[0]) : Long(ref level).Handles;

    internal static ReadOnlySpan<uint> Queue(ref OrderLevel level) => new(Handles(ref level), level.Orders);

    /// <returns>False at the bound of the store.</returns>
    [HotPath]
    private bool TryEnqueue(ref OrderLevel level, uint handle, ulong priority)
    {
        var count = level.Orders;
        if (count >= OrderLevel.InlineOrders && !TryMakeLong(ref level)) return false;
        level.Orders = count + 1;
        var handles = Handles(ref level);
        var i = count;
        if (!IsDense)
        {
            // Almost every order joins at the end; an older priority walks forward.
            for (; i > 0 && _store.Order(handles[i - 1]).Priority > priority; i--) handles[i] = handles[i - 1];
        }

        handles[i] = handle;
        return true;
    }

    [HotPath]
    [MethodImpl(MethodImplOptions.AggressiveInlining)]
    private void Dequeue(ref OrderLevel level, uint handle)
    {
        if (level.Orders > OrderLevel.InlineOrders)
        {
            DequeueLong(ref level, handle);
            return;
        }

        // One compare finds the order and one permutation closes the hole: where it stands is not predictable, and a wrong
        // guess of a loop's end would cost more than all of this.
        var line = Vector512.LoadUnsafe(ref Unsafe.As<OrderLevel, uint>(ref level));
        var found = Vector512.Equals(line, Vector512.Create(handle)).ExtractMostSignificantBits() & QueueLanes;
        var lanes = Vector512<uint>.Indices;
        var from = Vector512.GreaterThanOrEqual(lanes, Vector512.Create((uint)BitOperations.TrailingZeroCount(found)));
        Vector512.Shuffle(line, lanes - from).StoreUnsafe(ref Unsafe.As<OrderLevel, uint>(ref level));
        level.Orders--;
    }

    /// <summary>Where the short queue lies in the level's line, by 32-bit lanes.</summary>
    private const ulong QueueLanes = 0xFFC0;

    [MethodImpl(MethodImplOptions.NoInlining)]
    private void DequeueLong(ref OrderLevel level, uint handle)
    {
        var queue = Long(ref level);
        var handles = new Span<uint>(queue.Handles, level.Orders);
        var i = IndexOf(queue.Handles, level.Orders, handle);
        handles[(i + 1)..].CopyTo(handles[i..]);
        if (--level.Orders != OrderLevel.InlineOrders) return;
        handles[..OrderLevel.InlineOrders].CopyTo(new Span<uint>(Unsafe.AsPointer(ref level.Inline[0]), OrderLevel.InlineOrders));
        _store.GiveBlock((byte*)queue.Handles, queue.Size);
    }

    /// <summary>Place of a handle that is there.</summary>
    [HotPath]
    private static int IndexOf(uint* handles, int count, uint handle)
    {
        // A block is of whole vectors, and what is read behind the queue comes after the handle.
        var wanted = Vector512.Create(handle);
        for (var i = 0; i < count; i += Vector512<uint>.Count)
        {
            var found = Vector512.Equals(Vector512.Load(handles + i), wanted).ExtractMostSignificantBits();
            if (found != 0) return i + BitOperations.TrailingZeroCount(found);
        }

        Debug.Fail("an order is not in its level's queue");
        return count - 1;
    }

    /// <summary>Makes room for one more behind a queue that fills its place.</summary>
    [MethodImpl(MethodImplOptions.NoInlining)]
    private bool TryMakeLong(ref OrderLevel level)
    {
        var isShort = level.Orders == OrderLevel.InlineOrders;
        if (!isShort && level.Orders < Long(ref level).Capacity) return true;
        var size = isShort ? FirstQueueSize : Long(ref level).Size + 1;
        var block = (uint*)_store.TakeBlock(size);
        if (block == null) return false;
        Queue(ref level).CopyTo(new Span<uint>(block, level.Orders));
        if (!isShort) FreeQueue(ref level);
        Long(ref level) = new LongQueue { Handles = block, Size = size };
        return true;
    }

    [MethodImpl(MethodImplOptions.NoInlining)]
    private void FreeQueue(ref OrderLevel level)
    {
        if (level.Orders > OrderLevel.InlineOrders) _store.GiveBlock((byte*)Long(ref level).Handles, Long(ref level).Size);
    }
}
