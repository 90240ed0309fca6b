using System.Numerics;
using FeedHandler.Actors;
using FeedHandler.Replay.Synthetic;
using FeedHandler.Replay.Synthetic.Cme;

namespace FeedHandler.Simulation;

/// <summary>What one run came to.</summary>
/// <param name="Failure">Null, or what is wrong.</param>
/// <param name="Sightings">What it saw.</param>
/// <param name="OutputHash">One number for everything that the handler ended with and did.</param>
/// <param name="BooksHash">One number for the books and trades at the end.</param>
/// <param name="Events">Events of the venue.</param>
public sealed record RunResult(string? Failure, Sightings Sightings, ulong OutputHash, ulong BooksHash, long Events);

/// <summary>One run: a venue, a network that fails, the handler, and the comparison; single thread, virtual time, all from one seed.</summary>
public sealed class SimulationRun : IFeedSink
{
    private const ulong SilenceBetweenSessionsNs = 180_000_000_000;

    private const int MinSessionPackets = 50;

    /// <summary>New numbers by which a session that begins in a gap must be known.</summary>
    private const int RecognitionPackets = 4;

    private readonly Scenario _scenario;
    private readonly SyntheticExchange _exchange;
    private readonly CmeChannel _channel;
    private readonly Oracle _oracle;
    private readonly Network _network;
    private readonly Handler _handler;
    private readonly SeededRandom _sessions;
    private readonly SeededRandom _stalls;
    private readonly SeededRandom _idling;
    private readonly SeededRandom _tails;
    private readonly Sightings _sightings = new();
    private ulong _lastSendNs;
    private ulong _stalledUntilNs;
    private bool _isConnected;
    private bool _isCorrupted;
    private long _sessionPackets;
    private long _calmUntilPackets;
    private long _events;

    private SimulationRun(Scenario scenario, Trace? trace)
    {
        _scenario = scenario;
        var seed = new SeededRandom(scenario.Seed ^ 0x0BAD_5EED);
        _exchange = new SyntheticExchange(scenario.Exchange);
        _channel = new CmeChannel(_exchange, scenario.Channel, seed.NextUInt64(), this);
        _oracle = new Oracle(_channel, scenario.StartSequence, keepsLevels: scenario.NaturalRefresh, keepsText: trace is not null);
        _network = new Network(scenario, seed.Fork(), _sightings);
        _sessions = seed.Fork();
        _stalls = seed.Fork();
        _idling = seed.Fork();
        _tails = new SeededRandom(scenario.Seed ^ 0x0000_7A11_CAFE_0000);
        _handler = new Handler(scenario, _oracle, _sightings, trace);
        _isCorrupted = scenario.CorruptAtStep == 0;
    }

    /// <summary>Runs to the end or to the first failure.</summary>
    public static RunResult Execute(Scenario scenario, Trace? trace = null)
    {
        var run = new SimulationRun(scenario, trace);
        string? failure = null;
        try
        {
            run.Run();
        }
        catch (SimulationFailedException e)
        {
            failure = e.Message;
        }
#pragma warning disable CA1031 // an exception of the code under test is a finding like any other
        catch (Exception e)
#pragma warning restore CA1031
        {
            failure = e.ToString();
        }

        run.Count();
        return new RunResult(failure, run._sightings, run.OutputHash(), run.BooksHash(), run._events);
    }

    /// <summary>Levels, orders and trades of every instrument at the end; the same whatever happened on the way.</summary>
    private ulong BooksHash()
    {
        ulong hash = 17;
        foreach (var instrument in _handler.Shards.SelectMany(shard => shard.Instruments.ToArray()).OrderBy(instrument => instrument.Id))
        {
            hash = Mix(Mix(hash, instrument.Id), BookHash.Levels(instrument));
            hash = Mix(hash, instrument.Orders is null ? 0 : BookHash.Orders(instrument.Orders));
            hash = Mix(Mix(hash, instrument.LastSequence), ((ulong)instrument.LevelState << 8) | (ulong)instrument.OrderState);
            hash = Mix(Mix(hash, (ulong)instrument.Trades), (ulong)instrument.TradeVolume);
        }

        return hash;
    }

    /// <summary>For the canaries, which know this assembly by reflection only.</summary>
    public static string? FailureOf(ulong seed, int steps) => Execute(Scenario.Draw(seed, steps, FaultKinds.All)).Failure;

    /// <inheritdoc/>
    public void OnPacket(in FeedPacket packet)
    {
        var index = packet.Feed == CmeFeed.Incremental ? _oracle.OnPacket(packet) : -1;
        _lastSendNs = packet.SendTimeNs;
        if (_isConnected) _network.Send(packet, index);
    }

