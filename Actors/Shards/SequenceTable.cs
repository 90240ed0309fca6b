using System.Runtime.CompilerServices;
using FeedHandler.Codecs;

namespace FeedHandler.Actors;

/// <summary>The last sequence number of each instrument of a channel, and the packet that showed it: open addressing, bounded.</summary>
/// <remarks>
/// A shard keeps one for the instruments of the other shards. Whether the channel was reset inside a gap shows at any
/// instrument; every shard must see it at the same update, or the result would depend on the number of shards.
/// Owned by one shard's thread.
/// </remarks>
internal sealed class SequenceTable(int maxInstruments)
{
    private Slot[] _slots = new Slot[256];
    private int _count;

    private struct Slot
    {
        public uint Instrument;
        public uint Sequence;
        public uint Packet;
    }

    /// <summary>Takes an instrument's sequence number.</summary>
    /// <returns>Whether it shows that the sequence began again inside the gap that ended at <paramref name="completeFrom"/>.</returns>
    [HotPath]
    public bool Advance(uint instrument, uint sequence, uint packet, uint completeFrom)
    {
        ref var slot = ref Find(_slots, instrument);
        if (slot.Instrument == 0 && !Enter(ref slot, instrument)) return false;
        var wentBack = WentBack(slot.Sequence, slot.Packet, sequence, completeFrom);
        slot.Sequence = sequence;
        slot.Packet = packet;
        return wentBack;
    }

    /// <summary>The sequence was at <paramref name="known"/> before the last gap, and is not beyond that now.</summary>
    [HotPath]
    public static bool WentBack(uint known, uint knownPacket, uint sequence, uint completeFrom) =>
        (int)(sequence - known) <= 0 && known != 0 && (int)(knownPacket - completeFrom) < 0;

    /// <summary>The channel begins again.</summary>
    public void Clear()
    {
        Array.Clear(_slots);
        _count = 0;
    }

    [HotPath]
    private static ref Slot Find(Slot[] slots, uint instrument)
    {
        var mask = (uint)slots.Length - 1;
        var hash = instrument * 0x9E37_79B1u;
        var i = (hash ^ (hash >> 15)) & mask;
        while (slots[i].Instrument != instrument && slots[i].Instrument != 0) i = (i + 1) & mask;
        return ref slots[i];
    }

    [MethodImpl(MethodImplOptions.NoInlining)]
    private bool Enter(ref Slot slot, uint instrument)
    {
        if (_count == maxInstruments) return false;
        if (++_count * 2 > _slots.Length)
        {
            var larger = new Slot[_slots.Length * 2];
            foreach (ref readonly var known in _slots.AsSpan())
            {
                if (known.Instrument != 0) Find(larger, known.Instrument) = known;
            }

            _slots = larger;
            slot = ref Find(larger, instrument);
        }

        slot.Instrument = instrument;
        return true;
    }
}
