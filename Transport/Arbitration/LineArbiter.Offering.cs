using System.Runtime.CompilerServices;

namespace FeedHandler.Transport;

/// <content>Packets that are not simply the next one: start, holes, overlaps, copies, jumps.</content>
public sealed partial class LineArbiter
{
    private const int OlderInRowLimit = 64;

    /// <summary>The venue's hosts have clocks of their own; a second is far above what they differ by.</summary>
    private const ulong ClocksApartNs = 1_000_000_000;

    private int _olderInRow;

    [MethodImpl(MethodImplOptions.NoInlining)]
    private ArbiterVerdict OfferWithCare(int line, ulong sequence, uint count, ulong sendingTimeNs, long nowNs, ReadOnlySpan<byte> payload, out uint skip)
    {
        skip = 0;
        if (!_started) Start(sequence);
        StepOverZero();
        var delta = Delta(sequence);
        var packet = new KeptPacket
        {
            Position = _expected + (ulong)delta,
            End = _expected + (ulong)delta + count,
            SendingTimeNs = sendingTimeNs,
            ReceiveTimeNs = nowNs,
            Line = line,
        };

        var isJump = delta > 0 && (IsBeyondReach(packet.Position) || IsOlder(packet));
        var isRestart = delta < 0 && count != 0 && IsRestart(packet);
        ArbiterVerdict verdict;
        if (isJump || isRestart)
        {
            verdict = count == 0 ? Reject(line) : Suspect(packet, payload);
        }
        else if (delta < -(long)_options.MaxJump)
        {
            verdict = Reject(line);
        }
        else
        {
            if (_suspects.Count > 0) _suspects.Oppose(line, sendingTimeNs);
            Track(line, packet.Position, packet.End);
            if (count == 0) verdict = Heartbeat(packet);
            else if (packet.End <= _expected) verdict = Behind(packet, payload);
            else if (delta <= 0) verdict = Deliver(packet, payload, out skip);
            else verdict = Hold(packet, payload);
        }

        UpdateAttention();
        return verdict;
    }

    private void Start(ulong sequence)
    {
        _started = true;
        _expected = (_options.FirstSequence ?? sequence) & _mask;
        _expected += _base;
        _joined = _lateBefore = _expected;
    }

    /// <summary>Where the venue never uses 0, it is not waited for.</summary>
    private void StepOverZero()
    {
        if (_options.WrapsToOne && (_expected & _mask) == 0) _expected++;
    }

    private ulong TrustedEnd => _window.Count > 0 ? Math.Max(_expected, _window[_window.Count - 1].End) : _expected;

    private bool IsBeyondReach(ulong position)
    {
        var trusted = TrustedEnd;
        return position > trusted && position - trusted > _options.MaxJump;
    }

    /// <summary>A lower number sent after a higher one cannot be of the same session.</summary>
    /// <remarks>What lies in a gap at the tail, declared on the word of a snapshot or heartbeat, is above the last accepted packet and may well be newer; but not newer than the word itself.</remarks>
    private bool IsRestart(in KeptPacket packet) =>
        (packet.End <= _expected - _lostAtTail && packet.SendingTimeNs > _lastSendingTimeNs && _lastSendingTimeNs != 0)
        || (packet.End <= _expected && _lostAtTail != 0 && _tailNamedNs != 0 && packet.SendingTimeNs > _tailNamedNs + ClocksApartNs);

    /// <summary>A higher number sent before the last accepted one cannot be of the same session.</summary>
    private bool IsOlder(in KeptPacket packet) => packet.SendingTimeNs < _lastSendingTimeNs && packet.SendingTimeNs != 0;

    private ArbiterVerdict Deliver(in KeptPacket packet, ReadOnlySpan<byte> payload, out uint skip)
    {
        skip = (uint)(_expected - packet.Position);
        Accept(packet);
        _progressNs = packet.ReceiveTimeNs;
        _fingerprints?.Record(packet.Position, (uint)(packet.End - packet.Position), payload);
        EvictContradicted(packet);
        return ArbiterVerdict.Deliver;
    }

    private void Accept(in KeptPacket packet)
    {
        _expected = packet.End;
        _lastSendingTimeNs = packet.SendingTimeNs;
        _lostAtTail = _tailNamedNs = 0;
        _olderInRow = 0;
    }

    /// <summary>Drops held packets that are numbered after this one, but were sent before it: they are forged or corrupt.</summary>
    private void EvictContradicted(in KeptPacket packet)
    {
        while (_window.Count > 0)
        {
            ref readonly var last = ref _window[_window.Count - 1];
            if (last.Position < packet.End || last.SendingTimeNs == 0 || last.SendingTimeNs >= packet.SendingTimeNs) return;
            _counters.Contradicted++;
            // The line was never there either.
            ref var line = ref _lines[last.Line];
            line.Counters.Refilled += (long)line.Holes.Remove(packet.End, last.Position);
            line.Next = packet.End;
            _window.RemoveLast();
        }
    }

