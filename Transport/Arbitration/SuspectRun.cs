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

    private readonly int _slotBytes;
    private readonly byte[] _memory;
    private readonly KeptPacket[] _packets; // ascending
    private readonly int[] _slots;
    private int _refutation;

    public SuspectRun(int confirmPackets, int slotBytes)
    {
        _slotBytes = slotBytes;
        _packets = new KeptPacket[confirmPackets + 1];
        _slots = new int[confirmPackets + 1];
        _memory = new byte[(confirmPackets + 1) * slotBytes];
    }

    public int Count { get; private set; }

    /// <summary>Whether nothing has spoken against the run.</summary>
    public bool IsUnopposed => _refutation == 0;

    public ref readonly KeptPacket this[int index] => ref _packets[index];

    /// <summary>Whether the payload was short enough to be kept.</summary>
    public bool IsKept(int index) => _packets[index].Length <= _slotBytes;

    public ReadOnlySpan<byte> Payload(int index) => _memory.AsSpan(_slots[index] * _slotBytes, _packets[index].Length);

    public void Clear()
    {
        Count = 0;
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

        // Numbered below what was sent before it: the run is of a session that is over, too.
        if (index < Count && IsSentBefore(_packets[index], packet))
        {
            Clear();
            index = 0;
        }

        if (index > 0 && _packets[index - 1].Position != packet.Position && IsSentBefore(packet, _packets[index - 1])) return SuspectVerdict.Copy;
        if (index > 0 && _packets[index - 1].Position == packet.Position)
        {
            ref readonly var twin = ref _packets[index - 1];
            var agrees = twin.Line != packet.Line && twin.Length == payload.Length && twin.End == packet.End;
            return agrees ? SuspectVerdict.Confirmed : SuspectVerdict.Copy;
        }

        // Slots are handed out in order of arrival: the run is confirmed before they run out.
        var slot = Count;
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
        return Count == _packets.Length ? SuspectVerdict.Confirmed : SuspectVerdict.Pending;
    }

    private static bool IsSentBefore(in KeptPacket a, in KeptPacket b) => a.SendingTimeNs < b.SendingTimeNs && a.SendingTimeNs != 0;
}
