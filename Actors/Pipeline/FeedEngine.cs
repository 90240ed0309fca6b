using Akka.Actor;
using Akka.Configuration;
using Disruptor;
using Disruptor.Dsl;
using FeedHandler.Codecs;
using FeedHandler.Transport;

namespace FeedHandler.Actors;

/// <summary>Puts the pipeline together: sources, RX cores, rings, shard actors.</summary>
public sealed class FeedEngine : IFeedEngine
{
    /// <summary>Slots of an RX core's ring: 4 MiB, 64 Ki updates, some milliseconds of a burst.</summary>
    public const int RingSlots = 65_536;

    /// <summary>Starts a run.</summary>
    /// <inheritdoc cref="IFeedEngine.Start"/>
    public FeedRun Start(FeedRunOptions options) => Start(options, static _ => default(NullListener));

    /// <summary>Starts a run with a listener for each shard, called on the shard's thread without a hop.</summary>
    /// <param name="options">What to run.</param>
    /// <param name="listeners">Makes the listener of a shard, given the shard's number. A restarted shard keeps its listener.</param>
    /// <typeparam name="TListener">A struct, so that the calls are inlined into the shard.</typeparam>
    public FeedRun Start<TListener>(FeedRunOptions options, Func<int, TListener> listeners)
        where TListener : IShardListener
    {
        var run = Prepare(options, listeners);
        run.Begin();
        return run;
    }

    /// <summary>Prepares a run without starting it, so that subscribers can be there before the first packet.</summary>
    public FeedRun Prepare(FeedRunOptions options) => Prepare(options, static _ => default(NullListener));

    /// <summary>Prepares a run with a listener for each shard.</summary>
    /// <inheritdoc cref="Start{TListener}"/>
    public FeedRun Prepare<TListener>(FeedRunOptions options, Func<int, TListener> listeners)
        where TListener : IShardListener
    {
        var sources = new List<IFrameSource>();
        try
        {
            OpenSources(options, sources);
            return FeedRun.Create(options, sources, listeners);
        }
        catch
        {
            foreach (var source in sources) source.Dispose();
            throw;
        }
    }

    IFeedRun IFeedEngine.Start(FeedRunOptions options) => Start(options);

    private static void OpenSources(FeedRunOptions options, List<IFrameSource> sources)
    {
        if (options.Captures.Count == 0 && options.Feed.Channels.FirstOrDefault(channel => channel.Raw) is { } raw)
            throw new FeedHandler.Transport.ConfigurationException(raw.Name, "raw", "a raw channel is read from a file; a live one needs its addresses instead");
        if (options.Captures.Count == 0)
        {
            var feed = options.Feed.On(null, options.Interface);
            foreach (var core in feed.Cores(isReplay: false)) sources.Add(FrameSources.Open(core.Transport, feed.LinesOf(core)));
            return;
        }

        var captures = options.Feed.Channels.Any(channel => channel.Raw) ? OpenRaw(options) : CaptureSource.OpenAll(options.Captures);
        sources.Add(options.Speed is { } speed ? new PacedSource(captures, speed) : captures);
    }

    private static BinaryFileSource OpenRaw(FeedRunOptions options)
    {
        // Raw files have no addresses, so nothing could tell two channels apart, and no time that two files could be merged by.
        if (options.Feed.Channels.Count > 1) throw new FeedHandler.Transport.ConfigurationException(options.Feed.Channels[1].Name, "raw", "a feed with a raw channel has no other channel");
        return options.Captures.Count == 1
            ? BinaryFileSource.Open(options.Captures[0])
            : throw new FeedHandler.Transport.ConfigurationException(options.Feed.Channels[0].Name, "raw", "a raw channel is read from one file");
    }
}

/// <summary>One run of the pipeline: its RX threads, its actors, its end.</summary>
public sealed class FeedRun : IFeedRun
{
    private static readonly TimeSpan AskTimeout = TimeSpan.FromMinutes(1);

