using System.Runtime.InteropServices;

namespace FeedHandler.Replay.Synthetic.Cme;

/// <summary>The kinds of message an event is made of, in the order of publication.</summary>
internal enum MessageKind
{
    ChannelReset,
    BookReset,
    Status,
    QuoteRequest,
    Definition,
    Workup,
    TopOrders,
    Collateral,
    Settlements,
    DailyStatistics,
    Limits,
    Trades,
    Volumes,
    Orders,
    Levels,
    Statistics,
    Implied,
    Trailer,
}

/// <summary>One message to be: the entries [<see cref="From"/>, <see cref="To"/>) of its list, and the orders that go with them.</summary>
internal readonly record struct PlannedMessage(MessageKind Kind, int From, int To, int FromOrder, int ToOrder)
{
    public int Count => To - From;

    public int Orders => ToOrder - FromOrder;
}

/// <summary>Cuts an event into messages that fit a packet. Done before writing, because the last message carries a flag.</summary>
internal sealed class MessagePlan(CmeEncoder encoder)
{
    private const int MaxMessageBytes = PacketBuilder.MaxPayloadBytes - CmeEncoder.PacketHeaderBytes;

    /// <summary>Entries of 40 bytes at most: 34 of them fit.</summary>
    private const int MaxEntries = 34;

    private const int MaxLongEntries = 33;

    private readonly List<PlannedMessage> _messages = [];

    public ReadOnlySpan<PlannedMessage> Messages => CollectionsMarshal.AsSpan(_messages);

    public void Make(MatchEvent match)
    {
        _messages.Clear();
        if (match.IsChannelReset) Add(MessageKind.ChannelReset, 0, 1);
        if (match.ResetBook is not null) Add(MessageKind.BookReset, 0, 1);
        for (int i = 0; i < match.Definitions.Count; i++) Add(MessageKind.Definition, i, i + 1);
        for (int i = 0; i < match.Statuses.Count; i++) Add(MessageKind.Status, i, i + 1);
        if (match.QuoteRequest is not null) Add(MessageKind.QuoteRequest, 0, 1);
        if (encoder.Schema.HasBondMessages)
        {
            if (match.Workup is not null) Add(MessageKind.Workup, 0, 1);
            if (match.TopOrders is not null) Add(MessageKind.TopOrders, 0, 1);
            if (match.HasCollateral) Add(MessageKind.Collateral, 0, 1);
        }

        AddChunks(MessageKind.Settlements, 0, match.Settlements.Count);
        AddChunks(MessageKind.DailyStatistics, 0, match.DailyStatistics.Count);
        AddChunks(MessageKind.Limits, 0, match.Limits.Count);
        PlanTrades(match);
        AddChunks(MessageKind.Volumes, 0, match.Volumes.Count);
        int alone = 0;
        while (alone < match.OrderChanges.Count && match.OrderChanges[alone].LevelEntry < 0) alone++;
        AddChunks(MessageKind.Orders, 0, alone);
        PlanLevels(match, alone);
        AddChunks(MessageKind.Statistics, 0, match.Statistics.Count);
        AddChunks(MessageKind.Implied, 0, match.Implied.Count);
        if (match.HasTrailer) Add(MessageKind.Trailer, 0, 0);
    }

    private void Add(MessageKind kind, int from, int to, int fromOrder = 0, int toOrder = 0) =>
        _messages.Add(new PlannedMessage(kind, from, to, fromOrder, toOrder));

    private void AddChunks(MessageKind kind, int from, int to)
    {
        int most = encoder.Schema.HasLongQuantities ? MaxLongEntries : MaxEntries;
        for (; from < to; from += most) Add(kind, from, Math.Min(from + most, to));
    }

    private void PlanTrades(MatchEvent match)
    {
        int from = 0, fromOrder = 0, toOrder = 0;
        for (int to = 0; to < match.Trades.Count; to++)
        {
            int orders = match.Trades[to].Orders;
            if (to > from && encoder.TradeBytes(to - from + 1, toOrder - fromOrder + orders) > MaxMessageBytes)
            {
                Add(MessageKind.Trades, from, to, fromOrder, toOrder);
                (from, fromOrder) = (to, toOrder);
            }

            toOrder += orders;
        }

        if (from < match.Trades.Count) Add(MessageKind.Trades, from, match.Trades.Count, fromOrder, toOrder);
    }

    private void PlanLevels(MatchEvent match, int firstOrder)
    {
        int from = 0, fromOrder = firstOrder, toOrder = firstOrder;
        for (int to = 0; to < match.Levels.Count; to++)
        {
            int nextOrder = toOrder;
            while (nextOrder < match.OrderChanges.Count && match.OrderChanges[nextOrder].LevelEntry == to) nextOrder++;
            if (to > from && CmeEncoder.BookBytes(to - from + 1, nextOrder - fromOrder) > MaxMessageBytes)
            {
                Add(MessageKind.Levels, from, to, fromOrder, toOrder);
                (from, fromOrder) = (to, toOrder);
            }

            toOrder = nextOrder;
        }

        if (from < match.Levels.Count) Add(MessageKind.Levels, from, match.Levels.Count, fromOrder, toOrder);
    }
}
