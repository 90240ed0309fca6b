using FeedHandler.Codecs;

namespace FeedHandler.Actors.Tests.Publishing;

public class SubscriptionTests
{
    [Fact]
    public void Nobody_listens_and_nothing_is_done()
    {
        using var rig = new ShardRig();
        rig.Run();
        Assert.False(rig.Publisher.IsActive);
        Assert.Equal(0, rig.Publisher.Counters.Updates);
    }

    [Fact]
    public void Late_subscriber_gets_each_instrument_as_an_image_first()
    {
        using var rig = new ShardRig();
        var updates = 0;
        rig.Run((_, _) => ++updates < 3000);
        var subscriber = new Subscriber { Log = [] };
        rig.Subscribe(1, subscriber, new Subscribe("cme-310") { Books = SubscribedBooks.Levels | SubscribedBooks.Orders });
        rig.Run();

        Assert.Equal(rig.Shards[0].Instruments.Length, subscriber.Mirror.Books.Count);
        foreach (var updatesOfOne in subscriber.Log.Where(update => update.Instrument != 0).GroupBy(update => update.Instrument))
        {
            // Definition where there is one, what the snapshot said of the session, state, image of the levels; state, image of the orders.
            var kinds = updatesOfOne.Select(update => update.Kind).SkipWhile(kind => kind is UpdateKind.Definition or UpdateKind.DefinitionText or UpdateKind.DefinitionLeg
                or UpdateKind.Statistic or UpdateKind.Volume or UpdateKind.Limits).ToList();
            Assert.Equal([UpdateKind.State, UpdateKind.SnapshotBegin], kinds[..2]);
            var second = kinds.IndexOf(UpdateKind.SnapshotEnd) + 1;
            Assert.Equal([UpdateKind.State, UpdateKind.SnapshotBegin], kinds[second..(second + 2)]);
            Assert.DoesNotContain(UpdateKind.Trade, kinds[..second]);
        }
    }

    [Fact]
    public void Receive_times_are_whole_again()
    {
        using var rig = new ShardRig();
        long last = 0, first = 0;
        rig.Subscribe(1, new Reader(batch =>
        {
            foreach (ref readonly var update in batch.Updates)
            {
                var time = batch.ReceiveTimeNs(update);
                Assert.Equal(update.ReceiveTimeLow, (uint)time);
                Assert.InRange(time, last - 1_000_000_000, last == 0 ? long.MaxValue : last + 20_000_000_000);
                if (first == 0) first = time;
                last = time;
            }
        }));
        rig.Run();

        // The bundled capture lies in one day, and its time goes on.
        Assert.InRange(last - first, 1_000_000_000, 86_400_000_000_000);
    }

    [Fact]
    public void One_instrument_by_id_and_by_symbol_that_is_not_known_yet()
    {
        using var all = new ShardRig();
        all.Run();
        var some = all.Shards[0].Instruments.ToArray().Last(instrument => instrument.Definition?.Symbol.Length > 0 && instrument.LastSequence > 10);

        using var rig = new ShardRig(shards: 3);
        var byId = new Subscriber();
        var bySymbol = new Subscriber();
        rig.Subscribe(1, byId, new Subscribe("cme-310") { Instrument = some.Id });
        rig.Subscribe(2, bySymbol, new Subscribe("cme-310") { Symbol = some.Definition!.Symbol });
        rig.Run();
        foreach (var subscriber in new[] { byId, bySymbol })
        {
            var mirror = Assert.Single(subscriber.Mirror.Books);
            Assert.Equal(some.Id, mirror.Instrument);
            Assert.Equal(BookText.Of(some, SubscribedBooks.Levels), BookText.Of(mirror, SubscribedBooks.Levels));
            Assert.Same(mirror, subscriber.Mirror.Find(some.Definition.Symbol));
        }
    }

    [Fact]
    public void Asking_again_brings_images_again_and_the_numbering_goes_on()
    {
        using var rig = new ShardRig();
        var subscriber = new Subscriber { Log = [] };
        rig.Subscribe(1, subscriber);
        var updates = 0;
        rig.Run((_, _) => ++updates < 4000);
        var images = Images();
        rig.Subscribe(1, subscriber, new Subscribe("cme-310") { Depth = 1 });
        rig.Run();
        Assert.InRange(Images(), images + rig.Shards[0].Instruments.Length, int.MaxValue);
        foreach (var instrument in rig.Shards[0].Instruments)
        {
            Assert.Equal(BookText.Of(instrument, SubscribedBooks.Levels, 1), BookText.Of(subscriber.Mirror.Find(0, instrument.Id), SubscribedBooks.Levels, 0));
        }

        int Images() => subscriber.Log.Count(update => update.Kind == UpdateKind.SnapshotBegin);
    }

    [Fact]
    public void Removed_subscription_is_told_nothing_more_and_the_other_all()
    {
        using var rig = new ShardRig();
        var leaving = new Subscriber();
        var staying = new Subscriber();
        rig.Subscribe(1, leaving);
        rig.Subscribe(2, staying);
        var updates = 0;
        rig.Run((_, _) => ++updates < 4000);
        rig.Publisher.Remove(1);
        var told = leaving.Mirror.Updates;
        rig.Run();
        Assert.InRange(told, 1, staying.Mirror.Updates - 1);
        Assert.Equal(told, leaving.Mirror.Updates);
        Assert.Equal(SubscriptionEnd.Unsubscribed, leaving.Ended);
        Assert.True(rig.Publisher.IsActive);
        rig.Publisher.Remove(2);
        Assert.False(rig.Publisher.IsActive);
    }

    [Fact]
    public void What_concerns_the_whole_channel_is_told_once()
    {
        using var rig = new ShardRig(shards: 3);
        var subscriber = new Subscriber { Log = [] };
        rig.Subscribe(1, subscriber);
        rig.Run();
        Assert.Single(subscriber.Log, update => update.Kind == UpdateKind.Gap);
    }

    [Theory]
    [InlineData(UpdateTiming.EndOfEvent, 0)]
    [InlineData(UpdateTiming.EndOfEvent, 1)]
    [InlineData(UpdateTiming.EveryUpdate, 0)]
    public void Publishing_allocates_nothing_per_update(UpdateTiming timing, int depth)
    {
        var market = new SyntheticMarket(shards: 1);
        var count = 0L;
        market.Subscribe(1, new Reader(batch => count += batch.Count), new Subscribe("one") { Timing = timing, Depth = depth });
        Run(10_000);
        var allocated = market.Consumers[0].AllocatedBytes;
        var before = count;
        Run(100_000);
        Assert.InRange(count - before, depth == 0 ? 100_000 : 1_000, long.MaxValue);
        Assert.Equal(0, market.Consumers[0].AllocatedBytes - allocated);

        void Run(int updates)
        {
            for (var left = updates; left > 0; left -= 1_000)
            {
                market.Write(1_000);
                market.Consumers[0].Drain(1_000_000);
            }
        }
    }

    private sealed class Reader(Action<MarketDataBatch> read) : IBatchReceiver
    {
        public void Deliver(MarketDataBatch batch)
        {
            using (batch) read(batch);
        }

        public void End(int shard, SubscriptionEnd reason) { }
    }
}
