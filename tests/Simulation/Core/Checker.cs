using FeedHandler.Actors;
using FeedHandler.Codecs;
using FeedHandler.Replay.Synthetic;
using FeedHandler.Replay.Synthetic.Cme;
using FeedHandler.Transport;

namespace FeedHandler.Simulation;

/// <summary>What a run found wrong.</summary>
public sealed class SimulationFailedException(string message) : Exception(message);

/// <summary>Prints what the handler does, to find out why a run fails.</summary>
public sealed class Trace(TextWriter writer)
{
    public void Line(string text) => writer.WriteLine(text);
}

/// <summary>Compares one shard's books with the venue's at every end of event, and checks that packets come once and in order.</summary>
internal sealed class Checker(Oracle oracle, ChannelReceiver receiver, Sightings sightings, Trace? trace, Scenario scenario, bool isFirst)
{
    /// <summary>Contents are hashed again for books that changed, and for all of them now and then.</summary>
    private const int FullCheckEvery = 32;

    /// <summary>What was due while the ring had no room is told this much later.</summary>
    private const ulong SilenceSlackNs = 2_000_000;

    /// <summary>No run sends as many packets: a longer gap is a restart or a wrap that was not understood.</summary>
    private const uint LongestGap = 5_000_000;

    private readonly long _reorderTimeoutNs = scenario.Arbitration.ReorderTimeoutNs;

    private readonly Dictionary<uint, (int Packet, Damage Damage)> _arrivals = [];
    private readonly ulong[] _levelHashes = new ulong[oracle.Books.Count];
    private readonly ulong[] _orderHashes = new ulong[oracle.Books.Count];
    private readonly bool[] _levelsKnown = new bool[oracle.Books.Count];
    private readonly bool[] _ordersKnown = new bool[oracle.Books.Count];
    private readonly long[] _trades = new long[oracle.Books.Count];
    private readonly long[] _tradeVolume = new long[oracle.Books.Count];
    private int _session;
    private int _arrivedSession;
    private int _ordinal;
    private long _checks;
    private bool _isStarted;
    private bool _isInsideEvent;
    private bool _isDamaged;
    private uint _nextSequence;
    private uint _gapFrom;
    private uint _gapTo;
    private ulong _positionNs;
    private int _positionPacket = -1;
    private ulong _pollNs;
    private ulong _previousPollNs;
    private ulong _progressNs;
    private ulong _believedNs;
    private ulong _heardNs;
    private ulong _newestNs;
    private ulong _newestBeforePollNs;
    private int _newest = -1;

    public BookShard<RunListener<CheckingListener>> Shard { get; set; } = null!;

    /// <summary>Finds an instrument of the shard; null where it is another shard's.</summary>
    public Actors.Instrument? Find(uint id)
    {
        foreach (var instrument in Shard.Instruments)
        {
            if (instrument.Id == id) return instrument;
        }

        return null;
    }

    /// <summary>The venue's books as of where the handler stands, or as of the image that one of its books is ahead by.</summary>
    public BookVersion Truth(Actors.Instrument instrument, in RecoveryState book, ref string? text)
    {
        var truth = oracle.At(oracle.IndexOf(instrument.Id), AsOf(book));
        text = truth.Text;
        return truth;
    }

    /// <summary>A packet was read in part: whether its trades were seen is open.</summary>
    public bool SawMalformed { get; private set; }

    /// <summary>The handler is about to look at what there is.</summary>
    /// <param name="nowNs">When.</param>
    /// <param name="isStalled">Whether the books take nothing meanwhile.</param>
    public void OnPoll(ulong nowNs, bool isStalled)
    {
        _previousPollNs = _pollNs;
        _newestBeforePollNs = _newestNs;
        _pollNs = nowNs;
        if (isStalled) _progressNs = nowNs;
    }

