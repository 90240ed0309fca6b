using FeedHandler.Actors;

namespace FeedHandler.Export;

/// <summary>Sums over the channels of a run.</summary>
internal sealed record ResultTotals
{
    public long Packets { get; private init; }

    public long PacketsUsed { get; private init; }

    public long Duplicates { get; private init; }

    public long Late { get; private init; }

    public long Messages { get; private init; }

    public long Gaps { get; private init; }

    public long LostPackets { get; private init; }

    /// <summary>What was lost, in the units of the channels, such as <c>6 packets and 400 messages</c>.</summary>
    public string Lost { get; private init; } = "";

    public long Recoveries { get; private init; }

    public long Silences { get; private init; }

    public double SilentSeconds { get; private init; }

    public long Unknown { get; private init; }

    public required IReadOnlyDictionary<string, long> Malformed { get; init; }

    public required IReadOnlyDictionary<string, long> States { get; init; }

    /// <summary>What should not happen, of the run and of its channels, where it did.</summary>
    public required IReadOnlyDictionary<string, long> Anomalies { get; init; }

    private double ElapsedSeconds { get; init; }

    public static ResultTotals Of(FeedResults results)
    {
        var lines = results.Channels.SelectMany(channel => channel.Lines).ToList();
        return new ResultTotals
        {
            Packets = results.Channels.Sum(channel => channel.Packets),
            PacketsUsed = results.Channels.Sum(channel => channel.PacketsUsed),
            Duplicates = lines.Sum(line => line.Duplicates),
            Late = lines.Sum(line => line.Late),
            Messages = results.Channels.Sum(channel => channel.Messages.Sum(message => message.Count)),
            Gaps = results.Gaps.Count + results.GapsNotListed,
            LostPackets = results.Channels.Sum(channel => channel.LostPackets),
            Lost = string.Join(" and ", results.Channels.GroupBy(channel => channel.SequenceUnit)
                .Select(group => (Unit: group.Key, Count: group.Sum(channel => channel.LostPackets)))
                .Where(lost => lost.Count != 0).OrderByDescending(lost => lost.Unit, StringComparer.Ordinal).Select(lost => $"{lost.Count:N0} {lost.Unit}")),
            Recoveries = results.Channels.Sum(channel => channel.Recoveries),
            Silences = results.Channels.Sum(channel => channel.Silences),
            SilentSeconds = results.Channels.Sum(channel => channel.SilentSeconds),
            Unknown = results.Channels.Sum(channel => channel.Unknown),
            Malformed = Sum(results.Channels.SelectMany(channel => channel.Malformed)),
            Anomalies = Sum(results.Channels.SelectMany(channel => channel.Anomalies).Concat(results.Anomalies).Where(pair => pair.Value != 0)),
            States = results.Instruments.GroupBy(row => row.State).ToDictionary(group => group.Key.ToString(), group => group.LongCount()),
            ElapsedSeconds = results.ElapsedSeconds,
        };
    }

    private static Dictionary<string, long> Sum(IEnumerable<KeyValuePair<string, long>> counts) =>
        counts.GroupBy(pair => pair.Key).ToDictionary(group => group.Key, group => group.Sum(pair => pair.Value));

    public double PerSecond(long count) => ElapsedSeconds > 0 ? count / ElapsedSeconds : 0;
}
