using FeedHandler.Actors;
using FeedHandler.Cli;
using FeedHandler.Replay.Commands;
using FeedHandler.Replay.Synthetic.Itch;

namespace FeedHandler.Replay.Tests.Nasdaq;

public sealed class ItchPlayTests : IDisposable
{
    private readonly string _folder = Directory.CreateTempSubdirectory("itch").FullName;

    public void Dispose() => Directory.Delete(_folder, recursive: true);

    [Theory]
    [InlineData("day.itch", 1)]
    [InlineData("day.pcap", 1)]
    [InlineData("day.pcap", 2)]
    public async Task Books_orders_instruments_and_best_prices_are_those_of_the_market(string name, int shards)
    {
        Generate(name, lossA: 0.2, lossB: 0);
        await Play(name, shards);
        foreach (var result in (string[])["books", "orders", "instruments", "bbo"])
            Assert.Equal(await File.ReadAllTextAsync(Beside(name, result), Token), await File.ReadAllTextAsync(Beside("out.x", result), Token));
    }

    [Fact]
    public async Task Compressed_raw_file_plays_like_a_plain_one()
    {
        Generate("day.itch", 0, 0);
        await using (var gzip = new System.IO.Compression.GZipStream(File.Create(PathOf("day.itch.gz")), System.IO.Compression.CompressionLevel.Fastest))
        await using (var plain = File.OpenRead(PathOf("day.itch")))
            await plain.CopyToAsync(gzip, Token);
        await Play("day.itch.gz", 1, feed: "day.feed.json");
        Assert.Equal(await File.ReadAllTextAsync(Beside("day.itch", "books"), Token), await File.ReadAllTextAsync(Beside("out.x", "books"), Token));
    }

    [Fact]
    public async Task Gap_on_both_lines_leaves_no_book_live()
    {
        ItchGenerator.Run(Options("day.pcap", 0, 0) with { Gaps = [new FeedHandler.Replay.Faults.Gap(3_000, 3_002)] });
        await Play("day.pcap", 1);
        var rows = (await File.ReadAllLinesAsync(Beside("out.x", "instruments"), Token)).Skip(1).ToList();
        Assert.Equal(20, rows.Count);
        Assert.All(rows, row => Assert.Contains(",Stale,", row, StringComparison.Ordinal));
    }

    [Fact]
    public async Task Inspect_names_every_field_of_every_message()
    {
        Generate("day.pcap", 0, 0);
        var output = new StringWriter();
        var terminal = new Terminal(output, TextWriter.Null);
        Assert.Equal(0, await CommandLineHost.RunAsync(
            ReplayCommandLine.Create(new FeedEngine(), terminal), ["inspect", PathOf("day.pcap"), "--feed", PathOf("day.feed.json"), "--json", "--filter", "line=a"], terminal));
        var packets = output.ToString().Split('\n', StringSplitOptions.RemoveEmptyEntries).Select(line => System.Text.Json.JsonDocument.Parse(line).RootElement).ToList();
        Assert.DoesNotContain(packets, packet => packet.TryGetProperty("error", out _));
        var messages = packets.SelectMany(packet => packet.GetProperty("messages").EnumerateArray()).ToList();
        Assert.True(messages.Count >= 40_000);
        Assert.Equal(Enumerable.Range(1, messages.Count), messages.Select(message => message.GetProperty("sequence").GetInt32()));
        Assert.All(messages, message => Assert.True(message.TryGetProperty("fields", out _)));

        // What an order's messages say of it, against what the market wrote of the orders that are left.
        var added = messages.Where(message => message.GetProperty("template").GetString() is "A" or "F").Select(message => message.GetProperty("fields"))
            .ToDictionary(fields => fields.GetProperty("OrderReferenceNumber").GetUInt64());
        var resting = (await File.ReadAllLinesAsync(Beside("day.pcap", "orders"), Token)).Skip(1).Select(line => line.Split(','))
            .Where(row => added.ContainsKey(ulong.Parse(row[5], System.Globalization.CultureInfo.InvariantCulture))).ToList();
        Assert.NotEmpty(resting);
        foreach (var row in resting)
        {
            var fields = added[ulong.Parse(row[5], System.Globalization.CultureInfo.InvariantCulture)];
            Assert.Equal((row[1], row[6], row[3] == "bid" ? "B" : "S"), (fields.GetProperty("StockLocate").GetRawText(), fields.GetProperty("Price").GetRawText(), fields.GetProperty("BuySellIndicator").GetString()));
        }
    }

    [Fact]
    public async Task Inspect_of_a_raw_channel_says_that_there_are_no_packets()
    {
        Generate("day.itch", 0, 0);
        var error = new StringWriter();
        var terminal = new Terminal(TextWriter.Null, error);
        Assert.Equal(ExitCode.Usage, await CommandLineHost.RunAsync(
            ReplayCommandLine.Create(new FeedEngine(), terminal), ["inspect", PathOf("day.itch"), "--feed", PathOf("day.feed.json")], terminal));
        Assert.Contains("raw: inspect reads captures of packets", error.ToString(), StringComparison.Ordinal);
    }

    [Fact]
    public void Field_table_of_inspect_has_every_type_at_its_length() =>
        Assert.All(Enumerable.Range(0, 256), type => Assert.Equal(Codecs.Nasdaq.Itch5.Itch5.LengthOf((byte)type), Inspect.ItchJson.LengthOf((byte)type)));