    /// <summary>Where nothing has come on the incremental feed for too long no book says that it is right.</summary>
    public void CheckSilence()
    {
        if (scenario.SilenceNs == 0 || _heardNs == 0 || receiver.IsWaiting || _pollNs < _heardNs + (ulong)scenario.SilenceNs + SilenceSlackNs) return;
        foreach (var instrument in Shard.Instruments)
        {
            if (instrument.LevelState >= BookState.NaturallyRefreshed || (instrument.Orders is not null && instrument.OrderState >= BookState.NaturallyRefreshed))
                Fail($"instrument {instrument.Id} says {instrument.LevelState}/{instrument.OrderState}, and nothing has come for {_pollNs - _heardNs} ns");
        }
    }

    /// <summary>A book that was made wrong on purpose: it may say Live until the audit has found it out.</summary>
    public Actors.Instrument? Corrupted { get; set; }

    /// <summary>The audit found what was made wrong, and nothing else.</summary>
    public void CheckAudit()
    {
        var audit = Shard.Audit!;
        sightings.Add("audit: level images compared", audit.LevelImages);
        sightings.Add("audit: order images compared", audit.OrderImages);
        sightings.Add("audit: levels compared with orders", audit.DerivedLevels);
        sightings.Add("audit: differences", audit.Differences);
        if (Corrupted is null && audit.Differences != 0) Fail($"false alarm of the audit: {audit.Reports[0]}");
        if (Corrupted is not null && audit.Reports.Any(report => report.Instrument != Corrupted.Id)) Fail($"false alarm of the audit: {audit.Reports[^1]}");

        // Where it found nothing, an update or a recovery must have made the book right before.
        Corrupted = null;
    }

    public void OnArrival(in Arrival arrival)
    {
        if (arrival.Feed != CmeFeed.Incremental) return;
        _arrivals[(uint)arrival.TimeNs] = (arrival.Packet, arrival.Damage);
        if (arrival.Packet < 0) return;
        ref var packet = ref oracle.Packet(arrival.Packet);
        if (packet.FirstNs == 0) packet.FirstNs = arrival.TimeNs;

        // Copies are nothing new, but where they confirm a session; nor is what was given up.
        var isNewest = arrival.Packet > _newest;
        var isAwaited = packet.FirstNs == arrival.TimeNs && (int)(packet.Sequence - _nextSequence) >= 0;
        if (isNewest || isAwaited || packet.Session != _session) _heardNs = arrival.TimeNs;
        if (isNewest)
        {
            _newest = arrival.Packet;
            _newestNs = arrival.TimeNs;
        }

        _arrivedSession = Math.Max(_arrivedSession, packet.Session);
        if (!isFirst) return;
        if (arrival.Damage == Damage.None && packet.ArrivedNs == 0) packet.ArrivedNs = arrival.TimeNs;
    }

    public void OnBookUpdate(Actors.Instrument instrument, in MarketUpdate update)
    {
        var index = oracle.IndexOf(instrument.Id);
        if (update.Kind == UpdateKind.Order) _ordersKnown[index] = false;
        else _levelsKnown[index] = false;
        trace?.Line($"        {instrument.Id} {update.Kind} {update.Action} {update.Side} {update.Level} {update.Price}x{update.Quantity} order {update.OrderId % 100000} seq {update.InstrumentSequence} packet {update.PacketSequence}");
    }

    public void OnBookReplaced(Actors.Instrument instrument, BookType book, StateReason reason)
    {
        var index = oracle.IndexOf(instrument.Id);
        if (book == BookType.ByPrice) _levelsKnown[index] = false;
        else _ordersKnown[index] = false;
        trace?.Line($"      {instrument.Id} {book} replaced: {reason}, state {instrument.LevelState}/{instrument.OrderState}, seq {instrument.LastSequence}, as of {instrument.Levels.AsOfPacket}/{instrument.OrderRecovery.AsOfPacket}, required {instrument.Levels.RequiredFrom}/{instrument.OrderRecovery.RequiredFrom}");
    }

