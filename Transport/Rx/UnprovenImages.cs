using FeedHandler.Codecs;

namespace FeedHandler.Transport;

/// <summary>Packets of the snapshot loops that name numbers of the incremental feed which no packet has shown yet.</summary>
/// <remarks>
/// One packet alone must not be believed that so much exists: it would make a gap of what is still to come, and a book that
/// includes it. So it waits until another packet of a loop names at least as much, the other line brings the same packet, or
/// the feed itself gets there. Bounded in number and time; what is not proven is dropped, as the loops come again. Owned by
/// one RX core; does not allocate after construction.
/// </remarks>
internal sealed class UnprovenImages
{
    /// <summary>More than the packets by which a loop is ahead of its feed at any time.</summary>
    private const int Capacity = 16;

    /// <summary>An Ethernet frame; longer packets do not wait.</summary>
    private const int SlotBytes = 2048;

    /// <summary>Far above what a loop is ahead by, and above the pauses between its packets; a lie is forgotten after it.</summary>
    private const long KeptNs = 1_000_000_000;

    /// <summary>
    /// A loop may be slower than that, and while a channel is quiet it names the same number again and again. So what the last
    /// packet named that was dropped is kept for these many packets of loops: two lies name the same number only by chance.
    /// </summary>
    private const uint RememberedPackets = 4;

    private const long RememberedNs = 10_000_000_000;

    private readonly Entry[] _entries = new Entry[Capacity];
    private Entry _dropped;
    private readonly byte[] _bytes = new byte[Capacity * SlotBytes];

    /// <summary>Packets that wait.</summary>
    public int Count { get; private set; }

    /// <summary>The bytes of a packet that <see cref="TryTake"/> gave. Valid until the next one is added.</summary>
    public ReadOnlySpan<byte> Payload(in Entry entry) => _bytes.AsSpan(entry.Slot * SlotBytes, entry.Length);

    /// <summary>Adds a packet: it and those that wait are witnesses of one another.</summary>
    /// <returns>False where there is no room for it to wait.</returns>
    public bool TryAdd(Entry packet, ReadOnlySpan<byte> payload)
    {
        if (Remembers(packet)) packet.Prove(Math.Min(packet.SendingTimeNs, _dropped.SendingTimeNs));
        for (var i = 0; i < Count; i++)
        {
            ref var other = ref _entries[i];
            var sentNs = Math.Min(packet.SendingTimeNs, other.SendingTimeNs);
            if (other.Position >= packet.Position) packet.Prove(sentNs);
            if (other.Position <= packet.Position) other.Prove(sentNs);
        }

        if (payload.Length > SlotBytes || Count == Capacity) return false;
        packet.Slot = FreeSlot();
        packet.Length = payload.Length;
        payload.CopyTo(_bytes.AsSpan(packet.Slot * SlotBytes));
        _entries[Count++] = packet;
        return true;
    }

    private bool Remembers(in Entry packet) =>
        _dropped.ReceiveTimeNs != 0 && packet.Position == _dropped.Position && packet.Number - _dropped.Number <= RememberedPackets && packet.ReceiveTimeNs - _dropped.ReceiveTimeNs < RememberedNs;

    /// <summary>The same packet came again: a witness where it is the other line that brings it.</summary>
    public void OnCopy(FeedRole role, int line, ReadOnlySpan<byte> payload)
    {
        for (var i = 0; i < Count; i++)
        {
            ref var entry = ref _entries[i];
            if (entry.Role == role && entry.Line != line && Payload(entry).SequenceEqual(payload)) entry.Prove(entry.SendingTimeNs);
        }
    }

    /// <summary>Takes the oldest packet that is proven, or has waited for too long.</summary>
    /// <param name="arbiter">Knows how far the feed is.</param>
    /// <param name="nowNs">Receive time.</param>
    /// <param name="taken">The packet.</param>
    /// <param name="isProven">Whether it is proven; else it is to be dropped.</param>
    public bool TryTake(LineArbiter arbiter, long nowNs, out Entry taken, out bool isProven)
    {
        for (var i = 0; i < Count; i++)
        {
            taken = _entries[i];
            var isOld = nowNs - taken.ReceiveTimeNs >= KeptNs;
            isProven = !isOld && (taken.IsProven || !arbiter.IsAhead(taken.Named, out _));
            if (!isProven && !isOld) continue;
            RemoveAt(i);
            if (!isProven) _dropped = taken;
            return true;
        }

        taken = default;
        isProven = false;
        return false;
    }

    /// <summary>Another session begins: nothing that was named has a meaning.</summary>
    public void Clear()
    {
        Count = 0;
        _dropped = default;
    }

    private void RemoveAt(int index)
    {
        Count--;
        _entries.AsSpan(index + 1, Count - index).CopyTo(_entries.AsSpan(index));
    }

    private int FreeSlot()
    {
        var used = 0;
        for (var i = 0; i < Count; i++) used |= 1 << _entries[i].Slot;
        return System.Numerics.BitOperations.TrailingZeroCount(~used);
    }

    /// <summary>One packet.</summary>
    public struct Entry
    {
        /// <summary>Its feed and line.</summary>
        public FeedRole Role;

        /// <inheritdoc cref="Role"/>
        public int Line;

        /// <summary>Its number among all packets of the channel's snapshot loops.</summary>
        public uint Number;

        /// <summary>Its own number in the loop.</summary>
        public ulong Sequence;

        /// <summary>Highest number of the incremental feed that it says to include.</summary>
        public ulong Named;

        /// <summary>The same as the arbiter's position.</summary>
        public ulong Position;

        /// <summary>Venue's send time.</summary>
        public ulong SendingTimeNs;

        /// <summary>When it came.</summary>
        public long ReceiveTimeNs;

        internal int Slot;
        internal int Length;
        private ulong _witnessedNs;

        /// <summary>Whether somebody else says the same.</summary>
        public bool IsProven { get; private set; }

        /// <summary>When what it names existed, by the earlier of the two that say so.</summary>
        public readonly ulong WitnessedNs => IsProven ? _witnessedNs : SendingTimeNs;

        internal void Prove(ulong sentNs)
        {
            _witnessedNs = Math.Min(WitnessedNs, sentNs);
            IsProven = true;
        }
    }
}
