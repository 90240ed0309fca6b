using System.Runtime.CompilerServices;

namespace FeedHandler.Transport;

/// <content>Held packets, holes and gaps, and the change of sessions.</content>
public sealed partial class LineArbiter
{
    private const ulong NoHole = ulong.MaxValue;

    // What exists for certain although no packet showed it. Notes come more often than the time-out passes, so those that
    // come while one is open are kept apart, or none would ever be old enough.
    private ulong _tailEnd;
    private long _tailSinceNs;
    private ulong _laterTailEnd;
    private long _laterTailSinceNs;

    // Sequences between the last accepted packet and the expected one: a gap that nothing follows yet.
    private ulong _lostAtTail;

    // When the venue named the last of them: all of them were sent before. 0: not known.
    private ulong _tailNamedNs;

    private ulong _holeAt = NoHole;
    private long _holeSinceNs;
    private long _progressNs;
    private bool _flushing;
    private bool _sessionPending;
    private bool _holeIsGivenUp;

    /// <remarks>Bounded: each round removes a held packet or returns.</remarks>
    [MethodImpl(MethodImplOptions.NoInlining)]
    private ArbiterEventKind NextWithCare(long nowNs, out ArbiterEvent e)
    {
        e = default;
        StepOverZero();
        var kind = ArbiterEventKind.None;
        while (_window.Count > 0 && _window[0].End <= _expected)
        {
            _lines[_window[0].Line].Counters.Duplicates++;
            _window.RemoveFirst();
        }

        if (_window.Count > 0 && _window[0].Position <= _expected)
        {
            kind = Release(out e);
        }
        else
        {
            PromoteTail();
            var holeEnd = _window.Count > 0 ? _window[0].Position : _expected;
            var isHole = holeEnd > _expected;
            var isTail = _tailEnd > _expected;
            if (isHole && IsDecided(nowNs)) kind = DeclareGap(holeEnd, nowNs, out e);
            else if (isTail && !(isHole && _tailEnd >= holeEnd) && IsTailDecided(nowNs)) kind = DeclareGap(_tailEnd, nowNs, out e);
            else if (!isHole && !isTail && _sessionPending) kind = StartSession(nowNs, out e);
            else if (!isHole && !isTail) _flushing = false;
        }

        UpdateAttention();
        return kind;
    }

    private ArbiterEventKind Release(out ArbiterEvent e)
    {
        ref readonly var first = ref _window[0];
        e = new ArbiterEvent
        {
            Sequence = first.Position & _mask,
            Count = first.End - first.Position,
            Skip = (uint)(_expected - first.Position),
            Line = first.Line,
            ReceiveTimeNs = first.ReceiveTimeNs,
            SendingTimeNs = first.SendingTimeNs,
            Slot = _window.SlotAt(0),
        };
        Accept(first);
        _window.RemoveFirst();
        _counters.Released++;
        return ArbiterEventKind.Packet;
    }

    private bool IsDecided(long nowNs)
    {
        if (_flushing || _sessionPending || _holeIsGivenUp) return true;
        if (_window.Count >= _options.ReorderWindowPackets || _window.IsOversizeUsed)
        {
            _counters.ForcedGaps++;
            return true;
        }

        return nowNs - HoleSinceNs() >= _options.ReorderTimeoutNs || IsPassedByAllLines(nowNs);
    }

    /// <summary>
    /// A tail is decided by its own time alone, and only as far as it was known: what is missing between it and a packet
    /// that has just been held may still be on its way.
    /// </summary>
    private bool IsTailDecided(long nowNs) =>
        _flushing || _sessionPending || nowNs - Math.Max(_tailSinceNs, _progressNs) >= _options.ReorderTimeoutNs;

    /// <summary>When the first hole was seen, or was last made smaller.</summary>
    private long HoleSinceNs()
    {
        if (_holeAt == _expected) return _holeSinceNs;
        var seenNs = _window.EarliestReceiveTimeNs();
        if (_tailEnd >= _window[0].Position) seenNs = Math.Min(seenNs, _tailSinceNs);
        _holeAt = _expected;
        _holeSinceNs = Math.Max(seenNs, _progressNs);
        return _holeSinceNs;
    }

    private bool IsPassedByAllLines(long nowNs)
    {
        if (_window.Count <= _options.LineReorderPackets) return false;
        var beyond = _window[_options.LineReorderPackets].Position;
        foreach (ref readonly var line in _lines.AsSpan())
        {
            var isAlive = line.Next != LineState.Unseen && nowNs - line.LastSeenNs <= _options.LineSilenceNs;
            if (isAlive && line.Next <= beyond) return false;
        }

        return true;
    }

    private ArbiterEventKind DeclareGap(ulong holeEnd, long nowNs, out ArbiterEvent e)
    {
        var lost = holeEnd - _expected;
        _holeIsGivenUp = false;
        e = new ArbiterEvent { From = _expected & _mask, To = holeEnd & _mask, Count = lost, ReceiveTimeNs = nowNs };
        _counters.Gaps++;
        _counters.LostSequences += (long)lost;
        _gaps.Add(_expected, holeEnd);
        _lateBefore = holeEnd;
        if (_window.Count == 0) _lostAtTail += lost;
        _expected = holeEnd;
        return ArbiterEventKind.Gap;
    }

    private ArbiterEventKind StartSession(long nowNs, out ArbiterEvent e)
    {
        _sessionPending = false;
        _counters.Sessions++;
        _gaps.Clear();
        _fingerprints?.Clear();
        ResetLines();
        _tailEnd = _laterTailEnd = _lostAtTail = _tailNamedNs = 0;
        _holeAt = NoHole;
        _lastSendingTimeNs = 0;
        _olderInRow = 0;
        e = new ArbiterEvent { ReceiveTimeNs = nowNs };

        var first = 0;
        while (first < _suspects.Confirmed && !_suspects.IsKept(first)) first++;
        if (first == _suspects.Confirmed)
        {
            _suspects.Clear();
            _started = false;
            return ArbiterEventKind.SessionStart;
        }

        e.Sequence = _suspects[first].Position;
        _expected = _base + e.Sequence;
        _joined = _lateBefore = _expected;
        TakeBackSuspects();
        return ArbiterEventKind.SessionStart;
    }

    private void NoteEnd(ulong end, long nowNs)
    {
        if (end <= _expected || IsBeyondReach(end)) return;
        PromoteTail();
        if (_tailEnd <= _expected)
        {
            _tailEnd = end;
            _tailSinceNs = nowNs;
        }
        else if (end > _tailEnd && end > _laterTailEnd)
        {
            _laterTailEnd = end;
            _laterTailSinceNs = nowNs;
        }

        UpdateAttention();
    }

    private void PromoteTail()
    {
        if (_tailEnd > _expected || _laterTailEnd <= _expected) return;
        _tailEnd = _laterTailEnd;
        _tailSinceNs = _laterTailSinceNs;
    }

    private void ResetLines()
    {
        for (var i = 0; i < _lines.Length; i++)
        {
            _lines[i].Next = LineState.Unseen;
            _lines[i].Holes.Clear();
        }
    }

    private void UpdateAttention()
    {
        var isOpen = _window.Count > 0 || _tailEnd > _expected || _laterTailEnd > _expected || _sessionPending;
        _nextNeedsCare = isOpen || _flushing;
        _offerNeedsCare = isOpen || !_started || _suspects.Count > 0 || _lostAtTail > 0 || _fingerprints is not null;
    }
}
