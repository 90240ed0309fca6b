namespace FeedHandler.Actors;

/// <summary>What a book says of itself.</summary>
public enum BookState : byte
{
    /// <summary>
    /// Not right, or not proven right, and nothing that could heal it is under way; or of a channel that is silent, so that
    /// nobody knows how long ago it was right.
    /// </summary>
    Stale = 0,

    /// <summary>Not right, or not proven right; updates are buffered until a snapshot or the instrument's sequence proves the book.</summary>
    Recovering = 1,

    /// <summary>Rebuilt from updates alone: every level shown was set since the gap, but levels may be missing below.</summary>
    NaturallyRefreshed = 2,

    /// <summary>Equal to the venue's book at the sequence that it carries.</summary>
    Live = 3,
}

/// <summary>Why a book changed its state.</summary>
public enum StateReason : byte
{
    /// <summary>First seen in the middle of a session.</summary>
    Joined = 0,

    /// <summary>The channel's sequence starts with the first packet seen: nothing can be missing.</summary>
    SessionStart = 1,

    /// <summary>Packets were lost on every line.</summary>
    Gap = 2,

    /// <summary>The instrument's own sequence jumped or went back.</summary>
    InstrumentGap = 3,

    /// <summary>The sequence went on without a hole: that of the instrument after a gap that did not touch it, or that of the channel after a silence.</summary>
    SequenceProven = 4,

    /// <summary>A snapshot was taken over and the buffered updates after it applied.</summary>
    Snapshot = 5,

    /// <summary>The venue reset the channel or the instrument: the book is known to be empty.</summary>
    Reset = 6,

    /// <summary>An update contradicted the book (a level or order that is not there).</summary>
    Contradiction = 7,

    /// <summary>A bound was reached (orders, levels).</summary>
    Overflow = 8,

    /// <summary>Enough levels were set by updates alone.</summary>
    NaturalRefresh = 9,

    /// <summary>A message that could have changed the book could not be read.</summary>
    Suspect = 10,

    /// <summary>The shard that owns the book was restarted after a fault.</summary>
    ShardRestarted = 11,

    /// <summary>No line of the channel has brought anything for too long.</summary>
    Silence = 12,

    /// <summary>The self-audit found the book different from the venue's image, or its levels from its orders.</summary>
    AuditDifference = 13,

    /// <summary>Packets were lost on every line, and nobody answered the request for them.</summary>
    RequestGivenUp = 14,

    /// <summary>An image of the books was asked for, and each attempt failed or brought one that is too old.</summary>
    ImageGivenUp = 15,
}
