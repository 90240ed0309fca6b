using FeedHandler.Actors;
using FeedHandler.Cli;
using FeedHandler.Codecs;
using FeedHandler.Replay.Commands;
using FeedHandler.Transport;

namespace FeedHandler.Replay.Tests.Synthetic;

/// <summary><c>replay generate cme</c> with every kind of message and fault, then <c>replay play</c>: the books are the exchange's own.</summary>
public sealed class GeneratedPlayTests : IDisposable
{
    private const string Day = "--packets 4000 --mean-pause 15 --rare-events 0.02 ";

    private readonly TemporaryFolder _folder = new();

    public void Dispose() => _folder.Dispose();

    [Theory]
    [InlineData(true, "--seed 31 --schema-version 7")]
    [InlineData(true, "--seed 32 --schema-version 9")]
    [InlineData(true, "--seed 33 --schema-version 11 --join-after 700 --loss 0.03")]
    [InlineData(true, "--seed 34 --long-quantities --gap 900:4")]
    [InlineData(true, "--seed 35 --weeks 3")]
    [InlineData(true, "--seed 36 --channel-resets 0.002 --instrument-resets 0.002 --loss 0.02")]
    [InlineData(true, "--seed 37 --bursts 0.002 --burst-correlation 0.9 --burst-length 30 --snapshot-loss 0.1")]
    [InlineData(true, "--seed 38 --line-swap 500:800 --reorder 0.05 --duplicates 0.05 --loss 0.05")]
    [InlineData(true, "--seed 39 --a-only --loss 0.01")]
    [InlineData(false, "--seed 40 --late 0.01 --loss 0.02")]
    public async Task Books_are_the_exchanges_own(bool tradesAreKnown, string options)
    {
        await Run("generate cme --out " + _folder.File("x.pcap") + " " + Day + options);
        await Run($"play {_folder.File("x.pcap")} --feed {_folder.File("x.feed.json")} --books {_folder.File("books")} --orders {_folder.File("orders")} --instruments {_folder.File("instruments")}");
        foreach (var name in (string[])["books", "orders"]) Assert.Equal(File.ReadAllLines(_folder.File($"x.{name}.csv")), File.ReadAllLines(_folder.File(name)));
        var columns = tradesAreKnown ? 8 : 6;
        Assert.Equal(Columns("x.instruments.csv", columns), Columns("instruments", columns));
    }

    [Theory]
    [InlineData(1)]
    [InlineData(3)]
    public async Task Best_prices_are_the_exchanges_own_over_silent_weekends(int shards)
    {
        await Run("generate cme --out " + _folder.File("x.pcap") + " " + Day + "--seed 42 --weeks 3");
        await Run($"play {_folder.File("x.pcap")} --feed {_folder.File("x.feed.json")} --bbo {_folder.File("bbo")} --report {_folder.File("report")} --shards {shards}");
        Assert.Equal(File.ReadAllLines(_folder.File("x.bbo.csv")), File.ReadAllLines(_folder.File("bbo")));
        Assert.Contains("\"silences\": 2,", File.ReadAllText(_folder.File("report")), StringComparison.Ordinal);
    }

    [Fact]
    public async Task Subscribers_see_every_kind_of_news_of_a_day()
    {
        await Run("generate cme --out " + _folder.File("x.pcap") + " --mean-pause 15 --seed 41 --packets 6000 --rare-events 0.05");
        var seen = new HashSet<(UpdateKind, BookAction)>();
        var options = new FeedRunOptions { Feed = FeedFile.Load(_folder.File("x.feed.json")), Captures = [_folder.File("x.pcap")] };
        using var run = new FeedEngine().Prepare(options);
        await using var client = await MarketDataClient.SubscribeAsync(run, new Subscribe("cme-310") { Policy = SlowSubscriberPolicy.Wait });
        var market = new MarketMirror();
        run.Begin();
        await foreach (var batch in client.ReadAllAsync(TestContext.Current.CancellationToken))
        {
            market.Apply(batch);
            foreach (ref readonly var update in batch.Updates) seen.Add((update.Kind, update.Action));
        }

        (UpdateKind, BookAction)[] expected =
        [
            (UpdateKind.Trade, BookAction.New), (UpdateKind.Trade, BookAction.Change), (UpdateKind.Trade, BookAction.Delete), (UpdateKind.TradeOrder, BookAction.New),
            (UpdateKind.Definition, BookAction.New), (UpdateKind.Definition, BookAction.Change), (UpdateKind.Definition, BookAction.Delete), (UpdateKind.DefinitionLeg, BookAction.New),
            (UpdateKind.Statistic, BookAction.New), (UpdateKind.Volume, BookAction.New), (UpdateKind.Limits, BookAction.New), (UpdateKind.Status, BookAction.New),
            (UpdateKind.QuoteRequest, BookAction.New), (UpdateKind.TopOrder, BookAction.New), (UpdateKind.TopOrder, BookAction.Change), (UpdateKind.CollateralValue, BookAction.New),
        ];
        Assert.Empty(expected.Except(seen));
        Assert.Contains(market.Books, book => book.Definition is { UnitOfMeasure: not "UNIT" });
        Assert.Contains(market.Books, book => book.Definition is { IsDeleted: true });
        Assert.Contains(market.Books, book => book.Definition is { Legs.Count: 2 });
        Assert.Contains(market.Books, book => book.Definition is { StrikePrice: > 0 and < MarketUpdate.NullPrice, Maturity.Year: >= 2025, CfiCode.Length: 6 });
    }

    [Theory]
    [InlineData("--schema-version 6", "--schema-version 6")]
    [InlineData("--long-quantities --schema-version 11", "schema version 12")]
    [InlineData("--line-swap 5", "--line-swap 5")]
    [InlineData("--weeks 0", "--weeks")]
    [InlineData("--channel 0", "--channel 0: 1 to 32767")]
    [InlineData("--channel -5", "--channel -5: 1 to 32767")]
    [InlineData("--channel 40000", "--channel")]
    public async Task What_cannot_be_generated_is_named(string options, string problem)
    {
        var error = new StringWriter();
        Assert.Equal(ExitCode.Usage, await Execute("generate cme --out " + _folder.File("x.pcap") + " " + options, error));
        Assert.Contains(problem, error.ToString(), StringComparison.Ordinal);
    }

    private IEnumerable<string> Columns(string name, int count) => File.ReadAllLines(_folder.File(name)).Select(line => string.Join(',', line.Split(',')[..count]));

    private static async Task Run(string arguments)
    {
        var error = new StringWriter();
        Assert.True(await Execute(arguments, error) == ExitCode.Success, error.ToString());
        Assert.DoesNotContain('\r', error.ToString());
    }

    private static Task<int> Execute(string arguments, StringWriter error)
    {
        var terminal = new Terminal(TextWriter.Null, error);
        return CommandLineHost.RunAsync(ReplayCommandLine.Create(new FeedEngine(), terminal), arguments.Split(' ', StringSplitOptions.RemoveEmptyEntries), terminal, TestContext.Current.CancellationToken);
    }
}
