using System.Text.Json;
using FeedHandler.Actors;
using FeedHandler.Cli;
using FeedHandler.Export;
using FeedHandler.Transport;

namespace FeedHandler.Replay.Tests.Cli;

public sealed class PlayTests : CommandLineFixture
{
    [Fact]
    public async Task Every_option_reaches_the_pipeline_and_every_file_is_written()
    {
        var second = Write("b.pcap", "");
        Engine = new FakeEngine
        {
            OnStart = options => options.Bbo!.OpenShard(0).Write(new BboRow { Channel = 1, Instrument = 7, PacketSequence = 2, BidPrice = 5_000 }),
        };

        var code = await Replay(
            "play", Capture, second, "--feed", Feed, "--recovery", "natural", "--speed", "2.5", "--shards", "4",
            "--books", PathOf("B.csv"), "--orders", PathOf("O.csv"), "--instruments", PathOf("I.csv"),
            "--bbo", PathOf("T.csv"), "--report", PathOf("R.json"));

        Assert.Equal("", Error);
        Assert.Equal(ExitCode.Success, code);
        Assert.Equal([Capture, second], Engine.Options!.Captures);
        Assert.Equal(RecoveryMode.Natural, Engine.Options.Recovery);
        Assert.Equal(2.5, Engine.Options.Speed);
        Assert.Equal(4, Engine.Options.Shards);
        Assert.Equal(2, Engine.Options.Feed.Channels.Count);
        Assert.StartsWith(BooksCsv.Header + "\nalpha,7,", File.ReadAllText(PathOf("B.csv")), StringComparison.Ordinal);
        Assert.StartsWith(OrdersCsv.Header + "\nalpha,7,", File.ReadAllText(PathOf("O.csv")), StringComparison.Ordinal);
        Assert.StartsWith(InstrumentsCsv.Header + "\nalpha,7,", File.ReadAllText(PathOf("I.csv")), StringComparison.Ordinal);
        Assert.Equal(BboCsv.Header + "\nalpha,2,7,0.5,0,0,0\n", File.ReadAllText(PathOf("T.csv")));
        Assert.Equal(19, Json(File.ReadAllText(PathOf("R.json"))).GetProperty("packets_used").GetInt32() + 6);
    }

    [Fact]
    public async Task Defaults_are_as_fast_as_possible_with_one_shard_and_snapshots()
    {
        Assert.Equal(ExitCode.Success, await Replay("play", Capture, "--feed", Feed));

        Assert.Null(Engine.Options!.Speed);
        Assert.Equal(1, Engine.Options.Shards);
        Assert.Equal(RecoveryMode.Snapshot, Engine.Options.Recovery);
        Assert.Null(Engine.Options.Bbo);
    }

    [Theory]
    [InlineData("max", null)]
    [InlineData("1", 1.0)]
    [InlineData("10x", 10.0)]
    [InlineData("0.5", 0.5)]
    public async Task Speed_is_max_or_a_multiple(string text, double? expected)
    {
        Assert.Equal(ExitCode.Success, await Replay("play", Capture, "--feed", Feed, "--speed", text));
        Assert.Equal(expected, Engine.Options!.Speed);
    }

    [Fact]
    public async Task Channels_and_schema_are_taken_from_the_command_line()
    {
        var schema = Write("s.xml", "<xml/>");
        Assert.Equal(ExitCode.Success, await Replay("play", Capture, "--feed", Feed, "--channel", "alpha", "--schema", schema));

        var channel = Assert.Single(Engine.Options!.Feed.Channels);
        Assert.Equal(("alpha", schema), (channel.Name, channel.SchemaPath));
    }

