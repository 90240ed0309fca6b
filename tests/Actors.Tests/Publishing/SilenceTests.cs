using FeedHandler.Codecs;

namespace FeedHandler.Actors.Tests.Publishing;

/// <summary>What a subscriber sees while its channel is silent.</summary>
public sealed class SilenceTests
{
    [Theory]
    [InlineData(UpdateTiming.EndOfEvent, 0)]
    [InlineData(UpdateTiming.EndOfEvent, 3)]
    [InlineData(UpdateTiming.EveryUpdate, 0)]
    public void Stale_is_told_at_once_and_Live_as_soon_as_the_channel_is_heard_though_no_event_ends(UpdateTiming timing, int depth)
    {
        var market = new SyntheticMarket(shards: 2);
        Drain(market);
        var subscriber = new Subscriber { Log = [] };
        market.Subscribe(1, subscriber, new Subscribe("one") { Timing = timing, Depth = depth });
        Assert.All(subscriber.Mirror.Books, book => Assert.Equal(BookState.Live, book.LevelState));
        var books = subscriber.Mirror.Books.ToDictionary(book => book.Instrument, book => BookText.Of(book, SubscribedBooks.Levels));
        Assert.InRange(books.Count, 10, int.MaxValue);

        subscriber.Log.Clear();
        market.Silence(true);
        Assert.Equal(books.Count, subscriber.Log.Count(update => update.Kind == UpdateKind.State));
        Assert.All(subscriber.Mirror.Books, book => Assert.Equal((BookState.Stale, StateReason.Silence), (book.LevelState, book.Reason)));

        // The whole channel's subscriber is told of the channel, too: once, whatever the shards.
        Assert.Single(subscriber.Log, update => update is { Kind: UpdateKind.Silence, Instrument: 0, Code: 1 });

        subscriber.Log.Clear();
        market.Silence(false);
        Assert.Single(subscriber.Log, update => update is { Kind: UpdateKind.Silence, Instrument: 0, Code: 0 });
        Assert.All(subscriber.Mirror.Books, book => Assert.Equal((BookState.Live, StateReason.SequenceProven), (book.LevelState, book.Reason)));
        Assert.DoesNotContain(subscriber.Log, update => update.Kind == UpdateKind.SnapshotBegin);
        Assert.Equal(books, subscriber.Mirror.Books.ToDictionary(book => book.Instrument, book => BookText.Of(book, SubscribedBooks.Levels)));
    }

    [Fact]
    public void Who_subscribes_during_a_silence_gets_images_that_say_Stale()
    {
        var market = new SyntheticMarket(shards: 1);
        Drain(market);
        market.Silence(true);
        var subscriber = new Subscriber { Log = [] };
        market.Subscribe(1, subscriber, new Subscribe("one"));
        Assert.All(subscriber.Mirror.Books, book => Assert.Equal(BookState.Stale, book.LevelState));
        Assert.Contains(subscriber.Log, update => update.Kind == UpdateKind.SnapshotBegin);
        market.Silence(false);
        Assert.All(subscriber.Mirror.Books, book => Assert.Equal(BookState.Live, book.LevelState));
    }

    private static void Drain(SyntheticMarket market)
    {
        foreach (var consumer in market.Consumers) consumer.Drain(int.MaxValue / 2);
    }
}
