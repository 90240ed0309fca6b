namespace FeedHandler.Transport;

/// <summary>What is known of a kept packet. Positions are sequence numbers extended to 64 bits.</summary>
internal struct KeptPacket
{
    public ulong Position;
    public ulong End;
    public ulong SendingTimeNs;
    public long ReceiveTimeNs;
    public int Line;
    public int Length;
}

internal enum WindowInsert
{
    Held,
    Duplicate,
    NoRoom,
}

/// <summary>Packets ahead of the expected sequence number, copied and sorted. Memory is taken once.</summary>
internal sealed class ReorderWindow
{
    /// <summary>Greatest UDP payload, rounded up to what a 16-bit length can say.</summary>
    public const int MaxPayloadBytes = 65_535;

    private readonly int _slotBytes;
    private readonly byte[] _memory;
    private readonly byte[] _oversize = new byte[MaxPayloadBytes];
    private readonly KeptPacket[] _slots;
    private readonly int[] _free;
    private readonly int[] _order; // ring of slot numbers, by position
    private readonly int _orderMask;
    private readonly int _oversizeSlot;
    private int _freeCount;
    private int _first;
    private bool _oversizeUsed;

    public ReorderWindow(int slots, int slotBytes)
    {
        _slotBytes = slotBytes;
        _memory = new byte[slots * slotBytes];
        _slots = new KeptPacket[slots + 1];
        _oversizeSlot = slots;
        _free = new int[slots];
        for (var i = 0; i < slots; i++) _free[i] = slots - 1 - i;
        _freeCount = slots;
        _order = new int[System.Numerics.BitOperations.RoundUpToPowerOf2((uint)slots + 1)];
        _orderMask = _order.Length - 1;
    }

    public int Count { get; private set; }

    /// <summary>Whether the only place for a packet longer than a slot is taken.</summary>
    public bool IsOversizeUsed => _oversizeUsed;

    public ref readonly KeptPacket this[int index] => ref _slots[SlotAt(index)];

    public int SlotAt(int index) => _order[(_first + index) & _orderMask];

    public ReadOnlySpan<byte> Payload(int slot) => Memory(slot)[.._slots[slot].Length];

    public WindowInsert Insert(in KeptPacket packet, ReadOnlySpan<byte> payload)
    {
        // Packets mostly come ascending, so the search from the end is short.
        var index = Count;
        while (index > 0 && this[index - 1].Position > packet.Position) index--;
        for (var i = index - 1; i >= 0 && this[i].Position == packet.Position; i--)
        {
            if (this[i].End >= packet.End) return WindowInsert.Duplicate;
        }

        int slot;
        if (payload.Length <= _slotBytes)
        {
            if (_freeCount == 0) return WindowInsert.NoRoom;
            slot = _free[--_freeCount];
        }
        else
        {
            if (_oversizeUsed || payload.Length > MaxPayloadBytes) return WindowInsert.NoRoom;
            _oversizeUsed = true;
            slot = _oversizeSlot;
        }

        _slots[slot] = packet;
        _slots[slot].Length = payload.Length;
        payload.CopyTo(Memory(slot));
        for (var i = Count; i > index; i--) _order[(_first + i) & _orderMask] = SlotAt(i - 1);
        _order[(_first + index) & _orderMask] = slot;
        Count++;
        return WindowInsert.Held;
    }

    /// <summary>Removes the first packet. Its payload stays readable until the next insertion.</summary>
    public void RemoveFirst()
    {
        Release(SlotAt(0));
        _first = (_first + 1) & _orderMask;
        Count--;
    }

    public void RemoveLast()
    {
        Release(SlotAt(Count - 1));
        Count--;
    }

    public long EarliestReceiveTimeNs()
    {
        var earliest = long.MaxValue;
        for (var i = 0; i < Count; i++) earliest = Math.Min(earliest, this[i].ReceiveTimeNs);
        return earliest;
    }

    private Span<byte> Memory(int slot) => slot == _oversizeSlot ? _oversize : _memory.AsSpan(slot * _slotBytes, _slotBytes);

    private void Release(int slot)
    {
        if (slot == _oversizeSlot) _oversizeUsed = false;
        else _free[_freeCount++] = slot;
    }
}
