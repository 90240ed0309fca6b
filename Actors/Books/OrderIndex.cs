using System.Runtime.CompilerServices;
using System.Runtime.InteropServices;
using System.Runtime.Intrinsics.X86;
using FeedHandler.Codecs;

namespace FeedHandler.Actors;

/// <summary>Finds an order's handle by its id: directly where a venue counts its orders up over the day, else by hashing.</summary>
/// <remarks>
/// <para>
/// Direct: a table of pages of <see cref="PageIds"/> handles, by id. New orders lie side by side, so they cost no miss;
/// a page whose last order is gone is used again. Ids beyond the table, and those of books that do not say that theirs are
/// dense, go to the hash part: open addressing, at most half full.
/// </para>
/// <para>Owned by one shard's thread.</para>
/// </remarks>
internal sealed unsafe class OrderIndex
{
    private const int PageShift = 7;

    /// <summary>Ids of one page: small enough to empty soon, large enough that the table of pages stays small.</summary>
    public const int PageIds = 1 << PageShift;

    /// <summary>Ids that the table covers. NASDAQ uses less than a tenth of them in a day.</summary>
    public const ulong DirectIds = 1UL << 34;

    /// <summary>Orders of a page at the least, on average, when all orders are there; sparser ids meet the bound early.</summary>
    private const int MinOrdersPerPage = 8;

    private const int TableEntries = (int)(DirectIds >> PageShift);

    private readonly OrderStore _store;
    private readonly uint _maxPages;
    private NativeArena? _tableArena, _pageArena, _liveArena;
    private uint* _table;
    private uint* _pages;
    private ushort* _live;
    private uint _usedPages = 1;
    private uint _freePage;
    private Slot[] _slots = [];
    private int _hashed;

    private struct Slot
    {
        public uint Tag;
        public uint Handle;
    }

    public OrderIndex(OrderStore store, int maxOrders)
    {
        _store = store;
        _maxPages = (uint)MaxPagesOf(maxOrders);
    }

    /// <summary>Highest number of a page.</summary>
    public uint MaxPages => _maxPages;

    /// <summary>Pages that an index for so many orders has at most.</summary>
    public static int MaxPagesOf(int maxOrders) => Math.Max(4096, maxOrders / MinOrdersPerPage);

    /// <summary>Bytes of native memory in use, by pages of the index; the table counts as far as it was touched.</summary>
    public long UsedBytes => (_usedPages * (long)((PageIds * sizeof(uint)) + sizeof(ushort))) + ((long)_highestPage * sizeof(uint));

    private ulong _highestPage;

    /// <summary>Bytes that an index for so many orders takes at most.</summary>
    public static long BoundBytes(int maxOrders) =>
        MaxPagesOf(maxOrders) * (long)((PageIds * sizeof(uint)) + sizeof(ushort)) + ((long)TableEntries * sizeof(uint)) + (4L * maxOrders * sizeof(ulong));

    /// <summary>Handle of the order with this id, whichever book it is in where ids are dense; 0: none.</summary>
    [HotPath]
    [MethodImpl(MethodImplOptions.AggressiveInlining)]
    public uint Find(uint book, ulong id, bool isDense)
    {
        if (isDense && id < DirectIds) return _pages[((ulong)_table[id >> PageShift] << PageShift) | (id & (PageIds - 1))];
        return FindHashed(book, id);
    }

    /// <summary>Whether dense ids are possible.</summary>
    public bool IsDirect => _tableArena is not null;

    /// <summary>Makes dense ids possible.</summary>
    public void PrepareDirect()
    {
        if (_tableArena is not null) return;
        _tableArena = new NativeArena((long)TableEntries * sizeof(uint));
        // Page 0 stays empty: it is what the table says where there is no page.
        _pageArena = new NativeArena((_maxPages + 1L) * PageIds * sizeof(uint));
        _liveArena = new NativeArena((_maxPages + 1L) * sizeof(ushort));
        _table = (uint*)_tableArena.Start;
        _pages = (uint*)_pageArena.Start;
        _live = (ushort*)_liveArena.Start;
    }

    /// <summary>Enters an id that is not there.</summary>
    /// <returns>False at the bound.</returns>
    [HotPath]
    public bool TryAdd(uint book, ulong id, bool isDense, uint handle)
    {
        if (!isDense || id >= DirectIds)
        {
            AddHashed(book, id, handle);
            return true;
        }

        var page = _table[id >> PageShift];
        if (page == 0)
        {
            page = AddPage(id >> PageShift);
            if (page == 0) return false;
        }

        _pages[((ulong)page << PageShift) | (id & (PageIds - 1))] = handle;
        _live[page]++;
        return true;
    }

