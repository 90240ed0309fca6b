using System.Text.Encodings.Web;
using System.Text.Json;
using FeedHandler.Actors;
using FeedHandler.Transport;

namespace FeedHandler.Export;

/// <summary>What a run did, as JSON with keys in snake_case.</summary>
internal static class ReportJson
{
    private static readonly JsonWriterOptions Options = new() { Indented = true, Encoder = JavaScriptEncoder.UnsafeRelaxedJsonEscaping };

    public static void Write(FeedRunOptions options, FeedResults results, TextWriter writer)
    {
        using var stream = new MemoryStream();
        using (var json = new Utf8JsonWriter(stream, Options)) Write(json, options, results);
        writer.Write(System.Text.Encoding.UTF8.GetString(stream.GetBuffer(), 0, (int)stream.Length));
        writer.Write('\n');
    }

    private static void Write(Utf8JsonWriter json, FeedRunOptions options, FeedResults results)
    {
        var totals = ResultTotals.Of(results);
        json.WriteStartObject();
        Strings(json, "captures", options.Captures);
        json.WriteString("cut_short", results.CutShort?.Message);
        json.WriteString("recovery", options.Recovery == RecoveryMode.Natural ? "natural" : "snapshot");
        json.WriteNumber("shards", options.Shards);
        json.WriteNumber("frames", results.Frames);
        Counts(json, "dropped_frames", results.DroppedFrames);
        json.WriteNumber("packets", totals.Packets);
        json.WriteNumber("packets_used", totals.PacketsUsed);
        json.WriteNumber("duplicates", totals.Duplicates);
        json.WriteNumber("late", totals.Late);
        Messages(json, results.Channels.SelectMany(channel => channel.Messages));
        json.WriteNumber("messages_total", totals.Messages);
        json.WriteNumber("updates", results.Updates);
        Gaps(json, results);
        if (results.GapsNotListed != 0) json.WriteNumber("gaps_not_listed", results.GapsNotListed);
        json.WriteNumber("lost_packets", totals.LostPackets);
        json.WriteNumber("recoveries", totals.Recoveries);
        json.WriteNumber("silences", totals.Silences);
        Counts(json, "malformed", totals.Malformed);
        json.WriteNumber("unknown", totals.Unknown);
        Counts(json, "anomalies", results.Anomalies);
        json.WriteNumber("instruments", results.Instruments.Count);
        Counts(json, "states", totals.States);
        json.WriteNumber("book_levels", results.Levels.Count);
        json.WriteNumber("resting_orders", results.Orders.Count);
        json.WriteNumber("elapsed_seconds", Math.Round(results.ElapsedSeconds, 6));
        json.WriteNumber("messages_per_second", Math.Round(totals.PerSecond(totals.Messages)));
        json.WriteNumber("packets_per_second", Math.Round(totals.PerSecond(totals.Packets)));
        json.WriteNumber("allocated_bytes_hot_path", results.AllocatedBytesHotPath);
        json.WriteString("books_digest", BooksDigest.Compute(results));
        Audit(json, results);
        if (results.RxCores.Count > 1) RxCores(json, results);
        json.WriteStartArray("channels");
        for (var i = 0; i < results.Channels.Count; i++) Channel(json, results.Channels[i], options.Feed.Channels[i]);
        json.WriteEndArray();
        json.WriteEndObject();
    }

    private static void RxCores(Utf8JsonWriter json, FeedResults results)
    {
        json.WriteStartArray("rx_cores");
        foreach (var core in results.RxCores)
        {
            json.WriteStartObject();
            json.WriteString("source", core.Source);
            if (core.Cpu is { } cpu) json.WriteNumber("cpu", cpu);
            else json.WriteNull("cpu");
            Strings(json, "channels", core.Channels.Select(channel => results.Channels[channel].Name));
            json.WriteNumber("frames", core.Frames);
            Counts(json, "dropped_frames", core.DroppedFrames);
            json.WriteNumber("updates", core.Updates);
            json.WriteEndObject();
        }

        json.WriteEndArray();
    }

    private static void Gaps(Utf8JsonWriter json, FeedResults results)
    {
        json.WriteStartArray("gaps");
        foreach (var gap in results.OrderedGaps())
        {
            json.WriteStartObject();
            json.WriteString("channel", results.Channels[gap.Channel].Name);
            json.WriteNumber("from", gap.From);
            json.WriteNumber("to", gap.Last);
            json.WriteNumber("lost", gap.Lost);
            json.WriteString("reason", SnakeCase(gap.Reason.ToString()));
            json.WriteEndObject();
        }

        json.WriteEndArray();
    }

