using Akka.Actor;
using Akka.TestKit.Xunit;
using Disruptor;
using FeedHandler.Codecs;
using static FeedHandler.Actors.Tests.Shards.ShardDriver;

namespace FeedHandler.Actors.Tests.Shards;

/// <summary>The actor around a shard: woken by the ring, restarted by its supervisor.</summary>
public sealed class BookShardActorTests : TestKit
{
    private const string Quiet = "akka { loglevel = OFF, stdout-loglevel = OFF }";

    private readonly ValueRingBuffer<MarketUpdate> _ring = ValueRingBuffer<MarketUpdate>.CreateSingleProducer(static () => default, 1_024, new BusySpinWaitStrategy());
    private readonly Fuse _fuse = new();
    private readonly ShardConsumer<FailingListener> _consumer;
    private readonly ShardSignal _signal = new();
    private readonly Transport.RingWriter _writer;

    public BookShardActorTests()
        : base(Quiet)
    {
        var options = new ShardOptions { Channels = [new ShardChannelOptions("c", -9, HasLevelSnapshots: true, HasOrderSnapshots: true)] };
        _consumer = new ShardConsumer<FailingListener>(_ring, options, new FailingListener(_fuse));
        _writer = new Transport.RingWriter(_ring, [_signal], waits: true);
    }

    [Fact]
    public void A_parked_shard_is_woken_by_a_publication_every_time()
    {
        Start();
        for (uint packet = 1; packet <= 200; packet++)
        {
            Publish(packet, Level(7, packet, packet == 1 ? BookAction.New : BookAction.Change, 1, packet));

            // Long enough now and then for the shard to park, without waiting for a given time.
            if (packet % 20 == 0) WaitFor(() => _consumer.Sequence.Value == _ring.Cursor);
        }

        WaitFor(() => _consumer.Sequence.Value == _ring.Cursor);
        Assert.Equal(200, _consumer.Shard.Instruments[0].Outright.Levels(BookSide.Bid)[0].Price);
    }

    [Fact]
    public void A_shard_that_fails_is_restarted_without_losing_its_place_and_heals()
    {
        var shard = Start();
        Publish(1, Best(7, 1, 100));
        _fuse.FailsAt = 66;
        Publish(2, Best(7, 2, 66), Best(8, 1, 50));
        Publish(3, Best(7, 3, 102));
        WaitFor(() => _consumer.Restarts == 1 && _consumer.Sequence.Value == _ring.Cursor);

        shard.Tell(new BookShardActor.CollectStatus(1), TestActor);
        var status = ExpectMsg<BookShardActor.ShardStatus>(TimeSpan.FromSeconds(30));
        Assert.Equal((2, 0), (status.Instruments[0], status.Live[0]));

        // Only a snapshot that includes packet 2, the one that broke off, will do.
        Snapshot(lastPacket: 1, sequence: 1, 100);
        Snapshot(lastPacket: 2, sequence: 2, 66, 100);
        WaitFor(() => _consumer.Sequence.Value == _ring.Cursor);
        shard.Tell(new BookShardActor.CollectResults(), TestActor);
        var rows = ExpectMsg<ResultRows>(TimeSpan.FromSeconds(30));
        Assert.Equal([102, 66, 100], rows.Levels.Where(row => row.Instrument == 7).Select(row => row.Price));
        Assert.All(rows.Levels.Where(row => row.Instrument == 7), row => Assert.Equal(BookState.Live, row.State));
        Assert.Equal(1, _consumer.Counters.SnapshotsTooOld);
    }

    // The kit's own wait looks again only after seconds.
    private static void WaitFor(Func<bool> condition) => Assert.True(SpinWait.SpinUntil(condition, TimeSpan.FromSeconds(30)));

    private IActorRef Start()
    {
        (ShardConsumer, ShardSignal)[] shards = [(_consumer, _signal)];
        var supervisor = Sys.ActorOf(Props.Create(() => new FeedSupervisorActor(shards, false, Array.Empty<int>())));
        supervisor.Tell(new FeedSupervisorActor.GetShards(), TestActor);
        return ExpectMsg<IActorRef[]>(TimeSpan.FromSeconds(30))[0];
    }

    private void Publish(uint packet, params MarketUpdate[] updates) => Publish(packet, UpdateFlags.None, updates);

    private void Snapshot(uint lastPacket, uint sequence, params long[] bids) => Publish(
        1,
        UpdateFlags.Snapshot,
        [
            new() { Kind = UpdateKind.SnapshotBegin, Instrument = 7, InstrumentSequence = sequence, OrderId = lastPacket, Price = 1, Quantity = 1 },
            .. bids.Select((price, i) => Level(7, 0, BookAction.New, i + 1, price)),
            new() { Kind = UpdateKind.SnapshotEnd, Instrument = 7, Quantity = bids.Length },
        ]);

    private void Publish(uint packet, UpdateFlags flags, MarketUpdate[] updates)
    {
        Assert.True(_writer.TryReserve(updates.Length + 1));
        _writer.BeginPacket(0, packet, receiveTimeNs: 1, flags);
        foreach (var update in updates)
        {
            ref var slot = ref _writer.Claim();
            slot = update with { PacketSequence = slot.PacketSequence, Flags = update.Flags | slot.Flags };
        }

        _writer.EndPacket();
        _writer.Publish();
    }

    private sealed class Fuse
    {
        public long FailsAt { get; set; }
    }

    /// <summary>Fails once, at a given price.</summary>
    private readonly struct FailingListener(Fuse fuse) : IShardListener
    {
        public bool WantsPackets => false;

        public void OnBookUpdate(Instrument instrument, in MarketUpdate update)
        {
            if (update.Price != fuse.FailsAt) return;
            fuse.FailsAt = -1;
            throw new InvalidOperationException("as the test wants");
        }

        public void OnBookReplaced(Instrument instrument, BookType book, StateReason reason) { }

        public void OnStateChanged(Instrument instrument, BookType book, BookState before, StateReason reason) { }

        public void OnInformation(Instrument? instrument, in MarketUpdate update) { }

        public void OnEndOfEvent(Instrument instrument, in MarketUpdate last) { }

        public void OnEndOfPacket(Instrument instrument, uint packetSequence, long position) { }

        public void OnFlush(in MarketUpdate last) { }
    }
}
