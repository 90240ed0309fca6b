using FeedHandler.Codecs;

namespace FeedHandler.Actors.Tests.Publishing;

/// <summary>The history checker: each subscriber's own copy is the shard's book wherever an event has ended, and nothing in between.</summary>
public class MirrorTests
{
    [Theory]
    [InlineData("demo", SubscribedBooks.Levels, UpdateTiming.EndOfEvent, 0, 0.0)]
    [InlineData("demo", SubscribedBooks.Levels | SubscribedBooks.Orders, UpdateTiming.EndOfEvent, 0, 0.15)]
    [InlineData("demo", SubscribedBooks.Levels, UpdateTiming.EndOfEvent, 3, 0.15)]
    [InlineData("demo", SubscribedBooks.Levels, UpdateTiming.EveryUpdate, 1, 0.15)]
    [InlineData("demo", SubscribedBooks.Levels | SubscribedBooks.Orders, UpdateTiming.EveryUpdate, 0, 0.15)]
    [InlineData("cme-v8", SubscribedBooks.Levels | SubscribedBooks.Orders, UpdateTiming.EndOfEvent, 0, 0.05)]
    [InlineData("cme-reset", SubscribedBooks.Levels | SubscribedBooks.Orders, UpdateTiming.EndOfEvent, 0, 0.1)]
    public void Mirror_equals_the_book_at_the_end_of_every_event(string capture, SubscribedBooks books, UpdateTiming timing, int depth, double loss)
    {
        using var rig = new ShardRig(capture, shards: 2, loss);
        var subscriber = new Subscriber();
        rig.Subscribe(7, subscriber, new Subscribe("cme-310") { Books = books, Timing = timing, Depth = depth });
        var told = new Dictionary<uint, string>();
        int events = 0, mid = 0;
        rig.Run((shard, update) =>
        {
            var ended = (update.Flags & UpdateFlags.EndOfEvent) != 0;
            if (ended) events++;
            foreach (var instrument in shard.Instruments)
            {
                var mirror = subscriber.Mirror.Find(0, instrument.Id);
                if (ended || (timing == UpdateTiming.EveryUpdate && update.Instrument == instrument.Id && update.Kind is UpdateKind.Level or UpdateKind.Order && (update.Flags & UpdateFlags.Snapshot) == 0))
                {
                    var text = BookText.Of(instrument, books, depth);
                    told[instrument.Id] = text;
                    Assert.Equal(text, BookText.Of(mirror, books, depth));
                    if ((books & SubscribedBooks.Levels) != 0) Assert.Equal(instrument.LevelState, mirror!.LevelState);
                    if ((books & SubscribedBooks.Orders) != 0) Assert.Equal(instrument.OrderState, mirror!.OrderState);
                    if (timing == UpdateTiming.EndOfEvent || ended) Assert.Equal(instrument.TradingStatus, mirror!.TradingStatus);
                }
                else if (update.Instrument == instrument.Id && timing == UpdateTiming.EndOfEvent)
                {
                    // In the middle of an event the subscriber still has the last one, or an image that came whole.
                    var copy = BookText.Of(mirror, books, depth);
                    if (copy == told.GetValueOrDefault(instrument.Id, "")) mid++;
                    else if ((update.Flags & UpdateFlags.Snapshot) != 0 || mirror?.LevelState != BookState.Live) told[instrument.Id] = copy;
                    else Assert.Fail($"{instrument.Id} was told in the middle of an event");
                }

                // Bad news does not wait.
                if (mirror is not null && (books & SubscribedBooks.Levels) != 0) Assert.True(mirror.LevelState <= instrument.LevelState || ended || instrument.ChangedInEvent, $"{mirror.LevelState} was told, {instrument.LevelState} it is");
            }

            return true;
        });

        Assert.InRange(events, 500, int.MaxValue);
        if (timing == UpdateTiming.EndOfEvent) Assert.InRange(mid, 100, int.MaxValue);
        if (loss > 0) Assert.Contains(subscriber.Notices, notice => (StateReason)notice.Detail == StateReason.Gap);
        if (loss > 0 && capture != "cme-v8") Assert.Contains(subscriber.Notices, notice => (StateReason)notice.Detail == StateReason.Snapshot);
        foreach (var shard in rig.Shards)
        {
            foreach (var instrument in shard.Instruments) Assert.Equal(instrument.Definition, subscriber.Mirror.Find(0, instrument.Id)!.Definition);
        }
    }

