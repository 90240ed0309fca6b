using System.Text.Json;
using FeedHandler.Cli;
using FeedHandler.Replay.Tests.EndToEnd;

namespace FeedHandler.Replay.Tests.Cli;

/// <summary><c>replay inspect</c> of the bundled captures.</summary>
public sealed class InspectTests : CommandLineFixture
{
    private static readonly string Demo = Pcaps.PathOf("demo.pcap");
    private static readonly string DemoFeed = Pcaps.PathOf("demo.feed.json");

    private JsonElement[] Packets => [.. Out.Split('\n', StringSplitOptions.RemoveEmptyEntries).Select(line => JsonDocument.Parse(line).RootElement)];

    [Fact]
    public async Task Every_packet_is_one_line_with_its_place_in_the_feed()
    {
        Assert.Equal(ExitCode.Success, await Replay("inspect", Demo, "--feed", DemoFeed, "--json"));

        var packets = Packets;
        Assert.Equal(MemorySource.Read(Demo).Count, packets.Length);
        Assert.Equal(Enumerable.Range(1, packets.Length), packets.Select(packet => packet.GetProperty("frame").GetInt32()));
        Assert.DoesNotContain(packets, packet => packet.TryGetProperty("error", out _));
        Assert.Equal(["a", "b"], packets.Select(packet => packet.GetProperty("line").GetString()).Distinct().Order());
        Assert.Equal(
            ["definitions", "incremental", "mboSnapshot", "snapshot"],
            packets.Select(packet => packet.GetProperty("feed").GetString()).Distinct().Order(StringComparer.Ordinal));
        Assert.EndsWith(" 0 errors\n", Error, StringComparison.Ordinal);
    }

    [Fact]
    public async Task Enums_and_sets_are_named_nulls_are_null_and_prices_are_decimals()
    {
        await Replay("inspect", Demo, "--feed", DemoFeed, "--json", "--filter", "message=MDIncrementalRefreshBook46", "--filter", "line=a");

        var messages = Packets.SelectMany(packet => packet.GetProperty("messages").EnumerateArray())
            .Where(message => message.GetProperty("template").GetInt32() == 46).Select(message => message.GetProperty("fields")).ToList();
        var entries = messages.SelectMany(fields => fields.GetProperty("NoMDEntries").EnumerateArray()).ToList();
        Assert.NotEmpty(entries);
        Assert.Contains(messages, fields => fields.GetProperty("MatchEventIndicator").EnumerateArray().Any(flag => flag.GetString() == "EndOfEvent"));
        Assert.Subset(
            new HashSet<string>(StringComparer.Ordinal) { "New", "Change", "Delete", "DeleteThru", "DeleteFrom", "Overlay" },
            entries.Select(entry => entry.GetProperty("MDUpdateAction").GetString()!).ToHashSet(StringComparer.Ordinal));
        Assert.Contains(entries, entry => entry.GetProperty("TradeableSize").ValueKind == JsonValueKind.Null);
        Assert.Contains(entries, entry => entry.GetProperty("MDEntryPx").ValueKind == JsonValueKind.Number && entry.GetProperty("MDEntryPx").GetDecimal() % 1 != 0);
    }

    [Fact]
    public async Task Schema_alone_finds_the_framing_and_says_the_same_of_every_message()
    {
        await Replay("inspect", Demo, "--feed", DemoFeed, "--json");
        var byFeed = Packets.Select(packet => packet.GetProperty("messages").GetRawText()).ToList();
        var before = Out.Length;
        var schema = Path.Combine(Pcaps.Folder, "..", "Codecs", "Schemas", "cme-mdp3.xml");
        Assert.Equal(ExitCode.Success, await Replay("inspect", Demo, "--schema", schema, "--json"));

        var bySchema = Out[before..].Split('\n', StringSplitOptions.RemoveEmptyEntries).Select(line => JsonDocument.Parse(line).RootElement.GetProperty("messages").GetRawText());
        Assert.Equal(byFeed, bySchema);
    }

    [Fact]
    public async Task Filters_must_all_hold()
    {
        await Replay("inspect", Demo, "--feed", DemoFeed, "--json", "--filter", "feed=incremental", "--filter", "line=b", "--filter", "sequence=1000");

        var packet = Assert.Single(Packets);
        Assert.Equal(1_000, packet.GetProperty("sequence").GetInt32());
        Assert.Equal("b", packet.GetProperty("line").GetString());
    }

    [Fact]
    public async Task Message_that_is_cut_short_is_an_error_in_its_packet_and_nowhere_else()
    {
        var bytes = await File.ReadAllBytesAsync(Demo, TestContext.Current.CancellationToken);
        // The first message of the first packet (pcap header 24, record header 16, frame headers 42, packet header 12) says it is longer than the packet.
        bytes[24 + 16 + 42 + 12 + 1] = 0xFF;
        var cut = PathOf("cut.pcap");
        await File.WriteAllBytesAsync(cut, bytes, TestContext.Current.CancellationToken);

        Assert.Equal(ExitCode.Success, await Replay("inspect", cut, "--feed", DemoFeed, "--json"));
        var packets = Packets;
        Assert.Equal(MemorySource.Read(Demo).Count, packets.Length);
        Assert.Contains("does not fit", packets[0].GetProperty("error").GetString(), StringComparison.Ordinal);
        Assert.Equal(1, packets.Count(packet => packet.TryGetProperty("error", out _)));
        Assert.EndsWith(" 1 errors\n", Error, StringComparison.Ordinal);
    }

    [Theory]
    [InlineData("name the feed", "inspect", "x.pcap")]
    [InlineData("NAME=VALUE", "inspect", "x.pcap", "--feed", "FEED", "--filter", "line")]
    [InlineData("memx", "inspect", "x.pcap", "--schema", "s.xml", "--framing", "nasdaq")]
    public async Task Usage_errors_say_what_is_missing(string said, params string[] args)
    {
        Assert.Equal(ExitCode.Usage, await Replay([.. args.Select(arg => arg == "FEED" ? DemoFeed : arg)]));
        Assert.Contains(said, Error, StringComparison.Ordinal);
        Assert.Equal("", Out);
    }
}
