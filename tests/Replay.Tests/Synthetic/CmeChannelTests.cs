using FeedHandler.Replay.Faults;
using FeedHandler.Replay.Synthetic;
using FeedHandler.Replay.Synthetic.Cme;

namespace FeedHandler.Replay.Tests.Synthetic;

public sealed class CmeChannelTests
{
    private readonly List<(CmeFeed Feed, uint Sequence, byte[] Payload)> _packets = [];

    [Fact]
    public void New_week_starts_all_sequences_again_with_empty_books()
    {
        CmeChannel channel = Channel(new CmeChannelOptions { StartSequence = 5_000 });
        for (int i = 0; i < 2_000; i++) channel.Step();
        channel.StartWeek();
        Assert.All(channel.Exchange.Books, book => Assert.True(book.LiveOrders.Count == 0 && book.RptSeq == 0));
        _packets.Clear();
        for (int i = 0; i < 2_000; i++) channel.Step();
        channel.Flush();

        List<byte[]> incremental = _packets.Where(p => p.Feed == CmeFeed.Incremental).Select(p => p.Payload).ToList();
        Assert.Equal(Enumerable.Range(1, incremental.Count).Select(i => (uint)i), incremental.Select(CaptureFile.Sequence));
        Assert.Equal(1u, _packets.First(p => p.Feed == CmeFeed.Snapshot).Sequence);
        var receiver = new NaiveReceiver(13);
        receiver.ReadDefinitions(_packets.Where(p => p.Feed == CmeFeed.Definitions).Select(p => p.Payload));
        foreach (byte[] packet in incremental) receiver.Apply(packet);
        foreach (InstrumentBook book in channel.Exchange.Books) Assert.Equal(book.LiveOrders.Count, receiver.Book(book.Instrument.SecurityId).Orders.Count);
    }

    [Fact]
    public void Loop_of_orders_can_carry_the_levels_too()
    {
        CmeChannel channel = Channel(new CmeChannelOptions { MboSnapshotHasLevels = true, SnapshotCycleNs = 0 });
        for (int i = 0; i < 2_000; i++) channel.Step();
        List<byte[]> loop = _packets.Where(p => p.Feed == CmeFeed.MboSnapshot).Select(p => p.Payload).ToList();
        Assert.Equal(NaiveReceiver.OrderSnapshotsIn(loop).Where(s => s.Chunk == 1).Select(s => (s.Id, s.Last)), NaiveReceiver.SnapshotsIn(loop).Select(s => (s.Id, s.Last)));
        Assert.DoesNotContain(_packets, p => p.Feed == CmeFeed.Snapshot);
    }

    [Fact]
    public void Order_images_come_whole_under_one_sequence()
    {
        CmeChannel channel = Channel(new CmeChannelOptions { OrdersPerChunk = 7 });
        for (int i = 0; i < 3_000; i++) channel.Step();
        var images = NaiveReceiver.OrderSnapshotsIn(_packets.Where(p => p.Feed == CmeFeed.MboSnapshot).Select(p => p.Payload)).ToList();
        for (int i = 0; i < images.Count; i++)
        {
            Assert.InRange(images[i].Chunk, 1u, images[i].Chunks);
            if (images[i].Chunk == 1) continue;
            Assert.Equal((images[i - 1].Id, images[i - 1].Last, images[i - 1].Chunk + 1), (images[i].Id, images[i].Last, images[i].Chunk));
        }

        Assert.Contains(images, image => image.Chunks > 5);
    }

    [Fact]
    public void Silence_is_filled_with_heartbeats_that_take_a_sequence()
    {
        CmeChannel channel = Channel(new CmeChannelOptions(), new ExchangeOptions { Seed = 3, QuietChance = 0.1 });
        for (int i = 0; i < 3_000; i++) channel.Step();
        List<byte[]> heartbeats = _packets.Where(p => p.Feed == CmeFeed.Incremental && p.Payload.Length == 22).Select(p => p.Payload).ToList();
        Assert.True(heartbeats.Count > 50);
        Assert.All(heartbeats, payload => Assert.Equal([10, 0, 0, 0, 12, 0, 1, 0, 13, 0], payload[12..]));
    }

    [Fact]
    public void Lines_deliver_in_order_of_time_and_faults_have_their_way()
    {
        var arrivals = new Arrivals();
        var lines = new LineScheduler(arrivals, onlyLineA: false, seed: 1);
        var faults = new FaultChain(new FixedGaps(new Gap(10, 12, Line.A)), new Duplication(0.1, 50_000, 2), new Delay(0.1, 100, 900_000, 3));
        CmeChannel channel = Channel(new CmeChannelOptions());
        for (int i = 0; i < 1_000; i++) channel.Step();
        long index = 0;
        foreach ((CmeFeed feed, uint sequence, byte[] payload) in _packets.Where(p => p.Feed == CmeFeed.Incremental))
        {
            bool received = lines.Send(new FeedPacket { Feed = feed, Sequence = sequence, Index = index, SendTimeNs = 1_000_000 + ((ulong)index * 1_000), Payload = payload }, faults);
            Assert.True(received);
            index++;
        }

        lines.Drain();
        Assert.Equal(arrivals.Seen.OrderBy(a => a.TimeNs).Select(a => a.TimeNs), arrivals.Seen.Select(a => a.TimeNs));
        Assert.Equal(index - 2, arrivals.Seen.Where(a => a.Line == Line.A).DistinctBy(a => a.Sequence).Count());
        Assert.Equal(index, arrivals.Seen.Where(a => a.Line == Line.B).DistinctBy(a => a.Sequence).Count());
        Assert.True(arrivals.Seen.Count > 2 * index);
        uint[] a = arrivals.Seen.Where(x => x.Line == Line.A).Select(x => x.Sequence).ToArray();
        Assert.True(a.Zip(a.Skip(1)).Any(p => p.First > p.Second), "delay reorders");
    }

    private CmeChannel Channel(CmeChannelOptions options, ExchangeOptions? exchange = null) =>
        new(new SyntheticExchange(exchange ?? new ExchangeOptions { Seed = 2, Instruments = 12 }), options, seed: 9, new Recorder(_packets));

    private sealed class Recorder(List<(CmeFeed Feed, uint Sequence, byte[] Payload)> packets) : IFeedSink
    {
        public void OnPacket(in FeedPacket packet) => packets.Add((packet.Feed, packet.Sequence, packet.Payload.ToArray()));
    }

    private sealed class Arrivals : ILineSink
    {
        public List<(ulong TimeNs, Line Line, uint Sequence)> Seen { get; } = [];

        public void OnArrival(ulong timeNs, CmeFeed feed, Line line, ReadOnlySpan<byte> payload) => Seen.Add((timeNs, line, CaptureFile.Sequence(payload.ToArray())));
    }
}
