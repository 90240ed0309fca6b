using System.Buffers.Binary;
using System.Text.Json;
using FeedHandler.Actors;
using FeedHandler.Codecs;
using FeedHandler.Replay.Tests.EndToEnd;
using FeedHandler.SharedData.Tests.Captures;
using FeedHandler.Transport;

namespace FeedHandler.SharedData.Tests.Cme;

/// <summary>Real CME captures through the whole pipeline.</summary>
public sealed class CmeBookTests : IDisposable
{
    private const string V8 = "cme/mdp3-v8-5000x2.pcapng";

    private const string V8Feed =
        """{"channels":[{"name":"cme-310","protocol":"cme-mdp3","schema":"SCHEMA","incremental":{"a":"224.0.31.11:14320","b":"224.0.32.11:15320"}}]}""";

    private readonly DirectoryInfo _folder = Directory.CreateTempSubdirectory("cme-");

    public void Dispose() => _folder.Delete(recursive: true);

    [Fact]
    public async Task Both_lines_of_5000_packets_give_every_message_of_each_instrument_once()
    {
        var results = await Play([V8], Feed(V8Feed, "1.8"));
        using var summary = JsonDocument.Parse(File.ReadAllText(Path.Combine(SharedCaptures.Folder, "expected", "mdp3-v8-5000x2.summary.json")));
        var expected = summary.RootElement;

        var channel = Assert.Single(results.Channels);
        Assert.Equal(5_000, channel.Lines.Sum(line => line.Used));
        Assert.Equal(5_000, channel.Lines.Sum(line => line.Duplicates));
        Assert.Equal([expected.GetProperty("first_arrival").GetProperty("A").GetInt64(), expected.GetProperty("first_arrival").GetProperty("B").GetInt64()], channel.Lines.Select(line => line.Used));
        Assert.Empty(results.Gaps);
        Assert.Empty(channel.Malformed);
        Assert.Equal(0, channel.Unknown);
        Assert.Equal(
            expected.GetProperty("templates").EnumerateObject().ToDictionary(t => t.Name, t => t.Value.GetInt64()),
            channel.Messages.ToDictionary(message => message.Template, message => message.Count));

        // Status messages name instruments that never trade or have a book; the summary counts those with numbered entries.
        var numbered = results.Instruments.Where(i => i.LastSequence != 0).ToDictionary(i => i.Instrument);
        Assert.Equal(expected.GetProperty("n_securities").GetInt32(), numbered.Count);
        foreach (var security in expected.GetProperty("securities").EnumerateObject())
        {
            var instrument = numbered[uint.Parse(security.Name)];
            Assert.Equal(
                (security.Name, security.Value.GetProperty("last_rpt").GetInt64(), security.Value.GetProperty("trades").GetInt64(), security.Value.GetProperty("trade_qty").GetInt64(), security.Value.GetProperty("rpt_breaks").GetInt32()),
                (security.Name, instrument.LastSequence, instrument.Trades, instrument.TradeVolume, instrument.Gaps));
            Assert.Equal(BookState.Stale, instrument.State);
        }
    }

    [Theory]
    [InlineData(2, null)]
    [InlineData(5, null)]
    [InlineData(3, 5_000.0)]
    public async Task Shards_and_speed_do_not_change_the_real_books(int shards, double? speed)
    {
        var once = await Play([V8], Feed(V8Feed, "1.8"), RecoveryMode.Natural);
        var other = await Play([V8], Feed(V8Feed, "1.8"), RecoveryMode.Natural, shards, speed);
        Assert.Equal(BooksDigest.Compute(once), BooksDigest.Compute(other));
        Assert.Equal(once.OrderedInstruments(), other.OrderedInstruments());
        Assert.True(once.Levels.Count > 100);
    }

    [Fact]
    public void Real_books_in_natural_mode_equal_the_naive_ones_at_the_end_of_every_packet()
    {
        var frames = MemorySource.Read(SharedCaptures.PathOf(V8));
        var told = new Dictionary<uint, Dictionary<uint, string>>();
        using var pipeline = new DirectPipeline<PacketBooks>(Feed(V8Feed, "1.8"), new MemorySource(frames), new PacketBooks(told), recovery: RecoveryMode.Natural).Run();

        var packets = new SortedDictionary<uint, byte[]>();
        foreach (var (bytes, _, link) in frames)
        {
            Assert.Equal(FrameError.None, FrameParser.TryParse(link, bytes, out var datagram));
            var payload = bytes[datagram.PayloadOffset..(datagram.PayloadOffset + datagram.PayloadLength)];
            packets.TryAdd(BinaryPrimitives.ReadUInt32LittleEndian(payload), payload);
        }

        var reference = new ReferenceBook();
        var last = new Dictionary<uint, string>();
        var levels = 0;
        foreach (var (sequence, packet) in packets)
        {
            reference.Apply(packet);
            foreach (var (id, text) in told.GetValueOrDefault(sequence) ?? []) last[id] = text;
            foreach (var (id, instrument) in reference.Instruments)
            {
                var expected = BookText.Of(instrument);
                var actual = last.GetValueOrDefault((uint)id, " |  |  |  |  | ");
                if (expected != actual) Assert.Fail($"packet {sequence}, instrument {id}:\nnaive {expected}\nbook  {actual}");
                levels += expected.Count(c => c == 'x');
            }
        }

        Assert.True(levels > 100_000, $"{levels}");
        Assert.Equal(0, pipeline.Instruments.Sum(i => i.Gaps));
        Assert.Contains(pipeline.Instruments, i => i.LevelState == BookState.NaturallyRefreshed);
        Assert.DoesNotContain(pipeline.Instruments, i => i.LevelState == BookState.Live);
    }

