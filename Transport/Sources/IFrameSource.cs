using FeedHandler.Codecs;

namespace FeedHandler.Transport;

/// <summary>One received frame, in place in the source's memory.</summary>
/// <remarks>Blittable; valid from the poll that gave it until the next poll of the same source.</remarks>
public unsafe struct Frame
{
    /// <summary>First byte of the frame, or of the UDP payload where <see cref="Link"/> is <see cref="LinkType.UdpPayload"/>.</summary>
    public byte* Data;

    /// <summary>Readable bytes at <see cref="Data"/>; less than the wire length where the capture cut the frame.</summary>
    public int Length;

    /// <summary>How the frame starts.</summary>
    public LinkType Link;

    /// <summary>IPv4 destination in host byte order; only for <see cref="LinkType.UdpPayload"/>.</summary>
    public uint DestinationAddress;

    /// <summary>IPv4 source in host byte order; only for <see cref="LinkType.UdpPayload"/>.</summary>
    public uint SourceAddress;

    /// <summary>UDP destination port; only for <see cref="LinkType.UdpPayload"/>.</summary>
    public ushort DestinationPort;

    /// <summary>Receive time, nanoseconds since the Unix epoch: hardware, kernel, or capture time stamp.</summary>
    public long ReceiveTimeNs;
}

/// <summary>The seam behind which every wire looks the same.</summary>
/// <remarks>Owned by one RX core: every member is called on its thread. No member throws after the constructor succeeded, except <see cref="CaptureException"/> from a capture file.</remarks>
public interface IFrameSource : IDisposable
{
    /// <summary>Name for messages and counters, such as the file or interface.</summary>
    string Name { get; }

    /// <summary>Takes the frames that are there now, without waiting. Ends the life of the frames of the previous poll.</summary>
    /// <param name="frames">Where the frames are described.</param>
    /// <returns>Number of frames, 0 to <c>frames.Length</c>.</returns>
    int Poll(Span<Frame> frames);

    /// <summary>Whether no frame will ever come again (end of a capture). False for live sources.</summary>
    bool IsEnded { get; }

    /// <summary>Whether the frames come from a recording: the reader may wait for consumers, and time is capture time.</summary>
    bool IsReplay { get; }

    /// <summary>Frames lost before this source could deliver them, where the kernel or NIC says so.</summary>
    long Dropped { get; }
}
