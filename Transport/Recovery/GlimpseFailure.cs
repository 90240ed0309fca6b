namespace FeedHandler.Transport;

/// <summary>Why an attempt to get an image failed.</summary>
public enum GlimpseFailure
{
    /// <summary>It did not.</summary>
    None,

    /// <summary>Nobody took the connection.</summary>
    NoConnection,

    /// <summary>User and password were refused.</summary>
    NotAuthorised,

    /// <summary>The server has no such session now.</summary>
    NoSession,

    /// <summary>The connection was closed in the middle of the image.</summary>
    HungUp,

    /// <summary>The server ended its session in the middle of the image.</summary>
    SessionEnded,

    /// <summary>What came is not GLIMPSE over SoupBinTCP.</summary>
    Malformed,

    /// <summary>The server was silent, or the feed did not reach the image in time.</summary>
    TimedOut,

    /// <summary>The image was older than what was buffered.</summary>
    TooOld,

    /// <summary>The image was of another session than the feed.</summary>
    OtherSession,
}

/// <summary>What a <see cref="GlimpseFailure"/> is, for people.</summary>
public static class GlimpseFailures
{
    /// <summary>Half a sentence about the last failure, such as <c>10.0.0.9:18300 refuses user and password</c>; null where nothing failed.</summary>
    public static string? Describe(GlimpseCounters counters, GlimpseEndpoint server) => counters.LastFailure switch
    {
        GlimpseFailure.None => null,
        GlimpseFailure.NoConnection => $"nobody answers at {server}",
        GlimpseFailure.NotAuthorised => $"{server} refuses user and password",
        GlimpseFailure.NoSession => $"{server} has no session now",
        GlimpseFailure.HungUp => $"{server} hung up before the image was whole",
        GlimpseFailure.SessionEnded => $"{server} ended its session before the image was whole",
        GlimpseFailure.Malformed => $"what {server} sends is not GLIMPSE 5.0 over SoupBinTCP",
        GlimpseFailure.TimedOut => $"{server} took too long, or the feed did not reach its image in time",
        GlimpseFailure.TooOld => $"the image of {server} was older than what is buffered (\"recoveryBuffer\")",
        GlimpseFailure.OtherSession => $"{server} serves session {counters.ServedSession}, the feed is in session {counters.FeedSession}",
        var failure => throw new ArgumentOutOfRangeException(nameof(counters), failure, "no such failure"),
    };
}
