using Disruptor;
using Disruptor.Dsl;
using FeedHandler.Actors;
using FeedHandler.Codecs;
using FeedHandler.Codecs.Cme.Mdp3;
using FeedHandler.Replay.Synthetic.Cme;
using FeedHandler.Transport;

namespace FeedHandler.Simulation;

/// <summary>The production code under test: receiver, ring, book shards, on one thread and in virtual time.</summary>
internal sealed class Handler
{
    private const int RingSlots = 4096;

    private readonly ValueRingBuffer<MarketUpdate> _ring;
    private readonly RingWriter _writer;
    private readonly Sequence _consumed = new();
    private readonly Checker[] _checkers;
    private readonly long _reorderTimeoutNs;
    private readonly Subscribers? _subscribers;
    private readonly Trace? _trace;
    private ulong _nowNs;
    private long _nextLookNs;

    public Handler(Scenario scenario, Oracle oracle, Sightings sightings, Trace? trace)
    {
        _trace = trace;
        _ring = ValueRingBuffer<MarketUpdate>.Create(ProducerType.Single, static () => default, RingSlots, new BusySpinWaitStrategy());
        _ring.AddGatingSequences(_consumed);
        _writer = new RingWriter(_ring, [], waits: false);
        _reorderTimeoutNs = scenario.Arbitration.ReorderTimeoutNs;
        Receiver = new ChannelReceiver<Mdp3Decoder>(0, scenario.Arbitration, new Mdp3Decoder(Mdp3Schema.BuiltIn), _writer, silence: new SilenceWatch(scenario.SilenceNs, lines: 2));
        Shards = new BookShard<RunListener<CheckingListener>>[scenario.Shards];
        _checkers = new Checker[scenario.Shards];
        for (var i = 0; i < Shards.Length; i++) _checkers[i] = new Checker(oracle, Receiver, sightings, trace, scenario, isFirst: i == 0);
        var subscribers = new Subscribers(scenario, _checkers, oracle, sightings, trace);
        for (var i = 0; i < Shards.Length; i++)
        {
            var options = new ShardOptions
            {
                Shard = i,
                ShardCount = Shards.Length,
                Channels = [new ShardChannelOptions("sim", Mdp3Decoder.PriceExponent, HasLevelSnapshots: true, HasOrderSnapshots: true, HasDefinitions: true)],
                Recovery = scenario.NaturalRefresh ? RecoveryMode.Natural : RecoveryMode.Snapshot,
                RecoveryBufferUpdates = scenario.RecoveryBuffer,
                Audit = true,
            };
            Shards[i] = new BookShard<RunListener<CheckingListener>>(options, new RunListener<CheckingListener>(new CheckingListener(_checkers[i]), null, subscribers.Publishers[i]));
            _checkers[i].Shard = Shards[i];
        }

        if (!scenario.HasSubscribers) return;
        _subscribers = subscribers;
        _subscribers.Begin();
    }

    public ChannelReceiver Receiver { get; }

    public BookShard<RunListener<CheckingListener>>[] Shards { get; }

    public IReadOnlyList<Checker> Checkers => _checkers;

    /// <summary>While true, nobody takes from the ring.</summary>
    public bool IsStalled { get; set; }

    /// <summary>Changes a book that says Live, as a fault in memory or in the code would.</summary>
    /// <returns>Whether there was one.</returns>
    public bool Corrupt(bool orders)
    {
        for (var i = 0; i < Shards.Length; i++)
        {
            foreach (var instrument in Shards[i].Instruments)
            {
                if (instrument is not { LevelState: BookState.Live, OrderState: BookState.Live, Orders: { OrderCount: > 0 } book } || instrument.Outright.Levels(BookSide.Bid).IsEmpty) continue;
                if (orders) book.Apply(new MarketUpdate { Kind = UpdateKind.Order, Action = BookAction.New, Side = BookSide.Bid, Price = 1, Quantity = 1, OrderId = ulong.MaxValue - 1, Priority = ulong.MaxValue - 1 }, strict: true);
                else instrument.Outright.Apply(BookAction.Change, BookSide.Bid, 1, instrument.Outright.Levels(BookSide.Bid)[0] with { Quantity = 123_456 }, strict: true);
                _checkers[i].Corrupted = instrument;
                return true;
            }
        }

        return false;
    }

    public void OnArrival(in Arrival arrival, bool idle)
    {
        // An idle core polls all the time; two moments stand for all of them.
        if (idle && arrival.TimeNs > _nowNs + (ulong)_reorderTimeoutNs + 2)
        {
            Idle(_nowNs + (ulong)_reorderTimeoutNs + 1);
            Idle(arrival.TimeNs - 1);
        }

        _nowNs = arrival.TimeNs;
        _trace?.Line($"{arrival.TimeNs} {arrival.Feed} {arrival.Line} {System.Buffers.Binary.BinaryPrimitives.ReadUInt32LittleEndian(arrival.Payload)}{(arrival.Damage == Damage.None ? "" : " " + arrival.Damage)}");
        foreach (var checker in _checkers)
        {
            checker.OnPoll(arrival.TimeNs, IsStalled);
            checker.OnArrival(arrival);
        }

        // As the RX core does: silence shows before the packet that ends it, and a hole times out by the packets of other feeds, too.
        LookAtClock();
        if (arrival.Feed != CmeFeed.Incremental && Receiver.IsWaiting) Receiver.OnIdle((long)arrival.TimeNs);
        Receiver.OnPacket((FeedRole)arrival.Feed, (int)arrival.Line, arrival.Payload, (long)arrival.TimeNs);
        Drain();
    }

    /// <summary>The feed is over for the subscribers, too.</summary>
    public void FinishSubscribers() => _subscribers?.Finish();

    public void CountSubscribers() => _subscribers?.Count();

    public void Idle(ulong nowNs)
    {
        _nowNs = nowNs;
        foreach (var checker in _checkers) checker.OnPoll(nowNs, IsStalled);
        Receiver.OnIdle((long)nowNs);
        LookAtClock();
        Drain();
    }

    private void LookAtClock()
    {
        if ((long)_nowNs >= _nextLookNs) _nextLookNs = Receiver.OnClock((long)_nowNs, (long)_nowNs);
    }

    private void Drain()
    {
        _writer.Publish();
        if (IsStalled) return;
        var last = _ring.Cursor;
        for (var next = _consumed.Value + 1; next <= last; next++)
        {
            ref readonly var update = ref _ring[next];
            for (var i = 0; i < Shards.Length; i++)
            {
                Shards[i].OnUpdate(update, next);
                _subscribers?.AfterUpdate(i);
            }
        }

        _consumed.SetValue(last);
        foreach (var checker in _checkers) checker.CheckSilence();
        _subscribers?.AfterDrain();
    }
}
