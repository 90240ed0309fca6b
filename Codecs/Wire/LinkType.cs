namespace FeedHandler.Codecs;

/// <summary>How a frame starts. Values up to 65535 are those of the pcap link-type registry.</summary>
public enum LinkType
{
    /// <summary>Ethernet II or 802.3, with or without VLAN tags (LINKTYPE_ETHERNET).</summary>
    Ethernet = 1,

    /// <summary>IPv4 or IPv6 header first (LINKTYPE_RAW).</summary>
    RawIp = 101,

    /// <summary>Linux "cooked" capture v1 (LINKTYPE_LINUX_SLL).</summary>
    LinuxSll = 113,

    /// <summary>IPv4 header first (LINKTYPE_IPV4).</summary>
    Ipv4 = 228,

    /// <summary>Linux "cooked" capture v2 (LINKTYPE_LINUX_SLL2).</summary>
    LinuxSll2 = 276,

    /// <summary>No headers: the UDP payload itself, addresses beside it. Not in the pcap registry.</summary>
    UdpPayload = 0x1_0000,
}
