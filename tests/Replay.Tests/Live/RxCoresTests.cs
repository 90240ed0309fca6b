using FeedHandler.Actors;
using FeedHandler.Codecs;
using FeedHandler.Export;
using FeedHandler.Replay.Bench;
using FeedHandler.Replay.Synthetic;
using FeedHandler.Transport;

namespace FeedHandler.Replay.Tests.Live;

/// <summary>Two RX cores in one run, each with its channel, its source and its ring.</summary>
public sealed class RxCoresTests : IDisposable
{
    private const string AsItShould = "one gap a channel, all Live, RX never held up";

    private static readonly TimeSpan Deadline = TimeSpan.FromSeconds(60);

    private readonly string _folder = Directory.CreateTempSubdirectory("rx-cores-").FullName;

    public void Dispose() => Directory.Delete(_folder, recursive: true);

    [Theory]
    [InlineData(1)]
    [InlineData(3)]
    public async Task Two_cores_make_the_books_of_one(int shards)
    {
        var (feed, captures) = Generate(4_000);
        using var memory = FrameMemory.Load(captures);
        using var oneBbo = new BboCsv();
        using var twoBbo = new BboCsv();
        var one = await Run(new FeedRunOptions { Feed = feed, Shards = shards, Bbo = oneBbo }, new FrameMemory.Source(memory));
        var two = await Run(new FeedRunOptions { Feed = Split(feed), Shards = shards, Bbo = twoBbo }, new FrameMemory.Source(memory), new FrameMemory.Source(memory));

        Assert.Equal(BooksDigest.Compute(one), BooksDigest.Compute(two));
        Assert.Equal(one.OrderedInstruments(), two.OrderedInstruments());
        Assert.All(one.Channels.Zip(two.Channels), pair => Assert.Equal(Told(pair.First), Told(pair.Second)));

        // Each core saw every frame, and took those of its channel for its own.
        Assert.Equal([memory.Frames, memory.Frames], two.RxCores.Select(core => core.Frames));
        Assert.Equal(two.Channels.Select(channel => memory.Frames - channel.Packets), two.RxCores.Select(core => core.DroppedFrames["other_address"]));
        Assert.Equal((2L * memory.Frames, (long)memory.Frames), (two.Frames, two.DroppedFrames["other_address"]));
        Assert.Equal(two.Updates, two.RxCores.Sum(core => core.Updates));
        Assert.Equal([[0], [1]], two.RxCores.Select(core => core.Channels));

        // Between channels of different cores there is no order; within a channel there is that of one core.
        var rows = Rows(oneBbo, one);
        Assert.InRange(rows.Length, 1_000, int.MaxValue);
        foreach (var channel in feed.Channels) Assert.Equal(Of(rows, channel), Of(Rows(twoBbo, two), channel));
    }

    [Fact]
    public async Task Stopping_ends_both()
    {
        var (feed, captures) = Generate(2_000);
        using var first = FrameMemory.Load([captures[0]]);
        using var second = FrameMemory.Load([captures[1]]);
        using var run = FeedRun.Create(new FeedRunOptions { Feed = Split(feed) }, [new FrameMemory.Source(first, 2_000), new FrameMemory.Source(second, 2_000)], static _ => default(NullListener));
        run.Begin();
        Assert.True(SpinWait.SpinUntil(() => run.GetStatus().RxCores is [{ Updates: > 100 }, { Updates: > 100 }], Deadline));
        run.Stop();
        var results = await run.Completion.WaitAsync(Deadline);
        Assert.All(results.Channels, channel => Assert.InRange(channel.Packets, 1, 1_999));
        Assert.Equal(results.Updates, run.GetStatus().Updates);
    }

    [Fact]
    public void Run_that_never_began_closes_every_source()
    {
        var (feed, captures) = Generate(10);
        using var memory = FrameMemory.Load(captures);
        BreakingSource[] sources = [new(new FrameMemory.Source(memory, 1), long.MaxValue), new(new FrameMemory.Source(memory, 1), long.MaxValue)];
        FeedRun.Create(new FeedRunOptions { Feed = Split(feed) }, sources, static _ => default(NullListener)).Dispose();
        Assert.All(sources, source => Assert.True(source.IsDisposed));
    }

    [Theory]
    [InlineData(0)]
    [InlineData(1)]
    public async Task Core_that_fails_ends_the_run_and_is_named(int failing)
    {
        var (feed, captures) = Generate(2_000);
        using var memory = FrameMemory.Load(captures);
        IFrameSource[] sources = [new FrameMemory.Source(memory, 500), new FrameMemory.Source(memory, 500)];
        sources[failing] = new BreakingSource(sources[failing], atPoll: 50);
        using var run = FeedRun.Create(new FeedRunOptions { Feed = Split(feed) }, sources, static _ => default(NullListener));
        run.Begin();
        var error = await Assert.ThrowsAsync<TransportException>(() => run.Completion.WaitAsync(Deadline));
        Assert.Equal($"RX core {failing} (breaking): the cable is cut", error.Message);
        Assert.IsType<InvalidOperationException>(error.InnerException);
    }

