using System.Diagnostics;
using System.Net;
using System.Net.Sockets;
using System.Text.Json;
using FeedHandler.Actors;
using FeedHandler.Codecs;
using FeedHandler.Transport;

namespace FeedHandler.Replay.Tests.Live;

/// <summary>A bundled capture as a live feed on the loopback interface: each line on a free port of this run.</summary>
internal sealed class LiveFeed
{
    /// <summary>Datagrams sent before the receiver must have them all: few enough for the socket buffer of a plain user.</summary>
    private const int Burst = 20;

    private readonly string _capture;
    private readonly Dictionary<(uint Group, ushort Port), ushort> _ports = [];

    /// <param name="name">A bundled capture.</param>
    public LiveFeed(string name)
        : this(Path.Combine(Pcaps, $"{name}.pcap"), Path.Combine(Pcaps, $"{name}.feed.json"))
    {
    }

    public LiveFeed(string capture, string feedFile)
    {
        _capture = capture;
        var feed = FeedFile.Load(feedFile);

        // The bundled capture has no time of its own here: a slow machine must not make a gap of a late line.
        Feed = new FeedDefinition([.. feed.Channels.Select(channel => channel with
        {
            Incremental = Free(channel.Incremental)!,
            Snapshot = Free(channel.Snapshot),
            MboSnapshot = Free(channel.MboSnapshot),
            Definitions = Free(channel.Definitions),
            ReorderTimeoutMs = 10_000,
        })]);
    }

    public static string Pcaps { get; } = FindPcaps();

    public FeedDefinition Feed { get; }

    /// <summary>The feed as a file that a command takes.</summary>
    public string Json => JsonSerializer.Serialize(new
    {
        channels = Feed.Channels.Select(channel => new
        {
            name = channel.Name,
            protocol = "cme-mdp3",
            incremental = new { a = $"{channel.Incremental.A}", b = $"{channel.Incremental.B}" },
        }),
    });

    /// <summary>Sends everything in bursts, each as soon as the one before was received.</summary>
    /// <param name="received">How many packets the feed handler has received so far.</param>
    /// <returns>Datagrams sent.</returns>
    public unsafe long Send(Func<long> received, TimeSpan deadline)
    {
        var watch = Stopwatch.StartNew();
        using var source = CaptureSource.OpenAll([_capture]);
        using var sender = new UdpMulticastSender("127.0.0.1");
        var frames = new Frame[Burst];
        long sent = 0;
        while (!source.IsEnded)
        {
            var count = source.Poll(frames);
            foreach (ref readonly var frame in frames.AsSpan(0, count))
            {
                var bytes = new ReadOnlySpan<byte>(frame.Data, frame.Length);
                Assert.Equal(FrameError.None, FrameParser.TryParse(frame.Link, bytes, out var datagram));
                var key = (datagram.DestinationAddress, datagram.DestinationPort);
                sender.Send(key.DestinationAddress, _ports[key], bytes.Slice(datagram.PayloadOffset, datagram.PayloadLength));
                sent++;
            }

            var all = sent;
            Assert.True(SpinWait.SpinUntil(() => received() >= all, deadline - watch.Elapsed), $"{received()} of {all} datagrams were received");
        }

        return sent;
    }

    private FeedLines? Free(FeedLines? lines) => lines is null ? null : new FeedLines(Free(lines.A), lines.B is { } b ? Free(b) : null);

    private LineAddress Free(LineAddress line)
    {
        using var socket = new Socket(AddressFamily.InterNetwork, SocketType.Dgram, ProtocolType.Udp);
        socket.Bind(new IPEndPoint(IPAddress.Any, 0));
        var port = (ushort)((IPEndPoint)socket.LocalEndPoint!).Port;
        _ports[(line.Group, line.Port)] = port;
        return line with { Port = port };
    }

    private static string FindPcaps()
    {
        for (var folder = new DirectoryInfo(AppContext.BaseDirectory); folder is not null; folder = folder.Parent)
        {
            // All of them: the demo alone is copied beside the programs, too.
            if (File.Exists(Path.Combine(folder.FullName, "pcaps", "cme-reset.pcap"))) return Path.Combine(folder.FullName, "pcaps");
        }

        throw new DirectoryNotFoundException("pcaps/cme-reset.pcap is not above the tests");
    }
}
