using System.Diagnostics;

namespace FeedHandler.Replay.Send;

/// <summary>When each packet is due. Computed from the start, never from the packet before: a late packet makes no later one late.</summary>
/// <param name="Speed">Multiple of the recorded speed; null: not by the recording.</param>
/// <param name="PacketsPerSecond">Even rate; null: not by rate. Neither: at once.</param>
internal readonly record struct SendPace(double? Speed, double? PacketsPerSecond)
{
    private const double NsPerSecond = 1e9;

    public bool IsMax => Speed is null && PacketsPerSecond is null;

    /// <summary>Due time in timer ticks after the start.</summary>
    /// <param name="index">Packets before this one.</param>
    /// <param name="sinceFirstNs">Recorded time since the first packet.</param>
    public long DueTicks(long index, long sinceFirstNs) => this switch
    {
        { PacketsPerSecond: { } rate } => (long)(index / rate * Stopwatch.Frequency),
        { Speed: { } speed } => (long)(sinceFirstNs / speed / NsPerSecond * Stopwatch.Frequency),
        _ => 0,
    };
}
