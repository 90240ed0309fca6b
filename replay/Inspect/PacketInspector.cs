using System.Buffers;
using System.Text;
using System.Text.Encodings.Web;
using System.Text.Json;
using FeedHandler.Codecs;
using FeedHandler.Codecs.Cme.Mdp3;
using FeedHandler.Sbe;
using FeedHandler.Transport;

namespace FeedHandler.Replay.Inspect;

/// <summary>Writes a capture's packets as JSON, one object a packet, with every message and field by its schema name.</summary>
internal sealed class PacketInspector
{
    private static readonly string[] RoleKeys = ["incremental", "snapshot", "mboSnapshot", "definitions"];

    private readonly FeedDefinition? _feed;
    private readonly RouteTable? _routes;
    private readonly SbeSchema[] _schemas;
    private readonly Framing _framing;
    private readonly IReadOnlyList<KeyValuePair<string, string>> _filters;
    private readonly JsonWriterOptions _options;
    private readonly ArrayBufferWriter<byte> _buffer = new();
    private readonly List<MessageSlice> _messages = [];

    // What a stream's packets were found to be: later ones are that, whatever else would fit them.
    private readonly Dictionary<(uint Address, int Port), Framing> _found = [];

    public PacketInspector(FeedDefinition? feed, string? schemaPath, Framing framing, IReadOnlyList<KeyValuePair<string, string>> filters, bool indented)
    {
        _feed = feed;
        _framing = feed is null ? framing : Framing.CmeMdp3;
        _filters = filters;
        _options = new JsonWriterOptions { Indented = indented, Encoder = JavaScriptEncoder.UnsafeRelaxedJsonEscaping };
        if (feed is not null)
        {
            _routes = new RouteTable(feed);
            _schemas = [.. feed.Channels.Select(channel => channel.SchemaPath is { } path ? Load(path) : Mdp3Schema.BuiltInSbe)];
        }
        else
        {
            _schemas = [Load(schemaPath!)];
        }
    }

    /// <summary>Packets written.</summary>
    public long Written { get; private set; }

    /// <summary>Frames that hold no UDP packet, or none of the feed.</summary>
    public long Passed { get; private set; }

    /// <summary>TCP segments that are not a chain of whole messages.</summary>
    public long PartialSegments { get; private set; }

    /// <summary>Packets or messages that could not be decoded.</summary>
    public long Errors { get; private set; }

    /// <summary>Writes one frame's packet, if it has one that the filters let through.</summary>
    public unsafe void Write(long number, in Frame frame, TextWriter output)
    {
        var bytes = new ReadOnlySpan<byte>(frame.Data, frame.Length);
        if (FrameParser.TryParse(frame.Link, bytes, out var datagram) != FrameError.None && !TryTakeSegment(frame.Link, bytes, out datagram)) return;

        var route = default(Route);
        if (_routes is not null && !_routes.TryFind(datagram.DestinationAddress, datagram.DestinationPort, out route))
        {
            Passed++;
            return;
        }

        _buffer.ResetWrittenCount();
        using (var json = new Utf8JsonWriter(_buffer, _options))
            WritePacket(json, number, frame.ReceiveTimeNs, datagram, route, bytes.Slice(datagram.PayloadOffset, datagram.PayloadLength));
        if (_filters.Count != 0 && !PacketFilter.Matches(_buffer.WrittenMemory, _filters)) return;
        output.Write(Encoding.UTF8.GetString(_buffer.WrittenSpan));
        output.Write('\n');
        Written++;
    }

    private void WritePacket(Utf8JsonWriter json, long number, long timeNs, in UdpDatagram datagram, Route route, ReadOnlySpan<byte> payload)
    {
        var schema = _schemas[route.Channel];
        json.WriteStartObject();
        json.WriteNumber("frame", number);
        json.WriteNumber("time_ns", timeNs);
        json.WriteString("src", new LineAddress(datagram.SourceAddress, datagram.SourcePort).ToString());
        json.WriteString("dst", new LineAddress(datagram.DestinationAddress, datagram.DestinationPort).ToString());
        if (_feed is not null)
        {
            json.WriteString("channel", _feed.Channels[route.Channel].Name);
            json.WriteString("feed", RoleKeys[(int)route.Role]);
            json.WriteString("line", route.Line == 0 ? "a" : "b");
        }

        if (_feed?.Channels[route.Channel].Protocol == FeedProtocol.Itch50)
        {
            Errors += ItchJson.WritePacket(json, payload);
            json.WriteEndObject();
            return;
        }

        var framing = _framing == Framing.Auto ? FindFraming(datagram, schema, payload) : _framing;
        if (PacketFraming.ReadHeader(framing, payload) is { } header)
        {
            json.WriteNumber("sequence", header.Sequence);
            if (header.SendingTimeNs != 0) json.WriteNumber("sending_time_ns", header.SendingTimeNs);
        }

        WriteMessages(json, schema, framing, payload);
        json.WriteEndObject();
    }

