using System.Net;

namespace FeedHandler.Codecs.Tests.Wire;

/// <summary>The same answers as <see cref="FrameParser"/>, found one byte at a time: an oracle that shares no code and no shortcut with it.</summary>
internal static class NaiveFrameParser
{
    public static FrameError Parse(LinkType link, ReadOnlySpan<byte> frame, out UdpDatagram datagram)
    {
        datagram = default;
        var left = new Queue<byte>(frame.ToArray());
        try
        {
            if (link is not (LinkType.RawIp or LinkType.Ipv4))
            {
                int? protocol = link switch
                {
                    LinkType.Ethernet => Take(left, 14)[12..].ToNumber(),
                    LinkType.LinuxSll => Take(left, 16)[14..].ToNumber(),
                    LinkType.LinuxSll2 => Take(left, 20)[..2].ToNumber(),
                    _ => null,
                };
                if (protocol is null)
                    return FrameError.UnknownLinkType;
                int tags = 0;
                while (protocol is 0x8100 or 0x88a8 or 0x9100)
                {
                    if (++tags > 4)
                        return FrameError.NotIpv4;
                    protocol = Take(left, 4)[2..].ToNumber();
                }

                if (protocol != 0x0800)
                    return FrameError.NotIpv4;
            }

            if (link == LinkType.RawIp && Peek(left) / 16 == 6)
                return FrameError.NotIpv4;
            int ipBytes = left.Count;
            byte[] ip = Take(left, 20);
            int headerBytes = ip[0] % 16 * 4;
            int total = ip[2..4].ToNumber();
            if (total == 0)
                total = ipBytes;
            if (ip[0] / 16 != 4 || headerBytes < 20 || total < headerBytes)
                return FrameError.BadIpHeader;
            if (ip[9] != 17)
                return FrameError.NotUdp;
            bool moreFragments = (ip[6] & 0x20) != 0;
            if (moreFragments || (ip[6] & 0x1f) != 0 || ip[7] != 0)
                return FrameError.Fragment;
            if (total > ipBytes)
                return FrameError.Truncated;
            Take(left, headerBytes - 20);
            if (total - headerBytes < 8)
                return FrameError.BadUdpLength;
            byte[] udp = Take(left, 8);
            int length = udp[4..6].ToNumber();
            if (length < 8 || length > total - headerBytes)
                return FrameError.BadUdpLength;
            datagram = new UdpDatagram
            {
                PayloadOffset = frame.Length - left.Count,
                PayloadLength = length - 8,
                SourceAddress = Address(ip[12..16]),
                DestinationAddress = Address(ip[16..20]),
                SourcePort = (ushort)udp[..2].ToNumber(),
                DestinationPort = (ushort)udp[2..4].ToNumber(),
            };
            return FrameError.None;
        }
        catch (InvalidOperationException)
        {
            return FrameError.Truncated;
        }
    }

    private static byte Peek(Queue<byte> left) => left.Peek();

    private static byte[] Take(Queue<byte> left, int count)
    {
        var taken = new byte[count];
        for (int i = 0; i < count; i++)
            taken[i] = left.Dequeue();
        return taken;
    }

    private static int ToNumber(this byte[] two) => two[0] * 256 + two[1];

    private static uint Address(byte[] four) => (uint)IPAddress.NetworkToHostOrder(BitConverter.ToInt32(four));
}
