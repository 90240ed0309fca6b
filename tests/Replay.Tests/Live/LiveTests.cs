using System.Diagnostics;
using System.Globalization;
using System.Runtime.InteropServices;
using System.Text.Json;
using FeedHandler.Actors;
using FeedHandler.Transport;

namespace FeedHandler.Replay.Tests.Live;

/// <summary>From the kernel's sockets to the books, over loopback multicast.</summary>
public sealed partial class LiveTests
{
    private const int SigInt = 2;

    private static readonly TimeSpan Deadline = TimeSpan.FromSeconds(60);

    [Fact]
    public async Task Bundled_capture_sent_over_multicast_gives_the_same_books()
    {
        var live = new LiveFeed("demo");
        using var run = new FeedEngine().Prepare(new FeedRunOptions { Feed = live.Feed, Interface = "lo", Shards = 2 });
        await using var client = await MarketDataClient.SubscribeAsync(run, new Subscribe("cme-310"));
        run.Begin();
        var mirror = ReadAsync(client);

        var sent = live.Send(() => run.GetStatus().Packets, Deadline);
        run.Stop();
        var results = await run.Completion.WaitAsync(Deadline);

        Assert.Equal(sent, run.GetStatus().Packets);
        Assert.InRange(sent, 1000, long.MaxValue);
        Assert.Single(results.Gaps);
        var expected = File.ReadAllLines(Path.Combine(LiveFeed.Pcaps, "demo.books.csv"))[1..];
        Assert.Equal(expected, results.OrderedLevels().Select(row => Row(results, row)));

        // A subscriber has them, too, however slow it was.
        var books = await mirror.WaitAsync(Deadline);
        foreach (var instrument in results.Instruments)
        {
            var copy = books.Find(instrument.Channel, instrument.Instrument)!;
            Assert.Equal(
                results.OrderedLevels().Where(row => row.Instrument == instrument.Instrument && row.Book == BookKind.Outright).Select(row => (row.Price, row.Quantity)),
                copy.Outright.Levels(Codecs.BookSide.Bid).ToArray().Concat(copy.Outright.Levels(Codecs.BookSide.Ask).ToArray()).Select(level => (level.Price, level.Quantity)));
        }
    }

    [Fact]
    public async Task Interrupted_command_leaves_its_report_and_says_so()
    {
        var folder = Directory.CreateTempSubdirectory("live-");
        try
        {
            var live = new LiveFeed("demo");
            var feed = Path.Combine(folder.FullName, "feed.json");
            var report = Path.Combine(folder.FullName, "R.json");
            await File.WriteAllTextAsync(feed, live.Json);
            var start = new ProcessStartInfo("dotnet") { UseShellExecute = false, RedirectStandardOutput = true, RedirectStandardError = true };
            foreach (var argument in (string[])[
                Path.Combine(AppContext.BaseDirectory, "feedhandler.dll"), "run", "--feed", feed, "--interface", "lo", "--report", report])
                start.ArgumentList.Add(argument);
            using var process = Process.Start(start) ?? throw new InvalidOperationException("no process was started");
            try
            {
                var output = process.StandardOutput.ReadToEndAsync();
                var error = process.StandardError.ReadToEndAsync();

                // Its sockets are open when the groups are joined; the kernel lists them.
                Assert.True(await Until(() => process.HasExited || IsOpen(live.Feed.Channels[0].Incremental.B!.Port)), "the command joined no group");
                Assert.Equal(0, Kill(process.Id, SigInt));
                await process.WaitForExitAsync(new CancellationTokenSource(Deadline).Token);
                Assert.DoesNotContain("error", await error, StringComparison.Ordinal);
                Assert.Equal(130, process.ExitCode);
                Assert.Contains("books digest", await output, StringComparison.Ordinal);
                Assert.True(JsonDocument.Parse(File.ReadAllText(report)).RootElement.TryGetProperty("books_digest", out _));
            }
            finally
            {
                if (!process.HasExited) process.Kill();
            }
        }
        finally
        {
            folder.Delete(recursive: true);
        }
    }

    /// <summary>Whether some process has a UDP socket on a port.</summary>
    private static bool IsOpen(ushort port) => File.ReadAllText("/proc/net/udp").Contains($":{port:X4} ", StringComparison.Ordinal);

    private static async Task<bool> Until(Func<bool> condition)
    {
        var watch = Stopwatch.StartNew();
        while (watch.Elapsed < Deadline)
        {
            if (condition()) return true;
            await Task.Delay(20);
        }

        return false;
    }

    private static async Task<MarketMirror> ReadAsync(MarketDataClient client)
    {
        var mirror = new MarketMirror();
        await foreach (var batch in client.ReadAllAsync()) mirror.Apply(batch);
        Assert.Equal(SubscriptionEnd.FeedEnded, client.Ended);
        return mirror;
    }

    internal static string Row(FeedResults results, BookLevelResult row)
    {
        var symbol = results.Instruments.First(instrument => instrument.Instrument == row.Instrument).Symbol;
        var price = PlainDecimal.Format(row.Price, results.Channels[row.Channel].PriceExponent);
        return string.Create(
            CultureInfo.InvariantCulture,
            $"{results.Channels[row.Channel].Name},{row.Instrument},{symbol},{row.Book.ToString().ToLowerInvariant()},{row.State},{row.Side.ToString().ToLowerInvariant()},{row.Level},{price},{row.Quantity},{(row.Orders < 0 ? "" : row.Orders)}");
    }

    [LibraryImport("libc", EntryPoint = "kill")]
    private static partial int Kill(int process, int signal);
}
