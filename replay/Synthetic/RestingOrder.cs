using FeedHandler.Codecs;

namespace FeedHandler.Replay.Synthetic;

/// <summary>An order that waits in the book.</summary>
public sealed class RestingOrder
{
    public required ulong Id { get; init; }

    public required InstrumentBook Book { get; init; }

    public required BookSide Side { get; init; }

    /// <summary>Lower goes first among the orders of one price.</summary>
    public ulong Priority { get; set; }

    public long PriceTicks { get; set; }

    public int Quantity { get; set; }

    /// <summary>Place in the book's list of live orders, for removal without a search.</summary>
    internal int LiveIndex { get; set; }
}

/// <summary>The orders of one side at one price, first in first out.</summary>
public sealed class OrderQueue(long priceTicks)
{
    private readonly List<RestingOrder> _orders = [];

    public long PriceTicks { get; } = priceTicks;

    public IReadOnlyList<RestingOrder> Orders => _orders;

    public int TotalQuantity { get; private set; }

    internal void Append(RestingOrder order)
    {
        _orders.Add(order);
        TotalQuantity += order.Quantity;
    }

    internal void Remove(RestingOrder order)
    {
        _orders.Remove(order);
        TotalQuantity -= order.Quantity;
    }

    internal void Reduce(RestingOrder order, int by)
    {
        order.Quantity -= by;
        TotalQuantity -= by;
    }
}
