namespace FeedHandler.Transport.Tests.Configuration;

public sealed class CmeChannelConfigTests : IDisposable
{
    private readonly FeedFolder _folder = new();

    public void Dispose() => _folder.Dispose();

    [Fact]
    public void Lines_and_the_replay_server_are_taken()
    {
        var path = Config(Channel("310",
            Connection("I", "A", "224.0.31.1", "14310"), Connection("I", "B", "224.0.32.1", "15310"),
            Connection("H", "A", "205.209.1.1", "10000"), Connection("N", "A", " 224.0.31.43 ", "6310"),
            Connection("S", "B", "224.0.32.22", "15330"), Connection("S", "A", "224.0.31.22", "14330"),
            Connection("SMBO", "A", "224.0.31.64", "23310")));

        var channel = Assert.Single(FeedFile.Load(path, ["310"]).Channels);

        Assert.Equal(
            new ChannelDefinition
            {
                Name = "cme-310",
                Protocol = FeedProtocol.CmeMdp3,
                Incremental = new(new(0xE0001F01, 14310), new(0xE0002001, 15310)),
                Snapshot = new(new(0xE0001F16, 14330), new(0xE0002016, 15330)),
                MboSnapshot = new(new(0xE0001F40, 23310), null),
                Definitions = new(new(0xE0001F2B, 6310), null),
                Replay = new("205.209.1.1", 10000, 310),
            },
            channel);
    }

    [Fact]
    public void Several_channels_are_taken_in_the_order_asked_for()
    {
        var path = Config(
            Channel("1", Connection("I", "A", "224.0.0.1", "1")),
            Channel("2", Connection("I", "A", "224.0.0.2", "2")),
            Channel("3", Connection("S", "A", "224.0.0.3", "3")));

        Assert.Equal(["cme-2", "cme-1"], FeedFile.Load(path, ["cme-2", "1", "2"]).Channels.Select(channel => channel.Name));
    }

    [Fact]
    public void Channel_must_be_chosen_from_those_of_the_file()
    {
        var path = Config(Channel("1"), Channel("2"));

        Assert.Equal($"{path}: --channel: say which channel; the file has 1, 2", Refused(path));
        Assert.Equal($"{path}: --channel: there is no channel \"9\"; the file has 1, 2", Refused(path, "9"));
    }

    [Fact]
    public void Channel_without_usable_incremental_line_is_refused()
    {
        Assert.EndsWith("channel 1: has no incremental feed (feed-type I)",
            Refused(Config(Channel("1", Connection("S", "A", "224.0.0.3", "3"))), "1"), StringComparison.Ordinal);
        Assert.EndsWith("line 2, connection IB: feed-type I has a line B but no line A",
            Refused(Config(Channel("1", Connection("I", "B", "224.0.0.3", "3"))), "1"), StringComparison.Ordinal);
        Assert.EndsWith("line 2, connection IA: \"224.0.0.3:x\" has a bad port \"x\"; a port is 1 to 65535",
            Refused(Config(Channel("1", Connection("I", "A", "224.0.0.3", "x"))), "1"), StringComparison.Ordinal);
        Assert.Contains("line 2, connection IA: \"\" is not an IPv4 address",
            Refused(Config(Channel("1", "<connection id='IA'><type feed-type='I'/><feed>A</feed></connection>")), "1"), StringComparison.Ordinal);
    }

    [Fact]
    public void Broken_or_foreign_xml_is_refused_with_its_line()
    {
        Assert.StartsWith($"{_folder.PathOf("config.xml")}: line 2: ", Refused(_folder.Write("config.xml", "<a>\n<b></a>"), "1"), StringComparison.Ordinal);
        Assert.EndsWith("not CME's channel configuration", Refused(_folder.Write("config.xml", "<a/>"), "1"), StringComparison.Ordinal);
        Assert.Contains("DTD", Refused(_folder.Write("config.xml", "<!DOCTYPE a [<!ENTITY b 'c'>]><a>&b;</a>"), "1"), StringComparison.Ordinal);
    }

    private static string Refused(string path, params string[] channels) =>
        Assert.Throws<ConfigurationException>(() => FeedFile.Load(path, channels)).Message;

    private string Config(params string[] channels) =>
        _folder.Write("config.xml", $"<?xml version='1.0'?>\n<configuration>{string.Concat(channels)}</configuration>");

    private static string Channel(string id, params string[] connections) =>
        $"<channel id='{id}' label='L'><connections>{string.Concat(connections)}</connections></channel>";

    private static string Connection(string type, string line, string ip, string port) =>
        $"<connection id='{type}{line}'><type feed-type='{type}'>T</type><protocol>UDP/IP</protocol>" +
        $"<ip>{ip}</ip><host-ip>10.0.0.1</host-ip><port>{port}</port><feed>{line}</feed></connection>";
}
