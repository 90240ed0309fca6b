using FeedHandler.Codecs;

namespace FeedHandler.Transport;

/// <summary>What FEED.json (or CME's config.xml) says: the channels of a feed. Immutable, checked.</summary>
public sealed record FeedDefinition(IReadOnlyList<ChannelDefinition> Channels)
{
    /// <summary>The wire of a live run.</summary>
    public TransportDefinition Transport { get; init; } = new();

    /// <summary>The receive cores of a live run, where there are several; empty: one has all channels.</summary>
    public IReadOnlyList<RxCoreDefinition> RxCores { get; init; } = [];

    /// <summary>The receive cores of a run, each with its channels.</summary>
    /// <remarks>A recording is read by one core, in its order: <see cref="RxCores"/> is for wires.</remarks>
    /// <exception cref="ConfigurationException">Two cores have the same CPU, or the same device that only one can have.</exception>
    public IReadOnlyList<RxCoreDefinition> Cores(bool isReplay)
    {
        if (isReplay || RxCores.Count == 0 || Transport.Kind == TransportKind.Pcap) return [new RxCoreDefinition("", Transport, [.. Enumerable.Range(0, Channels.Count)])];
        RxCoreDefinition.CheckApart(RxCores);
        return RxCores;
    }

    /// <summary>The same on another wire or interface, all cores of it.</summary>
    /// <param name="kind">The wire; null: as it is.</param>
    /// <param name="networkInterface">The interface; null: as it is.</param>
    public FeedDefinition On(TransportKind? kind, string? networkInterface)
    {
        return this with { Transport = Change(Transport), RxCores = [.. RxCores.Select(core => core with { Transport = Change(core.Transport) })] };

        TransportDefinition Change(TransportDefinition transport) => (transport with { Kind = kind ?? transport.Kind }).On(networkInterface);
    }

    /// <summary>The addresses of all lines of all feeds.</summary>
    public IReadOnlyList<LineAddress> Lines() => Lines(Channels);

    /// <summary>The addresses of all lines of an RX core's channels.</summary>
    public IReadOnlyList<LineAddress> LinesOf(RxCoreDefinition core) => Lines(core.Channels.Select(channel => Channels[channel]));

    private static List<LineAddress> Lines(IEnumerable<ChannelDefinition> channels)
    {
        var lines = new List<LineAddress>();
        foreach (var channel in channels)
        {
            foreach (var (_, _, feed) in channel.Feeds())
            {
                lines.Add(feed.A);
                if (feed.B is { } b) lines.Add(b);
            }
        }

        return lines;
    }
}

/// <summary>The unit of sequencing and recovery.</summary>
public sealed record ChannelDefinition
{
    /// <summary>Outright price levels of an instrument whose definition says nothing of its depth.</summary>
    public const int DefaultDepth = 10;

    /// <summary>Unique name, such as <c>cme-310</c>.</summary>
    public required string Name { get; init; }

    /// <summary>Protocol of the channel's packets.</summary>
    public required FeedProtocol Protocol { get; init; }

    /// <summary>Full path of the venue's SBE schema; null: the built-in schema.</summary>
    public string? SchemaPath { get; init; }

    /// <summary>The incremental feed.</summary>
    public required FeedLines Incremental { get; init; }

    /// <summary>Snapshot loop of price levels, if the channel has one.</summary>
    public FeedLines? Snapshot { get; init; }

    /// <summary>Snapshot loop of orders, if the channel has one.</summary>
    public FeedLines? MboSnapshot { get; init; }

    /// <summary>Instrument definition loop, if the channel has one.</summary>
    public FeedLines? Definitions { get; init; }

    /// <summary>Whether the captures are raw files of messages instead of packets; then the lines have no meaning.</summary>
    public bool Raw { get; init; }

    /// <summary>The only session whose packets are taken; null: whichever is sent.</summary>
    public string? Session { get; init; }

    /// <summary>Where lost messages can be asked for (MoldUDP64); null: nowhere. Only live runs ask.</summary>
    public LineAddress? RequestServer { get; init; }

    /// <summary>Where images of the order books can be had (GLIMPSE); null: nowhere. Only live runs ask.</summary>
    public GlimpseEndpoint? Glimpse { get; init; }

    /// <summary>Where lost packets can be asked for over TCP (CME); null: nowhere. Only live runs ask.</summary>
    public CmeReplayEndpoint? Replay { get; init; }

    /// <summary>Outright price levels of an instrument whose definition says nothing of its depth.</summary>
    public int Depth { get; init; } = DefaultDepth;

    /// <summary>How long a missing packet is waited for before it counts as lost, in milliseconds; null: the arbiter's default.</summary>
    public int? ReorderTimeoutMs { get; init; }

    /// <summary>Packets held while one before them is missing; null: the arbiter's default.</summary>
    public int? ReorderWindow { get; init; }

    /// <summary>Updates of the channel that each book shard holds for books that recover; null: the shard's default.</summary>
    public int? RecoveryBuffer { get; init; }

    /// <summary>What <see cref="RecoveryBuffer"/> is where an image is fetched and nothing else is said: an image takes some seconds, of any rate.</summary>
    public const int ImageRecoveryBuffer = 1 << 20;

    /// <summary>Instruments that the channel may have, however many shards there are; null: the shard's default.</summary>
    public int? MaxInstruments { get; init; }

    /// <summary>Resting orders of the channel that each book shard keeps; null: the shard's default.</summary>
    public int? MaxOrders { get; init; }

    /// <summary>Silence of the incremental feed after which the channel's books are Stale, in seconds; 0: never; null: the protocol's default.</summary>
    public int? SilenceSeconds { get; init; }

    /// <summary>The feeds that the channel has, with the key that names each in FEED.json.</summary>
    public IEnumerable<(FeedRole Role, string Key, FeedLines Lines)> Feeds()
    {
        yield return (FeedRole.Incremental, ChannelKeys.Incremental, Incremental);
        if (Snapshot is not null) yield return (FeedRole.Snapshot, ChannelKeys.Snapshot, Snapshot);
        if (MboSnapshot is not null) yield return (FeedRole.OrderSnapshot, ChannelKeys.MboSnapshot, MboSnapshot);
        if (Definitions is not null) yield return (FeedRole.Definitions, ChannelKeys.Definitions, Definitions);
    }
}

/// <summary>The redundant lines of one feed of a channel.</summary>
public sealed record FeedLines(LineAddress A, LineAddress? B);

/// <summary>Where a line's packets go. Addresses are IPv4 in host byte order.</summary>
/// <param name="Group">Destination address (usually multicast).</param>
/// <param name="Port">UDP destination port.</param>
/// <param name="Source">The only allowed source address, or null for any.</param>
public sealed record LineAddress(uint Group, ushort Port, uint? Source = null)
{
    /// <summary>The destination as the feed file writes it, such as <c>224.0.31.11:14320</c>.</summary>
    public override string ToString() => $"{Ipv4Text.Format(Group)}:{Port}";
}

/// <summary>Protocols that a channel can speak.</summary>
public enum FeedProtocol
{
    /// <summary>CME MDP 3.0 (<c>cme-mdp3</c>).</summary>
    CmeMdp3,

    /// <summary>NASDAQ TotalView-ITCH 5.0 over MoldUDP64, or raw (<c>itch50</c>).</summary>
    Itch50,
}