    private static void Audit(Utf8JsonWriter json, FeedResults results)
    {
        if (results.Audit is not { } audit)
        {
            json.WriteNull("audit");
            return;
        }

        json.WriteStartObject("audit");
        json.WriteNumber("level_images", audit.LevelImages);
        json.WriteNumber("order_images", audit.OrderImages);
        json.WriteNumber("derived_levels", audit.DerivedLevels);
        json.WriteNumber("not_comparable", audit.NotComparable);
        json.WriteNumber("differences", audit.Differences);
        json.WriteStartArray("reports");
        foreach (var report in audit.Reports)
        {
            json.WriteStartObject();
            json.WriteString("channel", results.Channels[report.Channel].Name);
            json.WriteNumber("instrument", report.Instrument);
            json.WriteString("symbol", report.Symbol);
            json.WriteString("check", SnakeCase(report.Check.ToString()));
            json.WriteNumber("packet_sequence", report.PacketSequence);
            json.WriteString("book", report.Book);
            json.WriteString("reference", report.Reference);
            json.WriteEndObject();
        }

        json.WriteEndArray();
        json.WriteEndObject();
    }

    private static void Channel(Utf8JsonWriter json, ChannelResult channel, ChannelDefinition definition)
    {
        json.WriteStartObject();
        json.WriteString("name", channel.Name);
        json.WriteString("protocol", FeedProtocols.NameOf(definition.Protocol));
        json.WriteString("sequence_unit", channel.SequenceUnit);
        json.WriteNumber("packets", channel.Packets);
        json.WriteNumber("packets_used", channel.PacketsUsed);
        json.WriteNumber("lost_packets", channel.LostPackets);
        json.WriteStartArray("lines");
        foreach (var line in channel.Lines)
        {
            json.WriteStartObject();
            json.WriteString("feed", line.Feed);
            json.WriteString("line", line.Line);
            json.WriteString("address", line.Address);
            json.WriteNumber("packets", line.Packets);
            json.WriteNumber("packets_used", line.Used);
            json.WriteNumber("duplicates", line.Duplicates);
            json.WriteNumber("late", line.Late);
            json.WriteEndObject();
        }

        json.WriteEndArray();
        Messages(json, channel.Messages);
        Counts(json, "malformed", channel.Malformed);
        json.WriteNumber("unknown", channel.Unknown);
        json.WriteNumber("recoveries", channel.Recoveries);
        json.WriteNumber("silences", channel.Silences);
        json.WriteNumber("silent_seconds", Math.Round(channel.SilentSeconds, 3));
        if (channel.Requests is { } requests)
        {
            json.WriteStartObject("requests");
            json.WriteNumber("sent", requests.Sent);
            json.WriteNumber("requested", requests.Requested);
            json.WriteNumber("recovered", requests.Recovered);
            json.WriteNumber("answers", requests.Answers);
            json.WriteNumber("answers_used", requests.AnswersUsed);
            json.WriteNumber("given_up", requests.GivenUp);
            json.WriteEndObject();
        }

        if (channel.Images is { } images)
        {
            json.WriteStartObject("images");
            json.WriteNumber("taken", images.Taken);
            json.WriteString("problem", images.Problem);
            json.WriteEndObject();
        }

        Counts(json, "anomalies", channel.Anomalies);
        json.WriteEndObject();
    }

    // Counts under the venue's own ids, and beside them what each id is called.
    private static void Messages(Utf8JsonWriter json, IEnumerable<MessageCount> messages)
    {
        var byTemplate = messages.GroupBy(message => message.Template)
            .OrderBy(group => group.Key.Length).ThenBy(group => group.Key, StringComparer.Ordinal).ToList();
        json.WriteStartObject("messages");
        foreach (var group in byTemplate) json.WriteNumber(group.Key, group.Sum(message => message.Count));
        json.WriteEndObject();
        json.WriteStartObject("message_names");
        foreach (var group in byTemplate) json.WriteString(group.Key, group.First().Name);
        json.WriteEndObject();
    }

    private static void Counts(Utf8JsonWriter json, string key, IEnumerable<KeyValuePair<string, long>> counts)
    {
        json.WriteStartObject(key);
        foreach (var (reason, count) in counts.OrderBy(pair => pair.Key, StringComparer.Ordinal)) json.WriteNumber(reason, count);
        json.WriteEndObject();
    }

    private static void Strings(Utf8JsonWriter json, string key, IEnumerable<string> values)
    {
        json.WriteStartArray(key);
        foreach (var value in values) json.WriteStringValue(value);
        json.WriteEndArray();
    }

    private static string SnakeCase(string name) => JsonNamingPolicy.SnakeCaseLower.ConvertName(name);
}
