using System.Text.Json;
using FeedHandler.Cli;

namespace FeedHandler.Replay.Tests.Cli;

/// <summary><c>replay generate</c> does what it says, or says why not.</summary>
public sealed class GenerateTests : CommandLineFixture
{
    [Theory]
    [InlineData("itch", "day.pcap.gz")]
    [InlineData("itch", "day.itch.zst")]
    [InlineData("itch", "day.pcapng")]
    [InlineData("cme", "day.pcap.GZ")]
    public async Task A_name_that_promises_another_format_is_refused(string venue, string name)
    {
        Assert.Equal(ExitCode.Usage, await Replay("generate", venue, "--out", PathOf(name)));
        Assert.StartsWith($"error: --out {name}: ", Error, StringComparison.Ordinal);
        Assert.False(File.Exists(PathOf(name)));
    }

    [Theory]
    [InlineData("--loss", "0.1")]
    [InlineData("--gap", "5:3")]
    [InlineData("--a-only")]
    public async Task A_raw_file_has_neither_lines_nor_packets_to_lose(params string[] option)
    {
        Assert.Equal(ExitCode.Usage, await Replay(["generate", "itch", "--messages", "1000", "--out", PathOf("day.itch"), .. option]));
        Assert.StartsWith($"error: {option[0]}: a raw file", Error, StringComparison.Ordinal);
        Assert.False(File.Exists(PathOf("day.itch")));
    }

    [Fact]
    public async Task The_bench_of_a_generated_day_prints_JSON_alone_to_stdout()
    {
        Assert.Equal(ExitCode.Success, await Replay("generate", "itch", "--messages", "5000", "--no-expected", "--out", PathOf("day.itch")));
        Assert.Equal(ExitCode.Success, await Replay("bench", "itch", PathOf("day.itch"), "--runs", "2", "--no-pipeline", "--json"));
        using var report = JsonDocument.Parse(Out);
        Assert.Equal(5_000, report.RootElement.GetProperty("messages").GetInt64());
        Assert.Equal(0, report.RootElement.GetProperty("contradictions").GetInt64());
        Assert.Equal(["walk", "walk, reading ahead", "decode", "decode + books, 1 thread", "naive books, 1 thread"], report.RootElement.GetProperty("stages").EnumerateArray().Select(stage => stage.GetProperty("name").GetString()));
    }
}
