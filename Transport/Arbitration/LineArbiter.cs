using System.Runtime.CompilerServices;
using FeedHandler.Codecs;

namespace FeedHandler.Transport;

/// <summary>Makes one stream of the redundant lines of a channel: each sequence once, in order, whichever line is first.</summary>
/// <remarks>
/// <para>The caller offers every packet by <see cref="Offer"/> and then calls <see cref="Next"/> until it says <see cref="ArbiterEventKind.None"/>;
/// it also calls <see cref="Next"/> when idle, because only there a hole times out.</para>
/// <para>A hole is declared a gap when no packet made progress for <see cref="LineArbiterOptions.ReorderTimeoutNs"/>, or every living line is
/// beyond it by more than <see cref="LineArbiterOptions.LineReorderPackets"/> packets, or the window is full. Nothing waits for longer.</para>
/// <para>A packet too far ahead, or behind but sent after the last accepted one, is an outlier. It is set aside until the other line shows the
/// same packet, or <see cref="LineArbiterOptions.ConfirmPackets"/> more follow near it (of packets that are far apart, seven); packets that go on at the expected place refute it. A confirmed
/// one is a jump when the number is above the expected one, else a restart of the sequence: what is held from the old session comes out first, then
/// <see cref="ArbiterEventKind.SessionStart"/>, then the new session from its first packet. So one forged packet does not move the sequence.</para>
/// <para>The send time is evidence: the venue numbers packets in the order in which it sends them, with the same time on all lines. Pass 0 where
/// that does not hold (no such field; retransmitted packets). Without it, a restart is not recognised: call <see cref="BeginSession"/>.</para>
/// <para>Owned by one RX core. Reads no clock and does not allocate after construction.</para>
/// </remarks>
public sealed partial class LineArbiter
{
    // 32-bit sequence numbers are extended to 64-bit positions from here, so that a position before a wrap is not negative.
    private const ulong Base32 = 1UL << 32;

    private readonly LineArbiterOptions _options;
    private readonly LineState[] _lines;
    private readonly ReorderWindow _window;
    private readonly SuspectRun _suspects;
    private readonly RecentRanges _gaps = new();
    private readonly PayloadFingerprints? _fingerprints;
    private readonly int _shift;
    private readonly ulong _mask;
    private readonly ulong _base;

    private ulong _expected;
    private ulong _lastSendingTimeNs;

    // Below it a packet behind may be late instead of a duplicate: the end of the newest gap, or where the session was joined.
    private ulong _lateBefore;
    private ulong _joined;

    // Set whenever there is more to look at than "is it the expected one": see UpdateAttention.
    private bool _offerNeedsCare = true;
    private bool _nextNeedsCare;
    private bool _started;
    private LineArbiterCounters _counters;

    /// <summary>Takes all memory that the arbiter will ever use.</summary>
    /// <exception cref="ArgumentOutOfRangeException">An option is out of its range.</exception>
    public LineArbiter(LineArbiterOptions options)
    {
        _options = options.Validated();
        _shift = 64 - options.SequenceBits;
        _mask = ulong.MaxValue >> _shift;
        _base = options.SequenceBits == 32 ? Base32 : 0;
        _lines = new LineState[options.Lines];
        for (var i = 0; i < _lines.Length; i++) _lines[i].Holes = new RecentRanges();
        // A confirmed jump enters the window as a whole, even into one that is almost full.
        _window = new ReorderWindow(options.ReorderWindowPackets + SuspectRun.Capacity(options.ConfirmPackets), options.SlotBytes);
        _suspects = new SuspectRun(options.ConfirmPackets, options.SlotBytes);
        _fingerprints = options.DetectConflicts ? new PayloadFingerprints() : null;
        ResetLines();
    }

    /// <summary>Whether a first packet was seen.</summary>
    public bool IsStarted => _started;

    /// <summary>The next expected sequence number, as on the wire.</summary>
    public ulong NextSequence => _expected & _mask;

    /// <summary>Whether <see cref="Next"/> may have something to say as time passes: a hole is open, or a packet is held.</summary>
    public bool IsWaiting => _nextNeedsCare;

    /// <summary>Counters of the channel.</summary>
    public ref readonly LineArbiterCounters Counters => ref _counters;

    /// <summary>Counters of one line.</summary>
    public ref readonly LineCounters CountersOf(int line) => ref _lines[line].Counters;

    /// <summary>Offers one packet.</summary>
    /// <param name="line">The line it came from, 0 to <see cref="LineArbiterOptions.Lines"/> - 1.</param>
    /// <param name="sequence">The first sequence number that it covers.</param>
    /// <param name="count">Sequence numbers that it covers: 1 for CME, messages for MoldUDP64; it must be true of the payload. 0: a heartbeat that names the next expected sequence.</param>
    /// <param name="sendingTimeNs">The venue's send time, the same on all lines; 0 if there is none.</param>
    /// <param name="nowNs">Receive time.</param>
    /// <param name="payload">Bytes to keep if the packet must wait.</param>
    /// <param name="skip">On <see cref="ArbiterVerdict.Deliver"/>: how many of its first sequences were delivered or declared lost before.</param>
    [HotPath]
    [MethodImpl(MethodImplOptions.AggressiveInlining)]
    public ArbiterVerdict Offer(int line, ulong sequence, uint count, ulong sendingTimeNs, long nowNs, ReadOnlySpan<byte> payload, out uint skip)
    {
        skip = 0;
        ref var from = ref _lines[line];
        from.Counters.Received++;
        from.LastSeenNs = nowNs;
        var delta = Delta(sequence);
        var position = _expected + (ulong)delta;
        if (!_offerNeedsCare && count != 0 && from.Next == position)
        {
            if (delta == 0)
            {
                _expected = from.Next = position + count;
                _lastSendingTimeNs = sendingTimeNs;
                return ArbiterVerdict.Deliver;
            }

            // The other line's copy: half of all packets.
            if (delta < 0 && position + count <= _expected && position >= _lateBefore && sendingTimeNs <= _lastSendingTimeNs)
            {
                from.Next = position + count;
                from.Counters.Duplicates++;
                return ArbiterVerdict.Duplicate;
            }
        }

        return OfferWithCare(line, sequence, count, sendingTimeNs, nowNs, payload, out skip);
    }