    private static readonly Config AkkaConfig = ConfigurationFactory.ParseString("""
        akka {
          # A feed handler is quiet: faults of a shard are logged, nothing else.
          loglevel = WARNING
          log-dead-letters = off
          log-dead-letters-during-shutdown = off
        }
        feedhandler.pinned-dispatcher.type = PinnedDispatcher
        """);

    private readonly FeedRunOptions _options;
    private readonly RxThreads _rx;
    private readonly bool _ownsSystem;
    private readonly IActorRef _supervisor;
    private readonly ShardConsumer[] _consumers;
    private readonly IActorRef[] _shards;
    private readonly TaskCompletionSource<FeedResults> _completion = new(TaskCreationOptions.RunContinuationsAsynchronously);
    private readonly ManualResetEventSlim _stop = new();
    private FeedStatus _lastStatus = new();
    private long _started;
    private bool _hasBegun;
    private volatile bool _isAbandoned;

    private FeedRun(FeedRunOptions options, IReadOnlyList<RxCoreDefinition> definitions, IReadOnlyList<RxCore> cores, (ShardConsumer Consumer, ShardSignal Signal)[] shards)
    {
        _options = options;
        _consumers = [.. shards.Select(shard => shard.Consumer)];
        _rx = new RxThreads(cores, definitions, options.Feed.Channels.Count, options.BusyPoll, _stop, Complete);

        _ownsSystem = options.System is null;
        System = options.System ?? ActorSystem.Create("feed", AkkaConfig);
        if (options.BusyPoll && !System.Dispatchers.HasDispatcher(FeedSupervisorActor.PinnedDispatcher))
            throw new FeedHandler.Transport.ConfigurationException("the actor system", FeedSupervisorActor.PinnedDispatcher, "busy polling needs a dispatcher of type PinnedDispatcher under this key");
        var busyPolls = options.BusyPoll;
        var cpus = options.ShardCpus;
        _supervisor = System.ActorOf(Props.Create(() => new FeedSupervisorActor(shards, busyPolls, cpus)), _ownsSystem ? "books" : null);
        _shards = _supervisor.Ask<IActorRef[]>(new FeedSupervisorActor.GetShards(), AskTimeout).GetAwaiter().GetResult();
        var channels = ChannelsOf(options.Feed);
        var isReplay = _rx.IsReplay;
        MarketData = System.ActorOf(Props.Create(() => new PublisherActor(channels, _shards, isReplay)), _ownsSystem ? "market-data" : null);
    }

    /// <inheritdoc/>
    public Task<FeedResults> Completion => _completion.Task;

    /// <summary>The actor system that the run lives in.</summary>
    public ActorSystem System { get; }

    /// <summary>Where to tell <see cref="Subscribe"/> to.</summary>
    public IActorRef MarketData { get; }

    /// <summary>What publishing has counted, all shards together.</summary>
    public PublishingCounters Publishing
    {
        get
        {
            var sum = new PublishingCounters();
            foreach (var consumer in _consumers) sum.Add(consumer.Publisher!.Counters);
            return sum;
        }
    }

    /// <summary>Starts to receive. What was told to <see cref="MarketData"/> before stands by then.</summary>
    public void Begin()
    {
        if (_hasBegun) return;
        _hasBegun = true;
        MarketData.Ask<PublisherActor.Synchronise>(new PublisherActor.Synchronise(), AskTimeout).GetAwaiter().GetResult();
        _started = TimeProvider.System.GetTimestamp();
        _rx.Start();
    }

    /// <inheritdoc/>
    public void Stop() => _stop.Set();

    /// <inheritdoc/>
    public FeedStatus GetStatus()
    {
        if (_completion.Task.IsCompleted) return _lastStatus;
        var answers = Ask<BookShardActor.ShardStatus>(new BookShardActor.CollectStatus(_options.Feed.Channels.Count));
        if (Task.WaitAll(answers, 200)) _lastStatus = Status([.. answers.Select(answer => answer.Result)]);
        else _lastStatus = Status(null);
        return _lastStatus;
    }

