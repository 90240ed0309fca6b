using System.Buffers;
using System.Buffers.Binary;

namespace FeedHandler.Transport.Tests.Sources;

/// <summary>Writes capture files in either byte order, right or wrong as the test wants them.</summary>
internal sealed class CaptureBytes(bool isBigEndian = false)
{
    private readonly ArrayBufferWriter<byte> _bytes = new();

    public byte[] ToArray() => _bytes.WrittenSpan.ToArray();

    public static CaptureBytes Pcap(bool isBigEndian = false, bool isNanoseconds = false, uint link = 1, ushort major = 2) =>
        new CaptureBytes(isBigEndian)
            .Add32(isNanoseconds ? 0xa1b2_3c4d : 0xa1b2_c3d4).Add16(major).Add16(4).Add32(0).Add32(0).Add32(65535).Add32(link);

    public CaptureBytes PcapPacket(uint seconds, uint fraction, byte[] data, uint? length = null) =>
        Add32(seconds).Add32(fraction).Add32(length ?? (uint)data.Length).Add32((uint)data.Length).AddBytes(data);

    public static CaptureBytes Pcapng(bool isBigEndian = false) => new CaptureBytes(isBigEndian).Section(isBigEndian);

    public CaptureBytes Section(bool isBigEndian)
    {
        CaptureBytes section = new CaptureBytes(isBigEndian).Block(0x0a0d_0d0a, body => body.Add32(0x1a2b_3c4d).Add16(1).Add16(0).Add64(ulong.MaxValue));
        return AddBytes(section.ToArray());
    }

    public CaptureBytes Interface(ushort link = 1, uint snapLength = 0, byte? resolution = null, long? offsetSeconds = null) =>
        Block(1, body =>
        {
            body.Add16(link).Add16(0).Add32(snapLength);
            body.Option(2, "eth0"u8.ToArray());
            if (resolution != null)
                body.Option(9, [resolution.Value]);
            if (offsetSeconds != null)
                body.Option(14, new CaptureBytes(isBigEndian).Add64((ulong)offsetSeconds.Value).ToArray());
            body.Option(0, []);
        });

    public CaptureBytes Enhanced(uint interfaceId, ulong ticks, byte[] data, uint? length = null, bool hasOptions = false) =>
        Block(6, body =>
        {
            body.Add32(interfaceId).Add32((uint)(ticks >> 32)).Add32((uint)ticks).Add32(length ?? (uint)data.Length).Add32((uint)data.Length).AddPadded(data);
            if (hasOptions)
                body.Option(1, "a comment"u8.ToArray()).Option(0, []);
        });

    public CaptureBytes OldPacket(ushort interfaceId, ulong ticks, byte[] data, ushort drops = 0xffff) =>
        Block(2, body => body.Add16(interfaceId).Add16(drops).Add32((uint)(ticks >> 32)).Add32((uint)ticks)
            .Add32((uint)data.Length).Add32((uint)data.Length).AddPadded(data));

    public CaptureBytes Simple(byte[] data, uint? originalLength = null) =>
        Block(3, body => body.Add32(originalLength ?? (uint)data.Length).AddPadded(data));

    public CaptureBytes Statistics(uint interfaceId, ulong drops) =>
        Block(5, body => body.Add32(interfaceId).Add64(0).Option(5, new CaptureBytes(isBigEndian).Add64(drops).ToArray()).Option(0, []));

    public CaptureBytes Block(uint type, Action<CaptureBytes> write, uint? totalBytes = null, uint? trailer = null)
    {
        var body = new CaptureBytes(isBigEndian);
        write(body);
        byte[] bytes = body.ToArray();
        uint total = totalBytes ?? (uint)bytes.Length + 12;
        return Add32(type).Add32(total).AddBytes(bytes).Add32(trailer ?? total);
    }

    public CaptureBytes Option(ushort code, byte[] value) => Add16(code).Add16((ushort)value.Length).AddPadded(value);

    public CaptureBytes Add16(ushort value)
    {
        Span<byte> bytes = stackalloc byte[2];
        if (isBigEndian)
            BinaryPrimitives.WriteUInt16BigEndian(bytes, value);
        else
            BinaryPrimitives.WriteUInt16LittleEndian(bytes, value);
        return AddBytes(bytes);
    }

    public CaptureBytes Add32(uint value)
    {
        Span<byte> bytes = stackalloc byte[4];
        if (isBigEndian)
            BinaryPrimitives.WriteUInt32BigEndian(bytes, value);
        else
            BinaryPrimitives.WriteUInt32LittleEndian(bytes, value);
        return AddBytes(bytes);
    }

    public CaptureBytes Add64(ulong value)
    {
        Span<byte> bytes = stackalloc byte[8];
        if (isBigEndian)
            BinaryPrimitives.WriteUInt64BigEndian(bytes, value);
        else
            BinaryPrimitives.WriteUInt64LittleEndian(bytes, value);
        return AddBytes(bytes);
    }

    public CaptureBytes AddBytes(ReadOnlySpan<byte> bytes)
    {
        _bytes.Write(bytes);
        return this;
    }

    private CaptureBytes AddPadded(byte[] bytes) => AddBytes(bytes).AddBytes(new byte[-bytes.Length & 3]);
}