    [Theory]
    [InlineData("cme/mdp3-v8-statistics-with-gaps.pcap")]
    [InlineData("cme/mdp3-v8-volume-with-gaps.pcap")]
    public async Task A_filtered_capture_has_the_gaps_of_the_union_of_its_lines_and_is_never_Live(string name)
    {
        var present = new SortedSet<uint>(Payloads(name).Select(packet => packet.Sequence));
        var expected = present.Zip(present.Skip(1)).Where(pair => pair.Second != pair.First + 1).Select(pair => ((ulong)pair.First + 1, (ulong)pair.Second)).ToList();
        Assert.NotEmpty(expected);

        var results = await Play([name], Feed(V8Feed, "1.8"));
        Assert.Equal(expected, results.OrderedGaps().Select(gap => (gap.From, gap.To)));
        Assert.Equal(present.Count, results.Channels[0].Lines.Sum(line => line.Used));
        Assert.All(results.Instruments, i => Assert.NotEqual(BookState.Live, i.State));
    }

    /// <summary>The complete capture has pauses, too: the venue's heartbeats end them after 30 s, and nothing is ever silent.</summary>
    [Theory]
    [InlineData(V8, 0)]
    [InlineData("cme/mdp3-v8-statistics-with-gaps.pcap", 1)]
    [InlineData("cme/mdp3-v8-volume-with-gaps.pcap", 0)]
    public async Task A_channel_is_silent_where_neither_line_has_a_packet_for_longer_than_heartbeats_are_apart(string name, int atLeast)
    {
        var limitNs = ChannelReceivers.DefaultSilenceSeconds(FeedProtocol.CmeMdp3) * 1_000_000_000L;
        var times = MemorySource.Read(SharedCaptures.PathOf(name)).ConvertAll(frame => frame.TimeNs);
        var pauses = times.Zip(times.Skip(1)).Select(pair => pair.Second - pair.First).ToList();
        if (name == V8) Assert.InRange(pauses.Max(), 30_000_000_000L, 30_001_000_000L);

        var channel = Assert.Single((await Play([name], Feed(V8Feed, "1.8"))).Channels);
        Assert.Equal((pauses.Count(pause => pause >= limitNs), 0L), ((int)channel.Silences, channel.Anomalies["line_silences"]));
        Assert.InRange(channel.Silences, atLeast, long.MaxValue);
        Assert.Equal(pauses.Where(pause => pause >= limitNs).Sum() / 1e9, channel.SilentSeconds, tolerance: 0.001);
    }

