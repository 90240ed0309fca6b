using FeedHandler.Actors;
using FeedHandler.Replay.Synthetic;

namespace FeedHandler.Simulation;

/// <summary>
/// The subscribers of a run: one that reads everything at once, one that reads so seldom that it is conflated, and some that
/// come in mid-run, with choices of their own. The production publishers serve them on the simulation's thread.
/// </summary>
internal sealed class Subscribers
{
    private readonly Checker[] _checkers;
    private readonly Oracle _oracle;
    private readonly SeededRandom _random;
    private readonly Sightings _sightings;
    private readonly Trace? _trace;
    private readonly List<ModelSubscriber> _subscribers = [];
    private readonly bool[] _woken;
    private readonly long[] _conflations;
    private readonly bool _flushesEach;
    private readonly double _joinChance;
    private long _nextId = 1;
    private int _joins;

    public Subscribers(Scenario scenario, Checker[] checkers, Oracle oracle, Sightings sightings, Trace? trace)
    {
        _checkers = checkers;
        _oracle = oracle;
        _sightings = sightings;
        _trace = trace;
        _random = new SeededRandom(scenario.Seed ^ 0x0000_5AB5_C01B_E000);
        _woken = new bool[checkers.Length];
        _conflations = new long[checkers.Length];
        _flushesEach = _random.Chance(0.5);
        _joinChance = 3.0 / scenario.Steps;
        Publishers = new ShardPublisher[checkers.Length];
        for (var i = 0; i < checkers.Length; i++)
        {
            var shard = i;
            Publishers[i] = new ShardPublisher(i, channels: 1, () => _woken[shard] = true);
        }
    }

    public ShardPublisher[] Publishers { get; }

    /// <summary>The first two, who are there before the feed.</summary>
    public void Begin()
    {
        const SubscribedBooks Both = SubscribedBooks.Levels | SubscribedBooks.Orders;
        Add(new Subscribe("sim") { Books = Both }, readChance: 1, sawAll: true);
        Add(new Subscribe("sim") { Books = DrawBooks() }, readChance: 0.001 + (0.05 * _random.NextDouble()), sawAll: true);
    }

    /// <summary>A shard has taken an update.</summary>
    public void AfterUpdate(int shard)
    {
        if (_flushesEach) Flush(shard);
    }

    /// <summary>The shards have taken what there was.</summary>
    public void AfterDrain()
    {
        for (var shard = 0; shard < Publishers.Length; shard++) Flush(shard);
        if (_random.Chance(_joinChance)) Join();
        for (var i = 0; i < _subscribers.Count; i++)
        {
            var subscriber = _subscribers[i];
            if (subscriber.Ended is not null) Replace(i);
            else if (!subscriber.IsFast && _random.Chance(subscriber.ReadChance)) subscriber.ReadAll();
        }

        // A burst can be more than even a fast one may have unread; it has read it by now.
        while (CatchUp())
        {
        }

        foreach (var subscriber in _subscribers)
        {
            if (!subscriber.IsFast || subscriber.Ended is not null) continue;
            foreach (var checker in _checkers) subscriber.CheckStates(checker);
        }
    }

    /// <summary>Everybody reads what there is, and is equal to the shards then.</summary>
    public void Finish()
    {
        foreach (var subscriber in _subscribers) subscriber.ReadAll();
        while (CatchUp())
        {
            foreach (var subscriber in _subscribers) subscriber.ReadAll();
        }

        for (var shard = 0; shard < Publishers.Length; shard++)
        {
            Publishers[shard].Finish();
            CloseGroups(shard);
        }

        foreach (var subscriber in _subscribers)
        {
            subscriber.ReadAll();
            if (subscriber.Ended == SubscriptionEnd.TooSlow) continue;
            if (subscriber.Ended != SubscriptionEnd.FeedEnded) throw new SimulationFailedException($"subscriber {subscriber.Id} was not told that the feed is over");
            foreach (var checker in _checkers) subscriber.CheckEnd(checker);
        }
    }

