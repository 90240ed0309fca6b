using System.Buffers.Binary;
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

    [Fact]
    public async Task Tcp_segments_of_whole_messages_are_inspected_and_pieces_are_counted()
    {
        // The first packet's messages in a segment, behind 0xCAFE; then the same, cut.
        var udp = await File.ReadAllBytesAsync(Demo, TestContext.Current.CancellationToken);
        var payload = udp.AsSpan(24 + 16 + 42, BinaryPrimitives.ReadInt32LittleEndian(udp.AsSpan(24 + 8)) - 42).ToArray();
        var whole = (byte[])[0xFE, 0xCA, .. payload];
        var capture = PathOf("tcp.pcap");
        await File.WriteAllBytesAsync(capture, [.. udp.AsSpan(0, 24), .. TcpRecord(whole), .. TcpRecord(whole[..^1])], TestContext.Current.CancellationToken);
        var schema = Path.Combine(Pcaps.Folder, "..", "Codecs", "Schemas", "cme-mdp3.xml");

        await Replay("inspect", Demo, "--schema", schema, "--json");
        var expected = Packets[0].GetProperty("messages").GetRawText();
        var before = Out.Length;
        Assert.Equal(ExitCode.Success, await Replay("inspect", capture, "--schema", schema, "--json"));
        Assert.Equal(expected, JsonDocument.Parse(Out[before..]).RootElement.GetProperty("messages").GetRawText());
        Assert.EndsWith("1 TCP segments that do not hold whole messages, 0 errors\n", Error, StringComparison.Ordinal);
    }

    [Fact]
    public async Task Packet_without_messages_is_no_error()
    {
        var udp = await File.ReadAllBytesAsync(Demo, TestContext.Current.CancellationToken);
        var capture = PathOf("empty.pcap");

        // The packet header of the feed alone: 12 bytes behind the 42 of the frame.
        var frame = udp.AsSpan(24 + 16, 42 + 12).ToArray();
        BinaryPrimitives.WriteUInt16BigEndian(frame.AsSpan(16), 20 + 8 + 12);
        BinaryPrimitives.WriteUInt16BigEndian(frame.AsSpan(38), 8 + 12);
        await File.WriteAllBytesAsync(capture, [.. udp.AsSpan(0, 24), .. Record(frame)], TestContext.Current.CancellationToken);
        Assert.Equal(ExitCode.Success, await Replay("inspect", capture, "--schema", Path.Combine(Pcaps.Folder, "..", "Codecs", "Schemas", "cme-mdp3.xml"), "--json"));
        Assert.Empty(Assert.Single(Packets).GetProperty("messages").EnumerateArray());
        Assert.EndsWith(" 0 errors\n", Error, StringComparison.Ordinal);
    }

    private static byte[] TcpRecord(byte[] payload)
    {
        var frame = new byte[14 + 20 + 20 + payload.Length];
        frame[12] = 0x08;
        frame[14] = 0x45;
        frame[14 + 9] = 6;
        frame[14 + 20 + 12] = 0x50;
        BinaryPrimitives.WriteUInt16BigEndian(frame.AsSpan(16), (ushort)(frame.Length - 14));
        payload.CopyTo(frame, 14 + 20 + 20);
        return Record(frame);
    }

    private static byte[] Record(byte[] frame)
    {
        var record = new byte[16 + frame.Length];
        BinaryPrimitives.WriteInt32LittleEndian(record.AsSpan(8), frame.Length);
        BinaryPrimitives.WriteInt32LittleEndian(record.AsSpan(12), frame.Length);
        frame.CopyTo(record, 16);
        return record;
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
