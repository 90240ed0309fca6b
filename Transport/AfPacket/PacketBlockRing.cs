using System.Runtime.InteropServices;
using FeedHandler.Codecs;

namespace FeedHandler.Transport;

/// <summary>Reads TPACKET_V3: the kernel hands over whole blocks; a block goes back when its last frame is done with.</summary>
internal unsafe struct PacketBlockRing
{
    private const uint OwnedByUser = 1;

    private readonly byte* _ring;
    private readonly int _blocks;
    private byte* _block;
    private byte* _next;
    private uint _left;
    private int _index;
    private bool _isHeld;

    public PacketBlockRing(byte* ring, int blocks)
    {
        _ring = _block = ring;
        _blocks = blocks;
    }

    /// <summary>Takes frames of one block. Ends the life of those taken before.</summary>
    [HotPath]
    public int Poll(Span<Frame> frames)
    {
        if (_left == 0 && !TakeBlock()) return 0;
        var count = (int)Math.Min(_left, (uint)frames.Length);
        var at = _next;
        for (var i = 0; i < count; i++)
        {
            var header = (FrameHeader*)at;
            ref var frame = ref frames[i];
            frame.Data = at + header->EthernetOffset;
            frame.Length = (int)header->CapturedBytes;
            frame.Link = LinkType.Ethernet;
            frame.ReceiveTimeNs = (header->Seconds * 1_000_000_000L) + header->Nanoseconds;
            at += header->NextOffset;
        }

        _next = at;
        _left -= (uint)count;
        return count;
    }

    [HotPath]
    private bool TakeBlock()
    {
        if (_isHeld) Release();
        var block = (BlockHeader*)_block;
        if ((Volatile.Read(ref block->Status) & OwnedByUser) == 0) return false;
        _isHeld = true;
        _left = block->Frames;
        _next = _block + block->FirstOffset;
        return _left != 0;
    }

    [HotPath]
    private void Release()
    {
        Volatile.Write(ref ((BlockHeader*)_block)->Status, 0);
        _isHeld = false;
        _index = _index + 1 < _blocks ? _index + 1 : 0;
        _block = _ring + ((long)_index * PacketSocket.BlockBytes);
    }

    /// <summary><c>struct tpacket_block_desc</c>, the part that is read.</summary>
    [StructLayout(LayoutKind.Explicit)]
    private struct BlockHeader
    {
        [FieldOffset(8)]
        public uint Status;

        [FieldOffset(12)]
        public uint Frames;

        [FieldOffset(16)]
        public uint FirstOffset;
    }

    /// <summary><c>struct tpacket3_hdr</c>, the part that is read.</summary>
    [StructLayout(LayoutKind.Explicit)]
    private struct FrameHeader
    {
        [FieldOffset(0)]
        public uint NextOffset;

        [FieldOffset(4)]
        public uint Seconds;

        [FieldOffset(8)]
        public uint Nanoseconds;

        [FieldOffset(12)]
        public uint CapturedBytes;

        [FieldOffset(24)]
        public ushort EthernetOffset;
    }
}
