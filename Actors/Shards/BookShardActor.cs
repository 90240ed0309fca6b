using Akka.Actor;
using FeedHandler.Transport;

namespace FeedHandler.Actors;

/// <summary>The actor around a book shard: the rings' consumer, woken by one cached message when it has parked.</summary>
/// <remarks>
/// No message per update: RX publishes into the ring, and tells <see cref="Drain"/> only to a shard that sleeps. A drain
/// takes what is there, tells itself to go on where there is more (so that other messages get their turn), spins a little
/// where there is nothing, and parks.
/// </remarks>
internal sealed class BookShardActor : UntypedActor
{
    /// <summary>Updates taken before other messages get their turn.</summary>
    private const int MaxUpdatesPerDrain = 16_384;

    /// <summary>The same while somebody subscribes: what a subscriber that a replay waits for can get at once.</summary>
    private const int MaxUpdatesPerPublication = 1024;

    /// <summary>Empty looks at the ring before parking; parking and waking cost a few microseconds.</summary>
    private const int SpinsBeforeParking = 200;

    /// <summary>Empty looks of a shard that never parks before other messages get their turn: some tens of microseconds.</summary>
    private const int BusyLooks = 4096;

    private readonly ShardConsumer _consumer;
    private readonly ShardSignal _signal;
    private readonly bool _busyPolls;
    private readonly int? _cpu;
    private bool _waits;

    /// <param name="consumer">The shard.</param>
    /// <param name="signal">How it is woken.</param>
    /// <param name="busyPolls">Never park: the shard has a core of its own, and takes an update as soon as it is visible.</param>
    /// <param name="cpu">What its thread is bound to, where it has one of its own; null: nothing.</param>
    public BookShardActor(ShardConsumer consumer, ShardSignal signal, bool busyPolls = false, int? cpu = null)
    {
        _cpu = cpu;
        _consumer = consumer;
        _signal = signal;
        _busyPolls = busyPolls;
    }

    protected override void PreStart()
    {
        if (_cpu is { } cpu) CpuAffinity.Pin(cpu);
        _signal.Actor = Self;
        Self.Tell(Drain.Instance);
    }

    protected override void PreRestart(Exception reason, object message) => _consumer.Restart();

    protected override void PostRestart(Exception reason) => PreStart();

    protected override void OnReceive(object message)
    {
        switch (message)
        {
            case Drain:
                OnDrain();
                break;
            case AddSubscription add:
                _consumer.Publisher?.Add(add.Id, add.Channel, add.Request, add.Receiver, _consumer.Instruments);
                break;
            case RemoveSubscription remove:
                _consumer.Publisher?.Remove(remove.Id);
                GoOn();
                break;
            case CatchUp:
                _consumer.Publisher?.CatchUp();
                GoOn();
                break;
            case FinishSubscriptions:
                _consumer.Publisher?.Finish();
                break;
            case CollectResults:
                var rows = new ResultRows();
                _consumer.Collect(rows);
                Sender.Tell(rows);
                break;
            case CollectStatus collect:
                var status = new ShardStatus(new int[collect.Channels], new int[collect.Channels]);
                _consumer.CountInstruments(status.Instruments, status.Live);
                Sender.Tell(status);
                break;
            default:
                Unhandled(message);
                break;
        }
    }

    /// <summary>Whom the shard waited for may have caught up, or be gone.</summary>
    private void GoOn()
    {
        if (!_waits) return;
        _waits = false;
        Self.Tell(Drain.Instance);
    }

    private void OnDrain()
    {
        var publisher = _consumer.Publisher;
        _waits = publisher is not null && publisher.MustWait();
        if (_waits) return;
        var maxUpdates = publisher is { IsActive: true } ? MaxUpdatesPerPublication : MaxUpdatesPerDrain;
        if (_busyPolls)
        {
            for (var looks = 0; looks < BusyLooks && _consumer.Drain(maxUpdates) == 0; looks++) { }
            Self.Tell(Drain.Instance);
            return;
        }

        for (var spins = 0; spins < SpinsBeforeParking; spins++)
        {
            if (_consumer.Drain(maxUpdates) != 0)
            {
                Self.Tell(Drain.Instance);
                return;
            }

            Thread.SpinWait(20);
        }

        _signal.Park();
        if (_consumer.Drain(maxUpdates) == 0) return;

        // Something came between the last look and the parking. Whoever takes the flag back sends the message.
        if (_signal.Unpark()) Self.Tell(Drain.Instance);
    }

    /// <summary>There may be updates in the ring.</summary>
    internal sealed class Drain
    {
        public static readonly Drain Instance = new();
    }

    /// <summary>A slow subscriber has given batches back.</summary>
    internal sealed class CatchUp
    {
        public static readonly CatchUp Instance = new();
    }

    internal sealed record AddSubscription(long Id, int Channel, Subscribe Request, IBatchReceiver Receiver);

    internal sealed record RemoveSubscription(long Id);

    internal sealed record FinishSubscriptions;

    internal sealed record CollectResults;

    internal sealed record CollectStatus(int Channels);

    internal sealed record ShardStatus(int[] Instruments, int[] Live);
}

/// <summary>Wakes a shard's actor.</summary>
internal sealed class ShardSignal : ConsumerSignal
{
    private volatile IActorRef _actor = ActorRefs.Nobody;
    private long _wakes;

    /// <summary>Times that the shard was woken. Counted by the RX threads.</summary>
    public long Wakes => Interlocked.Read(ref _wakes);

    public IActorRef Actor
    {
        set => _actor = value;
    }

    /// <summary>Has the shard's publisher catch up. May be called from any thread.</summary>
    public void CatchUp() => _actor.Tell(BookShardActor.CatchUp.Instance, ActorRefs.NoSender);

    protected override void Wake()
    {
        Interlocked.Increment(ref _wakes);
        _actor.Tell(BookShardActor.Drain.Instance, ActorRefs.NoSender);
    }
}

/// <summary>Owns the shards: one that fails is restarted, empty, and heals by itself; the others do not notice.</summary>
internal sealed class FeedSupervisorActor : UntypedActor
{
    /// <summary>The dispatcher of shards that never park: a thread for each.</summary>
    public const string PinnedDispatcher = "feedhandler.pinned-dispatcher";

    private readonly IReadOnlyList<(ShardConsumer Consumer, ShardSignal Signal)> _shards;
    private readonly bool _busyPolls;
    private readonly IReadOnlyList<int> _cpus;
    private readonly List<IActorRef> _actors = [];

    public FeedSupervisorActor(IReadOnlyList<(ShardConsumer Consumer, ShardSignal Signal)> shards, bool busyPolls, IReadOnlyList<int> cpus)
    {
        _shards = shards;
        _busyPolls = busyPolls;
        _cpus = cpus;
    }

    protected override SupervisorStrategy SupervisorStrategy() => new OneForOneStrategy(_ => Directive.Restart);

    protected override void PreStart()
    {
        for (var i = 0; i < _shards.Count; i++)
        {
            var (consumer, signal) = _shards[i];
            int? cpu = _cpus.Count == 0 ? null : _cpus[i];
            var props = Props.Create(() => new BookShardActor(consumer, signal, _busyPolls, cpu));
            _actors.Add(Context.ActorOf(_busyPolls ? props.WithDispatcher(PinnedDispatcher) : props, $"shard-{i}"));
        }
    }

    protected override void OnReceive(object message)
    {
        if (message is GetShards) Sender.Tell(_actors.ToArray());
        else Unhandled(message);
    }

    internal sealed record GetShards;
}
