using FeedHandler.Codecs;

namespace FeedHandler.Actors.Tests.Publishing;

/// <summary>A subscriber in the test's own thread: reads at once, or when told to.</summary>
internal sealed class Subscriber : IBatchReceiver
{
    private readonly Queue<MarketDataBatch> _held = new();

    public MarketMirror Mirror { get; } = new();

    public bool ReadsAtOnce { get; set; } = true;

    public SubscriptionEnd? Ended { get; private set; }

    public HashSet<MarketDataBatch> Batches { get; } = [];

    public int Held => _held.Count;

    /// <summary>Trades, statistics, statuses: what must never be lost unsaid.</summary>
    public long Information { get; private set; }

    public List<MarketUpdate> Notices { get; } = [];

    public List<MarketUpdate>? Log { get; init; }

    public void Deliver(MarketDataBatch batch)
    {
        Batches.Add(batch);
        _held.Enqueue(batch);
        if (ReadsAtOnce) ReadAll();
    }

    public void End(int shard, SubscriptionEnd reason) => Ended = reason;

    public void ReadAll()
    {
        while (_held.Count != 0) Read();
    }

    public void Read()
    {
        using var batch = _held.Dequeue();
        Mirror.Apply(batch);
        foreach (ref readonly var update in batch.Updates)
        {
            Log?.Add(update);
            if (update.Kind is UpdateKind.State or UpdateKind.Conflated) Notices.Add(update);
            else if (update.Instrument != 0 && update.Kind is not (UpdateKind.None or UpdateKind.Level or UpdateKind.ImpliedLevel or UpdateKind.Order
                or UpdateKind.SnapshotBegin or UpdateKind.SnapshotEnd or UpdateKind.Definition or UpdateKind.DefinitionText or UpdateKind.DefinitionLeg)) Information++;
        }
    }
}

/// <summary>Content of books, for comparison.</summary>
internal static class BookText
{
    public static string Of(Instrument instrument, SubscribedBooks books, int depth = 0) =>
        Of(books, instrument.Outright, instrument.Implied, instrument.Orders, depth);

    public static string Of(BookMirror? mirror, SubscribedBooks books, int depth = 0) =>
        mirror is null ? "" : Of(books, mirror.Outright, mirror.Implied, mirror.Orders, depth);

    private static string Of(SubscribedBooks books, MbpBook outright, MbpBook? implied, MboBook? orders, int depth)
    {
        var text = new System.Text.StringBuilder();
        if (depth == 0) depth = MbpBook.MaxDepth;
        for (var side = BookSide.Bid; side <= BookSide.Ask; side++)
        {
            if ((books & SubscribedBooks.Levels) != 0)
            {
                foreach (var level in outright.Levels(side)[..Math.Min(depth, outright.Levels(side).Length)]) text.Append($"{level.Price}*{level.Quantity}({level.Orders}) ");
                text.Append("| ");
                if (implied is not null)
                {
                    foreach (var level in implied.Levels(side)[..Math.Min(depth, implied.Levels(side).Length)]) text.Append($"{level.Price}*{level.Quantity} ");
                }

                text.Append('/');
            }

            if ((books & SubscribedBooks.Orders) == 0 || orders is null) continue;
            for (var i = 0; i < orders.LevelCount(side); i++)
            {
                text.Append(orders.LevelAt(side, i).Price).Append(':');
                foreach (ref readonly var order in orders.OrdersAt(side, i)) text.Append($"{order.Id},{order.Quantity},{order.Priority} ");
            }
        }

        return text.ToString();
    }
}
