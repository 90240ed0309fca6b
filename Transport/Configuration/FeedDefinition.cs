namespace FeedHandler.Transport;

/// <summary>What FEED.json (or CME's config.xml) says: the channels of a feed. Immutable, checked.</summary>
public sealed record FeedDefinition(IReadOnlyList<ChannelDefinition> Channels);

/// <summary>The unit of sequencing and recovery.</summary>
public sealed record ChannelDefinition
{
    /// <summary>Unique name, such as <c>cme-310</c>.</summary>
    public required string Name { get; init; }

    /// <summary>Protocol of the channel's packets.</summary>
    public required FeedProtocol Protocol { get; init; }

    /// <summary>Path of the venue's SBE schema, resolved against the feed file's folder; null: the built-in schema.</summary>
    public string? SchemaPath { get; init; }

    /// <summary>The incremental feed.</summary>
    public required FeedLines Incremental { get; init; }

    /// <summary>Snapshot loop of price levels, if the channel has one.</summary>
    public FeedLines? Snapshot { get; init; }

    /// <summary>Snapshot loop of orders, if the channel has one.</summary>
    public FeedLines? MboSnapshot { get; init; }

    /// <summary>Instrument definition loop, if the channel has one.</summary>
    public FeedLines? Definitions { get; init; }
}

/// <summary>The redundant lines of one feed of a channel.</summary>
public sealed record FeedLines(LineAddress A, LineAddress? B);

/// <summary>Where a line's packets go. Addresses are IPv4 in host byte order.</summary>
/// <param name="Group">Destination address (usually multicast).</param>
/// <param name="Port">UDP destination port.</param>
/// <param name="Source">The only allowed source address, or null for any.</param>
public sealed record LineAddress(uint Group, ushort Port, uint? Source = null);

/// <summary>Protocols that a channel can speak.</summary>
public enum FeedProtocol
{
    /// <summary>CME MDP 3.0 (<c>cme-mdp3</c>).</summary>
    CmeMdp3,
}
