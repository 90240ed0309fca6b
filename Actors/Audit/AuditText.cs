using System.Globalization;
using System.Text;
using FeedHandler.Codecs;

namespace FeedHandler.Actors;

/// <summary>Books in words, for the report of a difference.</summary>
internal static class AuditText
{
    /// <summary>Enough to see what is wrong; a book may have thousands of orders.</summary>
    private const int MaxOrders = 200;

    public static string Of(MbpBook outright, MbpBook? implied)
    {
        var text = new StringBuilder();
        Levels(text, "bid", outright.Levels(BookSide.Bid));
        Levels(text, "ask", outright.Levels(BookSide.Ask));
        if (implied is { LevelsTotal: > 0 })
        {
            Levels(text, "implied bid", implied.Levels(BookSide.Bid));
            Levels(text, "implied ask", implied.Levels(BookSide.Ask));
        }

        return text.ToString();
    }

    public static string Of(MboBook orders)
    {
        var text = new StringBuilder();
        var left = MaxOrders;
        foreach (var side in (ReadOnlySpan<BookSide>)[BookSide.Bid, BookSide.Ask])
        {
            text.Append(side == BookSide.Bid ? "bid" : " ask");
            for (var i = 0; i < orders.LevelCount(side); i++)
            {
                foreach (ref readonly var order in orders.OrdersAt(side, i))
                {
                    if (left-- > 0) Order(text, order.Id, order.Priority, orders.LevelAt(side, i).Price, order.Quantity);
                }
            }
        }

        return text.ToString();
    }

    public static string Of(ReadOnlySpan<OrderStaging.StagedOrder> orders)
    {
        var text = new StringBuilder();
        var left = MaxOrders;
        foreach (var side in (ReadOnlySpan<BookSide>)[BookSide.Bid, BookSide.Ask])
        {
            text.Append(side == BookSide.Bid ? "bid" : " ask");
            foreach (ref readonly var order in orders)
            {
                if (order.Side == side && left-- > 0) Order(text, order.Id, order.Priority, order.Price, order.Quantity);
            }
        }

        return text.ToString();
    }

    public static string DerivedOf(MboBook orders, int depth)
    {
        var text = new StringBuilder();
        foreach (var side in (ReadOnlySpan<BookSide>)[BookSide.Bid, BookSide.Ask])
        {
            var levels = new PriceLevel[Math.Min(depth, orders.LevelCount(side))];
            for (var i = 0; i < levels.Length; i++) levels[i] = orders.LevelAt(side, i);
            Levels(text, side == BookSide.Bid ? "bid" : "ask", levels);
        }

        return text.ToString();
    }

    private static void Levels(StringBuilder text, string name, ReadOnlySpan<PriceLevel> levels)
    {
        if (text.Length != 0) text.Append(' ');
        text.Append(name);
        foreach (ref readonly var level in levels) text.Append(CultureInfo.InvariantCulture, $" {level.Price}x{level.Quantity}/{level.Orders}");
    }

    private static void Order(StringBuilder text, ulong id, ulong priority, long price, long quantity) =>
        text.Append(CultureInfo.InvariantCulture, $" {id}@{priority}:{price}x{quantity}");
}
