using FeedHandler.Actors;
using FeedHandler.Replay.Send;
using FeedHandler.Replay.Synthetic;
using FeedHandler.Transport;

namespace FeedHandler.Wire.Tests;

/// <summary>Two channels over one cable or two devices, each to an RX core of its own: the books are those of one core.</summary>
public sealed class RxCoresTests : IDisposable
{
    private static readonly TimeSpan Deadline = TimeSpan.FromSeconds(60);

    private readonly DirectoryInfo _folder = Directory.CreateTempSubdirectory("wire-cores-");
    private readonly FeedDefinition _feed;
    private readonly string[] _captures;

    public RxCoresTests()
    {
        var second = Path.Combine(_folder.FullName, "second.pcap");
        CaptureGenerator.Run(new GenerateOptions { Path = second, Packets = 2_000, Exchange = new() { Seed = 9 }, Channel = new() { ChannelId = 311 } });
        _captures = [Playback.Capture, second];
        var feed = new FeedDefinition([.. Playback.Feed.Channels, .. FeedFile.Load(Path.ChangeExtension(second, ".feed.json")).Channels]);
        _feed = Playback.Patient(feed with { RxCores = [.. feed.Channels.Select((_, channel) => new RxCoreDefinition($"rxCores[{channel}]", feed.Transport, [channel]))] });
    }

    public void Dispose() => _folder.Delete(recursive: true);

    [Theory]
    [InlineData(TransportKind.Udp)]
    [InlineData(TransportKind.AfPacket)]
    public async Task One_cable(TransportKind kind)
    {
        using var veth = new VethPair();
        var feed = _feed.On(kind, VethPair.ReceiverInterface);
        var sources = VethPair.In(veth.Receiver, () => feed.Cores(isReplay: false).Select(core => FrameSources.Open(core.Transport, feed.LinesOf(core))).ToArray());
        using var sender = VethPair.In<BatchSender>(veth.Sender, () => new UdpBatchSender(VethPair.SenderInterface, hops: 1));
        var results = await Run(feed, sources, received => Playback.Send(sender, _captures, received, sources[0]));
        Same(results);
        Assert.All(results.RxCores, core => Assert.Empty(core.DroppedFrames));
    }

    [Fact]
    public async Task Two_devices_of_dpdk()
    {
        var feed = _feed.On(TransportKind.Dpdk, null);
        var sources = new DpdkSource[2];
        for (var i = 0; i < sources.Length; i++) sources[i] = new DpdkSource(feed.LinesOf(feed.RxCores[i]), new DpdkOptions { Device = $"net_ring{i}", Memory = DpdkMemory.Ordinary });

        // Every frame goes to both: what is another core's is nothing of ours.
        var results = await Run(
            feed with { RxCores = [.. feed.RxCores.Select((core, i) => core with { Transport = core.Transport.On($"net_ring{i}") })] }, sources, received => RingFeeder.Send(sources, _captures, received));
        Same(results);
        Assert.All(results.RxCores.Zip(results.Channels), pair => Assert.Equal(pair.First.Frames - pair.Second.Packets, pair.First.DroppedFrames["other_address"]));
        Assert.All(sources, source => Assert.Equal(0, source.Port.LeakedBuffers));
    }

    private void Same(FeedResults results)
    {
        using var one = new FeedEngine().Start(new FeedRunOptions { Feed = _feed, Captures = _captures });
        var expected = one.Completion.GetAwaiter().GetResult();
        Assert.Equal(BooksDigest.Compute(expected), BooksDigest.Compute(results));
        Assert.Equal(expected.Channels.Select(channel => channel.Packets), results.Channels.Select(channel => channel.Packets));
        Assert.Single(expected.RxCores);
        Assert.Equal(2, results.RxCores.Count);
        Assert.All(results.RxCores, core => Assert.InRange(core.Updates, 1, results.Updates - 1));
        Assert.Equal(results.Frames, results.RxCores.Sum(core => core.Frames));
        Assert.Equal(0, results.Anomalies["source_drops"]);
    }

    private static async Task<FeedResults> Run(FeedDefinition feed, IReadOnlyList<IFrameSource> sources, Func<Func<long>, long> send)
    {
        using var run = FeedRun.Create(new FeedRunOptions { Feed = feed, Shards = 2 }, sources, static _ => default(NullListener));
        run.Begin();
        var sent = send(() => run.GetStatus().Packets);
        Playback.Await(() => run.GetStatus().Packets, sent, sources[0]);
        run.Stop();
        return await run.Completion.WaitAsync(Deadline);
    }
}
