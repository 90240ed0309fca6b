using FeedHandler.Codecs;
using FeedHandler.Transport;

namespace FeedHandler.Actors;

/// <summary>What a run has seen and what its books hold at its end. Plain values, in no particular order.</summary>
public sealed record FeedResults
{
    /// <summary>Channels, in the order of the feed definition; rows name a channel by its index here.</summary>
    public required IReadOnlyList<ChannelResult> Channels { get; init; }

    /// <summary>Ranges of packets lost on every line.</summary>
    public IReadOnlyList<GapResult> Gaps { get; init; } = [];

    /// <summary>Gaps that were counted, and are too many to be in <see cref="Gaps"/>.</summary>
    public long GapsNotListed { get; init; }

    /// <summary>What should not happen and is told where it does, by name such as <c>shard_restarts</c>; those of a channel stand there.</summary>
    public IReadOnlyDictionary<string, long> Anomalies { get; init; } = new Dictionary<string, long>();

    /// <summary>Every instrument that was defined or traded or had a book.</summary>
    public IReadOnlyList<InstrumentResult> Instruments { get; init; } = [];

    /// <summary>Every level of every price-level book.</summary>
    public IReadOnlyList<BookLevelResult> Levels { get; init; } = [];

    /// <summary>Every resting order of every market-by-order book.</summary>
    public IReadOnlyList<RestingOrderResult> Orders { get; init; } = [];

    /// <summary>What the self-audit came to, all shards together; null where it was off.</summary>
    public ShardAudit? Audit { get; init; }

    /// <summary>Frames that reached the sources.</summary>
    public long Frames { get; init; }

    /// <summary>Frames that never became a packet of a channel, by reason such as <c>not_udp</c> or <c>other_address</c>.</summary>
    public IReadOnlyDictionary<string, long> DroppedFrames { get; init; } = new Dictionary<string, long>();

    /// <summary>What each RX core saw, in the order of the feed definition; one where it names none.</summary>
    public IReadOnlyList<RxCoreResult> RxCores { get; init; } = [];

    /// <summary>Normalised updates published to the rings.</summary>
    public long Updates { get; init; }

    /// <summary>Wall-clock time from the first poll to the last update applied, in seconds.</summary>
    public double ElapsedSeconds { get; init; }

    /// <summary>Why a capture could not be read to its end, where so: the results are those of what came before.</summary>
    public CaptureException? CutShort { get; init; }

    /// <summary>Bytes that RX cores and book shards allocated between start and end.</summary>
    public long AllocatedBytesHotPath { get; init; }
}

/// <summary>Counters of one RX core.</summary>
/// <param name="Source">Name of its source, such as the interface.</param>
/// <param name="Cpu">CPU that it was bound to; null: any.</param>
/// <param name="Channels">Its channels, by index.</param>
/// <param name="Frames">Frames that reached the source.</param>
/// <param name="DroppedFrames">Frames that never became a packet of one of its channels, by reason; those of other cores' channels are <c>other_address</c>.</param>
/// <param name="Updates">Normalised updates published to its ring.</param>
public sealed record RxCoreResult(
    string Source, int? Cpu, IReadOnlyList<int> Channels, long Frames, IReadOnlyDictionary<string, long> DroppedFrames, long Updates);

/// <summary>Counters of one channel.</summary>
public sealed record ChannelResult
{
    /// <summary>Name in the feed definition.</summary>
    public required string Name { get; init; }

    /// <summary>Power of ten that price mantissas of this channel are multiplied by, such as -9.</summary>
    public required int PriceExponent { get; init; }

    /// <summary>Lines of the channel's feeds.</summary>
    public IReadOnlyList<LineResult> Lines { get; init; } = [];

    /// <summary>What the venue numbers, and what is lost or recovered is counted in: <c>packets</c> of CME, <c>messages</c> of ITCH.</summary>
    public string SequenceUnit { get; init; } = "packets";

    /// <summary>Packets of all lines, those included that are too short to be any line's next.</summary>
    public long Packets { get; init; }

    /// <summary>Of those: packets that were decoded.</summary>
    public long PacketsUsed { get; init; }

    /// <summary>Sequence numbers lost in gaps, in units of <see cref="SequenceUnit"/>.</summary>
    public long LostPackets { get; init; }

    /// <summary>Times that no line of the incremental feed brought anything for as long as the configuration allows.</summary>
    public long Silences { get; init; }

    /// <summary>How long those silences lasted together, in seconds.</summary>
    public double SilentSeconds { get; init; }

    /// <summary>What came of asking for what the lines lost; null where nobody is asked.</summary>
    public RequestResult? Requests { get; init; }

    /// <summary>What came of images of the order books; null where none can be asked for.</summary>
    public ImageResult? Images { get; init; }

    /// <summary>What should not happen on the way to the books, by name such as <c>outliers</c>.</summary>
    public IReadOnlyDictionary<string, long> Anomalies { get; init; } = new Dictionary<string, long>();

    /// <summary>Messages decoded, by template.</summary>
    public IReadOnlyList<MessageCount> Messages { get; init; } = [];

    /// <summary>Packets or messages that could not be read, by reason such as <c>truncated_group</c>.</summary>
    public IReadOnlyDictionary<string, long> Malformed { get; init; } = new Dictionary<string, long>();

    /// <summary>Messages of templates that the schema does not have.</summary>
    public long Unknown { get; init; }

    /// <summary>Books brought up to date again after they had lost something.</summary>
    public long Recoveries { get; init; }
}

