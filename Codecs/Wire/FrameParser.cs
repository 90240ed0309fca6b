using System.Buffers.Binary;
using System.Runtime.CompilerServices;

namespace FeedHandler.Codecs;

/// <summary>Finds the UDP datagram in a frame.</summary>
/// <remarks>
/// Pure and thread-safe. All reads are checked by the span; where one length test covers the reads after it, the JIT drops theirs.
/// Checksums are not verified: NIC and kernel drop what is corrupt before we see it, and captures taken on the sending host
/// carry unfinished checksums (transmit offload) in packets that are good.
/// A UDP length shorter than the IP payload is taken at its word, as kernels do; a longer one is an error.
/// </remarks>
public static class FrameParser
{
    /// <summary>Tags peeled before giving up: QinQ has two, the rest is margin; bounds the loop on hostile input.</summary>
    public const int MaxVlanTags = 4;

    private const int EthernetHeaderBytes = 14;
    private const int SllHeaderBytes = 16;
    private const int Sll2HeaderBytes = 20;
    private const int VlanTagBytes = 4;
    private const int Ipv4HeaderBytes = 20;
    private const int UdpHeaderBytes = 8;
    private const int PlainHeaderBytes = EthernetHeaderBytes + Ipv4HeaderBytes + UdpHeaderBytes;

    private const ushort EtherTypeIpv4 = 0x0800;
    private const ushort EtherTypeVlan = 0x8100;
    private const ushort EtherTypeQinQ = 0x88a8;
    private const ushort EtherTypeOldQinQ = 0x9100;
    private const byte Version4WithoutOptions = 0x45;
    private const byte ProtocolUdp = 17;

    /// <summary>More-fragments flag and fragment offset; leaves out don't-fragment, which is usual.</summary>
    private const ushort FragmentMask = 0x3fff;

    /// <summary>Parses one frame.</summary>
    /// <param name="link">How the frame starts. <see cref="LinkType.UdpPayload"/> has no headers to parse and is not accepted.</param>
    /// <param name="frame">The captured bytes.</param>
    /// <param name="datagram">The datagram; zero unless the result is <see cref="FrameError.None"/>.</param>
    /// <returns><see cref="FrameError.None"/>, or why there is no datagram.</returns>
    [HotPath]
    public static FrameError TryParse(LinkType link, ReadOnlySpan<byte> frame, out UdpDatagram datagram)
    {
        // The frame of every feed in the field: untagged Ethernet, no IP options. One length test covers all headers.
        if (link == LinkType.Ethernet && frame.Length >= PlainHeaderBytes
            && BinaryPrimitives.ReadUInt16BigEndian(frame.Slice(12, 2)) == EtherTypeIpv4
            && frame[14] == Version4WithoutOptions
            && frame[23] == ProtocolUdp
            && (BinaryPrimitives.ReadUInt16BigEndian(frame.Slice(20, 2)) & FragmentMask) == 0)
        {
            int totalLength = BinaryPrimitives.ReadUInt16BigEndian(frame.Slice(16, 2));
            int udpLength = BinaryPrimitives.ReadUInt16BigEndian(frame.Slice(38, 2));
            if (totalLength <= frame.Length - EthernetHeaderBytes
                && udpLength >= UdpHeaderBytes && udpLength <= totalLength - Ipv4HeaderBytes)
            {
                datagram.PayloadOffset = PlainHeaderBytes;
                datagram.PayloadLength = udpLength - UdpHeaderBytes;
                datagram.SourceAddress = BinaryPrimitives.ReadUInt32BigEndian(frame.Slice(26, 4));
                datagram.DestinationAddress = BinaryPrimitives.ReadUInt32BigEndian(frame.Slice(30, 4));
                datagram.SourcePort = BinaryPrimitives.ReadUInt16BigEndian(frame.Slice(34, 2));
                datagram.DestinationPort = BinaryPrimitives.ReadUInt16BigEndian(frame.Slice(36, 2));
                return FrameError.None;
            }
        }

        return ParseAny(link, frame, out datagram);
    }

