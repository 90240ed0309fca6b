using FeedHandler.Codecs;

namespace FeedHandler.Actors;

/// <summary>The updates of a channel's instruments that are not Live, kept until a snapshot arrives: a bounded circular log.</summary>
/// <remarks>
/// Each instrument's updates are chained through the log. When the log is full the oldest update is overwritten and its
/// instrument then needs a younger snapshot: memory is constant, and recovery always goes on. Owned by one shard's thread.
/// </remarks>
internal sealed class RecoveryBuffer(int capacity)
{
    private readonly Entry[] _entries = new Entry[capacity];
    private int _next;
    private bool _wrapped;

    private struct Entry
    {
        public MarketUpdate Update;
        public Instrument? Owner;
        public int Next;
    }

    /// <summary>Updates that were overwritten while an instrument still needed them.</summary>
    public long Overwritten { get; private set; }

    /// <summary>Appends an update to the instrument's chain.</summary>
    [HotPath]
    public void Append(Instrument instrument, in MarketUpdate update)
    {
        var index = _next;
        ref var entry = ref _entries[index];
        if (_wrapped) Evict(ref entry, index);
        entry.Update = update;
        entry.Owner = instrument;
        entry.Next = -1;
        if (instrument.BufferTail >= 0) _entries[instrument.BufferTail].Next = index;
        else instrument.BufferHead = index;
        instrument.BufferTail = index;
        _next = index + 1;
        if (_next == _entries.Length)
        {
            _next = 0;
            _wrapped = true;
        }
    }

    /// <summary>Forgets what is buffered for an instrument, however much it is: in one step.</summary>
    /// <remarks>Its updates stay in the log until they are overwritten. Nobody takes them for the instrument's then: the first of a chain is its oldest, and is where the instrument says.</remarks>
    public void Drop(Instrument instrument) => instrument.BufferHead = instrument.BufferTail = -1;

    /// <summary>Walks an instrument's updates, oldest first.</summary>
    /// <param name="index">Start with <see cref="Instrument.BufferHead"/>; moved to the next update.</param>
    public ref readonly MarketUpdate Take(ref int index)
    {
        ref readonly var entry = ref _entries[index];
        index = entry.Next;
        return ref entry.Update;
    }

    /// <summary>Number of updates buffered for an instrument.</summary>
    public int Count(Instrument instrument)
    {
        var count = 0;
        for (var i = instrument.BufferHead; i >= 0; i = _entries[i].Next) count++;
        return count;
    }

    private void Evict(ref Entry entry, int index)
    {
        var owner = entry.Owner;
        if (owner is null || owner.BufferHead != index) return;
        owner.BufferHead = entry.Next;
        if (entry.Next < 0) owner.BufferTail = -1;
        var from = entry.Update.PacketSequence + 1;
        var isOrder = entry.Update.Kind is UpdateKind.Order or UpdateKind.OrderReduced or UpdateKind.OrderReplaced;
        Require(ref isOrder ? ref owner.OrderRecovery : ref owner.Levels, from);
        Overwritten++;
    }

    /// <summary>Never takes a requirement back: the buffer may hold updates from before the last gap.</summary>
    private static void Require(ref RecoveryState recovery, uint from)
    {
        if (recovery.State != BookState.Live && (int)(from - recovery.RequiredFrom) > 0) recovery.RequiredFrom = from;
    }
}

/// <summary>The chunks of one instrument's order snapshot, until the image is complete.</summary>
internal sealed class OrderStaging(int initialOrders = 64)
{
    private StagedOrder[] _orders = new StagedOrder[initialOrders];
    private ulong[] _seen = new ulong[1];
    private uint _missing;
    private int _chunkStart;

    public struct StagedOrder
    {
        public ulong Id;
        public ulong Priority;
        public long Price;
        public long Quantity;
        public BookSide Side;
    }

    public uint LastPacket { get; private set; }

    public uint Chunks { get; private set; }

    public int Count { get; private set; }

    /// <summary>Orders are missing, because a bound was reached.</summary>
    public bool IsCut { get; set; }

    public bool IsComplete => Chunks != 0 && _missing == 0;

    public ReadOnlySpan<StagedOrder> Orders => _orders.AsSpan(0, Count);

    /// <summary>Starts a chunk. A chunk of another image throws away what was staged.</summary>
    /// <returns>Whether its orders are wanted.</returns>
    public bool Begin(uint lastPacket, uint chunk, uint chunks, uint maxChunks)
    {
        if (chunks == 0) chunks = chunk = 1;
        if (chunk == 0 || chunk > chunks || chunks > maxChunks) return false;
        if (lastPacket != LastPacket || chunks != Chunks) Reset(lastPacket, chunks);
        ref var word = ref _seen[(chunk - 1) >> 6];
        var bit = 1UL << (int)((chunk - 1) & 63);
        if ((word & bit) != 0) return false;
        word |= bit;
        _missing--;
        _chunkStart = Count;
        return true;
    }

    public bool TryAdd(in MarketUpdate update, int maxOrders)
    {
        if (Count == _orders.Length)
        {
            if (Count >= maxOrders) return false;
            Array.Resize(ref _orders, Math.Min(maxOrders, Count * 2));
        }

        _orders[Count++] = new StagedOrder
        {
            Id = update.OrderId,
            Priority = update.Priority,
            Price = update.Price,
            Quantity = update.Quantity,
            Side = update.Side,
        };
        return true;
    }

    /// <summary>Whether the chunk that just ended has as many orders as it said.</summary>
    public bool ChunkHas(long orders) => Count - _chunkStart == orders;

    public void Clear() => Reset(0, 0);

    private void Reset(uint lastPacket, uint chunks)
    {
        LastPacket = lastPacket;
        Chunks = chunks;
        Count = 0;
        _missing = chunks;
        var words = (int)((chunks + 63) >> 6);
        if (words > _seen.Length) _seen = new ulong[words];
        else Array.Clear(_seen);
    }
}
