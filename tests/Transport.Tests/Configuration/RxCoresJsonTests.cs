namespace FeedHandler.Transport.Tests.Configuration;

public sealed class RxCoresJsonTests : IDisposable
{
    private const string Two = """ {"channels": ["x"]}, {"channels": ["z", "y"]} """;

    private readonly DirectoryInfo _folder = Directory.CreateTempSubdirectory("rx-cores-");

    public void Dispose() => _folder.Delete(recursive: true);

    [Fact]
    public void Without_the_list_one_core_has_all_channels()
    {
        var feed = Load(""" "interface": "eth1", "cpu": 3, """);
        var core = Assert.Single(feed.Cores(isReplay: false));
        Assert.Equal([0, 1, 2], core.Channels);
        Assert.Same(feed.Transport, core.Transport);
        Assert.Equal(feed.Lines(), feed.LinesOf(core));
    }

    [Fact]
    public void Each_core_has_its_channels_and_what_it_does_not_say_is_as_in_the_file()
    {
        var feed = Load("""
            "transport": "af_packet", "interface": "eth1",
            "af_packet": {"ring": "latency", "ringBytes": 8388608},
            "dpdk": {"device": "0000:03:00.0", "descriptors": 2048, "joinInterface": "eth9"},
            "rxCores": [
                {"cpu": 2, "channels": ["x"]},
                {"cpu": 5, "interface": "eth2", "channels": ["z", "y"], "af_packet": {"ringBytes": 4194304}, "dpdk": {"device": "0000:03:00.1"}},
            ],
            """);
        var cores = feed.Cores(isReplay: false);
        Assert.Equal(["rxCores[0]", "rxCores[1]"], cores.Select(core => core.Key));
        Assert.Equal([2, 5], cores.Select(core => core.Transport.Cpu));
        Assert.Equal([[0], [2, 1]], cores.Select(core => core.Channels));
        Assert.All(cores, core => Assert.Equal(TransportKind.AfPacket, core.Transport.Kind));
        Assert.Equal(new AfPacketOptions { Interface = "eth1", Ring = PacketRing.Latency, RingBytes = 8 << 20 }, cores[0].Transport.AfPacket);
        Assert.Equal(new AfPacketOptions { Interface = "eth2", Ring = PacketRing.Latency, RingBytes = 4 << 20 }, cores[1].Transport.AfPacket);
        Assert.Equal(("0000:03:00.1", 2048, "eth9"), (cores[1].Transport.Dpdk.Device, cores[1].Transport.Dpdk.Descriptors, cores[1].Transport.Dpdk.JoinInterface));
        Assert.Equal(["239.1.3.1:1000", "239.1.2.1:1000", "239.1.2.2:1000"], feed.LinesOf(cores[1]).Select(line => $"{line}"));
    }

    [Fact]
    public void Cpu_of_the_file_would_be_no_cores_and_stops_the_start()
    {
        Assert.EndsWith(
            "feed.json: cpu: beside \"rxCores\" it would be nobody's: each RX core has a \"cpu\" of its own there",
            Assert.Throws<ConfigurationException>(() => Load($""" "cpu": 3, "rxCores": [{Two}], """)).Message, StringComparison.Ordinal);
        Assert.All(Load($""" "rxCores": [{Two}], """).Cores(isReplay: false), core => Assert.Null(core.Transport.Cpu));
    }

    [Fact]
    public void Recording_is_read_by_one_core()
    {
        var feed = Load($""" "rxCores": [{Two}], """);
        Assert.Equal([0, 1, 2], Assert.Single(feed.Cores(isReplay: true)).Channels);
        Assert.Equal([0, 1, 2], Assert.Single(feed.On(TransportKind.Pcap, "day.pcap").Cores(isReplay: false)).Channels);
    }

    [Fact]
    public void Selection_of_channels_leaves_cores_without_one_out()
    {
        var feed = Load($""" "rxCores": [{Two}], """, "y");
        var core = Assert.Single(feed.Cores(isReplay: false));
        Assert.Equal("rxCores[1]", core.Key);
        Assert.Equal("y", feed.Channels[Assert.Single(core.Channels)].Name);
    }

    [Fact]
    public void Word_and_interface_of_the_command_line_are_for_all()
    {
        var feed = Load($""" "rxCores": [{Two}], """).On(TransportKind.AfPacket, "eth7");
        Assert.All(feed.Cores(isReplay: false), core => Assert.Equal((TransportKind.AfPacket, "eth7"), (core.Transport.Kind, core.Transport.AfPacket.Interface)));
    }

