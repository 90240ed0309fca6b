using System.Runtime.InteropServices;
using FeedHandler.Codecs;

namespace FeedHandler.Transport;

/// <summary>A receive ring in the memory that netmap shares: slots from head up to tail are ours.</summary>
internal unsafe struct NetmapRing
{
    private readonly Header* _ring;
    private readonly Slot* _slots;
    private readonly byte* _buffers;
    private readonly uint _slotCount;
    private readonly uint _bufferBytes;
    private uint _next;

    /// <summary>Finds the ring's parts.</summary>
    /// <param name="ring">The ring in shared memory.</param>
    /// <param name="memory">Start of that memory, which nothing of the ring may lie outside of.</param>
    /// <param name="memoryBytes">Its size.</param>
    /// <exception cref="TransportException">The memory does not hold such a ring.</exception>
    public NetmapRing(byte* ring, byte* memory, ulong memoryBytes)
    {
        _ring = (Header*)ring;
        _slots = (Slot*)(ring + sizeof(Header));
        _slotCount = _ring->Slots;
        _bufferBytes = _ring->BufferBytes;
        _buffers = ring + _ring->BuffersOffset;
        _next = _ring->Head;
        var at = (ulong)(ring - memory);
        if (_slotCount < 2 || _bufferBytes < 64 || at + (ulong)sizeof(Header) + (_slotCount * (ulong)sizeof(Slot)) > memoryBytes || _next >= _slotCount)
            throw new TransportException("netmap", $"the ring has {_slotCount} slots of {_bufferBytes} bytes, which its memory does not hold", "is the module of another version?");
        BufferCount = (memoryBytes - at - (ulong)_ring->BuffersOffset) / _bufferBytes;
    }

    /// <summary>Buffers that the memory holds, counted from the ring's first.</summary>
    public ulong BufferCount { get; }

    /// <summary>Whether the kernel has nothing more for us before the next sync.</summary>
    public readonly bool IsEmpty => _next == Volatile.Read(ref _ring->Tail);

    /// <summary>Slots that hold frames not yet taken.</summary>
    public readonly uint Waiting => (Volatile.Read(ref _ring->Tail) + _slotCount - _next) % _slotCount;

    /// <summary>Takes the frames that are there.</summary>
    [HotPath]
    public int Poll(Span<Frame> frames)
    {
        var tail = Volatile.Read(ref _ring->Tail);
        if (tail >= _slotCount) return 0;
        var timeNs = (_ring->Seconds * 1_000_000_000) + (_ring->Microseconds * 1_000);
        var count = 0;
        while (_next != tail && count < frames.Length)
        {
            var slot = _slots + _next;
            ref var frame = ref frames[count];
            frame.Link = LinkType.Ethernet;
            frame.ReceiveTimeNs = timeNs;

            // The kernel wrote it, but a length is never trusted: what does not fit is an empty frame, counted as truncated.
            var isGood = slot->Buffer < BufferCount && slot->Bytes <= _bufferBytes;
            frame.Data = isGood ? _buffers + ((ulong)slot->Buffer * _bufferBytes) : (byte*)_ring;
            frame.Length = isGood ? slot->Bytes : 0;
            CacheLines.Prefetch(frame.Data);
            _next = _next + 1 < _slotCount ? _next + 1 : 0;
            count++;
        }

        return count;
    }

    /// <summary>The frames taken so far are done with: their slots go back at the next sync.</summary>
    [HotPath]
    public readonly void Release()
    {
        _ring->Current = _next;
        Volatile.Write(ref _ring->Head, _next);
    }

    /// <summary><c>struct netmap_ring</c> up to its slots.</summary>
    [StructLayout(LayoutKind.Explicit, Size = 256)]
    internal struct Header
    {
        [FieldOffset(0)]
        public long BuffersOffset;

        [FieldOffset(8)]
        public uint Slots;

        [FieldOffset(12)]
        public uint BufferBytes;

        [FieldOffset(20)]
        public uint Head;

        [FieldOffset(24)]
        public uint Current;

        [FieldOffset(28)]
        public uint Tail;

        [FieldOffset(32)]
        public uint Flags;

        [FieldOffset(40)]
        public long Seconds;

        [FieldOffset(48)]
        public long Microseconds;
    }

    /// <summary><c>struct netmap_slot</c>.</summary>
    [StructLayout(LayoutKind.Sequential)]
    internal struct Slot
    {
        public uint Buffer;
        public ushort Bytes;
        public ushort Flags;
        public ulong Pointer;
    }
}
