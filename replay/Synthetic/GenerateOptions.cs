using FeedHandler.Replay.Faults;
using FeedHandler.Replay.Synthetic.Cme;

namespace FeedHandler.Replay.Synthetic;

/// <summary>Everything that decides the bytes of a synthetic capture.</summary>
public sealed record GenerateOptions
{
    public required string Path { get; init; }

    public ExchangeOptions Exchange { get; init; } = new();

    public CmeChannelOptions Channel { get; init; } = new();

    /// <summary>Incremental packets that the capture covers.</summary>
    public long Packets { get; init; } = 10_000;

    /// <summary>Incremental packets that are sent before the capture begins: the receiver joins late.</summary>
    public long JoinAfter { get; init; }

    /// <summary>Loss on each line, independent of the other.</summary>
    public double LossA { get; init; }

    public double LossB { get; init; }

    /// <summary>Loss on each line of the snapshot and definition feeds.</summary>
    public double SnapshotLoss { get; init; }

    /// <summary>Ranges of incremental packets lost on both lines, counted from the first packet of the capture.</summary>
    public IReadOnlyList<Gap> Gaps { get; init; } = [];

    public double BurstChance { get; init; }

    public double MeanBurstPackets { get; init; } = 20;

    /// <summary>Part of the bursts that hit both lines.</summary>
    public double BurstCorrelation { get; init; } = 0.5;

    /// <summary>Part of the packets that come up to a second late: long after they were given up.</summary>
    public double LateChance { get; init; }

    /// <summary>Ranges of incremental packets that come on the other line.</summary>
    public IReadOnlyList<Gap> LineSwaps { get; init; } = [];

    /// <summary>Weeks that the packets are spread over; each starts its sequence again at 1.</summary>
    public int Weeks { get; init; } = 1;

    public double DuplicateChance { get; init; }

    public double ReorderChance { get; init; }

    public double CorruptionChance { get; init; }

    /// <summary>Line B does not exist.</summary>
    public bool OnlyLineA { get; init; }

    /// <summary>The capture ends with a rest in which every book can recover.</summary>
    public bool Settle { get; init; } = true;

    public string ChannelName => $"cme-{Channel.ChannelId}";
}
