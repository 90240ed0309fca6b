using FeedHandler.Codecs;

namespace FeedHandler.Replay.Synthetic;

/// <summary>
/// Turns the raw actions of an event into what the venue publishes, in the venue's order, and numbers the entries:
/// reference prices, trades, volume, levels, statistics, implied levels.
/// </summary>
internal sealed class EventPublication(ExchangeOptions options, SeededRandom random, IReadOnlyList<InstrumentBook> books)
{
    /// <summary>A level entry carries this many orders at most; more go out alone. Keeps any entry inside one packet.</summary>
    private const int MaxOrdersPerLevelEntry = 16;

    private readonly ImpliedPricing _implied = new(books);
    private readonly PublishedLevel[] _target = new PublishedLevel[16];
    private readonly List<OrderChange> _sorted = [];

    public void Complete(MatchEvent match)
    {
        foreach (InstrumentBook book in match.Touched) book.LastUpdateNs = match.TransactTimeNs;
        NumberTrades(match);
        foreach (InstrumentBook book in match.Touched)
        {
            PublishLevels(match, book, BookSide.Bid);
            PublishLevels(match, book, BookSide.Ask);
        }

        if (options.LongQuantities) HideOrders(match);
        AttachOrders(match);
        PublishStatistics(match);
        PublishImplied(match);
        match.HasTrailer = match.Trades.Count + match.Levels.Count > 0 && random.Chance(options.TrailerChance);
    }

    /// <summary>Yesterday's settlement and today's limits, sent when a group starts its day.</summary>
    public static void AddReferences(MatchEvent match, InstrumentBook book)
    {
        long reference = book.Instrument.ReferenceTicks;
        long band = Math.Max(50, Math.Abs(reference) / 10);
        match.Settlements.Add(new ReferenceEntry(book, reference, reference, ++book.RptSeq));
        match.Limits.Add(new ReferenceEntry(book, reference - band, reference + band, ++book.RptSeq));
    }

    private static void NumberTrades(MatchEvent match)
    {
        for (int i = 0; i < match.Trades.Count; i++)
        {
            TradeEntry trade = match.Trades[i];
            InstrumentBook book = trade.Book;
            match.Trades[i] = trade with { RptSeq = ++book.RptSeq };

            SessionStatistics before = book.Statistics;
            if (trade.Action != BookAction.New) continue;
            bool first = before.Trades == 0;
            book.Statistics = before with
            {
                Trades = before.Trades + 1,
                Volume = before.Volume + trade.Quantity,
                OpenTicks = first ? trade.PriceTicks : before.OpenTicks,
                HighTicks = first ? trade.PriceTicks : Math.Max(before.HighTicks, trade.PriceTicks),
                LowTicks = first ? trade.PriceTicks : Math.Min(before.LowTicks, trade.PriceTicks),
            };
            if (first) match.Statistics.Add(new StatisticEntry(book, '4', trade.PriceTicks, 0));
            if (first || trade.PriceTicks > before.HighTicks) match.Statistics.Add(new StatisticEntry(book, '7', trade.PriceTicks, 0));
            if (first || trade.PriceTicks < before.LowTicks) match.Statistics.Add(new StatisticEntry(book, '8', trade.PriceTicks, 0));
        }

        for (int i = 0; i < match.Trades.Count; i++)
        {
            InstrumentBook book = match.Trades[i].Book;
            bool last = i + 1 == match.Trades.Count || match.Trades[i + 1].Book != book;
            if (last) match.Volumes.Add(new VolumeEntry(book, book.Statistics.Volume, ++book.RptSeq));
        }
    }

    /// <summary>Where quantities are long the venue publishes no orders.</summary>
    private static void HideOrders(MatchEvent match)
    {
        match.OrderChanges.Clear();
        match.TradeOrders.Clear();
        for (int i = 0; i < match.Trades.Count; i++) match.Trades[i] = match.Trades[i] with { Orders = 0 };
    }

