using System.Runtime.CompilerServices;
using System.Runtime.InteropServices;
using FeedHandler.Codecs;

namespace FeedHandler.Actors;

/// <summary>The instruments of a shard by channel and venue id: open addressing.</summary>
/// <remarks>Owned by one shard's thread.</remarks>
internal sealed unsafe class InstrumentTable
{
    private Slot[] _slots = new Slot[256];
    private Instrument[] _all = new Instrument[128];
    private InstrumentRecord*[] _records = new InstrumentRecord*[128];
    private InstrumentRecords _free = new(RecordsAtOnce);

    private const int RecordsAtOnce = 1024;

    /// <summary>Number of instruments.</summary>
    public int Count { get; private set; }

    /// <summary>All instruments in order of appearance.</summary>
    public ReadOnlySpan<Instrument> All => _all.AsSpan(0, Count);

    /// <summary>The instrument of an index that <see cref="IndexOf"/> gave.</summary>
    [HotPath]
    [MethodImpl(MethodImplOptions.AggressiveInlining)]
    public Instrument At(int index) => Unsafe.Add(ref MemoryMarshal.GetArrayDataReference(_all), index);

    private struct Slot
    {
        public uint Id;
        public ushort Channel;

        /// <summary>Index + 1; 0: a free slot.</summary>
        public int Number;
    }

    [HotPath]
    public Instrument? Find(ushort channel, uint id) => IndexOf(channel, id) is var index && index >= 0 ? _all[index] : null;

    /// <summary>Index of an instrument, without a look at it; -1: none.</summary>
    [HotPath]
    [MethodImpl(MethodImplOptions.AggressiveInlining)]
    public int IndexOf(ushort channel, uint id)
    {
        var slots = _slots;
        var mask = (uint)slots.Length - 1;
        for (var i = Hash(channel, id) & mask; ; i = (i + 1) & mask)
        {
            ref readonly var slot = ref Unsafe.Add(ref MemoryMarshal.GetArrayDataReference(slots), i);
            if (slot.Number == 0 || (slot.Id == id && slot.Channel == channel)) return slot.Number - 1;
        }
    }

    /// <summary>Asks for what an order update touches of an instrument.</summary>
    /// <returns>Its order book; null: none.</returns>
    [HotPath]
    [MethodImpl(MethodImplOptions.AggressiveInlining)]
    public BookHeader* AskFor(int index)
    {
        var record = _records[index];
        InstrumentRecord.Ask(record);
        return record->Hot.Book;
    }

    /// <summary>Adds an instrument that is not there.</summary>
    [MethodImpl(MethodImplOptions.NoInlining)]
    public Instrument Add(ShardChannel channel, uint id)
    {
        if (Count == _all.Length) GrowAll();
        if (Count * 2 >= _slots.Length) Grow();
        if (_free.IsFull) _free = new InstrumentRecords(RecordsAtOnce);
        var instrument = new Instrument(Count, channel, id, _free);
        _records[Count] = instrument.Record;
        _all[Count++] = instrument;
        Insert(_slots, instrument);
        return instrument;
    }

    /// <summary>Ids that are counted up, as those of most venues, lie side by side and never collide; the rest spreads by its upper bits.</summary>
    [MethodImpl(MethodImplOptions.AggressiveInlining)]
    private static uint Hash(ushort channel, uint id) => id + ((id >> 16) * 0x9E37_79B1u) + (channel * 0x85EB_CA6Bu);

    private static void Insert(Slot[] slots, Instrument instrument)
    {
        var mask = (uint)slots.Length - 1;
        var i = Hash(instrument.Channel, instrument.Id) & mask;
        while (slots[i].Number != 0) i = (i + 1) & mask;
        slots[i] = new Slot { Id = instrument.Id, Channel = instrument.Channel, Number = instrument.Index + 1 };
    }

    private void GrowAll()
    {
        Array.Resize(ref _all, Count * 2);
        var records = new InstrumentRecord*[Count * 2];
        for (var i = 0; i < Count; i++) records[i] = _records[i];
        _records = records;
    }

    private void Grow()
    {
        var larger = new Slot[_slots.Length * 2];
        foreach (var instrument in All) Insert(larger, instrument);
        _slots = larger;
    }
}
