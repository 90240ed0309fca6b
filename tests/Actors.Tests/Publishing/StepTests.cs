using Disruptor;
using FeedHandler.Codecs;
using static FeedHandler.Actors.Tests.Shards.ShardDriver;

namespace FeedHandler.Actors.Tests.Publishing;

/// <summary>The table of docs/subscribers.md, step by step: what comes, in which order, and when.</summary>
public sealed class StepTests
{
    private const uint Id = 7;

    private readonly ValueRingBuffer<MarketUpdate> _ring = ValueRingBuffer<MarketUpdate>.CreateSingleProducer(static () => default, 256, new BusySpinWaitStrategy());
    private readonly Subscriber _subscriber = new() { Log = [] };

    [Fact]
    public void Join_is_an_image_with_its_state_first()
    {
        var shard = Shard();
        Packet(shard, 1, Best(Id, 1, 100));
        Packet(shard, 2, Best(Id, 2, 101));
        Subscribe(shard);
        Assert.Equal("State Live Joined, SnapshotBegin, Level 101, Level 100, SnapshotEnd!", Told());

        // One that appears later starts in the same way when it appears.
        Packet(shard, 3, Best(8, 1, 50));
        Assert.Equal("State Live Joined, SnapshotBegin, Level 50, SnapshotEnd!", Told());
    }

    [Fact]
    public void Normal_running_is_the_event_as_a_whole()
    {
        var shard = Live();
        Send(shard, Best(Id, 2, 101) with { PacketSequence = 2 });
        Assert.Equal("", Told());
        Packet(shard, 2, Trade(Id, 3, 5), Level(Id, 4, BookAction.Delete, 2, 0));
        Assert.Equal("Level 101, Trade, Level 0!", Told());
    }

    [Fact]
    public void A_gap_is_told_at_once_and_the_proof_that_it_was_elsewhere_with_the_event_that_brings_it()
    {
        var shard = Live(witness: 60_000);
        Gap(shard, 2, 4);
        Assert.Equal("State Recovering Gap, Gap 2-4", Told());
        Packet(shard, 4, Best(Id, 2, 101));
        Assert.Equal("Level 101!", Told(BookState.Recovering));

        // Another instrument's number excludes a reset inside the gap.
        Packet(shard, 5, Trade(9, 60_000, 1));
        Assert.Contains("State Live SequenceProven", Told());
    }

    [Fact]
    public void A_gap_without_snapshots_leaves_the_book_Stale()
    {
        var shard = Live(snapshots: false);
        Gap(shard, 2, 4);
        Assert.Equal("State Stale Gap, Gap 2-4", Told());
        Packet(shard, 4, Best(Id, 5, 101));
        Assert.DoesNotContain("Live", Told());
    }

    [Fact]
    public void Recovery_is_the_sessions_statistics_then_the_image_with_its_state()
    {
        var shard = Live();
        Gap(shard, 2, 4);
        Packet(shard, 4, Best(Id, 5, 105));
        Told();
        Packet(shard, 1, UpdateFlags.Snapshot, [
            new() { Kind = UpdateKind.SnapshotBegin, Instrument = Id, InstrumentSequence = 4, OrderId = 3, Price = 1, Quantity = 1 },
            new() { Kind = UpdateKind.Statistic, Instrument = Id },
            Level(Id, 0, BookAction.New, 1, 104),
            new() { Kind = UpdateKind.SnapshotEnd, Instrument = Id, Quantity = 1 }]);

        // The image includes what was buffered after it.
        Assert.Equal("Statistic, State Live Snapshot, SnapshotBegin, Level 105, Level 104, SnapshotEnd!", Told());
    }

    [Fact]
    public void A_silence_is_told_at_once_and_its_end_without_an_event()
    {
        var shard = Live();
        Packet(shard, 1, new MarketUpdate { Kind = UpdateKind.Silence, Code = 1 });
        Assert.Equal("State Stale Silence, Silence 1", Told());
        Packet(shard, 1, new MarketUpdate { Kind = UpdateKind.Silence });
        Packet(shard, 2, new MarketUpdate { Kind = UpdateKind.Heartbeat });
        Assert.Equal("State Live SequenceProven!, Silence 0", Told());
    }

