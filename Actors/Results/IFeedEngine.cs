using Akka.Actor;
using FeedHandler.Transport;

namespace FeedHandler.Actors;

/// <summary>The pipeline as the commands see it: sources to RX cores to rings to book shards.</summary>
public interface IFeedEngine
{
    /// <summary>Starts a run.</summary>
    /// <exception cref="ConfigurationException">The feed cannot be run as configured, for example because a schema does not parse.</exception>
    /// <exception cref="CaptureException">A capture cannot be opened.</exception>
    IFeedRun Start(FeedRunOptions options);
}

/// <summary>A run that goes on by itself. Every member may be called from any thread.</summary>
public interface IFeedRun : IDisposable
{
    /// <summary>Ends with the results when the captures are over or the run was stopped; fails with <see cref="CaptureException"/> where a capture cannot be read on.</summary>
    Task<FeedResults> Completion { get; }

    /// <summary>Counters as they are now.</summary>
    FeedStatus GetStatus();

    /// <summary>Asks the run to end; <see cref="Completion"/> then ends with what there is. May be called more than once.</summary>
    void Stop();
}

/// <summary>What to run.</summary>
public sealed record FeedRunOptions
{
    /// <summary>Most book shards that a run may have.</summary>
    public const int MaxShards = 64;

    /// <summary>Channels to follow.</summary>
    public required FeedDefinition Feed { get; init; }

    /// <summary>Captures to replay, merged by time; empty: live from UDP sockets.</summary>
    public IReadOnlyList<string> Captures { get; init; } = [];

    /// <summary>Name or IPv4 address of the network interface to join multicast groups on; null: the system's choice.</summary>
    public string? Interface { get; init; }

    /// <summary>How books recover from a gap.</summary>
    public RecoveryMode Recovery { get; init; }

    /// <summary>Replay speed as a multiple of the recorded one; null: as fast as possible.</summary>
    public double? Speed { get; init; }

    /// <summary>Book shards, each an actor with its share of the instruments.</summary>
    public int Shards { get; init; } = 1;

    /// <summary>
    /// Neither RX nor a shard ever sleeps, each has a thread of its own: the least latency, for as many cores as there are shards and RX cores
    /// that do nothing else. An actor system of the caller's then needs <c>feedhandler.pinned-dispatcher.type = PinnedDispatcher</c>.
    /// </summary>
    public bool BusyPoll { get; init; }

    /// <summary>CPUs that the shards' threads are bound to, one for each shard; empty: none is bound. Only with <see cref="BusyPoll"/>: a shard that parks has no thread of its own.</summary>
    public IReadOnlyList<int> ShardCpus { get; init; } = [];

    /// <summary>Whether every snapshot of a Live book is compared with the book: see <see cref="ShardAudit"/>.</summary>
    public bool Audit { get; init; }

    /// <summary>Actor system to run in; null: one of the run's own, which ends with it.</summary>
    public ActorSystem? System { get; init; }

    /// <summary>Where best bids and asks go; null: nowhere.</summary>
    public IBboSink? Bbo { get; init; }
}

/// <summary>Progress of a run.</summary>
public sealed record FeedStatus
{
    /// <summary>Bytes of the captures read so far, as they lie on disk.</summary>
    public long BytesRead { get; init; }

    /// <summary>Bytes of all captures on disk; 0 for a live run.</summary>
    public long BytesTotal { get; init; }

    /// <summary>Packets received on any line.</summary>
    public long Packets { get; init; }

    /// <summary>Updates published.</summary>
    public long Updates { get; init; }

    /// <summary>Packets that the kernel, the network card or the capturing side says it lost before we could have them.</summary>
    public long SourceDrops { get; init; }

    /// <summary>Channels, in the order of the feed definition.</summary>
    public IReadOnlyList<ChannelStatus> Channels { get; init; } = [];

    /// <summary>RX cores, in the order of the feed definition; one where it names none.</summary>
    public IReadOnlyList<RxCoreStatus> RxCores { get; init; } = [];
}

/// <summary>Progress of one RX core.</summary>
/// <param name="Source">Name of its source, such as the interface.</param>
/// <param name="Cpu">CPU that it is bound to; null: any.</param>
/// <param name="Frames">Frames taken from the source.</param>
/// <param name="Updates">Updates published.</param>
/// <param name="SourceDrops">Packets lost before the source could deliver them.</param>
public readonly record struct RxCoreStatus(string Source, int? Cpu, long Frames, long Updates, long SourceDrops);

/// <summary>Progress of one channel.</summary>
/// <param name="Name">Name in the feed definition.</param>
/// <param name="PacketsA">Packets received on line A of the incremental feed.</param>
/// <param name="PacketsB">Packets received on line B of the incremental feed.</param>
/// <param name="Gaps">Gaps on all lines.</param>
/// <param name="LostPackets">Packets, or messages, in those gaps: see <paramref name="SequenceUnit"/>.</param>
/// <param name="Recoveries">Books brought up to date again.</param>
/// <param name="Instruments">Instruments known.</param>
/// <param name="LiveInstruments">Instruments whose books are live.</param>
/// <param name="SilentSeconds">How long no line of the incremental feed has brought anything, where that is longer than configured; else 0.</param>
/// <param name="SilentLine"><c>A</c> or <c>B</c> where that line has been silent for as long and the other has not; else null.</param>
/// <param name="ImageProblem">Why images of the order books cannot be had, such as <c>nobody answers at 10.0.0.9:18300</c>; null where the last one could, or none was asked for.</param>
/// <param name="SequenceUnit">What the venue numbers: <c>packets</c> or <c>messages</c>.</param>
/// <param name="Requested">Numbers that were lost on every line and asked for.</param>
/// <param name="Recovered">Numbers that answers to requests brought.</param>
/// <param name="HasLineB">Whether the channel has a second line.</param>
public readonly record struct ChannelStatus(
    string Name, long PacketsA, long PacketsB, long Gaps, long LostPackets, long Recoveries, int Instruments, int LiveInstruments,
    double SilentSeconds = 0, char? SilentLine = null, string? ImageProblem = null,
    string SequenceUnit = "packets", long Requested = 0, long Recovered = 0, bool HasLineB = true);
