using System.Text.Json;
using FeedHandler.Actors;
using FeedHandler.Cli;

namespace FeedHandler.Replay.Tests.Cli;

/// <summary>What the commands say of several RX cores.</summary>
public sealed class RxCoresCommandTests : CommandLineFixture
{
    private const string Channels = """ "channels":[{"name":"zeta","protocol":"cme-mdp3","incremental":{"a":"239.1.1.1:1"}},{"name":"alpha","protocol":"cme-mdp3","incremental":{"a":"239.1.1.1:3"}}] """;

    private static readonly TimeSpan TenSeconds = TimeSpan.FromSeconds(10);

    [Fact]
    public void Status_has_a_line_for_each_core_where_there_are_several()
    {
        var before = new FeedStatus { RxCores = [new("udp eth1", 2, 100, 300, 0), new("udp eth2", null, 50, 60, 0)] };
        var now = new FeedStatus { RxCores = [new("udp eth1", 2, 1_100, 4_000, 0), new("udp eth2", null, 150, 160, 7)] };
        Assert.Equal(
            ["RX core 0 (udp eth1): 1,100 frames (100/s), 4,000 updates, dropped before 0", "RX core 1 (udp eth2): 150 frames (10/s), 160 updates, dropped before 7"],
            RunView.Lines(now, before, TenSeconds));
        Assert.Empty(RunView.Lines(new FeedStatus { RxCores = [now.RxCores[0]] }, before, TenSeconds));
    }

    [Fact]
    public async Task Report_has_each_core_where_there_are_several()
    {
        RxCoreResult[] cores =
        [
            new("udp eth1", 2, [1], 40, new Dictionary<string, long> { ["other_address"] = 3 }, 90),
            new("udp eth2", null, [0], 50, new Dictionary<string, long>(), 70),
        ];
        Engine = new FakeEngine { Outcome = () => Task.FromResult(SampleResults.Create() with { RxCores = cores }) };
        await Replay("play", Capture, "--feed", Feed, "--report", PathOf("R.json"));
        var written = Report().GetProperty("rx_cores").EnumerateArray().Select(core => core.GetRawText().ReplaceLineEndings("").Replace(" ", "", StringComparison.Ordinal));
        Assert.Equal(
            [
                """{"source":"udpeth1","cpu":2,"channels":["alpha"],"frames":40,"dropped_frames":{"other_address":3},"updates":90}""",
                """{"source":"udpeth2","cpu":null,"channels":["zeta"],"frames":50,"dropped_frames":{},"updates":70}""",
            ],
            written);

        Engine = new FakeEngine { Outcome = () => Task.FromResult(SampleResults.Create() with { RxCores = [cores[0]] }) };
        await Replay("play", Capture, "--feed", Feed, "--report", PathOf("R.json"));
        Assert.False(Report().TryGetProperty("rx_cores", out _));
    }

    [Fact]
    public async Task Doctor_checks_each_core()
    {
        var feed = Write("cores.json", $$"""{ "rxCores": [{"cpu": 4094, "interface": "lo", "channels": ["alpha"]}, {"interface": "none0", "channels": ["zeta"]}], {{Channels}} }""");
        Assert.Equal(ExitCode.Failure, await FeedHandler("doctor", "--feed", feed));
        var blocks = Out.Split("rxCores[");
        Assert.StartsWith("0] (alpha): udp on lo", blocks[1], StringComparison.Ordinal);
        Assert.Contains("PROBLEM  receiving CPU: 4094", blocks[1], StringComparison.Ordinal);
        Assert.StartsWith("1] (zeta): udp on none0", blocks[2], StringComparison.Ordinal);
        Assert.Contains("PROBLEM  interface none0: there is none", blocks[2], StringComparison.Ordinal);
    }

    [Fact]
    public async Task Two_cores_on_one_device_do_not_start()
    {
        var feed = Write("cores.json", $$"""{ "transport": "dpdk", "dpdk": {"device": "net_ring0"}, "rxCores": [{"channels": ["alpha"]}, {"channels": ["zeta"]}], {{Channels}} }""");
        Assert.Equal(ExitCode.Usage, await FeedHandler("doctor", "--feed", feed));
        Assert.Contains("rxCores[1]: dpdk.device: \"net_ring0\" is already that of rxCores[0]", Error, StringComparison.Ordinal);
    }

    private JsonElement Report() => JsonDocument.Parse(File.ReadAllText(PathOf("R.json"))).RootElement;
}
