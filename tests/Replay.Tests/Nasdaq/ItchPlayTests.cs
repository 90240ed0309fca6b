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