    [Fact]
    public async Task Report_has_every_key_of_the_contract_and_consistent_sums()
    {
        Assert.Equal(ExitCode.Success, await Replay("play", Capture, "--feed", Feed, "--json"));

        var report = Json(Out);
        Assert.Equal(25, report.GetProperty("packets").GetInt64());
        Assert.Equal(13, report.GetProperty("packets_used").GetInt64());
        Assert.Equal(9, report.GetProperty("duplicates").GetInt64());
        Assert.Equal("""{"4":1,"46":10}""", Compact(report.GetProperty("messages")));
        Assert.Equal("""{"4":"ChannelReset4","46":"Book46"}""", Compact(report.GetProperty("message_names")));
        Assert.Equal(40, report.GetProperty("updates").GetInt64());
        Assert.Equal(
            """[{"channel":"zeta","from":7,"to":7,"lost":1,"reason":"loss"},{"channel":"zeta","from":20,"to":24,"lost":5,"reason":"ring_full"}]""",
            Compact(report.GetProperty("gaps")));
        Assert.Equal(6, report.GetProperty("lost_packets").GetInt64());
        Assert.Equal(["packets", "messages"], report.GetProperty("channels").EnumerateArray().Select(channel => channel.GetProperty("sequence_unit").GetString()));
        Assert.False(report.GetProperty("channels")[0].TryGetProperty("requests", out _));
        Assert.Equal(
            """{"sent":12,"requested":400,"recovered":390,"answers":9,"answers_used":8,"given_up":1}""", Compact(report.GetProperty("channels")[1].GetProperty("requests")));
        Assert.False(report.TryGetProperty("gaps_not_listed", out _));
        Assert.Equal("""{"shard_restarts":2,"source_drops":0}""", Compact(report.GetProperty("anomalies")));
        Assert.Equal("""{"outliers":3,"ring_full_packets":0}""", Compact(report.GetProperty("channels")[0].GetProperty("anomalies")));
        Assert.Equal(2, report.GetProperty("recoveries").GetInt64());
        Assert.Equal(2, report.GetProperty("silences").GetInt64());
        Assert.Equal((2L, 93.5), (report.GetProperty("channels")[0].GetProperty("silences").GetInt64(), report.GetProperty("channels")[0].GetProperty("silent_seconds").GetDouble()));
        Assert.Equal(JsonValueKind.Null, report.GetProperty("audit").ValueKind);
        Assert.Equal("""{"bad_size":1,"truncated_group":3}""", Compact(report.GetProperty("malformed")));
        Assert.Equal("""{"not_udp":4,"other_address":2}""", Compact(report.GetProperty("dropped_frames")));
        Assert.Equal("""{"Live":1,"NaturallyRefreshed":1,"Stale":1}""", Compact(report.GetProperty("states")));
        Assert.Equal(1, report.GetProperty("unknown").GetInt64());
        Assert.Equal(0.5, report.GetProperty("elapsed_seconds").GetDouble());
        Assert.Equal(22, report.GetProperty("messages_per_second").GetDouble());
        Assert.Equal(0, report.GetProperty("allocated_bytes_hot_path").GetInt64());
        Assert.Equal(BooksDigest.Compute(SampleResults.Create()), report.GetProperty("books_digest").GetString());
        Assert.Equal("1.1.1.1:2", report.GetProperty("channels")[0].GetProperty("lines")[1].GetProperty("address").GetString());
    }

    [Fact]
    public async Task Gaps_beyond_the_list_are_counted_and_said_to_be_missing()
    {
        Engine = new FakeEngine { Outcome = () => Task.FromResult(SampleResults.Create() with { GapsNotListed = 1_000 }) };
        await Replay("play", Capture, "--feed", Feed, "--report", PathOf("R.json"));

        Assert.Equal(1_000, Json(File.ReadAllText(PathOf("R.json"))).GetProperty("gaps_not_listed").GetInt64());
        Assert.Matches("gaps +1,002 ", Out);
        Assert.Contains("and 992 more", Out, StringComparison.Ordinal);
    }

    [Fact]
    public async Task Summary_is_plain_text_on_standard_output()
    {
        Assert.Equal(ExitCode.Success, await Replay("play", Capture, "--feed", Feed));

        Assert.DoesNotContain('\u001b', Out);
        Assert.Matches("packets +25 \\(13 used, 9 duplicates, 1 late\\)", Out);
        Assert.Contains("zeta packets 20 to 24, RingFull", Out, StringComparison.Ordinal);
        Assert.Matches("anomalies +4 outliers, 2 shard_restarts\n", Out);
        Assert.Matches("silences +2 \\(93.5 s without a packet on any line of a channel\\)\n", Out);
        Assert.DoesNotContain("audit", Out, StringComparison.Ordinal);
        Assert.Equal("", Error);
    }

    [Fact]
    public async Task What_the_audit_found_is_in_the_summary_and_in_the_report_and_not_on_standard_error()
    {
        var audit = new ShardAudit { LevelImages = 40, OrderImages = 30, DerivedLevels = 20, NotComparable = 5 };
        audit.Add(new AuditReport(0, 12, "ESH6", AuditCheck.LevelImage, 77, "bid 1x1/1 ask", "bid 2x1/1 ask"));
        Engine = new FakeEngine { Outcome = () => Task.FromResult(SampleResults.Create() with { Audit = audit }) };

        Assert.Equal(ExitCode.Success, await Replay("play", Capture, "--feed", Feed, "--audit"));
        Assert.True(Engine.Options!.Audit);
        Assert.Matches("\naudit +1 differences in 40 level images, 30 order images, 20 comparisons of levels with orders \\(5 images of another moment\\)\n", Out);
        Assert.Contains("zeta 12 ESH6 at packet 77, LevelImage", Out, StringComparison.Ordinal);
        Assert.Matches("book: +bid 1x1/1 ask\n.*reference: +bid 2x1/1 ask\n", Out);
        Assert.Equal("", Error);
    }

