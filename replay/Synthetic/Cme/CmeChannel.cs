namespace FeedHandler.Replay.Synthetic.Cme;

/// <summary>
/// A synthetic exchange on the wire: incremental feed, snapshot loops and definitions of one channel, in the order of
/// sending, driven by market time alone.
/// </summary>
/// <remarks>Owned by one thread. A packet goes to the sink during <see cref="Step"/> or <see cref="Flush"/>.</remarks>
public sealed class CmeChannel
{
    private const int CombineWithinNs = 25_000;
    private const ulong NanosecondsPerWeek = 604_800_000_000_000;

    private readonly CmeChannelOptions _options;
    private readonly CmeEncoder _encoder;
    private readonly MatchEvent _match = new();
    private readonly SeededRandom _random;
    private readonly SendClock _clock;
    private readonly PacketBuilder _incremental;
    private readonly EventWriter _events;
    private readonly CyclicFeed[] _loops;
    private ulong _lastIncrementalNs;

    public CmeChannel(SyntheticExchange exchange, CmeChannelOptions options, ulong seed, IFeedSink sink)
    {
        Exchange = exchange;
        _options = options;
        _encoder = new CmeEncoder(options.Schema);
        _random = new SeededRandom(seed);
        _clock = new SendClock(_random.Fork());
        Published = new PublishedState(exchange.Books.Count);
        _incremental = new PacketBuilder(CmeFeed.Incremental, new AfterPacket(sink, Published), _clock, options.StartSequence);
        ulong startNs = exchange.NextEventTimeNs;
        ulong weekStartNs = startNs - (startNs % NanosecondsPerWeek);
        _events = new EventWriter(_encoder, _incremental, Published, options.ChannelId, weekStartNs);
        int count = exchange.Books.Count;
        Snapshots = new SnapshotLoop(_encoder, Loop(CmeFeed.Snapshot), exchange.Books, options.SnapshotCycleNs * 2 / count);
        OrderSnapshots = new OrderSnapshotLoop(_encoder, Loop(CmeFeed.MboSnapshot), exchange.Books, options.MboSnapshotCycleNs / count, options);
        Definitions = new DefinitionLoop(_encoder, Loop(CmeFeed.Definitions), exchange.Books, options.DefinitionCycleNs * 4 / count, options.ChannelId, weekStartNs);
        _loops = [Definitions, Snapshots, OrderSnapshots];
        foreach (CyclicFeed loop in _loops)
        {
            // One cycle of definitions is on the wire before the first event of the week.
            if (loop.DueNs == 0) loop.DueNs = loop == Definitions ? startNs - (ulong)(options.DefinitionCycleNs * 3 / 2) : startNs;
        }

        _lastIncrementalNs = startNs;

        PacketBuilder Loop(CmeFeed feed) => new(feed, sink, _clock, firstSequence: 1);
    }

    public SyntheticExchange Exchange { get; }

    /// <summary>What the incremental packets sent so far say.</summary>
    public PublishedState Published { get; }

    /// <summary>Incremental packets sent so far.</summary>
    public long IncrementalPackets => _incremental.Packets;

    /// <summary>Sequence of the last incremental packet sent.</summary>
    public uint LastSequence => unchecked(_incremental.NextSequence - 1);

    /// <summary>Events happened that wait for their packet: the exchange's books are ahead of the wire.</summary>
    public bool HasPending => _incremental.HasPending;

    /// <summary>Market time, nanoseconds since the Unix epoch.</summary>
    public ulong NowNs => _clock.NowNs;

    internal CyclicFeed Snapshots { get; }

    internal CyclicFeed OrderSnapshots { get; }

    internal CyclicFeed Definitions { get; }

    /// <summary>Goes on to the next thing that is due: an event, a heartbeat, or a step of a loop.</summary>
    public void Step()
    {
        ulong eventNs = Exchange.NextEventTimeNs;
        CyclicFeed? loop = HasPending || Exchange.IsResending ? null : FirstDue(eventNs);
        ulong heartbeatNs = _lastIncrementalNs + (ulong)_options.HeartbeatNs;
        if (!HasPending && heartbeatNs < Math.Min(eventNs, loop?.DueNs ?? ulong.MaxValue)) SendHeartbeat(heartbeatNs);
        else if (loop is not null) StepLoop(loop);
        else SendEvent(eventNs);
    }

