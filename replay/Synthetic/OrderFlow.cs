using FeedHandler.Codecs;

namespace FeedHandler.Replay.Synthetic;

/// <summary>What the participants do: one action a call, drawn so that books stay two-sided, deep and in motion.</summary>
internal sealed class OrderFlow(SeededRandom random, MatchingEngine engine, IReadOnlyList<InstrumentBook> books)
{
    private const int MaxQuantity = 40;
    private const int MaxDistanceTicks = 16;
    private const int RequotedInstruments = 6;

    public void Act(MatchEvent match)
    {
        InstrumentBook book = Pick();
        BookSide side = random.Chance(0.5) ? BookSide.Bid : BookSide.Ask;
        BookHalf half = book.Half(side);
        int typical = book.Instrument.TypicalOrders;
        if (half.OrderCount < typical / 2) Add(match, book, side);
        else if (half.OrderCount > typical * 2) CancelSome(match, book);
        else Choose(match, book, side, half);
    }

    private void Choose(MatchEvent match, InstrumentBook book, BookSide side, BookHalf half)
    {
        int roll = random.Next(1000);
        if (roll < 360) Add(match, book, side);
        else if (roll < 540) engine.Cancel(match, Any(book));
        else if (roll < 600) Reduce(match, Any(book));
        else if (roll < 650) Increase(match, Any(book));
        else if (roll < 780) Reprice(match, Any(book));
        else if (roll < 820) Requote(match, book);
        else if (!book.IsOpen) Add(match, book, side);
        else if (roll < 980) Take(match, book, half);
        else Sweep(match, book, half);
    }

    /// <summary>The first instruments are the busy ones, as the front months are.</summary>
    private InstrumentBook Pick()
    {
        InstrumentBook book = books[Math.Min(random.Next(books.Count), random.Next(books.Count))];
        return book.IsListed ? book : books[0];
    }

    private RestingOrder Any(InstrumentBook book) => book.LiveOrders[random.Next(book.LiveOrders.Count)];

    private int Quantity() => 1 + Math.Min(random.Next(MaxQuantity), random.Next(MaxQuantity));

    private void Add(MatchEvent match, InstrumentBook book, BookSide side) =>
        engine.Add(match, book, side, PassivePrice(book, side), Quantity());

    private void CancelSome(MatchEvent match, InstrumentBook book)
    {
        for (int i = random.Next(2, 5); i > 0; i--) engine.Cancel(match, Any(book));
    }

    private void Reduce(MatchEvent match, RestingOrder order)
    {
        if (order.Quantity == 1) engine.Cancel(match, order);
        else engine.Reduce(match, order, random.Next(1, order.Quantity));
    }

    private void Increase(MatchEvent match, RestingOrder order) =>
        engine.Replace(match, order, order.PriceTicks, order.Quantity + Quantity());

    private void Reprice(MatchEvent match, RestingOrder order)
    {
        long price = PassivePrice(order.Book, order.Side);
        if (price == order.PriceTicks) Increase(match, order);
        else engine.Replace(match, order, price, order.Quantity);
    }

    /// <summary>A market maker moves its quotes in several instruments of one group at once.</summary>
    private void Requote(MatchEvent match, InstrumentBook first)
    {
        int left = random.Next(2, RequotedInstruments);
        for (int i = first.Instrument.Index; i < books.Count && left > 0; i++)
        {
            InstrumentBook book = books[i];
            if (book.Instrument.Group != first.Instrument.Group || book.Bids.IsEmpty || book.Asks.IsEmpty) continue;
            Reprice(match, book.Bids.Best.Orders[^1]);
            Reprice(match, book.Asks.Best.Orders[0]);
            left--;
        }
    }

    /// <summary>An aggressive order against <paramref name="half"/>: at the touch or a little through it.</summary>
    private void Take(MatchEvent match, InstrumentBook book, BookHalf half)
    {
        long limit = half.Worse(half.Best.PriceTicks, random.Chance(0.8) ? 0 : random.Next(1, 3));
        int quantity = random.Next(1, 2 + (half.Best.TotalQuantity * 5 / 4));
        engine.Aggress(match, book, Opposite(half.Side), quantity, limit, random.Chance(0.4));
    }

    /// <summary>A large order that takes whole levels, now and then all of them.</summary>
    private void Sweep(MatchEvent match, InstrumentBook book, BookHalf half)
    {
        int levels = random.Chance(0.2) ? half.Queues.Count : Math.Min(half.Queues.Count, random.Next(2, 5));
        int quantity = 0;
        for (int i = 0; i < levels; i++) quantity += half.Queues[i].TotalQuantity;
        engine.Aggress(match, book, Opposite(half.Side), quantity, half.Queues[levels - 1].PriceTicks, restRemainder: false);
    }

    private static BookSide Opposite(BookSide side) => side == BookSide.Bid ? BookSide.Ask : BookSide.Bid;

    /// <summary>A price that does not cross: mostly near the best of the side, sometimes inside the spread.</summary>
    private long PassivePrice(InstrumentBook book, BookSide side)
    {
        BookHalf own = book.Half(side), opposite = book.Half(Opposite(side));
        if (!own.IsEmpty && !opposite.IsEmpty) book.FairTicks = (own.Best.PriceTicks + opposite.Best.PriceTicks) >> 1;

        long price;
        if (own.IsEmpty) price = own.Worse(book.FairTicks, 1 + random.Next(3));
        else if (random.Chance(0.15)) price = own.Worse(own.Best.PriceTicks, -1);
        else price = own.Worse(own.Best.PriceTicks, Math.Min(random.Next(MaxDistanceTicks), random.Next(MaxDistanceTicks)));

        if (opposite.IsEmpty) return price;
        long nearest = own.Worse(opposite.Best.PriceTicks, 1);
        return own.IsBetter(price, nearest) ? nearest : price;
    }
}
