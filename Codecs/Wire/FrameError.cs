namespace FeedHandler.Codecs;

/// <summary>Why a frame holds no UDP datagram for us. Values are dense, so they can index an array of counters.</summary>
public enum FrameError
{
    /// <summary>The frame holds a whole UDP datagram.</summary>
    None = 0,

    /// <summary>The frame ends inside a header, or before the end that its IP header promises (cut by the capture's snap length).</summary>
    Truncated = 1,

    /// <summary>Another network protocol than IPv4: IPv6, ARP, LLDP, spanning tree, …, or more VLAN tags than we peel.</summary>
    NotIpv4 = 2,

    /// <summary>IPv4, but not UDP.</summary>
    NotUdp = 3,

    /// <summary>A piece of a fragmented datagram, the first piece included: market data is never fragmented on purpose.</summary>
    Fragment = 4,

    /// <summary>Wrong IP version, a header length below 20, or a total length below the header length.</summary>
    BadIpHeader = 5,

    /// <summary>UDP length below its own header or beyond the IP packet.</summary>
    BadUdpLength = 6,

    /// <summary>No parser for this link type.</summary>
    UnknownLinkType = 7,
}