    [Fact]
    public void After_a_silence_with_a_gap_the_gap_comes_first()
    {
        var shard = Live();
        Packet(shard, 1, new MarketUpdate { Kind = UpdateKind.Silence, Code = 1 });
        Told();
        Gap(shard, 2, 4);
        Packet(shard, 3, new MarketUpdate { Kind = UpdateKind.Silence });
        Assert.Equal("Gap 2-4, Silence 0", Told());
        Packet(shard, 4, Best(8, 1, 50));
        Assert.Contains("State Recovering Gap", Told());
    }

    [Fact]
    public void A_reset_by_the_venue_is_the_image_of_an_empty_book()
    {
        var shard = Live();
        Packet(shard, 2, InstrumentReset(Id, 2));
        Assert.Equal("InstrumentReset, State Live Joined, SnapshotBegin, SnapshotEnd!", Told());
        Packet(shard, 3, Best(Id, 3, 99));
        Assert.Equal("Level 99!", Told());

        // After a loss it is also the news that the book is right.
        Gap(shard, 4, 5);
        Told();
        Packet(shard, 5, ChannelReset);
        Assert.Contains("State Live Reset", Told());
    }

    [Fact]
    public void The_audit_tells_Stale_and_Recovering_at_once()
    {
        var shard = Live(audit: true);
        Packet(shard, 1, UpdateFlags.Snapshot, [
            new() { Kind = UpdateKind.SnapshotBegin, Instrument = Id, InstrumentSequence = 1, OrderId = 1, Price = 1, Quantity = 1 },
            Level(Id, 0, BookAction.New, 1, 66),
            new() { Kind = UpdateKind.SnapshotEnd, Instrument = Id, Quantity = 1 }]);
        Assert.StartsWith("State Stale AuditDifference, ", Told(), StringComparison.Ordinal);
        Assert.Equal(BookState.Recovering, shard.Shard.Instruments[0].LevelState);
    }

    [Fact]
    public void Natural_refresh_is_a_state_and_never_Live()
    {
        var shard = Live(recovery: RecoveryMode.Natural);
        Gap(shard, 2, 4);
        Told();
        Packet(shard, 4, Best(Id, 5, 101));
        Assert.DoesNotContain("NaturallyRefreshed", Told(BookState.Recovering));

        // Both sides are known again.
        Packet(shard, 4, Best(Id, 6, 105) with { Side = BookSide.Ask });
        Assert.Contains("State NaturallyRefreshed NaturalRefresh", Told());
        Packet(shard, 5, Best(Id, 7, 102));
        Assert.Equal("Level 102!", Told());
    }

    [Fact]
    public void A_fault_inside_the_shard_makes_every_book_Stale_and_a_new_image_follows()
    {
        var shard = Live();
        shard.Restart();
        Assert.StartsWith("State Stale ", Told(), StringComparison.Ordinal);
        Assert.Equal((BookState.Stale, StateReason.ShardRestarted), (_subscriber.Mirror.Find(0, Id)!.LevelState, _subscriber.Mirror.Find(0, Id)!.Reason));
        Packet(shard, 2, Best(Id, 2, 101));
        Assert.Contains("SnapshotBegin", Told());
    }

    [Fact]
    public void The_status_of_a_group_comes_for_the_channel_and_for_each_instrument_of_it()
    {
        var shard = Live();
        var text = new MarketUpdate { Kind = UpdateKind.DefinitionText, Instrument = Id, Code = (byte)DefinitionTextPart.Symbol };
        "ESH6"u8.CopyTo(text.Text);
        "ES"u8.CopyTo(text.Text[20..]);
        Packet(shard, 2, Definition(Id, depth: 10), text);
        Told();
        var group = new MarketUpdate { Kind = UpdateKind.DefinitionText, Code = (byte)DefinitionTextPart.StatusGroup };
        "ES"u8.CopyTo(group.Text[20..]);
        Packet(shard, 3, new MarketUpdate { Kind = UpdateKind.Status, Code = 2 }, group);
        Assert.Equal("Status of 0, DefinitionText of 0, Status of 7!", Told());
        Assert.Equal(2, _subscriber.Mirror.Find(0, Id)!.TradingStatus);
    }

