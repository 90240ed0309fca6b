using System.Diagnostics;
using System.Net;
using System.Net.Sockets;
using FeedHandler.Codecs;
using FeedHandler.Replay.Send;
using FeedHandler.Replay.Tests.Cli;
using FeedHandler.Replay.Tests.Live;
using FeedHandler.Transport;

namespace FeedHandler.Replay.Tests.Send;

/// <summary><c>replay send</c> over the loopback interface, as a plain user.</summary>
public sealed class SendTests : CommandLineFixture
{
    private static readonly string Pcap = Path.Combine(LiveFeed.Pcaps, "cme-reset.pcap");

    [Fact]
    public async Task Packets_of_a_mapped_line_arrive_in_order_and_the_others_go_elsewhere()
    {
        var line = FeedFile.Load(Path.Combine(LiveFeed.Pcaps, "cme-reset.feed.json")).Channels[0].Incremental.A;
        var to = new LineAddress(0xEF4D_0201, FreePort());
        using var source = new UdpMulticastSource([to], new UdpMulticastOptions { Interface = "lo" });
        var received = Task.Run(() => Receive(source, Payloads(line)));
        Assert.Equal(0, await Replay("send", Pcap, "--interface", "lo", "--pps", "20000", "--map", $"{line}={to}"));
        Assert.Equal(Payloads(line), await received);
        Assert.Matches(@"^sent [\d,]+ packets in .* s: [\d,]+ packets/s, .* Mbit/s, at most .* ms late", Out);
    }

    [Theory]
    [InlineData("1.1.1.1", "\"1.1.1.1\" is not FROM=TO")]
    [InlineData("1.1.1.1:5=1.1.1.2", "either both sides have a port, or none")]
    [InlineData("1.1.1.1=x", "\"x\" is not an IPv4 address")]
    public async Task Mistakes_of_a_map_are_explained(string map, string expected)
    {
        Assert.Equal(2, await Replay("send", Pcap, "--interface", "lo", "--map", map));
        Assert.Contains(expected, Error, StringComparison.Ordinal);
    }

    [Fact]
    public async Task Interface_that_is_not_there_is_a_failure_that_names_those_that_are()
    {
        Assert.Equal(1, await Replay("send", Pcap, "--interface", "nope0"));
        Assert.Contains("there is no interface 'nope0'; there are: ", Error, StringComparison.Ordinal);
    }

    [Fact]
    public async Task Speed_and_rate_exclude_each_other()
    {
        Assert.Equal(2, await Replay("send", Pcap, "--interface", "lo", "--speed", "2", "--pps", "5"));
        Assert.Contains("--speed and --pps: one of them", Error, StringComparison.Ordinal);
    }

    [Fact]
    public void Due_times_come_from_the_start_alone()
    {
        var even = new SendPace(null, 1000);
        Assert.Equal([0, Stopwatch.Frequency, 3600 * Stopwatch.Frequency], ((long[])[0, 1000, 3_600_000]).Select(index => even.DueTicks(index, sinceFirstNs: 77)));
        var recorded = new SendPace(10, null);
        Assert.Equal(Stopwatch.Frequency / 2, recorded.DueTicks(index: 12, sinceFirstNs: 5_000_000_000));
        Assert.True(default(SendPace).IsMax);
    }

    [Fact]
    public void Address_with_a_port_goes_before_the_address_alone()
    {
        var map = new AddressMap();
        Assert.Null(map.Add("239.1.1.1=239.2.2.2"));
        Assert.Null(map.Add("239.1.1.1:5=239.3.3.3:6"));
        Assert.NotNull(map.Add("239.1.1.1=239.9.9.9"));
        Assert.Equal((0xEF03_0303u, (ushort)6), map.Map(0xEF01_0101, 5));
        Assert.Equal((0xEF02_0202u, (ushort)7), map.Map(0xEF01_0101, 7));
        Assert.Equal((0xEF04_0404u, (ushort)5), map.Map(0xEF04_0404, 5));
    }

    private static unsafe List<string> Payloads(LineAddress line)
    {
        using var capture = CaptureSource.OpenAll([Pcap]);
        var payloads = new List<string>();
        var frames = new Frame[1];
        while (!capture.IsEnded)
        {
            if (capture.Poll(frames) == 0) continue;
            var bytes = new ReadOnlySpan<byte>(frames[0].Data, frames[0].Length);
            Assert.Equal(FrameError.None, FrameParser.TryParse(frames[0].Link, bytes, out var datagram));
            if ((datagram.DestinationAddress, datagram.DestinationPort) == (line.Group, line.Port))
                payloads.Add(Convert.ToHexString(bytes.Slice(datagram.PayloadOffset, datagram.PayloadLength)));
        }

        return payloads;
    }

    private static unsafe List<string> Receive(UdpMulticastSource source, List<string> expected)
    {
        var payloads = new List<string>();
        var frames = new Frame[8];
        var watch = Stopwatch.StartNew();
        while (payloads.Count < expected.Count)
        {
            Assert.True(watch.Elapsed < TimeSpan.FromSeconds(30), $"{payloads.Count} of {expected.Count} came; lost {source.Dropped}");
            var count = source.Poll(frames);
            foreach (ref readonly var frame in frames.AsSpan(0, count)) payloads.Add(Convert.ToHexString(new ReadOnlySpan<byte>(frame.Data, frame.Length)));
            if (count == 0) Thread.Yield();
        }

        return payloads;
    }

    private static ushort FreePort()
    {
        using var socket = new Socket(AddressFamily.InterNetwork, SocketType.Dgram, ProtocolType.Udp);
        socket.Bind(new IPEndPoint(IPAddress.Any, 0));
        return (ushort)((IPEndPoint)socket.LocalEndPoint!).Port;
    }
}
