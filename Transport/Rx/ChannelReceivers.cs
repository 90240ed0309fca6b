using System.Globalization;
using System.Text;
using FeedHandler.Codecs.Cme.Mdp3;
using FeedHandler.Codecs.Nasdaq.Itch5;
using FeedHandler.Codecs.Nasdaq.MoldUdp64;
using FeedHandler.Sbe;

namespace FeedHandler.Transport;

/// <summary>Builds the receiver of a channel by its protocol: the one place that knows all of them.</summary>
public static class ChannelReceivers
{
    /// <summary>Creates the receivers of a feed's channels, by channel index.</summary>
    /// <exception cref="ConfigurationException">A venue's schema cannot be read, or lacks what the decoder needs.</exception>
    public static ChannelReceiver[] Create(FeedDefinition feed, RingWriter writer) => Create(feed, [.. Enumerable.Range(0, feed.Channels.Count)], writer);

    /// <summary>Creates the receivers of one RX core's channels, in the order of <paramref name="channels"/>.</summary>
    /// <param name="feed">The feed.</param>
    /// <param name="channels">Indices of the channels in the feed, which their updates bear.</param>
    /// <param name="writer">The producing end of the core's ring.</param>
    /// <exception cref="ConfigurationException">A venue's schema cannot be read, or lacks what the decoder needs.</exception>
    public static ChannelReceiver[] Create(FeedDefinition feed, IReadOnlyList<int> channels, RingWriter writer) => Create(feed, channels, writer, demands: null);

    /// <summary>Creates the receivers of one RX core's channels, in the order of <paramref name="channels"/>.</summary>
    /// <param name="feed">The feed.</param>
    /// <param name="channels">Indices of the channels in the feed, which their updates bear.</param>
    /// <param name="writer">The producing end of the core's ring.</param>
    /// <param name="demands">What the shards ask of the feed's channels, by index in the feed; null: nothing.</param>
    /// <exception cref="ConfigurationException">A venue's schema cannot be read, or lacks what the decoder needs.</exception>
    public static ChannelReceiver[] Create(FeedDefinition feed, IReadOnlyList<int> channels, RingWriter writer, IReadOnlyList<ImageDemand?>? demands)
    {
        var receivers = new ChannelReceiver[channels.Count];
        for (var i = 0; i < receivers.Length; i++) receivers[i] = Create((ushort)channels[i], feed.Channels[channels[i]], writer, demands?[channels[i]]);
        return receivers;
    }

    /// <summary>Exponent of a protocol's price mantissas after normalisation.</summary>
    public static int PriceExponent(FeedProtocol protocol) => protocol switch
    {
        FeedProtocol.CmeMdp3 => Mdp3Decoder.PriceExponent,
        FeedProtocol.Itch50 => Itch5.PriceExponent,
        _ => throw new ArgumentOutOfRangeException(nameof(protocol), protocol, "no such protocol"),
    };

    /// <summary>
    /// Silence after which a channel's books are Stale where its configuration does not say, in seconds. A venue with nothing
    /// to tell sends heartbeats, and what is silent for clearly longer than their interval is cut off: CME sends one after 30 s
    /// without a packet (the longest pauses of real captures are exactly that), NASDAQ's servers about one a second.
    /// </summary>
    public static int DefaultSilenceSeconds(FeedProtocol protocol) => protocol switch
    {
        FeedProtocol.CmeMdp3 => 45,
        FeedProtocol.Itch50 => 10,
        _ => throw new ArgumentOutOfRangeException(nameof(protocol), protocol, "no such protocol"),
    };

    /// <summary>The venue's id and name of a message that a decoder counted.</summary>
    public static (string Template, string Name) DescribeMessage(FeedProtocol protocol, int template) => protocol switch
    {
        FeedProtocol.CmeMdp3 => (template.ToString(CultureInfo.InvariantCulture), Mdp3Schema.BuiltIn.NameOf(template)),
        FeedProtocol.Itch50 => (((char)template).ToString(), Itch5.NameOf(template)),
        _ => throw new ArgumentOutOfRangeException(nameof(protocol), protocol, "no such protocol"),
    };

    private static ChannelReceiver Create(ushort index, ChannelDefinition channel, RingWriter writer, ImageDemand? demand)
    {
        var arbitration = Arbitration(channel);
        return channel.Protocol switch
        {
            FeedProtocol.Itch50 => new ChannelReceiver<Itch5Decoder>(
                index, Itch(arbitration, channel), new Itch5Decoder(channel.Raw), writer, SessionOf(channel), Requests(channel, writer), Silence(channel), Images(index, channel, writer, demand)),
            FeedProtocol.CmeMdp3 => new ChannelReceiver<Mdp3Decoder>(index, Cme(arbitration, channel, writer), new Mdp3Decoder(VenueSchema(channel)), writer, requests: Replay(channel, writer), silence: Silence(channel)),
            _ => throw new ArgumentOutOfRangeException(nameof(channel), channel.Protocol, "no such protocol"),
        };
    }

