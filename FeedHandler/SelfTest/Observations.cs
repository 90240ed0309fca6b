using FeedHandler.Actors;
using FeedHandler.Codecs;

namespace FeedHandler.SelfTest;

/// <summary>What a run showed while it went on. Written on the shard's thread, read when the run is over.</summary>
internal sealed class Observations
{
    private readonly Dictionary<(UpdateKind, BookAction), int> _seen = [];

    /// <summary>Trading statuses told.</summary>
    public HashSet<byte> Statuses { get; } = [];

    /// <summary>Depths of the books by price, as definitions say.</summary>
    public HashSet<int> Depths { get; } = [];

    /// <summary>Books that stopped being Live because of a gap.</summary>
    public int LostToGap { get; private set; }

    /// <summary>Books that stopped being Live because nothing came any more.</summary>
    public int LostToSilence { get; private set; }

    /// <summary>Stale books that were Live again because the feed went on where it had stopped.</summary>
    public int HealedBySequence { get; private set; }

    /// <summary>Books that a snapshot made Live.</summary>
    public int HealedBySnapshot { get; private set; }

    /// <summary>Books that updates alone filled again.</summary>
    public int NaturallyRefreshed { get; private set; }

    /// <summary>How often an update came.</summary>
    public int Count(UpdateKind kind, BookAction action = BookAction.New) => _seen.GetValueOrDefault((kind, action));

    public void See(Instrument? instrument, in MarketUpdate update)
    {
        _seen[(update.Kind, update.Action)] = Count(update.Kind, update.Action) + 1;
        if (update.Kind == UpdateKind.Status) Statuses.Add(update.Code);
        if (update.Kind == UpdateKind.Definition && instrument?.Definition is { Depth: > 0 } definition) Depths.Add(definition.Depth);
    }

    public void See(BookState before, BookState now, StateReason reason)
    {
        if (before == BookState.Live && reason == StateReason.Gap) LostToGap++;
        if (before == BookState.Live && reason == StateReason.Silence) LostToSilence++;
        if (before == BookState.Stale && now == BookState.Live && reason == StateReason.SequenceProven) HealedBySequence++;
        if (now == BookState.Live && reason == StateReason.Snapshot) HealedBySnapshot++;
        if (now == BookState.NaturallyRefreshed) NaturallyRefreshed++;
    }
}

/// <summary>Writes down what its shard tells.</summary>
internal readonly struct ObservingListener(Observations observations) : IShardListener
{
    public bool WantsPackets => false;

    public void OnInformation(Instrument? instrument, in MarketUpdate update) => observations.See(instrument, update);

    public void OnStateChanged(Instrument instrument, BookType book, BookState before, StateReason reason) =>
        observations.See(before, book == BookType.ByPrice ? instrument.LevelState : instrument.OrderState, reason);

    public void OnBookUpdate(Instrument instrument, in MarketUpdate update) { }

    public void OnBookReplaced(Instrument instrument, BookType book, StateReason reason) { }

    public void OnEndOfEvent(Instrument instrument, in MarketUpdate last) { }

    public void OnEndOfPacket(Instrument instrument, uint packetSequence, long position) { }

    public void OnFlush(in MarketUpdate last) { }
}
