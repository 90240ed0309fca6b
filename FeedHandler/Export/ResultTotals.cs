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

    public ulong LostPackets { get; private init; }

    public long Recoveries { get; private init; }

    public long Unknown { get; private init; }

    public required IReadOnlyDictionary<string, long> Malformed { get; init; }

    public required IReadOnlyDictionary<string, long> States { get; init; }

    private double ElapsedSeconds { get; init; }

    public static ResultTotals Of(FeedResults results)
    {
        var lines = results.Channels.SelectMany(channel => channel.Lines).ToList();
        return new ResultTotals
        {
            Packets = lines.Sum(line => line.Packets),
            PacketsUsed = lines.Sum(line => line.Used),
            Duplicates = lines.Sum(line => line.Duplicates),
            Late = lines.Sum(line => line.Late),
            Messages = results.Channels.Sum(channel => channel.Messages.Sum(message => message.Count)),
            LostPackets = results.Gaps.Aggregate(0UL, (sum, gap) => sum + gap.Lost),
            Recoveries = results.Channels.Sum(channel => channel.Recoveries),
            Unknown = results.Channels.Sum(channel => channel.Unknown),
            Malformed = results.Channels.SelectMany(channel => channel.Malformed)
                .GroupBy(pair => pair.Key).ToDictionary(group => group.Key, group => group.Sum(pair => pair.Value)),
            States = results.Instruments.GroupBy(row => row.State).ToDictionary(group => group.Key.ToString(), group => group.LongCount()),
            ElapsedSeconds = results.ElapsedSeconds,
        };
    }

    public double PerSecond(long count) => ElapsedSeconds > 0 ? count / ElapsedSeconds : 0;
}
