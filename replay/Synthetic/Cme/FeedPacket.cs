namespace FeedHandler.Replay.Synthetic.Cme;

/// <summary>The feeds of a CME channel; each has its own addresses and packet sequence.</summary>
public enum CmeFeed
{
    Incremental,
    Snapshot,
    MboSnapshot,
    Definitions,
}

/// <summary>A packet as the exchange sends it, before lines and faults.</summary>
public readonly ref struct FeedPacket
{
    public required CmeFeed Feed { get; init; }

    /// <summary>MsgSeqNum of the packet header.</summary>
    public required uint Sequence { get; init; }

    /// <summary>Place among the packets of the feed, from 0; never restarts.</summary>
    public required long Index { get; init; }

    public required ulong SendTimeNs { get; init; }

    /// <summary>The UDP payload; valid during the call only.</summary>
    public required ReadOnlySpan<byte> Payload { get; init; }
}

/// <summary>Takes packets in the order of sending.</summary>
public interface IFeedSink
{
    void OnPacket(in FeedPacket packet);
}
