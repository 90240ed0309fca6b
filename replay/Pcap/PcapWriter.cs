using System.Buffers.Binary;

namespace FeedHandler.Replay.Pcap;

/// <summary>Writes UDP packets as a classic pcap file with nanosecond time: Ethernet, IPv4, UDP.</summary>
public sealed class PcapWriter : IDisposable
{
    private const uint NanosecondMagic = 0xA1B2_3C4D;
    private const int FileHeaderBytes = 24, RecordHeaderBytes = 16;
    private const int SnapLength = 65_535;
    private const uint EthernetLinkType = 1;
    private const ulong NanosecondsPerSecond = 1_000_000_000;

    private readonly Stream _stream;
    private readonly byte[] _frame = new byte[UdpFrame.MaxBytes];

    public PcapWriter(Stream stream)
    {
        _stream = stream;
        Span<byte> header = stackalloc byte[FileHeaderBytes];
        header.Clear();
        BinaryPrimitives.WriteUInt32LittleEndian(header, NanosecondMagic);
        BinaryPrimitives.WriteUInt16LittleEndian(header[4..], 2);
        BinaryPrimitives.WriteUInt16LittleEndian(header[6..], 4);
        BinaryPrimitives.WriteUInt32LittleEndian(header[16..], SnapLength);
        BinaryPrimitives.WriteUInt32LittleEndian(header[20..], EthernetLinkType);
        _stream.Write(header);
    }

    public long Frames { get; private set; }

    public void Write(ulong timeNs, in UdpEndpoints endpoints, ReadOnlySpan<byte> payload)
    {
        int length = UdpFrame.Write(_frame, endpoints, payload, (ushort)Frames);
        Span<byte> header = stackalloc byte[RecordHeaderBytes];
        BinaryPrimitives.WriteUInt32LittleEndian(header, (uint)(timeNs / NanosecondsPerSecond));
        BinaryPrimitives.WriteUInt32LittleEndian(header[4..], (uint)(timeNs % NanosecondsPerSecond));
        BinaryPrimitives.WriteUInt32LittleEndian(header[8..], (uint)length);
        BinaryPrimitives.WriteUInt32LittleEndian(header[12..], (uint)length);
        _stream.Write(header);
        _stream.Write(_frame, 0, length);
        Frames++;
    }

    public void Dispose() => _stream.Dispose();
}
