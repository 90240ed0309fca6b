using System.Diagnostics;
using System.Net.Sockets;
using FeedHandler.Codecs;

namespace FeedHandler.Transport.Tests.Sources;

/// <summary>Real kernel sockets over loopback, as a plain user.</summary>
public class UdpMulticastTests
{
    private const uint Loopback = 127u << 24 | 1;
    private const uint Group = 239u << 24 | 77 << 16;
    private static readonly UdpMulticastOptions OnLoopback = new() { Interface = "lo" };

    [Fact]
    public void Thousand_datagrams_arrive_in_order_with_addresses_and_time()
    {
        ushort port = FreePort();
        using var source = new UdpMulticastSource([new LineAddress(Group + 1, port)], OnLoopback);
        using var sender = new UdpMulticastSender("127.0.0.1");
        var random = new Random(1);
        var expected = new List<string>();
        var got = new List<string>();
        long lastNs = NowNs();
        // In bursts that fit the socket buffer a plain user gets on any host.
        for (int burst = 0; burst < 40; burst++)
        {
            for (int n = 0; n < 25; n++)
            {
                var payload = new byte[n == 7 ? 9000 : random.Next(1, 1472)];
                random.NextBytes(payload);
                expected.Add(Convert.ToHexString(payload));
                sender.Send(Group + 1, port, payload);
            }

            Receive(source, 25, frame =>
            {
                got.Add(CaptureFiles.Copy(frame).Hex);
                Assert.Equal((LinkType.UdpPayload, Group + 1, port), (frame.Link, frame.DestinationAddress, frame.DestinationPort));
                Assert.Equal(Loopback, frame.SourceAddress);
                Assert.InRange(frame.ReceiveTimeNs, lastNs, NowNs());
                lastNs = frame.ReceiveTimeNs;
            });
        }

        Assert.Equal(1000, got.Count);
        Assert.Equal(expected, got);
        Assert.Equal((0, 0), (source.Dropped, source.Errors));
    }

    [Fact]
    public void More_groups_than_a_socket_may_join_get_more_sockets()
    {
        ushort port = FreePort();
        LineAddress[] lines = [.. Enumerable.Range(0, 45).Select(n => new LineAddress(Group + 100 + (uint)n, port))];
        using var source = new UdpMulticastSource(lines, OnLoopback);
        Assert.Equal(3, source.SocketCount);
        using var sender = new UdpMulticastSender("lo");
        foreach (LineAddress line in lines)
            sender.Send(line.Group, port, BitConverter.GetBytes(line.Group));
        var got = new HashSet<uint>();
        Receive(source, lines.Length, frame =>
        {
            Assert.Equal(CaptureFiles.Copy(frame).Hex, Convert.ToHexString(BitConverter.GetBytes(frame.DestinationAddress)));
            Assert.True(got.Add(frame.DestinationAddress), "a datagram came twice");
        });
        Assert.Equal(lines.Select(line => line.Group).Order(), got.Order());
    }

    [Fact]
    public void Groups_that_another_socket_of_the_host_joined_are_not_received()
    {
        ushort port = FreePort();
        using var other = new UdpMulticastSource([new LineAddress(Group + 3, port)], OnLoopback);
        using var source = new UdpMulticastSource([new LineAddress(Group + 4, port)], OnLoopback);
        using var sender = new UdpMulticastSender("lo");
        sender.Send(Group + 3, port, [3]);
        sender.Send(Group + 4, port, [4]);
        Receive(source, 1, frame => Assert.Equal("04", CaptureFiles.Copy(frame).Hex));
        Assert.Equal(0, source.Poll(new Frame[4]));
        Receive(other, 1, frame => Assert.Equal("03", CaptureFiles.Copy(frame).Hex));
    }

    [Fact]
    public void Line_with_a_source_takes_datagrams_of_that_source_only()
    {
        ushort port = FreePort();
        using var right = new UdpMulticastSource([new LineAddress(Group + 5, port, Loopback)], OnLoopback);
        using var wrong = new UdpMulticastSource([new LineAddress(Group + 5, port, (10u << 24) + 1)], OnLoopback);
        using var sender = new UdpMulticastSender("lo");
        sender.Send(Group + 5, port, [5]);
        Receive(right, 1, frame => Assert.Equal(Loopback, frame.SourceAddress));
        Assert.Equal(0, wrong.Poll(new Frame[4]));
    }

