namespace FeedHandler.Sbe;

/// <summary>Why a message cannot be read or written. Everything but <see cref="None"/> means that nothing of it may be used.</summary>
public enum SbeError
{
    /// <summary>The whole message is readable.</summary>
    None = 0,

    /// <summary>The bytes end inside the message header.</summary>
    TruncatedHeader = 1,

    /// <summary>The bytes end inside the root block.</summary>
    TruncatedBlock = 2,

    /// <summary>The wire's block length is too short for the fields of the wire's version.</summary>
    BlockTooShort = 3,

    /// <summary>The bytes end inside a group: more entries are announced than there are.</summary>
    TruncatedGroup = 4,

    /// <summary>A group has entries whose block length is too short for the fields of the wire's version.</summary>
    GroupBlockTooShort = 5,

    /// <summary>The bytes end inside variable-length data.</summary>
    TruncatedData = 6,

    /// <summary>The schema has no message of this template id.</summary>
    UnknownTemplate = 7,

    /// <summary>The message belongs to a schema of another id.</summary>
    OtherSchema = 8,

    /// <summary>The destination is too small.</summary>
    NoSpace = 9,

    /// <summary>A count or length does not fit the type that it has on the wire.</summary>
    TooLarge = 10,

    /// <summary>Groups and data are written in the schema's order, each once, before the message ends.</summary>
    OutOfOrder = 11,
}
