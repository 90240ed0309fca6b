namespace FeedHandler.Transport;

internal enum SuspectVerdict
{
    Pending,
    Copy,
    Confirmed,
}

/// <summary>
/// Packets whose sequence numbers are far from the expected one. They are the beginning of a jump or restart, or they are forged:
/// what comes next tells. Positions here are sequence numbers as on the wire.
/// </summary>
internal sealed class SuspectRun
{
    // A line that goes on near the expected sequence after a suspect did not jump: 8 such packets refute it. (Some may: reordering at the border.)
    // The other line may lag behind a true jump, so its packets weigh little.
    private const int RefutedAt = 1024;
    private const int SameLineWeight = RefutedAt / 8;

    // Neighbours of one run: far above what is lost while four packets arrive, far below what chance brings together.
    private const ulong MaxHole = 1024;

    // Packets that are far from one another, but agree in number and time. Forged ones rarely ascend for so long; a
    // capture that was filtered always does.
    private const int SparsePackets = 8;

    private readonly int _slotBytes;
    private readonly int _confirmPackets;
    private readonly byte[] _memory;
    private readonly KeptPacket[] _packets; // ascending
    private readonly int[] _slots; // every slot number once; those from Count on are free
    private int _refutation;

    public SuspectRun(int confirmPackets, int slotBytes)
    {
        var capacity = Capacity(confirmPackets);
        _slotBytes = slotBytes;
        _confirmPackets = confirmPackets;
        _packets = new KeptPacket[capacity];
        _slots = new int[capacity];
        for (var i = 0; i < capacity; i++) _slots[i] = i;
        _memory = new byte[capacity * slotBytes];
    }

    /// <summary>Packets that a run with this many confirming packets keeps at most.</summary>
    public static int Capacity(int confirmPackets) => Math.Max(confirmPackets + 1, SparsePackets);

    public int Count { get; private set; }

    /// <summary>How many of the first packets the last confirmation covers; what lies far above them is as suspect as before.</summary>
    public int Confirmed { get; private set; }

    /// <summary>Whether nothing has spoken against the run.</summary>
    public bool IsUnopposed => _refutation == 0;

    public ref readonly KeptPacket this[int index] => ref _packets[index];

    /// <summary>Whether the payload was short enough to be kept.</summary>
    public bool IsKept(int index) => _packets[index].Length <= _slotBytes;

    public ReadOnlySpan<byte> Payload(int index) => _memory.AsSpan(_slots[index] * _slotBytes, _packets[index].Length);

    public void Clear()
    {
        Count = Confirmed = 0;
        _refutation = 0;
    }

    /// <summary>Takes note of a credible packet, which speaks against the run.</summary>
    public void Oppose(int line, ulong sendingTimeNs)
    {
        // Sent later, yet numbered as before: the sequence did not jump when the suspect was sent.
        var first = _packets[0].SendingTimeNs;
        if (sendingTimeNs > first && first != 0)
        {
            Clear();
            return;
        }

        _refutation += line == _packets[Count - 1].Line ? SameLineWeight : 1;
        if (_refutation >= RefutedAt) Clear();
    }

    /// <summary>Takes a suspect that is at most <paramref name="reorder"/> below the run; one further below starts the run anew.</summary>
    public SuspectVerdict Add(in KeptPacket packet, ReadOnlySpan<byte> payload, uint reorder)
    {
        // Far below the run: one of them is wrong, and the later one has the benefit of the doubt.
        if (Count > 0 && packet.Position < _packets[0].Position && _packets[0].Position - packet.Position > reorder) Clear();

        var index = Count;
        while (index > 0 && _packets[index - 1].Position > packet.Position) index--;

        if (index < Count && IsSentBefore(_packets[index], packet))
        {
            // Numbered below what was sent before it: either those above never were of this run, or the whole run is of a
            // session that is over, too.
            if (index > 0 && !AreNeighbours(index - 1)) Count = index;
            else Clear();
            index = Count;
        }

        if (index > 0 && _packets[index - 1].Position != packet.Position && IsSentBefore(packet, _packets[index - 1])) return SuspectVerdict.Copy;
        if (index > 0 && _packets[index - 1].Position == packet.Position)
        {
            ref readonly var twin = ref _packets[index - 1];
            var agrees = twin.Line != packet.Line && twin.Length == payload.Length && twin.End == packet.End;
            if (!agrees) return SuspectVerdict.Copy;
            Confirmed = ClusterEnd(index - 1);
            return SuspectVerdict.Confirmed;
        }

        // There is one: a run that is full is confirmed.
        var slot = _slots[Count];
        for (var i = Count; i > index; i--)
        {
            _packets[i] = _packets[i - 1];
            _slots[i] = _slots[i - 1];
        }

        _packets[index] = packet;
        _packets[index].Length = payload.Length;
        _slots[index] = slot;
        if (payload.Length <= _slotBytes) payload.CopyTo(_memory.AsSpan(slot * _slotBytes));
        _refutation = 0;
        Count++;
        return IsConfirmedBy(index) ? SuspectVerdict.Confirmed : SuspectVerdict.Pending;
    }

    /// <summary>Forgets the packets that the last confirmation covered.</summary>
    public void RemoveConfirmed()
    {
        var count = Confirmed;
        Count -= count;
        for (var i = 0; i < Count; i++)
        {
            _packets[i] = _packets[i + count];
            (_slots[i], _slots[i + count]) = (_slots[i + count], _slots[i]);
        }

        Confirmed = 0;
        _refutation = 0;
    }

    /// <summary>Takes everything that is kept for confirmed: nothing more will come to tell.</summary>
    public void ConfirmAll() => Confirmed = Count;

    private bool IsConfirmedBy(int index)
    {
        Confirmed = ClusterEnd(index);
        var start = index;
        while (start > 0 && AreNeighbours(start - 1)) start--;
        if (Confirmed - start > _confirmPackets) return true;
        Confirmed = Count;
        return Count == _packets.Length;
    }

    /// <summary>Where the neighbours of a packet end.</summary>
    private int ClusterEnd(int index)
    {
        while (index + 1 < Count && AreNeighbours(index)) index++;
        return index + 1;
    }

    private bool AreNeighbours(int index) => _packets[index + 1].Position - _packets[index].Position <= MaxHole;

    private static bool IsSentBefore(in KeptPacket a, in KeptPacket b) => a.SendingTimeNs < b.SendingTimeNs && a.SendingTimeNs != 0;
}
