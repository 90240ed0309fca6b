using FeedHandler.Actors;
using FeedHandler.Cli;
using FeedHandler.Transport;

namespace FeedHandler.Replay.Tests.Cli;

public sealed class FeedHandlerTests : CommandLineFixture
{
    [Fact]
    public async Task Without_arguments_the_bundled_capture_is_replayed_and_explained()
    {
        Assert.Equal(ExitCode.Success, await FeedHandler());

        Assert.Equal([Capture], Engine.Options!.Captures);
        Assert.Equal("", Error);
        Assert.DoesNotContain('\u001b', Out);
        Assert.Matches("gaps +2 \\(6 packets lost on every line\\)", Out);
        Assert.Contains("zeta packets 20 to 24, RingFull", Out, StringComparison.Ordinal);
        Assert.Matches("requests +alpha 400 messages asked for, 390 recovered \\(12 requests, 9 answers\\), 1 ranges given up", Out);
        Assert.Matches("throughput +22 messages/s", Out);
        Assert.Matches("12 .*ES\"H6.*Live.*3.*7587.5.*7587.75.*2", Out);
        Assert.Matches("3 .*NaturallyRefreshed.*-0.25", Out);
    }

    [Fact]
    public async Task Demo_without_its_capture_fails_by_name()
    {
        File.Delete(Capture);

        Assert.Equal(ExitCode.Failure, await FeedHandler());
        Assert.Contains("demo.pcap", Error, StringComparison.Ordinal);
    }

    [Fact]
    public async Task Interrupted_demo_ends_with_130()
    {
        Engine = new FakeEngine { RunsUntilStopped = true };
        using var interrupt = new CancellationTokenSource();
        var running = FeedHandler(interrupt.Token);
        await interrupt.CancelAsync();

        Assert.Equal(ExitCode.Interrupted, await running);
    }

    [Fact]
    public async Task Live_run_ends_by_itself_after_its_duration()
    {
        Engine = new FakeEngine { RunsUntilStopped = true };

        Assert.Equal(ExitCode.Success, await FeedHandler("run", "--feed", Feed, "--interface", "127.0.0.1", "--duration", "0.01", "--books", PathOf("B.csv")));
        Assert.Empty(Engine.Options!.Captures);
        Assert.Equal("127.0.0.1", Engine.Options.Interface);
        Assert.True(File.Exists(PathOf("B.csv")));
        Assert.Contains("books digest", Out, StringComparison.Ordinal);
    }

    [Fact]
    public async Task Interrupted_live_run_leaves_its_files_and_summary()
    {
        Engine = new FakeEngine { RunsUntilStopped = true };
        using var interrupt = new CancellationTokenSource();
        var running = FeedHandler(interrupt.Token, "run", "--feed", Feed, "--report", PathOf("R.json"));
        await interrupt.CancelAsync();

        Assert.Equal(ExitCode.Interrupted, await running);
        Assert.Contains("books_digest", File.ReadAllText(PathOf("R.json")), StringComparison.Ordinal);
        Assert.Contains("books digest", Out, StringComparison.Ordinal);
    }

    [Fact]
    public async Task Live_status_is_a_line_per_channel()
    {
        Rich = true;
        Engine = new FakeEngine { RunsUntilStopped = true };

        Assert.Equal(ExitCode.Success, await FeedHandler("run", "--feed", Feed, "--duration", "0.01"));
        Assert.Contains("zeta: A 10", Error, StringComparison.Ordinal);
    }

    [Fact]
    public void Status_line_has_rates_gaps_and_states() => Assert.Equal(
        "zeta: A 1,200 (100/s), B 1,100 (50/s), gaps 2 (6 packets lost), recoveries 1, live 2 of 3 instruments",
        RunView.Line(new("zeta", 1200, 1100, 2, 6, 1, 3, 2), new("zeta", 200, 600, 0, 0, 0, 0, 0), TimeSpan.FromSeconds(10)));