    [Fact]
    public void Lines_on_several_ports_are_told_apart_and_unicast_needs_no_join()
    {
        ushort first = FreePort();
        ushort second = FreePort();
        using var source = new UdpMulticastSource([new LineAddress(Group + 6, first), new LineAddress(Loopback, second)], OnLoopback);
        using var sender = new UdpMulticastSender("lo");
        sender.Send(Group + 6, first, [1]);
        sender.Send(Loopback, second, [2]);
        var got = new List<(uint, ushort, string)>();
        Receive(source, 2, frame => got.Add((frame.DestinationAddress, frame.DestinationPort, CaptureFiles.Copy(frame).Hex)));
        Assert.Equal([(Loopback, second, "02"), (Group + 6, first, "01")], got.Order());
    }

    [Fact]
    public void Datagrams_that_the_kernel_lost_are_counted_exactly()
    {
        const int sent = 2000;
        ushort port = FreePort();
        using var source = new UdpMulticastSource([new LineAddress(Group + 7, port)], OnLoopback with { ReceiveBufferBytes = 64 * 1024 });
        using var sender = new UdpMulticastSender("lo");
        var payload = new byte[1000];
        for (int n = 0; n < sent; n++)
            sender.Send(Group + 7, port, payload);
        int received = Drain(source);
        Assert.InRange(received, 1, sent - 1);
        // The count rides on datagrams that are queued after the loss.
        sender.Send(Group + 7, port, payload);
        received += Drain(source);
        Assert.Equal(sent + 1, received + source.Dropped);
    }

    [Fact]
    public void Polling_and_sending_allocate_nothing()
    {
        ushort port = FreePort();
        using var source = new UdpMulticastSource([new LineAddress(Group + 8, port)], OnLoopback);
        using var sender = new UdpMulticastSender("lo");
        var payload = new byte[100];
        var frames = new Frame[UdpMulticastSource.MaxBatch];
        int received = 0;
        long before = 0;
        for (int n = 0; n < 400; n++)
        {
            if (n == 200)
                before = GC.GetAllocatedBytesForCurrentThread();
            sender.Send(Group + 8, port, payload);
            received += source.Poll(frames);
        }

        Assert.Equal(0, GC.GetAllocatedBytesForCurrentThread() - before);
        Assert.True(received > 300);
    }

    [Fact]
    public void Unknown_interface_is_an_error_that_lists_those_there_are()
    {
        var error = Assert.Throws<ArgumentException>(() => new UdpMulticastSource([new LineAddress(Group, 1)], new UdpMulticastOptions { Interface = "nope0" }));
        Assert.Contains("there is no interface 'nope0'; there are: ", error.Message, StringComparison.Ordinal);
        Assert.Contains("lo (127.0.0.1)", error.Message, StringComparison.Ordinal);
    }

    [Fact]
    public void Group_that_cannot_be_joined_is_named()
    {
        // The kernel takes 10 sources for a group by default (net.ipv4.igmp_max_msf).
        ushort port = FreePort();
        LineAddress[] lines = [.. Enumerable.Range(1, 2000).Select(n => new LineAddress(Group + 9, port, (10u << 24) + (uint)n))];
        var error = Assert.Throws<SocketException>(() => new UdpMulticastSource(lines, OnLoopback));
        Assert.Contains("join of 239.77.0.9:", error.Message, StringComparison.Ordinal);
        Assert.Contains("igmp_max_msf", error.Message, StringComparison.Ordinal);
    }

    private static void Receive(UdpMulticastSource source, int wanted, Action<Frame> onFrame)
    {
        var frames = new Frame[10];
        var watch = Stopwatch.StartNew();
        for (int received = 0; received < wanted;)
        {
            Assert.True(watch.Elapsed < TimeSpan.FromSeconds(10), $"{received} of {wanted} came; kernel dropped {source.Dropped}");
            int count = source.Poll(frames);
            received += count;
            Assert.True(received <= wanted, "more came than was sent");
            for (int i = 0; i < count; i++)
                onFrame(frames[i]);
        }
    }

    private static int Drain(UdpMulticastSource source)
    {
        var frames = new Frame[10];
        int received = 0;
        for (int count = source.Poll(frames); count > 0; count = source.Poll(frames))
            received += count;
        return received;
    }

    private static long NowNs() => (DateTime.UtcNow - DateTime.UnixEpoch).Ticks * 100;

    private static ushort FreePort()
    {
        using var socket = new Socket(AddressFamily.InterNetwork, SocketType.Dgram, ProtocolType.Udp);
        socket.Bind(new System.Net.IPEndPoint(System.Net.IPAddress.Any, 0));
        return (ushort)((System.Net.IPEndPoint)socket.LocalEndPoint!).Port;
    }
}