    private void Run()
    {
        for (var i = 0; i < _scenario.JoinAfterSteps; i++) Step();
        _isConnected = true;
        for (var i = 0; i < _scenario.Steps; i++)
        {
            if (_sessions.Chance(_scenario.NewSessionChance) && _channel.IncrementalPackets - _sessionPackets >= MinSessionPackets) StartSession();
            Step();
            if (i >= _scenario.CorruptAtStep && !_isCorrupted) _isCorrupted = _handler.Corrupt(_scenario.CorruptsOrders);
        }

        Heal();
    }

    private void Step()
    {
        var eventNs = _exchange.NextEventTimeNs;
        _channel.Step();
        if (_exchange.NextEventTimeNs != eventNs)
        {
            _events++;
            _oracle.AfterEvent(eventNs);
        }

        if (!_isConnected) return;
        if (_network.IsCalm && _calmUntilPackets != 0 && _channel.IncrementalPackets >= _calmUntilPackets) _network.IsCalm = false;
        if (!_network.IsHealed && !_network.IsCalm && _stalls.Chance(_scenario.SlowBooksChance)) _stalledUntilNs = _lastSendNs + (ulong)(_stalls.NextDouble() * 2e9);
        Deliver(_lastSendNs);
    }

    private void Deliver(ulong beforeNs)
    {
        while (_network.TryTake(beforeNs, out var arrival))
        {
            _handler.IsStalled = arrival.TimeNs < _stalledUntilNs;
            _handler.OnArrival(arrival, idle: _idling.Chance(0.9));
        }
    }

    private void StartSession()
    {
        while (_exchange.IsResending) Step();
        _channel.Flush();
        _sightings.Add("sessions of the venue");
        // Where the loops are ahead of the feed, images of the new session come before it, and nobody can tell them from the old one's.
        if (_channel.LastSequence is > 20 and < 1_500 && !_scenario.Has(FaultKinds.LaggingFeed) && _handler.Receiver.Arbiter.IsStarted && _tails.Chance(0.5) && TryBeginInsideGap()) return;

        // Without a pause only where the numbers cannot be taken for those of the old session.
        var pause = _channel.LastSequence is < 2_000 or > int.MaxValue || _sessions.Chance(_scenario.SessionPauseChance);
        _sessionPackets = _channel.IncrementalPackets;
        // Worst of all: nothing arrives until the new numbers have passed the old ones.
        if (pause && _channel.LastSequence < 500 && _scenario.Has(FaultKinds.Outages))
        {
            var until = _channel.LastSequence + (uint)_sessions.Next(1, 60);
            _network.GoDark(until);
            _sessionPackets += until;
        }

        _channel.StartWeek(pause ? SilenceBetweenSessionsNs : 0);
        _oracle.StartSession(_exchange.NextEventTimeNs - 1);
    }

    /// <summary>
    /// The end of the session is lost, but for one packet that comes late; the loops name what was lost, and it becomes a gap.
    /// The first that is seen of the next session, seconds later, has a number of that gap.
    /// </summary>
    private bool TryBeginInsideGap()
    {
        const ulong Ms = 1_000_000;
        var first = _channel.LastSequence + 1;
        var startNs = _channel.NowNs;
        _calmUntilPackets = 0;
        _network.IsCalm = _network.IsFeedCut = true;
        StepUntil(startNs + ((ulong)_tails.Next(100, 190) * Ms));
        if (_tails.Chance(0.7))
        {
            // And nobody names anything after it.
            _network.BringFirstCut(_lastSendNs + 1);
            _network.GoDark(uint.MaxValue);
        }

        StepUntil(startNs + (1_000 * Ms));
        while (_exchange.IsResending) Step();
        _channel.Flush();
        _network.IsFeedCut = false;
        _network.GoDark(0);
        Deliver(_lastSendNs);
        _handler.Idle(_lastSendNs);
        _calmUntilPackets = _channel.IncrementalPackets;
        var lost = (int)((uint)_handler.Receiver.Arbiter.NextSequence - first) - 1 - RecognitionPackets;
        if (lost <= 0) return false;

        var until = first + 1 + (uint)_tails.Next(lost);
        _network.GoDark(until);
        _sessionPackets = _channel.IncrementalPackets + until;
        _calmUntilPackets = _sessionPackets + (4 * RecognitionPackets);
        _channel.StartWeek((ulong)_tails.Next(3_000, 40_000) * Ms);
        _oracle.StartSession(_exchange.NextEventTimeNs - 1, mustBeSeen: true);
        return true;
    }

    private void StepUntil(ulong timeNs)
    {
        while (_channel.NowNs < timeNs) Step();
    }

