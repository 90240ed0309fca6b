namespace FeedHandler.Simulation;

/// <summary>What can go wrong in a run. Each kind has its own stream of chance, so that leaving one out changes nothing else.</summary>
[Flags]
public enum FaultKinds
{
    None = 0,

    /// <summary>Independent loss on each line.</summary>
    Loss = 1,

    /// <summary>Bursts of loss, partly on both lines at once.</summary>
    Bursts = 1 << 1,

    Duplicates = 1 << 2,

    /// <summary>Packets overtaken by up to 64 others.</summary>
    Reordering = 1 << 3,

    /// <summary>Packets up to one second late.</summary>
    Delays = 1 << 4,

    /// <summary>Packets whose structure is broken: cut, or with a length that lies.</summary>
    Malformed = 1 << 5,

    /// <summary>Packets that the venue never sent, far away in the sequence.</summary>
    Forged = 1 << 6,

    LineSwap = 1 << 7,

    /// <summary>One line brings nothing at all.</summary>
    DeadLine = 1 << 8,

    /// <summary>Loss on the loops (snapshots, definitions).</summary>
    LoopLoss = 1 << 9,

    /// <summary>Delays on the loops: images that are old, or ahead of the incremental feed.</summary>
    LoopDelays = 1 << 10,

    ChannelResets = 1 << 11,

    NewSessions = 1 << 12,

    /// <summary>The sequence wraps at 2^32.</summary>
    Wrap = 1 << 13,

    LateJoin = 1 << 14,

    /// <summary>Nothing at all arrives for a while.</summary>
    Outages = 1 << 15,

    /// <summary>The books are too slow: the ring runs full.</summary>
    SlowBooks = 1 << 16,

    /// <summary>A recovery buffer that is too small now and then.</summary>
    SmallBuffer = 1 << 17,

    /// <summary>Whole incremental feed late against the loops by up to some milliseconds.</summary>
    LaggingFeed = 1 << 18,

    InstrumentResets = 1 << 19,

    /// <summary>The incremental feed brings nothing for a while, and the loops go on.</summary>
    SilentFeed = 1 << 20,

    All = (1 << 21) - 1,
}