    /// <inheritdoc/>
    public void Dispose()
    {
        _isAbandoned = true;
        _stop.Set();
        foreach (var rx in _rx.All) rx.Core.Writer.Cancel();
        if (_hasBegun) _rx.Join();
        else _completion.TrySetCanceled();
        if (_ownsSystem) System.Terminate().Wait(AskTimeout);
        else Task.WaitAll([MarketData.GracefulStop(AskTimeout), _supervisor.GracefulStop(AskTimeout)], AskTimeout);
        _rx.Dispose();
        _stop.Dispose();
    }

    internal static FeedRun Create<TListener>(FeedRunOptions options, IFrameSource source, Func<int, TListener> listeners)
        where TListener : IShardListener => Create(options, [source], listeners);

    /// <summary>Creates a run on sources that are open; a source for each RX core.</summary>
    internal static FeedRun Create<TListener>(FeedRunOptions options, IReadOnlyList<IFrameSource> sources, Func<int, TListener> listeners)
        where TListener : IShardListener
    {
        var definitions = options.Feed.Cores(isReplay: options.Captures.Count != 0);
        if (sources.Count != definitions.Count) throw new ArgumentException($"{definitions.Count} RX cores have {sources.Count} sources", nameof(sources));
        RunCpus.Check(options, definitions, sources);
        var rings = definitions.Select(_ => ValueRingBuffer<MarketUpdate>.Create(ProducerType.Single, static () => default, FeedEngine.RingSlots, new BusySpinWaitStrategy())).ToArray();
        var fetching = Fetching(options);
        ImageDemand?[] demands = [.. fetching.Channels.Select(static channel => channel.Glimpse is null ? null : new ImageDemand())];
        var shards = new (ShardConsumer Consumer, ShardSignal Signal)[options.Shards];
        for (var i = 0; i < shards.Length; i++)
        {
            var signal = new ShardSignal();
            shards[i] = (CreateShard(options, demands, rings, i, listeners(i), signal), signal);
        }

        var cores = new RxCore[definitions.Count];
        for (var i = 0; i < cores.Length; i++)
        {
            var channels = definitions[i].Channels;
            var writer = new RingWriter(rings[i], [.. shards.Select(shard => shard.Signal)], waits: sources[i].IsReplay);
            cores[i] = new RxCore(sources[i], new RouteTable([.. channels.Select(channel => options.Feed.Channels[channel])]), ChannelReceivers.Create(fetching, channels, writer, demands), writer);
        }

        return new FeedRun(options, definitions, cores, shards);
    }

    internal static ShardChannelOptions[] ChannelsOf(FeedDefinition feed) => [.. feed.Channels.Select(channel => new ShardChannelOptions(
        channel.Name, ChannelReceivers.PriceExponent(channel.Protocol), channel.Snapshot is not null, channel.MboSnapshot is not null, channel.Depth,
        channel.Definitions is not null, ChannelReceivers.NumbersMessages(channel.Protocol), channel.MaxInstruments, channel.MaxOrders,
        channel.RecoveryBuffer ?? (channel.Glimpse is null ? null : ChannelDefinition.ImageRecoveryBuffer)))];

    /// <summary>Books that are to heal by the updates alone have no use for an image.</summary>
    private static FeedDefinition Fetching(FeedRunOptions options) => options.Recovery == RecoveryMode.Natural
        ? options.Feed with { Channels = [.. options.Feed.Channels.Select(channel => channel with { Glimpse = null })] }
        : options.Feed;

    private static ShardConsumer CreateShard<TListener>(FeedRunOptions options, ImageDemand?[] demands, ValueRingBuffer<MarketUpdate>[] rings, int shard, TListener listener, ShardSignal signal)
        where TListener : IShardListener
    {
        var shardOptions = new ShardOptions
        {
            Shard = shard,
            ShardCount = options.Shards,
            Recovery = options.Recovery,
            Audit = options.Audit,
            Channels = [.. ChannelsOf(options.Feed).Select((channel, i) => channel with { Images = demands[i] })],
        };
        var bbo = options.Bbo is { } sink ? new BboTracker([.. rings.Select((_, core) => sink.OpenShard((shard * rings.Length) + core))]) : null;
        var publisher = new ShardPublisher(shard, options.Feed.Channels.Count, signal.CatchUp);
        return new ShardConsumer<RunListener<TListener>>(rings, shardOptions, new RunListener<TListener>(listener, bbo, publisher)) { Publisher = publisher };
    }