    [Fact]
    public async Task The_report_has_the_audit_as_a_section_and_nothing_but_JSON_is_on_standard_output()
    {
        var audit = new ShardAudit { LevelImages = 40, OrderImages = 30, DerivedLevels = 20, NotComparable = 5 };
        audit.Add(new AuditReport(0, 12, "ESH6", AuditCheck.LevelImage, 77, "bid 1x1/1 ask", "bid 2x1/1 ask"));
        Engine = new FakeEngine { Outcome = () => Task.FromResult(SampleResults.Create() with { Audit = audit }) };

        Assert.Equal(ExitCode.Success, await Replay("play", Capture, "--feed", Feed, "--audit", "--json", "--report", PathOf("R.json")));
        const string Expected = """{"level_images":40,"order_images":30,"derived_levels":20,"not_comparable":5,"differences":1,"reports":[{"channel":"zeta","instrument":12,"symbol":"ESH6","check":"level_image","packet_sequence":77,"book":"bid 1x1/1 ask","reference":"bid 2x1/1 ask"}]}""";
        Assert.Equal(Expected, Compact(Json(Out).GetProperty("audit")));
        Assert.Equal(Expected, Compact(Json(File.ReadAllText(PathOf("R.json"))).GetProperty("audit")));
        Assert.Equal("", Error);
    }

    [Fact]
    public async Task Progress_goes_to_standard_error_and_only_where_it_can_be_animated()
    {
        Rich = true;
        Assert.Equal(ExitCode.Success, await Replay("play", Capture, "--feed", Feed));

        Assert.Contains('\u001b', Error);
        Assert.DoesNotContain('\u001b', Out);
    }

    [Fact]
    public async Task Missing_capture_and_directory_fail_by_name()
    {
        Assert.Equal(ExitCode.Failure, await Replay("play", Capture, PathOf("none.pcap"), "--feed", Feed));
        Assert.Equal($"error: {PathOf("none.pcap")}: there is no such capture file\n", Error);
        Assert.Equal(ExitCode.Failure, await Replay("play", Folder, "--feed", Feed));
        Assert.EndsWith($"error: {Folder}: is a directory, not a capture file\n", Error, StringComparison.Ordinal);
        Assert.Null(Engine.Options);
    }

    [Fact]
    public async Task Broken_capture_fails_with_file_offset_and_reason_and_leaves_no_file()
    {
        var kept = Write("kept.csv", "from before");
        Engine = new FakeEngine { Outcome = () => Task.FromException<FeedResults>(new CaptureException("x.pcap", 24, "cut short")) };

        Assert.Equal(ExitCode.Failure, await Replay("play", Capture, "--feed", Feed, "--books", PathOf("B.csv"), "--orders", kept));

        Assert.Equal("error: x.pcap: at byte 24: cut short\n", Error);
        Assert.False(File.Exists(PathOf("B.csv")));
        Assert.Equal("from before", File.ReadAllText(kept));
    }

    [Fact]
    public async Task Capture_that_breaks_off_fails_but_leaves_what_came_before()
    {
        var cut = SampleResults.Create() with { CutShort = new CaptureException("x.pcap", 4096, "record cut") };
        Engine = new FakeEngine { Outcome = () => Task.FromResult(cut) };

        Assert.Equal(ExitCode.Failure, await Replay("play", Capture, "--feed", Feed, "--books", PathOf("B.csv"), "--json"));

        Assert.Equal("error: x.pcap: at byte 4096: record cut\n", Error);
        Assert.Contains("7587.5", File.ReadAllText(PathOf("B.csv")), StringComparison.Ordinal);
        Assert.Equal("x.pcap: at byte 4096: record cut", Json(Out).GetProperty("cut_short").GetString());
    }

    [Fact]
    public async Task Schema_that_the_pipeline_refuses_is_a_configuration_error()
    {
        Engine = new FakeEngine { OnStart = _ => throw new ConfigurationException("s.xml", "line 7", "<field> has no type") };

        Assert.Equal(ExitCode.Usage, await Replay("play", Capture, "--feed", Feed));
        Assert.Equal("error: s.xml: line 7: <field> has no type\n", Error);
    }

    [Fact]
    public async Task Defect_of_ours_says_so_with_its_trace()
    {
        Engine = new FakeEngine { OnStart = _ => throw new InvalidOperationException("oops") };

        Assert.Equal(ExitCode.Failure, await Replay("play", Capture, "--feed", Feed));
        Assert.StartsWith("error: unexpected System.InvalidOperationException: oops", Error, StringComparison.Ordinal);
    }

