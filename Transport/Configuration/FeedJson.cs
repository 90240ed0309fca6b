using System.Text.Json;
using FeedHandler.Codecs.Nasdaq.MoldUdp64;

namespace FeedHandler.Transport;

/// <summary>FEED.json to channel definitions. Comments and trailing commas are allowed, unknown keys are not.</summary>
internal static class FeedJson
{
    private const int MaxNameLength = 64;

    private static readonly JsonDocumentOptions Options = new()
    {
        AllowTrailingCommas = true,
        CommentHandling = JsonCommentHandling.Skip,
        AllowDuplicateProperties = false,
    };

    public static List<ChannelDefinition> Parse(string file, string text)
    {
        using var document = ParseDocument(file, text);
        var root = new JsonSection(file, "", document.RootElement);
        root.AllowOnly("channels");
        var channels = new List<ChannelDefinition>();
        var firstWithName = new Dictionary<string, string>(StringComparer.Ordinal);
        foreach (var section in root.Required("channels", "write {\"channels\":[ … ]}").Items())
        {
            if (channels.Count == FeedFile.MaxChannels) throw section.Error($"a feed has at most {FeedFile.MaxChannels} channels");
            var channel = Channel(section);
            if (!firstWithName.TryAdd(channel.Name, section.Path))
            {
                throw new ConfigurationException(file, $"{section.Path}.name",
                    $"\"{channel.Name}\" is already the name of {firstWithName[channel.Name]}");
            }

            channels.Add(channel);
        }

        return channels.Count > 0 ? channels : throw new ConfigurationException(file, "channels", "has no channel");
    }

    private static JsonDocument ParseDocument(string file, string text)
    {
        try
        {
            return JsonDocument.Parse(text, Options);
        }
        catch (JsonException e)
        {
            // The framework repeats the position at the end of its message, counted from 0.
            var end = e.Message.IndexOf(" LineNumber:", StringComparison.Ordinal);
            var reason = end < 0 ? e.Message : e.Message[..end];
            var place = e.LineNumber is null ? "" : $"line {e.LineNumber + 1}, column {e.BytePositionInLine + 1}";
            throw new ConfigurationException(file, place, reason);
        }
    }

    private static ChannelDefinition Channel(JsonSection section)
    {
        var name = Name(section.Required(ChannelKeys.Name, "every channel needs a unique name, such as \"cme-310\""));
        var known = string.Join(", ", FeedProtocols.Names);
        var protocolSection = section.Required(ChannelKeys.Protocol, $"known protocols: {known}");
        if (!FeedProtocols.TryFind(protocolSection.Text(), out var protocol, out var ownKeys))
        {
            throw protocolSection.Error($"unknown protocol \"{protocolSection.Text()}\"; known: {known}");
        }

        section.AllowOnly([.. ChannelKeys.Common, .. ownKeys]);
        var raw = section.Optional(ChannelKeys.Raw)?.Boolean() ?? false;
        return new ChannelDefinition
        {
            Name = name,
            Protocol = protocol,
            SchemaPath = section.Optional(ChannelKeys.Schema) is { } schema ? Schema(schema) : null,
            Raw = raw,
            Session = section.Optional(ChannelKeys.Session) is { } session ? Session(session) : null,
            RequestServer = section.Optional(ChannelKeys.RequestServer) is { } request ? Endpoint(request, null) : null,
            Replay = section.Optional(ChannelKeys.Replay) is { } replay ? CmeReplayJson.Parse(replay, name) : null,
            Incremental = raw
                ? new FeedLines(BinaryFileSource.Address, null)
                : Lines(section.Required(ChannelKeys.Incremental, "write {\"a\":\"224.0.31.11:14320\",\"b\":\"…\"}")),
            Snapshot = OptionalLines(section, ChannelKeys.Snapshot),
            MboSnapshot = OptionalLines(section, ChannelKeys.MboSnapshot),
            Definitions = OptionalLines(section, ChannelKeys.Definitions),
            // A level number on the wire and in MarketUpdate is one byte.
            Depth = section.Optional(ChannelKeys.Depth)?.Integer(1, 255) ?? ChannelDefinition.DefaultDepth,
            ReorderTimeoutMs = section.Optional(ChannelKeys.ReorderTimeoutMs)?.Integer(0, 60_000),
            ReorderWindow = section.Optional(ChannelKeys.ReorderWindow)?.Integer(1, 1 << 20),
            RecoveryBuffer = section.Optional(ChannelKeys.RecoveryBuffer)?.Integer(1, 1 << 26),
            MaxInstruments = section.Optional(ChannelKeys.MaxInstruments)?.Integer(1, 1 << 24),
            MaxOrders = section.Optional(ChannelKeys.MaxOrders)?.Integer(1, 1 << 30),
        };
    }

    private static string Name(JsonSection section)
    {
        var name = section.Text();
        if (name.Length is 0 or > MaxNameLength) throw section.Error($"a name has 1 to {MaxNameLength} characters");
        return name.Any(char.IsControl) ? throw section.Error("a name has no control characters") : name;
    }

    private static string Session(JsonSection section)
    {
        var session = section.Text();
        return session.Length is > 0 and <= MoldPacket.SessionBytes && session.All(char.IsAscii)
            ? session
            : throw section.Error($"a session has 1 to {MoldPacket.SessionBytes} ASCII characters");
    }

    private static string Schema(JsonSection section)
    {
        var schema = section.Text();
        return SchemaFile.Resolve(schema, section.File)
            ?? throw section.Error($"there is no schema file \"{schema}\", neither beside the feed file nor in the current directory");
    }

    private static FeedLines? OptionalLines(JsonSection channel, string key) =>
        channel.Optional(key) is { } section ? Lines(section) : null;

    private static FeedLines Lines(JsonSection section)
    {
        section.AllowOnly("a", "b", "source");
        var (sourceA, sourceB) = section.Optional("source") is { } source ? Sources(source) : (null, null);
        return new FeedLines(
            Line(section.Required("a", "write such as \"224.0.31.11:14320\""), sourceA),
            section.Optional("b") is { } b ? Line(b, sourceB) : null);
    }

    // One source for both lines, or {"a":…,"b":…}.
    private static (uint? A, uint? B) Sources(JsonSection section)
    {
        if (!section.IsObject)
        {
            var both = Source(section);
            return (both, both);
        }

        section.AllowOnly("a", "b");
        return (
            section.Optional("a") is { } a ? Source(a) : null,
            section.Optional("b") is { } b ? Source(b) : null);
    }

    // "address:port", or {"address":…,"source":…}, whose source goes before that of the feed.
    private static LineAddress Line(JsonSection section, uint? feedSource)
    {
        if (!section.IsObject) return Endpoint(section, feedSource);
        section.AllowOnly("address", "source");
        var source = section.Optional("source") is { } own ? Source(own) : feedSource;
        return Endpoint(section.Required("address", "write such as \"224.0.31.11:14320\""), source);
    }

    private static LineAddress Endpoint(JsonSection section, uint? source) =>
        Ipv4Text.TryParseEndpoint(section.Text(), out var group, out var port, out var problem)
            ? new LineAddress(group, port, source)
            : throw section.Error(problem);

    private static uint Source(JsonSection section) =>
        Ipv4Text.TryParse(section.Text(), out var address)
            ? address
            : throw section.Error($"\"{section.Text()}\" is not an IPv4 address; a source has no port");
}