    [Fact]
    public async Task Full_rings_hold_no_core_up_and_are_one_gap_a_channel()
    {
        var (feed, captures) = Generate(30_000);
        using var first = FrameMemory.Load([captures[0]]);
        using var second = FrameMemory.Load([captures[1]]);

        // As with one core: of some stalls one must be as it should, as others are using the machine.
        var stalls = new List<string>();
        for (var stall = 0; stall < 5 && !stalls.Contains(AsItShould); stall++) stalls.Add(await Stall(Split(feed), first, second));
        Assert.True(stalls.Contains(AsItShould), string.Join('\n', stalls));
    }

    private static async Task<string> Stall(FeedDefinition feed, FrameMemory first, FrameMemory second)
    {
        using var never = new ManualResetEventSlim();
        var fault = new Fault(10_000, () => never.Wait(600));
        WatchedSource[] sources = [new(new FrameMemory.Source(first, 60_000)), new(new FrameMemory.Source(second, 60_000))];
        using var run = FeedRun.Create(new FeedRunOptions { Feed = feed, BusyPoll = true }, sources, _ => new FaultyListener(fault));
        run.Begin();
        var results = await run.Completion.WaitAsync(Deadline);

        Assert.True(fault.Happened);
        Assert.All(results.Gaps, gap => Assert.Equal(GapReason.RingFull, gap.Reason));
        Assert.All(sources, source => Assert.InRange(source.Blocked, 0, 200));
        var gaps = feed.Channels.Select((_, channel) => results.Gaps.Count(gap => gap.Channel == channel && gap.Lost >= 100)).ToArray();
        var live = results.Instruments.Count(instrument => instrument.State == BookState.Live);
        var longest = sources.Max(source => source.LongestTurnNs);
        return gaps is [1, 1] && results.Gaps.Count == 2 && live == results.Instruments.Count && longest <= 1_000_000
            ? AsItShould
            : $"{results.Gaps.Count} gaps ({string.Join('+', gaps)} long), {live} of {results.Instruments.Count} Live, longest turn {longest} ns";
    }

    private static async Task<FeedResults> Run(FeedRunOptions options, params IReadOnlyList<IFrameSource> sources)
    {
        using var run = FeedRun.Create(options, sources, static _ => default(NullListener));
        run.Begin();
        return await run.Completion.WaitAsync(Deadline);
    }

    /// <summary>Two channels of different days, and a feed of both.</summary>
    private (FeedDefinition Feed, string[] Captures) Generate(long packets)
    {
        var captures = new[] { Path.Combine(_folder, "a.pcap"), Path.Combine(_folder, "b.pcap") };
        for (var i = 0; i < captures.Length; i++)
            CaptureGenerator.Run(new GenerateOptions { Path = captures[i], Packets = packets, Exchange = new() { Seed = (ulong)(i + 1) }, Channel = new() { ChannelId = (short)(310 + i) } });
        return (new FeedDefinition([.. captures.SelectMany(capture => FeedFile.Load(Path.ChangeExtension(capture, ".feed.json")).Channels)]), captures);
    }

    private static FeedDefinition Split(FeedDefinition feed) => feed with
    {
        RxCores = [.. feed.Channels.Select((_, channel) => new RxCoreDefinition($"rxCores[{channel}]", feed.Transport, [channel]))],
    };

    private static (long Packets, long Used, long Lost, long Messages, long Recoveries) Told(ChannelResult channel) =>
        (channel.Packets, channel.PacketsUsed, channel.LostPackets, channel.Messages.Sum(message => message.Count), channel.Recoveries);

    private static string[] Rows(BboCsv bbo, FeedResults results)
    {
        using var text = new StringWriter();
        bbo.WriteTo(text, results.Channels);
        return text.ToString().Split('\n');
    }

    private static IEnumerable<string> Of(string[] rows, ChannelDefinition channel) => rows.Where(row => row.StartsWith($"{channel.Name},", StringComparison.Ordinal));

    /// <summary>Breaks the promise of a source: throws.</summary>
    private sealed class BreakingSource(IFrameSource inner, long atPoll) : IFrameSource
    {
        private long _polls;

        public bool IsDisposed { get; private set; }

        public string Name => "breaking";

        public bool IsEnded => inner.IsEnded;

        public bool IsReplay => inner.IsReplay;

        public long Dropped => inner.Dropped;

        public int Poll(Span<Frame> frames) => ++_polls < atPoll ? inner.Poll(frames) : throw new InvalidOperationException("the cable is cut");

        public void Dispose()
        {
            IsDisposed = true;
            inner.Dispose();
        }
    }
}