    /// <summary>Everything is well from now on: two cycles of every loop later, every book must be Live.</summary>
    private void Heal()
    {
        const ulong SettlingNs = 50_000_000;
        _channel.Flush();
        _network.IsHealed = true;
        _network.GoDark(0);
        _stalledUntilNs = 0;

        // What was delayed is still on its way, and a loss at the end shows with the next heartbeat.
        var calmNs = Math.Max(_network.LastArrivalNs, _lastSendNs) + SettlingNs + (ulong)_scenario.Channel.HeartbeatNs + (ulong)_scenario.FeedLagNs;
        while (_channel.NowNs < calmNs) Step();
        var healedNs = _channel.NowNs + (ulong)(2 * Math.Max(_scenario.CycleNs, _scenario.Channel.DefinitionCycleNs));
        while (_channel.NowNs < healedNs || _exchange.IsResending) Step();
        _channel.Flush();
        var endNs = _lastSendNs + SettlingNs + (ulong)_scenario.FeedLagNs;
        Deliver(endNs);
        _handler.Idle(endNs);

        var trades = new long[_oracle.Books.Count];
        var volume = new long[_oracle.Books.Count];
        for (var i = 0; i < _oracle.Packets.Length; i++)
        {
            if (!_oracle.Packet(i).IsDelivered) continue;
            foreach (var (instrument, quantity) in _oracle.TradesOf(i))
            {
                trades[instrument]++;
                volume[instrument] += quantity;
            }
        }

        foreach (var checker in _handler.Checkers)
        {
            checker.CheckTrades(trades, volume);
            checker.CheckAudit();
            if (!_scenario.NaturalRefresh) checker.CheckLive();
        }

        _handler.FinishSubscribers();
        if (_scenario.NaturalRefresh) return;
        var instruments = _handler.Shards.Sum(shard => shard.Instruments.Length);
        if (instruments != _oracle.Books.Count) throw new SimulationFailedException($"{instruments} of {_oracle.Books.Count} instruments are known at the end");
    }

    private void Count()
    {
        _sightings.Add("events", _events);
        _sightings.Add("packets", _oracle.Packets.Length);
        _sightings.Add("updates", _handler.Shards[0].Counters.Updates);
        _sightings.Add("ring full: packets dropped", _handler.Receiver.Counters.RingFullPackets);
        _sightings.Add("silences", _handler.Receiver.Silence.Silences);
        _sightings.Add("silences of one line", _handler.Receiver.Silence.LineSilences);
        ref readonly var arbiter = ref _handler.Receiver.Arbiter.Counters;
        _sightings.Add("arbiter: released from the window", arbiter.Released);
        _sightings.Add("arbiter: forced gaps", arbiter.ForcedGaps);
        _sightings.Add("arbiter: contradicted", arbiter.Contradicted);
        for (var line = 0; line < 2; line++)
        {
            ref readonly var counters = ref _handler.Receiver.Arbiter.CountersOf(line);
            _sightings.Add("lines: duplicates", counters.Duplicates);
            _sightings.Add("lines: late", counters.Late);
            _sightings.Add("lines: reordered", counters.Reordered);
            _sightings.Add("lines: outliers", counters.Outliers);
            _sightings.Add("lines: outliers confirmed", counters.Confirmed);
            _sightings.Add("lines: lost", counters.LineLoss);
        }

        _handler.CountSubscribers();
        foreach (var shard in _handler.Shards)
        {
            var counters = shard.Counters;
            _sightings.Add("books: recoveries", counters.Recoveries);
            _sightings.Add("books: joins", counters.Joins);
            _sightings.Add("books: contradictions", counters.Contradictions);
            _sightings.Add("books: instrument gaps", counters.InstrumentGaps);
            _sightings.Add("books: snapshots too old", counters.SnapshotsTooOld);
            _sightings.Add("books: snapshots rejected", counters.SnapshotsRejected);
            _sightings.Add("books: buffered updates overwritten", counters.BufferOverwritten);
        }

        if (_scenario.Has(FaultKinds.Wrap) && _scenario.StartSequence + (uint)_oracle.Packets.Length < _scenario.StartSequence) _sightings.Add("wraps of the sequence");
        if (_scenario.Has(FaultKinds.LateJoin)) _sightings.Add("late joins");
    }

    private ulong OutputHash()
    {
        var hash = BooksHash();
        foreach (var (name, count) in _sightings.Counts) hash = Mix(hash, (ulong)count + (ulong)name.Length);
        return hash;
    }

    private static ulong Mix(ulong hash, ulong value) => BitOperations.RotateLeft((hash ^ value) * 0x9E37_79B9_7F4A_7C15, 29);
}
