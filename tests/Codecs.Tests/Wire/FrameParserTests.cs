namespace FeedHandler.Codecs.Tests.Wire;

public class FrameParserTests
{
    private const uint SourceAddress = 10u << 24 | 1 << 16 | 2 << 8 | 3;
    private const uint DestinationAddress = 224u << 24 | 31 << 8 | 11;

    [Theory]
    [InlineData(LinkType.Ethernet, 14)]
    [InlineData(LinkType.LinuxSll, 16)]
    [InlineData(LinkType.LinuxSll2, 20)]
    [InlineData(LinkType.RawIp, 0)]
    [InlineData(LinkType.Ipv4, 0)]
    public void Datagram_is_found_behind_every_link_type(LinkType link, int ipOffset)
    {
        byte[] frame = new FrameBytes { Link = link }.Build();
        AssertDatagram(link, frame, ipOffset + 28, payloadBytes: 9);
    }

    [Theory]
    [InlineData(new ushort[] { 0x8100 })]
    [InlineData(new ushort[] { 0x88a8, 0x8100 })]
    [InlineData(new ushort[] { 0x9100, 0x8100 })]
    [InlineData(new ushort[] { 0x88a8, 0x88a8, 0x8100, 0x8100 })]
    public void Vlan_tags_are_peeled(ushort[] tags)
    {
        foreach (LinkType link in new[] { LinkType.Ethernet, LinkType.LinuxSll, LinkType.LinuxSll2 })
        {
            int linkBytes = link switch { LinkType.Ethernet => 14, LinkType.LinuxSll => 16, _ => 20 };
            byte[] frame = new FrameBytes { Link = link, Tags = tags }.Build();
            AssertDatagram(link, frame, linkBytes + 4 * tags.Length + 28, payloadBytes: 9);
        }
    }

    [Fact]
    public void More_tags_than_the_limit_are_not_followed() =>
        AssertError(FrameError.NotIpv4, new FrameBytes { Tags = [0x8100, 0x8100, 0x8100, 0x8100, 0x8100] });

    [Theory]
    [InlineData(1)]
    [InlineData(10)]
    public void Ip_options_are_skipped(int words) =>
        AssertDatagram(LinkType.Ethernet, new FrameBytes { OptionWords = words }.Build(), 42 + 4 * words, payloadBytes: 9);

    [Fact]
    public void Ethernet_padding_is_not_payload() =>
        AssertDatagram(LinkType.Ethernet, new FrameBytes { PaddingBytes = 9 }.Build(), 42, payloadBytes: 9);

    [Fact]
    public void Empty_payload_is_a_datagram() =>
        AssertDatagram(LinkType.Ethernet, new FrameBytes { Payload = [], PaddingBytes = 18 }.Build(), 42, payloadBytes: 0);

    [Fact]
    public void Total_length_zero_of_segmentation_offload_means_the_rest_of_the_frame() =>
        AssertDatagram(LinkType.Ethernet, new FrameBytes { TotalLength = 0 }.Build(), 42, payloadBytes: 9);

    [Fact]
    public void Udp_length_shorter_than_the_ip_payload_is_taken_at_its_word() =>
        AssertDatagram(LinkType.Ethernet, new FrameBytes { UdpLength = 8 + 4 }.Build(), 42, payloadBytes: 4);

    [Theory]
    [InlineData(0x2000)]
    [InlineData(0x0001)]
    [InlineData(0x1fff)]
    [InlineData(0x6000)]
    public void Fragments_are_refused_the_first_one_included(ushort flagsAndOffset) =>
        AssertError(FrameError.Fragment, new FrameBytes { FlagsAndOffset = flagsAndOffset });

    [Theory]
    [InlineData(0x86dd)]
    [InlineData(0x0806)]
    [InlineData(0x88cc)]
    [InlineData(0x0026)]
    public void Other_network_protocols_are_not_ipv4(ushort etherType) =>
        AssertError(FrameError.NotIpv4, new FrameBytes { EtherType = etherType });

