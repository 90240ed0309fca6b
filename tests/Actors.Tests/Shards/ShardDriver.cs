using FeedHandler.Codecs;

namespace FeedHandler.Actors.Tests.Shards;

/// <summary>Speaks for the RX core: packets, gaps and snapshots of channels, straight into one or several shards.</summary>
internal sealed class ShardDriver
{
    private readonly BookShard<Recorder>[] _shards;
    private readonly Dictionary<ushort, uint> _packets = [];
    private long _position;

    public ShardDriver(
        int shards = 1, int channels = 1, RecoveryMode recovery = RecoveryMode.Snapshot, bool snapshots = true, bool orderSnapshots = true,
        int buffer = 1_000, int maxInstruments = 1_000, int maxOrders = 100_000, int depth = 10, Func<ShardOptions, ShardOptions>? adjust = null)
    {
        var options = new ShardOptions
        {
            ShardCount = shards,
            Channels = [.. Enumerable.Range(0, channels).Select(i => new ShardChannelOptions($"c{i}", -9, snapshots, orderSnapshots, depth))],
            Recovery = recovery,
            RecoveryBufferUpdates = buffer,
            MaxInstruments = maxInstruments,
            MaxOrders = maxOrders,
        };
        if (adjust is not null) options = adjust(options);
        _shards = [.. Enumerable.Range(0, shards).Select(i => new BookShard<Recorder>(options with { Shard = i }, new Recorder(Log)))];
    }

    public List<string> Log { get; } = [];

    public ShardCounters Counters => _shards[0].Counters;

    public IEnumerable<ShardCounters> AllCounters => _shards.Select(shard => shard.Counters);

    public BookShard<Recorder> Shard => _shards[0];

    public IEnumerable<Instrument> Instruments => _shards.SelectMany(shard => shard.Instruments.ToArray());

    public Instrument this[uint instrument, ushort channel = 0] => Instruments.Single(i => i.Id == instrument && i.Channel == channel);

    public BookState State(uint instrument, ushort channel = 0) => this[instrument, channel].LevelState;

    public BookState OrderState(uint instrument) => this[instrument].OrderState;

    public string Bids(uint instrument, ushort channel = 0) => Prices(this[instrument, channel].Outright, BookSide.Bid);

    public string Orders(uint instrument)
    {
        var book = this[instrument].Orders!;
        var ids = new List<ulong>();
        for (var i = 0; i < book.LevelCount(BookSide.Bid); i++)
        {
            foreach (ref readonly var order in book.OrdersAt(BookSide.Bid, i)) ids.Add(order.Id);
        }

        return string.Join(' ', ids);
    }

    public static string Prices(MbpBook book, BookSide side) => string.Join(' ', book.Levels(side).ToArray().Select(level => level.Price));

    /// <summary>Sequence of the first channel's last incremental packet.</summary>
    public uint LastPacket => _packets[0];

    /// <summary>An incremental packet.</summary>
    public ShardDriver Packet(uint sequence, params MarketUpdate[] updates) => PacketOf(0, sequence, updates);

    public ShardDriver PacketOf(ushort channel, uint sequence, params MarketUpdate[] updates)
    {
        _packets[channel] = sequence;
        return Send(channel, sequence, UpdateFlags.None, updates.Length == 0 ? [new() { Kind = UpdateKind.Heartbeat }] : updates);
    }

    /// <summary>Packets <paramref name="from"/> to <paramref name="to"/> - 1 never came.</summary>
    public ShardDriver Gap(uint from, uint to, ushort channel = 0) =>
        PacketOf(channel, to - 1, new MarketUpdate { Kind = UpdateKind.Gap, OrderId = from, Priority = to });

    /// <summary>A snapshot of price levels: bids at the given prices.</summary>
    public ShardDriver Snapshot(uint instrument, uint lastPacket, uint sequence, params long[] bids) =>
        Image(instrument, SnapshotBook.Levels, lastPacket, sequence, 1, 1, [.. bids.Select((price, i) => Level(instrument, 0, BookAction.New, i + 1, price))]);

    /// <summary>A chunk of a snapshot of orders: bids at one price, with priorities as ids.</summary>
    public ShardDriver OrderSnapshot(uint instrument, uint lastPacket, uint chunk, uint chunks, params ulong[] ids) =>
        Image(instrument, SnapshotBook.Orders, lastPacket, 0, chunk, chunks, [.. ids.Select(id => Order(instrument, BookAction.New, id))]);

