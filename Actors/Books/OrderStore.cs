using System.Runtime.CompilerServices;
using System.Runtime.InteropServices;
using System.Runtime.Intrinsics.X86;
using FeedHandler.Codecs;

namespace FeedHandler.Actors;

/// <summary>One resting order: half a cache line of the store, addressed by a 32-bit handle.</summary>
[StructLayout(LayoutKind.Sequential)]
public struct Order
{
    /// <summary>Venue's order id.</summary>
    public ulong Id;

    /// <summary>Priority at its price: lower goes first.</summary>
    public ulong Priority;

    /// <summary>Remaining quantity.</summary>
    public long Quantity;

    /// <summary>Handle of its price level in the book; chains the free slots, too.</summary>
    internal uint Level;

    /// <summary>Which book owns it; <see cref="OrderStore.NoBook"/> for a free slot.</summary>
    internal uint Book;
}

/// <summary>One price of one side of an order book, with its queue: one cache line.</summary>
/// <remarks>The queue is in the line itself while it is short. A longer one is in a block of its own.</remarks>
[StructLayout(LayoutKind.Sequential)]
internal unsafe struct OrderLevel
{
    public const int InlineOrders = 10;

    /// <summary>Price, turned in sign for asks: higher is better on both sides.</summary>
    public long Key;
    public long Quantity;
    public int Orders;

    /// <summary>Book number * 2 + side; <see cref="OrderStore.NoSide"/> for a free slot.</summary>
    public uint BookSide;
    public fixed uint Inline[InlineOrders];
}

/// <summary>An order book's own part. Its first cache line is all that most updates need.</summary>
[StructLayout(LayoutKind.Sequential, Size = SizeBytes)]
internal unsafe struct BookHeader
{
    /// <summary>Size of a header.</summary>
    public const int SizeBytes = 112;

    /// <summary>Handles of the best levels; 0: none. Addressed by the side, because a branch on it would be guessed wrong half the time.</summary>
    public BestLevels Best;
    public int Orders;
    public uint TopVersion;
    public uint Number;
    public bool IsDense;

    /// <summary>Index of the quota that its orders count against.</summary>
    public ushort Quota;

    /// <summary>Where prices were seen last: see <see cref="MboCore"/>, <c>.Guesses</c>.</summary>
    public uint* Guesses;

    /// <summary>2^64 by the tick.</summary>
    public ulong PerTick;
    public uint GuessMask;

    /// <summary>Size class of the guesses' block.</summary>
    public int GuessSize;

    /// <summary>What all prices of the book so far are multiples of.</summary>
    public ulong Tick;

    /// <summary>Levels of the arrays that have no orders.</summary>
    public EmptyLevels Empty;

    /// <summary>Bids and asks.</summary>
    public OrderHalves Halves;
}

/// <summary>How many levels of each side are empty.</summary>
[InlineArray(2)]
internal struct EmptyLevels
{
    private uint _bids;
}

/// <summary>Handles of a book's best levels.</summary>
[InlineArray(2)]
internal struct BestLevels
{
    private uint _bid;
}

/// <summary>The two sides of a book.</summary>
[InlineArray(2)]
internal struct OrderHalves
{
    private OrderHalf _bids;
}

/// <summary>A side: keys of its levels in ascending order, so that the best is the last, and behind them the levels' handles.</summary>
[StructLayout(LayoutKind.Sequential)]
internal unsafe struct OrderHalf
{
    public long* Keys;
    public int Count;
    public int Capacity;

    /// <summary>Size class of the block.</summary>
    public int Size;

    public readonly uint* Levels => (uint*)(Keys + Capacity);
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

    public bool IsEmpty => _left == 0;

    /// <summary>Takes one that is there.</summary>
    [HotPath]
    public void Take() => _left--;

    [HotPath]
    public void Return(int orders) => _left += orders;
}

/// <summary>The orders, price levels and queues of all order books of a shard: flat native memory, handles instead of references, one index by id.</summary>
/// <remarks>
/// Owned by one shard's thread. Memory is bounded by <c>maxOrders</c> (<see cref="BoundBytes"/>), is taken as it is needed
/// and never copied: an order is 32 bytes, a level with its queue 64. At the bound nothing is added and the caller decides.
/// </remarks>
internal sealed unsafe class OrderStore
{
    /// <summary>The book number of no book.</summary>
    public const uint NoBook = uint.MaxValue;

    /// <summary>The side of no book.</summary>
    public const uint NoSide = uint.MaxValue;

    /// <summary>Orders that a store may be given room for.</summary>
    public const int MaxOrders = 1 << 30;

