using System.Globalization;
using System.IO.Compression;
using System.Net;
using System.Text.Json;
using System.Text.RegularExpressions;
using FeedHandler.Codecs;
using FeedHandler.Transport;

namespace FeedHandler.SharedData.Tests.Captures;

/// <summary>Real captures against what capinfos and tshark say of them (figures taken once, with Wireshark 4.0).</summary>
public partial class RealCaptureTests
{
    [Theory]
    [InlineData("cboe/mcastpitch_grp_useq.pcap", 42, 0, 0, 1409538351_934089000, 1409538360_308429000)]
    [InlineData("cboe/mcastpitch_spin_useq.pcap", 33, 0, 0, 1409538066_488119000, 1409538069_942861000)]
    [InlineData("cboe/mcastpitch_realtime_useq.pcap", 739, 739, 6567, 1409537199_282409000, 1409537605_081552000)]
    [InlineData("cme/mdp3-v8-5000x2.pcapng", 10000, 10000, 853000, 1475012773_473604083, 1475013630_177969575)]
    [InlineData("cme/mdp3-v8-statistics-with-gaps.pcap", 356, 356, 55392, 1475012820_003113000, 1475013630_003657000)]
    [InlineData("cme/mdp3-v8-volume-with-gaps.pcap", 112, 112, 19280, 1475013600_006206000, 1475013630_005641000)]
    [InlineData("cme/mdp3-v9-100.pcap", 100, 99, 45740, 1536760535_676700000, 1536760537_092981000)]
    [InlineData("iex/deep10-5000.pcap.gz", 5000, 5000, 1257125, 1696246474_224454000, 1696248032_418087000)]
    public void Packets_payload_bytes_and_times_are_those_of_tshark(
        string name, int packets, int datagrams, long payloadBytes, long firstTimeNs, long lastTimeNs)
    {
        var all = new List<Parsed>(ReadAll(SharedCaptures.PathOf(name)));
        Assert.Equal(packets, all.Count);
        Assert.Equal(datagrams, all.Count(one => one.Error == FrameError.None));
        Assert.All(all.Where(one => one.Error != FrameError.None), one => Assert.Equal(FrameError.NotUdp, one.Error));
        Assert.Equal(payloadBytes, all.Sum(one => (long)one.Datagram.PayloadLength));
        Assert.Equal((firstTimeNs, lastTimeNs), (all[0].TimeNs, all[^1].TimeNs));
    }

    [Theory]
    [InlineData("cboe/mcastpitch_realtime_useq.pcap", "cboe_mcastpitch_realtime.jsonl.gz", 739)]
    [InlineData("cme/mdp3-v8-5000x2.pcapng", "mdp3-v8-5000x2.jsonl.gz", 10000)]
    [InlineData("cme/mdp3-v9-100.pcap", "mdp3-v9-100.jsonl.gz", 100)]
    [InlineData("iex/deep10-5000.pcap.gz", "deep10-5000.jsonl.gz", 5000)]
    public void Every_packet_has_the_addresses_and_the_payload_size_that_wireshark_decoded(string name, string decode, int packets)
    {
        using var lines = new StreamReader(new GZipStream(File.OpenRead(Path.Combine(SharedCaptures.Folder, "decodes", decode)), CompressionMode.Decompress));
        int count = 0;
        foreach (Parsed one in ReadAll(SharedCaptures.PathOf(name)))
        {
            using JsonDocument line = JsonDocument.Parse(lines.ReadLine()!);
            JsonElement expected = line.RootElement;
            Assert.Equal(++count, expected.GetProperty("frame").GetInt32());
            if (expected.GetProperty("dport").ValueKind == JsonValueKind.Null)
            {
                // A router says hello (PIM) between the packets of the exchange.
                Assert.Equal(FrameError.NotUdp, one.Error);
                continue;
            }

            Assert.Equal(expected.GetProperty("src").GetString(), Text(one.Datagram.SourceAddress));
            Assert.Equal(expected.GetProperty("dst").GetString(), Text(one.Datagram.DestinationAddress));
            Assert.Equal(expected.GetProperty("dport").GetInt32(), one.Datagram.DestinationPort);
            string title = expected.GetProperty("tree")[0][1].GetString()!;
            Assert.Equal(int.Parse(PayloadSize().Match(title).Groups["bytes"].ValueSpan, CultureInfo.InvariantCulture), one.Datagram.PayloadLength);
        }

        Assert.Equal(packets, count);
        Assert.Null(lines.ReadLine());
    }

    [Fact]
    public void Every_single_message_capture_is_read_to_its_end()
    {
        string[] files = Directory.GetFiles(SharedCaptures.PathOf("single-message"), "*.pcap", SearchOption.AllDirectories);
        var errors = files.SelectMany(ReadAll).GroupBy(one => one.Error).ToDictionary(group => group.Key, group => group.Count());
        Assert.Equal(167, files.Length);
        Assert.Equal(new Dictionary<FrameError, int> { [FrameError.None] = 330, [FrameError.NotUdp] = 25 }, errors);
    }

    [Fact]
    public void Merge_of_two_captures_has_all_packets_of_each_in_their_order()
    {
        // Time stamps in these files step back by up to ten microseconds where lines A and B interleave.
        string[] paths = [SharedCaptures.PathOf("cme/mdp3-v8-5000x2.pcapng"), SharedCaptures.PathOf("cme/mdp3-v8-statistics-with-gaps.pcap")];
        using ICaptureSource source = CaptureSource.OpenAll(paths);
        List<Parsed> merged = ReadAll(source);
        List<Parsed> first = ReadAll(paths[0]);
        List<Parsed> second = ReadAll(paths[1]);
        Assert.Equal(first.Count + second.Count, merged.Count);
        int fromFirst = 0;
        int fromSecond = 0;
        foreach (Parsed one in merged)
        {
            bool isFirst = fromSecond == second.Count
                || (fromFirst < first.Count && first[fromFirst].TimeNs <= second[fromSecond].TimeNs);
            Assert.Equal(isFirst ? first[fromFirst++] : second[fromSecond++], one);
        }
    }

    private static string Text(uint address) => new IPAddress(BitConverter.GetBytes(IPAddress.HostToNetworkOrder((int)address))).ToString();

    private static List<Parsed> ReadAll(string path)
    {
        using CaptureSource source = CaptureSource.Open(path);
        return ReadAll(source);
    }

    private static unsafe List<Parsed> ReadAll(IFrameSource source)
    {
        var all = new List<Parsed>();
        var frames = new Frame[32];
        while (!source.IsEnded)
        {
            int count = source.Poll(frames);
            foreach (ref readonly Frame frame in frames.AsSpan(0, count))
            {
                FrameError error = FrameParser.TryParse(frame.Link, new ReadOnlySpan<byte>(frame.Data, frame.Length), out UdpDatagram datagram);
                all.Add(new Parsed(error, datagram, frame.ReceiveTimeNs));
            }
        }

        return all;
    }

    [GeneratedRegex(@"\((?<bytes>\d+) Bytes\)", RegexOptions.None, matchTimeoutMilliseconds: 1000)]
    private static partial Regex PayloadSize();

    private sealed record Parsed(FrameError Error, UdpDatagram Datagram, long TimeNs);
}
