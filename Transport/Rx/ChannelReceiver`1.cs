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

    private readonly ushort _channel;
    private readonly LineArbiter _arbiter;
    private readonly RecentPacketFilter _loopFilter = new();
    private readonly RingWriter _writer;
    private TDecoder _decoder;
    private bool _overrun;
    private ulong _overrunFrom;
    private bool _overrunSession;
    private long _lastReceiveTimeNs;

    /// <summary>Creates the receiver.</summary>
    public ChannelReceiver(ushort channel, LineArbiterOptions arbitration, TDecoder decoder, RingWriter writer)
    {
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
    public override bool IsWaiting => _arbiter.IsWaiting;

    /// <inheritdoc/>
    [HotPath]
    public override void OnPacket(FeedRole role, int line, ReadOnlySpan<byte> payload, long receiveTimeNs)
    {
        Counters.Packets++;
        _lastReceiveTimeNs = receiveTimeNs;
        if (!_decoder.TryReadHeader(payload, out var header)) return;
        if (role != FeedRole.Incremental)
        {
            OnLoopPacket(role, line, payload, header, receiveTimeNs);
            return;
        }

        var verdict = _arbiter.Offer(line, header.Sequence, header.Count, header.SendingTimeNs, receiveTimeNs, payload, out var skip);
        if (verdict == ArbiterVerdict.Deliver) Process(payload, header.Sequence, skip, receiveTimeNs);
        Drain(receiveTimeNs);
    }

    /// <inheritdoc/>
    public override void OnIdle(long nowNs) => Drain(nowNs);

    /// <inheritdoc/>
    public override void Flush()
    {
        _arbiter.Flush();
        Drain(_lastReceiveTimeNs);
        if (_overrun) Resume(_arbiter.NextSequence, _lastReceiveTimeNs);
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
        if (_decoder.TryGetSnapshotSequence(out var included) && _arbiter.IsStarted) _arbiter.NoteExists(included, receiveTimeNs + LoopLeadNs);
    }

    [MethodImpl(MethodImplOptions.NoInlining)]
    private void WriteGap(ulong from, ulong to, GapReason reason, long receiveTimeNs)
    {
        Report(from, to, reason);
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

    /// <summary>One run of missing packets is one gap in the report, however it was found out.</summary>
    private void Report(ulong from, ulong to, GapReason reason)
    {
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
    private void WriteSessionStart(in ArbiterEvent e)
    {
        if (!_overrun && TryWriteSessionStart(e.Sequence, e.ReceiveTimeNs)) return;

        // It must not get lost, or books of the old session would live on: told first when the ring has room again.
        _overrun = _overrunSession = true;
        _overrunFrom = e.Sequence;
    }

    private bool TryWriteSessionStart(ulong sequence, long receiveTimeNs)
    {
        if (!_writer.TryReserve(2)) return false;
        _writer.BeginPacket(_channel, (uint)sequence, receiveTimeNs, UpdateFlags.None);
        _writer.Claim().Kind = UpdateKind.SessionStart;
        _writer.EndPacket();
        return true;
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

    private void Resume(ulong sequence, long receiveTimeNs)
    {
        if (_overrunSession && !TryWriteSessionStart(_overrunFrom, receiveTimeNs)) return;
        _overrun = _overrunSession = false;

        // Not "greater": sequence numbers wrap.
        if (sequence != _overrunFrom) WriteGap(_overrunFrom, sequence, GapReason.RingFull, receiveTimeNs);
    }
}