    [Fact]
    public void Every_trade_is_told_once()
    {
        using var rig = new ShardRig(loss: 0.1);
        var subscriber = new Subscriber();
        rig.Subscribe(1, subscriber);
        rig.Run();
        rig.Finish();
        Assert.Equal(SubscriptionEnd.FeedEnded, subscriber.Ended);
        Assert.InRange(rig.Shards[0].Shard.Instruments.ToArray().Sum(instrument => instrument.Trades), 100, long.MaxValue);
        foreach (var instrument in rig.Shards[0].Shard.Instruments) Assert.Equal(instrument.Trades, subscriber.Mirror.Find(0, instrument.Id)!.Trades);
    }

    [Fact]
    public void Restarted_shard_tells_stale_and_heals_by_snapshot()
    {
        var random = new Random(5);
        using var rig = new ShardRig();
        var subscriber = new Subscriber();
        var books = SubscribedBooks.Levels | SubscribedBooks.Orders;
        rig.Subscribe(1, subscriber, new Subscribe("cme-310") { Books = books });
        var shard = rig.Shards[0];
        int updates = 0, restarts = 0, wrong = 0, compared = 0;
        var right = Record();
        rig.Run((_, update) =>
        {
            if ((update.Flags & UpdateFlags.EndOfEvent) != 0)
            {
                foreach (var instrument in shard.Instruments)
                {
                    // What says Live after a restart is what it would have been without.
                    if (instrument.LevelState == BookState.Live && Differs(instrument, SubscribedBooks.Levels)) wrong++;
                    if (instrument.OrderState == BookState.Live && instrument.Orders is not null && Differs(instrument, SubscribedBooks.Orders)) wrong++;
                    var mirror = subscriber.Mirror.Find(0, instrument.Id);
                    if (mirror is { Reason: StateReason.ShardRestarted, LevelState: BookState.Stale }) continue;
                    compared++;
                    Assert.Equal(BookText.Of(instrument, books), BookText.Of(mirror, books));
                }
            }

            if (restarts < 20 && ++updates % 200 == 0 && random.Next(3) == 0)
            {
                restarts++;
                shard.Restart();
                Assert.All(subscriber.Mirror.Books, book => Assert.Equal(BookState.Stale, book.LevelState));
            }

            return true;
        });
        Assert.Equal(20, restarts);
        Assert.Equal(0, wrong);
        Assert.InRange(compared, 1000, int.MaxValue);
        Assert.Contains(subscriber.Notices, notice => (StateReason)notice.Detail == StateReason.ShardRestarted);
        Assert.All(subscriber.Mirror.Books, book => Assert.Equal((BookState.Live, BookState.Live), (book.LevelState, book.OrderState)));

        bool Differs(Instrument instrument, SubscribedBooks book) =>
            right.TryGetValue((shard.Sequence.Value, instrument.Id, book == SubscribedBooks.Orders), out var text) && BookText.Of(instrument, book) != text;
    }

    /// <summary>The books that were Live without restarts, by position and instrument.</summary>
    private static Dictionary<(long Position, uint Instrument, bool Orders), string> Record()
    {
        var record = new Dictionary<(long, uint, bool), string>();
        using var rig = new ShardRig();
        rig.Run((shard, update) =>
        {
            if ((update.Flags & UpdateFlags.EndOfEvent) == 0) return true;
            foreach (var instrument in shard.Instruments)
            {
                if (instrument.LevelState == BookState.Live) record[(shard.Sequence.Value, instrument.Id, false)] = BookText.Of(instrument, SubscribedBooks.Levels);
                if (instrument.OrderState == BookState.Live) record[(shard.Sequence.Value, instrument.Id, true)] = BookText.Of(instrument, SubscribedBooks.Orders);
            }

            return true;
        });
        return record;
    }
}