    /// <summary>Whether the frame is a TCP segment of whole messages; what is not is counted.</summary>
    private bool TryTakeSegment(LinkType link, ReadOnlySpan<byte> frame, out UdpDatagram segment)
    {
        if (_feed is not null || !TcpSegment.TryParse(link, frame, out segment) || segment.PayloadLength == 0)
        {
            segment = default;
            Passed++;
            return false;
        }

        var payload = frame.Slice(segment.PayloadOffset, segment.PayloadLength);
        _messages.Clear();
        if (_framing == Framing.Auto ? PacketFraming.Detect(payload, _schemas[0]) != Framing.Auto : PacketFraming.TrySplit(_framing, payload, _messages)) return true;
        PartialSegments++;
        return false;
    }

    private Framing FindFraming(in UdpDatagram datagram, SbeSchema schema, ReadOnlySpan<byte> payload)
    {
        var stream = (datagram.DestinationAddress, (int)datagram.DestinationPort);
        if (_found.TryGetValue(stream, out var known)) return known;
        var framing = PacketFraming.Detect(payload, schema);
        if (framing == Framing.Auto) return PacketFraming.DetectEmpty(payload);
        _found.Add(stream, framing);
        return framing;
    }

    private void WriteMessages(Utf8JsonWriter json, SbeSchema schema, Framing framing, ReadOnlySpan<byte> payload)
    {
        _messages.Clear();
        var whole = PacketFraming.TrySplit(framing, payload, _messages);
        json.WriteStartArray("messages");
        foreach (var message in _messages)
        {
            var bytes = payload.Slice(message.Offset, message.Length);
            var error = message.Header is { } header ? SbeJson.WriteMessage(json, schema, header, bytes) : SbeJson.WriteMessage(json, schema, bytes);
            if (error != SbeError.None) Errors++;
        }

        json.WriteEndArray();
        if (whole) return;
        Errors++;
        json.WriteString("error", framing == Framing.Auto
            ? "no known framing fits this packet and schema; name one with --framing"
            : $"after {_messages.Count} messages, a message size does not fit the packet of {payload.Length} bytes");
    }

    private static SbeSchema Load(string path) =>
        SbeSchema.TryLoad(path, out var schema, out var issues)
            ? schema!
            : throw new ConfigurationException(path, $"line {issues[0].Line}", $"not a usable SBE schema: {issues[0].Message}");
}

/// <summary>Keeps packets that say what a filter asks for.</summary>
internal static class PacketFilter
{
    /// <summary>Whether for each filter some property of that name, at any depth, has that value.</summary>
    public static bool Matches(ReadOnlyMemory<byte> packet, IReadOnlyList<KeyValuePair<string, string>> filters)
    {
        using var document = JsonDocument.Parse(packet);
        foreach (var (name, value) in filters)
        {
            if (!Has(document.RootElement, name, value)) return false;
        }

        return true;
    }

    private static bool Has(JsonElement element, string name, string value)
    {
        switch (element.ValueKind)
        {
            case JsonValueKind.Object:
                foreach (var property in element.EnumerateObject())
                {
                    if (property.Name.Equals(name, StringComparison.OrdinalIgnoreCase) && IsValue(property.Value, value)) return true;
                    if (Has(property.Value, name, value)) return true;
                }

                return false;
            case JsonValueKind.Array:
                foreach (var item in element.EnumerateArray())
                {
                    if (Has(item, name, value)) return true;
                }

                return false;
            default:
                return false;
        }
    }

    private static bool IsValue(JsonElement element, string value) => element.ValueKind switch
    {
        JsonValueKind.String => element.ValueEquals(value),
        JsonValueKind.Object or JsonValueKind.Array => false,
        _ => element.GetRawText() == value,
    };
}
