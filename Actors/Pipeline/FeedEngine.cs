using Akka.Actor;
using Akka.Configuration;
using Disruptor;
using Disruptor.Dsl;
using FeedHandler.Codecs;
using FeedHandler.Transport;

namespace FeedHandler.Actors;

/// <summary>Puts the pipeline together: sources, RX core, ring, shard actors.</summary>
public sealed class FeedEngine : IFeedEngine
{
    /// <summary>Slots of the ring: 4 MiB, 64 Ki updates, some milliseconds of a burst.</summary>
    public const int RingSlots = 65_536;

    /// <inheritdoc/>
    public IFeedRun Start(FeedRunOptions options)
    {
        var source = OpenSource(options);
        try
        {
            return new FeedRun(options, source);
        }
        catch
        {
            source.Dispose();
            throw;
        }
    }

    private static IFrameSource OpenSource(FeedRunOptions options)
    {
        if (options.Captures.Count == 0)
            return new UdpMulticastSource(Lines(options.Feed), new UdpMulticastOptions { Interface = options.Interface });
        var captures = options.Feed.Channels.Any(channel => channel.Raw) ? OpenRaw(options) : CaptureSource.OpenAll(options.Captures);
        return options.Speed is { } speed ? new PacedSource(captures, speed) : captures;
    }

    private static BinaryFileSource OpenRaw(FeedRunOptions options)
    {
        // Raw files have no addresses, so nothing could tell two channels apart, and no time that two files could be merged by.
        if (options.Feed.Channels.Count > 1) throw new FeedHandler.Transport.ConfigurationException(options.Feed.Channels[1].Name, "raw", "a feed with a raw channel has no other channel");
        return options.Captures.Count == 1
            ? BinaryFileSource.Open(options.Captures[0])
            : throw new FeedHandler.Transport.ConfigurationException(options.Feed.Channels[0].Name, "raw", "a raw channel is read from one file");
    }

    private static List<LineAddress> Lines(FeedDefinition feed)
    {
        var lines = new List<LineAddress>();
        foreach (var channel in feed.Channels)
        {
            foreach (var (_, _, feedLines) in channel.Feeds())
            {
                lines.Add(feedLines.A);
                if (feedLines.B is { } b) lines.Add(b);
            }
        }

        return lines;
    }
}

/// <summary>One run of the pipeline: its RX thread, its actor system, its end.</summary>
internal sealed class FeedRun : IFeedRun
{
    /// <summary>Empty polls of a live source before the RX thread waits a little instead of spinning.</summary>
    private const int EmptyPollsBeforeWaiting = 2_000;

    private static readonly TimeSpan AskTimeout = TimeSpan.FromMinutes(1);

    private static readonly Config AkkaConfig = ConfigurationFactory.ParseString("""
        akka {
          # A feed handler is quiet: faults of a shard are logged, nothing else.
          loglevel = WARNING
          log-dead-letters = off
          log-dead-letters-during-shutdown = off
        }
        """);

    private readonly FeedRunOptions _options;
    private readonly RxCore _rx;
    private readonly ActorSystem _system;
    private readonly ShardConsumer[] _consumers;
    private readonly IActorRef[] _shards;
    private readonly TaskCompletionSource<FeedResults> _completion = new(TaskCreationOptions.RunContinuationsAsynchronously);
    private readonly ManualResetEventSlim _stop = new();
    private readonly Thread _thread;
    private FeedStatus _lastStatus = new();
    private long _allocatedByRx;

    public FeedRun(FeedRunOptions options, IFrameSource source)
    {
        _options = options;
        var ring = ValueRingBuffer<MarketUpdate>.Create(ProducerType.Single, static () => default, FeedEngine.RingSlots, new BusySpinWaitStrategy());
        var shards = new (ShardConsumer Consumer, ShardSignal Signal)[options.Shards];
        for (var i = 0; i < shards.Length; i++) shards[i] = (CreateShard(options, ring, i), new ShardSignal());
        _consumers = [.. shards.Select(shard => shard.Consumer)];
        var writer = new RingWriter(ring, [.. shards.Select(shard => shard.Signal)], waits: source.IsReplay);
        _rx = new RxCore(source, new RouteTable(options.Feed), ChannelReceivers.Create(options.Feed, writer), writer);

        _system = ActorSystem.Create("feed", AkkaConfig);
        var supervisor = _system.ActorOf(Props.Create(() => new FeedSupervisorActor(shards)), "books");
        _shards = supervisor.Ask<IActorRef[]>(new FeedSupervisorActor.GetShards(), AskTimeout).GetAwaiter().GetResult();
        _thread = new Thread(Run) { Name = "rx-0", IsBackground = true };
        _thread.Start();
    }

    public Task<FeedResults> Completion => _completion.Task;

    public void Stop() => _stop.Set();

