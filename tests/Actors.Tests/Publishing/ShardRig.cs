using Disruptor;
using Disruptor.Dsl;
using FeedHandler.Codecs;
using FeedHandler.Transport;

namespace FeedHandler.Actors.Tests.Publishing;

/// <summary>The whole path from a bundled capture to publishers on one thread, update by update; frames may be lost on the way.</summary>
internal sealed class ShardRig : IDisposable
{
    private readonly ValueRingBuffer<MarketUpdate> _ring;
    private readonly RxCore _rx;

    public ShardRig(string capture = "demo", int shards = 1, double loss = 0, int seed = 1)
    {
        var feed = Bundled.Feed(capture);
        _ring = ValueRingBuffer<MarketUpdate>.Create(ProducerType.Single, static () => default, FeedEngine.RingSlots, new BusySpinWaitStrategy());
        var writer = new RingWriter(_ring, [], waits: true);
        _rx = new RxCore(new LossySource(CaptureSource.OpenAll([Bundled.Capture(capture)]), loss, seed), new RouteTable(feed), ChannelReceivers.Create(feed, writer), writer);
        Shards = new ShardConsumer<RunListener<NullListener>>[shards];
        for (var i = 0; i < shards; i++)
        {
            var publisher = new ShardPublisher(i, feed.Channels.Count, () => Interlocked.Increment(ref Wakes));
            var options = new ShardOptions
            {
                Shard = i,
                ShardCount = shards,
                Channels = [.. feed.Channels.Select(channel => new ShardChannelOptions(channel.Name, -9, channel.Snapshot is not null, channel.MboSnapshot is not null, channel.Depth, channel.Definitions is not null))],
            };
            Shards[i] = new ShardConsumer<RunListener<NullListener>>(_ring, options, new RunListener<NullListener>(default, null, publisher)) { Publisher = publisher };
        }
    }

    /// <summary>Calls for <see cref="ShardPublisher.CatchUp"/>.</summary>
    public int Wakes;

    public ShardConsumer<RunListener<NullListener>>[] Shards { get; }

    public bool IsEnded => _rx.Source.IsEnded;

    public ShardPublisher Publisher => Shards[0].Publisher!;

    public void Subscribe(long id, IBatchReceiver receiver, Subscribe? request = null)
    {
        foreach (var shard in Shards) shard.Publisher!.Add(id, 0, request ?? new Subscribe("cme-310"), receiver, shard.Instruments);
    }

    /// <summary>Runs to the end of the capture, or until <paramref name="afterUpdate"/> says so.</summary>
    /// <param name="afterUpdate">Called when a shard has taken an update and flushed; false stops.</param>
    public void Run(Func<ShardConsumer<RunListener<NullListener>>, MarketUpdate, bool> afterUpdate)
    {
        while (Drain(afterUpdate) && !_rx.Source.IsEnded)
        {
            _rx.Poll(_rx.LastReceiveTimeNs);
            if (_rx.Source.IsEnded) _rx.Finish();
        }

        Drain(afterUpdate);
    }

    /// <summary>Runs to the end of the capture in whole bursts, as in production.</summary>
    public void Run()
    {
        while (!_rx.Source.IsEnded) RunBurst();
    }

    public void RunBurst()
    {
        _rx.Poll(_rx.LastReceiveTimeNs);
        if (_rx.Source.IsEnded) _rx.Finish();
        foreach (var shard in Shards) shard.Drain(int.MaxValue / 2);
        while (Interlocked.Exchange(ref Wakes, 0) != 0)
        {
            foreach (var shard in Shards) shard.Publisher!.CatchUp();
        }
    }

    public void Finish()
    {
        foreach (var shard in Shards) shard.Publisher!.Finish();
    }

    public void Dispose() => _rx.Dispose();

    private bool Drain(Func<ShardConsumer<RunListener<NullListener>>, MarketUpdate, bool> afterUpdate)
    {
        foreach (var shard in Shards)
        {
            while (shard.Drain(1) != 0)
            {
                if (!afterUpdate(shard, _ring[shard.Sequence.Value])) return false;
            }
        }

        return true;
    }

    /// <summary>Loses frames after the first few, which say where the session starts.</summary>
    private sealed class LossySource(ICaptureSource source, double loss, int seed) : IFrameSource
    {
        private const int Spared = 100;

        private readonly Random _random = new(seed);
        private int _seen;

        public string Name => source.Name;

        public bool IsEnded => source.IsEnded;

        public bool IsReplay => true;

        public long Dropped => 0;

        public int Poll(Span<Frame> frames)
        {
            var count = source.Poll(frames);
            if (loss == 0) return count;
            var kept = 0;
            for (var i = 0; i < count; i++)
            {
                if (_seen++ < Spared || _random.NextDouble() >= loss) frames[kept++] = frames[i];
            }

            return kept;
        }

        public void Dispose() => source.Dispose();
    }
}

/// <summary>The captures in pcaps/.</summary>
internal static class Bundled
{
    /// <summary>The folder of the project.</summary>
    public static readonly string Root = Find();

    public static string Capture(string name) => Path.Combine(Root, "pcaps", $"{name}.pcap");

    public static string FeedPath(string name) => Path.Combine(Root, "pcaps", $"{name}.feed.json");

    public static FeedDefinition Feed(string name) => FeedFile.Load(FeedPath(name));

    private static string Find()
    {
        for (var folder = new DirectoryInfo(AppContext.BaseDirectory); folder is not null; folder = folder.Parent)
        {
            if (File.Exists(Path.Combine(folder.FullName, "pcaps", "demo.pcap"))) return folder.FullName;
        }

        throw new DirectoryNotFoundException("pcaps/demo.pcap is not above the tests");
    }
}