    [Theory]
    [InlineData("""[{"channels": ["x", "y"]}]""", "rxCores: channel \"z\" belongs to no RX core; name it in the \"channels\" of one")]
    [InlineData("""[{"channels": ["x", "y"]}, {"channels": ["z", "y"]}]""", "rxCores[1].channels[1]: \"y\" is already a channel of rxCores[0]; all lines of a channel belong to one RX core")]
    [InlineData("""[{"channels": ["x", "x", "y", "z"]}]""", "rxCores[0].channels[1]: \"x\" is already a channel of rxCores[0]; all lines of a channel belong to one RX core")]
    [InlineData("""[{"channels": ["x", "w"]}]""", "rxCores[0].channels[1]: there is no channel \"w\"; the file has x, y, z")]
    [InlineData("""[{"channels": ["x", "y", "z"]}, {"channels": []}]""", "rxCores[1].channels: has no channel")]
    [InlineData("""[{"cpu": 3}]""", "rxCores[0].channels: missing; write the names of this core's channels")]
    [InlineData("[]", "rxCores: has no RX core; without the key one core has all channels")]
    [InlineData("""[{"channels": ["x"], "transport": "udp"}]""", "rxCores[0].transport: unknown key; known here: channels, interface, cpu, udp, af_packet, af_xdp, dpdk, netmap")]
    [InlineData("""[{"channels": ["x"], "af_packet": {"rings": 1}}]""", "rxCores[0].af_packet.rings: unknown key; did you mean \"ring\"?")]
    public void Mistakes_are_named_by_key(string list, string expected) =>
        Assert.EndsWith(expected, Assert.Throws<ConfigurationException>(() => Load($""" "rxCores": {list}, """)).Message, StringComparison.Ordinal);

    [Theory]
    [InlineData("udp", """ "cpu": 3, """, """ "cpu": 3, """, "rxCores[1]: cpu: CPU 3 is already that of rxCores[0]; each RX core needs its own")]
    [InlineData("af_xdp", """ "interface": "eth1", """, """ "interface": "eth1", """, "rxCores[1]: af_xdp.interface: \"eth1\" is already that of rxCores[0]; each RX core needs its own")]
    [InlineData("dpdk", """ "dpdk": {"device": "net_ring0"}, """, """ "dpdk": {"device": "net_ring0,nodeaction=x"}, """, "rxCores[1]: dpdk.device: \"net_ring0\" is already that of rxCores[0]; each RX core needs its own")]
    [InlineData("netmap", """ "netmap": {"port": "eth1", "ring": 2}, """, """ "netmap": {"port": "eth1", "ring": 2}, """, "rxCores[1]: netmap.port: \"eth1 ring 2\" is already that of rxCores[0]; each RX core needs its own")]
    [InlineData("af_packet", """ "interface": "eth1", """, """ "interface": "eth1", """, null)]
    [InlineData("udp", """ "interface": "eth1", """, """ "interface": "eth1", """, null)]
    [InlineData("netmap", """ "netmap": {"port": "eth1", "ring": 2}, """, """ "netmap": {"port": "eth1", "ring": 3}, """, null)]
    public void What_only_one_core_can_have_is_not_given_to_two(string word, string first, string second, string? expected)
    {
        var feed = Load($$$""" "transport": "{{{word}}}", "rxCores": [{ {{{first}}} "channels": ["x"] }, { {{{second}}} "channels": ["y", "z"] }], """);
        if (expected is null) Assert.Equal(2, feed.Cores(isReplay: false).Count);
        else Assert.Equal(expected, Assert.Throws<ConfigurationException>(() => feed.Cores(isReplay: false)).Message);
    }

    private FeedDefinition Load(string transport, params string[] channels)
    {
        var path = Path.Combine(_folder.FullName, "feed.json");
        File.WriteAllText(path, $$$"""
            { {{{transport}}} "channels":[
                {"name":"x","protocol":"cme-mdp3","incremental":{"a":"239.1.1.1:1000"}},
                {"name":"y","protocol":"cme-mdp3","incremental":{"a":"239.1.2.1:1000","b":"239.1.2.2:1000"}},
                {"name":"z","protocol":"cme-mdp3","incremental":{"a":"239.1.3.1:1000"}}] }
            """);
        return FeedFile.Load(path, channels);
    }
}
