using Disruptor;
using FeedHandler.Codecs;
using static FeedHandler.Actors.Tests.Shards.ShardDriver;

namespace FeedHandler.Actors.Tests.Shards;

/// <summary>Books of a channel that is silent: Stale while nothing vouches for the present, and untouched.</summary>
public sealed class SilenceTests
{
    private static readonly MarketUpdate Silent = new() { Kind = UpdateKind.Silence, Code = 1 };
    private static readonly MarketUpdate Heard = new() { Kind = UpdateKind.Silence };

    private readonly ShardDriver _shard = new();

    [Fact]
    public void Live_books_are_Stale_while_their_channel_is_silent_and_Live_again_when_it_goes_on()
    {
        Begin();
        Tell(Silent);
        Assert.Equal((BookState.Stale, BookState.Stale, BookState.Stale), (_shard.State(7), _shard.OrderState(7), _shard[7].State));
        Assert.Equal(["7 ByPrice Live Stale Silence", "7 ByOrder Live Stale Silence"], Changes());
        Tell(Silent);
        Assert.Empty(Changes());
        Tell(Heard);
        Assert.Equal(["7 ByPrice Stale Live SequenceProven", "7 ByOrder Stale Live SequenceProven"], Changes());

        // Nothing of the books was lost, and no image is needed.
        _shard.Packet(2, Best(7, 2, 101), Order(7, BookAction.New, 11));
        Assert.Equal(("101 100", "10 11", BookState.Live, BookState.Live), (_shard.Bids(7), _shard.Orders(7), _shard.State(7), _shard.OrderState(7)));
        Assert.Equal((0L, 0L), (_shard[7].Gaps, _shard[7].Recoveries));
    }

    [Fact]
    public void Another_channel_is_not_concerned()
    {
        var shard = new ShardDriver(channels: 2);
        shard.PacketOf(0, 1, Best(7, 1, 100));
        shard.PacketOf(1, 1, Best(7, 1, 200));
        shard.Send(1, 1, UpdateFlags.None, Silent);
        Assert.Equal((BookState.Live, BookState.Stale), (shard.State(7, 0), shard.State(7, 1)));
    }

    [Fact]
    public void A_gap_behind_the_silence_leaves_the_books_Recovering()
    {
        Begin();
        Tell(Silent);
        _shard.Gap(2, 4);
        Tell(Heard);
        Assert.Equal((BookState.Recovering, BookState.Recovering), (_shard.State(7), _shard.OrderState(7)));
        Assert.Equal(
            [
                "7 ByPrice Live Stale Silence", "7 ByOrder Live Stale Silence", "7 ByPrice Stale Recovering Gap", "7 ByOrder Stale Recovering Gap",
            ],
            Changes());
        _shard.Snapshot(7, lastPacket: 3, sequence: 5, 102).OrderSnapshot(7, lastPacket: 3, 1, 1, 12);
        Assert.Equal((BookState.Live, BookState.Live, "102"), (_shard.State(7), _shard.OrderState(7), _shard.Bids(7)));
    }

    [Fact]
    public void A_book_that_a_snapshot_heals_during_the_silence_says_Live_when_that_ends()
    {
        Begin();
        Tell(Silent);
        _shard.Gap(2, 4);
        _shard.Snapshot(7, lastPacket: 3, sequence: 5, 102);
        Assert.Equal(BookState.Stale, _shard.State(7));
        Assert.Contains("7 ByPrice Recovering Stale Silence", Changes());
        Tell(Heard);
        Assert.Equal(["7 ByPrice Stale Live Snapshot"], Changes());
        Assert.Equal((BookState.Live, BookState.Recovering, "102", 1L), (_shard.State(7), _shard.OrderState(7), _shard.Bids(7), _shard[7].Recoveries));
    }

    [Fact]
    public void A_book_that_was_not_right_before_is_not_right_after()
    {
        Begin();
        _shard.Gap(2, 4);
        Changes();
        Tell(Silent).Tell(Heard);
        Assert.Empty(Changes());
        Assert.Equal((BookState.Recovering, BookState.Recovering), (_shard.State(7), _shard.OrderState(7)));
    }

    [Fact]
    public void An_image_of_the_present_book_does_not_make_it_Live_while_the_channel_is_silent()
    {
        Begin();
        Tell(Silent);
        _shard.Snapshot(7, lastPacket: 1, sequence: 1, 100).OrderSnapshot(7, lastPacket: 1, 1, 1, 10);
        Assert.Equal((BookState.Stale, BookState.Stale), (_shard.State(7), _shard.OrderState(7)));
    }