    public FeedStatus GetStatus()
    {
        if (_completion.Task.IsCompleted) return _lastStatus;
        var answers = Ask<BookShardActor.ShardStatus>(new BookShardActor.CollectStatus(_options.Feed.Channels.Count));
        if (Task.WaitAll(answers, 200)) _lastStatus = Status([.. answers.Select(answer => answer.Result)]);
        else _lastStatus = Status(null);
        return _lastStatus;
    }

    public void Dispose()
    {
        _stop.Set();
        _rx.Writer.Cancel();
        _thread.Join();
        _system.Terminate().Wait(AskTimeout);
        _rx.Dispose();
        _stop.Dispose();
    }

    private static ShardConsumer CreateShard(FeedRunOptions options, ValueRingBuffer<MarketUpdate> ring, int shard)
    {
        var channels = options.Feed.Channels;
        var shardOptions = new ShardOptions
        {
            Shard = shard,
            ShardCount = options.Shards,
            Recovery = options.Recovery,
            Channels = [.. channels.Select(channel => new ShardChannelOptions(
                channel.Name, ChannelReceivers.PriceExponent(channel.Protocol), channel.Snapshot is not null,
                channel.MboSnapshot is not null, channel.Depth, ChannelReceivers.NumbersMessages(channel.Protocol)))],
        };
        shardOptions = shardOptions with
        {
            MaxInstruments = channels.Max(channel => channel.MaxInstruments) ?? shardOptions.MaxInstruments,
            MaxOrders = channels.Max(channel => channel.MaxOrders) ?? shardOptions.MaxOrders,
            RecoveryBufferUpdates = channels.Max(channel => channel.RecoveryBuffer) ?? shardOptions.RecoveryBufferUpdates,
        };
        return new ShardConsumer<RunListener>(ring, shardOptions, new RunListener(options.Bbo is { } bbo ? new BboTracker(bbo.OpenShard(shard)) : null));
    }

    private void Run()
    {
        var started = TimeProvider.System.GetTimestamp();
        try
        {
            Receive();
            WaitForShards();
            var elapsed = TimeProvider.System.GetElapsedTime(started);
            var rows = new ResultRows();
            foreach (var answer in Ask<ResultRows>(new BookShardActor.CollectResults())) rows.Add(answer.GetAwaiter().GetResult());
            _lastStatus = GetStatus();
            _completion.SetResult(FeedReport.Build(_options.Feed, _rx, _consumers, rows, elapsed, _allocatedByRx));
        }
        catch (Exception e)
        {
            _completion.SetException(e);
        }
    }

    private void Receive()
    {
        var allocated = GC.GetAllocatedBytesForCurrentThread();
        var emptyPolls = 0;
        while (!_rx.Source.IsEnded && !_stop.IsSet)
        {
            var live = !_rx.Source.IsReplay;
            var frames = _rx.Poll(live ? NowNs() : _rx.LastReceiveTimeNs);
            if (frames != 0) emptyPolls = 0;
            else if (++emptyPolls > EmptyPollsBeforeWaiting) _stop.Wait(1);
        }

        _rx.Finish();
        _allocatedByRx = GC.GetAllocatedBytesForCurrentThread() - allocated;
    }

    private void WaitForShards()
    {
        var spin = default(SpinWait);
        foreach (var consumer in _consumers)
        {
            while (consumer.Sequence.Value < _rx.Writer.PublishedSequence) spin.SpinOnce();
        }
    }

    private Task<T>[] Ask<T>(object question) => [.. _shards.Select(shard => shard.Ask<T>(question, AskTimeout))];

    /// <summary>Wall clock, comparable with the kernel's receive time stamps.</summary>
    private static long NowNs() => (TimeProvider.System.GetUtcNow().Ticks - DateTime.UnixEpoch.Ticks) * 100;

    private FeedStatus Status(BookShardActor.ShardStatus[]? shards)
    {
        var capture = _rx.Source as ICaptureSource;
        return new FeedStatus
        {
            BytesRead = capture?.BytesConsumed ?? 0,
            BytesTotal = capture?.BytesTotal ?? 0,
            Packets = _rx.Receivers.Sum(receiver => receiver.Counters.Packets),
            Updates = _rx.Writer.Updates,
            Channels = [.. _options.Feed.Channels.Select((channel, i) => Status(channel, i, shards))],
        };
    }

    private ChannelStatus Status(ChannelDefinition channel, int index, BookShardActor.ShardStatus[]? shards)
    {
        var receiver = _rx.Receivers[index];
        return new ChannelStatus(
            channel.Name,
            receiver.Arbiter.CountersOf(0).Received,
            channel.Incremental.B is null ? 0 : receiver.Arbiter.CountersOf(1).Received,
            receiver.Counters.Gaps,
            receiver.Arbiter.Counters.LostSequences,
            _consumers.Sum(consumer => consumer.Counters.RecoveriesByChannel[index]),
            shards?.Sum(shard => shard.Instruments[index]) ?? _lastStatus.Channels.ElementAtOrDefault(index).Instruments,
            shards?.Sum(shard => shard.Live[index]) ?? _lastStatus.Channels.ElementAtOrDefault(index).LiveInstruments);
    }
}
