using System.Buffers.Binary;
using FeedHandler.Actors;
using FeedHandler.Codecs;
using FeedHandler.Replay.Synthetic;
using FeedHandler.Replay.Tests.Synthetic;
using FeedHandler.Transport;

namespace FeedHandler.Replay.Tests.EndToEnd;

public sealed class AllocationTests : IDisposable
{
    private const int SendingTimeOffset = 42 + 4;

    private readonly TemporaryFolder _folder = new();

    public void Dispose() => _folder.Dispose();

    /// <summary>
    /// The same session twice, the second time a week later: whatever has to grow has grown then, so what is allocated is
    /// allocated for packets. Both lines with losses, snapshots, definitions; and a new session ends with the same books.
    /// </summary>
    [Fact]
    public void Nothing_is_allocated_from_frame_to_book_once_everything_has_grown()
    {
        var path = _folder.File("x.pcap");
        CaptureGenerator.Run(new GenerateOptions { Path = path, Packets = 6_000, LossA = 0.01, ReorderChance = 0.01, Exchange = new ExchangeOptions { Seed = 5, Instruments = 12 } });
        var week = MemorySource.Read(path);
        var frames = week.Concat(week.Select(WeekLater)).ToList();
        using var pipeline = new DirectPipeline<NullListener>(FeedFile.Load(_folder.File("x.feed.json")), new MemorySource(frames), default, shards: 2);
        while (pipeline.Counters.Frames < week.Count) pipeline.Step();
        var (books, updates) = (Books(pipeline), pipeline.Updates);

        var allocated = GC.GetAllocatedBytesForCurrentThread();
        while (pipeline.Step())
        {
        }

        allocated = GC.GetAllocatedBytesForCurrentThread() - allocated;
        Assert.InRange(pipeline.Updates - updates, updates * 9 / 10, updates);
        Assert.Equal(0, allocated);
        Assert.All(pipeline.Instruments, i => Assert.Equal(BookState.Live, i.State));
        Assert.Equal(books, Books(pipeline));
    }

    private static (byte[] Bytes, long TimeNs, LinkType Link) WeekLater((byte[] Bytes, long TimeNs, LinkType Link) frame)
    {
        const long WeekNs = 7L * 24 * 3_600 * 1_000_000_000;
        byte[] bytes = [.. frame.Bytes];
        var sendingTime = bytes.AsSpan(SendingTimeOffset);
        BinaryPrimitives.WriteInt64LittleEndian(sendingTime, BinaryPrimitives.ReadInt64LittleEndian(sendingTime) + WeekNs);
        return (bytes, frame.TimeNs + WeekNs, frame.Link);
    }

    private static List<string> Books(DirectPipeline<NullListener> pipeline) => [.. pipeline.Instruments.OrderBy(i => i.Id).Select(BookText.Of)];
}
