using Disruptor;
using FeedHandler.Codecs;
using FeedHandler.Transport;

namespace FeedHandler.Actors.Tests.Shards;

/// <summary>One shard that reads the rings of two RX cores.</summary>
public sealed class TwoRingsTests
{
    private const long Second = 1_000_000_000;

    private readonly ValueRingBuffer<MarketUpdate>[] _rings = [Ring(), Ring()];
    private readonly Diary _diary = new();
    private readonly ShardConsumer<RunListener<Writing>> _shard;
    private readonly RingWriter[] _writers;
    private readonly uint[] _packets = new uint[2];

    public TwoRingsTests()
    {
        var options = new ShardOptions { Channels = [new ShardChannelOptions("a", -9, false, false), new ShardChannelOptions("b", -9, false, false)] };
        var publisher = new ShardPublisher(0, 2, static () => { });
        _shard = new ShardConsumer<RunListener<Writing>>(_rings, options, new RunListener<Writing>(new Writing(_diary), null, publisher)) { Publisher = publisher };
        _writers = [.. _rings.Select(ring => new RingWriter(ring, [], waits: false))];
    }

    [Fact]
    public void Busy_ring_does_not_starve_the_other()
    {
        for (var i = 0; i < 500; i++) Publish(0, Second, updates: 1);
        for (var i = 0; i < 20; i++) Publish(1, Second, updates: 1);

        // The clock that a ring starts with is an update, too.
        Assert.Equal(20, _shard.Drain(20));
        Assert.Equal((9, 9), Taken);
        Assert.Equal(20, _shard.Drain(20));
        Assert.Equal((19, 19), Taken);
        DrainAll(20);
        Assert.Equal((_writers[0].PublishedSequence, _writers[1].PublishedSequence), Taken);
        Assert.Equal((500, 20), (_diary.Flushes.Count(flush => flush.Channel == 0), _diary.Flushes.Count(flush => flush.Channel == 1)));
    }

    [Fact]
    public void Turn_to_another_ring_is_between_packets()
    {
        for (var i = 0; i < 40; i++)
        {
            Publish(0, Second, updates: 7);
            Publish(1, Second, updates: 5);
        }

        // A share of one update would tear every packet.
        DrainAll(2);
        var open = -1;
        foreach (var (channel, isEnd) in _diary.Updates)
        {
            Assert.True(open < 0 || open == channel, "a packet was torn by another ring");
            open = isEnd ? -1 : channel;
        }

        Assert.Equal(80, _diary.Updates.Count(update => update.IsEnd));
    }

    [Fact]
    public void Each_ring_has_its_clock()
    {
        // The upper halves of the two cores' times differ for as long as one of them hears nothing.
        long[] times = [Second, 9 * Second, 2 * Second, 18 * Second, 5 * Second, 19 * Second, 6 * Second, 19 * Second + 1];
        for (var i = 0; i < times.Length; i++)
        {
            Publish(i % 2, times[i], updates: 1);
            _shard.Drain(100);
        }

        Assert.Equal(times, _diary.Flushes.Select(flush => flush.TimeNs));
    }

    [Fact]
    public void Silent_ring_is_not_turned_to()
    {
        Publish(1, 50 * Second, updates: 1);
        for (var i = 0; i < 10; i++)
        {
            Publish(0, Second, updates: 1);
            _shard.Drain(100);
        }

        // One of each ring's own, and one told again for the turn back, where the loop came by the second ring once.
        Assert.InRange(_diary.Clocks, 2, 3);
    }