    [Fact]
    public void A_session_that_begins_after_the_silence_empties_the_books()
    {
        Begin();
        Tell(Silent);
        _shard.Packet(1, SessionStart);
        Assert.Equal((BookState.Stale, ""), (_shard.State(7), _shard.Bids(7)));
        Changes();
        Tell(Heard);
        Assert.Equal(["7 ByPrice Stale Live SessionStart", "7 ByOrder Stale Live SessionStart"], Changes());
    }

    [Fact]
    public void A_book_that_is_only_refreshed_is_Stale_too()
    {
        var shard = new ShardDriver(recovery: RecoveryMode.Natural);
        shard.Packet(500, Best(7, 30, 100), Level(7, 31, BookAction.New, 1, 103, BookSide.Ask));
        Assert.Equal(BookState.NaturallyRefreshed, shard.State(7));
        shard.Send(0, 500, UpdateFlags.None, Silent);
        Assert.Equal(BookState.Stale, shard.State(7));
        shard.Send(0, 500, UpdateFlags.None, Heard);
        Assert.Equal(BookState.NaturallyRefreshed, shard.State(7));
    }

    [Fact]
    public void An_event_that_the_silence_interrupts_is_still_one()
    {
        _shard.Packet(1, Best(7, 1, 100));
        var first = Best(7, 2, 101);
        first.PacketSequence = 2;
        first.Flags = UpdateFlags.EndOfPacket;
        _shard.Shard.OnUpdate(first, 100);
        var silent = Silent with { PacketSequence = 2, Flags = UpdateFlags.EndOfPacket };
        _shard.Shard.OnUpdate(silent, 101);
        _shard.Shard.OnUpdate(silent with { Code = 0 }, 102);

        // An image of the first half must not be told as a consistent book.
        Assert.True(_shard[7].ChangedInEvent);
        _shard.Packet(3, Best(7, 3, 102));
        Assert.False(_shard[7].ChangedInEvent);
        Assert.Equal((BookState.Live, "102 101 100"), (_shard.State(7), _shard.Bids(7)));
    }

    [Fact]
    public void A_shard_that_takes_the_place_of_a_failed_one_knows_of_the_silence()
    {
        var ring = ValueRingBuffer<MarketUpdate>.CreateSingleProducer(static () => default, 64, new BusySpinWaitStrategy());
        var options = new ShardOptions { Channels = [new ShardChannelOptions("c", -9, HasLevelSnapshots: true, HasOrderSnapshots: true)] };
        var consumer = new ShardConsumer<NullListener>(ring, options, default);
        Publish(1, UpdateFlags.None, Best(7, 1, 100));
        Publish(1, UpdateFlags.None, Silent);
        consumer.Restart();
        Publish(2, UpdateFlags.None, Best(7, 2, 101));
        Publish(1, UpdateFlags.Snapshot,
            new() { Kind = UpdateKind.SnapshotBegin, Instrument = 7, InstrumentSequence = 2, OrderId = 2, Price = 1, Quantity = 1 },
            Level(7, 0, BookAction.New, 1, 101),
            new() { Kind = UpdateKind.SnapshotEnd, Instrument = 7, Quantity = 1 });
        Assert.Equal(BookState.Stale, consumer.Shard.Instruments[0].LevelState);
        Publish(2, UpdateFlags.None, Heard);
        Assert.Equal(BookState.Live, consumer.Shard.Instruments[0].LevelState);

        void Publish(uint packet, UpdateFlags flags, params MarketUpdate[] updates)
        {
            for (var i = 0; i < updates.Length; i++)
            {
                var last = i == updates.Length - 1 ? UpdateFlags.EndOfEvent | UpdateFlags.EndOfPacket : UpdateFlags.None;
                var at = ring.Next();
                ring[at] = updates[i] with { PacketSequence = packet, Flags = flags | last };
                ring.Publish(at);
            }

            consumer.Drain(64);
        }
    }

    /// <summary>An instrument with both books, from the first packet on.</summary>
    private void Begin()
    {
        _shard.Packet(1, Best(7, 1, 100), Order(7, BookAction.New, 10));
        Assert.Equal((BookState.Live, BookState.Live), (_shard.State(7), _shard.OrderState(7)));
        Changes();
    }

    private SilenceTests Tell(in MarketUpdate update)
    {
        _shard.PacketOf(0, _shard.LastPacket, update);
        return this;
    }

    private List<string> Changes()
    {
        var changes = _shard.Log.Where(line => line.Contains(" ByPrice ", StringComparison.Ordinal) || line.Contains(" ByOrder ", StringComparison.Ordinal)).ToList();
        _shard.Log.Clear();
        return changes;
    }
}
