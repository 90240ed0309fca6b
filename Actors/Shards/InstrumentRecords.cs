using System.Runtime.CompilerServices;
using System.Runtime.InteropServices;
using FeedHandler.Codecs;

namespace FeedHandler.Actors;

/// <summary>What order updates read and write of an instrument: native memory, so that it can be asked for ahead by its address, with no look at the object.</summary>
[StructLayout(LayoutKind.Explicit, Size = SizeBytes)]
internal unsafe struct InstrumentRecord
{
    /// <summary>Three cache lines. Most updates need the first and the last.</summary>
    public const int SizeBytes = 192;

    private const int HotOffset = 128;

    /// <summary>The order book, once there is one.</summary>
    [FieldOffset(0)] public BookHeader Book;

    /// <summary>Trades seen.</summary>
    [FieldOffset(BookHeader.SizeBytes)] public long Trades;

    /// <summary>Their quantity.</summary>
    [FieldOffset(BookHeader.SizeBytes + sizeof(long))] public long TradeVolume;

    [FieldOffset(HotOffset)] public InstrumentHot Hot;

    /// <summary>The book of a record: an address, where taking that of the field would read it.</summary>
    [MethodImpl(MethodImplOptions.AggressiveInlining)]
    public static BookHeader* BookOf(InstrumentRecord* record) => (BookHeader*)record;

    /// <summary>Asks for the lines that most updates need.</summary>
    [HotPath]
    [MethodImpl(MethodImplOptions.AggressiveInlining)]
    public static void Ask(InstrumentRecord* record)
    {
        OrderStore.Ask(record);
        OrderStore.Ask((byte*)record + HotOffset);
    }
}

/// <summary>What every order update reads and writes of its instrument.</summary>
[StructLayout(LayoutKind.Sequential)]
internal unsafe struct InstrumentHot
{
    /// <summary>The order book of the same record; null while there is none.</summary>
    public BookHeader* Book;
    public ulong LastTransactTimeNs;
    public uint LastSequence;
    public uint LastPacketSequence;
    public uint LastOrderPacket;
    public int Index;
    public RecoveryState OrderRecovery;
    public bool LevelsFromOrders;
    public bool ChangedInEvent;
    public bool ChangedInPacket;
}

/// <summary>Memory of some instruments. It lives as long as any of them.</summary>
/// <remarks>Owned by one shard's thread.</remarks>
internal sealed unsafe class InstrumentRecords(int capacity)
{
    private readonly NativeArena _arena = new((long)capacity * sizeof(InstrumentRecord));
    private int _used;

    public bool IsFull => _used == capacity;

    /// <summary>A record of no instrument: its book is not Live, and its table of guesses has level 0, which is no level, for every price.</summary>
    public InstrumentRecord* TakeNone()
    {
        var record = Take();
        record->Book.Number = OrderStore.NoBook;
        record->Book.Guesses = (uint*)&record->Trades;
        return record;
    }

    /// <summary>An empty record; not to be called where it <see cref="IsFull"/>.</summary>
    public InstrumentRecord* Take() => (InstrumentRecord*)_arena.Start + _used++;
}
