namespace FeedHandler.Replay.Synthetic.Cme;

/// <summary>How the exchange's events become the feeds of one CME channel.</summary>
public sealed record CmeChannelOptions
{
    public short ChannelId { get; init; } = 310;

    public CmeSchema Schema { get; init; } = CmeSchema.V13;

    /// <summary>MsgSeqNum of the first incremental packet. After 4294967295 comes 0.</summary>
    public uint StartSequence { get; init; } = 1;

    /// <summary>Time that one cycle of the snapshot loop takes; 0 switches the loop off.</summary>
    public long SnapshotCycleNs { get; init; } = 5_000_000_000;

    /// <summary>Time that one cycle of the loop of order books takes; 0 switches the loop off.</summary>
    public long MboSnapshotCycleNs { get; init; } = 5_000_000_000;

    /// <summary>Time that one cycle of the definitions takes; 0 switches the loop off.</summary>
    public long DefinitionCycleNs { get; init; } = 10_000_000_000;

    /// <summary>Orders in one chunk of an order book image.</summary>
    public int OrdersPerChunk { get; init; } = 40;

    /// <summary>Silence after which the venue says that it is alive. The venue's own figure is not public.</summary>
    public long HeartbeatNs { get; init; } = 1_000_000_000;

    /// <summary>How often an event goes on in a new packet though the old one has room.</summary>
    public double SplitChance { get; init; } = 0.06;

    /// <summary>How often a packet waits for the next event when that is only microseconds away.</summary>
    public double CombineChance { get; init; } = 0.6;
}