    /// <summary>The last RX core has ended: whatever comes of it is the run's result.</summary>
    private void Complete()
    {
        if (_rx.Failure is { } failure)
        {
            _completion.SetException(failure);
            return;
        }

        try
        {
            WaitForShards();
            var elapsed = TimeProvider.System.GetElapsedTime(_started);
            var rows = new ResultRows();
            foreach (var answer in Ask<ResultRows>(new BookShardActor.CollectResults())) rows.Add(answer.GetAwaiter().GetResult());
            _lastStatus = GetStatus();
            MarketData.Tell(new PublisherActor.FeedEnded());
            _completion.SetResult(FeedReport.Build(_options.Feed, _rx, _consumers, rows, elapsed) with { CutShort = _rx.CutShort });
        }
        catch (Exception e)
        {
            _completion.SetException(e);
        }
    }

    private void WaitForShards()
    {
        var spin = default(SpinWait);
        foreach (var consumer in _consumers)
        {
            foreach (var rx in _rx.All)
            {
                // A shard may wait for a subscriber that never reads on; whoever disposes the run does not.
                while (consumer.SequenceOf(rx.Number).Value < rx.Core.Writer.PublishedSequence && !_isAbandoned) spin.SpinOnce();
            }
        }
    }

    private Task<T>[] Ask<T>(object question) => [.. _shards.Select(shard => shard.Ask<T>(question, AskTimeout))];

    private FeedStatus Status(BookShardActor.ShardStatus[]? shards)
    {
        var capture = _rx.All[0].Core.Source as ICaptureSource;
        return new FeedStatus
        {
            BytesRead = capture?.BytesConsumed ?? 0,
            BytesTotal = capture?.BytesTotal ?? 0,
            Packets = _rx.Receivers.Sum(receiver => receiver.Counters.Packets),
            Updates = _rx.Sum(core => core.Writer.Updates),
            SourceDrops = _rx.Sum(core => core.Source.Dropped),
            RxCores = [.. _rx.All.Select(rx => new RxCoreStatus(rx.Core.Source.Name, rx.Definition.Transport.Cpu, rx.Core.Counters.Frames, rx.Core.Writer.Updates, rx.Core.Source.Dropped))],
            Channels = [.. _options.Feed.Channels.Select((channel, i) => Status(channel, i, shards))],
        };
    }

    private ChannelStatus Status(ChannelDefinition channel, int index, BookShardActor.ShardStatus[]? shards)
    {
        var receiver = _rx.ReceiverOf(index);
        var silence = receiver.Silence;
        var clockNs = _rx.IsReplay ? _rx.ClockNsOf(index) : RxThread.MonotonicNs();
        return new ChannelStatus(
            channel.Name,
            receiver.Arbiter.CountersOf(0).Received,
            channel.Incremental.B is null ? 0 : receiver.Arbiter.CountersOf(1).Received,
            receiver.Counters.Gaps,
            receiver.Counters.Lost,
            _consumers.Sum(consumer => consumer.Counters.RecoveriesByChannel[index]),
            shards?.Sum(shard => shard.Instruments[index]) ?? _lastStatus.Channels.ElementAtOrDefault(index).Instruments,
            shards?.Sum(shard => shard.Live[index]) ?? _lastStatus.Channels.ElementAtOrDefault(index).LiveInstruments,
            silence.IsSilent ? (clockNs - silence.HeardNs) / 1e9 : 0,
            silence.IsLineSilent(0) ? 'A' : silence.IsLineSilent(1) ? 'B' : null,
            FeedReport.ImageProblem(channel, receiver),
            ChannelReceivers.SequenceUnit(channel.Protocol),
            receiver.Requests?.Requested ?? 0,
            receiver.Counters.Recovered,
            channel.Incremental.B is not null);
    }
}
