using System.Runtime.CompilerServices;
using System.Runtime.InteropServices;
using System.Runtime.Intrinsics.X86;
using FeedHandler.Codecs;

namespace FeedHandler.Actors;

/// <summary>One resting order. A slot of the store, addressed by a 32-bit handle.</summary>
[StructLayout(LayoutKind.Sequential)]
public struct Order
{
    /// <summary>Venue's order id.</summary>
    public ulong Id;

    /// <summary>Priority at its price: lower goes first.</summary>
    public ulong Priority;

    /// <summary>Remaining quantity.</summary>
    public long Quantity;

    /// <summary>Handle of its price level in the book.</summary>
    internal uint Level;

    /// <summary>The order before it at its price, 0: none.</summary>
    internal uint Previous;

    /// <summary>The order behind it at its price, 0: none; chains the free slots, too.</summary>
    internal uint Next;

    /// <summary>Which book owns it.</summary>
    internal uint Book;
}

/// <summary>One price of one side of an order book.</summary>
[StructLayout(LayoutKind.Sequential)]
internal struct OrderLevel
{
    public long Price;
    public long Quantity;
    public uint Head;
    public uint Tail;
    public int Orders;
    public uint IsAsk;
}

/// <summary>Resting orders that the books of one channel may have together, within the shard's store.</summary>
internal sealed class OrderQuota(int maxOrders)
{
    private int _left = maxOrders;

    [HotPath]
    public bool TryTake()
    {
        if (_left == 0) return false;
        _left--;
        return true;
    }

    [HotPath]
    public void Return(int orders) => _left += orders;
}

/// <summary>The orders and price levels of all order books of a shard: flat arrays, handles instead of references, one index by id.</summary>
/// <remarks>
/// Owned by one shard's thread. Memory is bounded by <c>maxOrders</c>: 40 bytes an order, 32 a level, 8 to 16 an index slot.
/// Arrays double until they reach the bound; at the bound <see cref="TryAllocate"/> fails and the caller decides.
/// </remarks>
internal sealed class OrderStore
{
    /// <summary>Orders that a store may be given room for.</summary>
    public const int MaxOrders = 1 << 30;

    private readonly int _maxOrders;
    private Order[] _orders;
    private OrderLevel[] _levels;
    private Slot[] _index;
    private uint _freeOrder;
    private uint _freeLevel;
    private uint _usedOrders = 1;
    private uint _usedLevels = 1;

    private struct Slot
    {
        public uint Tag;
        public uint Handle;
    }

    public OrderStore(int maxOrders, int initialOrders = 1024)
    {
        _maxOrders = maxOrders;
        var capacity = (int)System.Numerics.BitOperations.RoundUpToPowerOf2((uint)Math.Max(16, Math.Min(initialOrders, maxOrders)));
        // Handle 0 means none: one slot more than orders.
        _orders = new Order[(int)Math.Min(capacity, (long)maxOrders + 1)];
        _levels = new OrderLevel[Math.Max(16, capacity / 4)];
        _index = new Slot[capacity * 2];
    }

    /// <summary>Orders that rest in all books.</summary>
    public int Count { get; private set; }

    /// <summary>Bytes of the arrays, used or not.</summary>
    public long MemoryBytes =>
        ((long)_orders.Length * Unsafe.SizeOf<Order>()) + ((long)_levels.Length * Unsafe.SizeOf<OrderLevel>()) + ((long)_index.Length * Unsafe.SizeOf<Slot>());

    [HotPath]
    public ref Order Order(uint handle) => ref Unsafe.Add(ref MemoryMarshal.GetArrayDataReference(_orders), handle);

    [HotPath]
    public ref OrderLevel Level(uint handle) => ref Unsafe.Add(ref MemoryMarshal.GetArrayDataReference(_levels), handle);

    /// <summary>Finds an order of a book.</summary>
    /// <returns>Its handle, or 0.</returns>
    [HotPath]
    public uint Find(uint book, ulong id)
    {
        var tag = Hash(book, id);
        var index = _index;
        var mask = (uint)index.Length - 1;
        ref var slots = ref MemoryMarshal.GetArrayDataReference(index);
        for (var i = tag & mask; ; i = (i + 1) & mask)
        {
            var slot = Unsafe.Add(ref slots, i);
            if (slot.Handle == 0) return 0;
            if (slot.Tag == tag)
            {
                ref readonly var order = ref Order(slot.Handle);
                if (order.Id == id && order.Book == book) return slot.Handle;
            }
        }
    }

    /// <summary>Asks for the cache line of the index in which an order is looked up.</summary>
    /// <returns>The hash, for <see cref="PrefetchOrder"/>.</returns>
    [HotPath]
    public unsafe uint PrefetchIndex(uint book, ulong id)
    {
        var tag = Hash(book, id);
        var index = _index;
        if (Sse.IsSupported) Sse.Prefetch0(Unsafe.AsPointer(ref Unsafe.Add(ref MemoryMarshal.GetArrayDataReference(index), tag & ((uint)index.Length - 1))));
        return tag;
    }

    /// <summary>Asks for the slot of the order that this hash most probably means.</summary>
    /// <returns>Its handle, or 0.</returns>
    [HotPath]
    public unsafe uint PrefetchOrder(uint tag)
    {
        var index = _index;
        var mask = (uint)index.Length - 1;
        ref var slots = ref MemoryMarshal.GetArrayDataReference(index);
        for (var i = tag & mask; ; i = (i + 1) & mask)
        {
            var slot = Unsafe.Add(ref slots, i);
            if (slot.Handle == 0) return 0;
            if (slot.Tag != tag) continue;
            PrefetchSlot(slot.Handle);
            return slot.Handle;
        }
    }