    private ArbiterVerdict Hold(in KeptPacket packet, ReadOnlySpan<byte> payload)
    {
        var result = _window.Insert(packet, payload);
        ref var counters = ref _lines[packet.Line].Counters;
        switch (result)
        {
            case WindowInsert.Held:
                counters.Held++;
                _fingerprints?.Record(packet.Position, (uint)(packet.End - packet.Position), payload);
                return ArbiterVerdict.Held;
            case WindowInsert.Duplicate:
                counters.Duplicates++;
                Compare(packet, payload);
                return ArbiterVerdict.Duplicate;
            default:
                _counters.NotDrained++;
                counters.Late++;
                return ArbiterVerdict.Late;
        }
    }

    private ArbiterVerdict Behind(in KeptPacket packet, ReadOnlySpan<byte> payload)
    {
        ref var counters = ref _lines[packet.Line].Counters;
        if (packet.Position < _joined || _gaps.Intersects(packet.Position, packet.End))
        {
            counters.Late++;
            return ArbiterVerdict.Late;
        }

        counters.Duplicates++;
        Compare(packet, payload);
        return ArbiterVerdict.Duplicate;
    }

    private void Compare(in KeptPacket packet, ReadOnlySpan<byte> payload)
    {
        if (_fingerprints is not null && _fingerprints.Contradicts(packet.Position, (uint)(packet.End - packet.Position), payload))
            _counters.Conflicts++;
    }

    private ArbiterVerdict Heartbeat(in KeptPacket packet)
    {
        _lines[packet.Line].Counters.Heartbeats++;
        NoteEnd(packet.Position, packet.ReceiveTimeNs);
        return ArbiterVerdict.Heartbeat;
    }

    /// <summary>Books the line's own holes and the packets that fill them.</summary>
    private void Track(int line, ulong position, ulong end)
    {
        ref var state = ref _lines[line];
        if (state.Next == LineState.Unseen) state.Next = position;
        if (_options.WrapsToOne && (state.Next & _mask) == 0) state.Next++;
        if (position > state.Next)
        {
            state.Holes.Add(state.Next, position);
            state.Counters.Skipped += (long)(position - state.Next);
        }
        else if (position < state.Next)
        {
            var refilled = state.Holes.Remove(position, Math.Min(end, state.Next));
            state.Counters.Refilled += (long)refilled;
            if (refilled > 0) state.Counters.Reordered++;
        }

        state.Next = Math.Max(state.Next, end);
    }

    private ArbiterVerdict Reject(int line)
    {
        _lines[line].Counters.Outliers++;
        return ArbiterVerdict.Outlier;
    }

    private ArbiterVerdict Suspect(in KeptPacket packet, ReadOnlySpan<byte> payload)
    {
        _lines[packet.Line].Counters.Outliers++;
        if (IsOlder(packet))
        {
            // The other line's end of the old session, or forged. If nothing but such packets comes, it was the accepted time that was wrong.
            if (++_olderInRow >= OlderInRowLimit) _lastSendingTimeNs = 0;
            return ArbiterVerdict.Outlier;
        }

        var suspect = packet;
        suspect.Position &= _mask;
        suspect.End = suspect.Position + (packet.End - packet.Position);
        var result = _suspects.Add(suspect, payload, (uint)_options.LineReorderPackets);
        if (result != SuspectVerdict.Confirmed) return ArbiterVerdict.Outlier;

        if (IsSuspectRestart)
        {
            _sessionPending = true;
            return ArbiterVerdict.Held;
        }

        TakeBackSuspects();
        Track(packet.Line, packet.Position, packet.End);
        // It is among those taken back, or their twin, or too long to be kept aside: then it takes the window's place for such.
        if (_window.Insert(packet, payload) == WindowInsert.Held) _lines[packet.Line].Counters.Confirmed++;
        return ArbiterVerdict.Held;
    }

    /// <summary>Whether the suspects start a new session. Also so when 2^31 or more lie between: that is no gap that anybody could recover.</summary>
    private bool IsSuspectRestart => _suspects[0].Position < (_expected & _mask) || Delta(_suspects[0].Position) < 0;

    /// <summary>Moves the confirmed suspects to the window: believed, they are packets after a hole.</summary>
    private void TakeBackSuspects()
    {
        for (var i = 0; i < _suspects.Confirmed; i++)
        {
            if (!_suspects.IsKept(i)) continue;
            var packet = _suspects[i];
            var count = packet.End - packet.Position;
            packet.Position = _expected + ((packet.Position - _expected) & _mask);
            packet.End = packet.Position + count;
            if (_window.Insert(packet, _suspects.Payload(i)) != WindowInsert.Held) continue;
            Track(packet.Line, packet.Position, packet.End);
            _lines[packet.Line].Counters.Confirmed++;
            _fingerprints?.Record(packet.Position, (uint)count, _suspects.Payload(i));
        }

        _suspects.RemoveConfirmed();
    }
}
