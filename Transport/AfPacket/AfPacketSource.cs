using FeedHandler.Codecs;

namespace FeedHandler.Transport;

/// <summary>Frames of an interface from a ring that the kernel shares with us: no copy by us, no system call.</summary>
/// <remarks>
/// Owned by one RX core. Needs CAP_NET_RAW. The kernel strips VLAN tags before the ring, so tagged and untagged feeds look
/// alike. The groups are joined by a membership of the kernel, which sends the IGMP reports.
/// </remarks>
public sealed unsafe class AfPacketSource : IFrameSource
{
    private readonly PacketSocket _socket;
    private readonly MulticastMembership _membership;
    private readonly bool _isBlocks;
    private PacketBlockRing _blocks;
    private PacketFrameRing _frames;
    private bool _isDisposed;

    /// <summary>Opens the ring and joins the groups of all lines.</summary>
    /// <exception cref="TransportException">The kernel refused; the message says what is missing.</exception>
    public AfPacketSource(IReadOnlyList<LineAddress> lines, AfPacketOptions options)
    {
        _isBlocks = options.Ring == PacketRing.Throughput;
        Name = $"af_packet {options.Interface} {(_isBlocks ? "v3" : "v2")} {lines.Count} groups";
        _socket = PacketSocket.Open(options, lines);
        try
        {
            _membership = MulticastMembership.Join(options.Interface, lines);
        }
        catch
        {
            _socket.Dispose();
            throw;
        }

        if (_isBlocks) _blocks = new PacketBlockRing(_socket.Ring, _socket.Blocks);
        else _frames = new PacketFrameRing(_socket.Ring, options.FrameBytes, _socket.Blocks * (PacketSocket.BlockBytes / options.FrameBytes));
    }

    /// <inheritdoc/>
    public string Name { get; }

    /// <inheritdoc/>
    public bool IsEnded => false;

    /// <inheritdoc/>
    public bool IsReplay => false;

    /// <inheritdoc/>
    public long Dropped => _socket.CountDropped();

    /// <inheritdoc/>
    [HotPath]
    public int Poll(Span<Frame> frames)
    {
        if (_isDisposed) return 0;
        return _isBlocks ? _blocks.Poll(frames) : _frames.Poll(frames);
    }

    /// <inheritdoc/>
    public void Dispose()
    {
        if (_isDisposed) return;
        _isDisposed = true;
        _membership.Dispose();
        _socket.Dispose();
    }
}
