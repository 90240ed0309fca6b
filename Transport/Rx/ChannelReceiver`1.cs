using System.Runtime.CompilerServices;
using FeedHandler.Codecs;

namespace FeedHandler.Transport;

/// <summary>The RX side of one channel of a given protocol.</summary>
/// <remarks>Owned by one RX core. Generic over the decoder's struct, so that the path from packet to ring slot has one virtual call.</remarks>
public sealed class ChannelReceiver<TDecoder> : ChannelReceiver
    where TDecoder : struct, IPacketDecoder
{
    /// <summary>
    /// A loop has hosts and a path of its own and may be ahead of the incremental feed by more than its two lines are apart:
    /// what an image names is only missing after this and the arbiter's time-out.
    /// </summary>
    private const long LoopLeadNs = 200_000_000;

    /// <summary>Far above every heartbeat interval, far below the pause between two sessions.</summary>
    private const ulong MaxSilenceNs = 60_000_000_000;

    private readonly ushort _channel;
    private readonly LineArbiter _arbiter;
    private readonly RecentPacketFilter _loopFilter = new();
    private readonly UnprovenImages _unproven = new();
    private uint _snapshotPackets;
    private readonly RingWriter _writer;
    private TDecoder _decoder;
    private bool _overrun;
    private ulong _overrunFrom;
    private readonly bool _sessionIsFixed;
    private ulong _session;
    private bool _sessionEnded;
    private int _strangersInRow;

    // The last packet that reached the consumers.
    private ulong _toldSequence;
    private readonly RetransmissionClient? _requests;
    private readonly ImageReceiver<TDecoder>? _images;
    private readonly bool _recovers;
    private bool _joinIsJudged;

    /// <summary>Packets of another session, with none of the known one between them, that make it the session.</summary>
    private const int SessionConfirmPackets = 4;

    private long _lastReceiveTimeNs;
    private long _clockNs;

    // A session that began while the ring was full, to be told first when there is room again.
    private bool _sessionUntold;

    // The last that the consumers were told of silence is that there is one.
    private readonly SilenceWatch _silence;
    private bool _isSilenceTold;

    // Whether the next packet starts a session; send times of the last packet and of the session's first.
    private bool _startsSession;
    private ulong _lastSentNs;
    private ulong _sessionSentNs;

    /// <summary>Creates the receiver.</summary>
    /// <param name="channel">Index of the channel.</param>
    /// <param name="arbitration">How its lines are arbitrated.</param>
    /// <param name="decoder">Its decoder.</param>
    /// <param name="writer">Where updates go.</param>
    /// <param name="session">The only session to take (<see cref="PacketHeader.Session"/>); 0: whichever is sent.</param>
    /// <param name="requests">Asks for what is missing, on behalf of the arbiter's last line; belongs to the receiver from here on.</param>
    /// <param name="silence">Says when the consumers are told of a silence; null: never.</param>
    public ChannelReceiver(
        ushort channel, LineArbiterOptions arbitration, TDecoder decoder, RingWriter writer, ulong session = 0, RetransmissionClient? requests = null, SilenceWatch? silence = null)
        : this(channel, arbitration, decoder, writer, session, requests, silence, null)
    {
    }

    /// <inheritdoc cref="ChannelReceiver{TDecoder}(ushort, LineArbiterOptions, TDecoder, RingWriter, ulong, RetransmissionClient?, SilenceWatch?)"/>
    internal ChannelReceiver(
        ushort channel, LineArbiterOptions arbitration, TDecoder decoder, RingWriter writer, ulong session, RetransmissionClient? requests, SilenceWatch? silence, ImageReceiver<TDecoder>? images)
    {
        _silence = silence ?? new SilenceWatch(0, arbitration.Lines);
        _requests = requests;
        _images = images;
        _recovers = requests is not null || images is not null;
        // The first packet is looked at then, as that of a session.
        _startsSession = images is not null;
        _session = session;
        _sessionIsFixed = session != 0;
        _channel = channel;
        _arbiter = new LineArbiter(arbitration);
        _decoder = decoder;
        _writer = writer;
    }

    /// <inheritdoc/>
    public override DecoderCounters Decoder => _decoder.Counters;

    /// <inheritdoc/>
    public override LineArbiter Arbiter => _arbiter;

    /// <inheritdoc/>
    public override RequestTotals? Requests => _requests?.Totals;

    /// <inheritdoc/>
    public override GlimpseCounters? Images => _images?.Counters;

    /// <inheritdoc/>
    public override ImageDemand? Demand => _images?.Demand;

    /// <inheritdoc/>
    public override SilenceWatch Silence => _silence;

    /// <inheritdoc/>
    public override bool IsWaiting => _arbiter.IsWaiting || _overrun || _requests is { IsBusy: true } || _images is { IsBusy: true };

    /// <inheritdoc/>
    [HotPath]
    public override void OnPacket(FeedRole role, int line, ReadOnlySpan<byte> payload, long receiveTimeNs, long clockNs)
    {
        Counters.Packets++;
        _lastReceiveTimeNs = receiveTimeNs;
        _clockNs = clockNs;
        if (!_decoder.TryReadHeader(payload, out var header)) return;
        if (role != FeedRole.Incremental)
        {
            OnLoopPacket(role, line, payload, header, receiveTimeNs);
            return;
        }

        if (header.Session != _session && !IsNewSession(payload, header, receiveTimeNs)) return;
        _strangersInRow = 0;
        var verdict = _arbiter.Offer(line, header.Sequence, header.Count, header.SendingTimeNs, receiveTimeNs, payload, out var skip);
        if (verdict is ArbiterVerdict.Deliver or ArbiterVerdict.Held || (verdict == ArbiterVerdict.Heartbeat && header.Sequence >= _arbiter.NextSequence))
        {
            // Before anything is told: only what a line brought ends a silence.
            _silence.OnHeard(line, clockNs);
            _sessionEnded = header.EndsSession;
        }
        else if (verdict != ArbiterVerdict.Outlier)
        {
            _silence.OnLine(line, clockNs);
        }

        if (verdict == ArbiterVerdict.Deliver && Process(payload, header.Sequence, skip, header.SendingTimeNs, receiveTimeNs) != Taken.No) Counters.PacketsUsed++;
        if (_arbiter.IsWaiting) Drain(receiveTimeNs);
        if (_unproven.Count != 0) TakeProven(receiveTimeNs);
        if (_overrun) ResumeIfCalm(receiveTimeNs);
        if (_isSilenceTold) EndSilence(receiveTimeNs);
        if (_recovers) Recover(receiveTimeNs);
    }

    /// <inheritdoc/>
    public override long OnClock(long clockNs, long nowNs)
    {
        if (_silence.LimitNs == 0) return long.MaxValue;

        // Who said that nothing follows may be silent. Bad news does not wait for a gap that found no room yet.
        if (_sessionEnded) return clockNs + _silence.LimitNs;
        _silence.Check(clockNs, out var nextNs);
        if (!_silence.IsSilent || _isSilenceTold) return nextNs;
        var overdueNs = clockNs - _silence.HeardNs - _silence.LimitNs;
        WriteSilence(isSilent: true, _overrun ? _toldSequence : _arbiter.NextSequence - 1, nowNs - overdueNs);
        return _isSilenceTold ? nextNs : clockNs + RetryNs;
    }

    /// <inheritdoc/>
    public override void OnIdle(long nowNs, long clockNs)
    {
        _clockNs = clockNs;
        Drain(nowNs);
        if (_overrun) ResumeIfCalm(nowNs);
        if (_recovers) Recover(nowNs);
    }

    /// <inheritdoc/>
    public override void Dispose()
    {
        _requests?.Dispose();
        _images?.Dispose();
    }

    /// <inheritdoc/>
    public override void Flush()
    {
        _arbiter.Flush();
        Drain(_lastReceiveTimeNs);
        if (!_overrun) return;
        Resume(_arbiter.NextSequence, _lastReceiveTimeNs);
        if (_overrun) Report(_overrunFrom, _arbiter.NextSequence, GapReason.RingFull);
    }

    [MethodImpl(MethodImplOptions.NoInlining)]
    private void Drain(long nowNs)
    {
        for (var kind = _arbiter.Next(nowNs, out var e); kind != ArbiterEventKind.None; kind = _arbiter.Next(nowNs, out e))
        {
            switch (kind)
            {
                case ArbiterEventKind.Packet when e.Line == RequestLine:
                    ProcessAnswer(_arbiter.Payload(e), e.Sequence, e.Count, e.Skip, e.SendingTimeNs, e.ReceiveTimeNs);
                    break;
                case ArbiterEventKind.Packet:
                    if (Process(_arbiter.Payload(e), e.Sequence, e.Skip, e.SendingTimeNs, e.ReceiveTimeNs) != Taken.No) Counters.PacketsUsed++;
                    break;
                case ArbiterEventKind.Gap:
                    WriteGap(e.From, e.To, GapReason.Loss, e.ReceiveTimeNs);
                    break;
                case ArbiterEventKind.SessionStart:
                    _requests?.Restart();
                    _images?.Restart();
                    _joinIsJudged = false;
                    _startsSession = true;
                    WriteSessionStart(e.Sequence, e.ReceiveTimeNs);
                    break;
                default:
                    break;
            }
        }
    }

    /// <summary>What became of a packet whose turn it was.</summary>
    private enum Taken : byte
    {
        /// <summary>The ring had no room.</summary>
        No,

        /// <summary>It could be read in part.</summary>
        InPart,

        Whole,
    }

    [HotPath]
    private Taken Process(ReadOnlySpan<byte> payload, ulong sequence, uint skip, ulong sendingTimeNs, long receiveTimeNs)
    {
        if (_startsSession || sendingTimeNs - _lastSentNs > MaxSilenceNs || sendingTimeNs < _sessionSentNs) JudgeSession(sequence, sendingTimeNs, receiveTimeNs);
        _lastSentNs = sendingTimeNs;
        if (_overrun && !TryResume(sequence, receiveTimeNs)) return Taken.No;
        if (!_writer.TryReserve(UpdateBounds.MaxUpdates(payload.Length) + GapUpdates + SilenceUpdates))
        {
            Overrun(sequence);
            return Taken.No;
        }

        var sink = new RingSink(_writer);
        if (IsSilenceOver) WriteSilence(isSilent: false, sequence + skip - 1, receiveTimeNs);
        _toldSequence = sequence;
        _writer.BeginPacket(_channel, (uint)sequence, receiveTimeNs, UpdateFlags.None);
        if (!_decoder.Decode(payload, skip, FeedRole.Incremental, ref sink))
        {
            EndMalformedPacket(sequence, skip, receiveTimeNs);
            return Taken.InPart;
        }

        _writer.EndPacket();
        return Taken.Whole;
    }

    private void OnLoopPacket(FeedRole role, int line, ReadOnlySpan<byte> payload, in PacketHeader header, long receiveTimeNs)
    {
        ref var counters = ref Counters.Loops[((int)role * 2) + line];
        counters.Packets++;
        if (role != FeedRole.Definitions && IsOfOtherSession(header, ref counters)) return;
        if (_loopFilter.IsDuplicate((uint)header.Sequence, header.SendingTimeNs ^ ((ulong)role << 62)))
        {
            counters.Duplicates++;
            if (_unproven.Count == 0) return;
            _unproven.OnCopy(role, line, payload);
            TakeProven(receiveTimeNs);
            return;
        }

        _snapshotPackets++;
        if (role != FeedRole.Definitions && _arbiter.IsStarted && _decoder.TryReadSnapshotSequence(payload, out var named) && _arbiter.IsAhead(named, out var position))
        {
            var packet = new UnprovenImages.Entry
            {
                Role = role,
                Line = line,
                Number = _snapshotPackets,
                Sequence = header.Sequence,
                Named = named,
                Position = position,
                SendingTimeNs = header.SendingTimeNs,
                ReceiveTimeNs = receiveTimeNs,
            };
            // What has waited for too long is no witness any more.
            TakeProven(receiveTimeNs);
            if (!_unproven.TryAdd(packet, payload)) counters.Unproven++;
            TakeProven(receiveTimeNs);
            return;
        }

        TakeLoopPacket(role, header.Sequence, payload, receiveTimeNs);
    }

    /// <summary>Takes the images that named more than the feed had shown, and that something else has borne out since.</summary>
    [MethodImpl(MethodImplOptions.NoInlining)]
    private void TakeProven(long nowNs)
    {
        while (_unproven.TryTake(_arbiter, nowNs, out var image, out var isProven))
        {
            if (!isProven)
            {
                Counters.Loops[((int)image.Role * 2) + image.Line].Unproven++;
                continue;
            }

            TakeLoopPacket(image.Role, image.Sequence, _unproven.Payload(image), nowNs);
            _arbiter.NoteExists(image.Named, nowNs + LoopLeadNs, image.WitnessedNs);
        }
    }

    private void TakeLoopPacket(FeedRole role, ulong sequence, ReadOnlySpan<byte> payload, long receiveTimeNs)
    {
        // A loop comes again: where the ring is full its packets are simply dropped.
        if (!_writer.TryReserve(UpdateBounds.MaxUpdates(payload.Length)))
        {
            Counters.RingFullPackets++;
            return;
        }

        Counters.PacketsUsed++;
        var sink = new RingSink(_writer);
        _writer.BeginPacket(_channel, (uint)sequence, receiveTimeNs, UpdateFlags.Snapshot);
        _decoder.Decode(payload, 0, role, ref sink);
        _writer.EndPacket();
    }

    [MethodImpl(MethodImplOptions.NoInlining)]
    private void WriteGap(ulong from, ulong to, GapReason reason, long receiveTimeNs)
    {
        // What is lost while the ring is full is told as one gap when there is room again.
        if (_overrun) return;
        _images?.OnLoss(to, receiveTimeNs, _clockNs, isRingOpen: true);
        if (!_writer.TryReserve(2))
        {
            _overrun = true;
            _overrunFrom = from;
            return;
        }

        Report(from, to, reason);
        _writer.BeginPacket(_channel, (uint)(to - 1), receiveTimeNs, UpdateFlags.None);
        ref var gap = ref _writer.Claim();
        SetGap(ref gap, from, to, reason);
        if (_requests is not null && reason == GapReason.Loss) gap.Level = 1;
        _writer.EndPacket();
    }

    /// <summary>
    /// A packet could be read in part. What is missing may lie before or behind any of its updates, so a gap stands on both
    /// sides of them: no book says Live in between that lacks an update, and none does after them.
    /// </summary>
    [MethodImpl(MethodImplOptions.NoInlining)]
    private void EndMalformedPacket(ulong sequence, uint skip, long receiveTimeNs)
    {
        // Of a packet of several numbers nobody knows which could not be read. The arbiter stands behind it already.
        Report(sequence + skip, Math.Max(_arbiter.NextSequence, sequence + skip + 1), GapReason.Malformed);
        SetGap(ref _writer.ClaimFirst(), sequence, sequence + 1, GapReason.Malformed);
        _writer.EndPacket();
        _writer.BeginPacket(_channel, (uint)sequence, receiveTimeNs, UpdateFlags.None);
        SetGap(ref _writer.Claim(), sequence, sequence + 1, GapReason.Malformed);
        _writer.EndPacket();
        // Any of its messages may be the one that could not be read.
        _images?.OnLoss(_arbiter.NextSequence, receiveTimeNs, _clockNs, isRingOpen: true);
    }

    /// <summary>What a malformed packet takes besides its updates: two gaps, and a clock between them.</summary>
    private const int GapUpdates = 3;

    private static void SetGap(ref MarketUpdate gap, ulong from, ulong to, GapReason reason)
    {
        gap.Kind = UpdateKind.Gap;
        gap.Code = (byte)reason;
        gap.OrderId = from;
        gap.Priority = to;
    }

    /// <summary>One run of missing packets is one gap in the report, however it was found out.</summary>
    private void Report(ulong from, ulong to, GapReason reason)
    {
        Counters.Lost += (long)(to - from);
        var gaps = Counters.ReportedGaps;
        if (gaps.Count != 0 && gaps[^1] is var last && last.To == from && last.Reason == reason)
        {
            gaps[^1] = last with { To = to };
            return;
        }

        Counters.Gaps++;
        if (gaps.Count < ReceiverCounters.MaxReportedGaps) gaps.Add(new ReportedGap(from, to, reason));
    }

    [MethodImpl(MethodImplOptions.NoInlining)]
    private void WriteSessionStart(ulong first, long receiveTimeNs)
    {
        _unproven.Clear();
        if (_overrun || !_writer.TryReserve(2 + SilenceUpdates))
        {
            _overrun = true;
            _overrunFrom = first;
            _sessionUntold = true;
            return;
        }

        _writer.BeginPacket(_channel, (uint)first, receiveTimeNs, UpdateFlags.None);
        _writer.Claim().Kind = UpdateKind.SessionStart;
        _writer.EndPacket();
        if (IsSilenceOver) WriteSilence(isSilent: false, first, receiveTimeNs);
    }

    /// <summary>What the end of a silence takes: itself, and a clock.</summary>
    private const int SilenceUpdates = 2;

    /// <summary>When a silence is told that found no room in the ring.</summary>
    private const long RetryNs = 1_000_000;

    /// <summary>A packet that was held since before the silence does not end it when its turn comes.</summary>
    private bool IsSilenceOver => _isSilenceTold && !_silence.IsSilent;

    /// <summary>A heartbeat that names the next number ends a silence, too, where no gap is still to be told.</summary>
    [MethodImpl(MethodImplOptions.NoInlining)]
    private void EndSilence(long receiveTimeNs)
    {
        if (IsSilenceOver && !_overrun && !_arbiter.IsWaiting) WriteSilence(isSilent: false, _arbiter.NextSequence - 1, receiveTimeNs);
    }

    /// <summary>Tells that the channel is silent, or that its next packet goes on where it stopped or behind a gap that was told.</summary>
    [MethodImpl(MethodImplOptions.NoInlining)]
    private void WriteSilence(bool isSilent, ulong lastSequence, long receiveTimeNs)
    {
        if (!_writer.TryReserve(SilenceUpdates)) return;
        _isSilenceTold = isSilent;
        _writer.BeginPacket(_channel, (uint)lastSequence, receiveTimeNs, UpdateFlags.None);
        ref var silence = ref _writer.Claim();
        silence.Kind = UpdateKind.Silence;
        silence.Code = isSilent ? (byte)1 : (byte)0;
        _writer.EndPacket();
    }

    [MethodImpl(MethodImplOptions.NoInlining)]
    private void Recover(long nowNs)
    {
        if (_requests is not null) Request(nowNs);
        if (_images is null) return;
        if (!_joinIsJudged && _arbiter.IsStarted) JudgeJoin(_arbiter.NextSequence, nowNs);
        if (!_overrun && (_images.IsOwed || _images.IsDemanded(_clockNs))) _images.Retry(_arbiter.NextSequence, nowNs, _clockNs);
        if (!_images.IsBusy) return;

        // Packets that wait already go first.
        if (_overrun || IsBehind) _images.Wait(_clockNs);
        else _images.Follow(_arbiter.NextSequence, nowNs, _clockNs);
    }

    /// <summary>Who joins a session behind its first message does not know the orders that rest.</summary>
    private void JudgeJoin(ulong first, long nowNs)
    {
        _joinIsJudged = true;
        if (first > 1) _images!.OnLoss(first, nowNs, _clockNs, isRingOpen: !_overrun);
    }

    /// <summary>Answers taken at once; more wait in the socket.</summary>
    private const int MaxAnswers = 16;

    /// <summary>Takes answers, as packets of the last line, and asks for what is missing now.</summary>
    [MethodImpl(MethodImplOptions.NoInlining)]
    private void Request(long nowNs)
    {
        var requests = _requests!;
        for (var i = 0; i < MaxAnswers && (requests.IsBusy || _arbiter.TryGetHole(nowNs, out _, out _)); i++)
        {
            var answer = requests.Receive(nowNs);
            if (answer.IsEmpty) break;
            if (!_decoder.TryReadHeader(answer, out var header) || header.Session != _session || header.Count == 0) continue;
            var verdict = _arbiter.Offer(RequestLine, header.Sequence, header.Count, header.SendingTimeNs, nowNs, answer, out var skip);
            if (verdict == ArbiterVerdict.Deliver) ProcessAnswer(answer, header.Sequence, header.Count, skip, header.SendingTimeNs, nowNs);
            Drain(nowNs);
        }

        // Where nothing will come the consumers are told at once.
        while (_arbiter.TryGetHole(nowNs, out var from, out var to) && !requests.Want(from, to, nowNs) && _arbiter.GiveUpHole()) Drain(nowNs);
    }

    /// <summary>Like any packet, but counted apart: no line brought it.</summary>
    private void ProcessAnswer(ReadOnlySpan<byte> answer, ulong sequence, ulong count, uint skip, ulong sendingTimeNs, long nowNs)
    {
        var taken = Process(answer, sequence, skip, sendingTimeNs, nowNs);
        if (taken == Taken.No) return;
        Counters.AnswersUsed++;
        if (taken == Taken.Whole) Counters.Recovered += (long)(count - skip);
    }

    /// <summary>A packet of another session than the last one's: the next session, or a stranger.</summary>
    [MethodImpl(MethodImplOptions.NoInlining)]
    private bool IsNewSession(ReadOnlySpan<byte> payload, in PacketHeader header, long receiveTimeNs)
    {
        var follows = !_sessionIsFixed
            && (_session == 0 || _sessionEnded || header is { Sequence: 1, Count: > 0 } || ++_strangersInRow >= SessionConfirmPackets);
        if (!follows)
        {
            Counters.OtherSession++;
            return false;
        }

        if (_session != 0)
        {
            _arbiter.BeginSession();
            Drain(receiveTimeNs);
        }

        _requests?.SetSession(payload);
        _images?.SetSession(payload, _clockNs);
        _session = header.Session;
        return true;
    }

    /// <summary>
    /// The first packet of a session, or after a silence. A venue that is up sends heartbeats; where two packets are further
    /// apart than any of its silences, a session may have ended and another come to the next number, with or without a gap.
    /// </summary>
    [MethodImpl(MethodImplOptions.NoInlining)]
    private void JudgeSession(ulong sequence, ulong sendingTimeNs, long receiveTimeNs)
    {
        if (_images is not null && !_joinIsJudged) JudgeJoin(sequence, receiveTimeNs);
        if (!_startsSession && IsAfterSilence(sendingTimeNs))
        {
            _startsSession = true;
            WriteSessionStart(sequence, receiveTimeNs);
        }

        // A send time that runs ahead of those after it was wrong, and must not keep the images of the session out. That one
        // packet says so is not enough.
        if (_startsSession) _sessionSentNs = sendingTimeNs;
        else if (sendingTimeNs < _sessionSentNs && _lastSentNs < _sessionSentNs) _sessionSentNs = Math.Min(sendingTimeNs, _lastSentNs);
        _startsSession = false;
    }

    private bool IsAfterSilence(ulong sendingTimeNs) => _lastSentNs != 0 && sendingTimeNs > _lastSentNs && sendingTimeNs - _lastSentNs > MaxSilenceNs;

    /// <summary>
    /// Whether an image was sent before the session began (a loop may lag behind), or after a silence of the incremental
    /// feed: then nobody can say which session it speaks of before that feed does.
    /// </summary>
    private bool IsOfOtherSession(in PacketHeader header, ref LoopLineCounters counters)
    {
        var isOther = header.SendingTimeNs < _sessionSentNs || IsAfterSilence(header.SendingTimeNs);
        if (isOther) counters.OtherSession++;
        return isOther;
    }

    /// <summary>The ring is full and the feed is live: this packet and those after it are lost to the consumers, as one gap.</summary>
    [MethodImpl(MethodImplOptions.NoInlining)]
    private void Overrun(ulong sequence)
    {
        // What could not be told of an earlier overrun still counts.
        if (!_overrun) _overrunFrom = sequence;
        _overrun = true;
        Counters.RingFullPackets++;
    }

    [MethodImpl(MethodImplOptions.NoInlining)]
    private bool TryResume(ulong sequence, long receiveTimeNs)
    {
        if (_writer.HasCalmedDown) Resume(sequence, receiveTimeNs);
        if (!_overrun) return true;
        Counters.RingFullPackets++;
        return false;
    }

    /// <summary>Tells of the overrun without waiting for the next packet: the channel may be silent for long.</summary>
    /// <remarks>A session is told with the packet that it goes on with.</remarks>
    [MethodImpl(MethodImplOptions.NoInlining)]
    private void ResumeIfCalm(long receiveTimeNs)
    {
        if (!_sessionUntold && _writer.HasCalmedDown) Resume(_arbiter.NextSequence, receiveTimeNs);
    }

    private void Resume(ulong sequence, long receiveTimeNs)
    {
        _overrun = false;
        if (_sessionUntold)
        {
            _sessionUntold = false;
            if (sequence != _overrunFrom) Report(_overrunFrom, sequence, GapReason.RingFull);
            WriteSessionStart(sequence, receiveTimeNs);
            if (sequence > 1) _images?.OnLoss(sequence, receiveTimeNs, _clockNs, isRingOpen: !_overrun);
        }
        else if (sequence != _overrunFrom)
        {
            WriteGap(_overrunFrom, sequence, GapReason.RingFull, receiveTimeNs);
        }
    }
}