    [Fact]
    public async Task Cut_capture_leaves_its_results_and_says_where_it_was_cut()
    {
        Generate("day.itch", 0, 0);
        using (var packed = new MemoryStream())
        {
            await using (var gzip = new System.IO.Compression.GZipStream(packed, System.IO.Compression.CompressionLevel.Fastest, leaveOpen: true))
                await gzip.WriteAsync(await File.ReadAllBytesAsync(PathOf("day.itch"), Token), Token);
            await File.WriteAllBytesAsync(PathOf("cut.itch.gz"), packed.ToArray()[..(int)(packed.Length / 2)], Token);
        }

        var error = new StringWriter();
        var terminal = new Terminal(TextWriter.Null, error);
        Assert.Equal(ExitCode.Failure, await CommandLineHost.RunAsync(
            ReplayCommandLine.Create(new FeedEngine(), terminal),
            ["play", PathOf("cut.itch.gz"), "--feed", PathOf("day.feed.json"), "--report", PathOf("r.json"), "--books", PathOf("b.csv")], terminal));
        Assert.Matches("cut.itch.gz: at byte [1-9][0-9]{4,}: compressed data cut or corrupt", error.ToString());
        using var report = System.Text.Json.JsonDocument.Parse(await File.ReadAllTextAsync(PathOf("r.json"), Token));
        Assert.InRange(report.RootElement.GetProperty("messages_total").GetInt64(), 15_000, 25_000);
        Assert.True((await File.ReadAllLinesAsync(PathOf("b.csv"), Token)).Length > 20);
    }

    [Fact]
    public async Task Bound_of_instruments_gives_the_same_books_with_any_number_of_shards_and_is_told()
    {
        Generate("day.pcap", 0, 0);
        var one = await ReportOf("\"maxInstruments\":5", shards: 1);
        var four = await ReportOf("\"maxInstruments\":5", shards: 4);
        Assert.Equal(5, one.GetProperty("instruments").GetInt32());
        Assert.Equal(one.GetProperty("books_digest").GetString(), four.GetProperty("books_digest").GetString());
        var refused = one.GetProperty("anomalies").GetProperty("updates_of_refused_instruments").GetInt64();
        Assert.True(refused > 10_000);
        Assert.Equal(refused, four.GetProperty("anomalies").GetProperty("updates_of_refused_instruments").GetInt64());
    }

    [Fact]
    public async Task Packets_of_another_session_are_received_and_not_used()
    {
        Generate("day.pcap", 0, 0);
        var right = await ReportOf("\"depth\":10", shards: 1);
        Assert.InRange(right.GetProperty("packets_used").GetInt64(), 1_000, right.GetProperty("packets").GetInt64() / 2);
        Assert.Equal(right.GetProperty("duplicates").GetInt64(), right.GetProperty("packets_used").GetInt64());
        var wrong = await ReportOf("\"session\":\"ANOTHER\"", shards: 1);
        Assert.Equal(right.GetProperty("packets").GetInt64(), wrong.GetProperty("packets").GetInt64());
        Assert.Equal(0, wrong.GetProperty("packets_used").GetInt64());
        Assert.Equal(
            wrong.GetProperty("packets").GetInt64(),
            wrong.GetProperty("channels")[0].GetProperty("anomalies").GetProperty("other_session_packets").GetInt64());
    }

    /// <summary>Plays the generated capture with one more key in its channel.</summary>
    private async Task<System.Text.Json.JsonElement> ReportOf(string key, int shards)
    {
        var feed = System.Text.Json.Nodes.JsonNode.Parse(await File.ReadAllTextAsync(PathOf("day.feed.json"), Token))!;
        var channel = feed["channels"]![0]!.AsObject();
        foreach (var (name, value) in System.Text.Json.Nodes.JsonNode.Parse($"{{{key}}}")!.AsObject()) channel[name] = value!.DeepClone();
        await File.WriteAllTextAsync(PathOf("other.feed.json"), feed.ToJsonString(), Token);
        var terminal = new Terminal(TextWriter.Null, TextWriter.Null);
        string[] args = ["play", PathOf("day.pcap"), "--feed", PathOf("other.feed.json"), "--shards", $"{shards}", "--report", PathOf("r.json")];
        Assert.Equal(0, await CommandLineHost.RunAsync(ReplayCommandLine.Create(new FeedEngine(), terminal), args, terminal));
        using var report = System.Text.Json.JsonDocument.Parse(await File.ReadAllTextAsync(PathOf("r.json"), Token));
        return report.RootElement.Clone();
    }

    private static CancellationToken Token => TestContext.Current.CancellationToken;

    private string PathOf(string name) => Path.Combine(_folder, name);

    private string Beside(string name, string result) => PathOf($"{Path.GetFileNameWithoutExtension(name)}.{result}.csv");

    private ItchGenerateOptions Options(string name, double lossA, double lossB) => new()
    {
        Path = PathOf(name),
        LossA = lossA,
        LossB = lossB,
        Market = new ItchOptions { Seed = 5, Messages = 40_000, Symbols = 20, Live = 2_000 },
    };

    private void Generate(string name, double lossA, double lossB) => ItchGenerator.Run(Options(name, lossA, lossB));

    private async Task Play(string name, int shards, string? feed = null)
    {
        string[] args =
        [
            "play", PathOf(name), "--feed", PathOf(feed ?? Path.ChangeExtension(name, ".feed.json")), "--shards", $"{shards}",
            "--books", Beside("out.x", "books"), "--orders", Beside("out.x", "orders"), "--instruments", Beside("out.x", "instruments"), "--bbo", Beside("out.x", "bbo"),
        ];
        var terminal = new Terminal(TextWriter.Null, TextWriter.Null, ErrorIsRich: false);
        Assert.Equal(0, await CommandLineHost.RunAsync(ReplayCommandLine.Create(new FeedEngine(), terminal), args, terminal));
    }
}
