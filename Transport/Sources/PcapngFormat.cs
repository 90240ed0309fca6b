using System.Buffers.Binary;
using System.Runtime.CompilerServices;
using FeedHandler.Codecs;

namespace FeedHandler.Transport;

/// <summary>pcapng: sections of blocks, each in its own byte order and with its own interfaces.</summary>
internal sealed unsafe class PcapngFormat : CaptureFormat
{
    /// <summary>Block type of a section header; reads the same in both byte orders.</summary>
    public const uint SectionHeaderType = 0x0a0d_0d0a;

    /// <summary>More is not a capture but an attack on memory.</summary>
    public const int MaxInterfaces = 4096;

    private const uint InterfaceType = 1;
    private const uint OldPacketType = 2;
    private const uint SimplePacketType = 3;
    private const uint StatisticsType = 5;
    private const uint EnhancedPacketType = 6;

    private const uint ByteOrderMagic = 0x1a2b_3c4d;
    private const int MinBlockBytes = 12;
    private const int MinSectionHeaderBytes = 28;
    private const int MinInterfaceBytes = 20;
    private const int MinStatisticsBytes = 24;
    private const int MinSimplePacketBytes = 16;
    private const int MinPacketBytes = 32;
    private const int PacketDataOffset = 28;
    private const int SimplePacketDataOffset = 12;
    private const ushort UnknownDropCount = 0xffff;

    private const int OptionTimeResolution = 9;
    private const int OptionTimeOffset = 14;
    private const int OptionInterfaceDrops = 5;
    private const int OptionSystemDrops = 7;

    /// <summary>Blocks without a packet that one poll reads: a file full of them must not hold the caller.</summary>
    private const int MaxOtherBlocksPerPoll = 4096;

    private PcapngInterface[] _interfaces = new PcapngInterface[4];
    private int _interfaceCount;
    private bool _swapped;
    private long _lastTimeNs;
    private long _bytesToSkip;

    private PcapngFormat() { }

    /// <summary>Reads the first section header and moves the window behind it.</summary>
    /// <returns>The format, or null with a reason.</returns>
    public static PcapngFormat? Open(CaptureWindow window, out string reason)
    {
        var format = new PcapngFormat();
        int count = 0;
        CaptureStop stop = format.ReadOther(window, window.Current, default, ref count);
        reason = stop switch
        {
            CaptureStop.NeedsBytes => $"pcapng section header cut: {window.Available} of {format.RecordBytes} bytes are there",
            CaptureStop.Faulted => format.Fault,
            _ => "",
        };
        return stop == CaptureStop.Paused ? format : null;
    }

    [HotPath]
    public override CaptureStop Read(CaptureWindow window, Span<Frame> frames, out int count)
    {
        count = 0;
        // What lies in a block that is skipped may look like blocks.
        if (_bytesToSkip > 0 && Skip(window) != CaptureStop.Paused)
            return CaptureStop.NeedsBytes;
        int otherBlocks = 0;
        while (count < frames.Length && otherBlocks < MaxOtherBlocksPerPoll)
        {
            byte* at = window.Current;
            if (window.Available >= MinPacketBytes && Read32(at) == EnhancedPacketType)
            {
                uint blockBytes = Read32(at + 4);
                uint length = Read32(at + 20);
                uint interfaceId = Read32(at + 8);
                if (blockBytes - MinPacketBytes <= MaxRecordBytes - MinPacketBytes && blockBytes % 4 == 0
                    && blockBytes <= window.Available && Read32(at + blockBytes - 4) == blockBytes
                    && length <= MaxPacketBytes && length <= blockBytes - MinPacketBytes && interfaceId < (uint)_interfaceCount)
                {
                    PrefetchBehind(at, blockBytes);
                    GiveFrame(ref frames[count++], at, interfaceId, length);
                    window.Current = at + blockBytes;
                    continue;
                }
            }

            otherBlocks++;
            CaptureStop stop = ReadOther(window, at, frames, ref count);
            if (stop != CaptureStop.Paused)
                return stop;
        }

        return CaptureStop.Paused;
    }

    [MethodImpl(MethodImplOptions.AggressiveInlining)]
    private uint Read32(byte* at) => _swapped ? BinaryPrimitives.ReverseEndianness(*(uint*)at) : *(uint*)at;

    [MethodImpl(MethodImplOptions.AggressiveInlining)]
    private ushort Read16(byte* at) => _swapped ? BinaryPrimitives.ReverseEndianness(*(ushort*)at) : *(ushort*)at;