    public void Count()
    {
        foreach (var publisher in Publishers)
        {
            _sightings.Add("subscribers: batches", publisher.Counters.Batches);
            _sightings.Add("subscribers: images", publisher.Counters.Images);
            _sightings.Add("subscribers: conflations", publisher.Counters.Conflations);
            _sightings.Add("subscribers: updates conflated", publisher.Counters.UpdatesConflated);
            _sightings.Add("subscribers: cut off", publisher.Counters.Disconnected);
        }
    }

    private SubscribedBooks DrawBooks() => _random.Next(4) switch
    {
        0 => SubscribedBooks.Levels,
        1 => SubscribedBooks.Orders,
        _ => SubscribedBooks.Levels | SubscribedBooks.Orders,
    };

    /// <summary>Somebody comes in mid-run, or asks again.</summary>
    private void Join()
    {
        const int MaxJoins = 6;
        if (++_joins > MaxJoins) return;
        if (_random.Chance(0.2))
        {
            var again = _subscribers[_random.Next(_subscribers.Count)];
            if (again.Ended is null) Subscribe(again);
            _sightings.Add("subscribers: renewals");
            return;
        }

        var one = _oracle.Books[_random.Next(_oracle.Books.Count)].Instrument;
        var choice = _random.Next(4);
        Add(
            new Subscribe("sim")
            {
                Books = DrawBooks(),
                Instrument = choice == 0 ? (uint)one.SecurityId : null,
                Symbol = choice == 1 ? one.Symbol : null,
                Depth = _random.Chance(0.3) ? _random.Next(1, 5) : 0,
                Timing = _random.Chance(0.3) ? UpdateTiming.EveryUpdate : UpdateTiming.EndOfEvent,
                Policy = _random.Chance(0.2) ? SlowSubscriberPolicy.Disconnect : SlowSubscriberPolicy.Conflate,
            },
            _random.Chance(0.4) ? 1 : 0.001 + (0.05 * _random.NextDouble()),
            sawAll: false);
        _sightings.Add("subscribers: late joins");
    }

    private void Add(Subscribe request, double readChance, bool sawAll)
    {
        var subscriber = new ModelSubscriber(_nextId++, request, readChance, _sightings, _trace) { SawAll = sawAll };
        _subscribers.Add(subscriber);
        Subscribe(subscriber);
    }

    private void Subscribe(ModelSubscriber subscriber)
    {
        for (var shard = 0; shard < Publishers.Length; shard++)
        {
            Publishers[shard].Add(subscriber.Id, channel: 0, subscriber.Request, subscriber, _checkers[shard].Shard.Instruments);
            CloseGroups(shard);
        }
    }

    /// <summary>Who was cut off in one shard is out of all, and comes again.</summary>
    private void Replace(int index)
    {
        var old = _subscribers[index];
        foreach (var publisher in Publishers) publisher.Remove(old.Id);
        old.ReadAll();
        _subscribers[index] = new ModelSubscriber(_nextId++, old.Request, old.ReadChance, _sightings, _trace);
        Subscribe(_subscribers[index]);
    }

    private bool CatchUp()
    {
        var any = false;
        for (var shard = 0; shard < Publishers.Length; shard++)
        {
            if (!_woken[shard]) continue;
            _woken[shard] = false;
            any = true;
            Publishers[shard].CatchUp();
            CloseGroups(shard);
        }

        return any;
    }

    private void Flush(int shard)
    {
        Publishers[shard].Flush();
        CloseGroups(shard);
    }

    private void CloseGroups(int shard)
    {
        var conflations = Publishers[shard].Counters.Conflations;
        foreach (var subscriber in _subscribers) subscriber.OnFlushed(_checkers[shard], conflations != _conflations[shard]);
        _conflations[shard] = conflations;
    }
}
