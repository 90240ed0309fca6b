namespace FeedHandler.Transport;

/// <summary>Counters of a channel. Written by the RX core; other threads may read single fields at any time.</summary>
public struct LineArbiterCounters
{
    /// <summary>Gaps declared.</summary>
    public long Gaps;

    /// <summary>Sequence numbers inside declared gaps.</summary>
    public long LostSequences;

    /// <summary>Packets delivered from the reorder window.</summary>
    public long Released;

    /// <summary>Sequence restarts after the first session.</summary>
    public long Sessions;

    /// <summary>Copies that differ from the packet of the same sequence number.</summary>
    public long Conflicts;

    /// <summary>Held packets that later packets proved impossible: sent before them, yet numbered after them.</summary>
    public long Contradicted;

    /// <summary>Holes decided because the window, or the place for an oversize packet, was full.</summary>
    public long ForcedGaps;

    /// <summary>Packets lost because the caller did not drain <see cref="LineArbiter.Next"/>: always 0 in a correct program.</summary>
    public long NotDrained;
}

/// <summary>Counters of one line of a channel.</summary>
public struct LineCounters
{
    /// <summary>Packets offered.</summary>
    public long Received;

    /// <summary>Packets that brought nothing new.</summary>
    public long Duplicates;

    /// <summary>Packets from before the start, or from a gap already declared.</summary>
    public long Late;

    /// <summary>Packets that covered no sequence.</summary>
    public long Heartbeats;

    /// <summary>Packets that had to wait in the reorder window.</summary>
    public long Held;

    /// <summary>Packets that came after a later one of the same line.</summary>
    public long Reordered;

    /// <summary>Sequence numbers that the line jumped over.</summary>
    public long Skipped;

    /// <summary>Of the skipped ones, those that the line itself brought later.</summary>
    public long Refilled;

    /// <summary>Packets that were not believed at first: forged, corrupt, or the first of a jump or restart.</summary>
    public long Outliers;

    /// <summary>Of the outliers, those that were confirmed and taken back.</summary>
    public long Confirmed;

    /// <summary>Sequence numbers that this line lost, whether or not another line had them.</summary>
    public readonly long LineLoss => Skipped - Refilled;
}
