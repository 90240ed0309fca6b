using FeedHandler.Codecs;

namespace FeedHandler.Actors;

/// <summary>Which of an instrument's books.</summary>
public enum BookType : byte
{
    /// <summary>Outright and implied price levels.</summary>
    ByPrice = 0,

    /// <summary>Every resting order.</summary>
    ByOrder = 1,
}

/// <summary>One instrument of a shard: its books, their states and its counts.</summary>
/// <remarks>Owned by the shard's thread; a listener reads it during a callback only.</remarks>
public sealed unsafe class Instrument
{
    private readonly ShardChannel _channel;
    private readonly InstrumentRecords _records;
    private readonly InstrumentRecord* _record;

    internal Instrument(int index, ShardChannel channel, uint id, InstrumentRecords? records = null)
    {
        _records = records ?? new InstrumentRecords(1);
        _record = _records.Take();
        Hot.Index = index;
        _channel = channel;
        Id = id;
        Outright = new MbpBook(channel.Options.Depth);
    }

    /// <summary>Index within the shard.</summary>
    public int Index => Hot.Index;

    /// <summary>Index of the channel.</summary>
    public ushort Channel => _channel.Index;

    /// <summary>Venue's id.</summary>
    public uint Id { get; }

    /// <summary>What the definition says; null until one was seen.</summary>
    public InstrumentDefinition? Definition { get; internal set; }

    /// <summary>Outright price levels.</summary>
    public MbpBook Outright { get; }

    /// <summary>Implied price levels; null where none were seen.</summary>
    public MbpBook? Implied { get; internal set; }

    /// <summary>Market by order; null where none was seen.</summary>
    public MboBook? Orders { get; private set; }

    /// <summary>State of <see cref="Outright"/> and <see cref="Implied"/>.</summary>
    public BookState LevelState => Shown(Levels.State);

    /// <summary>State of <see cref="Orders"/>.</summary>
    public BookState OrderState => Shown(OrderRecovery.State);

    /// <summary>
    /// The weaker state of the two types of book that the instrument has. An order book that nothing can heal (its channel
    /// has no order snapshots) speaks for itself alone: the price levels then decide.
    /// </summary>
    public BookState State =>
        Orders is null ? LevelState
        : !HasLevels ? OrderState
        : OrderState == BookState.Stale || LevelState < OrderState ? LevelState : OrderState;

    /// <summary>Whether any price level message named the instrument.</summary>
    public bool HasLevels { get; internal set; }

    /// <summary>Whether the venue sends this instrument's orders and no price levels: the levels are then those of <see cref="Orders"/>.</summary>
    public bool LevelsFromOrders => Hot.LevelsFromOrders;

    /// <summary>Highest instrument sequence seen (CME RptSeq), or the last message's where messages are numbered; 0 where there is neither.</summary>
    public uint LastSequence
    {
        get => Hot.LastSequence;
        internal set => Hot.LastSequence = value;
    }

    /// <summary>Packet sequence of the last update.</summary>
    public uint LastPacketSequence
    {
        get => Hot.LastPacketSequence;
        internal set => Hot.LastPacketSequence = value;
    }

    /// <summary>Exchange time of the last update, nanoseconds since the Unix epoch.</summary>
    public ulong LastTransactTimeNs
    {
        get => Hot.LastTransactTimeNs;
        internal set => Hot.LastTransactTimeNs = value;
    }

    /// <summary>Venue's trading status code; 0 until one was seen.</summary>
    public byte TradingStatus { get; internal set; }

    /// <summary>Trades seen, in every state.</summary>
    public long Trades
    {
        get => _record->Trades;
        internal set => _record->Trades = value;
    }

    /// <summary>Their quantity.</summary>
    public long TradeVolume
    {
        get => _record->TradeVolume;
        internal set => _record->TradeVolume = value;
    }

    /// <summary>Times that updates of this instrument were lost.</summary>
    public long Gaps { get; internal set; }

    /// <summary>Times that a snapshot made a book right again that had lost updates.</summary>
    public long Recoveries { get; internal set; }

