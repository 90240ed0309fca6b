using System.Buffers.Binary;
using System.IO.Compression;
using System.Text.Json;
using FeedHandler.Actors;
using FeedHandler.Cli;
using FeedHandler.Codecs;
using FeedHandler.Replay.Commands;
using FeedHandler.Replay.Tests.Synthetic;
using FeedHandler.Transport;

namespace FeedHandler.Replay.Tests.EndToEnd;

/// <summary><c>replay play</c> of the bundled captures, against what the exchange itself says beside them.</summary>
public sealed class BundledPlayTests : IDisposable
{
    private readonly TemporaryFolder _folder = new();

    public void Dispose() => _folder.Dispose();

    [Theory]
    [InlineData("demo")]
    [InlineData("cme-v8")]
    [InlineData("cme-reset")]
    [InlineData("selftest")]
    public async Task Books_orders_and_instruments_are_the_exchanges_own(string stem)
    {
        var report = await Play([Pcaps.PathOf(stem + ".pcap")], stem);
        Assert.Equal(Expected(stem, "books"), Lines("books"));
        Assert.Equal(Expected(stem, "orders"), Lines("orders"));

        // The exchange knows nothing of the receiver's gaps and recoveries, the last two columns.
        Assert.Equal(Expected(stem, "instruments"), Lines("instruments").Select(line => string.Join(',', line.Split(',')[..8])));
        Assert.Equal(Pcaps.DigestOf(stem), report.GetProperty("books_digest").GetString());
        Assert.Empty(report.GetProperty("malformed").EnumerateObject());
        Assert.Equal(0, report.GetProperty("unknown").GetInt64());
    }

    [Fact]
    public async Task Best_prices_of_a_complete_capture_are_complete()
    {
        await Play([Pcaps.PathOf("cme-v8.pcap")], "cme-v8");
        Assert.Equal(Expected("cme-v8", "bbo"), Lines("bbo"));
    }

    [Theory]
    [InlineData("demo", 901u)]
    [InlineData("cme-reset", 4_294_967_000u)]
    public async Task Best_prices_after_a_late_join_are_all_true_and_complete_once_all_books_are_Live(string stem, uint firstSequence)
    {
        await Play([Pcaps.PathOf(stem + ".pcap")], stem);
        var expected = Expected(stem, "bbo")[1..].Select(Row.Parse).ToList();
        var ours = Lines("bbo")[1..].Select(Row.Parse).ToList();
        Assert.NotEmpty(ours);
        foreach (var row in ours)
        {
            var truth = expected.Last(e => e.Instrument == row.Instrument && Place(e) <= Place(row));
            Assert.Equal((row.Sequence, row.Instrument, truth.Prices), (row.Sequence, row.Instrument, row.Prices));
        }

        var allLive = AllLiveFrom(stem, firstSequence);
        Assert.InRange(allLive, 1u, Place(expected[^1]) - 50);
        var last = expected.Where(e => Place(e) <= allLive).GroupBy(e => e.Instrument).ToDictionary(g => g.Key, g => g.Last().Prices);
        Assert.All(ours.Where(r => Place(r) <= allLive).GroupBy(r => r.Instrument), g => Assert.Equal(last[g.Key], g.Last().Prices));
        Assert.Equal(expected.Where(e => Place(e) > allLive), ours.Where(r => Place(r) > allLive));

        uint Place(Row row) => unchecked(row.Sequence - firstSequence);
    }

    [Fact]
    public async Task Demo_reports_its_gap_and_its_recoveries()
    {
        var report = await Play([Pcaps.PathOf("demo.pcap")], "demo");
        var gap = Assert.Single(report.GetProperty("gaps").EnumerateArray());
        Assert.Equal((1_421, 1_424), (gap.GetProperty("from").GetInt32(), gap.GetProperty("to").GetInt32()));
        Assert.True(report.GetProperty("recoveries").GetInt32() > 0);
        Assert.Equal(Lines("instruments")[1..].Sum(line => int.Parse(line.Split(',')[9])), report.GetProperty("recoveries").GetInt32());
    }

    [Theory]
    [InlineData("demo")]
    [InlineData("cme-reset")]
    public async Task Neither_shards_nor_speed_change_anything(string stem)
    {
        var capture = Pcaps.PathOf(stem + ".pcap");
        var once = await Outputs([capture], stem);
        Assert.Equal(once, await Outputs([capture], stem, "--shards", "2"));
        Assert.Equal(once, await Outputs([capture], stem, "--shards", "5"));

        // About a second each, whatever the capture's length.
        var frames = MemorySource.Read(capture);
        var speed = Math.Max(1, (frames[^1].TimeNs - frames[0].TimeNs) / 1_000_000_000);
        Assert.Equal(once, await Outputs([capture], stem, "--speed", $"{speed}"));
        Assert.Equal(once, await Outputs([capture], stem, "--speed", $"{speed * 3}", "--shards", "3"));
    }

