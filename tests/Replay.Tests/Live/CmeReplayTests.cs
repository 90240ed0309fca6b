using System.Net;
using FeedHandler.Actors;
using FeedHandler.Replay.Faults;
using FeedHandler.Replay.Serve;
using FeedHandler.Replay.Synthetic;
using FeedHandler.Replay.Synthetic.Cme;
using FeedHandler.Replay.Tests.Synthetic;
using FeedHandler.Transport;

namespace FeedHandler.Replay.Tests.Live;

/// <summary>Lost packets asked for over TCP, over the loopback interface.</summary>
public sealed class CmeReplayTests : IDisposable
{
    private static readonly TimeSpan Deadline = TimeSpan.FromSeconds(60);

    private readonly TemporaryFolder _folder = new();

    public void Dispose() => _folder.Dispose();

    [Fact]
    public async Task A_hole_on_all_lines_heals_without_a_snapshot_and_without_a_gap()
    {
        Generate(new Gap(200, 240), new Gap(700, 701), new Gap(900, 903));
        using var server = new CmeReplayServer(Whole(), new IPEndPoint(IPAddress.Loopback, 0));
        var results = await Play(server.Address.Port);
        Assert.Empty(results.Gaps);
        Assert.InRange(server.Requests, 3, 12);
        var channel = results.Channels[0];
        Assert.Equal((44L, 44L, 0L), (channel.Requests!.Requested, channel.Requests.Recovered, channel.Requests.GivenUp));
        Assert.True(channel.PacketsUsed <= channel.Packets);
        Assert.All(results.Instruments, instrument => Assert.Equal(BookState.Live, instrument.State));
        Assert.Equal(Expected("books"), results.OrderedLevels().Select(row => LiveTests.Row(results, row)));
        Assert.Equal(Expected("instruments").Select(row => row.Split(',')[6]), results.Instruments.OrderBy(i => i.Instrument).Select(i => $"{i.Trades}"));
    }

    [Fact]
    public async Task A_server_that_answers_nothing_delays_the_gap_and_no_more()
    {
        Generate(new Gap(200, 240), new Gap(700, 701));
        using var server = new CmeReplayServer(Whole(), new IPEndPoint(IPAddress.Loopback, 0)) { IsMute = true };
        var results = await Play(server.Address.Port);
        Assert.Equal([(201UL, 241UL), (701UL, 702UL)], results.Gaps.Select(gap => (gap.From, gap.To)));
        Assert.Contains(results.Instruments, instrument => instrument.State != BookState.Live);
    }

    [Fact]
    public async Task Without_a_server_at_the_port_the_gap_is_told()
    {
        Generate(new Gap(200, 202));
        ushort port;
        using (var server = new CmeReplayServer(Whole(), new IPEndPoint(IPAddress.Loopback, 0))) port = (ushort)server.Address.Port;
        var results = await Play(port);
        Assert.Equal([(201UL, 203UL)], results.Gaps.Select(gap => (gap.From, gap.To)));
    }

    private void Generate(params Gap[] gaps)
    {
        var options = new GenerateOptions
        {
            Path = _folder.File("lossy.pcap"),
            Packets = 1_200,
            Exchange = new ExchangeOptions { Seed = 77, Instruments = 8, MeanPauseNs = 1_000_000, QuietChance = 0 },
            Channel = new CmeChannelOptions { SnapshotCycleNs = 0, MboSnapshotCycleNs = 0, DefinitionCycleNs = 50_000_000 },
            Gaps = gaps,
            Settle = true,
        };
        CaptureGenerator.Run(options);
        CaptureGenerator.Run(options with { Path = _folder.File("whole.pcap"), Gaps = [] });
    }

    private Dictionary<uint, byte[]> Whole() =>
        CmePackets.Load([_folder.File("whole.pcap")], FeedFile.Load(_folder.File("whole.feed.json")).Channels[0]);

    private string[] Expected(string kind) => File.ReadAllLines(_folder.File($"whole.{kind}.csv"))[1..];

    private async Task<FeedResults> Play(int port)
    {
        var live = new LiveFeed(_folder.File("lossy.pcap"), _folder.File("lossy.feed.json"));
        var channel = live.Feed.Channels[0] with { Replay = new CmeReplayEndpoint("127.0.0.1", (ushort)port, 310) };
        using var run = new FeedEngine().Start(new FeedRunOptions { Feed = new FeedDefinition([channel]), Interface = "lo" });
        live.Send(() => run.GetStatus().Packets, Deadline);

        // The answer to the last hole may still be on its way; its end is a packet of the arbiter's.
        SpinWait.SpinUntil(() => run.GetStatus().Channels[0].LostPackets > 0, TimeSpan.FromMilliseconds(300));
        run.Stop();
        return await run.Completion.WaitAsync(Deadline);
    }
}
