namespace FeedHandler.Codecs;

/// <summary>Where the UDP payload lies in a frame, and who sent it to whom.</summary>
public record struct UdpDatagram
{
    /// <summary>Offset of the payload from the first byte of the frame.</summary>
    public int PayloadOffset;

    /// <summary>Payload bytes by the UDP header, without Ethernet padding; may be 0.</summary>
    public int PayloadLength;

    /// <summary>IPv4 source in host byte order.</summary>
    public uint SourceAddress;

    /// <summary>IPv4 destination in host byte order.</summary>
    public uint DestinationAddress;

    /// <summary>UDP source port.</summary>
    public ushort SourcePort;

    /// <summary>UDP destination port.</summary>
    public ushort DestinationPort;
}