    [Theory]
    [InlineData("--speed", "fast")]
    [InlineData("--speed", "0")]
    [InlineData("--speed", "-1")]
    [InlineData("--speed", "NaN")]
    [InlineData("--shards", "0")]
    [InlineData("--shards", "65")]
    [InlineData("--shards", "two")]
    [InlineData("--recovery", "none")]
    [InlineData("--recovery", "Snapshot")]
    [InlineData("--channel", "nope")]
    [InlineData("--schema", "nope.xml")]
    [InlineData("--books", "")]
    [InlineData("--books", "no/such/folder/B.csv")]
    [InlineData("--report", "/")]
    [InlineData("--bogus", "1")]
    public async Task Unusable_option_is_named(string option, string value)
    {
        Assert.Equal(ExitCode.Usage, await Replay("play", Capture, "--feed", Feed, option, value));

        Assert.Contains(option == "--schema" ? value : option, Error, StringComparison.Ordinal);
        Assert.Null(Engine.Options);
    }

    [Theory]
    [InlineData("--feed", "play", "x.pcap")]
    [InlineData("CAPTURE|play", "play", "--feed", "f.json")]
    [InlineData("command", "")]
    [InlineData("ply", "ply")]
    [InlineData("--out", "generate", "cme")]
    public async Task Incomplete_command_line_says_what_is_missing_and_where_to_look(string named, params string[] args)
    {
        Assert.Equal(ExitCode.Usage, await Replay([.. args.Where(arg => arg.Length > 0)]));

        Assert.Matches(named, Error);
        Assert.Contains("--help'", Error, StringComparison.Ordinal);
        Assert.Equal("", Out);
    }

    [Fact]
    public async Task Feed_errors_name_file_and_key()
    {
        var feed = Write("bad.json", """{"channels":[{"name":"x","protocol":"cme-mdp3","incremental":{"a":"224.0.31.11"}}]}""");

        Assert.Equal(ExitCode.Usage, await Replay("play", Capture, "--feed", feed));
        Assert.Equal($"error: {feed}: channels[0].incremental.a: \"224.0.31.11\" has no port; write \"224.0.31.11:14320\"\n", Error);
    }

    [Fact]
    public async Task Output_over_an_input_or_over_another_output_is_refused()
    {
        Assert.Equal(ExitCode.Usage, await Replay("play", Capture, "--feed", Feed, "--books", Capture));
        Assert.EndsWith($"--books: {Capture} is already an input of this run\n", Error, StringComparison.Ordinal);
        Assert.Equal(ExitCode.Usage, await Replay("play", Capture, "--feed", Feed, "--books", PathOf("x"), "--orders", PathOf("./x")));
        Assert.EndsWith("is already the output of --books\n", Error, StringComparison.Ordinal);
        Assert.False(File.Exists(PathOf("x")));
    }

    [Fact]
    public async Task Longer_file_from_before_is_replaced_whole()
    {
        var books = Write("B.csv", new string('x', 10_000));

        Assert.Equal(ExitCode.Success, await Replay("play", Capture, "--feed", Feed, "--books", books));
        Assert.DoesNotContain("x", File.ReadAllText(books).Replace("outright", ""), StringComparison.Ordinal);
    }

    [Fact]
    public async Task Device_is_written_to_as_it_is()
    {
        Assert.Equal(ExitCode.Success, await Replay("play", Capture, "--feed", Feed, "--books", "/dev/null", "--orders", "/dev/null"));
        Assert.Equal("", Error);
    }

    [Fact]
    public async Task Interrupted_replay_writes_nothing()
    {
        Engine = new FakeEngine { RunsUntilStopped = true };
        using var interrupt = new CancellationTokenSource();
        var running = Replay(interrupt.Token, "play", Capture, "--feed", Feed, "--books", PathOf("B.csv"));
        await interrupt.CancelAsync();

        Assert.Equal(ExitCode.Interrupted, await running);
        Assert.Equal("interrupted\n", Error);
        Assert.Equal("", Out);
        Assert.False(File.Exists(PathOf("B.csv")));
    }

    [Fact]
    public async Task Help_teaches_with_examples()
    {
        Assert.Equal(ExitCode.Success, await Replay("play", "--help"));

        Assert.Contains("Examples:", Out, StringComparison.Ordinal);
        Assert.Contains("replay play day.pcapng --feed feed.json", Out, StringComparison.Ordinal);
    }

    private static JsonElement Json(string text) => JsonDocument.Parse(text).RootElement;

    private static string Compact(JsonElement element) => JsonSerializer.Serialize(element);
}
