using FeedHandler.Codecs;
using FeedHandler.Transport;

namespace FeedHandler.Actors;

/// <summary>Turns the counters of a run into its results.</summary>
internal static class FeedReport
{
    public static FeedResults Build(
        FeedDefinition feed, RxThreads rx, IReadOnlyList<ShardConsumer> shards, ResultRows rows, TimeSpan elapsed) => new()
    {
        Channels = [.. feed.Channels.Select((channel, i) => Channel(channel, rx, shards, i))],
        GapsNotListed = rx.Receivers.Sum(receiver => receiver.Counters.Gaps - receiver.Counters.ReportedGaps.Count),
        Gaps = [.. rx.Receivers.SelectMany(Gaps)],
        Instruments = rows.Instruments,
        Levels = rows.Levels,
        Orders = rows.Orders,
        Audit = Audit(shards),
        Frames = rx.Sum(core => core.Counters.Frames),
        DroppedFrames = Sum(rx.All.Select(thread => Dropped(thread.Core))),
        RxCores = [.. rx.All.Select(Core)],
        Anomalies = Anomalies(rx, shards),
        Updates = rx.Sum(core => core.Writer.Updates),
        ElapsedSeconds = elapsed.TotalSeconds,
        AllocatedBytesHotPath = rx.All.Sum(thread => thread.AllocatedBytes) + shards.Sum(shard => shard.AllocatedBytes),
    };

    private static RxCoreResult Core(RxThread thread) => new(
        thread.Core.Source.Name, thread.Definition.Transport.Cpu, thread.Definition.Channels, thread.Core.Counters.Frames, Dropped(thread.Core), thread.Core.Writer.Updates);

    private static Dictionary<string, long> Sum(IEnumerable<IReadOnlyDictionary<string, long>> counts)
    {
        var sum = new Dictionary<string, long>(StringComparer.Ordinal);
        foreach (var (reason, count) in counts.SelectMany(one => one)) sum[reason] = sum.GetValueOrDefault(reason) + count;
        return sum;
    }

    private static ShardAudit? Audit(IReadOnlyList<ShardConsumer> shards)
    {
        ShardAudit? sum = null;
        foreach (var shard in shards)
        {
            if (shard.Audit is not null) (sum ??= new ShardAudit()).Add(shard.Audit);
        }

        return sum;
    }

    private static ChannelResult Channel(ChannelDefinition channel, RxThreads rx, IReadOnlyList<ShardConsumer> shards, int index)
    {
        var receiver = rx.ReceiverOf(index);
        return new()
        {
            Name = channel.Name,
            PriceExponent = ChannelReceivers.PriceExponent(channel.Protocol),
            SequenceUnit = ChannelReceivers.SequenceUnit(channel.Protocol),
            Lines = [.. Lines(channel, receiver)],
            Packets = receiver.Counters.Packets,
            PacketsUsed = receiver.Counters.PacketsUsed,
            LostPackets = receiver.Counters.Lost,
            Silences = receiver.Silence.Silences,
            SilentSeconds = (receiver.Silence.SilentNs + (receiver.Silence.IsSilent ? rx.ClockNsOf(index) - receiver.Silence.HeardNs : 0)) / 1e9,
            Requests = receiver.Requests is { } requests
                ? new RequestResult(requests.Requests, requests.Requested, receiver.Counters.Recovered, requests.Answers, receiver.Counters.AnswersUsed, requests.GivenUp)
                : null,
            Images = receiver.Images is { } images ? new ImageResult(images.Images, ImageProblem(channel, receiver)) : null,
            Anomalies = Anomalies(channel, receiver),
            Messages = [.. Messages(channel, receiver.Decoder)],
            Malformed = Malformed(receiver.Decoder),
            Unknown = receiver.Decoder.Unknown,
            Recoveries = shards.Sum(shard => shard.Counters.RecoveriesByChannel[index]),
        };
    }

    public static string? ImageProblem(ChannelDefinition channel, ChannelReceiver receiver) =>
        receiver.Images is { } images && channel.Glimpse is { } server ? GlimpseFailures.Describe(images, server) : null;

    private static IEnumerable<GapResult> Gaps(ChannelReceiver receiver, int index) =>
        receiver.Counters.ReportedGaps.Select(gap => new GapResult(index, gap.From, gap.To, gap.Reason));

    private static Dictionary<string, long> Anomalies(RxThreads rx, IReadOnlyList<ShardConsumer> shards) => new(StringComparer.Ordinal)
    {
        ["source_drops"] = rx.Sum(core => core.Source.Dropped),
        ["shard_restarts"] = shards.Sum(shard => shard.Restarts),
        ["contradictions"] = shards.Sum(shard => shard.Counters.Contradictions),
        ["instrument_gaps"] = shards.Sum(shard => shard.Counters.InstrumentGaps),
        ["snapshots_rejected"] = shards.Sum(shard => shard.Counters.SnapshotsRejected),
        ["snapshots_too_old"] = shards.Sum(shard => shard.Counters.SnapshotsTooOld),
        ["recovery_buffer_overwritten"] = shards.Sum(shard => shard.Counters.BufferOverwritten),
        ["order_overflows"] = shards.Sum(shard => shard.Counters.OrderOverflows),
        ["updates_of_refused_instruments"] = shards.Sum(shard => shard.Counters.UpdatesRefused),
    };