    /// <summary>Whether a protocol numbers messages, so that an instrument's last sequence is that of its last message.</summary>
    public static bool NumbersMessages(FeedProtocol protocol) => protocol == FeedProtocol.Itch50;

    /// <summary>What a protocol numbers, in the plural: what is lost is counted in it.</summary>
    public static string SequenceUnit(FeedProtocol protocol) => NumbersMessages(protocol) ? "messages" : "packets";

    /// <summary>Packets held while an answer is on its way: some milliseconds of the busiest burst, a second of an ordinary one.</summary>
    private const int RequestWindowPackets = 8192;

    /// <summary>How long a hole stays open for the answer at most.</summary>
    private const long AnswerTimeNs = 1_000_000_000;

    /// <summary>Messages are numbered, not packets, and there is no send time: a jump is judged by its length.</summary>
    /// <remarks>Where lost messages can be asked for, a hole stays open for the answers, however much comes after it.</remarks>
    private static LineArbiterOptions Itch(LineArbiterOptions arbitration, ChannelDefinition channel)
    {
        arbitration = arbitration with { SequenceBits = 64, MaxJump = 1 << 20 };
        return channel.RequestServer is null ? arbitration : WithRequests(arbitration, channel);
    }

    /// <summary>As <see cref="Itch"/>; a replay from file keeps its own time-outs, because nobody is asked.</summary>
    private static LineArbiterOptions Cme(LineArbiterOptions arbitration, ChannelDefinition channel, RingWriter writer) =>
        channel.Replay is null || !writer.IsLive ? arbitration : WithRequests(arbitration, channel);

    private static LineArbiterOptions WithRequests(LineArbiterOptions arbitration, ChannelDefinition channel) => arbitration with
    {
        Lines = ChannelReceiver.RequestLine + 1,
        ReorderWindowPackets = channel.ReorderWindow ?? RequestWindowPackets,
        LineReorderPackets = channel.ReorderWindow ?? RequestWindowPackets,
        ReorderTimeoutNs = channel.ReorderTimeoutMs * 1_000_000L ?? AnswerTimeNs,
    };

    /// <summary>A raw file has no heartbeats: its pauses say nothing.</summary>
    private static SilenceWatch Silence(ChannelDefinition channel)
    {
        var seconds = channel.SilenceSeconds ?? (channel.Raw ? 0 : DefaultSilenceSeconds(channel.Protocol));
        return new SilenceWatch(seconds * 1_000_000_000L, channel.Incremental.B is null ? 1 : 2);
    }

    private static CmeReplayClient? Replay(ChannelDefinition channel, RingWriter writer) =>
        channel.Replay is { } server && writer.IsLive ? new CmeReplayClient(server) : null;

    /// <summary>A replay does not ask: nobody waits for its answers, and its time is not that of the server.</summary>
    private static MoldRequestClient? Requests(ChannelDefinition channel, RingWriter writer)
    {
        if (channel.RequestServer is not { } server || !writer.IsLive) return null;
        var requests = new MoldRequestClient(server);
        // A session that never changes is not told later.
        if (channel.Session is { } session) requests.SetSession(SessionName(session));
        return requests;
    }

    /// <summary>As <see cref="Requests"/>: a replay fetches no image.</summary>
    private static ImageReceiver<Itch5Decoder>? Images(ushort index, ChannelDefinition channel, RingWriter writer, ImageDemand? demand)
    {
        if (channel.Glimpse is not { } server || !writer.IsLive) return null;
        var client = new GlimpseClient(server);
        if (channel.Session is { } session) client.Session.SetFeedSession(SessionName(session), nowNs: 0);
        return new ImageReceiver<Itch5Decoder>(index, client, new Itch5Decoder(raw: false), writer, channel.RecoveryBuffer ?? ChannelDefinition.ImageRecoveryBuffer, demand);
    }

    private static ulong SessionOf(ChannelDefinition channel) =>
        channel.Session is { } session ? MoldPacket.SessionKey(SessionName(session)) : 0;

    private static byte[] SessionName(string session) => Encoding.ASCII.GetBytes(session.PadRight(MoldPacket.SessionBytes));

    private static Mdp3Schema VenueSchema(ChannelDefinition channel)
    {
        if (channel.SchemaPath is not { } path) return Mdp3Schema.BuiltIn;
        if (!SbeSchema.TryLoad(path, out var schema, out var issues))
            throw new ConfigurationException(path, $"line {issues[0].Line}", $"not a usable SBE schema for channel {channel.Name}: {issues[0].Message}");
        return Mdp3Schema.TryCreate(schema!, out var problem)
            ?? throw new ConfigurationException(path, "", $"cannot decode channel {channel.Name} by this schema: {problem}");
    }

    private static LineArbiterOptions Arbitration(ChannelDefinition channel)
    {
        var defaults = new LineArbiterOptions();
        return defaults with
        {
            Lines = channel.Incremental.B is null ? 1 : 2,
            ReorderWindowPackets = channel.ReorderWindow ?? defaults.ReorderWindowPackets,
            ReorderTimeoutNs = channel.ReorderTimeoutMs * 1_000_000L ?? defaults.ReorderTimeoutNs,
        };
    }
}