    /// <summary>Nine channels, found by their addresses: line B is line A's group plus 127, port plus 1000.</summary>
    [Fact]
    public async Task Market_by_order_of_nine_channels_runs()
    {
        const string Name = "cme/mdp3-v9-100.pcap";
        var groups = Payloads(Name).GroupBy(packet => (packet.Group, packet.Port)).ToDictionary(g => g.Key, g => g.Select(p => p.Sequence).ToHashSet());
        var channels = groups.Keys.Where(key => groups.ContainsKey((key.Group + 127, (ushort)(key.Port + 1_000)))).OrderBy(key => key.Port).ToList();
        Assert.Equal(9, channels.Count);
        Assert.Equal(18, groups.Count);
        var json = string.Join(',', channels.Select(a =>
            $$"""{"name":"c{{a.Port}}","protocol":"cme-mdp3","schema":"SCHEMA","incremental":{"a":"{{Text(a.Group)}}:{{a.Port}}","b":"{{Text(a.Group + 127)}}:{{a.Port + 1_000}}"} }"""));
        var results = await Play([Name], Feed($$"""{"channels":[{{json}}]}""", "1.9"), RecoveryMode.Natural);

        for (var i = 0; i < channels.Count; i++)
        {
            var (group, port) = channels[i];
            var union = groups[(group, port)].Union(groups[(group + 127, (ushort)(port + 1_000))]).ToHashSet();
            Assert.Equal((int)(union.Max() - union.Min() + 1), union.Count);
            Assert.Equal((results.Channels[i].Name, union.Count), (results.Channels[i].Name, (int)results.Channels[i].Lines.Sum(line => line.Used)));
            Assert.Empty(results.Channels[i].Malformed);
            Assert.Equal(0, results.Channels[i].Unknown);
        }

        Assert.Empty(results.Gaps);
        Assert.True(results.Channels.Sum(c => c.Messages.Where(m => m.Template is "46" or "47").Sum(m => m.Count)) > 50);
        Assert.True(results.Orders.Count > 50, $"{results.Orders.Count} orders");
        Assert.All(results.Instruments, i => Assert.Equal(0, i.Gaps));

        // Each channel's orders are those of a naive book that saw the same packets, and say what they are.
        for (var i = 0; i < channels.Count; i++)
        {
            var (group, port) = channels[i];
            var reference = new ReferenceBook();
            foreach (var (_, payload) in PayloadsOf(Name, (group, port), (group + 127, (ushort)(port + 1_000)))) reference.Apply(payload);
            var ours = results.OrderedOrders().Where(order => order.Channel == i).GroupBy(order => order.Instrument).ToDictionary(g => g.Key, g => g.ToList());
            Assert.All(ours.Values.SelectMany(orders => orders), order => Assert.Equal(BookState.NaturallyRefreshed, order.State));
            foreach (var (id, instrument) in reference.Instruments)
            {
                var orders = ours.GetValueOrDefault((uint)id, []);
                Assert.Equal((i, id, instrument.OrderText('0')), (i, id, Orders(orders, BookSide.Bid)));
                Assert.Equal((i, id, instrument.OrderText('1')), (i, id, Orders(orders, BookSide.Ask)));
            }

            Assert.Empty(ours.Keys.Except(reference.Instruments.Keys.Select(id => (uint)id)));
        }

        Assert.InRange(results.Orders.Select(order => order.Channel).Distinct().Count(), 7, 9);

        // Joined in mid-session and without snapshots, no book of any channel says more than that it is not right.
        var waiting = await Play([Name], Feed($$"""{"channels":[{{json}}]}""", "1.9"));
        for (var i = 0; i < channels.Count; i++)
        {
            Assert.Contains(waiting.Instruments, instrument => instrument.Channel == i);
            Assert.All(waiting.Instruments.Where(instrument => instrument.Channel == i), instrument => Assert.Equal((i, instrument.Instrument, BookState.Stale), (i, instrument.Instrument, instrument.State)));
        }
    }

    private static string Orders(IEnumerable<RestingOrderResult> orders, BookSide side) =>
        string.Join(' ', orders.Where(order => order.Side == side).Select(order => $"{order.OrderId}:{ReferenceInstrument.Text(order.Price * 1e-9m, order.Quantity, 0)}"));

    /// <summary>The packets of a channel, each once and in order.</summary>
    private static SortedDictionary<uint, byte[]> PayloadsOf(string name, params (uint Group, ushort Port)[] lines)
    {
        var packets = new SortedDictionary<uint, byte[]>();
        foreach (var (bytes, _, link) in MemorySource.Read(SharedCaptures.PathOf(name)))
        {
            if (FrameParser.TryParse(link, bytes, out var datagram) != FrameError.None || !lines.Contains((datagram.DestinationAddress, datagram.DestinationPort))) continue;
            var payload = bytes[datagram.PayloadOffset..(datagram.PayloadOffset + datagram.PayloadLength)];
            packets.TryAdd(BinaryPrimitives.ReadUInt32LittleEndian(payload), payload);
        }

        return packets;
    }

    private static string Text(uint group) => $"{group >> 24}.{(group >> 16) & 255}.{(group >> 8) & 255}.{group & 255}";

    private static IEnumerable<(uint Group, ushort Port, uint Sequence)> Payloads(string name)
    {
        foreach (var (bytes, _, link) in MemorySource.Read(SharedCaptures.PathOf(name)))
        {
            if (FrameParser.TryParse(link, bytes, out var datagram) != FrameError.None) continue;
            yield return (datagram.DestinationAddress, datagram.DestinationPort, BinaryPrimitives.ReadUInt32LittleEndian(bytes.AsSpan(datagram.PayloadOffset)));
        }
    }

    private FeedDefinition Feed(string json, string version)
    {
        var path = Path.Combine(_folder.FullName, "feed.json");
        var schema = Path.Combine(SharedCaptures.Folder, "schemas", "cme", $"Cme.Futures.Mdp3.Sbe.v{version}.xml");
        File.WriteAllText(path, json.Replace("SCHEMA", schema, StringComparison.Ordinal));
        return FeedFile.Load(path);
    }

    private static async Task<FeedResults> Play(string[] names, FeedDefinition feed, RecoveryMode recovery = RecoveryMode.Snapshot, int shards = 1, double? speed = null)
    {
        using var run = new FeedEngine().Start(new FeedRunOptions { Feed = feed, Captures = [.. names.Select(SharedCaptures.PathOf)], Recovery = recovery, Shards = shards, Speed = speed });
        return await run.Completion;
    }
}