/// <summary>Requests for what a channel's lines lost. Their answers are no packets of a line, and in none of those counts.</summary>
/// <param name="Sent">Requests sent, repeated ones included.</param>
/// <param name="Requested">Sequence numbers asked for, each once.</param>
/// <param name="Recovered">Sequence numbers that answers brought before any line did.</param>
/// <param name="Answers">Packets that came back.</param>
/// <param name="AnswersUsed">Of those: packets that were decoded.</param>
/// <param name="GivenUp">Ranges that were given up.</param>
public sealed record RequestResult(long Sent, long Requested, long Recovered, long Answers, long AnswersUsed, long GivenUp);

/// <summary>Images of a channel's order books.</summary>
/// <param name="Taken">Images that were taken over.</param>
/// <param name="Problem">Why the last one could not be had, such as <c>10.0.0.9:18300 refuses user and password</c>; else null.</param>
public sealed record ImageResult(long Taken, string? Problem);

/// <summary>Counters of one line.</summary>
/// <param name="Feed">Key of the feed in the feed definition, such as <c>incremental</c>.</param>
/// <param name="Line"><c>a</c> or <c>b</c>.</param>
/// <param name="Address">Destination, such as <c>224.0.31.11:14320</c>.</param>
/// <param name="Packets">Packets received.</param>
/// <param name="Used">Packets that came first and were believed.</param>
/// <param name="Duplicates">Packets discarded because another line, or this one, had brought them before.</param>
/// <param name="Late">Packets that came after they had been given up.</param>
public readonly record struct LineResult(
    string Feed, string Line, string Address, long Packets, long Used, long Duplicates, long Late);

/// <summary>How often a message came.</summary>
/// <param name="Template">Template id or message type as the venue writes it, such as <c>46</c>.</param>
/// <param name="Name">Name in the schema, such as <c>MDIncrementalRefreshBook46</c>.</param>
/// <param name="Count">Messages decoded.</param>
public readonly record struct MessageCount(string Template, string Name, long Count);

/// <summary>A half-open range of packets lost on every line.</summary>
/// <param name="Channel">Index of the channel.</param>
/// <param name="From">First sequence number missing.</param>
/// <param name="To">First sequence number after the gap.</param>
/// <param name="Reason">Why they are missing.</param>
public readonly record struct GapResult(int Channel, ulong From, ulong To, GapReason Reason)
{
    /// <summary>Last sequence number missing. Numbers of 32 bits may have wrapped in between; those of 64 bits never do.</summary>
    public ulong Last => To == 0 ? uint.MaxValue : To - 1;

    /// <summary>How many are missing.</summary>
    public ulong Lost => To >= From ? To - From : To + (1UL << 32) - From;
}

/// <summary>One instrument at the end of a run.</summary>
/// <param name="Channel">Index of the channel.</param>
/// <param name="Instrument">Venue's id.</param>
/// <param name="Symbol">Venue's symbol, or empty when no definition came.</param>
/// <param name="State">Worst state of its books.</param>
/// <param name="LastSequence">Last sequence number within the instrument (CME RptSeq); 0 where the venue has none.</param>
/// <param name="LiveOrders">Orders resting in its market-by-order book.</param>
/// <param name="Trades">Trades that count.</param>
/// <param name="TradeVolume">Quantity of those trades.</param>
/// <param name="Gaps">Times that it lost updates.</param>
/// <param name="Recoveries">Times that it was brought up to date again.</param>
public readonly record struct InstrumentResult(
    int Channel, uint Instrument, string Symbol, BookState State, long LastSequence, int LiveOrders,
    long Trades, long TradeVolume, int Gaps, int Recoveries);

/// <summary>One level of a price-level book at the end of a run.</summary>
/// <param name="Channel">Index of the channel.</param>
/// <param name="Instrument">Venue's id.</param>
/// <param name="Book">Which book of the instrument.</param>
/// <param name="State">State of that book.</param>
/// <param name="Side">Bid or ask.</param>
/// <param name="Level">From 1 (best).</param>
/// <param name="Price">Price mantissa.</param>
/// <param name="Quantity">Quantity in the venue's unit.</param>
/// <param name="Orders">Number of orders, or -1 where the venue does not say.</param>
public readonly record struct BookLevelResult(
    int Channel, uint Instrument, BookKind Book, BookState State, BookSide Side, int Level, long Price, long Quantity, int Orders);

/// <summary>One resting order at the end of a run.</summary>
/// <param name="Channel">Index of the channel.</param>
/// <param name="Instrument">Venue's id.</param>
/// <param name="State">State of the market-by-order book.</param>
/// <param name="Side">Bid or ask.</param>
/// <param name="Position">Place in the queue of its side from 1: best price first, then priority.</param>
/// <param name="OrderId">Venue's order id.</param>
/// <param name="Price">Price mantissa.</param>
/// <param name="Quantity">Quantity in the venue's unit.</param>
/// <param name="Priority">Venue's priority: lower goes first at its price.</param>
public readonly record struct RestingOrderResult(
    int Channel, uint Instrument, BookState State, BookSide Side, int Position, ulong OrderId, long Price, long Quantity, ulong Priority);

/// <summary>Which price-level book of an instrument.</summary>
public enum BookKind
{
    /// <summary>Prices of the instrument's own orders.</summary>
    Outright = 0,

    /// <summary>Prices implied by the venue from spreads and legs.</summary>
    Implied = 1,
}
