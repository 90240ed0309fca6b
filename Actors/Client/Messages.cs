using FeedHandler.Codecs;

namespace FeedHandler.Actors;

/// <summary>Asks for market data. Tell it to <see cref="FeedRun.MarketData"/>; the sender is the subscriber.</summary>
/// <remarks>
/// Answered by <see cref="Subscribed"/> or <see cref="SubscribeRefused"/>; then <see cref="MarketDataBatch"/> messages
/// follow. Asking again for the same instruments is not another subscription: it goes on with the new choices and starts
/// again with images.
/// </remarks>
/// <param name="Channel">Name of the channel in the feed definition. Without instrument and symbol: all its instruments.</param>
public sealed record Subscribe(string Channel)
{
    /// <summary>Venue's id of the one instrument that is wanted.</summary>
    public uint? Instrument { get; init; }

    /// <summary>Symbol of the one instrument that is wanted; it need not be known yet.</summary>
    public string? Symbol { get; init; }

    /// <summary>Which books are wanted.</summary>
    public SubscribedBooks Books { get; init; } = SubscribedBooks.Levels;

    /// <summary>Price levels of each side; 0: the venue's own updates, as deep as it publishes.</summary>
    public int Depth { get; init; }

    /// <summary>When a change is told.</summary>
    public UpdateTiming Timing { get; init; }

    /// <summary>What happens when the subscriber does not keep up.</summary>
    public SlowSubscriberPolicy Policy { get; init; }
}

/// <summary>Which books of an instrument a subscriber gets. Trades, statistics, statuses and definitions always come.</summary>
[Flags]
public enum SubscribedBooks
{
    /// <summary>No books.</summary>
    None = 0,

    /// <summary>Price levels, outright and implied.</summary>
    Levels = 1,

    /// <summary>Every order.</summary>
    Orders = 2,
}

/// <summary>When a change is told.</summary>
public enum UpdateTiming
{
    /// <summary>When its market event has ended: a book is consistent whenever the subscriber has read a batch.</summary>
    EndOfEvent = 0,

    /// <summary>
    /// At once. Books may be inconsistent (crossed, a level twice) until the update that carries
    /// <see cref="UpdateFlags.EndOfEvent"/>: do not trade on what is between.
    /// </summary>
    EveryUpdate = 1,
}

/// <summary>What happens to a subscriber that holds all the batches it may hold.</summary>
public enum SlowSubscriberPolicy
{
    /// <summary>It gets the present books when it has caught up, and is told how much was left out.</summary>
    Conflate = 0,

    /// <summary>The subscription ends.</summary>
    Disconnect = 1,

    /// <summary>The replay waits for it, so that it gets every update of a capture at any speed. Refused by a live feed, which waits for nobody.</summary>
    Wait = 2,
}

/// <summary>A subscription stands; its images follow.</summary>
/// <param name="Id">Names the subscription in batches and in <see cref="Unsubscribe"/>.</param>
/// <param name="ChannelIndex">Index of the channel, as updates carry it.</param>
/// <param name="PriceExponent">Every price is its mantissa times ten to this power.</param>
/// <param name="Request">What was asked for.</param>
public sealed record Subscribed(long Id, int ChannelIndex, int PriceExponent, Subscribe Request);

/// <summary>A subscription cannot be.</summary>
/// <param name="Request">What was asked for.</param>
/// <param name="Reason">Why not.</param>
public sealed record SubscribeRefused(Subscribe Request, string Reason);

/// <summary>Ends a subscription. Answered by <see cref="SubscriptionEnded"/>; batches that are under way may come after it.</summary>
/// <param name="Id">From <see cref="Subscribed"/>.</param>
public sealed record Unsubscribe(long Id);

/// <summary>No more comes.</summary>
/// <param name="Id">From <see cref="Subscribed"/>.</param>
/// <param name="Reason">Why.</param>
public sealed record SubscriptionEnded(long Id, SubscriptionEnd Reason);

/// <summary>Why a subscription ended.</summary>
public enum SubscriptionEnd
{
    /// <summary>The subscriber asked for it.</summary>
    Unsubscribed = 0,

    /// <summary>The subscriber was too slow, and had chosen <see cref="SlowSubscriberPolicy.Disconnect"/>.</summary>
    TooSlow = 1,

    /// <summary>The feed ended, and everything was told.</summary>
    FeedEnded = 2,
}
