using System.Runtime.CompilerServices;
using FeedHandler.Codecs;

namespace FeedHandler.Transport;

/// <summary>Frames of a DPDK port: the NIC writes user memory, the core polls it. No copy, no allocation, no system call.</summary>
/// <remarks>
/// Owned by one RX core, whose thread gets a cache of the packet pool at its first poll. The frames of a poll are freed by
/// the next one. What the NIC and the driver lost is in <see cref="Dropped"/>; net_af_packet and net_af_xdp do not count it.
/// </remarks>
public sealed unsafe class DpdkSource : IFrameSource
{
    private readonly delegate* unmanaged<void*, Frame*, int, int> _poll;
    private readonly void*[] _queues;
    private readonly MulticastMembership? _membership;
    private long _lastDropped;
    private int _next;
    private bool _isRegistered;
    private bool _isDisposed;

    /// <summary>Opens the device and starts it.</summary>
    /// <exception cref="TransportException">DPDK is not there or refuses; the message says what is missing.</exception>
    public DpdkSource(IReadOnlyList<LineAddress> lines, DpdkOptions options)
    {
        Port = DpdkPort.Open(options);
        try
        {
            if (options.JoinInterface is { } join) _membership = MulticastMembership.Join(join, lines);
        }
        catch
        {
            Port.Dispose();
            throw;
        }

        _queues = new void*[options.Queues];
        for (var i = 0; i < _queues.Length; i++) _queues[i] = Port.Queue(options.FirstQueue + i);
        _poll = DpdkShim.Instance.Poll;
        Name = $"dpdk {options.Device} ({Port.Driver})";
    }

    /// <inheritdoc/>
    public string Name { get; }

    /// <inheritdoc/>
    public bool IsEnded => false;

    /// <inheritdoc/>
    public bool IsReplay => false;

    /// <summary>Frames that the NIC or the driver lost, and those that were longer than a buffer.</summary>
    public long Dropped
    {
        get
        {
            if (_isDisposed) return _lastDropped;
            var statistics = Port.ReadStatistics();
            return _lastDropped = (long)(statistics.Missed + statistics.NoBuffer) + Port.CountCut();
        }
    }

    /// <summary>Speed of the link in Mbit/s, 0 while it is down.</summary>
    public int LinkMegabits => _isDisposed ? 0 : Port.LinkMegabits;

    internal DpdkPort Port { get; }

    /// <inheritdoc/>
    [HotPath]
    public int Poll(Span<Frame> frames)
    {
        if (!_isRegistered) Register();
        if (_isDisposed) return 0;

        // Another queue is first each time, so that a busy one cannot starve the rest.
        _next = _next + 1 < _queues.Length ? _next + 1 : 0;
        var count = 0;
        var index = _next;
        fixed (Frame* first = frames)
        {
            for (var tried = 0; tried < _queues.Length; tried++)
            {
                count += _poll(_queues[index], first + count, frames.Length - count);
                index = index + 1 < _queues.Length ? index + 1 : 0;
            }
        }

        return count;
    }

    /// <inheritdoc/>
    public void Dispose()
    {
        if (_isDisposed) return;
        _ = Dropped;
        _isDisposed = true;
        _membership?.Dispose();
        Port.Dispose();
    }

    // Without it every burst goes past the cache of the pool, to all cores' common ring.
    [MethodImpl(MethodImplOptions.NoInlining)]
    private void Register()
    {
        _isRegistered = true;
        if (!_isDisposed) DpdkShim.Instance.RegisterThread();
    }
}
