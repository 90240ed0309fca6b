using FeedHandler.Codecs;

namespace FeedHandler.Transport;

/// <summary>Frames of an interface's queues straight from the driver, by system calls alone: no library, no compiler, no copy where the driver can.</summary>
/// <remarks>
/// Owned by one RX core. Needs CAP_NET_RAW, CAP_NET_ADMIN and CAP_BPF. What is not for us goes on to the kernel. The kernel
/// gives no time stamp: the clock is read once a burst. Groups are held by a membership of the kernel, which also sets the
/// NIC's multicast filter.
/// </remarks>
public sealed class AfXdpSource : IFrameSource
{
    private readonly XdpSocket[] _sockets;
    private readonly XdpProgram _program;
    private readonly MulticastMembership _membership;
    private int _next;
    private bool _isDisposed;

    /// <summary>Opens the queues, starts the program and joins the groups of all lines.</summary>
    /// <exception cref="TransportException">The kernel refused; the message says what is missing.</exception>
    public AfXdpSource(IReadOnlyList<LineAddress> lines, AfXdpOptions options)
    {
        var name = $"af_xdp {options.Interface}";
        var index = NamedInterface.IndexOf("af_xdp", options.Interface);
        var opened = new Stack<IDisposable>();
        try
        {
            var sockets = new List<XdpSocket>();
            foreach (var queue in options.Queues)
            {
                sockets.Add(new XdpSocket(name, index, queue, options));
                opened.Push(sockets[^1]);
            }

            _sockets = [.. sockets];
            _program = new XdpProgram(name, lines);
            opened.Push(_program);
            for (var i = 0; i < _sockets.Length; i++) _program.SetSocket(options.Queues[i], _sockets[i].Handle);
            _program.Attach(index, options.Mode);
            _membership = MulticastMembership.Join(options.Interface, lines);
        }
        catch
        {
            while (opened.TryPop(out var one)) one.Dispose();
            throw;
        }

        IsZeroCopy = Array.TrueForAll(_sockets, socket => socket.IsZeroCopy);
        Name = $"{name} {options.Mode.ToString().ToLowerInvariant()} {(IsZeroCopy ? "zero-copy" : "copy")} {lines.Count} groups";
    }

    /// <inheritdoc/>
    public string Name { get; }

    /// <inheritdoc/>
    public bool IsEnded => false;

    /// <inheritdoc/>
    public bool IsReplay => false;

    /// <summary>Whether the NIC writes our memory itself, on every queue.</summary>
    public bool IsZeroCopy { get; }

    /// <inheritdoc/>
    public long Dropped
    {
        get
        {
            long dropped = 0;
            foreach (var socket in _sockets) dropped += socket.CountDropped();
            return dropped;
        }
    }

    /// <summary>Frames of memory that are nowhere: 0 while nothing is on its way, or something has leaked.</summary>
    internal long MissingFrames => _sockets.Sum(socket => socket.MissingFrames);

    /// <inheritdoc/>
    [HotPath]
    public int Poll(Span<Frame> frames)
    {
        if (_isDisposed) return 0;

        // Another queue is first each time, so that a busy one cannot starve the rest.
        _next = _next + 1 < _sockets.Length ? _next + 1 : 0;
        var count = 0;
        var index = _next;
        for (var tried = 0; tried < _sockets.Length; tried++)
        {
            count += _sockets[index].Poll(frames[count..]);
            index = index + 1 < _sockets.Length ? index + 1 : 0;
        }

        if (count != 0) Stamp(frames[..count], WallClock.NowNs());
        return count;
    }

    /// <summary>Lets in one more line while it runs; its group must be joined already, or need no join.</summary>
    /// <exception cref="TransportException">The kernel refused.</exception>
    public void Add(LineAddress line) => _program.Add(line);

    /// <summary>Leaves a line to the kernel again.</summary>
    public void Remove(LineAddress line) => _program.Remove(line);

    /// <inheritdoc/>
    public void Dispose()
    {
        if (_isDisposed) return;
        _isDisposed = true;
        _membership.Dispose();
        _program.Dispose();
        foreach (var socket in _sockets) socket.Dispose();
    }

    [HotPath]
    private static void Stamp(Span<Frame> frames, long nowNs)
    {
        foreach (ref var frame in frames) frame.ReceiveTimeNs = nowNs;
    }
}
