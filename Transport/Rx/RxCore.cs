using System.Runtime.CompilerServices;
using System.Runtime.Intrinsics.X86;
using FeedHandler.Codecs;

namespace FeedHandler.Transport;

/// <summary>One receive core: polls a source, finds each packet's channel, and lets the channel's receiver write the ring.</summary>
/// <remarks>
/// The only place with a duty cycle. Owned by one thread; nothing on the way from the frame to the published slot
/// allocates, locks, logs or throws.
/// </remarks>
public sealed class RxCore : IDisposable
{
    /// <summary>Frames taken from the source at once; also the largest batch that is published at once.</summary>
    public const int BurstFrames = 32;

    /// <summary>Frames whose bytes are asked for before their turn.</summary>
    private const int FramesAhead = 4;

    private const int CacheLineBytes = 64;

    /// <summary>Full bursts in a row before the clock is looked at all the same; a power of two.</summary>
    private const int MaxFullBursts = 1024;

    /// <summary>What waits for the sockets to be empty gets one of so many full bursts: a power of two.</summary>
    private const int FullBurstsPerLook = 64;

    private readonly IFrameSource _source;
    private readonly RouteTable _routes;
    private readonly ChannelReceiver[] _receivers;
    private readonly RingWriter _writer;
    private readonly Frame[] _frames = new Frame[BurstFrames];
    private readonly bool _isReplay;
    private bool _isAnyWaiting;
    private int _fullBursts;
    private bool _isBehind;

    // The clock that measures silence, and when some receiver wants to look at it.
    private long _clockNs = long.MinValue;
    private long _nextLookNs = long.MinValue;

    /// <summary>Creates the core. It owns the source from now on.</summary>
    public RxCore(IFrameSource source, RouteTable routes, IReadOnlyList<ChannelReceiver> receivers, RingWriter writer)
    {
        _source = source;
        _routes = routes;
        _receivers = [.. receivers];
        _writer = writer;
        _isReplay = source.IsReplay;
    }

    /// <summary>What was counted.</summary>
    public RxCounters Counters { get; } = new();

    /// <summary>The source.</summary>
    public IFrameSource Source => _source;

    /// <summary>The receivers of the core's channels, in the order of its route table.</summary>
    public IReadOnlyList<ChannelReceiver> Receivers => _receivers;

    /// <summary>The producing end of the ring.</summary>
    public RingWriter Writer => _writer;

    /// <summary>Receive time of the newest frame, nanoseconds since the Unix epoch; 0 before the first.</summary>
    public long LastReceiveTimeNs { get; private set; }

    /// <summary>Time by the clock that measures silence: of the last poll, or in a replay of the newest frame.</summary>
    public long ClockNs => _clockNs;

    /// <summary>One duty cycle, with one time for everything.</summary>
    /// <param name="nowNs">The time, nanoseconds since the Unix epoch.</param>
    /// <returns>Number of frames taken.</returns>
    [HotPath]
    public int Poll(long nowNs) => Poll(nowNs, nowNs);

    /// <summary>One duty cycle.</summary>
    /// <param name="nowNs">The time for time-outs while nothing arrives, nanoseconds since the Unix epoch; packets bring their own.</param>
    /// <param name="monotonicNs">The same by a clock that is never set: silence is measured by it. A replay has its frames' times instead.</param>
    /// <returns>Number of frames taken.</returns>
    [HotPath]
    public int Poll(long nowNs, long monotonicNs)
    {
        var count = _source.Poll(_frames);
        if (!_isReplay) _clockNs = monotonicNs;

        // A replay's time is that of its frames alone: how often it is polled must not matter.
        if (count == 0 && !_isReplay) LetTimePass(nowNs, null);

        var isBehind = count == BurstFrames && (_fullBursts & (FullBurstsPerLook - 1)) != FullBurstsPerLook - 1;
        if (isBehind != _isBehind) TellBehind(isBehind);
        Counters.Frames += count;
        var frames = new ReadOnlySpan<Frame>(_frames, 0, count);
        for (var i = 0; i < frames.Length && i < FramesAhead; i++) Prefetch(frames[i]);
        for (var i = 0; i < frames.Length; i++)
        {
            if (i + FramesAhead < frames.Length) Prefetch(frames[i + FramesAhead]);
            OnFrame(frames[i]);
        }

        // What waited in the sockets while this core could not look is no silence: it is taken first, but not for ever.
        _fullBursts = frames.Length == BurstFrames ? _fullBursts + 1 : 0;
        if (!_isReplay && _clockNs >= _nextLookNs && (_fullBursts & (MaxFullBursts - 1)) == 0) LookAtClock(nowNs);
        _writer.Publish();
        return count;
    }