    private ulong Read64(byte* at) => _swapped ? BinaryPrimitives.ReverseEndianness(*(ulong*)at) : *(ulong*)at;

    [MethodImpl(MethodImplOptions.AggressiveInlining)]
    private void GiveFrame(ref Frame frame, byte* at, uint interfaceId, uint length)
    {
        ref PcapngInterface from = ref _interfaces[interfaceId];
        frame.Data = at + PacketDataOffset;
        frame.Length = (int)length;
        frame.Link = from.Link;
        frame.ReceiveTimeNs = _lastTimeNs = from.ToNs((ulong)Read32(at + 12) << 32 | Read32(at + 16));
    }

    /// <summary>Reads one block of any kind; finds the reason where the hot path refused one.</summary>
    [MethodImpl(MethodImplOptions.NoInlining)]
    private CaptureStop ReadOther(CaptureWindow window, byte* at, Span<Frame> frames, ref int count)
    {
        if (window.Available < MinBlockBytes)
            return Cut("block header", MinBlockBytes);

        uint type = Read32(at);
        if (type == SectionHeaderType && !TryReadByteOrder(at))
            return Wrong($"section header with byte-order magic 0x{Read32(at + 8):x8}");
        uint blockBytes = Read32(at + 4);
        if (blockBytes < MinBlockBytes || blockBytes % 4 != 0)
            return Wrong($"block length {blockBytes}: the file is corrupt here");

        int minBytes = MinBytes(type);
        if (blockBytes < minBytes)
            return Wrong($"block of type {type} with {blockBytes} bytes: it has {minBytes} at least");
        if (blockBytes > MaxRecordBytes)
        {
            if (minBytes > MinBlockBytes)
                return Wrong($"block of type {type} with {blockBytes} bytes is beyond {MaxRecordBytes}: the file is corrupt here");
            RecordBytes = _bytesToSkip = blockBytes;
            return Skip(window);
        }

        if (blockBytes > window.Available)
            return Cut("block", blockBytes);
        if (Read32(at + blockBytes - 4) != blockBytes)
            return Wrong($"block length is {blockBytes} in front and {Read32(at + blockBytes - 4)} behind: the file is corrupt here");

        CaptureStop stop = type switch
        {
            SectionHeaderType => ReadSectionHeader(at),
            InterfaceType => ReadInterface(at, blockBytes),
            EnhancedPacketType => ReadPacket(at, blockBytes, Read32(at + 8), frames, ref count),
            OldPacketType => ReadOldPacket(at, blockBytes, frames, ref count),
            SimplePacketType => ReadSimplePacket(at, blockBytes, frames, ref count),
            StatisticsType => ReadStatistics(at, blockBytes),
            _ => CaptureStop.Paused,
        };
        if (stop == CaptureStop.Paused)
            window.Current = at + blockBytes;
        return stop;
    }

    private static int MinBytes(uint type) => type switch
    {
        SectionHeaderType => MinSectionHeaderBytes,
        InterfaceType => MinInterfaceBytes,
        EnhancedPacketType or OldPacketType => MinPacketBytes,
        SimplePacketType => MinSimplePacketBytes,
        StatisticsType => MinStatisticsBytes,
        _ => MinBlockBytes,
    };

    private bool TryReadByteOrder(byte* at)
    {
        uint magic = *(uint*)(at + 8);
        _swapped = magic == BinaryPrimitives.ReverseEndianness(ByteOrderMagic);
        return _swapped || magic == ByteOrderMagic;
    }

    private CaptureStop ReadSectionHeader(byte* at)
    {
        ushort major = Read16(at + 12);
        if (major != 1)
            return Wrong($"pcapng version {major}: only version 1 is known");
        _interfaceCount = 0;
        return CaptureStop.Paused;
    }

    private CaptureStop ReadInterface(byte* at, uint blockBytes)
    {
        if (_interfaceCount == MaxInterfaces)
            return Wrong($"more than {MaxInterfaces} interfaces in one section");
        var added = new PcapngInterface { Link = LinkTypes.FromRegistry(Read16(at + 8)), SnapLengthBytes = Read32(at + 12) };
        byte resolution = 6;
        long offsetSeconds = 0;
        byte* option = at + 16;
        byte* end = at + blockBytes - 4;
        while (TryReadOption(ref option, end, out ushort code, out byte* value, out ushort length))
        {
            if (code == OptionTimeResolution && length >= 1)
                resolution = *value;
            else if (code == OptionTimeOffset && length >= 8)
                offsetSeconds = (long)Read64(value);
        }

        if (!added.TrySetTime(resolution, offsetSeconds))
            return Wrong($"interface {_interfaceCount}: time resolution 0x{resolution:x2} with offset {offsetSeconds} s does not fit nanoseconds");
        if (_interfaceCount == _interfaces.Length)
            Array.Resize(ref _interfaces, _interfaceCount * 2);
        _interfaces[_interfaceCount++] = added;
        return CaptureStop.Paused;
    }