    public void OnStateChanged(Actors.Instrument instrument, BookType book, BookState before, StateReason reason)
    {
        var state = book == BookType.ByPrice ? instrument.LevelState : instrument.OrderState;
        sightings.Add(reason, book, state);
        trace?.Line($"      {instrument.Id} {book} {before} -> {state}: {reason}, seq {instrument.LastSequence}");
    }

    public void OnInformation(Actors.Instrument? instrument, in MarketUpdate update)
    {
        if (instrument is not null)
        {
            if (update.Kind == UpdateKind.InstrumentReset) sightings.Add("instrument resets");
            if (update.Kind != UpdateKind.Trade || update.Action != BookAction.New) return;
            var index = oracle.IndexOf(instrument.Id);
            _trades[index]++;
            _tradeVolume[index] += update.Quantity;
            return;
        }

        switch (update.Kind)
        {
            case UpdateKind.Gap:
                OnGap((uint)update.OrderId, (uint)update.Priority, (GapReason)update.Code, update.ReceiveTimeLow, (update.Flags & UpdateFlags.EndOfPacket) != 0);
                break;
            case UpdateKind.SessionStart:
                trace?.Line($"session start at {update.PacketSequence}");
                sightings.Add("session starts");
                // By the packet that decided it: the books may be far behind.
                var isKnown = _arrivals.TryGetValue(update.ReceiveTimeLow, out var arrival) && arrival.Packet >= 0;
                var session = isKnown ? oracle.Packet(arrival.Packet).Session : _arrivedSession;
                // Of packets that came before a session was believed, those out of order may be lost.
                _believedNs = isKnown ? oracle.Packet(arrival.Packet).ArrivedNs : _pollNs;
                if (session == _session) Fail($"a session starts with {update.PacketSequence}, but not at the venue");
                _session = session;
                if (update.PacketSequence - _gapFrom < _gapTo - _gapFrom && _nextSequence == _gapTo) sightings.Add("session starts inside a gap");
                _nextSequence = update.PacketSequence;
                _isStarted = update.PacketSequence != 0;
                _isInsideEvent = false;
                _positionNs = oracle.SessionStartNs(_session);
                _positionPacket = -1;
                _progressNs = _pollNs;
                if (update.PacketSequence == 1) CheckAll("session start");
                break;
            case UpdateKind.Silence:
                trace?.Line($"silence {(update.Code != 0 ? "begins" : "ends")} at {update.PacketSequence}");
                if (update.Code != 0) OnSilence();
                break;
            case UpdateKind.ChannelReset:
                trace?.Line($"channel reset in {update.PacketSequence}");
                sightings.Add("channel resets");
                break;
            default:
                break;
        }
    }

    /// <summary>
    /// A packet that is newer than all before it ends the silence, where neither sessions nor forgers confuse the numbers and
    /// none comes so late that it was given up.
    /// </summary>
    private void OnSilence()
    {
        sightings.Add("silences told");
        if (scenario.Has(FaultKinds.NewSessions | FaultKinds.Forged | FaultKinds.SlowBooks | FaultKinds.Delays)) return;
        if (_pollNs < _newestBeforePollNs + (ulong)scenario.SilenceNs) Fail($"silence is told {_pollNs - _newestBeforePollNs} ns after a packet");
    }

    public void OnEndOfEvent(Actors.Instrument instrument, in MarketUpdate last)
    {
        if ((last.Flags & UpdateFlags.Snapshot) == 0) return;
        if (_isInsideEvent) Fail($"instrument {instrument.Id}: a snapshot ended an event that goes on");
        CheckInstrument(instrument, "snapshot");
    }