    /// <summary>Takes the next event. To be called after every <see cref="Offer"/> and when idle, until it says <see cref="ArbiterEventKind.None"/>.</summary>
    /// <param name="nowNs">The time, for time-outs.</param>
    /// <param name="e">What happened.</param>
    [HotPath]
    public ArbiterEventKind Next(long nowNs, out ArbiterEvent e)
    {
        if (_nextNeedsCare) return NextWithCare(nowNs, out e);
        e = default;
        return ArbiterEventKind.None;
    }

    /// <summary>The bytes of a held packet. Valid until the next <see cref="Offer"/> or <see cref="Next"/>.</summary>
    public ReadOnlySpan<byte> Payload(in ArbiterEvent e) => _window.Payload(e.Slot);

    /// <summary>Says that sequence numbers up to and including this one exist (a snapshot names it): what does not arrive in time is a gap.</summary>
    /// <remarks>Ignored before the start, when it is known already, and when it is further ahead than <see cref="LineArbiterOptions.MaxJump"/>. Not to be called with a snapshot of another session.</remarks>
    /// <param name="sequence">The highest of them.</param>
    /// <param name="nowNs">Receive time.</param>
    /// <param name="sendingTimeNs">When the venue said so: later than it sent any of them. 0: not known.</param>
    public void NoteExists(ulong sequence, long nowNs, ulong sendingTimeNs = 0)
    {
        if (!_started) return;
        var end = _expected + (ulong)Delta(sequence) + 1;
        if (end > _expected && !IsBeyondReach(end)) _tailNamedNs = Math.Max(_tailNamedNs, sendingTimeNs);
        NoteEnd(end, nowNs);
    }

    /// <summary>Says that nothing more will arrive (end of a capture): the following calls of <see cref="Next"/> give every hole as a gap and every held packet.</summary>
    public void Flush()
    {
        // Two packets that agree and that nothing contradicts are the tail of the capture; a single one may be anything.
        var isTail = _suspects.Count > 1 && _suspects.IsUnopposed;
        if (isTail) _suspects.ConfirmAll();
        if (isTail && IsSuspectRestart) _sessionPending = true;
        else if (isTail) TakeBackSuspects();
        else _suspects.Clear();
        _flushing = true;
        UpdateAttention();
    }

    /// <summary>Says that the caller saw a new session begin (MoldUDP64 names it): what is held comes out, then <see cref="ArbiterEventKind.SessionStart"/>, and the next packet starts the sequence.</summary>
    /// <remarks>To be called before the first packet of the new session is offered, and followed by draining <see cref="Next"/>.</remarks>
    public void BeginSession()
    {
        if (!_started) return;
        _suspects.Clear();
        _sessionPending = true;
        UpdateAttention();
    }

    /// <summary>What is missing before the next packet that is held or known to exist: what a retransmission could bring.</summary>
    /// <param name="nowNs">The time: what a snapshot names may still be on its way.</param>
    /// <param name="from">First missing position; its low bits are the venue's number.</param>
    /// <param name="to">The one after the last missing.</param>
    /// <returns>False where nothing is missing.</returns>
    public bool TryGetHole(long nowNs, out ulong from, out ulong to)
    {
        from = to = _expected;
        if (!_nextNeedsCare) return false;
        if (_window.Count > 0) to = _window[0].Position;
        else if (_laterTailEnd > _expected && nowNs >= _laterTailSinceNs) to = _laterTailEnd;
        else if (_tailEnd > _expected && nowNs >= _tailSinceNs) to = _tailEnd;
        return to > from;
    }

    /// <summary>Says that what is missing before a held packet will not come: the next call of <see cref="Next"/> declares it a gap.</summary>
    /// <returns>False where nothing is held: what is only known to exist may still come by itself.</returns>
    public bool GiveUpHole() => _holeIsGivenUp = _window.Count > 0 && _window[0].Position > _expected;

    /// <summary>Signed distance from the expected sequence number, in serial number arithmetic.</summary>
    [MethodImpl(MethodImplOptions.AggressiveInlining)]
    private long Delta(ulong sequence) => (long)((sequence - _expected) << _shift) >> _shift;

    private struct LineState
    {
        /// <summary>Position after the highest credible one that the line has shown; <see cref="Unseen"/> before.</summary>
        public ulong Next;
        public long LastSeenNs;
        public LineCounters Counters;
        public RecentRanges Holes;

        public const ulong Unseen = ulong.MaxValue;
    }
}
