using System.Runtime.CompilerServices;
using System.Runtime.InteropServices;
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

/// <summary>The orders and price levels of all order books of a shard: flat arrays, handles instead of references, one index by id.</summary>
/// <remarks>
/// Owned by one shard's thread. Memory is bounded by <c>maxOrders</c>: 40 bytes an order, 32 a level, 8 to 16 an index slot.
/// Arrays double until they reach the bound; at the bound <see cref="TryAllocate"/> fails and the caller decides.
/// </remarks>
internal sealed class OrderStore
{
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

    [HotPath]
    public ref Order Order(uint handle) => ref Unsafe.Add(ref MemoryMarshal.GetArrayDataReference(_orders), handle);

    [HotPath]
    public ref OrderLevel Level(uint handle) => ref Unsafe.Add(ref MemoryMarshal.GetArrayDataReference(_levels), handle);

    /// <summary>Finds an order of a book.</summary>
    /// <returns>Its handle, or 0.</returns>
    [HotPath]
    public uint Find(uint book, ulong id)
    {
        var hash = Hash(book, id);
        var index = _index;
        var mask = (uint)index.Length - 1;
        for (var i = (uint)hash & mask; ; i = (i + 1) & mask)
        {
            ref readonly var slot = ref index[i];
            if (slot.Handle == 0) return 0;
            if (slot.Tag == (uint)(hash >> 32))
            {
                ref readonly var order = ref Order(slot.Handle);
                if (order.Id == id && order.Book == book) return slot.Handle;
            }
        }
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
    private static ulong Hash(uint book, ulong id)
    {
        // Ids are often consecutive: one multiply spreads them, the fold makes the low bits depend on the high ones.
        var x = (id ^ ((ulong)book << 40)) * 0x9E37_79B9_7F4A_7C15UL;
        return x ^ (x >> 29);
    }

    [HotPath]
    private static void Insert(Slot[] index, ulong hash, uint handle)
    {
        var mask = (uint)index.Length - 1;
        var i = (uint)hash & mask;
        while (index[i].Handle != 0) i = (i + 1) & mask;
        index[i] = new Slot { Tag = (uint)(hash >> 32), Handle = handle };
    }

    /// <summary>Backward-shift deletion: no tombstones, so the probe length does not creep up over a day.</summary>
    [HotPath]
    private void Remove(ulong hash, uint handle)
    {
        var index = _index;
        var mask = (uint)index.Length - 1;
        var hole = (uint)hash & mask;
        while (index[hole].Handle != handle) hole = (hole + 1) & mask;
        for (var i = (hole + 1) & mask; index[i].Handle != 0; i = (i + 1) & mask)
        {
            ref readonly var moved = ref Order(index[i].Handle);
            var home = (uint)Hash(moved.Book, moved.Id) & mask;
            if (((i - home) & mask) < ((i - hole) & mask)) continue;
            index[hole] = index[i];
            hole = i;
        }

        index[hole] = default;
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
            ref readonly var order = ref Order(slot.Handle);
            Insert(larger, Hash(order.Book, order.Id), slot.Handle);
        }

        _index = larger;
    }
}
