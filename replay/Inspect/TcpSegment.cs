using System.Buffers.Binary;
using FeedHandler.Codecs;

namespace FeedHandler.Replay.Inspect;

/// <summary>Finds the payload of a TCP segment. Segments are looked at one by one: nothing is put together again.</summary>
internal static class TcpSegment
{
    private const ushort EtherTypeIpv4 = 0x0800;
    private const int EthernetHeaderBytes = 14;
    private const int Ipv4HeaderBytes = 20;
    private const int TcpHeaderBytes = 20;
    private const byte ProtocolTcp = 6;
    private const int MoreFragmentsAndOffset = 0x3fff;

    /// <summary>Parses a frame; addresses, ports and payload are those of the segment.</summary>
    public static bool TryParse(LinkType link, ReadOnlySpan<byte> frame, out UdpDatagram segment)
    {
        segment = default;
        var start = 0;
        if (link == LinkType.Ethernet)
        {
            start = EthernetHeaderBytes;
            while (frame.Length >= start && BinaryPrimitives.ReadUInt16BigEndian(frame[(start - 2)..]) is 0x8100 or 0x88A8) start += 4;
            if (frame.Length < start || BinaryPrimitives.ReadUInt16BigEndian(frame[(start - 2)..]) != EtherTypeIpv4) return false;
        }
        else if (link is not (LinkType.RawIp or LinkType.Ipv4))
        {
            return false;
        }

        var ip = frame[start..];
        if (ip.Length < Ipv4HeaderBytes || ip[0] >> 4 != 4 || ip[9] != ProtocolTcp) return false;
        var header = (ip[0] & 0xf) * 4;
        var total = BinaryPrimitives.ReadUInt16BigEndian(ip[2..]);
        if ((BinaryPrimitives.ReadUInt16BigEndian(ip[6..]) & MoreFragmentsAndOffset) != 0) return false;
        if (header < Ipv4HeaderBytes || total > ip.Length || total < header + TcpHeaderBytes) return false;
        var tcp = ip[header..total];
        var tcpHeader = (tcp[12] >> 4) * 4;
        if (tcpHeader < TcpHeaderBytes || tcpHeader > tcp.Length) return false;
        segment.PayloadOffset = start + header + tcpHeader;
        segment.PayloadLength = tcp.Length - tcpHeader;
        segment.SourceAddress = BinaryPrimitives.ReadUInt32BigEndian(ip[12..]);
        segment.DestinationAddress = BinaryPrimitives.ReadUInt32BigEndian(ip[16..]);
        segment.SourcePort = BinaryPrimitives.ReadUInt16BigEndian(tcp);
        segment.DestinationPort = BinaryPrimitives.ReadUInt16BigEndian(tcp[2..]);
        return true;
    }
}