    /// <summary>Parses every kind of frame, the plain one included; the only place that names errors.</summary>
    [MethodImpl(MethodImplOptions.NoInlining)]
    private static FrameError ParseAny(LinkType link, ReadOnlySpan<byte> frame, out UdpDatagram datagram)
    {
        datagram = default;
        switch (link)
        {
            case LinkType.Ethernet:
                return ParseTagged(frame, typeOffset: 12, EthernetHeaderBytes, out datagram);
            case LinkType.LinuxSll:
                return ParseTagged(frame, typeOffset: 14, SllHeaderBytes, out datagram);
            case LinkType.LinuxSll2:
                return ParseTagged(frame, typeOffset: 0, Sll2HeaderBytes, out datagram);
            case LinkType.RawIp:
                if (frame.Length == 0)
                    return FrameError.Truncated;
                return frame[0] >> 4 == 6 ? FrameError.NotIpv4 : ParseIpv4(frame, 0, out datagram);
            case LinkType.Ipv4:
                return ParseIpv4(frame, 0, out datagram);
            default:
                return FrameError.UnknownLinkType;
        }
    }

    private static FrameError ParseTagged(ReadOnlySpan<byte> frame, int typeOffset, int headerBytes, out UdpDatagram datagram)
    {
        datagram = default;
        if (frame.Length < headerBytes)
            return FrameError.Truncated;
        ushort etherType = BinaryPrimitives.ReadUInt16BigEndian(frame[typeOffset..]);
        int offset = headerBytes;
        for (int tags = 0; etherType is EtherTypeVlan or EtherTypeQinQ or EtherTypeOldQinQ; tags++)
        {
            if (tags == MaxVlanTags)
                return FrameError.NotIpv4;
            if (frame.Length < offset + VlanTagBytes)
                return FrameError.Truncated;
            etherType = BinaryPrimitives.ReadUInt16BigEndian(frame[(offset + 2)..]);
            offset += VlanTagBytes;
        }

        return etherType == EtherTypeIpv4 ? ParseIpv4(frame, offset, out datagram) : FrameError.NotIpv4;
    }

    private static FrameError ParseIpv4(ReadOnlySpan<byte> frame, int offset, out UdpDatagram datagram)
    {
        datagram = default;
        ReadOnlySpan<byte> ip = frame[offset..];
        if (ip.Length < Ipv4HeaderBytes)
            return FrameError.Truncated;
        int headerBytes = (ip[0] & 0xf) * 4;
        int totalLength = BinaryPrimitives.ReadUInt16BigEndian(ip[2..]);
        // Segmentation offload leaves 0 in frames captured before the NIC cut them: the packet then fills the frame.
        if (totalLength == 0)
            totalLength = ip.Length;
        if (ip[0] >> 4 != 4 || headerBytes < Ipv4HeaderBytes || totalLength < headerBytes)
            return FrameError.BadIpHeader;
        if (ip[9] != ProtocolUdp)
            return FrameError.NotUdp;
        if ((BinaryPrimitives.ReadUInt16BigEndian(ip[6..]) & FragmentMask) != 0)
            return FrameError.Fragment;
        if (totalLength > ip.Length)
            return FrameError.Truncated;

        ReadOnlySpan<byte> udp = ip[headerBytes..totalLength];
        if (udp.Length < UdpHeaderBytes)
            return FrameError.BadUdpLength;
        int udpLength = BinaryPrimitives.ReadUInt16BigEndian(udp[4..]);
        if (udpLength < UdpHeaderBytes || udpLength > udp.Length)
            return FrameError.BadUdpLength;

        datagram.PayloadOffset = offset + headerBytes + UdpHeaderBytes;
        datagram.PayloadLength = udpLength - UdpHeaderBytes;
        datagram.SourceAddress = BinaryPrimitives.ReadUInt32BigEndian(ip[12..]);
        datagram.DestinationAddress = BinaryPrimitives.ReadUInt32BigEndian(ip[16..]);
        datagram.SourcePort = BinaryPrimitives.ReadUInt16BigEndian(udp);
        datagram.DestinationPort = BinaryPrimitives.ReadUInt16BigEndian(udp[2..]);
        return FrameError.None;
    }
}
