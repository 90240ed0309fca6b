namespace FeedHandler.Transport;

/// <summary>Receive time of wires that bring none: read once a burst.</summary>
internal static class WallClock
{
    private const int NsPerTick = 100;

    /// <summary>Nanoseconds since the Unix epoch.</summary>
    public static long NowNs() => (TimeProvider.System.GetUtcNow().Ticks - DateTime.UnixEpoch.Ticks) * NsPerTick;
}
