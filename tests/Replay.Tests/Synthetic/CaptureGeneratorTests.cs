using FeedHandler.Replay.Faults;
using FeedHandler.Replay.Synthetic;
using FeedHandler.Replay.Synthetic.Cme;

namespace FeedHandler.Replay.Tests.Synthetic;

public sealed class CaptureGeneratorTests : IDisposable
{
    private readonly TemporaryFolder _folder = new();

    public void Dispose() => _folder.Dispose();

    [Theory]
    [InlineData(13, 1UL)]
    [InlineData(13, 2UL)]
    [InlineData(8, 3UL)]
    public void Expected_files_equal_a_naive_replay_of_the_packets(int version, ulong seed)
    {
        GenerateOptions options = Options(seed, version) with { Packets = 1_500 };
        GenerateSummary summary = CaptureGenerator.Run(options);
        var capture = new CaptureFile(options.Path);
        var receiver = new NaiveReceiver(version);
        receiver.ReadDefinitions(capture.Payloads(CmeFeed.Definitions, Line.A));
        foreach (byte[] packet in capture.Merged(firstSequence: 1).Values) receiver.Apply(packet);

        AssertFile("x.books.csv", receiver.Books.SelectMany(b => b.Value.BookRows("cme-310", b.Key)));
        AssertFile("x.orders.csv", receiver.Books.SelectMany(b => b.Value.OrderRows("cme-310", b.Key)));
        AssertFile("x.instruments.csv", receiver.Books.Select(b => $"cme-310,{b.Key},{b.Value.Symbol},Live,{b.Value.RptSeq},{b.Value.Orders.Count},{b.Value.Trades},{b.Value.TradeVolume}"));
        AssertFile("x.bbo.csv", receiver.BestPrices.Where(row => !row.EndsWith(",,,,", StringComparison.Ordinal) || Reappears(receiver.BestPrices, row)));
        Assert.Equal(summary.Trades, receiver.Books.Values.Sum(b => b.Trades));
    }

    [Fact]
    public void Captures_show_every_action_and_message_that_the_venue_may_send()
    {
        GenerateOptions options = Options(seed: 5) with { Packets = 6_000 };
        CaptureGenerator.Run(options);
        var capture = new CaptureFile(options.Path);
        var receiver = new NaiveReceiver(13);
        receiver.ReadDefinitions(capture.Payloads(CmeFeed.Definitions, Line.A));
        foreach (byte[] packet in capture.Merged(firstSequence: 1).Values) receiver.Apply(packet);

        Assert.Equal([0, 1, 2, 3, 4, 5], receiver.Actions.Keys.Order().Select(k => (int)k));
        Assert.Equal([12, 30, 37, 39, 46, 47, 48, 49, 50, 51], receiver.Templates.Keys.Order());
        Assert.Contains(NaiveReceiver.OrderSnapshotsIn(capture.Payloads(CmeFeed.MboSnapshot, Line.A)), s => s.Chunks > 1);
        Assert.Contains(receiver.Books.Values, b => b.Depth == 3);
        Assert.All(capture.Frames, f => Assert.InRange(f.Payload.Length, 22, 1_400));
        Assert.True(capture.Frames.Zip(capture.Frames.Skip(1)).All(p => p.First.TimeNs <= p.Second.TimeNs));
    }

    [Fact]
    public void Receiver_that_joins_late_reaches_the_expected_books_through_the_snapshots()
    {
        GenerateOptions options = Options(seed: 11) with { Packets = 900, JoinAfter = 700, Gaps = [new Gap(300, 303)], LossA = 0.02, LossB = 0.02, SnapshotLoss = 0.05 };
        GenerateSummary summary = CaptureGenerator.Run(options);
        var capture = new CaptureFile(options.Path);
        const uint FirstSequence = 701;
        SortedDictionary<uint, byte[]> merged = capture.Merged(FirstSequence);
        Assert.True(summary.LostOnBothLines >= 3);
        Assert.Equal(summary.IncrementalPackets - summary.LostOnBothLines, merged.Count);

        NaiveReceiver receiver = NaiveRecovery.Run(capture, version: 13, FirstSequence);
        AssertFile("x.books.csv", receiver.Books.SelectMany(b => b.Value.BookRows("cme-310", b.Key)));
        AssertFile("x.orders.csv", receiver.Books.SelectMany(b => b.Value.OrderRows("cme-310", b.Key)));
    }

