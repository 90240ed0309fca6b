using System.Buffers.Binary;
using System.Net;

namespace FeedHandler.Codecs.Tests.Wire;

/// <summary>Builds frames byte by byte; every length can lie.</summary>
internal sealed record FrameBytes
{
    public const string Source = "10.1.2.3";
    public const string Destination = "224.0.31.11";
    public const ushort SourcePort = 40001;
    public const ushort DestinationPort = 14320;

    public LinkType Link { get; init; } = LinkType.Ethernet;
    public ushort[] Tags { get; init; } = [];
    public ushort EtherType { get; init; } = 0x0800;
    public byte Version { get; init; } = 4;
    public int OptionWords { get; init; }
    public byte? HeaderWords { get; init; }
    public ushort? TotalLength { get; init; }
    public ushort FlagsAndOffset { get; init; } = 0x4000;
    public byte Protocol { get; init; } = 17;
    public ushort? UdpLength { get; init; }
    public byte[] Payload { get; init; } = [1, 2, 3, 4, 5, 6, 7, 8, 9];
    public int PaddingBytes { get; init; }

    public byte[] Build()
    {
        var bytes = new List<byte>();
        var protocols = new Queue<ushort>(Link is LinkType.RawIp or LinkType.Ipv4 ? [] : [.. Tags, EtherType]);
        switch (Link)
        {
            case LinkType.Ethernet:
                bytes.AddRange(Convert.FromHexString("01005e001f0b0202030405aa"));
                Add16(bytes, protocols.Dequeue());
                break;
            case LinkType.LinuxSll:
                bytes.AddRange(Convert.FromHexString("0001000100060202030405aa0000"));
                Add16(bytes, protocols.Dequeue());
                break;
            case LinkType.LinuxSll2:
                Add16(bytes, protocols.Dequeue());
                bytes.AddRange(Convert.FromHexString("00000000000200010106" + "0202030405aa0000"));
                break;
        }

        while (protocols.Count > 0)
        {
            Add16(bytes, 0x2064);
            Add16(bytes, protocols.Dequeue());
        }

        int headerBytes = 20 + OptionWords * 4;
        bytes.Add((byte)(Version << 4 | (HeaderWords ?? headerBytes / 4)));
        bytes.Add(0xb8);
        Add16(bytes, TotalLength ?? (ushort)(headerBytes + 8 + Payload.Length));
        Add16(bytes, 0x1234);
        Add16(bytes, FlagsAndOffset);
        bytes.Add(16);
        bytes.Add(Protocol);
        Add16(bytes, 0xbeef);
        bytes.AddRange(IPAddress.Parse(Source).GetAddressBytes());
        bytes.AddRange(IPAddress.Parse(Destination).GetAddressBytes());
        bytes.AddRange(Enumerable.Repeat((byte)1, OptionWords * 4));
        Add16(bytes, SourcePort);
        Add16(bytes, DestinationPort);
        Add16(bytes, UdpLength ?? (ushort)(8 + Payload.Length));
        Add16(bytes, 0);
        bytes.AddRange(Payload);
        bytes.AddRange(Enumerable.Repeat((byte)0xee, PaddingBytes));
        return [.. bytes];
    }

    private static void Add16(List<byte> bytes, ushort value)
    {
        Span<byte> two = stackalloc byte[2];
        BinaryPrimitives.WriteUInt16BigEndian(two, value);
        bytes.AddRange(two);
    }
}