    [Fact]
    public async Task Compressed_copies_and_captures_split_by_feed_give_the_same()
    {
        var capture = Pcaps.PathOf("demo.pcap");
        var once = await Outputs([capture], "demo");
        var bytes = await File.ReadAllBytesAsync(capture, TestContext.Current.CancellationToken);
        await using (var gzip = new GZipStream(File.Create(_folder.File("x.pcap.gz")), CompressionLevel.Fastest)) gzip.Write(bytes);
        using (var compressor = new ZstdSharp.Compressor()) await File.WriteAllBytesAsync(_folder.File("x.pcap.zst"), compressor.Wrap(bytes).ToArray(), TestContext.Current.CancellationToken);
        Assert.Equal(once, await Outputs([_folder.File("x.pcap.gz")], "demo"));
        Assert.Equal(once, await Outputs([_folder.File("x.pcap.zst")], "demo"));
        Assert.Equal(once, await Outputs(SplitByPort(bytes), "demo"));
    }

    /// <summary>One file for each destination port, records as they are.</summary>
    private string[] SplitByPort(byte[] capture)
    {
        var files = new SortedDictionary<ushort, List<byte>>();
        for (int at = 24, length; at < capture.Length; at += 16 + length)
        {
            length = BinaryPrimitives.ReadInt32LittleEndian(capture.AsSpan(at + 8));
            var port = BinaryPrimitives.ReadUInt16BigEndian(capture.AsSpan(at + 16 + 36));
            if (!files.TryGetValue(port, out var file)) files.Add(port, file = [.. capture[..24]]);
            file.AddRange(capture.AsSpan(at, 16 + length));
        }

        Assert.Equal(8, files.Count);
        foreach (var (port, file) in files) File.WriteAllBytes(_folder.File($"{port}.pcap"), [.. file]);
        return [.. files.Keys.Select(port => _folder.File($"{port}.pcap"))];
    }

    /// <summary>All that a play writes, but for what tells of time.</summary>
    private async Task<string> Outputs(string[] captures, string stem, params string[] options)
    {
        var report = await Play(captures, stem, options);
        var names = new[] { "books_digest", "gaps", "recoveries", "updates", "messages", "packets_used" };
        return string.Join('\n', [.. names.Select(name => report.GetProperty(name).ToString()), .. Lines("books"), .. Lines("orders"), .. Lines("instruments"), .. Lines("bbo")]);
    }

    private async Task<JsonElement> Play(string[] captures, string stem, params string[] options)
    {
        await using StringWriter output = new(), error = new();
        var terminal = new Terminal(output, error, ErrorIsRich: false);
        string[] args =
        [
            "play", .. captures, "--feed", Pcaps.PathOf(stem + ".feed.json"), "--books", _folder.File("books"), "--orders", _folder.File("orders"),
            "--instruments", _folder.File("instruments"), "--bbo", _folder.File("bbo"), "--report", _folder.File("report"), .. options,
        ];
        var code = await CommandLineHost.RunAsync(ReplayCommandLine.Create(new FeedEngine(), terminal), args, terminal, TestContext.Current.CancellationToken);
        Assert.Equal((ExitCode.Success, ""), (code, error.ToString()));
        return JsonDocument.Parse(await File.ReadAllTextAsync(_folder.File("report"))).RootElement;
    }

    /// <summary>From which packet on, counted from the first, no book is anything but Live.</summary>
    private static uint AllLiveFrom(string stem, uint firstSequence)
    {
        var watch = new LiveWatch();
        using var pipeline = new DirectPipeline<WatchStates>(
            FeedFile.Load(Pcaps.PathOf(stem + ".feed.json")), new MemorySource(MemorySource.Read(Pcaps.PathOf(stem + ".pcap"))), new WatchStates(watch)).Run();
        Assert.All(pipeline.Instruments, i => Assert.Equal(BookState.Live, i.State));
        return unchecked(watch.LastPacket - firstSequence) + 1;
    }

    private string[] Lines(string name) => File.ReadAllLines(_folder.File(name));

    private static string[] Expected(string stem, string kind) => File.ReadAllLines(Pcaps.PathOf($"{stem}.{kind}.csv"));

    private readonly record struct Row(uint Sequence, string Instrument, string Prices)
    {
        public static Row Parse(string line)
        {
            var parts = line.Split(',', 4);
            return new Row(uint.Parse(parts[1]), parts[2], parts[3]);
        }
    }

    private sealed class LiveWatch
    {
        public uint Packet { get; set; }

        public uint LastPacket { get; set; }
    }

    private readonly struct WatchStates(LiveWatch watch) : IShardListener
    {
        public bool WantsPackets => true;

        public void OnBookUpdate(Instrument instrument, in MarketUpdate update) { }

        public void OnBookReplaced(Instrument instrument, BookType book, StateReason reason) { }

        public void OnStateChanged(Instrument instrument, BookType book, BookState before, StateReason reason) => watch.LastPacket = watch.Packet;

        public void OnInformation(Instrument? instrument, in MarketUpdate update) { }

        public void OnEndOfEvent(Instrument instrument, in MarketUpdate last) { }

        public void OnEndOfPacket(Instrument instrument, uint packetSequence, long position) { }

        public void OnFlush(in MarketUpdate last)
        {
            if ((last.Flags & UpdateFlags.Snapshot) == 0) watch.Packet = last.PacketSequence;
        }
    }
}
