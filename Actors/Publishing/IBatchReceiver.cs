namespace FeedHandler.Actors;

/// <summary>Where a subscription's batches go: an actor in production, a list in tests. Called on the shard's thread.</summary>
internal interface IBatchReceiver
{
    /// <summary>Takes a batch over; it is to be disposed when read.</summary>
    void Deliver(MarketDataBatch batch);

    /// <summary>The shard sends no more.</summary>
    void End(int shard, SubscriptionEnd reason);
}
