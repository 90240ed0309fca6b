using System.Buffers.Binary;
using System.Runtime.CompilerServices;
using FeedHandler.Codecs;

namespace FeedHandler.Transport;

/// <summary>Classic pcap: a 24-byte header, then packets with 16-byte headers.</summary>
internal sealed unsafe class PcapFormat : CaptureFormat
{
    public const int FileHeaderBytes = 24;

    private const uint MagicMicroseconds = 0xa1b2_c3d4;
    private const uint MagicNanoseconds = 0xa1b2_3c4d;
    private const int RecordHeaderBytes = 16;
    private const long NsPerSecond = 1_000_000_000;

    private readonly bool _swapped;
    private readonly uint _nsPerFraction;
    private readonly LinkType _link;

    private PcapFormat(bool swapped, bool isNanoseconds, LinkType link)
    {
        _swapped = swapped;
        _nsPerFraction = isNanoseconds ? 1u : 1000u;
        _link = link;
    }

    /// <summary>Whether a file that starts so is classic pcap.</summary>
    public static bool IsMagic(uint magic) =>
        magic is MagicMicroseconds or MagicNanoseconds
        || BinaryPrimitives.ReverseEndianness(magic) is MagicMicroseconds or MagicNanoseconds;

    /// <summary>Reads the file header and moves the window behind it.</summary>
    /// <returns>The format, or null with a reason.</returns>
    public static PcapFormat? Open(CaptureWindow window, out string reason)
    {
        reason = "";
        if (window.Available < FileHeaderBytes)
        {
            reason = $"pcap file header cut: {window.Available} of {FileHeaderBytes} bytes are there";
            return null;
        }

        byte* header = window.Current;
        bool swapped = *(uint*)header is not (MagicMicroseconds or MagicNanoseconds);
        bool isNanoseconds = Read32(header, swapped) == MagicNanoseconds;
        ushort major = swapped ? BinaryPrimitives.ReverseEndianness(*(ushort*)(header + 4)) : *(ushort*)(header + 4);
        if (major != 2)
        {
            reason = $"pcap version {major}: only version 2 is known";
            return null;
        }

        // The upper half of the field tells the length of a frame check sequence behind each frame; the parser cuts it off anyway.
        uint link = Read32(header + 20, swapped) & 0xffff;
        window.Current += FileHeaderBytes;
        return new PcapFormat(swapped, isNanoseconds, LinkTypes.FromRegistry(link));
    }

    [HotPath]
    public override CaptureStop Read(CaptureWindow window, Span<Frame> frames, out int count)
    {
        byte* at = window.Current;
        byte* end = window.End;
        bool swapped = _swapped;
        count = 0;
        for (; count < frames.Length; count++)
        {
            if (end - at < RecordHeaderBytes)
                return Cut(window, at, RecordHeaderBytes);
            uint length = Read32(at + 8, swapped);
            if (length > MaxPacketBytes)
                return TooLong(window, at, length);
            if (end - at - RecordHeaderBytes < length)
                return Cut(window, at, RecordHeaderBytes + length);

            PrefetchBehind(at, RecordHeaderBytes + length);
            ref Frame frame = ref frames[count];
            frame.Data = at + RecordHeaderBytes;
            frame.Length = (int)length;
            frame.Link = _link;
            frame.ReceiveTimeNs = Read32(at, swapped) * NsPerSecond + (long)Read32(at + 4, swapped) * _nsPerFraction;
            at += RecordHeaderBytes + length;
        }

        window.Current = at;
        return CaptureStop.Paused;
    }

    [MethodImpl(MethodImplOptions.AggressiveInlining)]
    private static uint Read32(byte* at, bool swapped) =>
        swapped ? BinaryPrimitives.ReverseEndianness(*(uint*)at) : *(uint*)at;

    [MethodImpl(MethodImplOptions.NoInlining)]
    private CaptureStop Cut(CaptureWindow window, byte* at, long recordBytes)
    {
        window.Current = at;
        RecordName = recordBytes == RecordHeaderBytes ? "packet header" : "packet record";
        RecordBytes = recordBytes;
        return CaptureStop.NeedsBytes;
    }

    [MethodImpl(MethodImplOptions.NoInlining)]
    private CaptureStop TooLong(CaptureWindow window, byte* at, uint length)
    {
        window.Current = at;
        Fault = $"packet length {length} is beyond {MaxPacketBytes}: the file is corrupt here";
        return CaptureStop.Faulted;
    }
}