    private ShardConsumer<RunListener<NullListener>> Shard(bool snapshots = true, RecoveryMode recovery = RecoveryMode.Snapshot, bool audit = false)
    {
        var publisher = new ShardPublisher(0, 1, static () => { });
        var options = new ShardOptions { Recovery = recovery, Audit = audit, Channels = [new ShardChannelOptions("c", -9, snapshots, snapshots)] };
        return new ShardConsumer<RunListener<NullListener>>(_ring, options, new RunListener<NullListener>(default, null, publisher)) { Publisher = publisher };
    }

    /// <summary>A subscriber, and one book that is Live with a bid at 100.</summary>
    private ShardConsumer<RunListener<NullListener>> Live(bool snapshots = true, RecoveryMode recovery = RecoveryMode.Snapshot, bool audit = false, uint witness = 0)
    {
        var shard = Shard(snapshots, recovery, audit);
        Packet(shard, 1, Best(Id, 1, 100));
        Subscribe(shard);
        Assert.Equal(BookState.Live, _subscriber.Mirror.Find(0, Id)!.LevelState);
        if (witness != 0) Assert.Equal(BookState.Live, shard.Shard.Instruments[0].LevelState);
        Told();
        return shard;
    }

    private void Subscribe(ShardConsumer<RunListener<NullListener>> shard) =>
        shard.Publisher!.Add(1, 0, new Subscribe("c"), _subscriber, shard.Shard.Instruments);

    private void Gap(ShardConsumer<RunListener<NullListener>> shard, uint from, uint to) =>
        Packet(shard, to - 1, new MarketUpdate { Kind = UpdateKind.Gap, OrderId = from, Priority = to });

    private void Packet(ShardConsumer<RunListener<NullListener>> shard, uint sequence, params MarketUpdate[] updates) => Packet(shard, sequence, UpdateFlags.None, updates);

    private void Packet(ShardConsumer<RunListener<NullListener>> shard, uint sequence, UpdateFlags flags, MarketUpdate[] updates)
    {
        var endsEvent = updates[^1].Kind is not (UpdateKind.Gap or UpdateKind.Silence or UpdateKind.Heartbeat);
        updates[^1].Flags = UpdateFlags.EndOfPacket | (endsEvent ? UpdateFlags.EndOfEvent : UpdateFlags.None);
        foreach (var update in updates) Send(shard, update with { PacketSequence = sequence, Flags = update.Flags | flags });
    }

    private void Send(ShardConsumer<RunListener<NullListener>> shard, in MarketUpdate update)
    {
        var at = _ring.Next();
        _ring[at] = update;
        _ring.Publish(at);
        shard.Drain(16);
    }

    /// <summary>What was told since the last call; ! marks the end of an event.</summary>
    private string Told(BookState? expected = null)
    {
        if (expected is { } state) Assert.Equal(state, _subscriber.Mirror.Find(0, Id)!.LevelState);
        var told = string.Join(", ", _subscriber.Log!.Select(update => Words(update) + ((update.Flags & UpdateFlags.EndOfEvent) != 0 && update.Instrument != 0 ? "!" : "")));
        _subscriber.Log!.Clear();
        return told;
    }

    private static string Words(in MarketUpdate update) => update.Kind switch
    {
        UpdateKind.State => $"State {(BookState)update.Code} {(StateReason)update.Detail}",
        UpdateKind.Gap => $"Gap {update.OrderId}-{update.Priority}",
        UpdateKind.Silence => $"Silence {update.Code}",
        UpdateKind.Level => $"Level {update.Price}",
        UpdateKind.Status or UpdateKind.DefinitionText => $"{update.Kind} of {update.Instrument}",
        _ => update.Kind.ToString(),
    };
}
