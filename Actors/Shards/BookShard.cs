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
/// <para>The files: this one routes; <c>.Levels</c> and <c>.Orders</c> apply updates and follow gaps; <c>.Snapshots</c> heals; <c>.Control</c> handles what concerns a whole channel.</para>
/// </remarks>
/// <typeparam name="TListener">Who is told; a struct, so that calls are inlined.</typeparam>
public sealed partial class BookShard<TListener>
    where TListener : IShardListener
{
    private readonly ShardOptions _options;
    private readonly ShardChannel[] _channels;
    private readonly InstrumentTable _instruments;
    private readonly OrderStore _orders;
    private readonly List<Instrument> _changedInPacket = [];
    private TListener _listener;
    private long _position;

    /// <summary>Creates an empty shard.</summary>
    public BookShard(ShardOptions options, TListener listener)
    {
        _options = options;
        _listener = listener;
        _instruments = new InstrumentTable(options.MaxInstruments);
        _orders = new OrderStore(options.MaxOrders);
        Counters = new ShardCounters { RecoveriesByChannel = new long[options.Channels.Count] };
        _channels = new ShardChannel[options.Channels.Count];
        for (var i = 0; i < _channels.Length; i++) _channels[i] = new ShardChannel((ushort)i, options.Channels[i], options.RecoveryBufferUpdates);
    }

    /// <summary>The listener, by reference.</summary>
    public ref TListener Listener => ref _listener;

    /// <summary>The instruments in order of appearance.</summary>
    public ReadOnlySpan<Instrument> Instruments => _instruments.All;

    /// <summary>What was counted.</summary>
    public ShardCounters Counters { get; }

    /// <summary>The shard that keeps an instrument.</summary>
    public static int ShardOf(ushort channel, uint instrument, int shardCount) =>
        shardCount == 1 ? 0 : (int)(((ulong)((instrument ^ ((uint)channel << 16)) * 0x9E37_79B1u) * (uint)shardCount) >> 32);

    /// <summary>Takes one update from the ring.</summary>
    /// <param name="update">The update, in place.</param>
    /// <param name="position">Its place in the order of all updates (the ring's sequence); never goes back.</param>
    [HotPath]
    public void OnUpdate(in MarketUpdate update, long position)
    {
        _position = position;
        Counters.Updates++;
        var channel = _channels[update.Channel];
        if ((update.Flags & UpdateFlags.Snapshot) == 0 && (!channel.Started || channel.PacketSequence != update.PacketSequence)) OnNewPacket(channel, update);

        if (update.Instrument != 0)
        {
            if (ShardOf(update.Channel, update.Instrument, _options.ShardCount) == _options.Shard) OnInstrumentUpdate(channel, update);
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
                if ((update.Flags & UpdateFlags.Snapshot) != 0) StageOrder(update);
                else OnOrder(channel, instrument, update);
                break;
            case UpdateKind.OrderReduced:
                CountExecution(instrument, update);
                OnOrder(channel, instrument, update);
                break;
            case UpdateKind.OrderReplaced:
                OnOrder(channel, instrument, update);
                break;
            case UpdateKind.Trade:
                // A trade is told once and in every state, also while a book heals or is ahead of the feed.
                _ = IsInSequence(channel, instrument, update);
                if (update.Action == BookAction.New)
                {
                    instrument.Trades++;
                    instrument.TradeVolume += update.Quantity;
                }

                _listener.OnInformation(instrument, update);
                break;
            default:
                OnOther(channel, instrument, update);
                break;
        }
    }

    [HotPath]
    private void OnBoundary(ShardChannel channel, in MarketUpdate update)
    {
        if ((update.Flags & UpdateFlags.EndOfEvent) != 0)
        {
            foreach (var instrument in channel.ChangedInEvent)
            {
                instrument.ChangedInEvent = false;
                _listener.OnEndOfEvent(instrument, update);
            }

            channel.ChangedInEvent.Clear();
        }

        if ((update.Flags & UpdateFlags.EndOfPacket) != 0) channel.PacketEnded = true;
        if ((update.Flags & UpdateFlags.EndOfPacket) != 0 && _changedInPacket.Count != 0)
        {
            foreach (var instrument in _changedInPacket)
            {
                instrument.ChangedInPacket = false;
                _listener.OnEndOfPacket(instrument, channel.FirstSequence, _position);
            }

            _changedInPacket.Clear();
        }

        _listener.OnFlush(update);
    }

    [HotPath]
    private void MarkChanged(ShardChannel channel, Instrument instrument, in MarketUpdate update)
    {
        instrument.LastTransactTimeNs = update.TransactTimeNs;
        instrument.LastPacketSequence = channel.PacketSequence;
        if (!instrument.ChangedInEvent)
        {
            instrument.ChangedInEvent = true;
            channel.ChangedInEvent.Add(instrument);
        }

        if (!instrument.ChangedInPacket && _listener.WantsPackets)
        {
            instrument.ChangedInPacket = true;
            _changedInPacket.Add(instrument);
        }
    }

    /// <summary>Whether serial number <paramref name="a"/> comes before <paramref name="b"/>, across the wrap at 2^32.</summary>
    private static bool Before(uint a, uint b) => (int)(a - b) < 0;

    private bool IsNatural => _options.Recovery == RecoveryMode.Natural;

    [MethodImpl(MethodImplOptions.NoInlining)]
    private Instrument? Add(ShardChannel channel, in MarketUpdate update)
    {
        var instrument = _instruments.TryAdd(update.Channel, update.Instrument, channel.Options.Depth);
        Counters.InstrumentsRefused = _instruments.Refused;
        if (instrument is null) return null;
        if (channel.FromStart || (channel.JoinedAtStart && update.InstrumentSequence == 1))
        {
            instrument.Levels.State = BookState.Live;
        }
        else
        {
            instrument.Levels.State = Down(channel, BookType.ByPrice);
            instrument.Levels.RequiredFrom = channel.CompleteFrom;
        }

        instrument.OrderRecovery = instrument.Levels;
        if (!channel.FromStart)
        {
            instrument.OrderRecovery.State = Down(channel, BookType.ByOrder);
            instrument.OrderRecovery.RequiredFrom = channel.CompleteFrom;
        }

        return instrument;
    }

    /// <summary>The state of a book that is not right, by what could heal it.</summary>
    private BookState Down(ShardChannel channel, BookType book) =>
        IsNatural || (book == BookType.ByPrice ? channel.Options.HasLevelSnapshots : channel.Options.HasOrderSnapshots)
            ? BookState.Recovering
            : BookState.Stale;

    private void SetState(Instrument instrument, BookType book, BookState state, StateReason reason)
    {
        ref var recovery = ref book == BookType.ByPrice ? ref instrument.Levels : ref instrument.OrderRecovery;
        var before = recovery.State;
        if (before == state) return;
        recovery.State = state;
        _listener.OnStateChanged(instrument, book, before, reason);
    }
}
