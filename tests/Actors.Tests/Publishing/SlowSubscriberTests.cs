using FeedHandler.Codecs;

namespace FeedHandler.Actors.Tests.Publishing;

public class SlowSubscriberTests
{
    private const SubscribedBooks Everything = SubscribedBooks.Levels | SubscribedBooks.Orders;

    private static readonly Subscribe Request = new("cme-310") { Books = Everything };

    [Theory]
    [InlineData(UpdateTiming.EndOfEvent, 0, 0)]
    [InlineData(UpdateTiming.EndOfEvent, 0, 100)]
    [InlineData(UpdateTiming.EveryUpdate, 0, 30)]
    [InlineData(UpdateTiming.EndOfEvent, 2, 100)]
    public void Slow_subscriber_has_the_present_books_once_it_catches_up_and_knows_what_it_missed(UpdateTiming timing, int depth, int burstsPerBatch)
    {
        using var rig = new ShardRig(loss: 0.1);
        var request = Request with { Timing = timing, Depth = depth };
        var fast = new Subscriber();
        var slow = new Subscriber { ReadsAtOnce = false };
        rig.Subscribe(1, fast, request);
        rig.Subscribe(2, slow, request);
        for (var burst = 1; !RunBurst(rig); burst++)
        {
            if (burstsPerBatch != 0 && burst % burstsPerBatch == 0 && slow.Held != 0) slow.Read();
        }

        Assert.Equal(ShardSubscription.MaxBatches, slow.Batches.Count);
        Assert.InRange(rig.Publisher.Counters.Conflations, 1, long.MaxValue);
        Assert.Null(slow.Ended);
        rig.Finish();
        Assert.Null(slow.Ended);
        while (slow.Held != 0)
        {
            slow.ReadAll();
            if (Interlocked.Exchange(ref rig.Wakes, 0) != 0) rig.Publisher.CatchUp();
        }

        Assert.Equal(SubscriptionEnd.FeedEnded, slow.Ended);
        Assert.Equal(SubscriptionEnd.FeedEnded, fast.Ended);
        Assert.Equal(ShardSubscription.MaxBatches, slow.Batches.Count);
        foreach (var instrument in rig.Shards[0].Shard.Instruments)
        {
            var mirror = slow.Mirror.Find(0, instrument.Id)!;
            Assert.Equal(BookText.Of(instrument, Everything, depth), BookText.Of(mirror, Everything, depth));
            Assert.Equal((instrument.LevelState, instrument.OrderState), (mirror.LevelState, mirror.OrderState));
            Assert.Equal(BookText.Of(instrument, Everything, depth), BookText.Of(fast.Mirror.Find(0, instrument.Id), Everything, depth));
        }

        // Nothing is lost unsaid, and the fast one lost nothing.
        Assert.Equal(0, fast.Mirror.Books.Sum(book => book.InformationLost + book.UpdatesConflated));
        Assert.Equal(fast.Information, slow.Information + slow.Mirror.Books.Sum(book => book.InformationLost));
        Assert.InRange(slow.Mirror.Books.Sum(book => book.InformationLost), 1, long.MaxValue);
        Assert.Equal(rig.Publisher.Counters.InformationLost, slow.Mirror.Books.Sum(book => book.InformationLost) + ChannelLoss(slow));
        Assert.Equal(rig.Publisher.Counters.UpdatesConflated, slow.Mirror.Books.Sum(book => book.UpdatesConflated));
    }

    [Fact]
    public void Fast_subscriber_is_told_the_same_beside_a_stuck_one()
    {
        var alone = new Subscriber { Log = [] };
        var beside = new Subscriber { Log = [] };
        using (var rig = new ShardRig())
        {
            rig.Subscribe(1, alone, Request);
            rig.Run();
        }

        using (var rig = new ShardRig())
        {
            rig.Subscribe(2, new Subscriber { ReadsAtOnce = false }, Request);
            rig.Subscribe(1, beside, Request);
            rig.Run();
        }

        Assert.Equal(alone.Log.Count, beside.Log.Count);
        Assert.True(alone.Log.SequenceEqual(beside.Log));
    }

    [Fact]
    public void Slow_subscriber_that_chose_so_is_disconnected()
    {
        using var rig = new ShardRig();
        var slow = new Subscriber { ReadsAtOnce = false };
        rig.Subscribe(1, slow, Request with { Policy = SlowSubscriberPolicy.Disconnect });
        rig.Run();
        Assert.Equal(SubscriptionEnd.TooSlow, slow.Ended);
        Assert.Equal(ShardSubscription.MaxBatches, slow.Held);
        Assert.Equal(1, rig.Publisher.Counters.Disconnected);
        Assert.False(rig.Publisher.IsActive);
        slow.ReadAll();
        Assert.Equal(0, slow.Mirror.Books.Sum(book => book.InformationLost));
    }

    [Fact]
    public void Batch_that_is_retained_is_not_used_again()
    {
        using var rig = new ShardRig();
        MarketDataBatch? kept = null;
        var first = default(MarketUpdate);
        rig.Subscribe(1, new Lambda(batch =>
        {
            if (kept is null)
            {
                kept = batch;
                first = batch.Updates[0];
                batch.Retain();
            }
            else
            {
                Assert.NotSame(kept, batch);
            }

            batch.Dispose();
        }));
        rig.Run();
        Assert.Equal(first, kept!.Updates[0]);
    }

    private static long ChannelLoss(Subscriber subscriber) =>
        subscriber.Notices.Where(notice => notice.Kind == UpdateKind.Conflated && notice.Instrument == 0).Sum(notice => (long)notice.OrderId);

    private static bool RunBurst(ShardRig rig)
    {
        rig.RunBurst();
        return rig.IsEnded;
    }

    private sealed class Lambda(Action<MarketDataBatch> deliver) : IBatchReceiver
    {
        public void Deliver(MarketDataBatch batch) => deliver(batch);

        public void End(int shard, SubscriptionEnd reason) { }
    }
}
