using System.Text;
using System.Text.Json;
using FeedHandler.Codecs.Nasdaq.MoldUdp64;

namespace FeedHandler.Transport;

/// <summary>FEED.json to channel definitions. Comments and trailing commas are allowed, unknown keys are not.</summary>
internal static class FeedJson
{
    private const int MaxNameLength = 64;

    /// <summary>A day: what is silent for longer was meant to be 0.</summary>
    private const int MaxSilenceSeconds = 86_400;

    private static readonly JsonDocumentOptions Options = new()
    {
        AllowTrailingCommas = true,
        CommentHandling = JsonCommentHandling.Skip,
        AllowDuplicateProperties = false,
    };

    public static (List<ChannelDefinition> Channels, TransportDefinition Transport, List<RxCoreDefinition> RxCores) Parse(string file, string text)
    {
        using var document = ParseDocument(file, text);
        var root = new JsonSection(file, "", document.RootElement);
        root.AllowOnly(["channels", RxCoresJson.Key, .. TransportJson.Keys]);
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

        if (channels.Count == 0) throw new ConfigurationException(file, "channels", "has no channel");
        var transport = TransportJson.Parse(root);
        return (channels, transport, RxCoresJson.Parse(root, transport, channels));
    }

    private static JsonDocument ParseDocument(string file, string text)
    {
        try
        {
            CheckEscapes(file, Encoding.UTF8.GetBytes(text));
            return JsonDocument.Parse(text, Options);
        }
        catch (JsonException e)
        {
            // The framework repeats the position at the end of its message, counted from 0.
            var end = e.Message.IndexOf(" LineNumber:", StringComparison.Ordinal);
            var reason = end < 0 ? e.Message : e.Message[..end];
            var place = e.LineNumber is null ? "" : $"line {e.LineNumber + 1}, column {e.BytePositionInLine + 1}";
            throw new ConfigurationException(file, place, e.LineNumber is null ? reason : $"this is not JSON. {Advice(text)} ({reason})");
        }
    }

    /// <summary>Somebody who edits the file, or names a wrong one, does not know the words of a parser.</summary>
    private static string Advice(string text) => text.AsSpan().TrimStart() is ['{' or '/', ..]
        ? "Look there and just before it for a quote, comma, colon or bracket that is missing or too many"
        : "A feed file begins with {\"channels\": [; is this the right file?";

    /// <summary>Half of a surrogate pair, written as an escape, is JSON but no text: whoever reads it as text throws.</summary>
    private static void CheckEscapes(string file, byte[] json)
    {
        var reader = new Utf8JsonReader(json, new JsonReaderOptions { AllowTrailingCommas = Options.AllowTrailingCommas, CommentHandling = Options.CommentHandling });
        while (reader.Read())
        {
            if (reader.TokenType is not (JsonTokenType.String or JsonTokenType.PropertyName) || !reader.ValueIsEscaped) continue;
            try
            {
                reader.GetString();
            }
            catch (InvalidOperationException)
            {
                var before = json.AsSpan(0, (int)reader.TokenStartIndex);
                var place = $"line {before.Count((byte)'\n') + 1}, column {before.Length - before.LastIndexOf((byte)'\n')}";
                throw new ConfigurationException(file, place, $"{Encoding.UTF8.GetString(reader.ValueSpan)} has half of a surrogate pair (\\ud800 to \\udfff): that is no character");
            }
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
        var sources = Sources(section, default);
        return new ChannelDefinition
        {
            Name = name,
            Protocol = protocol,
            SchemaPath = section.Optional(ChannelKeys.Schema) is { } schema ? Schema(schema) : null,
            Raw = raw,
            Session = section.Optional(ChannelKeys.Session) is { } session ? Session(session) : null,
            RequestServer = section.Optional(ChannelKeys.RequestServer) is { } request ? Endpoint(request, null) : null,
            Glimpse = section.Optional(ChannelKeys.Glimpse) is { } glimpse ? GlimpseJson.Parse(glimpse) : null,
            Replay = section.Optional(ChannelKeys.Replay) is { } replay ? CmeReplayJson.Parse(replay, name) : null,
            Incremental = raw
                ? new FeedLines(BinaryFileSource.Address, null)
                : Lines(section.Required(ChannelKeys.Incremental, "write {\"a\":\"224.0.31.11:14320\",\"b\":\"…\"}"), sources),
            Snapshot = OptionalLines(section, ChannelKeys.Snapshot, sources),
            MboSnapshot = OptionalLines(section, ChannelKeys.MboSnapshot, sources),
            Definitions = OptionalLines(section, ChannelKeys.Definitions, sources),
            // A level number on the wire and in MarketUpdate is one byte.
            Depth = section.Optional(ChannelKeys.Depth)?.Integer(1, 255) ?? ChannelDefinition.DefaultDepth,
            ReorderTimeoutMs = section.Optional(ChannelKeys.ReorderTimeoutMs)?.Integer(0, 60_000),
            ReorderWindow = section.Optional(ChannelKeys.ReorderWindow)?.Integer(1, LineArbiterOptions.MaxReorderWindowPackets),
            RecoveryBuffer = section.Optional(ChannelKeys.RecoveryBuffer)?.Integer(1, 1 << 26),
            MaxInstruments = section.Optional(ChannelKeys.MaxInstruments)?.Integer(1, 1 << 24),
            MaxOrders = section.Optional(ChannelKeys.MaxOrders)?.Integer(1, 1 << 30),
            SilenceSeconds = section.Optional(ChannelKeys.SilenceSeconds)?.Integer(0, MaxSilenceSeconds),
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

    private static FeedLines? OptionalLines(JsonSection channel, string key, LineSources sources) =>
        channel.Optional(key) is { } section ? Lines(section, sources) : null;

    private static FeedLines Lines(JsonSection section, LineSources ofChannel)
    {
        section.AllowOnly("a", "b", ChannelKeys.Source);
        var sources = Sources(section, ofChannel);
        return new FeedLines(
            Line(section.Required("a", "write such as \"224.0.31.11:14320\""), sources.A),
            section.Optional("b") is { } b ? Line(b, sources.B) : null);
    }

    /// <summary>The only source that each line may come from, or null for any.</summary>
    private readonly record struct LineSources(uint? A, uint? B);

    // One source for both lines, or {"a":…,"b":…}; on a channel, or on a feed, where it goes before the channel's.
    private static LineSources Sources(JsonSection owner, LineSources outer)
    {
        if (owner.Optional(ChannelKeys.Source) is not { } section) return outer;
        if (!section.IsObject)
        {
            var both = Source(section);
            return new LineSources(both, both);
        }

        section.AllowOnly("a", "b");
        return new LineSources(
            section.Optional("a") is { } a ? Source(a) : outer.A,
            section.Optional("b") is { } b ? Source(b) : outer.B);
    }

    // "address:port", or {"address":…,"source":…}, whose source goes before that of the feed.
    private static LineAddress Line(JsonSection section, uint? feedSource)
    {
        if (!section.IsObject) return Endpoint(section, feedSource);
        section.AllowOnly("address", ChannelKeys.Source);
        var source = section.Optional(ChannelKeys.Source) is { } own ? Source(own) : feedSource;
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