    [Fact]
    public void Raw_ip_version_6_is_not_ipv4()
    {
        AssertError(FrameError.NotIpv4, new FrameBytes { Link = LinkType.RawIp, Version = 6 });
        AssertError(FrameError.BadIpHeader, new FrameBytes { Link = LinkType.Ipv4, Version = 6 });
        AssertError(FrameError.BadIpHeader, new FrameBytes { Version = 6 });
    }

    [Theory]
    [InlineData(6)]
    [InlineData(1)]
    [InlineData(0)]
    public void Other_transport_protocols_are_not_udp(byte protocol) =>
        AssertError(FrameError.NotUdp, new FrameBytes { Protocol = protocol });

    [Fact]
    public void Bad_ip_headers_are_refused()
    {
        AssertError(FrameError.BadIpHeader, new FrameBytes { HeaderWords = 4 });
        AssertError(FrameError.BadIpHeader, new FrameBytes { HeaderWords = 0 });
        AssertError(FrameError.BadIpHeader, new FrameBytes { HeaderWords = 15 });
        AssertError(FrameError.BadIpHeader, new FrameBytes { TotalLength = 19 });
        AssertError(FrameError.BadIpHeader, new FrameBytes { Version = 5 });
    }

    [Theory]
    [InlineData(0)]
    [InlineData(7)]
    [InlineData(18)]
    [InlineData(65535)]
    public void Bad_udp_lengths_are_refused(ushort udpLength) =>
        AssertError(FrameError.BadUdpLength, new FrameBytes { UdpLength = udpLength, PaddingBytes = 4 });

    [Fact]
    public void Ip_packet_without_room_for_a_udp_header_is_refused() =>
        AssertError(FrameError.BadUdpLength, new FrameBytes { TotalLength = 27, UdpLength = 7 });

    [Theory]
    [InlineData(LinkType.Ethernet)]
    [InlineData(LinkType.LinuxSll)]
    [InlineData(LinkType.LinuxSll2)]
    [InlineData(LinkType.RawIp)]
    [InlineData(LinkType.Ipv4)]
    public void Frame_cut_at_any_byte_is_truncated(LinkType link)
    {
        byte[] frame = new FrameBytes { Link = link, Tags = link is LinkType.RawIp or LinkType.Ipv4 ? [] : [0x88a8, 0x8100], OptionWords = 2 }.Build();
        for (int length = 0; length < frame.Length; length++)
        {
            Assert.Equal(FrameError.Truncated, FrameParser.TryParse(link, frame.AsSpan(0, length), out UdpDatagram datagram));
            Assert.Equal(default, datagram);
        }
    }

    [Theory]
    [InlineData((LinkType)0)]
    [InlineData((LinkType)127)]
    [InlineData(LinkType.UdpPayload)]
    public void Unknown_link_types_are_named_so(LinkType link) =>
        Assert.Equal(FrameError.UnknownLinkType, FrameParser.TryParse(link, new FrameBytes().Build(), out _));

    private static void AssertDatagram(LinkType link, byte[] frame, int payloadOffset, int payloadBytes)
    {
        Assert.Equal(FrameError.None, FrameParser.TryParse(link, frame, out UdpDatagram datagram));
        var expected = new UdpDatagram
        {
            PayloadOffset = payloadOffset,
            PayloadLength = payloadBytes,
            SourceAddress = SourceAddress,
            DestinationAddress = DestinationAddress,
            SourcePort = FrameBytes.SourcePort,
            DestinationPort = FrameBytes.DestinationPort,
        };
        Assert.Equal(expected, datagram);
        byte[] payload = frame[payloadOffset..(payloadOffset + payloadBytes)];
        Assert.Equal(Enumerable.Range(1, payloadBytes).Select(i => (byte)i), payload);
    }

    private static void AssertError(FrameError expected, FrameBytes frame)
    {
        Assert.Equal(expected, FrameParser.TryParse(frame.Link, frame.Build(), out UdpDatagram datagram));
        Assert.Equal(default, datagram);
    }
}