    [Fact]
    public void Status_line_names_what_the_venue_numbers_and_what_requests_brought() => Assert.Equal(
        "zeta: A 1,200 (100/s), B 1,100 (50/s), gaps 2 (6 messages lost), recoveries 1, live 2 of 3 instruments, requested 400 messages, 394 recovered",
        RunView.Line(new("zeta", 1200, 1100, 2, 6, 1, 3, 2, SequenceUnit: "messages", Requested: 400, Recovered: 394), new("zeta", 200, 600, 0, 0, 0, 0, 0), TimeSpan.FromSeconds(10)));

    [Fact]
    public async Task What_was_lost_is_counted_in_what_each_venue_numbers()
    {
        var sample = SampleResults.Create();
        Engine = new FakeEngine { Outcome = () => Task.FromResult(sample with { Channels = [sample.Channels[0], sample.Channels[1] with { LostPackets = 1_400 }] }) };
        Assert.Equal(ExitCode.Success, await FeedHandler());
        Assert.Matches("gaps +2 \\(6 packets and 1,400 messages lost on every line\\)", Out);
    }

    [Fact]
    public void Status_line_says_what_is_silent()
    {
        var well = new ChannelStatus("zeta", 1200, 1100, 2, 6, 1, 3, 0);
        Assert.EndsWith("live 0 of 3 instruments, SILENT for 47 s", RunView.Line(well with { SilentSeconds = 47.2 }, well, TimeSpan.FromSeconds(10)), StringComparison.Ordinal);
        Assert.DoesNotContain("B ", RunView.Line(well with { HasLineB = false }, well, TimeSpan.FromSeconds(10)), StringComparison.Ordinal);
        Assert.EndsWith("live 0 of 3 instruments, line B SILENT", RunView.Line(well with { SilentLine = 'B' }, well, TimeSpan.FromSeconds(10)), StringComparison.Ordinal);
    }

    [Fact]
    public void Status_line_says_why_there_is_no_image()
    {
        var well = new ChannelStatus("zeta", 1200, 1100, 2, 6, 1, 3, 0);
        Assert.EndsWith(
            "live 0 of 3 instruments, NO IMAGE: nobody answers at 10.0.0.9:18300",
            RunView.Line(well with { ImageProblem = "nobody answers at 10.0.0.9:18300" }, well, TimeSpan.FromSeconds(10)), StringComparison.Ordinal);
    }

    [Fact]
    public void Status_tells_of_packets_that_never_reached_us_once_there_are_any()
    {
        var channel = new ChannelStatus("zeta", 0, 0, 0, 0, 0, 0, 0);
        var before = new FeedStatus { Channels = [channel] };
        Assert.Single(RunView.Lines(before, before, TimeSpan.FromSeconds(10)));
        Assert.Equal(
            "dropped before they reached us: 1,200 packets (120/s)",
            RunView.Lines(before with { SourceDrops = 1_200 }, before, TimeSpan.FromSeconds(10)).Last());
    }

    [Theory]
    [InlineData("--interface", "no-such-interface0")]
    [InlineData("--interface", "::1")]
    [InlineData("--interface", "203.0.113.77")]
    [InlineData("--duration", "0")]
    [InlineData("--duration", "soon")]
    [InlineData("--shards", "x")]
    public async Task Unusable_option_is_named(string option, string value)
    {
        Assert.Equal(ExitCode.Usage, await FeedHandler("run", "--feed", Feed, option, value));
        Assert.Contains(option, Error, StringComparison.Ordinal);
        Assert.Null(Engine.Options);
    }

    [Theory]
    [InlineData("run")]
    [InlineData("rnu")]
    [InlineData("--bogus")]
    public async Task Incomplete_command_line_is_a_usage_error(string arg)
    {
        Assert.Equal(ExitCode.Usage, await FeedHandler(arg));
        Assert.Contains("Try 'feedhandler", Error.Replace(System.AppDomain.CurrentDomain.FriendlyName, "feedhandler"), StringComparison.Ordinal);
    }

    [Fact]
    public async Task Socket_that_cannot_be_opened_is_a_failure()
    {
        Engine = new FakeEngine { OnStart = _ => throw new IOException("eth9: cannot join 224.0.31.11") };

        Assert.Equal(ExitCode.Failure, await FeedHandler("run", "--feed", Feed));
        Assert.Equal("error: eth9: cannot join 224.0.31.11\n", Error);
    }
}
