using FeedHandler.Actors;
using FeedHandler.Codecs;
using FeedHandler.Replay.Faults;
using FeedHandler.Replay.Synthetic;
using FeedHandler.Replay.Synthetic.Cme;
using FeedHandler.Replay.Tests.Synthetic;
using FeedHandler.Transport;
using Instrument = FeedHandler.Actors.Instrument;

namespace FeedHandler.Replay.Tests.EndToEnd;

/// <summary>The fast books against the naive ones, at the end of every packet of generated captures.</summary>
public sealed class ReferenceBookTests : IDisposable
{
    private readonly TemporaryFolder _folder = new();

    public void Dispose() => _folder.Dispose();

    [Theory]
    [InlineData(13, 1, 0)]
    [InlineData(13, 2, 0.01)]
    [InlineData(8, 3, 0)]
    [InlineData(8, 4, 0.01)]
    public void Fast_books_equal_the_naive_ones_at_the_end_of_every_packet(int version, int seed, double resets)
    {
        var path = _folder.File("x.pcap");
        CaptureGenerator.Run(new GenerateOptions
        {
            Path = path,
            Packets = 1_500,
            LossA = 0.05,
            ReorderChance = 0.02,
            DuplicateChance = 0.02,
            Exchange = new ExchangeOptions { Seed = (ulong)seed, Instruments = 15, ChannelResetChance = resets },
            Channel = new CmeChannelOptions { Schema = CmeSchema.Of(version), SnapshotCycleNs = 0, MboSnapshotCycleNs = 0 },
        });
        var told = new Dictionary<uint, Dictionary<uint, string>>();
        using var pipeline = new DirectPipeline<PacketBooks>(FeedFile.Load(_folder.File("x.feed.json")), new MemorySource(MemorySource.Read(path)), new PacketBooks(told)).Run();

        var capture = new CaptureFile(path);
        var reference = new ReferenceBook();
        foreach (var payload in capture.Payloads(CmeFeed.Definitions, Line.A)) reference.Apply(payload);
        var last = new Dictionary<uint, string>();
        var compared = 0;
        foreach (var packet in capture.Merged(firstSequence: 1).Values)
        {
            reference.Apply(packet);
            var sequence = CaptureFile.Sequence(packet);
            foreach (var (id, text) in told.GetValueOrDefault(sequence) ?? []) last[id] = text;
            foreach (var (id, instrument) in reference.Instruments)
            {
                var expected = BookText.Of(instrument);
                var actual = last.GetValueOrDefault((uint)id, " |  |  |  |  | ");
                if (expected != actual) Assert.Fail($"packet {sequence}, instrument {id}:\nvenue {expected}\nbook  {actual}");
                compared++;
            }
        }

        Assert.True(compared > 15 * 1_500);
        Assert.All(pipeline.Instruments, i => Assert.Equal(
            (BookState.Live, reference[(int)i.Id].Sequence, reference[(int)i.Id].Trades, reference[(int)i.Id].TradeVolume),
            (i.State, i.LastSequence, i.Trades, i.TradeVolume)));
        Assert.Equal(0, pipeline.Receivers[0].Counters.Gaps);
    }
}