    /// <summary>Sends the packet that waits for more events.</summary>
    public void Flush() => _incremental.Flush();

    /// <summary>
    /// Lets the market rest: a heartbeat, so that a loss at the very end shows, and whole cycles of every loop, so that
    /// a receiver recovers. A session that ends like this ends with every book right.
    /// </summary>
    public void Settle()
    {
        while (Exchange.IsResending) SendEvent(Exchange.NextEventTimeNs);
        Flush();
        SendHeartbeat(_clock.NowNs + (ulong)_options.HeartbeatNs);
        foreach (CyclicFeed loop in _loops)
        {
            loop.Restart();
            loop.StopAfterCycles = loop.Cycles + 1;
        }

        while (FirstDue(ulong.MaxValue) is { } loop)
        {
            ulong heartbeatNs = _lastIncrementalNs + (ulong)_options.HeartbeatNs;
            if (heartbeatNs < loop.DueNs) SendHeartbeat(heartbeatNs);
            else StepLoop(loop);
        }

        foreach (CyclicFeed loop in _loops) loop.StopAfterCycles = long.MaxValue;
        SendHeartbeat(Math.Max(_clock.NowNs, _lastIncrementalNs + (ulong)_options.HeartbeatNs));
    }

    /// <summary>
    /// Starts a new week: books empty, instrument sequences from 1, and every feed's packets from 1 again. Nothing on
    /// the wire announces it.
    /// </summary>
    /// <param name="pauseNs">Market time without a packet of any kind, as over a weekend.</param>
    public void StartWeek(ulong pauseNs = 0)
    {
        Flush();
        Exchange.StartWeek(pauseNs);
        Published.Reset();
        _incremental.Restart(firstSequence: 1);
        _lastIncrementalNs += pauseNs;
        foreach (CyclicFeed loop in _loops)
        {
            loop.Restart();
            if (loop.DueNs != ulong.MaxValue) loop.DueNs += pauseNs;
        }
    }

    private void SendEvent(ulong eventNs)
    {
        _clock.AdvanceTo(eventNs);
        Exchange.NextEvent(_match);
        _events.Write(_match, _random, _options.SplitChance);
        _lastIncrementalNs = eventNs;
        if (_match.IsChannelReset) RestartSnapshots();
        bool soon = Exchange.NextEventTimeNs - eventNs < CombineWithinNs;
        if (!soon || !_random.Chance(_options.CombineChance)) Flush();
    }

    private void SendHeartbeat(ulong timeNs)
    {
        _clock.AdvanceTo(timeNs);
        _encoder.WriteHeartbeat(_incremental.BeginMessage(CmeEncoder.HeartbeatBytes));
        Flush();
        _lastIncrementalNs = timeNs;
    }

    private void StepLoop(CyclicFeed loop)
    {
        _clock.AdvanceTo(loop.DueNs);
        loop.Step(LastSequence);
    }

    private void RestartSnapshots()
    {
        Snapshots.Restart();
        OrderSnapshots.Restart();
    }

    private CyclicFeed? FirstDue(ulong beforeNs)
    {
        CyclicFeed? first = null;
        foreach (CyclicFeed loop in _loops)
        {
            if (loop.DueNs < beforeNs && loop.Cycles < loop.StopAfterCycles && (first is null || loop.DueNs < first.DueNs)) first = loop;
        }

        return first;
    }

    /// <summary>After the sink has seen a packet, what it brought is no longer news.</summary>
    private sealed class AfterPacket(IFeedSink sink, PublishedState published) : IFeedSink
    {
        public void OnPacket(in FeedPacket packet)
        {
            sink.OnPacket(packet);
            published.BeginPacket();
        }
    }
}
