namespace FeedHandler.Transport;

/// <summary>Where and as whom images of a channel's order books can be had over TCP.</summary>
/// <param name="Host">Name or address of the server.</param>
/// <param name="Port">Its TCP port.</param>
/// <param name="User">User, up to 6 characters.</param>
/// <param name="Password">Password, up to 10 characters. Nothing prints it.</param>
/// <param name="AnySession">Whether its sessions have names of their own, so that none is compared with that of the feed.</param>
public sealed record GlimpseEndpoint(string Host, ushort Port, string User = "", string Password = "", bool AnySession = false)
{
    /// <summary>The server alone, such as <c>10.0.0.9:18300</c>.</summary>
    public override string ToString() => $"{Host}:{Port}";
}

/// <summary>Limits of a <see cref="GlimpseSession"/>. Times are nanoseconds.</summary>
public sealed record GlimpseOptions
{
    /// <summary>How long connecting and logging in may take.</summary>
    public long LoginTimeoutNs { get; init; } = 5_000_000_000;

    /// <summary>How long the server may be silent: it sends something every second.</summary>
    public long SilenceTimeoutNs { get; init; } = 15_000_000_000;

    /// <summary>How long an attempt may take in all, until the feed has reached its image.</summary>
    public long AttemptTimeoutNs { get; init; } = 180_000_000_000;

    /// <summary>The client says something after so long: the protocol demands it.</summary>
    public long HeartbeatNs { get; init; } = 1_000_000_000;

    /// <summary>Messages of one image at most: far above every order that a market has at a time.</summary>
    public long MaxMessages { get; init; } = 1 << 26;

    /// <summary>Attempts before an image is given up.</summary>
    public int MaxAttempts { get; init; } = 5;

    /// <summary>Pause after a failed attempt; twice as long after each that follows.</summary>
    public long BackOffNs { get; init; } = 250_000_000;

    /// <summary>After an image was given up: how long nothing is asked, whatever is lost; twice as long after each that follows, up to sixteen times.</summary>
    public long CoolDownNs { get; init; } = 30_000_000_000;
}

/// <summary>What a client of images counted. Owned by one RX core; others read it for display.</summary>
public sealed class GlimpseCounters
{
    /// <summary>Connections begun.</summary>
    public long Sessions;

    /// <summary>Messages of images that came.</summary>
    public long Messages;

    /// <summary>Images that were taken over.</summary>
    public long Images;

    /// <summary>Attempts that failed, for any reason.</summary>
    public long Failed;

    /// <summary>Of those: logins that were refused.</summary>
    public long Refused;

    /// <summary>Of those: streams that were not as the protocol says.</summary>
    public long Malformed;

    /// <summary>Of those: images that were older than what was buffered.</summary>
    public long TooOld;

    /// <summary>Of those: images of another session than the feed's.</summary>
    public long OtherSession;

    /// <summary>Images that were given up.</summary>
    public long GivenUp;

    /// <summary>Why the last attempt failed; none since an image was taken over.</summary>
    public GlimpseFailure LastFailure;

    /// <summary>Session of the last image that was of another session than the feed, for people.</summary>
    public string ServedSession = "";

    /// <summary>The feed's session then, for people.</summary>
    public string FeedSession = "";
}