    [Fact]
    public void Same_options_give_the_same_bytes()
    {
        GenerateOptions options = Options(seed: 21) with { Packets = 400, LossA = 0.05, DuplicateChance = 0.05, ReorderChance = 0.05, BurstChance = 0.01, CorruptionChance = 0.01 };
        CaptureGenerator.Run(options);
        CaptureGenerator.Run(options with { Path = _folder.File("y.pcap") });
        CaptureGenerator.Run(options with { Path = _folder.File("z.pcap"), Exchange = options.Exchange with { Seed = 22 } });
        foreach (string name in (string[])["pcap", "books.csv", "orders.csv", "instruments.csv", "bbo.csv", "feed.json"])
        {
            Assert.Equal(File.ReadAllBytes(_folder.File("x." + name)), File.ReadAllBytes(_folder.File("y." + name)));
        }

        Assert.NotEqual(File.ReadAllBytes(_folder.File("x.pcap")), File.ReadAllBytes(_folder.File("z.pcap")));
    }

    [Fact]
    public void Loss_changes_what_arrives_but_not_what_the_exchange_does()
    {
        GenerateOptions options = Options(seed: 31) with { Packets = 400 };
        CaptureGenerator.Run(options);
        CaptureGenerator.Run(options with { Path = _folder.File("y.pcap"), LossA = 0.3, LossB = 0.3 });
        Assert.True(new FileInfo(_folder.File("y.pcap")).Length < new FileInfo(_folder.File("x.pcap")).Length);
        Assert.Equal(File.ReadAllBytes(_folder.File("x.books.csv")), File.ReadAllBytes(_folder.File("y.books.csv")));
        Assert.Equal(File.ReadAllBytes(_folder.File("x.bbo.csv")), File.ReadAllBytes(_folder.File("y.bbo.csv")));
    }

    [Fact]
    public void Sequences_wrap_after_the_last_number()
    {
        const uint First = uint.MaxValue - 99;
        GenerateOptions options = Options(seed: 41) with { Packets = 300 };
        options = options with { Channel = options.Channel with { StartSequence = First } };
        CaptureGenerator.Run(options);
        var capture = new CaptureFile(options.Path);
        uint[] sequences = capture.Payloads(CmeFeed.Incremental, Line.B).Select(CaptureFile.Sequence).ToArray();
        Assert.Equal(First, sequences[0]);
        Assert.Contains(0u, sequences);
        for (int i = 0; i < sequences.Length; i++) Assert.Equal(unchecked(First + (uint)i), sequences[i]);
    }

    [Fact]
    public void Channel_reset_empties_everything_and_sends_it_again()
    {
        GenerateOptions options = Options(seed: 51) with { Packets = 2_500 };
        options = options with { Exchange = options.Exchange with { ChannelResetChance = 0.002 } };
        CaptureGenerator.Run(options);
        var capture = new CaptureFile(options.Path);
        var receiver = new NaiveReceiver(13);
        receiver.ReadDefinitions(capture.Payloads(CmeFeed.Definitions, Line.A));
        foreach (byte[] packet in capture.Merged(firstSequence: 1).Values) receiver.Apply(packet);
        Assert.True(receiver.Templates[4] >= 2);
        AssertFile("x.books.csv", receiver.Books.SelectMany(b => b.Value.BookRows("cme-310", b.Key)));
        AssertFile("x.orders.csv", receiver.Books.SelectMany(b => b.Value.OrderRows("cme-310", b.Key)));
    }

    [Fact]
    public void Loops_start_at_sequence_1_and_never_run_ahead_of_the_incremental_feed()
    {
        GenerateOptions options = Options(seed: 61) with { Packets = 800 };
        CaptureGenerator.Run(options);
        var capture = new CaptureFile(options.Path);
        uint lastIncremental = 0;
        foreach ((_, CmeFeed feed, Line line, byte[] payload) in capture.Frames.Where(f => f.Line == Line.A))
        {
            if (feed == CmeFeed.Incremental) lastIncremental = CaptureFile.Sequence(payload);
            foreach ((uint last, _, _) in NaiveReceiver.SnapshotsIn([payload])) Assert.Equal(lastIncremental, last);
        }

        foreach (CmeFeed feed in (CmeFeed[])[CmeFeed.Snapshot, CmeFeed.MboSnapshot, CmeFeed.Definitions])
        {
            uint previous = 0;
            foreach (uint sequence in capture.Payloads(feed, Line.A).Select(CaptureFile.Sequence))
            {
                Assert.True(sequence == previous + 1 || sequence == 1);
                previous = sequence;
            }
        }
    }

    /// <summary>The naive receiver writes a first row for books that are still empty; the contract starts from empty.</summary>
    private static bool Reappears(List<string> rows, string row)
    {
        string instrument = row.Split(',')[2];
        return rows.First(r => r.Split(',')[2] == instrument) != row;
    }

    private void AssertFile(string name, IEnumerable<string> rows) => Assert.Equal(File.ReadAllLines(_folder.File(name)).Skip(1), rows);

    private GenerateOptions Options(ulong seed, int version = 13) => new()
    {
        Path = _folder.File("x.pcap"),
        Exchange = new ExchangeOptions { Seed = seed, Instruments = 16 },
        Channel = new CmeChannelOptions { Schema = CmeSchema.Of(version) },
    };
}