    public ShardDriver Image(uint instrument, SnapshotBook book, uint lastPacket, uint sequence, uint chunk, uint chunks, MarketUpdate[] entries, long? entryCount = null, ushort channel = 0)
    {
        var begin = new MarketUpdate
        {
            Kind = UpdateKind.SnapshotBegin, Code = (byte)book, Instrument = instrument, InstrumentSequence = sequence, OrderId = lastPacket, Price = chunk, Quantity = chunks,
        };
        var end = new MarketUpdate { Kind = UpdateKind.SnapshotEnd, Instrument = instrument, Quantity = entryCount ?? entries.Length };
        return Send(channel, 1, UpdateFlags.Snapshot, [begin, .. entries, end]);
    }

    public ShardDriver Send(ushort channel, uint sequence, UpdateFlags flags, params MarketUpdate[] updates)
    {
        for (var i = 0; i < updates.Length; i++)
        {
            var update = updates[i];
            update.Channel = channel;
            update.PacketSequence = sequence;
            update.Flags |= flags;
            if (i == updates.Length - 1) update.Flags |= UpdateFlags.EndOfPacket | UpdateFlags.EndOfEvent;
            _position++;
            Log.Add($"{update.Flags} {sequence}: {update.Kind} {update.Action} {update.Instrument} #{update.InstrumentSequence} level {update.Level} {update.Price} {update.OrderId} {update.Priority}");
            foreach (var shard in _shards) shard.OnUpdate(update, _position);
        }

        return this;
    }

    public static MarketUpdate Level(uint instrument, uint sequence, BookAction action, int level, long price, BookSide side = BookSide.Bid) => new()
    {
        Kind = UpdateKind.Level, Instrument = instrument, InstrumentSequence = sequence, Action = action, Side = side, Level = (byte)level, Price = price, Quantity = 1, OrderCount = 1,
    };

    /// <summary>A new best bid.</summary>
    public static MarketUpdate Best(uint instrument, uint sequence, long price) => Level(instrument, sequence, BookAction.New, 1, price);

    public static MarketUpdate Order(uint instrument, BookAction action, ulong id, long price = 100, BookSide side = BookSide.Bid) => new()
    {
        Kind = UpdateKind.Order, Instrument = instrument, Action = action, Side = side, Price = price, Quantity = 1, OrderId = id, Priority = id,
    };

    public static MarketUpdate Trade(uint instrument, uint sequence, long quantity) =>
        new() { Kind = UpdateKind.Trade, Instrument = instrument, InstrumentSequence = sequence, Quantity = quantity, Price = 5 };

    public static MarketUpdate ChannelReset => new() { Kind = UpdateKind.ChannelReset };

    public static MarketUpdate SessionStart => new() { Kind = UpdateKind.SessionStart };

    public static MarketUpdate InstrumentReset(uint instrument, uint sequence) => new() { Kind = UpdateKind.InstrumentReset, Instrument = instrument, InstrumentSequence = sequence };

    public static MarketUpdate Definition(uint instrument, byte depth, byte impliedDepth = 0) =>
        new() { Kind = UpdateKind.Definition, Instrument = instrument, Level = depth, Code = impliedDepth, Price = 1, Quantity = 1 };
}

/// <summary>Writes down what a shard tells.</summary>
internal readonly struct Recorder(List<string> log) : IShardListener
{
    public bool WantsPackets => true;

    public void OnBookUpdate(Instrument instrument, in MarketUpdate update) { }

    public void OnBookReplaced(Instrument instrument, BookType book, StateReason reason) { }

    public void OnStateChanged(Instrument instrument, BookType book, BookState before, StateReason reason) =>
        log.Add($"{instrument.Id} {book} {before} {(book == BookType.ByPrice ? instrument.LevelState : instrument.OrderState)} {reason}");

    public void OnInformation(Instrument? instrument, in MarketUpdate update) { }

    public void OnEndOfEvent(Instrument instrument, in MarketUpdate last) { }

    public void OnEndOfPacket(Instrument instrument, uint packetSequence, long position) =>
        log.Add($"{instrument.Id} @{packetSequence} {ShardDriver.Prices(instrument.Outright, BookSide.Bid)}");

    public void OnFlush(in MarketUpdate last) { }
}
