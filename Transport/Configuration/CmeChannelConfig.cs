using System.Globalization;
using System.Xml;
using System.Xml.Linq;

namespace FeedHandler.Transport;

/// <summary>CME's channel configuration file: channels with their connections, as the exchange publishes it.</summary>
/// <remarks>Feed types I, S, SMBO, N and H (replay of lost packets over TCP) are used; others are passed over.</remarks>
internal static class CmeChannelConfig
{
    private const string NamePrefix = "cme-";

    private static readonly XmlReaderSettings Settings = new() { DtdProcessing = DtdProcessing.Prohibit, XmlResolver = null };

    public static List<ChannelDefinition> Parse(string file, string text, IReadOnlyList<string> wanted)
    {
        var channels = Document(file, text).Descendants("channel").ToList();
        if (channels.Count == 0) throw new ConfigurationException(file, "", "has no <channel>: not CME's channel configuration");
        var ids = channels.ConvertAll(channel => channel.Attribute("id")?.Value ?? "");
        if (wanted.Count == 0)
        {
            throw new ConfigurationException(file, "--channel", $"say which channel; the file has {string.Join(", ", ids)}");
        }

        var definitions = new List<ChannelDefinition>();
        foreach (var id in wanted.Select(Id).Distinct(StringComparer.Ordinal))
        {
            var index = ids.IndexOf(id);
            definitions.Add(index >= 0
                ? Channel(file, id, channels[index])
                : throw new ConfigurationException(file, "--channel", $"there is no channel \"{id}\"; the file has {string.Join(", ", ids)}"));
        }

        return definitions;
    }

    // Both the exchange's id and our channel name are accepted.
    private static string Id(string channel) =>
        channel.StartsWith(NamePrefix, StringComparison.Ordinal) ? channel[NamePrefix.Length..] : channel;

    private static XDocument Document(string file, string text)
    {
        try
        {
            using var reader = XmlReader.Create(new StringReader(text), Settings);
            return XDocument.Load(reader, LoadOptions.SetLineInfo);
        }
        catch (XmlException e)
        {
            throw new ConfigurationException(file, $"line {e.LineNumber}", e.Message);
        }
    }

    private static ChannelDefinition Channel(string file, string id, XElement channel) => new()
    {
        Name = NamePrefix + id,
        Protocol = FeedProtocol.CmeMdp3,
        Incremental = Lines(file, channel, "I")
            ?? throw new ConfigurationException(file, $"channel {id}", "has no incremental feed (feed-type I)"),
        Snapshot = Lines(file, channel, "S"),
        MboSnapshot = Lines(file, channel, "SMBO"),
        Definitions = Lines(file, channel, "N"),
        Replay = Replay(file, id, channel),
    };

    /// <summary>The server's address is where a group's would be, or, as there is no group, in the host's place alone.</summary>
    private static CmeReplayEndpoint? Replay(string file, string id, XElement channel)
    {
        var connection = channel.Descendants("connection").FirstOrDefault(candidate => candidate.Element("type")?.Attribute("feed-type")?.Value == "H");
        if (connection is null) return null;
        var host = Child(connection, "ip") is { Length: > 0 } address ? address : Child(connection, "host-ip");
        if (!ushort.TryParse(Child(connection, "port"), NumberStyles.None, CultureInfo.InvariantCulture, out var port) || host.Length == 0)
            throw Error(file, connection, $"\"{host}:{Child(connection, "port")}\" is not the address of a replay server");
        return short.TryParse(id, NumberStyles.None, CultureInfo.InvariantCulture, out var number) ? new CmeReplayEndpoint(host, port, number) : null;
    }

    private static FeedLines? Lines(string file, XElement channel, string feedType)
    {
        var connections = channel.Descendants("connection")
            .Where(connection => connection.Element("type")?.Attribute("feed-type")?.Value == feedType).ToList();
        var a = Line(file, connections, "A");
        var b = Line(file, connections, "B");
        if (a is null && b is null) return null;
        return new FeedLines(a ?? throw Error(file, connections[0], $"feed-type {feedType} has a line B but no line A"), b);
    }

    private static LineAddress? Line(string file, List<XElement> connections, string line)
    {
        var connection = connections.Find(candidate => Child(candidate, "feed") == line);
        if (connection is null) return null;
        var endpoint = $"{Child(connection, "ip")}:{Child(connection, "port")}";
        return Ipv4Text.TryParseEndpoint(endpoint, out var group, out var port, out var problem)
            ? new LineAddress(group, port)
            : throw Error(file, connection, problem);
    }

    private static string Child(XElement connection, string name) => connection.Element(name)?.Value.Trim() ?? "";

    private static ConfigurationException Error(string file, XElement connection, string problem) =>
        new(file, $"line {((IXmlLineInfo)connection).LineNumber}, connection {connection.Attribute("id")?.Value}", problem);
}
