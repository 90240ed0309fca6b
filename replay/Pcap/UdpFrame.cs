using System.Buffers.Binary;

namespace FeedHandler.Replay.Pcap;

/// <summary>Where a UDP packet comes from and goes to; addresses in host byte order.</summary>
public readonly record struct UdpEndpoints(uint Source, ushort SourcePort, uint Destination, ushort DestinationPort);

/// <summary>Puts Ethernet, IPv4 and UDP headers around a payload.</summary>
public static class UdpFrame
{
    private const int EthernetBytes = 14, Ipv4Bytes = 20, UdpBytes = 8;
    private const int HeaderBytes = EthernetBytes + Ipv4Bytes + UdpBytes;
    private const ushort EtherTypeIpv4 = 0x0800;
    private const ushort DontFragment = 0x4000;
    private const byte Ipv4NoOptions = 0x45, TimeToLive = 16, ProtocolUdp = 17;

    public const int MaxBytes = HeaderBytes + 65_507;

    /// <summary>Fills <paramref name="frame"/>; returns the length of the frame.</summary>
    public static int Write(Span<byte> frame, in UdpEndpoints endpoints, ReadOnlySpan<byte> payload, ushort identification)
    {
        WriteEthernet(frame, endpoints);
        WriteIpv4(frame[EthernetBytes..], endpoints, payload.Length, identification);
        Span<byte> udp = frame[(EthernetBytes + Ipv4Bytes)..];
        BinaryPrimitives.WriteUInt16BigEndian(udp, endpoints.SourcePort);
        BinaryPrimitives.WriteUInt16BigEndian(udp[2..], endpoints.DestinationPort);
        BinaryPrimitives.WriteUInt16BigEndian(udp[4..], (ushort)(UdpBytes + payload.Length));
        BinaryPrimitives.WriteUInt16BigEndian(udp[6..], 0); // no checksum: allowed over IPv4
        payload.CopyTo(udp[UdpBytes..]);
        return HeaderBytes + payload.Length;
    }

    /// <summary>A multicast group's MAC address is 01:00:5E and the low 23 bits of the group; others get a local address.</summary>
    private static void WriteEthernet(Span<byte> frame, in UdpEndpoints endpoints)
    {
        bool isMulticast = endpoints.Destination >> 28 == 0xE;
        ulong destination = isMulticast ? 0x0100_5E00_0000UL | (endpoints.Destination & 0x7F_FFFF) : 0x0200_0000_0000UL | endpoints.Destination;
        WriteMac(frame, destination);
        WriteMac(frame[6..], 0x0200_0000_0000UL | endpoints.Source);
        BinaryPrimitives.WriteUInt16BigEndian(frame[12..], EtherTypeIpv4);
    }

    private static void WriteMac(Span<byte> at, ulong address)
    {
        BinaryPrimitives.WriteUInt16BigEndian(at, (ushort)(address >> 32));
        BinaryPrimitives.WriteUInt32BigEndian(at[2..], (uint)address);
    }

    private static void WriteIpv4(Span<byte> at, in UdpEndpoints endpoints, int payloadBytes, ushort identification)
    {
        at = at[..Ipv4Bytes];
        at[0] = Ipv4NoOptions;
        at[1] = 0;
        BinaryPrimitives.WriteUInt16BigEndian(at[2..], checked((ushort)(Ipv4Bytes + UdpBytes + payloadBytes)));
        BinaryPrimitives.WriteUInt16BigEndian(at[4..], identification);
        BinaryPrimitives.WriteUInt16BigEndian(at[6..], DontFragment);
        at[8] = TimeToLive;
        at[9] = ProtocolUdp;
        BinaryPrimitives.WriteUInt16BigEndian(at[10..], 0);
        BinaryPrimitives.WriteUInt32BigEndian(at[12..], endpoints.Source);
        BinaryPrimitives.WriteUInt32BigEndian(at[16..], endpoints.Destination);
        BinaryPrimitives.WriteUInt16BigEndian(at[10..], Checksum(at));
    }

    /// <summary>The Internet checksum (RFC 1071) of an even number of bytes.</summary>
    public static ushort Checksum(ReadOnlySpan<byte> bytes)
    {
        uint sum = 0;
        for (int i = 0; i < bytes.Length; i += 2) sum += BinaryPrimitives.ReadUInt16BigEndian(bytes[i..]);
        while (sum >> 16 != 0) sum = (sum & 0xFFFF) + (sum >> 16);
        return (ushort)~sum;
    }
}
