using System.Runtime.CompilerServices;
using FeedHandler.Codecs;

namespace FeedHandler.Actors;

/// <summary>
/// The books of one share of a feed's instruments: takes updates in ring order, keeps books and their states right, and
/// tells a listener.
/// </summary>
/// <remarks>
/// <para>
/// Pure: no actor, no ring, no clock, no I/O; the same code runs in production and in simulation. Owned by one thread at a
/// time. Every decision depends on the order of updates alone, so the result does not depend on speed or on the number of
/// shards.
/// </para>
/// <para>The files: this one routes; <c>.LookAhead</c> and <c>.Dense</c> take groups of updates, <c>.Plain</c> the usual price level; <c>.Levels</c> and <c>.Orders</c> apply updates and follow gaps; <c>.Snapshots</c> heals; <c>.Control</c> handles what concerns a whole channel.</para>
/// </remarks>
/// <typeparam name="TListener">Who is told; a struct, so that calls are inlined.</typeparam>
public sealed partial class BookShard<TListener>
    where TListener : IShardListener
{
    private readonly ShardOptions _options;
    private readonly int _shard;
    private readonly int _shardCount;
    private readonly ShardChannel[] _channels;
    private readonly InstrumentTable _instruments;

    private readonly InstrumentRecords _none = new(1);

    /// <summary>Stands where an update has no instrument with an order book: its book is empty and not Live.</summary>
    private readonly unsafe InstrumentRecord* _noInstrument;
    private readonly OrderStore _orders;
    private readonly IndexList _changedInPacket = new();
    private TListener _listener;
    private long _position;

    /// <summary>Creates an empty shard.</summary>
    public BookShard(ShardOptions options, TListener listener)
    {
        _options = options;
        _shard = options.Shard;
        _shardCount = options.ShardCount;
        _listener = listener;
        _instruments = new InstrumentTable();
        unsafe
        {
            _noInstrument = _none.TakeNone();
        }

        _orders = new OrderStore((int)Math.Min(OrderStore.MaxOrders, options.Channels.Sum(channel => (long)(channel.MaxOrders ?? options.MaxOrders))));
        if (options.Audit)
        {
            Audit = new ShardAudit();
            _auditedOrders = new OrderStaging(AuditedOrdersAtStart);
        }

        Counters = new ShardCounters { RecoveriesByChannel = new long[options.Channels.Count] };
        _channels = new ShardChannel[options.Channels.Count];
        for (var i = 0; i < _channels.Length; i++) _channels[i] = new ShardChannel((ushort)i, options);
    }

    /// <summary>The listener, by reference.</summary>
    public ref TListener Listener => ref _listener;

    /// <summary>The instruments in order of appearance.</summary>
    public ReadOnlySpan<Instrument> Instruments => _instruments.All;

    /// <summary>Place of the update that was taken last, or that failed.</summary>
    public long Position => _position;

    /// <summary>What was counted.</summary>
    public ShardCounters Counters { get; }

    /// <summary>The shard that keeps an instrument.</summary>
    public static int ShardOf(ushort channel, uint instrument, int shardCount) =>
        shardCount == 1 ? 0 : (int)(((ulong)((instrument ^ ((uint)channel << 16)) * 0x9E37_79B1u) * (uint)shardCount) >> 32);

    [MethodImpl(MethodImplOptions.AggressiveInlining)]
    private bool IsMine(in MarketUpdate update) => _shardCount == 1 || ShardOf(update.Channel, update.Instrument, _shardCount) == _shard;

    /// <summary>Takes one update from the ring.</summary>
    /// <param name="update">The update, in place.</param>
    /// <param name="position">Its place in the order of all updates (the ring's sequence); never goes back.</param>
    [HotPath]
    public void OnUpdate(in MarketUpdate update, long position)
    {
        _position = position;
        Counters.Updates++;
        Take(update, default);
    }

    [HotPath]
    private unsafe void Take(in MarketUpdate update, in OrderLookup found)
    {
        var channel = _channels[update.Channel];
        if ((update.Flags & UpdateFlags.Snapshot) == 0 && (!channel.Started || channel.PacketSequence != update.PacketSequence)) OnNewPacket(channel, update);

        if (channel.Resets.IsOpen && update.InstrumentSequence != 0) Testify(channel, update);
        if (found.Book != null)
        {
            OnOrder(channel, _instruments.All[found.Instrument], update, found);
        }
        else if (update.Instrument != 0)
        {
            if (IsMine(update)) OnInstrumentUpdate(channel, update);
            else channel.Admission.NoteOther(update.Instrument);
        }
        else if (update.Kind != UpdateKind.None)
        {
            OnChannelUpdate(channel, update);
        }

        if ((update.Flags & (UpdateFlags.EndOfEvent | UpdateFlags.EndOfPacket)) != 0) OnBoundary(channel, update);
    }

    [HotPath]
    private void OnInstrumentUpdate(ShardChannel channel, in MarketUpdate update)
    {
        var instrument = _instruments.Find(update.Channel, update.Instrument) ?? Add(channel, update);
        if (instrument is null) return;
        if (channel.Options.NumbersMessages && (update.Flags & UpdateFlags.Snapshot) == 0) instrument.LastSequence = update.PacketSequence;
        switch (update.Kind)
        {
            case UpdateKind.Level:
            case UpdateKind.ImpliedLevel:
                if ((update.Flags & UpdateFlags.Snapshot) != 0) StageLevel(update);
                else OnLevel(channel, instrument, update);
                break;
            case UpdateKind.Order:
            case UpdateKind.OrderReduced:
            case UpdateKind.OrderReplaced:
                if ((update.Flags & UpdateFlags.Snapshot) != 0) StageOrder(update);
                else OnOrder(channel, instrument, update, default);
                break;
            case UpdateKind.Trade:
                _ = IsInSequence(channel, instrument, update);
                TellTrade(instrument, update);
                break;
            default:
                OnOther(channel, instrument, update);
                break;
        }
    }

    /// <summary>A trade is told once and in every state, also while a book heals or is ahead of the feed.</summary>
    [HotPath]
    private void TellTrade(Instrument instrument, in MarketUpdate update)
    {
        if (update.Action == BookAction.New)
        {
            instrument.Trades++;
            instrument.TradeVolume += update.Quantity;
        }

        _listener.OnInformation(instrument, update);
    }

    [HotPath]
    private void OnBoundary(ShardChannel channel, in MarketUpdate update)
    {
        if ((update.Flags & UpdateFlags.EndOfEvent) != 0)
        {
            channel.InsideEvent = false;
            if (channel.ChangedInEvent.Count != 0) EndEvent(channel, update);
        }
        else if ((update.Flags & UpdateFlags.Snapshot) == 0 && update.Kind is not (UpdateKind.Heartbeat or UpdateKind.None or UpdateKind.Silence))
        {
            // An event may span packets. What follows a gap starts anew: books that the event changed are not Live.
            channel.InsideEvent = update.Kind is not (UpdateKind.Gap or UpdateKind.SessionStart);
        }

        if ((update.Flags & UpdateFlags.EndOfPacket) != 0)
        {
            channel.PacketEnded = true;
            if (_changedInPacket.Count != 0) EndPacket(channel);
        }

        _listener.OnFlush(update);
    }

    [HotPath]
    private void EndEvent(ShardChannel channel, in MarketUpdate update)
    {
        foreach (var index in channel.ChangedInEvent.All)
        {
            var instrument = _instruments.At(index);
            instrument.ChangedInEvent = false;
            _listener.OnEndOfEvent(instrument, update);
        }

        channel.ChangedInEvent.Clear();
    }

    [HotPath]
    private void EndPacket(ShardChannel channel)
    {
        foreach (var index in _changedInPacket.All)
        {
            var instrument = _instruments.At(index);
            instrument.ChangedInPacket = false;
            _listener.OnEndOfPacket(instrument, channel.Options.NumbersMessages ? channel.FirstSequence : AsOf(channel, instrument), _position);
        }

        _changedInPacket.Clear();
    }

    [HotPath]
    private void MarkChanged(ShardChannel channel, Instrument instrument, ulong transactTimeNs)
    {
        if (!instrument.ChangedInEvent)
        {
            instrument.ChangedInEvent = true;
            channel.ChangedInEvent.Add(instrument.Index);
        }

        MarkChangedInPacket(channel, instrument, transactTimeNs);
    }

    [HotPath]
    private void MarkChangedInPacket(ShardChannel channel, Instrument instrument, ulong transactTimeNs)
    {
        instrument.LastTransactTimeNs = transactTimeNs;
        instrument.LastPacketSequence = AsOf(channel, instrument);
        if (!instrument.ChangedInPacket && _listener.WantsPackets)
        {
            instrument.ChangedInPacket = true;
            _changedInPacket.Add(instrument.Index);
        }
    }

    /// <summary>The packet up to which an instrument's levels are known: the channel's, or that of a snapshot that ran ahead of it.</summary>
    [HotPath]
    private static uint AsOf(ShardChannel channel, Instrument instrument) =>
        instrument.Levels.HasAsOf && Before(channel.PacketSequence, instrument.Levels.AsOfPacket) ? instrument.Levels.AsOfPacket : channel.PacketSequence;

    /// <summary>Whether serial number <paramref name="a"/> comes before <paramref name="b"/>, across the wrap at 2^32.</summary>
    private static bool Before(uint a, uint b) => (int)(a - b) < 0;

    private bool IsNatural => _options.Recovery == RecoveryMode.Natural;

    [MethodImpl(MethodImplOptions.NoInlining)]
    private Instrument? Add(ShardChannel channel, in MarketUpdate update)
    {
        if (!channel.Admission.TryAdmit())
        {
            Counters.UpdatesRefused++;
            return null;
        }

        var instrument = _instruments.Add(channel, update.Instrument);
        var isFirstUpdate = update.InstrumentSequence == 1 && (update.Flags & UpdateFlags.Snapshot) == 0;
        var isComplete = channel.FromStart || (channel.JoinedAtStart && isFirstUpdate && !channel.IsPacketBroken);
        var isDefined = update.Kind == UpdateKind.Definition || !channel.Options.HasDefinitions;
        instrument.Levels.State = isComplete && isDefined ? BookState.Live : Down(channel, BookType.ByPrice);
        instrument.Levels.AwaitsDefinition = isComplete && !isDefined;
        instrument.Levels.RequiredFrom = channel.CompleteFrom;
        instrument.OrderRecovery.State = channel.FromStart ? BookState.Live : Down(channel, BookType.ByOrder);
        instrument.OrderRecovery.RequiredFrom = channel.CompleteFrom;
        instrument.Levels.ReasonInSilence = instrument.OrderRecovery.ReasonInSilence = StateReason.SequenceProven;
        return instrument;
    }

    /// <summary>Whether the depth of an instrument's levels is not known, although the channel tells it: where a level falls off the end is then not known, either.</summary>
    private static bool LacksDefinition(ShardChannel channel, Instrument instrument) => instrument.Definition is null && channel.Options.HasDefinitions;

    /// <summary>The state of a book that is not right, by what could heal it.</summary>
    private BookState Down(ShardChannel channel, BookType book) =>
        IsNatural || (book == BookType.ByPrice ? channel.Options.HasLevelSnapshots : channel.Options.HasOrderSnapshots)
            ? BookState.Recovering
            : BookState.Stale;

    private void SetState(Instrument instrument, BookType book, BookState state, StateReason reason)
    {
        ref var recovery = ref book == BookType.ByPrice ? ref instrument.Levels : ref instrument.OrderRecovery;
        var before = instrument.Shown(recovery.State);

        // A silent book that is lost stays Stale, but it will not come back with the feed: the reason is another.
        var isLost = before != recovery.State && state < BookState.NaturallyRefreshed;
        recovery.State = state;
        recovery.ReasonInSilence = reason;
        var after = instrument.Shown(state);
        if (before != after || isLost) _listener.OnStateChanged(instrument, book, before, after == state ? reason : StateReason.Silence);
    }
}
