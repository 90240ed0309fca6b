namespace FeedHandler.Transport.Tests.Configuration;

public sealed class TransportJsonTests : IDisposable
{
    private const string Channels = """ "channels":[{"name":"x","protocol":"cme-mdp3","incremental":{"a":"239.1.1.1:1000"}}] """;

    private readonly DirectoryInfo _folder = Directory.CreateTempSubdirectory("transport-");

    public void Dispose() => _folder.Delete(recursive: true);

    [Fact]
    public void Without_a_word_the_kernels_sockets_are_meant() => Assert.Equal(TransportKind.Udp, Load("").Transport.Kind);

    [Theory]
    [InlineData("udp", TransportKind.Udp)]
    [InlineData("af_packet", TransportKind.AfPacket)]
    [InlineData("af_xdp", TransportKind.AfXdp)]
    [InlineData("dpdk", TransportKind.Dpdk)]
    [InlineData("netmap", TransportKind.Netmap)]
    [InlineData("pcap", TransportKind.Pcap)]
    public void One_word_picks_the_wire_and_its_section_is_there_already(string word, TransportKind kind)
    {
        var transport = Load($$"""
            "transport": "{{word}}", "interface": "eth1", "cpu": 3,
            "udp": {"receiveBufferBytes": 8388608, "busyPollMicroseconds": 50},
            "af_packet": {"ring": "latency", "frameBytes": 4096, "fanoutGroup": 9},
            "af_xdp": {"queues": [2, 5], "mode": "native", "copy": "zero", "frames": 8192},
            "dpdk": {"device": "0000:03:00.1", "queues": 2, "memory": "hugepages", "joinInterface": "eth2", "ealArguments": ["--single-file-segments"]},
            "netmap": {"port": "vale0:1", "ring": 2},
            "pcap": {"files": ["day.pcap"], "speed": 10},
            """).Transport;
        Assert.Equal((kind, 3), (transport.Kind, transport.Cpu));
        Assert.Equal(new UdpMulticastOptions { Interface = "eth1", ReceiveBufferBytes = 8 << 20, BusyPollMicroseconds = 50 }, transport.Udp);
        Assert.Equal(new AfPacketOptions { Interface = "eth1", Ring = PacketRing.Latency, FrameBytes = 4096, FanoutGroup = 9 }, transport.AfPacket);
        Assert.Equal(("eth1", XdpMode.Native, XdpCopy.Zero, 8192), (transport.AfXdp.Interface, transport.AfXdp.Mode, transport.AfXdp.Copy, transport.AfXdp.Frames));
        Assert.Equal([2, 5], transport.AfXdp.Queues);
        Assert.Equal(("0000:03:00.1", 2, DpdkMemory.HugePages, "eth2"), (transport.Dpdk.Device, transport.Dpdk.Queues, transport.Dpdk.Memory, transport.Dpdk.JoinInterface));
        Assert.Equal(["--single-file-segments"], transport.Dpdk.EalArguments);
        Assert.Equal(new NetmapOptions { Port = "vale0:1", Ring = 2 }, transport.Netmap);
        Assert.Equal(10, transport.Pcap.Speed);
        Assert.Equal([Path.Combine(_folder.FullName, "day.pcap")], transport.Pcap.Files);
    }

    [Fact]
    public void Interface_of_the_command_line_goes_before_that_of_the_file()
    {
        var transport = Load(""" "interface": "eth1", """).Transport.On("eth7");
        Assert.Equal(("eth7", "eth7", "eth7", "eth7"), (transport.Udp.Interface, transport.AfPacket.Interface, transport.AfXdp.Interface, transport.Dpdk.Device));
    }

    [Theory]
    [InlineData(""" "transport": "rdma", """, "transport: unknown word \"rdma\"; known: udp, af_packet, af_xdp, dpdk, netmap, pcap")]
    [InlineData(""" "af_xdp": {"mode": "fast"}, """, "af_xdp.mode: unknown word \"fast\"; known: auto, native, generic")]
    [InlineData(""" "dpdk": {"devise": "x"}, """, "dpdk.devise: unknown key; did you mean \"device\"?")]
    [InlineData(""" "dpdk": {"promiscuous": 1}, """, "dpdk.promiscuous: expected true or false, found the number 1")]
    [InlineData(""" "transporter": "udp", """, "transporter: unknown key; did you mean \"transport\"?")]
    public void Mistakes_are_named_by_key(string json, string expected) =>
        Assert.EndsWith(expected, Assert.Throws<ConfigurationException>(() => Load(json)).Message, StringComparison.Ordinal);

    [Theory]
    [InlineData("af_packet", "names no interface")]
    [InlineData("af_xdp", "names no interface")]
    [InlineData("dpdk", "names no device")]
    [InlineData("pcap", "names no capture")]
    public void Wire_without_its_interface_says_what_to_write(string word, string expected)
    {
        var feed = Load($""" "transport": "{word}", """);
        var error = Assert.Throws<TransportException>(() => FrameSources.Open(feed.Transport, feed.Lines()));
        Assert.StartsWith($"{word}: {expected}", error.Message, StringComparison.Ordinal);
        Assert.Contains("write \"", error.Message, StringComparison.Ordinal);
        Assert.True(error.IsConfiguration);
    }

    [Fact]
    public void Interface_that_is_not_there_is_named_with_those_that_are()
    {
        foreach (var kind in (TransportKind[])[TransportKind.Udp, TransportKind.AfPacket, TransportKind.AfXdp])
        {
            var error = Assert.Throws<TransportException>(() => FrameSources.Open(new TransportDefinition { Kind = kind }.On("nope0"), [new LineAddress(0xEF010101, 1)]));
            Assert.Contains("there is no interface 'nope0'; there are: ", error.Message, StringComparison.Ordinal);
        }
    }

    private FeedDefinition Load(string transport)
    {
        var path = Path.Combine(_folder.FullName, "feed.json");
        File.WriteAllText(path, $"{{{transport}{Channels}}}");
        return FeedFile.Load(path);
    }
}
