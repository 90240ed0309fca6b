using Disruptor;
using Disruptor.Dsl;
using FeedHandler.Codecs;
using FeedHandler.Transport;

namespace FeedHandler.Actors.Tests.Publishing;

/// <summary>A ring with as many level updates as wanted: 50 instruments, ten levels a side, packets of two events of two updates.</summary>
internal sealed class SyntheticMarket
{
    private const uint Instruments = 50;
    private const int Depth = 10;

    private readonly RingWriter _writer;
    private readonly uint[] _sequences = new uint[Instruments];
    private readonly ShardSignal[] _signals;
    private uint _packet;
    private uint _turn;

    public SyntheticMarket(int shards)
    {
        var ring = ValueRingBuffer<MarketUpdate>.Create(ProducerType.Single, static () => default, FeedEngine.RingSlots, new BusySpinWaitStrategy());
        _signals = [.. Enumerable.Range(0, shards).Select(_ => new ShardSignal())];
        Consumers = new ShardConsumer[shards];
        for (var i = 0; i < shards; i++)
        {
            var publisher = new ShardPublisher(i, 1, _signals[i].CatchUp);
            var options = new ShardOptions { Shard = i, ShardCount = shards, Channels = [new ShardChannelOptions("one", -9, false, false)] };
            Consumers[i] = new ShardConsumer<RunListener<NullListener>>(ring, options, new RunListener<NullListener>(default, null, publisher)) { Publisher = publisher };
        }

        _writer = new RingWriter(ring, _signals, waits: true);
        _packet = 1;
        for (uint i = 0; i < Instruments; i++)
        {
            _writer.TryReserve(64);
            _writer.BeginPacket(0, _packet++, 1_000_000_000, UpdateFlags.None);
            for (var level = 1; level <= 2 * Depth; level++) Level(i, BookAction.New, level <= Depth ? BookSide.Bid : BookSide.Ask, ((level - 1) % Depth) + 1).Flags |= UpdateFlags.EndOfEvent;
            _writer.EndPacket();
        }

        _writer.Publish();
    }

    public ShardConsumer[] Consumers { get; }

    public ShardSignal[] Signals => _signals;

    public long Published => _writer.PublishedSequence;

    public void Subscribe(long id, IBatchReceiver receiver, Subscribe request)
    {
        foreach (var consumer in Consumers) consumer.Publisher!.Add(id, 0, request, receiver, consumer.Instruments);
    }

    /// <summary>The channel falls silent, or is heard again by a packet without an event.</summary>
    public void Silence(bool isSilent)
    {
        _writer.TryReserve(8);
        _writer.BeginPacket(0, _packet - 1, 2_000_000_000, UpdateFlags.None);
        ref var silence = ref _writer.Claim();
        silence.Kind = UpdateKind.Silence;
        silence.Code = isSilent ? (byte)1 : (byte)0;
        _writer.EndPacket();
        if (!isSilent)
        {
            _writer.BeginPacket(0, _packet++, 2_000_000_000, UpdateFlags.None);
            _writer.Claim().Kind = UpdateKind.Heartbeat;
            _writer.EndPacket();
        }

        _writer.Publish();
        foreach (var consumer in Consumers) consumer.Drain(int.MaxValue / 2);
    }

    /// <summary>Writes a number of updates, a multiple of four.</summary>
    public void Write(int updates)
    {
        for (var left = updates; left > 0; left -= 4)
        {
            _writer.TryReserve(8);
            _writer.BeginPacket(0, _packet++, 1_000_000_000, UpdateFlags.None);
            for (var e = 0; e < 2; e++)
            {
                var instrument = _turn++ % Instruments;
                Level(instrument, BookAction.Change, BookSide.Bid, 1 + (int)(_turn % Depth));
                Level(instrument, BookAction.Change, BookSide.Ask, 1 + (int)(_turn / 7 % Depth)).Flags |= UpdateFlags.EndOfEvent;
            }

            _writer.EndPacket();
            if (left % 64 == 0) _writer.Publish();
        }

        _writer.Publish();
    }

    private ref MarketUpdate Level(uint instrument, BookAction action, BookSide side, int level)
    {
        ref var update = ref _writer.Claim();
        update.Kind = UpdateKind.Level;
        update.Action = action;
        update.Side = side;
        update.Level = (byte)level;
        update.Instrument = instrument + 1;
        update.InstrumentSequence = ++_sequences[instrument];
        update.Price = side == BookSide.Bid ? 1_000 - level : 1_000 + level;
        update.Quantity = _sequences[instrument];
        update.OrderCount = 1;
        return ref update;
    }
}
