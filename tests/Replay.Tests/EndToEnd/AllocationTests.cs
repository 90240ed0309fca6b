using FeedHandler.Actors;
using FeedHandler.Replay.Synthetic;
using FeedHandler.Replay.Tests.Synthetic;
using FeedHandler.Transport;

namespace FeedHandler.Replay.Tests.EndToEnd;

public sealed class AllocationTests : IDisposable
{
    private readonly TemporaryFolder _folder = new();

    public void Dispose() => _folder.Dispose();

    /// <summary>Both lines, snapshots, definitions, a market that moves: after the start nothing is allocated from frame to book.</summary>
    [Fact]
    public void Nothing_is_allocated_from_frame_to_book_in_steady_state()
    {
        var path = _folder.File("x.pcap");
        CaptureGenerator.Run(new GenerateOptions { Path = path, Packets = 12_000, LossA = 0.01, ReorderChance = 0.01, Exchange = new ExchangeOptions { Seed = 5, Instruments = 12 } });
        var frames = MemorySource.Read(path);
        using var pipeline = new DirectPipeline<NullListener>(FeedFile.Load(_folder.File("x.feed.json")), new MemorySource(frames), default, shards: 2);
        var warmUp = frames.Count * 3 / 4;
        while (pipeline.Counters.Frames < warmUp) pipeline.Step();

        var (updates, allocated) = (pipeline.Updates, GC.GetAllocatedBytesForCurrentThread());
        while (pipeline.Step())
        {
        }

        allocated = GC.GetAllocatedBytesForCurrentThread() - allocated;
        Assert.True(pipeline.Updates - updates > 5_000, $"{pipeline.Updates - updates} updates");
        Assert.Equal(0, allocated);
        Assert.All(pipeline.Instruments, i => Assert.Equal(BookState.Live, i.State));
    }
}
