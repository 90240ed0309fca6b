using System.Buffers.Binary;
using System.IO.Compression;

namespace FeedHandler.SharedData.Tests.Sbe;

/// <summary>The payloads of a capture, read with as little code as possible: it judges decoders, not capture readers.</summary>
internal static class Capture
{
    private const int PcapHeader = 24;

    /// <summary>Frame number from 1, and the UDP or TCP payload; empty for any other frame.</summary>
    public static IEnumerable<(int Frame, byte[] Payload)> Read(string path)
    {
        var bytes = ReadAll(path);
        var isNg = BinaryPrimitives.ReadUInt32LittleEndian(bytes) == 0x0A0D0D0A;
        var frame = 0;
        for (var position = isNg ? 0 : PcapHeader; position < bytes.Length;)
        {
            byte[]? data = null;
            if (isNg)
            {
                var type = BinaryPrimitives.ReadUInt32LittleEndian(bytes.AsSpan(position));
                var length = BinaryPrimitives.ReadInt32LittleEndian(bytes.AsSpan(position + 4));
                if (type == 6)
                {
                    data = bytes.AsSpan(position + 28, BinaryPrimitives.ReadInt32LittleEndian(bytes.AsSpan(position + 20))).ToArray();
                }

                position += length;
            }
            else
            {
                var length = BinaryPrimitives.ReadInt32LittleEndian(bytes.AsSpan(position + 8));
                data = bytes.AsSpan(position + 16, length).ToArray();
                position += 16 + length;
            }

            if (data is not null)
            {
                yield return (++frame, Payload(data));
            }
        }
    }

    private static byte[] ReadAll(string path)
    {
        if (!path.EndsWith(".gz", StringComparison.Ordinal))
        {
            return File.ReadAllBytes(path);
        }

        using var gzip = new GZipStream(File.OpenRead(path), CompressionMode.Decompress);
        using var memory = new MemoryStream();
        gzip.CopyTo(memory);
        return memory.ToArray();
    }

    private static byte[] Payload(byte[] frame)
    {
        var position = 12;
        while (BinaryPrimitives.ReadUInt16BigEndian(frame.AsSpan(position)) is 0x8100 or 0x88A8)
        {
            position += 4;
        }

        if (BinaryPrimitives.ReadUInt16BigEndian(frame.AsSpan(position)) != 0x0800)
        {
            return [];
        }

        position += 2;
        var protocol = frame[position + 9];
        var ipEnd = position + BinaryPrimitives.ReadUInt16BigEndian(frame.AsSpan(position + 2));
        position += (frame[position] & 15) * 4;
        switch (protocol)
        {
            case 17:
                var udpLength = BinaryPrimitives.ReadUInt16BigEndian(frame.AsSpan(position + 4));
                return frame.AsSpan(position + 8, udpLength - 8).ToArray();
            case 6:
                position += (frame[position + 12] >> 4) * 4;
                return frame.AsSpan(position, ipEnd - position).ToArray();
            default:
                return [];
        }
    }
}