    [Fact]
    public void Shard_that_fails_keeps_its_place_in_both()
    {
        for (var i = 0; i < 10; i++) Publish(0, Second, updates: 2);
        for (var i = 0; i < 10; i++) Publish(1, Second, updates: 2);
        _diary.FailsAt = (Channel: 1, Update: 7);
        Assert.Throws<InvalidOperationException>(() => _shard.Drain(1_000));
        _shard.Restart();
        Assert.Equal((_writers[0].PublishedSequence, 7), Taken);
        DrainAll(1_000);
        Assert.Equal((_writers[0].PublishedSequence, _writers[1].PublishedSequence), Taken);

        // The update that failed is skipped, and no other.
        Assert.Equal((20, 20), (_diary.Updates.Count(update => update.Channel == 0), _diary.Updates.Count(update => update.Channel == 1)));
    }

    [Fact]
    public void Places_of_updates_go_up_within_a_core_and_tell_it()
    {
        var first = new ShardIntake(Ring(), 0);
        var second = new ShardIntake(Ring(), 1);
        Assert.Equal(41, first.PositionOf(41));
        Assert.InRange(second.PositionOf(0), first.PositionOf(1L << 55), long.MaxValue);
        Assert.Equal((41, 1), (ShardIntake.SequenceOf(second.PositionOf(41)), ShardIntake.CoreOf(second.PositionOf(41))));
        Assert.Equal(63, ShardIntake.CoreOf(new ShardIntake(Ring(), RxCoreDefinition.MaxCores - 1).PositionOf(1)));
    }

    private (long First, long Second) Taken => (_shard.SequenceOf(0).Value, _shard.SequenceOf(1).Value);

    private static ValueRingBuffer<MarketUpdate> Ring() => ValueRingBuffer<MarketUpdate>.CreateSingleProducer(static () => default, 1_024, new BusySpinWaitStrategy());

    private void DrainAll(int maxUpdates)
    {
        while (_shard.Drain(maxUpdates) != 0)
        {
        }
    }

    private void Publish(int core, long timeNs, int updates)
    {
        var writer = _writers[core];
        Assert.True(writer.TryReserve(updates));
        writer.BeginPacket((ushort)core, ++_packets[core], timeNs, UpdateFlags.None);
        for (var i = 0; i < updates; i++)
        {
            ref var update = ref writer.Claim();
            update.Kind = UpdateKind.Trade;
            update.Action = BookAction.New;
            update.Instrument = 7;
        }

        writer.EndPacket();
        writer.Publish();
    }

    private sealed class Diary
    {
        private long _clockNs;

        public List<(int Channel, long TimeNs)> Flushes { get; } = [];

        public List<(int Channel, bool IsEnd)> Updates { get; } = [];

        public int Clocks { get; private set; }

        public (int Channel, int Update)? FailsAt { get; set; }

        public void Note(in MarketUpdate update)
        {
            if (update.Kind == UpdateKind.Clock)
            {
                Clocks++;
                _clockNs = (long)update.OrderId;
                return;
            }

            var channel = update.Channel;
            Updates.Add((channel, (update.Flags & UpdateFlags.EndOfPacket) != 0));
            if (FailsAt is not { } fault || fault.Channel != channel || Updates.Count(other => other.Channel == channel) != fault.Update) return;
            FailsAt = null;
            throw new InvalidOperationException("as the test wants");
        }

        public void Flush(in MarketUpdate last) => Flushes.Add((last.Channel, (_clockNs & ~(long)uint.MaxValue) | last.ReceiveTimeLow));
    }

    private readonly struct Writing(Diary diary) : IShardListener
    {
        public bool WantsPackets => false;

        public void OnBookUpdate(Instrument instrument, in MarketUpdate update) { }

        public void OnBookReplaced(Instrument instrument, BookType book, StateReason reason) { }

        public void OnStateChanged(Instrument instrument, BookType book, BookState before, StateReason reason) { }

        public void OnInformation(Instrument? instrument, in MarketUpdate update) => diary.Note(update);

        public void OnEndOfEvent(Instrument instrument, in MarketUpdate last) { }

        public void OnEndOfPacket(Instrument instrument, uint packetSequence, long position) { }

        public void OnFlush(in MarketUpdate last) => diary.Flush(last);
    }
}