    public void OnFlush(in MarketUpdate last)
    {
        if ((last.Flags & UpdateFlags.Snapshot) != 0 || last.Kind is UpdateKind.Gap or UpdateKind.SessionStart or UpdateKind.Silence) return;
        if (!_isInsideEvent && _ordinal == 0) Enter(last);
        else if (_positionPacket < 0 || oracle.Packet(_positionPacket).Sequence != last.PacketSequence) Enter(last);
        if ((last.Flags & UpdateFlags.EndOfEvent) != 0)
        {
            // Of a packet that was read in part, the event is known by its time, if at all.
            var timeNs = _isDamaged ? Math.Max(_positionNs, last.TransactTimeNs) : oracle.EndOfEventNs(_positionPacket, _ordinal++);
            if (timeNs == 0) Fail($"packet {last.PacketSequence}: more events end than were sent");
            if (timeNs < _positionNs) Fail($"packet {last.PacketSequence}: an old event again");
            _positionNs = timeNs;
            _isInsideEvent = false;
            if (!_isDamaged || last.TransactTimeNs == timeNs) CheckAll("end of event");
        }

        if ((last.Flags & UpdateFlags.EndOfPacket) != 0) Leave(last);
    }

    /// <summary>Trades seen are those of the packets that were delivered, each once.</summary>
    public void CheckTrades(long[] trades, long[] volume)
    {
        foreach (var instrument in Shard.Instruments)
        {
            var index = oracle.IndexOf(instrument.Id);
            if (instrument.Trades != _trades[index] || instrument.TradeVolume != _tradeVolume[index]) Fail($"instrument {instrument.Id}: {instrument.Trades} trades counted, {_trades[index]} told");
            var wrong = SawMalformed ? _trades[index] > trades[index] : _trades[index] != trades[index] || _tradeVolume[index] != volume[index];
            if (wrong) Fail($"instrument {instrument.Id}: {_trades[index]} trades of {_tradeVolume[index]} told, {trades[index]} of {volume[index]} delivered");
        }
    }

    /// <summary>Every book is right again.</summary>
    public void CheckLive()
    {
        foreach (var instrument in Shard.Instruments)
        {
            if (instrument.LevelState != BookState.Live || instrument.OrderState != BookState.Live)
                Fail($"instrument {instrument.Id} is {instrument.LevelState}/{instrument.OrderState} two cycles after everything was well (required from {instrument.Levels.RequiredFrom}/{instrument.OrderRecovery.RequiredFrom}, seq {instrument.LastSequence}, suspect {instrument.Levels.Suspect}); gaps {receiver.Counters.Gaps}");
        }

        CheckAll("heal");
    }

    public int LiveBooks()
    {
        var live = 0;
        foreach (var instrument in Shard.Instruments) live += instrument.State == BookState.Live ? 1 : 0;
        return live;
    }

    private void Enter(in MarketUpdate last)
    {
        if (!_arrivals.TryGetValue(last.ReceiveTimeLow, out var arrival)) Fail($"packet {last.PacketSequence} never arrived");
        if (arrival.Damage == Damage.Forged) Fail($"packet {last.PacketSequence} is forged and was delivered");
        ref var packet = ref oracle.Packet(arrival.Packet);
        if (packet.Sequence != last.PacketSequence) Fail($"packet {packet.Sequence} was delivered as {last.PacketSequence}");
        if (_isStarted && last.PacketSequence != _nextSequence && (arrival.Damage == Damage.None || last.PacketSequence + 1 != _nextSequence)) Fail($"packet {last.PacketSequence} after {_nextSequence - 1}, without a gap between them");
        if (isFirst && packet.IsDelivered) Fail($"packet {last.PacketSequence} was delivered twice");
        CheckWait(packet, arrival.Damage);
        trace?.Line($"packet {last.PacketSequence} (session {packet.Session}){(arrival.Damage == Damage.None ? "" : ", malformed")}, time {last.ReceiveTimeLow}");
        if (packet.Session != _session)
        {
            if (oracle.MustBeSeen(packet.Session)) Fail($"packet {packet.Sequence} is of a new session, which nobody told");
            sightings.Add("sessions that began unseen");
            _session = packet.Session;
        }

        _isStarted = true;
        _positionPacket = arrival.Packet;
        _nextSequence = last.PacketSequence;
        _isInsideEvent = true;
        _ordinal = 0;
        _isDamaged = arrival.Damage != Damage.None;
        SawMalformed |= _isDamaged;
    }

