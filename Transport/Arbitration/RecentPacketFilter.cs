using FeedHandler.Codecs;

namespace FeedHandler.Transport;

/// <summary>Drops the second copy of packets of a loop feed (snapshots, definitions).</summary>
/// <remarks>
/// Such a feed numbers its packets from 1 again each cycle, and its lines may be in different cycles, so there is no order to arbitrate:
/// a packet is a copy only if sequence number and send time are both equal to one that was just accepted.
/// The table forgets, but never drops anything new. Owned by one RX core; does not allocate after construction.
/// </remarks>
public sealed class RecentPacketFilter
{
    // Far above the packets by which two lines differ; 16 KiB stay in the first two cache levels.
    private const int Entries = 1024;

    private readonly Entry[] _entries = new Entry[Entries];

    /// <summary>Packets recognised as copies.</summary>
    public long Duplicates { get; private set; }

    /// <summary>Says whether the packet was accepted lately; if not, remembers it.</summary>
    /// <param name="sequence">The packet's sequence number in its cycle.</param>
    /// <param name="sendingTimeNs">The venue's send time. 0 means unknown: then no two packets are ever equal.</param>
    [HotPath]
    public bool IsDuplicate(uint sequence, ulong sendingTimeNs)
    {
        ref var entry = ref _entries[sequence & (Entries - 1)];
        if (entry.SendingTimeNs == sendingTimeNs && entry.Sequence == sequence && sendingTimeNs != 0)
        {
            Duplicates++;
            return true;
        }

        entry.SendingTimeNs = sendingTimeNs;
        entry.Sequence = sequence;
        return false;
    }

    private struct Entry
    {
        public ulong SendingTimeNs;
        public uint Sequence;
    }
}
