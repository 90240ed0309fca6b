using FeedHandler.Codecs;

namespace FeedHandler.Transport;

/// <summary>The RX side of one channel: arbitration of its lines, and its decoder.</summary>
/// <remarks>Owned by one RX core.</remarks>
public abstract class ChannelReceiver : IDisposable
{
    /// <summary>Index of the arbiter's line that stands for answers to requests.</summary>
    public const int RequestLine = 2;

    /// <summary>Takes one UDP payload of one of the channel's lines, as in a capture: silence is measured by the packets' times.</summary>
    public void OnPacket(FeedRole role, int line, ReadOnlySpan<byte> payload, long receiveTimeNs) => OnPacket(role, line, payload, receiveTimeNs, receiveTimeNs);

    /// <summary>Takes one UDP payload of one of the channel's lines.</summary>
    /// <param name="role">Its feed.</param>
    /// <param name="line">Its line, 0 or 1.</param>
    /// <param name="payload">The payload.</param>
    /// <param name="receiveTimeNs">When it came, nanoseconds since the Unix epoch.</param>
    /// <param name="clockNs">The same by the clock that measures silence; never goes back.</param>
    public abstract void OnPacket(FeedRole role, int line, ReadOnlySpan<byte> payload, long receiveTimeNs, long clockNs);

    /// <summary>Whether a time-out runs: <see cref="OnIdle(long, long)"/> is wanted as time passes.</summary>
    public abstract bool IsWaiting { get; }

    /// <summary>Whether more packets wait already: what can wait does.</summary>
    internal bool IsBehind { get; set; }

    /// <summary>Lets time-outs run while nothing arrives for the channel, as in a capture.</summary>
    public void OnIdle(long nowNs) => OnIdle(nowNs, nowNs);

    /// <summary>Lets time-outs run while nothing arrives for the channel.</summary>
    /// <param name="nowNs">The time, nanoseconds since the Unix epoch.</param>
    /// <param name="clockNs">The same by the clock that measures silence; never goes back.</param>
    public abstract void OnIdle(long nowNs, long clockNs);

    /// <summary>Tells the consumers of a silence that has lasted too long.</summary>
    /// <param name="clockNs">The time by the clock that measures silence.</param>
    /// <param name="nowNs">The same moment in nanoseconds since the Unix epoch.</param>
    /// <returns>When it is to be called again; <see cref="long.MaxValue"/>: never. An earlier call changes nothing.</returns>
    public abstract long OnClock(long clockNs, long nowNs);

    /// <summary>Nothing can arrive any more: what is held back is delivered, what is missing is a gap.</summary>
    public abstract void Flush();

    /// <summary>Closes what the receiver opened itself.</summary>
    public abstract void Dispose();

    /// <summary>What the decoder counted.</summary>
    public abstract DecoderCounters Decoder { get; }

    /// <summary>The arbiter of the incremental feed.</summary>
    public abstract LineArbiter Arbiter { get; }

    /// <summary>What was asked for of what the lines lost; null where nobody is asked.</summary>
    public virtual RequestTotals? Requests => null;

    /// <summary>What came of images of the order books; null where none are fetched.</summary>
    public abstract GlimpseCounters? Images { get; }

    /// <summary>What the shards ask for; null where no images are fetched.</summary>
    public virtual ImageDemand? Demand => null;

    /// <summary>How long the incremental feed has been silent.</summary>
    public abstract SilenceWatch Silence { get; }

    /// <summary>What the receiver itself counted.</summary>
    public ReceiverCounters Counters { get; } = new();
}

/// <summary>What a channel's receiver counted. Owned by one RX core; others read it for display.</summary>
public sealed class ReceiverCounters
{
    /// <summary>Gaps that are kept for the report; more are counted only.</summary>
    public const int MaxReportedGaps = 65_536;

    /// <summary>Packets of all feeds and lines.</summary>
    public long Packets;

    /// <summary>Of those: packets that were decoded.</summary>
    public long PacketsUsed;

    /// <summary>Answers to requests that were decoded: they are no packets of a line.</summary>
    public long AnswersUsed;

    /// <summary>Sequence numbers that such answers brought first.</summary>
    public long Recovered;

    /// <summary>Snapshot and definition lines, by role * 2 + line.</summary>
    public readonly LoopLineCounters[] Loops = new LoopLineCounters[8];

    /// <summary>Packets dropped because the ring was full.</summary>
    public long RingFullPackets;

    /// <summary>Packets dropped because they belong to another session.</summary>
    public long OtherSession;

    /// <summary>Gaps told to the consumers.</summary>
    public long Gaps;

    /// <summary>Sequence numbers in those gaps.</summary>
    public long Lost;

    /// <summary>The gaps, as half-open ranges, oldest first.</summary>
    public readonly List<ReportedGap> ReportedGaps = [];
}

/// <summary>Counters of one line of a loop (snapshots, definitions).</summary>
public struct LoopLineCounters
{
    /// <summary>Packets received.</summary>
    public long Packets;

    /// <summary>Packets dropped because the other line had brought them.</summary>
    public long Duplicates;

    /// <summary>Packets dropped because their images are of another session, or may be.</summary>
    public long OtherSession;

    /// <summary>Packets dropped because they named numbers of the incremental feed that nothing else bore out in time.</summary>
    public long Unproven;
}

/// <summary>Sequence numbers that never arrived, half-open.</summary>
public readonly record struct ReportedGap(ulong From, ulong To, GapReason Reason);
