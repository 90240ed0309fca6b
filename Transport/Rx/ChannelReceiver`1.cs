using System.Runtime.CompilerServices;
using FeedHandler.Codecs;

namespace FeedHandler.Transport;

/// <summary>The RX side of one channel of a given protocol.</summary>
/// <remarks>Owned by one RX core. Generic over the decoder's struct, so that the path from packet to ring slot has one virtual call.</remarks>
public sealed class ChannelReceiver<TDecoder> : ChannelReceiver
    where TDecoder : struct, IPacketDecoder
{
    private readonly ushort _channel;
    private readonly LineArbiter _arbiter;
    private readonly RecentPacketFilter _loopFilter = new();
    private readonly RingWriter _writer;
    private TDecoder _decoder;
    private bool _overrun;
    private ulong _overrunFrom;
    private readonly bool _sessionIsFixed;
    private ulong _session;
    private bool _sessionEnded;
    private int _strangersInRow;
    private readonly MoldRequestClient? _requests;

    /// <summary>Packets of another session, with none of the known one between them, that make it the session.</summary>
    private const int SessionConfirmPackets = 4;

    /// <summary>Creates the receiver.</summary>
    /// <param name="channel">Index of the channel.</param>
    /// <param name="arbitration">How its lines are arbitrated.</param>
    /// <param name="decoder">Its decoder.</param>
    /// <param name="writer">Where updates go.</param>
    /// <param name="session">The only session to take (<see cref="PacketHeader.Session"/>); 0: whichever is sent.</param>
    /// <param name="requests">Asks for what is missing, on behalf of the arbiter's last line; belongs to the receiver from here on.</param>
    public ChannelReceiver(
        ushort channel, LineArbiterOptions arbitration, TDecoder decoder, RingWriter writer, ulong session = 0, MoldRequestClient? requests = null)
    {
        _requests = requests;
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
    [HotPath]
    public override void OnPacket(FeedRole role, int line, ReadOnlySpan<byte> payload, long receiveTimeNs)
    {
        Counters.Packets++;
        if (!_decoder.TryReadHeader(payload, out var header)) return;
        if (role != FeedRole.Incremental)
        {
            OnLoopPacket(role, line, payload, header, receiveTimeNs);
            return;
        }

        if (header.Session != _session && !IsNewSession(payload, header, receiveTimeNs)) return;
        _strangersInRow = 0;
        _sessionEnded = header.EndsSession;
        var verdict = _arbiter.Offer(line, header.Sequence, header.Count, header.SendingTimeNs, receiveTimeNs, payload, out var skip);
        if (verdict == ArbiterVerdict.Deliver) Process(payload, header.Sequence, skip, receiveTimeNs);
        Drain(receiveTimeNs);
        if (_requests is not null) Request(receiveTimeNs);
    }

    /// <inheritdoc/>
    public override void OnIdle(long nowNs)
    {
        Drain(nowNs);
        if (_requests is not null) Request(nowNs);
    }

    /// <inheritdoc/>
    public override void Dispose() => _requests?.Dispose();

    /// <inheritdoc/>
    public override void Flush()
    {
        _arbiter.Flush();
        Drain(long.MaxValue);
        if (_overrun) Resume(_arbiter.NextSequence, 0);
    }

    [HotPath]
    private void Drain(long nowNs)
    {
        for (var kind = _arbiter.Next(nowNs, out var e); kind != ArbiterEventKind.None; kind = _arbiter.Next(nowNs, out e))
        {
            switch (kind)
            {
                case ArbiterEventKind.Packet:
                    Process(_arbiter.Payload(e), e.Sequence, e.Skip, e.ReceiveTimeNs);
                    break;
                case ArbiterEventKind.Gap:
                    WriteGap(e.From, e.To, GapReason.Loss, e.ReceiveTimeNs);
                    break;
                case ArbiterEventKind.SessionStart:
                    WriteSessionStart(e);
                    break;
                default:
                    break;
            }
        }
    }

    [HotPath]
    private void Process(ReadOnlySpan<byte> payload, ulong sequence, uint skip, long receiveTimeNs)
    {
        if (_overrun && !TryResume(sequence, receiveTimeNs)) return;
        if (!_writer.TryReserve(UpdateBounds.MaxUpdates(payload.Length)))
        {
            Overrun(sequence);
            return;
        }

        Counters.PacketsUsed++;
        var sink = new RingSink(_writer);
        _writer.BeginPacket(_channel, (uint)sequence, receiveTimeNs, UpdateFlags.None);
        var whole = _decoder.Decode(payload, skip, FeedRole.Incremental, ref sink);
        _writer.EndPacket();
        if (!whole) WriteGap(sequence, sequence + 1, GapReason.Malformed, receiveTimeNs);
    }

    private void OnLoopPacket(FeedRole role, int line, ReadOnlySpan<byte> payload, in PacketHeader header, long receiveTimeNs)
    {
        ref var counters = ref Counters.Loops[((int)role * 2) + line];
        counters.Packets++;
        if (_loopFilter.IsDuplicate((uint)header.Sequence, header.SendingTimeNs ^ ((ulong)role << 62)))
        {
            counters.Duplicates++;
            return;
        }

        // A loop comes again: where the ring is full its packets are simply dropped.
        if (!_writer.TryReserve(UpdateBounds.MaxUpdates(payload.Length)))
        {
            Counters.RingFullPackets++;
            return;
        }

        Counters.PacketsUsed++;
        var sink = new RingSink(_writer);
        _writer.BeginPacket(_channel, (uint)header.Sequence, receiveTimeNs, UpdateFlags.Snapshot);
        _decoder.Decode(payload, 0, role, ref sink);
        _writer.EndPacket();
        if (_decoder.TryGetSnapshotSequence(out var included) && _arbiter.IsStarted) _arbiter.NoteExists(included, receiveTimeNs);
    }

    [MethodImpl(MethodImplOptions.NoInlining)]
    private void WriteGap(ulong from, ulong to, GapReason reason, long receiveTimeNs)
    {
        Counters.Gaps++;
        if (Counters.ReportedGaps.Count < ReceiverCounters.MaxReportedGaps) Counters.ReportedGaps.Add(new ReportedGap(from, to, reason));
        if (_overrun) return;
        if (!_writer.TryReserve(2))
        {
            Overrun(from);
            return;
        }

        _writer.BeginPacket(_channel, (uint)(to - 1), receiveTimeNs, UpdateFlags.None);
        ref var gap = ref _writer.Claim();
        gap.Kind = UpdateKind.Gap;
        gap.Code = (byte)reason;
        gap.OrderId = from;
        gap.Priority = to;
        _writer.EndPacket();
    }

    [MethodImpl(MethodImplOptions.NoInlining)]
    private void WriteSessionStart(in ArbiterEvent e)
    {
        if (_overrun) _overrunFrom = e.Sequence;
        if (!_writer.TryReserve(2)) return;
        _writer.BeginPacket(_channel, (uint)e.Sequence, e.ReceiveTimeNs, UpdateFlags.None);
        _writer.Claim().Kind = UpdateKind.SessionStart;
        _writer.EndPacket();
    }

    /// <summary>Answers taken at once; more wait in the socket.</summary>
    private const int MaxAnswers = 16;

    /// <summary>Takes answers, as packets of the last line, and asks for what is missing now.</summary>
    [MethodImpl(MethodImplOptions.NoInlining)]
    private void Request(long nowNs)
    {
        var requests = _requests!;
        for (var i = 0; i < MaxAnswers && _arbiter.TryGetHole(out _, out _); i++)
        {
            var answer = requests.Receive();
            if (answer.IsEmpty) break;
            if (!_decoder.TryReadHeader(answer, out var header) || header.Session != _session || header.Count == 0) continue;
            var verdict = _arbiter.Offer(RequestLine, header.Sequence, header.Count, header.SendingTimeNs, nowNs, answer, out var skip);
            if (verdict == ArbiterVerdict.Deliver) Process(answer, header.Sequence, skip, nowNs);
            Drain(nowNs);
        }

        if (_arbiter.TryGetHole(out var from, out var to)) requests.Want(from, to, nowNs);
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
        _session = header.Session;
        return true;
    }

    /// <summary>The ring is full and the feed is live: this packet and those after it are lost to the consumers, as one gap.</summary>
    [MethodImpl(MethodImplOptions.NoInlining)]
    private void Overrun(ulong sequence)
    {
        _overrun = true;
        _overrunFrom = sequence;
        Counters.RingFullPackets++;
    }

    [MethodImpl(MethodImplOptions.NoInlining)]
    private bool TryResume(ulong sequence, long receiveTimeNs)
    {
        if (!_writer.HasCalmedDown)
        {
            Counters.RingFullPackets++;
            return false;
        }

        Resume(sequence, receiveTimeNs);
        return true;
    }

    private void Resume(ulong sequence, long receiveTimeNs)
    {
        _overrun = false;
        if (sequence > _overrunFrom) WriteGap(_overrunFrom, sequence, GapReason.RingFull, receiveTimeNs);
    }
}