    private CaptureStop ReadPacket(byte* at, uint blockBytes, uint interfaceId, Span<Frame> frames, ref int count)
    {
        uint length = Read32(at + 20);
        if (interfaceId >= (uint)_interfaceCount)
            return Wrong($"packet of interface {interfaceId}: its section describes {_interfaceCount} so far");
        if (length > MaxPacketBytes || length > blockBytes - MinPacketBytes)
            return Wrong($"packet length {length} in a block of {blockBytes}: the file is corrupt here");
        GiveFrame(ref frames[count++], at, interfaceId, length);
        return CaptureStop.Paused;
    }

    private CaptureStop ReadOldPacket(byte* at, uint blockBytes, Span<Frame> frames, ref int count)
    {
        CaptureStop stop = ReadPacket(at, blockBytes, Read16(at + 8), frames, ref count);
        ushort drops = Read16(at + 10);
        if (stop == CaptureStop.Paused && drops != UnknownDropCount)
            Dropped += drops;
        return stop;
    }

    /// <summary>A packet without a time stamp: it gets that of the packet before it.</summary>
    private CaptureStop ReadSimplePacket(byte* at, uint blockBytes, Span<Frame> frames, ref int count)
    {
        if (_interfaceCount == 0)
            return Wrong("simple packet before any interface");
        uint snapLength = _interfaces[0].SnapLengthBytes;
        uint length = Math.Min(Read32(at + 8), snapLength == 0 ? uint.MaxValue : snapLength);
        if (length > MaxPacketBytes || length > blockBytes - MinSimplePacketBytes)
            return Wrong($"simple packet length {length} in a block of {blockBytes}: the file is corrupt here");
        ref Frame frame = ref frames[count++];
        frame.Data = at + SimplePacketDataOffset;
        frame.Length = (int)length;
        frame.Link = _interfaces[0].Link;
        frame.ReceiveTimeNs = _lastTimeNs;
        return CaptureStop.Paused;
    }

    private CaptureStop ReadStatistics(byte* at, uint blockBytes)
    {
        uint interfaceId = Read32(at + 8);
        if (interfaceId >= (uint)_interfaceCount)
            return Wrong($"statistics of interface {interfaceId}: its section describes {_interfaceCount} so far");
        ulong dropped = 0;
        byte* option = at + 20;
        byte* end = at + blockBytes - 4;
        while (TryReadOption(ref option, end, out ushort code, out byte* value, out ushort length))
        {
            if (code is OptionInterfaceDrops or OptionSystemDrops && length >= 8)
                dropped += Read64(value);
        }

        Dropped += (long)(dropped - _interfaces[interfaceId].Dropped);
        _interfaces[interfaceId].Dropped = dropped;
        return CaptureStop.Paused;
    }

    /// <summary>Steps through options; ends at the end mark, the end of the block, or an option that overruns it.</summary>
    private bool TryReadOption(ref byte* at, byte* end, out ushort code, out byte* value, out ushort length)
    {
        const int headerBytes = 4;
        code = length = 0;
        value = null;
        if (end - at < headerBytes)
            return false;
        code = Read16(at);
        length = Read16(at + 2);
        value = at + headerBytes;
        if (code == 0 || end - value < length)
            return false;
        at = value + Math.Min((length + 3) & ~3, end - value);
        return true;
    }

    /// <summary>Gets over a block that need not be in memory as a whole.</summary>
    private CaptureStop Skip(CaptureWindow window)
    {
        long skipped = Math.Min(_bytesToSkip, window.Available);
        window.Current += skipped;
        _bytesToSkip -= skipped;
        RecordBytesSkipped = _bytesToSkip == 0 ? 0 : RecordBytes - _bytesToSkip;
        return _bytesToSkip == 0 ? CaptureStop.Paused : Cut("block", RecordBytes);
    }

    private CaptureStop Cut(string recordName, long recordBytes)
    {
        RecordName = recordName;
        RecordBytes = recordBytes;
        return CaptureStop.NeedsBytes;
    }

    private CaptureStop Wrong(string fault)
    {
        Fault = fault;
        return CaptureStop.Faulted;
    }
}
