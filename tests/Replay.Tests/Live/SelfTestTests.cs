using System.Text.Json;
using FeedHandler.Actors;
using FeedHandler.Cli;
using FeedHandler.Commands;
using FeedHandler.Replay.Tests.Synthetic;

namespace FeedHandler.Replay.Tests.Live;

/// <summary><c>feedhandler selftest</c>, over the loopback interface.</summary>
public sealed class SelfTestTests : IDisposable
{
    private readonly TemporaryFolder _folder = new();

    public void Dispose() => _folder.Dispose();

    [Fact]
    public async Task Every_step_passes_within_a_minute()
    {
        var (code, output) = await Run(LiveFeed.Pcaps, "--json");
        var report = JsonDocument.Parse(output).RootElement;
        Assert.All(report.GetProperty("steps").EnumerateArray(), step => Assert.True(step.GetProperty("passed").GetBoolean(), step.ToString()));
        Assert.Equal(
            [
                "multicast on lo", "definitions", "definitions added, changed, deleted", "books by price, of 10 and of 3 levels", "implied books", "books by order",
                "trades, corrected and busted ones", "statistics, volume, limits", "trading status", "reset of one instrument", "reset of the channel",
                "loss on line A alone", "lines A and B change places", "loss on both lines", "loss on both lines is told at once", "recovery from snapshots",
                "silence", "new session", "subscriber's copy", "natural refresh",
            ],
            report.GetProperty("steps").EnumerateArray().Select(step => step.GetProperty("name").GetString()));
        Assert.True(report.GetProperty("passed").GetBoolean());
        Assert.InRange(report.GetProperty("elapsed_seconds").GetDouble(), 0, 60);
        Assert.Equal(ExitCode.Success, code);
    }

    [Fact]
    public async Task Books_other_than_the_exchanges_fail_by_name()
    {
        foreach (var file in Directory.EnumerateFiles(LiveFeed.Pcaps, "selftest.*")) File.Copy(file, _folder.File(Path.GetFileName(file)));
        var books = _folder.File("selftest.books.csv");
        var rows = File.ReadAllLines(books);
        rows[^1] += "9";
        await File.WriteAllTextAsync(books, string.Join('\n', rows) + "\n", TestContext.Current.CancellationToken);
        var (code, output) = await Run(_folder.File(""));
        Assert.Contains("FAIL  books by price", output, StringComparison.Ordinal);
        Assert.Contains("1 failed", output, StringComparison.Ordinal);
        Assert.Equal(ExitCode.Failure, code);
    }

    [Fact]
    public async Task An_interface_that_does_not_exist_fails_the_first_step()
    {
        var (code, output) = await Run(LiveFeed.Pcaps, "--interface", "nowhere0");
        Assert.Contains("FAIL  multicast on nowhere0", output, StringComparison.Ordinal);
        Assert.Equal(ExitCode.Failure, code);
    }

    [Fact]
    public async Task Help_says_what_it_does()
    {
        var (code, output) = await Run(LiveFeed.Pcaps, "--help");
        Assert.Contains("Nothing leaves the machine", output, StringComparison.Ordinal);
        Assert.Contains("feedhandler selftest --json", output, StringComparison.Ordinal);
        Assert.Equal(ExitCode.Success, code);
    }

    private static async Task<(int Code, string Output)> Run(string folder, params string[] arguments)
    {
        var output = new StringWriter();
        var terminal = new Terminal(output, output);
        var code = await CommandLineHost.RunAsync(
            FeedHandlerCommandLine.Create(new FeedEngine(), terminal, folder), ["selftest", .. arguments], terminal, TestContext.Current.CancellationToken);
        return (code, output.ToString());
    }
}
