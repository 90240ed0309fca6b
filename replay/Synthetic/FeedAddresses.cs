using System.Text.Json;
using FeedHandler.Replay.Faults;
using FeedHandler.Replay.Pcap;
using FeedHandler.Replay.Synthetic.Cme;

namespace FeedHandler.Replay.Synthetic;

/// <summary>
/// Addresses of a synthetic channel. The groups are from 239.192.0.0/14, which is for use inside an organisation, so
/// that a capture sent on a network cannot be taken for the exchange.
/// </summary>
public static class FeedAddresses
{
    private const uint GroupA = 0xEFC1_0000, GroupB = 0xEFC2_0000; // 239.193.0.0, 239.194.0.0
    private const uint SourceA = 0x0A0A_0101, SourceB = 0x0A0A_0201; // 10.10.1.1, 10.10.2.1
    private const ushort PortA = 14_000, PortB = 15_000;
    private const ushort PortStep = 2_000;

    private static readonly JsonWriterOptions Indented = new() { Indented = true, NewLine = "\n" };

    public static UdpEndpoints Of(short channelId, CmeFeed feed, Line line)
    {
        int id = (ushort)channelId % 1_000;
        uint group = (line == Line.A ? GroupA : GroupB) | (uint)((id & 0xFF) << 8) | (uint)(feed + 1);
        var port = (ushort)((line == Line.A ? PortA : PortB) + ((int)feed * PortStep) + id);
        uint source = line == Line.A ? SourceA : SourceB;
        return new UdpEndpoints(source, port, group, port);
    }

    /// <summary>Writes the FEED.json that `replay play` and `feedhandler run` read.</summary>
    public static void WriteFeedFile(Stream stream, GenerateOptions options)
    {
        CmeChannelOptions channel = options.Channel;
        using var json = new Utf8JsonWriter(stream, Indented);
        json.WriteStartObject();
        json.WriteStartArray("channels");
        json.WriteStartObject();
        json.WriteString("name", options.ChannelName);
        json.WriteString("protocol", "cme-mdp3");
        WriteLines(json, "incremental", options, CmeFeed.Incremental);
        if (channel.SnapshotCycleNs > 0) WriteLines(json, "snapshot", options, CmeFeed.Snapshot);
        if (channel.MboSnapshotCycleNs > 0) WriteLines(json, "mboSnapshot", options, CmeFeed.MboSnapshot);
        if (channel.DefinitionCycleNs > 0) WriteLines(json, "definitions", options, CmeFeed.Definitions);
        json.WriteEndObject();
        json.WriteEndArray();
        json.WriteEndObject();
        json.Flush();
        stream.WriteByte((byte)'\n');
    }

    private static void WriteLines(Utf8JsonWriter json, string name, GenerateOptions options, CmeFeed feed)
    {
        json.WriteStartObject(name);
        json.WriteString("a", Text(Of(options.Channel.ChannelId, feed, Line.A)));
        if (!options.OnlyLineA) json.WriteString("b", Text(Of(options.Channel.ChannelId, feed, Line.B)));
        json.WriteEndObject();
    }

    private static string Text(in UdpEndpoints endpoints)
    {
        uint group = endpoints.Destination;
        return $"{group >> 24}.{(group >> 16) & 0xFF}.{(group >> 8) & 0xFF}.{group & 0xFF}:{endpoints.DestinationPort}";
    }
}
