using System.Diagnostics;
using System.Net;
using System.Net.Sockets;
using FeedHandler.Actors;
using FeedHandler.Codecs;
using FeedHandler.Replay.Serve;
using FeedHandler.Replay.Synthetic.Itch;
using FeedHandler.Transport;

namespace FeedHandler.Replay.Tests.Live;

/// <summary>The whole feed handler on the loopback interface, started in the middle of an ITCH day.</summary>
public sealed class GlimpseLiveTests
{
    private const int Messages = 20_000, Join = 8_000, Rate = 40_000;

    private static readonly TimeSpan Deadline = TimeSpan.FromSeconds(120), Calm = TimeSpan.FromSeconds(3);

    private readonly ItchMarket _market = new(new ItchOptions { Seed = 5, Messages = Messages, Symbols = 15, Live = 2_000 });
    private readonly List<byte[]> _messages = [];

    public GlimpseLiveTests()
    {
        while (_market.Sequence < Messages) _messages.Add(_market.Next().ToArray());
    }

    [Theory]
    [InlineData(1, false)]
    [InlineData(2, true)]
    public async Task Started_in_the_middle_of_the_day_it_ends_with_the_books_of_the_market(int shards, bool losesMessages)
    {
        // What nobody has: also the server of requests lacks it.
        List<byte[]?> known = [.. _messages];
        if (losesMessages) known[13_999] = known[14_000] = null;
        ItchDaySender? sender = null;
        using var images = new GlimpseServer("SYNTHETIC1", _messages, () => sender?.Sent ?? 0, new IPEndPoint(IPAddress.Loopback, 0));
        using var requests = new MoldRequestServer("SYNTHETIC1", known, new IPEndPoint(IPAddress.Loopback, 0));
        var results = await Run(new GlimpseEndpoint("127.0.0.1", (ushort)images.Address.Port), requests.Address.Port, shards, to => sender = new ItchDaySender("SYNTHETIC1", known, to, Rate, Join), isLive: true, losesMessages ? _market.Symbols.Length : 0);

        Assert.All(results.Instruments, instrument => Assert.Equal(BookState.Live, instrument.State));
        Assert.Equal(Expected(), Actual(results));
        var channel = Assert.Single(results.Channels);
        Assert.Equal("messages", channel.SequenceUnit);
        Assert.Null(channel.Images!.Problem);
        // What is lost while the first image is under way is healed by that one.
        Assert.InRange(channel.Images.Taken, 1, 3);
        if (losesMessages) Assert.Contains(results.Gaps, gap => (gap.From, gap.Last) == (14_000UL, 14_001UL));
    }

    [Fact]
    public async Task A_server_that_does_not_speak_GLIMPSE_is_named_in_the_results()
    {
        using var stranger = new TcpListener(IPAddress.Loopback, 0);
        stranger.Start();
        using var stop = new CancellationTokenSource();
        var greeting = Greet(stranger, stop.Token);
        var port = (ushort)((IPEndPoint)stranger.LocalEndpoint).Port;
        var results = await Run(new GlimpseEndpoint("127.0.0.1", port), null, 1, to => new ItchDaySender("SYNTHETIC1", [.. _messages], to, Rate, Join), isLive: false);
        await stop.CancelAsync();
        await greeting;
        Assert.All(results.Instruments, instrument => Assert.NotEqual(BookState.Live, instrument.State));
        var channel = Assert.Single(results.Channels);
        Assert.Equal(new ImageResult(0, $"what 127.0.0.1:{port} sends is not GLIMPSE 5.0 over SoupBinTCP"), channel.Images);
        Assert.True(channel.Anomalies["images_malformed"] > 0);
    }

    private async Task<FeedResults> Run(GlimpseEndpoint glimpse, int? requestPort, int shards, Func<IPEndPoint, ItchDaySender> send, bool isLive, long recoveries = 0)
    {
        var port = FreePort();
        var channel = new ChannelDefinition
        {
            Name = "nasdaq",
            Protocol = FeedProtocol.Itch50,
            Incremental = new FeedLines(new LineAddress(0x7F00_0001, (ushort)port), null),
            ReorderTimeoutMs = 50,
            RequestServer = requestPort is { } request ? new LineAddress(0x7F00_0001, (ushort)request) : null,
            Glimpse = glimpse,
        };
        using var run = new FeedEngine().Start(new FeedRunOptions { Feed = new FeedDefinition([channel]), Shards = shards });
        using var sender = send(new IPEndPoint(IPAddress.Loopback, port));
        var calm = new Stopwatch();
        Assert.True(SpinWait.SpinUntil(HasEnded, Deadline), $"{run.GetStatus().Channels[0]}");
        run.Stop();
        return await run.Completion.WaitAsync(Deadline);

        bool HasEnded()
        {
            var status = run.GetStatus();
            if (sender.Sent != Messages || !IsDone(status, sender, isLive))
            {
                calm.Reset();
                return false;
            }

            // Where the loss came before the first image, as on a busy machine, no book had anything to recover from.
            calm.Start();
            return status.Channels[0].Recoveries >= recoveries || (status.Channels[0].Gaps != 0 && calm.Elapsed > Calm);
        }
    }

    private bool IsDone(FeedStatus status, ItchDaySender sender, bool isLive)
    {
        var channel = status.Channels[0];
        if (channel.PacketsA + status.SourceDrops < sender.Packets) return false;
        return isLive ? channel.LiveInstruments == _market.Symbols.Length && channel.ImageProblem is null : channel.ImageProblem is not null;
    }

    private IEnumerable<string> Expected() =>
        from symbol in _market.Symbols.ToArray()
        from side in (BookSide[])[BookSide.Bid, BookSide.Ask]
        from level in symbol.Levels(side).Select((level, i) => (level.Tick, level.Shares, level.Orders, Number: i + 1))
        select $"{symbol.Locate} {side} {level.Number} {symbol.PriceAt(level.Tick)} {level.Shares} {level.Orders}";

    private static IEnumerable<string> Actual(FeedResults results) =>
        results.OrderedLevels().Select(level => $"{level.Instrument} {level.Side} {level.Level} {level.Price} {level.Quantity} {level.Orders}");

    private static async Task Greet(TcpListener listener, CancellationToken cancellation)
    {
        try
        {
            while (true)
            {
                using var client = await listener.AcceptTcpClientAsync(cancellation);
                await client.GetStream().WriteAsync("HTTP/1.1 400 Bad Request\r\n\r\n"u8.ToArray(), cancellation);
                _ = await client.GetStream().ReadAsync(new byte[256], cancellation);
            }
        }
        catch (Exception e) when (e is OperationCanceledException or IOException)
        {
            // The test has ended.
        }
    }

    private static int FreePort()
    {
        using var socket = new Socket(AddressFamily.InterNetwork, SocketType.Dgram, ProtocolType.Udp);
        socket.Bind(new IPEndPoint(IPAddress.Loopback, 0));
        return ((IPEndPoint)socket.LocalEndPoint!).Port;
    }
}
