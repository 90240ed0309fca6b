using FeedHandler.Actors;
using FeedHandler.Cli;
using FeedHandler.Transport;

namespace FeedHandler.Commands;

/// <summary><c>feedhandler</c> without arguments: the bundled capture through the whole pipeline.</summary>
internal static class DemoCommand
{
    private const string Capture = "demo.pcap";
    private const string Feed = "demo.feed.json";

    public static async Task<int> RunAsync(IFeedEngine engine, Terminal terminal, string? folder, CancellationToken cancellation)
    {
        folder ??= BundledCaptures.FindFolder(Capture) ?? throw new IOException($"pcaps/{Capture}: the bundled capture is neither beside the program nor in a folder above it");
        var options = new FeedRunOptions
        {
            Feed = FeedFile.Load(Path.Combine(folder, Feed)),
            Captures = [Path.Combine(folder, Capture)],
        };
        CaptureFiles.Check(options.Captures);
        await terminal.Out.WriteLineAsync($"Replaying {Path.GetRelativePath(Environment.CurrentDirectory, options.Captures[0])} through the whole pipeline.");

        using var run = engine.Start(options);
        using var stopping = cancellation.Register(run.Stop);
        await RunView.WatchReplayAsync(run, terminal);
        var results = await run.Completion;
        cancellation.ThrowIfCancellationRequested();
        ResultSummary.Print(results, terminal);
        ResultSummary.PrintTopOfBook(results, terminal);
        await terminal.Out.WriteLineAsync("Next: feedhandler run --help (live feeds), replay play --help (your own captures).");
        return ExitCode.Success;
    }
}