    /// <summary>Asks for what an order's removal touches: its level and its neighbours.</summary>
    [HotPath]
    public void PrefetchNeighbours(uint handle)
    {
        ref readonly var order = ref Order(handle);
        PrefetchLevel(order.Level);
        if (order.Previous != 0) PrefetchSlot(order.Previous);
        if (order.Next != 0) PrefetchSlot(order.Next);
    }

    /// <summary>Asks for the order at the end of a level's queue.</summary>
    [HotPath]
    public void PrefetchTail(uint level) => PrefetchSlot(Level(level).Tail);

    /// <summary>Asks for a level.</summary>
    [HotPath]
    public unsafe void PrefetchLevel(uint handle)
    {
        if (Sse.IsSupported) Sse.Prefetch0(Unsafe.AsPointer(ref Level(handle)));
    }

    /// <summary>Asks for both cache lines that an order's slot may touch.</summary>
    [HotPath]
    public unsafe void PrefetchSlot(uint handle)
    {
        if (!Sse.IsSupported) return;
        var slot = (byte*)Unsafe.AsPointer(ref Order(handle));
        Sse.Prefetch0(slot);
        Sse.Prefetch0(slot + Unsafe.SizeOf<Order>() - 1);
    }

    /// <summary>Takes a slot for a new order and enters it into the index.</summary>
    /// <returns>False at the bound.</returns>
    [HotPath]
    public bool TryAllocate(uint book, ulong id, out uint handle)
    {
        handle = _freeOrder;
        if (handle != 0) _freeOrder = Order(handle).Next;
        else if (_usedOrders < (uint)_orders.Length || GrowOrders()) handle = _usedOrders++;
        else return false;

        if ((uint)(Count + 1) * 2 > (uint)_index.Length) GrowIndex();
        Insert(_index, Hash(book, id), handle);
        Count++;
        ref var order = ref Order(handle);
        order.Id = id;
        order.Book = book;
        return true;
    }

    /// <summary>Gives an order's slot back.</summary>
    [HotPath]
    public void Free(uint handle)
    {
        ref var order = ref Order(handle);
        Remove(Hash(order.Book, order.Id), handle);
        order.Next = _freeOrder;
        _freeOrder = handle;
        Count--;
    }

    [HotPath]
    public uint AllocateLevel(long price, uint isAsk)
    {
        var handle = _freeLevel;
        if (handle != 0)
        {
            _freeLevel = Level(handle).Head;
        }
        else
        {
            if (_usedLevels == (uint)_levels.Length) GrowLevels();
            handle = _usedLevels++;
        }

        Level(handle) = new OrderLevel { Price = price, IsAsk = isAsk };
        return handle;
    }

    [HotPath]
    public void FreeLevel(uint handle)
    {
        Level(handle).Head = _freeLevel;
        _freeLevel = handle;
    }

    [HotPath]
    private static uint Hash(uint book, ulong id)
    {
        // The upper half of a product depends on every bit below it. 32 bits are both the home slot and the tag, so that
        // neither growth nor deletion has to read an order.
        return (uint)(((id ^ ((ulong)book << 40)) * 0x9E37_79B9_7F4A_7C15UL) >> 32);
    }

    [HotPath]
    private static void Insert(Slot[] index, uint tag, uint handle)
    {
        var mask = (uint)index.Length - 1;
        ref var slots = ref MemoryMarshal.GetArrayDataReference(index);
        var i = tag & mask;
        while (Unsafe.Add(ref slots, i).Handle != 0) i = (i + 1) & mask;
        Unsafe.Add(ref slots, i) = new Slot { Tag = tag, Handle = handle };
    }

    /// <summary>Backward-shift deletion: no tombstones, so the probe length does not creep up over a day.</summary>
    [HotPath]
    private void Remove(uint tag, uint handle)
    {
        var index = _index;
        var mask = (uint)index.Length - 1;
        ref var slots = ref MemoryMarshal.GetArrayDataReference(index);
        var hole = tag & mask;
        while (Unsafe.Add(ref slots, hole).Handle != handle) hole = (hole + 1) & mask;
        for (var i = (hole + 1) & mask; ; i = (i + 1) & mask)
        {
            var moved = Unsafe.Add(ref slots, i);
            if (moved.Handle == 0) break;
            if (((i - moved.Tag) & mask) < ((i - hole) & mask)) continue;
            Unsafe.Add(ref slots, hole) = moved;
            hole = i;
        }

        Unsafe.Add(ref slots, hole) = default;
    }

    /// <summary>Gives an order another id, and a place in the index under it.</summary>
    [HotPath]
    public void Rename(uint handle, ulong id)
    {
        ref var order = ref Order(handle);
        Remove(Hash(order.Book, order.Id), handle);
        order.Id = id;
        Insert(_index, Hash(order.Book, id), handle);
    }

    [MethodImpl(MethodImplOptions.NoInlining)]
    private bool GrowOrders()
    {
        if (_orders.Length > _maxOrders) return false;
        Array.Resize(ref _orders, (int)Math.Min((long)_maxOrders + 1, (long)_orders.Length * 2));
        return _usedOrders < (uint)_orders.Length;
    }

    [MethodImpl(MethodImplOptions.NoInlining)]
    private void GrowLevels() => Array.Resize(ref _levels, _levels.Length * 2);

    [MethodImpl(MethodImplOptions.NoInlining)]
    private void GrowIndex()
    {
        var larger = new Slot[_index.Length * 2];
        foreach (ref readonly var slot in _index.AsSpan())
        {
            if (slot.Handle == 0) continue;
            Insert(larger, slot.Tag, slot.Handle);
        }

        _index = larger;
    }
}
