namespace FeedHandler.Transport;

/// <summary>The one place where a protocol becomes known to feed files.</summary>
public static class FeedProtocols
{
    // A protocol is added by one line here: its name, and the channel keys that it understands beside the common ones.
    private static readonly Entry[] Entries =
    [
        new(FeedProtocol.CmeMdp3, "cme-mdp3",
            [ChannelKeys.Schema, ChannelKeys.Snapshot, ChannelKeys.MboSnapshot, ChannelKeys.Definitions, ChannelKeys.Replay]),
        new(FeedProtocol.Itch50, "itch50",
            [ChannelKeys.Raw, ChannelKeys.Session, ChannelKeys.RequestServer, ChannelKeys.Glimpse]),
    ];

    /// <summary>Names that <c>"protocol"</c> accepts.</summary>
    public static IEnumerable<string> Names => Entries.Select(entry => entry.Name);

    /// <summary>The protocol's name in a feed file.</summary>
    public static string NameOf(FeedProtocol protocol) => Entries.First(entry => entry.Protocol == protocol).Name;

    internal static bool TryFind(string name, out FeedProtocol protocol, out string[] ownKeys)
    {
        var entry = Array.Find(Entries, candidate => candidate.Name == name);
        (protocol, ownKeys) = entry is null ? (default, []) : (entry.Protocol, entry.OwnKeys);
        return entry is not null;
    }

    private sealed record Entry(FeedProtocol Protocol, string Name, string[] OwnKeys);
}

/// <summary>Keys of a channel in FEED.json.</summary>
internal static class ChannelKeys
{
    public const string Name = "name";
    public const string Protocol = "protocol";
    public const string Schema = "schema";
    public const string Incremental = "incremental";
    public const string Snapshot = "snapshot";
    public const string MboSnapshot = "mboSnapshot";
    public const string Definitions = "definitions";
    public const string Raw = "raw";
    public const string Session = "session";
    public const string RequestServer = "requestServer";
    public const string Glimpse = "glimpse";
    public const string Replay = "replay";
    public const string Source = "source";
    public const string Depth = "depth";
    public const string ReorderTimeoutMs = "reorderTimeoutMs";
    public const string ReorderWindow = "reorderWindow";
    public const string RecoveryBuffer = "recoveryBuffer";
    public const string MaxInstruments = "maxInstruments";
    public const string MaxOrders = "maxOrders";
    public const string SilenceSeconds = "silenceSeconds";

    /// <summary>Keys that a channel of any protocol may have.</summary>
    public static readonly string[] Common =
    [
        Name, Protocol, Incremental, Source, Depth, ReorderTimeoutMs, ReorderWindow, RecoveryBuffer, MaxInstruments, MaxOrders,
        SilenceSeconds,
    ];
}
