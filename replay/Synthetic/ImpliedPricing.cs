using FeedHandler.Codecs;

namespace FeedHandler.Replay.Synthetic;

/// <summary>
/// Prices that follow from other books: a calendar spread from its two legs, and each leg from the spread and the other leg.
/// </summary>
/// <remarks>
/// Two levels a side, as deep as the venue publishes: the best combination, and the best one that is worse.
/// Levels that would trade against the instrument's own orders are left out; a real exchange would have matched them.
/// </remarks>
internal sealed class ImpliedPricing
{
    private readonly InstrumentBook[][] _dependents;
    private readonly List<Combination>[] _combinations;

    /// <summary>Buying the target equals buying <see cref="First"/> and, per <see cref="Minus"/>, selling or buying <see cref="Second"/>.</summary>
    private readonly record struct Combination(InstrumentBook First, InstrumentBook Second, bool Minus);

    public ImpliedPricing(IReadOnlyList<InstrumentBook> books)
    {
        _combinations = new List<Combination>[books.Count];
        var dependents = new List<InstrumentBook>[books.Count];
        for (int i = 0; i < books.Count; i++) (_combinations[i], dependents[i]) = ([], []);

        foreach (InstrumentBook spread in books)
        {
            if (spread.Instrument.Kind != InstrumentKind.Spread) continue;
            InstrumentBook near = books[spread.Instrument.Legs[0].Instrument.Index], far = books[spread.Instrument.Legs[1].Instrument.Index];
            Link(spread, near, far, minus: true);   // spread = near - far
            Link(near, spread, far, minus: false);  // near = spread + far
            Link(far, near, spread, minus: true);   // far = near - spread
        }

        _dependents = Array.ConvertAll(dependents, list => list.ToArray());

        void Link(InstrumentBook target, InstrumentBook first, InstrumentBook second, bool minus)
        {
            _combinations[target.Instrument.Index].Add(new Combination(first, second, minus));
            foreach (InstrumentBook source in (ReadOnlySpan<InstrumentBook>)[target, first, second])
            {
                List<InstrumentBook> list = dependents[source.Instrument.Index];
                if (!list.Contains(target)) list.Add(target);
            }
        }
    }

    /// <summary>The books whose implied levels can change when this one changes.</summary>
    public ReadOnlySpan<InstrumentBook> DependentsOf(InstrumentBook book) => _dependents[book.Instrument.Index];

    /// <summary>Fills the implied levels of one side; returns how many there are.</summary>
    public int Levels(InstrumentBook book, BookSide side, Span<PublishedLevel> levels)
    {
        if (levels.IsEmpty || !book.ImpliedMatching || !book.IsOpen) return 0;
        BookHalf opposite = book.Half(side == BookSide.Bid ? BookSide.Ask : BookSide.Bid);
        BookHalf own = book.Half(side);
        int count = 0;
        foreach (Combination combination in _combinations[book.Instrument.Index])
        {
            BookHalf first = combination.First.Half(side);
            BookHalf second = combination.Second.Half(combination.Minus == (side == BookSide.Bid) ? BookSide.Ask : BookSide.Bid);
            for (int i = 0; i < Math.Min(2, first.Queues.Count); i++)
            {
                for (int j = 0; j < Math.Min(2, second.Queues.Count) && i + j < 2; j++)
                {
                    OrderQueue a = first.Queues[i], b = second.Queues[j];
                    long price = combination.Minus ? a.PriceTicks - b.PriceTicks : a.PriceTicks + b.PriceTicks;
                    if (!opposite.IsEmpty && !own.IsBetter(opposite.Best.PriceTicks, price)) continue;
                    count = Merge(levels, count, own, new PublishedLevel(price, Math.Min(a.TotalQuantity, b.TotalQuantity), 0));
                }
            }
        }

        return count;
    }

    private static int Merge(Span<PublishedLevel> levels, int count, BookHalf order, PublishedLevel level)
    {
        int i = 0;
        while (i < count && order.IsBetter(levels[i].PriceTicks, level.PriceTicks)) i++;
        if (i < count && levels[i].PriceTicks == level.PriceTicks)
        {
            levels[i] = levels[i] with { Quantity = Math.Max(levels[i].Quantity, level.Quantity) };
            return count;
        }

        if (i == levels.Length) return count;
        if (count < levels.Length) count++;
        for (int k = count - 1; k > i; k--) levels[k] = levels[k - 1];
        levels[i] = level;
        return count;
    }
}