    /// <summary>Where the handle of a dense id stands, and on which page; page 0, which has no orders, where there is none or the id is beyond the table.</summary>
    [HotPath]
    [MethodImpl(MethodImplOptions.AggressiveInlining)]
    public uint* PlaceOf(ulong id, out uint page)
    {
        page = id < DirectIds ? _table[id >> PageShift] : 0;
        return _pages + (((ulong)page << PageShift) | (id & (PageIds - 1)));
    }

    /// <summary>Counts an order that was put on a page.</summary>
    [HotPath]
    public void Count(uint page) => _live[page]++;

    /// <summary>Removes an id that is there.</summary>
    [HotPath]
    [MethodImpl(MethodImplOptions.AggressiveInlining)]
    public void Remove(uint book, ulong id, bool isDense, uint handle)
    {
        if (!isDense || id >= DirectIds)
        {
            RemoveHashed(book, id, handle);
            return;
        }

        var page = _table[id >> PageShift];
        _pages[((ulong)page << PageShift) | (id & (PageIds - 1))] = 0;
        if (--_live[page] == 0) FreePage(id >> PageShift, page);
    }

    /// <summary>Asks for the table's entry of a dense id; nothing where there is no table.</summary>
    [HotPath]
    [MethodImpl(MethodImplOptions.AggressiveInlining)]
    public void PrefetchTable(ulong id)
    {
        if (Sse.IsSupported) Sse.Prefetch0(_table + (id >> PageShift));
    }

    /// <summary>Asks for the cache line in which an id is looked up.</summary>
    [HotPath]
    [MethodImpl(MethodImplOptions.AggressiveInlining)]
    public void Prefetch(uint book, ulong id, bool isDense)
    {
        if (!Sse.IsSupported) return;
        if (isDense && id < DirectIds) Sse.Prefetch0(_pages + (((ulong)_table[id >> PageShift] << PageShift) | (id & (PageIds - 1))));
        else if (_slots.Length != 0) Sse.Prefetch0(Unsafe.AsPointer(ref _slots[Hash(book, id) & ((uint)_slots.Length - 1)]));
    }

    private uint AddPage(ulong number)
    {
        var page = _freePage;
        if (page != 0)
        {
            // All its handles are 0 but the first, which chains the free pages.
            _freePage = _pages[(ulong)page << PageShift];
            _pages[(ulong)page << PageShift] = 0;
        }
        else if (_usedPages <= _maxPages)
        {
            page = _usedPages++;
        }
        else
        {
            return 0;
        }

        _table[number] = page;
        _highestPage = Math.Max(_highestPage, number);
        return page;
    }

    [MethodImpl(MethodImplOptions.NoInlining)]
    private void FreePage(ulong number, uint page)
    {
        _table[number] = 0;
        _pages[(ulong)page << PageShift] = _freePage;
        _freePage = page;
    }

    [HotPath]
    private uint FindHashed(uint book, ulong id)
    {
        if (_slots.Length == 0) return 0;
        var tag = Hash(book, id);
        var mask = (uint)_slots.Length - 1;
        ref var slots = ref MemoryMarshal.GetArrayDataReference(_slots);
        for (var i = tag & mask; ; i = (i + 1) & mask)
        {
            var slot = Unsafe.Add(ref slots, i);
            if (slot.Handle == 0) return 0;
            if (slot.Tag != tag) continue;
            ref readonly var order = ref _store.Order(slot.Handle);
            if (order.Id == id && order.Book == book) return slot.Handle;
        }
    }

    [HotPath]
    private void AddHashed(uint book, ulong id, uint handle)
    {
        if ((_hashed + 1) * 2L > _slots.Length) GrowHashed();
        Insert(_slots, Hash(book, id), handle);
        _hashed++;
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
    [MethodImpl(MethodImplOptions.NoInlining)]
    private void RemoveHashed(uint book, ulong id, uint handle)
    {
        var mask = (uint)_slots.Length - 1;
        ref var slots = ref MemoryMarshal.GetArrayDataReference(_slots);
        var hole = Hash(book, id) & mask;
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
        _hashed--;
    }

    [MethodImpl(MethodImplOptions.NoInlining)]
    private void GrowHashed()
    {
        var larger = new Slot[Math.Max(32, _slots.Length * 2)];
        foreach (ref readonly var slot in _slots.AsSpan())
        {
            if (slot.Handle != 0) Insert(larger, slot.Tag, slot.Handle);
        }

        _slots = larger;
    }
}
