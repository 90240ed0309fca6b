using FeedHandler.Codecs;

namespace FeedHandler.Replay.Synthetic;

/// <summary>What participants can do to a book. Each operation changes the orders and notes in the event what happened.</summary>
/// <remarks>The published levels follow later, when the event is complete: see <see cref="EventPublication"/>.</remarks>
internal sealed class MatchingEngine(ulong firstOrderId)
{
    private ulong _nextOrderId = firstOrderId;
    private ulong _nextPriority = firstOrderId / 8;
    private uint _nextTradeId = 1;

    /// <summary>Adds an order that doesn't cross.</summary>
    public void Add(MatchEvent match, InstrumentBook book, BookSide side, long priceTicks, int quantity)
    {
        var order = new RestingOrder { Id = _nextOrderId++, Book = book, Side = side };
        Enter(order, priceTicks, quantity);
        match.Changed(order, BookAction.New);
        match.Touch(book);
    }

    public void Cancel(MatchEvent match, RestingOrder order)
    {
        order.Book.Remove(order);
        match.Changed(order, BookAction.Delete);
        match.Touch(order.Book);
    }

    /// <summary>Takes quantity off; the order keeps its place.</summary>
    public void Reduce(MatchEvent match, RestingOrder order, int by)
    {
        order.Book.Half(order.Side).Reduce(order, by);
        match.Changed(order, BookAction.Change);
        match.Touch(order.Book);
    }

    /// <summary>Gives an order another price or more quantity: it keeps its id and goes to the end of the queue.</summary>
    public void Replace(MatchEvent match, RestingOrder order, long priceTicks, int quantity)
    {
        order.Book.Remove(order);
        Enter(order, priceTicks, quantity);
        match.Changed(order, BookAction.Change);
        match.Touch(order.Book);
    }

    /// <summary>Takes what the other side offers up to a price. What is left rests, or is cancelled.</summary>
    public void Aggress(MatchEvent match, InstrumentBook book, BookSide side, int quantity, long limitTicks, bool restRemainder)
    {
        BookSide passive = side == BookSide.Bid ? BookSide.Ask : BookSide.Bid;
        BookHalf half = book.Half(passive);
        ulong aggressorId = _nextOrderId++;
        int left = quantity;
        while (left > 0 && !half.IsEmpty && !half.IsBetter(limitTicks, half.Best.PriceTicks))
        {
            left -= TakeLevel(match, book, half, side, aggressorId, left);
        }

        if (left > 0 && restRemainder)
        {
            var order = new RestingOrder { Id = aggressorId, Book = book, Side = side };
            Enter(order, limitTicks, left);
            match.Changed(order, BookAction.New);
        }

        match.Touch(book);
    }

    private int TakeLevel(MatchEvent match, InstrumentBook book, BookHalf half, BookSide aggressor, ulong aggressorId, int wanted)
    {
        OrderQueue queue = half.Best;
        long priceTicks = queue.PriceTicks;
        int taken = Math.Min(wanted, queue.TotalQuantity);
        int before = match.TradeOrders.Count;
        match.TradeOrders.Add(new TradeOrder(aggressorId, taken));
        for (int left = taken; left > 0;)
        {
            RestingOrder order = queue.Orders[0];
            int filled = Math.Min(left, order.Quantity);
            match.TradeOrders.Add(new TradeOrder(order.Id, filled));
            if (filled == order.Quantity)
            {
                match.Changed(order, BookAction.Delete);
                book.Remove(order);
            }
            else
            {
                half.Reduce(order, filled);
                match.Changed(order, BookAction.Change);
            }

            left -= filled;
        }

        // The sequence number comes when the event is published.
        match.Trades.Add(new TradeEntry(book, priceTicks, taken, match.TradeOrders.Count - before, aggressor, _nextTradeId++, RptSeq: 0));
        return taken;
    }

    private void Enter(RestingOrder order, long priceTicks, int quantity)
    {
        order.PriceTicks = priceTicks;
        order.Quantity = quantity;
        order.Priority = _nextPriority++;
        order.Book.Add(order);
    }
}