    private static Dictionary<string, long> Anomalies(ChannelDefinition channel, ChannelReceiver receiver)
    {
        var arbiter = receiver.Arbiter.Counters;
        var lines = channel.Incremental.B is null ? 1 : 2;
        var anomalies = new Dictionary<string, long>(StringComparer.Ordinal)
        {
            ["ring_full_packets"] = receiver.Counters.RingFullPackets,
            ["other_session_packets"] = receiver.Counters.OtherSession + receiver.Counters.Loops.Sum(loop => loop.OtherSession),
            ["outliers"] = Enumerable.Range(0, lines).Sum(line => Outliers(receiver.Arbiter.CountersOf(line))),
            ["contradicted_packets"] = arbiter.Contradicted,
            ["conflicting_copies"] = arbiter.Conflicts,
            ["forced_gaps"] = arbiter.ForcedGaps,
            ["line_silences"] = receiver.Silence.LineSilences,
        };
        if (receiver.Images is { } images)
        {
            anomalies["images_failed"] = images.Failed;
            anomalies["images_refused"] = images.Refused;
            anomalies["images_malformed"] = images.Malformed;
            anomalies["images_too_old"] = images.TooOld;
            anomalies["images_other_session"] = images.OtherSession;
            anomalies["images_given_up"] = images.GivenUp;
            anomalies["images_refused_by_books"] = receiver.Demand!.BooksRefused;
        }

        return anomalies;
    }

    /// <summary>Packets too far from the others to be believed, and never confirmed.</summary>
    private static long Outliers(in LineCounters line) => line.Outliers - line.Confirmed;

    private static IEnumerable<LineResult> Lines(ChannelDefinition channel, ChannelReceiver receiver)
    {
        foreach (var (role, key, lines) in channel.Feeds())
        {
            yield return Line(key, "a", lines.A, receiver, role, 0);
            if (lines.B is { } b) yield return Line(key, "b", b, receiver, role, 1);
        }
    }

    private static LineResult Line(string key, string line, LineAddress address, ChannelReceiver receiver, FeedRole role, int index)
    {
        if (role == FeedRole.Incremental)
        {
            var counters = receiver.Arbiter.CountersOf(index);
            var unused = counters.Duplicates + counters.Late + counters.Heartbeats + Outliers(counters);
            return new LineResult(key, line, address.ToString(), counters.Received, counters.Received - unused, counters.Duplicates, counters.Late);
        }

        var loop = receiver.Counters.Loops[((int)role * 2) + index];
        return new LineResult(key, line, address.ToString(), loop.Packets, loop.Packets - loop.Duplicates - loop.OtherSession, loop.Duplicates, 0);
    }

    private static IEnumerable<MessageCount> Messages(ChannelDefinition channel, DecoderCounters counters)
    {
        for (var i = 0; i < counters.Messages.Length; i++)
        {
            if (counters.Messages[i] == 0) continue;
            var (template, name) = ChannelReceivers.DescribeMessage(channel.Protocol, i);
            yield return new MessageCount(template, name, counters.Messages[i]);
        }
    }

    private static Dictionary<string, long> Malformed(DecoderCounters counters)
    {
        var malformed = new Dictionary<string, long>(StringComparer.Ordinal);
        for (var i = 0; i < counters.Malformed.Length; i++)
        {
            if (counters.Malformed[i] != 0) malformed[SnakeCase(((MalformedReason)i).ToString())] = counters.Malformed[i];
        }

        return malformed;
    }

    private static Dictionary<string, long> Dropped(RxCore rx)
    {
        var counters = rx.Counters;
        var dropped = new Dictionary<string, long>(StringComparer.Ordinal);
        for (var i = 1; i < counters.Dropped.Length; i++)
        {
            if (counters.Dropped[i] != 0) dropped[SnakeCase(((FrameError)i).ToString())] = counters.Dropped[i];
        }

        if (counters.Unrouted != 0) dropped["other_address"] = counters.Unrouted;
        if (counters.WrongSource != 0) dropped["wrong_source"] = counters.WrongSource;
        if (rx.Source.Dropped is > 0 and var lost) dropped["lost_by_source"] = lost;
        return dropped;
    }

    private static string SnakeCase(string name) =>
        string.Concat(name.Select((c, i) => char.IsUpper(c) && i > 0 ? $"_{char.ToLowerInvariant(c)}" : $"{char.ToLowerInvariant(c)}"));
}
