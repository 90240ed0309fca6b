namespace FeedHandler.Actors;

/// <summary>What the publisher of a shard counted. Owned by the shard's thread; others read it for display.</summary>
public sealed class PublishingCounters
{
    /// <summary>Subscriptions that stand, each in every shard.</summary>
    public long Subscriptions;

    /// <summary>Batches sent.</summary>
    public long Batches;

    /// <summary>Updates in them.</summary>
    public long Updates;

    /// <summary>Images among them.</summary>
    public long Images;

    /// <summary>Times that an instrument of a slow subscriber went over to conflation.</summary>
    public long Conflations;

    /// <summary>Book updates left out for slow subscribers.</summary>
    public long UpdatesConflated;

    /// <summary>Trades and other information that slow subscribers lost.</summary>
    public long InformationLost;

    /// <summary>Subscriptions ended because the subscriber was too slow.</summary>
    public long Disconnected;

    /// <summary>Adds another shard's counts.</summary>
    internal void Add(PublishingCounters other)
    {
        Subscriptions += other.Subscriptions;
        Batches += other.Batches;
        Updates += other.Updates;
        Images += other.Images;
        Conflations += other.Conflations;
        UpdatesConflated += other.UpdatesConflated;
        InformationLost += other.InformationLost;
        Disconnected += other.Disconnected;
    }
}
