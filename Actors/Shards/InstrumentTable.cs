using System.Runtime.CompilerServices;
using FeedHandler.Codecs;

namespace FeedHandler.Actors;

/// <summary>The instruments of a shard by channel and venue id: open addressing.</summary>
/// <remarks>Owned by one shard's thread.</remarks>
internal sealed class InstrumentTable
{
    private Instrument?[] _slots = new Instrument?[256];
    private Instrument[] _all = new Instrument[128];

    /// <summary>Number of instruments.</summary>
    public int Count { get; private set; }

    /// <summary>All instruments in order of appearance.</summary>
    public ReadOnlySpan<Instrument> All => _all.AsSpan(0, Count);

    [HotPath]
    public Instrument? Find(ushort channel, uint id)
    {
        var slots = _slots;
        var mask = (uint)slots.Length - 1;
        for (var i = Hash(channel, id) & mask; ; i = (i + 1) & mask)
        {
            var found = slots[i];
            if (found is null || (found.Id == id && found.Channel == channel)) return found;
        }
    }

    /// <summary>Adds an instrument that is not there.</summary>
    [MethodImpl(MethodImplOptions.NoInlining)]
    public Instrument Add(ushort channel, uint id, int depth)
    {
        if (Count == _all.Length) Array.Resize(ref _all, Count * 2);
        if (Count * 2 >= _slots.Length) Grow();
        var instrument = new Instrument(Count, channel, id, depth);
        _all[Count++] = instrument;
        Insert(_slots, instrument);
        return instrument;
    }

    private static uint Hash(ushort channel, uint id)
    {
        var x = (id ^ ((uint)channel << 20)) * 0x9E37_79B1u;
        return x ^ (x >> 15);
    }

    private static void Insert(Instrument?[] slots, Instrument instrument)
    {
        var mask = (uint)slots.Length - 1;
        var i = Hash(instrument.Channel, instrument.Id) & mask;
        while (slots[i] is not null) i = (i + 1) & mask;
        slots[i] = instrument;
    }

    private void Grow()
    {
        var larger = new Instrument?[_slots.Length * 2];
        foreach (var instrument in All) Insert(larger, instrument);
        _slots = larger;
    }
}