    /// <summary>Nothing waits for longer than the time-out since a packet was delivered or a gap declared.</summary>
    private void CheckWait(in PacketRecord packet, Damage damage)
    {
        var sinceNs = Math.Max(packet.ArrivedNs, _progressNs);
        if (damage == Damage.None && packet.ArrivedNs != 0 && _previousPollNs > sinceNs + (ulong)_reorderTimeoutNs)
            Fail($"packet {packet.Sequence} had waited for {_previousPollNs - sinceNs} ns when it or the gap before it was told, longer than the time-out");
        _progressNs = _pollNs;
    }

    private void Leave(in MarketUpdate last)
    {
        ref var packet = ref oracle.Packet(_positionPacket);
        if (isFirst) packet.IsDelivered = true;
        if (!_isDamaged && _ordinal != packet.Ends) Fail($"packet {packet.Sequence}: {_ordinal} of its {packet.Ends} events ended");
        _isInsideEvent = packet.EndsInsideEvent;
        _positionNs = Math.Max(_positionNs, packet.StateNs);
        _nextSequence = last.PacketSequence + 1;
        _ordinal = 0;
        _positionPacket = -1;
    }

    private void OnGap(uint from, uint to, GapReason reason, uint decidedLow, bool isLast)
    {
        trace?.Line($"gap [{from}, {to}) {reason}");
        if (reason == GapReason.Loss && oracle.Find(_session, to) is >= 0 and var next) CheckWait(oracle.Packet(next), Damage.None);
        _progressNs = _pollNs;
        sightings.Add($"gaps: {reason}");
        if (reason == GapReason.Malformed)
        {
            if (_isStarted && from != _nextSequence && to != _nextSequence) Fail($"malformed packet {from}, but {_nextSequence} is next");
            _nextSequence = to;
            _isStarted = true;
            SawMalformed = true;
            if (isLast) MoveTo(oracle.Find(_session, from));
            return;
        }

        if (_isStarted && from != _nextSequence) Fail($"gap from {from}, but {_nextSequence} is next");
        if (reason == GapReason.Loss && isFirst && to - from < 1_000_000)
        {
            for (var sequence = from; sequence != to; sequence++)
            {
                var index = oracle.Find(_session, sequence);
                if (index < 0 || oracle.Packet(index).ArrivedNs <= _believedNs) continue;
                if ((int)(decidedLow - (uint)oracle.Packet(index).ArrivedNs) > 0 && _isStarted) Fail($"packet {sequence} had arrived when the gap [{from}, {to}) was declared");
            }
        }

        sightings.Add("packets lost", to - from);
        (_gapFrom, _gapTo) = (from, to);
        if (to - from > LongestGap) Fail($"a gap of {to - from} packets, [{from}, {to}), where the venue has sent {oracle.Packets.Length}");
        _nextSequence = to;
        _isInsideEvent = false;
        _ordinal = 0;
        _positionPacket = -1;
        MoveTo(oracle.Find(_session, to - 1));
    }

    /// <summary>Where the handler stands after packets that it could not read.</summary>
    private void MoveTo(int packet)
    {
        _isInsideEvent = false;
        if (packet < 0) return;
        _positionNs = Math.Max(_positionNs, oracle.Packet(packet).StateNs);
        if (!oracle.Packet(packet).EndsInsideEvent) CheckAll("gap");
    }

    private void CheckAll(string when)
    {
        if (++_checks % FullCheckEvery == 0)
        {
            Array.Clear(_levelsKnown);
            Array.Clear(_ordersKnown);
        }

        foreach (var instrument in Shard.Instruments) CheckInstrument(instrument, when);
    }

