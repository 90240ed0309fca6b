using FeedHandler.Codecs;

namespace FeedHandler.Transport;

/// <summary>Frames of a NIC's rings, a software switch or a pipe, through netmap's shared memory.</summary>
/// <remarks>
/// Owned by one RX core. The kernel is asked once for all the frames that have arrived, when the rings are empty, not for
/// each. Rings of a NIC and pipes lose nothing that reached them; what a software switch drops it counts nowhere.
/// </remarks>
public sealed unsafe class NetmapSource : IFrameSource
{
    // Of struct netmap_if.
    private const int TxRingsAt = 24, RxRingsAt = 28, HostTxRingsAt = 36, HostRxRingsAt = 40, RingOffsetsAt = 56;
    private const uint MaxRings = 4096;

    private readonly INetmapPort _port;
    private readonly NetmapRing[] _rings;
    private readonly MulticastMembership? _membership;
    private int _next;
    private bool _isDisposed;

    /// <summary>Opens a port of /dev/netmap and joins the groups of all lines.</summary>
    /// <exception cref="TransportException">The kernel refused; the message says what is missing.</exception>
    public NetmapSource(IReadOnlyList<LineAddress> lines, NetmapOptions options)
        : this(new NetmapDevice(options), options)
    {
        try
        {
            if (JoinOn(options) is { } join) _membership = MulticastMembership.Join(join, lines);
        }
        catch
        {
            Dispose();
            throw;
        }
    }

    /// <summary>Reads a port, which the source owns from now on.</summary>
    internal NetmapSource(INetmapPort port, NetmapOptions options)
    {
        _port = port;
        Name = $"netmap {options.Port}";
        try
        {
            _rings = Find(port, options.Ring);
        }
        catch
        {
            port.Dispose();
            throw;
        }
    }

    /// <inheritdoc/>
    public string Name { get; }

    /// <inheritdoc/>
    public bool IsEnded => false;

    /// <inheritdoc/>
    public bool IsReplay => false;

    /// <summary>0: netmap has no such counter. What a NIC dropped is in <c>ethtool -S</c>.</summary>
    public long Dropped => 0;

    /// <inheritdoc/>
    [HotPath]
    public int Poll(Span<Frame> frames)
    {
        if (_isDisposed) return 0;
        var isEmpty = true;
        for (var i = 0; i < _rings.Length; i++)
        {
            _rings[i].Release();
            isEmpty &= _rings[i].IsEmpty;
        }

        if (isEmpty) _port.SyncReceive();
        _next = _next + 1 < _rings.Length ? _next + 1 : 0;
        var index = _next;
        var count = 0;
        for (var tried = 0; tried < _rings.Length; tried++)
        {
            count += _rings[index].Poll(frames[count..]);
            index = index + 1 < _rings.Length ? index + 1 : 0;
        }

        // Only some ports write the time of the sync into the ring.
        if (count != 0 && frames[0].ReceiveTimeNs == 0) Stamp(frames[..count], WallClock.NowNs());
        return count;
    }

    /// <inheritdoc/>
    public void Dispose()
    {
        if (_isDisposed) return;
        _isDisposed = true;
        _membership?.Dispose();
        _port.Dispose();
    }

    [HotPath]
    private static void Stamp(Span<Frame> frames, long nowNs)
    {
        foreach (ref var frame in frames) frame.ReceiveTimeNs = nowNs;
    }

    // The rings of a switch port or pipe have no interface that could join.
    private static string? JoinOn(NetmapOptions options) =>
        options.JoinInterface ?? (options.Port.AsSpan().IndexOfAny(":{}") < 0 ? options.Port : null);

    private static NetmapRing[] Find(INetmapPort port, int? wanted)
    {
        if (port.InterfaceOffset + RingOffsetsAt > port.MemoryBytes) throw Broken();
        var description = port.Memory + port.InterfaceOffset;
        var txRings = *(uint*)(description + TxRingsAt) + *(uint*)(description + HostTxRingsAt);
        var rxRings = *(uint*)(description + RxRingsAt);
        var all = (ulong)txRings + rxRings + *(uint*)(description + HostRxRingsAt);
        if (rxRings == 0 || all > MaxRings || port.InterfaceOffset + RingOffsetsAt + (all * sizeof(long)) > port.MemoryBytes) throw Broken();
        if (wanted >= rxRings) throw new TransportException("netmap", $"the port has {rxRings} receive rings, ring {wanted} is asked for");

        var offsets = (long*)(description + RingOffsetsAt);
        var first = wanted ?? 0;
        var rings = new NetmapRing[wanted is null ? (int)rxRings : 1];
        for (var i = 0; i < rings.Length; i++)
        {
            var at = (long)port.InterfaceOffset + offsets[txRings + first + i];
            if (at < 0 || (ulong)at + (ulong)sizeof(NetmapRing.Header) > port.MemoryBytes) throw Broken();
            rings[i] = new NetmapRing(port.Memory + at, port.Memory, port.MemoryBytes);
        }

        return rings;
    }

    private static TransportException Broken() => new("netmap", "the shared memory does not hold an interface description", "is the module of another version?");
}
