using FeedHandler.Actors;
using FeedHandler.Replay.Bench;
using FeedHandler.Replay.Tests.EndToEnd;
using FeedHandler.Transport;

namespace FeedHandler.Replay.Tests.Live;

/// <summary>Shards that are bound to a CPU each.</summary>
public sealed class ShardCpuTests
{
    private static readonly FeedDefinition Feed = FeedFile.Load(Pcaps.PathOf("demo.feed.json"));

    [Fact]
    public async Task Shard_works_on_the_CPU_that_was_named()
    {
        const int cpu = 1;
        var allowed = "";
        var fault = new Fault(5, () => allowed = File.ReadLines("/proc/thread-self/status").First(static line => line.StartsWith("Cpus_allowed_list", StringComparison.Ordinal)));
        using var memory = FrameMemory.Load([Pcaps.PathOf("demo.pcap")]);
        using var run = FeedRun.Create(new FeedRunOptions { Feed = Feed, BusyPoll = true, ShardCpus = [cpu] }, new FrameMemory.Source(memory), _ => new FaultyListener(fault));
        run.Begin();
        await run.Completion;
        Assert.Equal($"Cpus_allowed_list:\t{cpu}", allowed);
    }

    [Theory]
    [InlineData(false, new[] { 1 }, "busy polling is needed")]
    [InlineData(true, new[] { 0, 1 }, "2 CPUs for 1 shards")]
    public void What_cannot_be_had_stops_the_start(bool busyPoll, int[] cpus, string problem) =>
        Assert.Contains(problem, Assert.Throws<ConfigurationException>(() => Start(busyPoll, cpus)).Message, StringComparison.Ordinal);

    [Fact]
    public void Cpu_that_is_not_there_stops_the_start() =>
        Assert.Contains("--shard-cpus): cpu 4000", Assert.Throws<ConfigurationException>(() => Start(true, [4000])).Message, StringComparison.Ordinal);

    private static void Start(bool busyPoll, int[] cpus)
    {
        using var memory = FrameMemory.Load([Pcaps.PathOf("demo.pcap")]);
        using var source = new FrameMemory.Source(memory);
        FeedRun.Create(new FeedRunOptions { Feed = Feed, BusyPoll = busyPoll, ShardCpus = cpus }, source, static _ => default(NullListener)).Dispose();
    }
}