    private void CheckInstrument(Actors.Instrument instrument, string when)
    {
        if (instrument == Corrupted && Shard.Audit!.Differences == 0) return;
        var index = oracle.IndexOf(instrument.Id);
        if (index < 0) Fail($"instrument {instrument.Id} does not exist");
        if (instrument.LevelState == BookState.Live)
        {
            if (!_levelsKnown[index])
            {
                _levelHashes[index] = BookHash.Levels(instrument);
                _levelsKnown[index] = true;
            }

            var truth = oracle.At(index, AsOf(instrument.Levels));
            if (_levelHashes[index] != truth.Levels) Differ(instrument, truth, "levels", when);
        }
        else if (instrument.LevelState == BookState.NaturallyRefreshed)
        {
            var truth = oracle.At(index, _positionNs);
            sightings.Add("naturally refreshed books compared");
            if (!KnownLevelsAgree(instrument, truth.Ladders!)) Differ(instrument, truth, "known levels", when);
        }

        if (instrument.OrderState == BookState.Live && instrument.Orders is { } orders)
        {
            if (!_ordersKnown[index])
            {
                _orderHashes[index] = BookHash.Orders(orders);
                _ordersKnown[index] = true;
            }

            var truth = oracle.At(index, AsOf(instrument.OrderRecovery));
            if (_orderHashes[index] != truth.Orders) Differ(instrument, truth, "orders", when);
        }
    }

    /// <summary>A book may be ahead of the feed, by a snapshot that was.</summary>
    private ulong AsOf(in RecoveryState recovery)
    {
        if (!recovery.HasAsOf) return _positionNs;
        var index = oracle.Find(_session, recovery.AsOfPacket);
        if (index < 0) Fail($"a book claims to include packet {recovery.AsOfPacket}, which was never sent");
        return Math.Max(_positionNs, oracle.Packet(index).StateNs);
    }

    private bool KnownLevelsAgree(Actors.Instrument instrument, Ladders truth)
    {
        var mantissa = oracle.Books[oracle.IndexOf(instrument.Id)].Instrument.TickMantissa;
        return Agree(instrument.Outright.Levels(BookSide.Bid), truth.Bids, mantissa) && Agree(instrument.Outright.Levels(BookSide.Ask), truth.Asks, mantissa);
    }

    private static bool Agree(ReadOnlySpan<PriceLevel> levels, PublishedLevel[] truth, long mantissa)
    {
        for (var i = 0; i < levels.Length; i++)
        {
            if (!levels[i].IsKnown) continue;
            if (i >= truth.Length || levels[i].Price != truth[i].PriceTicks * mantissa || levels[i].Quantity != truth[i].Quantity || levels[i].Orders != truth[i].Orders) return false;
        }

        return true;
    }

    private void Differ(Actors.Instrument instrument, in BookVersion truth, string what, string when) =>
        Fail($"instrument {instrument.Id}: {what} say {(what == "orders" ? instrument.OrderState : instrument.LevelState)} and are wrong at {when} (packet sequence {_nextSequence})\n  venue:   {truth.Text ?? "(run with --trace)"}\n  handler: {BookText.Of(instrument)}");

    [System.Diagnostics.CodeAnalysis.DoesNotReturn]
    private void Fail(string message)
    {
        trace?.Line($"FAILED: {message}");
        throw new SimulationFailedException(message);
    }
}

/// <summary>Hands a shard's calls to its checker.</summary>
internal readonly struct CheckingListener(Checker checker) : IShardListener
{
    public bool WantsPackets => true;

    public void OnBookUpdate(Actors.Instrument instrument, in MarketUpdate update) => checker.OnBookUpdate(instrument, update);

    public void OnBookReplaced(Actors.Instrument instrument, BookType book, StateReason reason) => checker.OnBookReplaced(instrument, book, reason);

    public void OnStateChanged(Actors.Instrument instrument, BookType book, BookState before, StateReason reason) => checker.OnStateChanged(instrument, book, before, reason);

    public void OnInformation(Actors.Instrument? instrument, in MarketUpdate update) => checker.OnInformation(instrument, update);

    public void OnEndOfEvent(Actors.Instrument instrument, in MarketUpdate last) => checker.OnEndOfEvent(instrument, last);

    public void OnEndOfPacket(Actors.Instrument instrument, uint packetSequence, long position)
    {
    }

    public void OnFlush(in MarketUpdate last) => checker.OnFlush(last);
}