    private void PublishLevels(MatchEvent match, InstrumentBook book, BookSide side)
    {
        PublishedLadder ladder = book.Levels(side);
        Span<PublishedLevel> target = _target.AsSpan(0, ladder.Depth);
        target = target[..book.Half(side).CopyLevels(target)];
        while (ladder.TryStep(target, random, options.RareActionChance, out LevelChange change))
        {
            match.Levels.Add(new LevelEntry(book, side, change, ++book.RptSeq, book.PublishedTop));
        }
    }

    private void PublishImplied(MatchEvent match)
    {
        for (int i = 0; i < match.Touched.Count; i++)
        {
            foreach (InstrumentBook book in _implied.DependentsOf(match.Touched[i]))
            {
                PublishImplied(match, book, BookSide.Bid);
                PublishImplied(match, book, BookSide.Ask);
            }
        }
    }

    private void PublishImplied(MatchEvent match, InstrumentBook book, BookSide side)
    {
        PublishedLadder ladder = book.ImpliedLevels(side);
        Span<PublishedLevel> target = _target.AsSpan(0, ladder.Depth);
        target = target[.._implied.Levels(book, side, target)];
        while (ladder.TryStep(target, random, options.RareActionChance, out LevelChange change))
        {
            match.Implied.Add(new LevelEntry(book, side, change, ++book.RptSeq, book.PublishedTop));
        }
    }

    private void PublishStatistics(MatchEvent match)
    {
        foreach (InstrumentBook book in match.Touched)
        {
            TopOfBook top = book.PublishedTop;
            SessionStatistics statistics = book.Statistics;
            if (top.BidQuantity > 0 && !(top.BidTicks <= statistics.HighBidTicks))
            {
                book.Statistics = statistics = statistics with { HighBidTicks = top.BidTicks };
                match.Statistics.Add(new StatisticEntry(book, 'N', top.BidTicks, 0));
            }

            if (top.AskQuantity > 0 && !(top.AskTicks >= statistics.LowAskTicks))
            {
                book.Statistics = statistics with { LowAskTicks = top.AskTicks };
                match.Statistics.Add(new StatisticEntry(book, 'O', top.AskTicks, 0));
            }
        }

        for (int i = 0; i < match.Statistics.Count; i++)
        {
            StatisticEntry entry = match.Statistics[i];
            match.Statistics[i] = entry with { RptSeq = ++entry.Book.RptSeq };
        }
    }

    /// <summary>
    /// Orders go out with the entry of their price level where there is one (template 46), otherwise alone (47).
    /// After trades the venue sends them alone more often than not.
    /// </summary>
    private void AttachOrders(MatchEvent match)
    {
        bool alone = match.Trades.Count > 0 && random.Chance(options.OrdersApartAfterTradeChance);
        if (!alone)
        {
            Span<int> attached = match.Levels.Count <= 1024 ? stackalloc int[match.Levels.Count] : new int[match.Levels.Count];
            attached.Clear();
            for (int i = 0; i < match.OrderChanges.Count; i++)
            {
                int entry = FindLevelEntry(match.Levels, match.OrderChanges[i]);
                if (entry < 0 || attached[entry] == MaxOrdersPerLevelEntry) continue;
                attached[entry]++;
                match.OrderChanges[i] = match.OrderChanges[i] with { LevelEntry = entry };
            }
        }

        SortByLevelEntry(match);
    }

    private static int FindLevelEntry(List<LevelEntry> levels, in OrderChange order)
    {
        for (int i = 0; i < levels.Count; i++)
        {
            LevelEntry entry = levels[i];
            if (entry.Book == order.Order.Book && entry.Side == order.Order.Side && entry.Change.Value.PriceTicks == order.PriceTicks
                && entry.Change.Action is not (BookAction.DeleteThru or BookAction.DeleteFrom))
            {
                return i;
            }
        }

        return -1;
    }

    private void SortByLevelEntry(MatchEvent match)
    {
        if (match.OrderChanges.Count < 2) return;
        _sorted.Clear();
        _sorted.AddRange(match.OrderChanges.OrderBy(change => change.LevelEntry));
        match.OrderChanges.Clear();
        match.OrderChanges.AddRange(_sorted);
    }
}