    /// <summary>Another number after every change of the best order price or quantity of either side; 0 while there is no order book.</summary>
    public uint TopVersion => Hot.Book == null ? 0 : Hot.Book->TopVersion;

    /// <summary>CME's status of a message that only tells an event (tag 326).</summary>
    internal const byte NoStatusChange = 103;

    internal RecoveryState Levels;
    internal ref InstrumentHot Hot => ref _record->Hot;

    /// <summary>What of it lies in native memory; good for the life of the instrument.</summary>
    internal InstrumentRecord* Record => _record;

    /// <summary>Whose memory that is.</summary>
    internal InstrumentRecords Records => _records;
    internal OrderStaging? Staging;

    /// <summary>Legs that the definition in progress has named so far.</summary>
    internal int LegsSeen;

    /// <summary>The packet that the trading status is from.</summary>
    internal uint StatusPacketSequence;

    /// <summary>What the feed has told of it since an image was asked for.</summary>
    internal ToldStates ToldSinceImage;

    /// <summary>The packet of the last change of the orders.</summary>
    internal ref uint LastOrderPacket => ref Hot.LastOrderPacket;
    internal int BufferHead = -1;
    internal int BufferTail = -1;
    internal ref RecoveryState OrderRecovery => ref Hot.OrderRecovery;
    internal ref bool ChangedInEvent => ref Hot.ChangedInEvent;
    internal ref bool ChangedInPacket => ref Hot.ChangedInPacket;

    /// <summary>What a book says of itself: while its channel is silent nothing vouches for the present.</summary>
    internal BookState Shown(BookState state) => _channel.IsSilent && state >= BookState.NaturallyRefreshed ? BookState.Stale : state;

    internal MboBook SetOrders(MboBook book, bool levelsFromOrders)
    {
        Hot.Book = book.Header;
        Hot.LevelsFromOrders = levelsFromOrders;
        return Orders = book;
    }
}

/// <summary>What an image tells of an instrument besides its orders.</summary>
[Flags]
internal enum ToldStates : byte
{
    None = 0,
    Trading = 1,
    Collar = 2,
    DirectListing = 4,
    OperationalHalt = 8,
    IpoQuoting = 16,
    ShortSale = 32,
}

/// <summary>Where one book stands on its way back to Live.</summary>
internal struct RecoveryState
{
    /// <summary>Its state but for a silence of the channel, which changes nothing of the book: see <see cref="Instrument.Shown"/>.</summary>
    public BookState State;

    /// <summary>The state to return to when the sequence proves that the gap did not touch the instrument.</summary>
    public BookState BeforeGap;

    /// <summary>A gap may have touched the instrument; its next sequence number tells.</summary>
    public bool Suspect;

    /// <summary>The instrument's sequence when the book became suspect.</summary>
    public uint SuspectSequence;

    /// <summary>Packets lost since the book became suspect.</summary>
    public uint LostPackets;

    /// <summary>No update was seen since the gap. A book that was recovering already takes any sequence number; a suspect one is judged by it.</summary>
    public bool SequenceOpen;

    /// <summary>The book is an image that is older than the first packet seen: no other instrument can say what happened in between.</summary>
    public bool IsImageOlder;

    /// <summary>The book is right if its depth is the assumed one; the definition will tell.</summary>
    public bool AwaitsDefinition;

    /// <summary>A gap did touch it, and no snapshot has healed it yet.</summary>
    public bool LostUpdates;

    /// <summary>The first packet from which on every update is known or buffered. A snapshot must include all before.</summary>
    public uint RequiredFrom;

    /// <summary>Last packet that the book includes, where a snapshot ran ahead of the incremental feed.</summary>
    public uint AsOfPacket;

    public bool HasAsOf;

    /// <summary>The book is right, and nothing is known that it does not have: the next update can be applied without a further look.</summary>
    public readonly bool IsPlain => State == BookState.Live & !Suspect & !HasAsOf;

    /// <summary>Why the book will have the state that it has when the silence ends.</summary>
    public StateReason ReasonInSilence;
}