    /// <summary>The source has ended: everything held back goes out.</summary>
    public void Finish()
    {
        foreach (var receiver in _receivers) receiver.Flush();
        _writer.Publish();
    }

    /// <inheritdoc/>
    public void Dispose()
    {
        _source.Dispose();
        foreach (var receiver in _receivers) receiver.Dispose();
    }

    /// <summary>Headers and the first message are in the first two cache lines; the rest of a long packet follows in order, which the processor sees by itself.</summary>
    [HotPath]
    private static unsafe void Prefetch(in Frame frame)
    {
        if (!Sse.IsSupported) return;
        Sse.Prefetch0(frame.Data);
        Sse.Prefetch0(frame.Data + CacheLineBytes);
    }

    [HotPath]
    [MethodImpl(MethodImplOptions.AggressiveInlining)]
    private unsafe void OnFrame(in Frame frame)
    {
        LastReceiveTimeNs = frame.ReceiveTimeNs;
        var bytes = new ReadOnlySpan<byte>(frame.Data, frame.Length);
        if (frame.Link == LinkType.UdpPayload)
        {
            OnDatagram(frame.DestinationAddress, frame.DestinationPort, frame.SourceAddress, bytes, frame.ReceiveTimeNs);
            return;
        }

        var error = FrameParser.TryParse(frame.Link, bytes, out var datagram);
        if (error != FrameError.None)
        {
            Counters.Dropped[(int)error]++;
            return;
        }

        OnDatagram(datagram.DestinationAddress, datagram.DestinationPort, datagram.SourceAddress, bytes.Slice(datagram.PayloadOffset, datagram.PayloadLength), frame.ReceiveTimeNs);
    }

    [HotPath]
    private void OnDatagram(uint destination, ushort port, uint source, ReadOnlySpan<byte> payload, long receiveTimeNs)
    {
        if (!_routes.TryFind(destination, port, out var route))
        {
            Counters.Unrouted++;
            return;
        }

        if (route.Source != 0 && route.Source != source)
        {
            Counters.WrongSource++;
            return;
        }

        var receiver = _receivers[route.Channel];
        if (_isAnyWaiting) LetTimePass(receiveTimeNs, route.Role == FeedRole.Incremental ? receiver : null);
        if (_isReplay)
        {
            // Frames of others say nothing of the time here; what they were held for has come out above.
            _clockNs = Math.Max(_clockNs, receiveTimeNs);
            if (_clockNs >= _nextLookNs) LookAtClock(receiveTimeNs);
        }

        receiver.OnPacket(route.Role, route.Line, payload, receiveTimeNs, _clockNs);
        _isAnyWaiting |= receiver.IsWaiting;
    }

    [MethodImpl(MethodImplOptions.NoInlining)]
    private void TellBehind(bool isBehind)
    {
        _isBehind = isBehind;
        foreach (var receiver in _receivers) receiver.IsBehind = isBehind;
    }

    /// <summary>Some channel may have been silent for too long. Seldom: packets move the time that is waited for, without a look at it.</summary>
    [MethodImpl(MethodImplOptions.NoInlining)]
    private void LookAtClock(long nowNs)
    {
        _nextLookNs = long.MaxValue;
        foreach (var receiver in _receivers) _nextLookNs = Math.Min(_nextLookNs, receiver.OnClock(_clockNs, nowNs));
    }

    /// <summary>A hole times out by the packets of other channels and feeds, too: its own may be silent while those keep the core busy.</summary>
    /// <param name="nowNs">The time.</param>
    /// <param name="next">The receiver that gets the packet, which may fill its hole.</param>
    [MethodImpl(MethodImplOptions.NoInlining)]
    private void LetTimePass(long nowNs, ChannelReceiver? next)
    {
        _isAnyWaiting = false;
        foreach (var receiver in _receivers)
        {
            if (!receiver.IsWaiting) continue;
            if (receiver != next) receiver.OnIdle(nowNs, _clockNs);
            _isAnyWaiting |= receiver.IsWaiting;
        }
    }
}

/// <summary>What an RX core counted. Owned by its thread; others read it for display.</summary>
public sealed class RxCounters
{
    /// <summary>Frames taken from the source.</summary>
    public long Frames;

    /// <summary>Frames that hold no UDP datagram for us, by <see cref="FrameError"/>.</summary>
    public readonly long[] Dropped = new long[8];

    /// <summary>Datagrams to an address that no channel of this core listens to.</summary>
    public long Unrouted;

    /// <summary>Datagrams from a source that the line does not allow.</summary>
    public long WrongSource;
}
