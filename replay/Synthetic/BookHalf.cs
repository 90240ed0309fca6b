using FeedHandler.Codecs;

namespace FeedHandler.Replay.Synthetic;

/// <summary>One side of an instrument's orders: queues by price, best first.</summary>
public sealed class BookHalf(BookSide side)
{
    private readonly List<OrderQueue> _queues = [];

    public BookSide Side { get; } = side;

    public IReadOnlyList<OrderQueue> Queues => _queues;

    public int OrderCount { get; private set; }

    public bool IsEmpty => _queues.Count == 0;

    public OrderQueue Best => _queues[0];

    /// <summary>Whether a price of this side goes before another.</summary>
    public bool IsBetter(long priceTicks, long otherTicks) => Side == BookSide.Bid ? priceTicks > otherTicks : priceTicks < otherTicks;

    /// <summary>The price that is a number of ticks worse.</summary>
    public long Worse(long priceTicks, int ticks) => Side == BookSide.Bid ? priceTicks - ticks : priceTicks + ticks;

    internal void Add(RestingOrder order)
    {
        int index = Find(order.PriceTicks, out bool found);
        if (!found) _queues.Insert(index, new OrderQueue(order.PriceTicks));
        _queues[index].Append(order);
        OrderCount++;
    }

    internal void Remove(RestingOrder order)
    {
        int index = Find(order.PriceTicks, out _);
        _queues[index].Remove(order);
        if (_queues[index].Orders.Count == 0) _queues.RemoveAt(index);
        OrderCount--;
    }

    internal void Reduce(RestingOrder order, int by) => _queues[Find(order.PriceTicks, out _)].Reduce(order, by);

    internal void Clear()
    {
        _queues.Clear();
        OrderCount = 0;
    }

    /// <summary>The best levels as the venue publishes them; returns how many there are.</summary>
    public int CopyLevels(Span<PublishedLevel> levels)
    {
        int count = Math.Min(levels.Length, _queues.Count);
        for (int i = 0; i < count; i++)
        {
            OrderQueue queue = _queues[i];
            levels[i] = new PublishedLevel(queue.PriceTicks, queue.TotalQuantity, queue.Orders.Count);
        }

        return count;
    }

    private int Find(long priceTicks, out bool found)
    {
        int low = 0, high = _queues.Count - 1;
        while (low <= high)
        {
            int middle = (low + high) >> 1;
            long price = _queues[middle].PriceTicks;
            if (price == priceTicks)
            {
                found = true;
                return middle;
            }

            if (IsBetter(price, priceTicks)) low = middle + 1;
            else high = middle - 1;
        }

        found = false;
        return low;
    }
}