    private readonly int _maxOrders;
    private NativeArena? _orderArena, _levelArena;
    private BlockArena? _blocks;
    private Order* _orders;
    private OrderLevel* _levels;
    private OrderQuota[] _quotas = [];
    private uint _freeOrder;
    private uint _freeLevel;
    private uint _usedOrders = 1;
    private uint _usedLevels = 1;

    public OrderStore(int maxOrders)
    {
        _maxOrders = maxOrders;
        Index = new OrderIndex(this, maxOrders);
    }

    /// <summary>The quota of books that have none of their own: the bound of the store is theirs.</summary>
    public OrderQuota Unlimited { get; } = new(int.MaxValue);

    /// <summary>Handles by order id.</summary>
    public OrderIndex Index { get; }

    /// <summary>Orders that rest in all books.</summary>
    public int Count { get; private set; }

    /// <summary>Bytes of native memory taken so far.</summary>
    public long UsedBytes =>
        (_usedOrders * (long)sizeof(Order)) + (_usedLevels * (long)sizeof(OrderLevel)) + (_blocks?.UsedBytes ?? 0) + Index.UsedBytes;

    /// <summary>Bytes that a store for so many orders takes at most, when every order has a level of its own.</summary>
    public static long BoundBytes(int maxOrders) =>
        ((Math.Max(maxOrders, OrderIndex.MaxPagesOf(maxOrders)) + 1L) * sizeof(Order)) + ((maxOrders + 1L) * sizeof(OrderLevel)) + (MaxEmptyLevels(maxOrders) * (long)sizeof(OrderLevel)) + BlockBytes(maxOrders) + OrderIndex.BoundBytes(maxOrders);

    /// <summary>Whether there is a book with dense ids.</summary>
    public bool HasDenseBooks => Index.IsDirect;

    /// <summary>Asks for a line of memory.</summary>
    [HotPath]
    [MethodImpl(MethodImplOptions.AggressiveInlining)]
    public static void Ask(void* address)
    {
        if (Sse.IsSupported) Sse.Prefetch0(address);
    }

    /// <summary>Adds a book.</summary>
    /// <param name="number">Its number, no other book's.</param>
    /// <param name="isDense">Whether the venue counts its order ids up.</param>
    /// <param name="quota">What its orders count against.</param>
    /// <param name="header">Where its header is to be; null: in the store.</param>
    public BookHeader* AddBook(uint number, bool isDense, OrderQuota quota, BookHeader* header)
    {
        var quotaIndex = Array.IndexOf(_quotas, quota);
        if (quotaIndex < 0)
        {
            quotaIndex = _quotas.Length;
            _quotas = [.. _quotas, quota];
        }

        Reserve();
        if (isDense) Index.PrepareDirect();
        if (header == null) header = (BookHeader*)_blocks!.Take(HeaderSize);
        var guesses = (uint*)_blocks!.Take(0);
        if (header == null || guesses == null) throw new InvalidOperationException("too many books");
        *header = new BookHeader { Number = number, IsDense = isDense, Quota = checked((ushort)quotaIndex) };
        MboCore.SetGuesses(header, guesses, size: 0);
        return header;
    }

    /// <summary>What a book's orders count against.</summary>
    [HotPath]
    [MethodImpl(MethodImplOptions.AggressiveInlining)]
    public OrderQuota QuotaOf(BookHeader* book) => _quotas[book->Quota];

    [HotPath]
    [MethodImpl(MethodImplOptions.AggressiveInlining)]
    public ref Order Order(uint handle) => ref _orders[handle];

    [HotPath]
    [MethodImpl(MethodImplOptions.AggressiveInlining)]
    public ref OrderLevel Level(uint handle) => ref _levels[handle];

    /// <summary>Asks for an order's line; handle 0 is allowed.</summary>
    [HotPath]
    [MethodImpl(MethodImplOptions.AggressiveInlining)]
    public void PrefetchOrder(uint handle)
    {
        if (Sse.IsSupported) Sse.Prefetch0(_orders + handle);
    }

    /// <summary>Asks for a level's line; handle 0 is allowed.</summary>
    [HotPath]
    [MethodImpl(MethodImplOptions.AggressiveInlining)]
    public void PrefetchLevel(uint handle)
    {
        if (Sse.IsSupported) Sse.Prefetch0(_levels + handle);
    }

    /// <summary>Finds an order of a book.</summary>
    /// <returns>Its handle, or 0.</returns>
    [HotPath]
    [MethodImpl(MethodImplOptions.AggressiveInlining)]
    public uint Find(uint book, ulong id, bool isDense)
    {
        var handle = Index.Find(book, id, isDense);
        return handle != 0 && _orders[handle].Book == book ? handle : 0;
    }

