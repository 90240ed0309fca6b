using System.Runtime.InteropServices;
using FeedHandler.Codecs;

namespace FeedHandler.Transport;

/// <summary>Reads TPACKET_V2: the kernel hands over frame by frame; those of a poll go back at the next one.</summary>
internal unsafe struct PacketFrameRing(byte* ring, int frameBytes, int capacity)
{
    private const uint OwnedByUser = 1;

    private int _next;
    private int _held;

    /// <summary>Takes the frames that are there. Ends the life of those taken before.</summary>
    [HotPath]
    public int Poll(Span<Frame> frames)
    {
        Release();
        var count = 0;
        while (count < frames.Length)
        {
            var at = ring + ((long)_next * frameBytes);
            var header = (FrameHeader*)at;
            if ((Volatile.Read(ref header->Status) & OwnedByUser) == 0) break;
            ref var frame = ref frames[count];
            frame.Data = at + header->EthernetOffset;
            frame.Length = (int)header->CapturedBytes;
            frame.Link = LinkType.Ethernet;
            frame.ReceiveTimeNs = (header->Seconds * 1_000_000_000L) + header->Nanoseconds;
            CacheLines.Prefetch(frame.Data);
            _next = _next + 1 < capacity ? _next + 1 : 0;
            count++;
        }

        _held = count;
        return count;
    }

    [HotPath]
    private void Release()
    {
        var first = _next - _held;
        if (first < 0) first += capacity;
        for (; _held > 0; _held--)
        {
            Volatile.Write(ref ((FrameHeader*)(ring + ((long)first * frameBytes)))->Status, 0);
            first = first + 1 < capacity ? first + 1 : 0;
        }
    }

    /// <summary><c>struct tpacket2_hdr</c>, the part that is read.</summary>
    [StructLayout(LayoutKind.Explicit)]
    private struct FrameHeader
    {
        [FieldOffset(0)]
        public uint Status;

        [FieldOffset(8)]
        public uint CapturedBytes;

        [FieldOffset(12)]
        public ushort EthernetOffset;

        [FieldOffset(16)]
        public uint Seconds;

        [FieldOffset(20)]
        public uint Nanoseconds;
    }
}
