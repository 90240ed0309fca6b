namespace FeedHandler.Transport;

/// <summary>Where and as whom a channel's packets can be asked for over TCP.</summary>
/// <param name="Host">Name or address of the server.</param>
/// <param name="Port">Its TCP port.</param>
/// <param name="Channel">The venue's number of the channel (tag 1180).</param>
/// <param name="User">User (tag 553); the venue takes any.</param>
/// <param name="Password">Password (tag 554).</param>
public sealed record CmeReplayEndpoint(string Host, ushort Port, int Channel, string User = "CME", string Password = "CME");

/// <summary>Limits of a <see cref="CmeReplaySession"/>. Times are nanoseconds.</summary>
public sealed record CmeReplayOptions
{
    /// <summary>Packets of one request: the venue refuses more. A greater hole is left to the snapshots.</summary>
    public int MaxPackets { get; init; } = 2000;

    /// <summary>How long a hole may be the work of reordering, or of the other line's lag, before it is asked for.</summary>
    public long HoldBackNs { get; init; } = 2_000_000;

    /// <summary>How long a session may take from the connection to its last packet.</summary>
    public long SessionTimeoutNs { get; init; } = 500_000_000;

    /// <summary>Sessions for the same hole before it is given up.</summary>
    public int MaxAttempts { get; init; } = 3;

    /// <summary>Pause after a failed session; twice as long after each that follows.</summary>
    public long BackOffNs { get; init; } = 50_000_000;

    /// <summary>After a hole was given up: how long the server is not asked at all, so that a dead one does not hold up every gap.</summary>
    public long CoolDownNs { get; init; } = 10_000_000_000;
}

/// <summary>What a replay client counted.</summary>
public sealed class CmeReplayCounters
{
    /// <summary>Sessions begun; each makes one request at most.</summary>
    public long Sessions;

    /// <summary>Requests sent.</summary>
    public long Requests;

    /// <summary>Packets asked for, each once however often its request was repeated.</summary>
    public long Requested;

    /// <summary>Packets that came back.</summary>
    public long Packets;

    /// <summary>Sessions that ended without all that was asked for.</summary>
    public long Failed;

    /// <summary>Holes given up, or too great to be asked for.</summary>
    public long GivenUp;
}