    /// <summary>Takes a slot for a new order and enters it into the index; its level is still to be set.</summary>
    /// <returns>Its handle; 0 at the bound.</returns>
    [HotPath]
    public uint TryAllocate(uint book, ulong id, bool isDense)
    {
        if (Count >= _maxOrders) return 0;
        var handle = _freeOrder;
        if (!Index.TryAdd(book, id, isDense, handle == 0 ? _usedOrders : handle)) return 0;
        if (handle == 0) handle = _usedOrders++;
        else _freeOrder = _orders[handle].Level;
        Count++;
        ref var order = ref _orders[handle];
        order.Id = id;
        order.Book = book;
        return handle;
    }

    /// <summary>Whether the bound of orders is reached.</summary>
    public bool IsFull => Count >= _maxOrders;

    /// <summary>Takes a slot where the store is not full; everything of it is still to be set.</summary>
    [HotPath]
    [MethodImpl(MethodImplOptions.AggressiveInlining)]
    public uint Take()
    {
        Count++;
        var handle = _freeOrder;
        if (handle == 0) return _usedOrders++;
        _freeOrder = _orders[handle].Level;
        return handle;
    }

    /// <summary>Gives an order's slot back.</summary>
    [HotPath]
    [MethodImpl(MethodImplOptions.AggressiveInlining)]
    public void Free(uint handle, bool isDense)
    {
        ref var order = ref _orders[handle];
        Index.Remove(order.Book, order.Id, isDense, handle);
        order.Book = NoBook;
        order.Level = _freeOrder;
        _freeOrder = handle;
        Count--;
    }

    /// <summary>Gives an order another id, and a place in the index under it.</summary>
    /// <returns>False at the bound of the index: then the order is as it was.</returns>
    [HotPath]
    public bool TryRename(uint handle, ulong id, bool isDense)
    {
        ref var order = ref _orders[handle];
        if (id == order.Id) return true;
        // The hash part knows an order by its id: out first.
        Index.Remove(order.Book, order.Id, isDense, handle);
        var before = order.Id;
        order.Id = id;
        if (Index.TryAdd(order.Book, id, isDense, handle)) return true;
        order.Id = before;
        return !Index.TryAdd(order.Book, before, isDense, handle);
    }

    /// <summary>Levels without orders that still have their place in a book.</summary>
    public int EmptyLevels { get; set; }

    /// <summary>Whether there are so many that there may soon be none left to be taken.</summary>
    public bool HasTooManyEmptyLevels => EmptyLevels >= MaxEmptyLevels(_maxOrders);

    /// <summary>Takes a level. There is always one: the number of levels without an order is bounded.</summary>
    [HotPath]
    public uint AllocateLevel(long key, uint bookSide)
    {
        var handle = _freeLevel;
        if (handle != 0) _freeLevel = _levels[handle].Inline[0];
        else handle = _usedLevels++;
        ref var level = ref _levels[handle];
        level.Key = key;
        level.Quantity = 0;
        level.Orders = 0;
        level.BookSide = bookSide;
        return handle;
    }

    [HotPath]
    public void FreeLevel(uint handle)
    {
        ref var level = ref _levels[handle];
        level.BookSide = NoSide;
        level.Inline[0] = _freeLevel;
        _freeLevel = handle;
    }

    /// <summary>Takes a block; null at the bound.</summary>
    public byte* TakeBlock(int size) => _blocks!.Take(size);

    /// <summary>Gives a block back.</summary>
    public void GiveBlock(byte* block, int size) => _blocks!.Give(block, size);

    // Sides, guesses and long queues: some bytes a level, each at most four times what it needs, and a minimum for each book.
    private const int MinEmptyLevels = 65_536;

    private static int MaxEmptyLevels(int maxOrders) => Math.Max(MinEmptyLevels, maxOrders / 8);

    private static long BlockBytes(int maxOrders) => (1L << 28) + (maxOrders * 128L);

    /// <summary>Size class of a book's header.</summary>
    private const int HeaderSize = 1;

    /// <summary>Reserves addresses with the first book: a shard of price levels alone has no orders.</summary>
    private void Reserve()
    {
        if (_orderArena is not null) return;
        // A look ahead may take the chain of free index pages for an order: there is memory at that number, too.
        _orderArena = new NativeArena((Math.Max(_maxOrders, Index.MaxPages) + 1L) * sizeof(Order));
        _levelArena = new NativeArena((_maxOrders + 2L + MaxEmptyLevels(_maxOrders)) * sizeof(OrderLevel));
        _blocks = new BlockArena(BlockBytes(_maxOrders));
        _orders = (Order*)_orderArena.Start;
        _levels = (OrderLevel*)_levelArena.Start;
        // What handle 0 means belongs to no book.
        _orders[0].Book = NoBook;
        _levels[0].BookSide = NoSide;
    }
}
