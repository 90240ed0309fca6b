using FeedHandler.Transport;

namespace FeedHandler.Actors;

/// <summary>How a book heals after packets were lost.</summary>
public enum RecoveryMode
{
    /// <summary>From the venue's snapshot loop; updates are buffered meanwhile.</summary>
    Snapshot = 0,

    /// <summary>By the updates themselves; the book then says <see cref="BookState.NaturallyRefreshed"/>, never Live.</summary>
    Natural = 1,
}

/// <summary>Bounds and choices of one book shard.</summary>
public sealed record ShardOptions
{
    /// <summary>Number of this shard, from 0.</summary>
    public int Shard { get; init; }

    /// <summary>Number of shards that share the instruments.</summary>
    public int ShardCount { get; init; } = 1;

    /// <summary>The channels, by index.</summary>
    public required IReadOnlyList<ShardChannelOptions> Channels { get; init; }

    /// <summary>How books heal.</summary>
    public RecoveryMode Recovery { get; init; }

    /// <summary>Instruments that a channel which says nothing else may have, all shards together; more are refused and counted.</summary>
    public int MaxInstruments { get; init; } = 200_000;

    /// <summary>
    /// Resting orders of a channel which says nothing else that this shard keeps; a book that reaches the bound loses its
    /// orders and needs a snapshot. A bound of memory, and each shard has its own: below it no result depends on it.
    /// </summary>
    public int MaxOrders { get; init; } = 16_000_000;

    /// <summary>The first packet seen of a channel may lack its beginning, as after a restart of the shard: nothing is known before the next.</summary>
    public bool JoinsInMidPacket { get; init; }

    /// <summary>Whether images of Live books are compared with the books: see <see cref="ShardAudit"/>.</summary>
    public bool Audit { get; init; }

    /// <summary>
    /// Updates that this shard's recovery buffer of a channel which says nothing else keeps; older ones are overwritten, and
    /// their books need a younger snapshot. Each shard has its own: below the bound no result depends on it.
    /// </summary>
    public int RecoveryBufferUpdates { get; init; } = 32_768;

    /// <summary>Orders that one staged snapshot image may have.</summary>
    public int MaxStagedOrders { get; init; } = 1_000_000;
}

/// <summary>What a shard must know of a channel.</summary>
/// <param name="Name">Name in the feed definition.</param>
/// <param name="PriceExponent">Exponent of every price mantissa of the channel.</param>
/// <param name="HasLevelSnapshots">Whether a snapshot feed of price levels is configured.</param>
/// <param name="HasOrderSnapshots">Whether a snapshot feed of orders is configured.</param>
/// <param name="Depth">Levels of an outright book whose definition does not say.</param>
/// <param name="HasDefinitions">Whether a feed of definitions is configured: then price levels are Live only where the definition is known, because it says the depth.</param>
/// <param name="NumbersMessages">Whether the sequence numbers messages instead of packets.</param>
/// <param name="MaxInstruments">Bound of the channel in place of <see cref="ShardOptions.MaxInstruments"/>.</param>
/// <param name="MaxOrders">Bound of the channel in place of <see cref="ShardOptions.MaxOrders"/>.</param>
/// <param name="RecoveryBufferUpdates">Bound of the channel in place of <see cref="ShardOptions.RecoveryBufferUpdates"/>.</param>
/// <param name="Images">Where books ask for an image of the channel; null: nobody fetches any.</param>
public sealed record ShardChannelOptions(
    string Name, int PriceExponent, bool HasLevelSnapshots, bool HasOrderSnapshots, int Depth = 10, bool HasDefinitions = false, bool NumbersMessages = false,
    int? MaxInstruments = null, int? MaxOrders = null, int? RecoveryBufferUpdates = null, ImageDemand? Images = null);
