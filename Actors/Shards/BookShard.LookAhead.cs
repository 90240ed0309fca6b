using FeedHandler.Codecs;

namespace FeedHandler.Actors;

/// <content>Looking ahead: what a group of updates will touch is asked for before the first of them is applied.</content>
/// <remarks>
/// An order lies anywhere in memory: its index slot, the order, its level and its neighbours are four dependent misses. A
/// group's misses of one step overlap with each other, so a message pays a fraction of each. All of it is a hint: an
/// update of the group may move what another was told to find.
/// </remarks>
public sealed partial class BookShard<TListener>
{
    /// <summary>Updates looked at together: enough misses to keep the memory busy, few enough that what was fetched is still there.</summary>
    private const int GroupUpdates = 32;

    /// <summary>Below this many orders everything is in the second-level cache anyway.</summary>
    private const int MinOrders = 4096;

    private readonly uint[] _tags = new uint[GroupUpdates * 2];
    private readonly uint[] _levels = new uint[GroupUpdates];

    /// <summary>Takes consecutive updates from the ring.</summary>
    /// <param name="updates">The updates, in place.</param>
    /// <param name="position">Place of the first in the order of all updates.</param>
    [HotPath]
    public void OnUpdates(ReadOnlySpan<MarketUpdate> updates, long position)
    {
        while (updates.Length > GroupUpdates)
        {
            OnGroup(updates[..GroupUpdates], position);
            updates = updates[GroupUpdates..];
            position += GroupUpdates;
        }

        OnGroup(updates, position);
    }

    [HotPath]
    private void OnGroup(ReadOnlySpan<MarketUpdate> updates, long position)
    {
        _position = position;
        if (updates.Length > 2 && _orders.Count >= MinOrders) LookAhead(updates);
        for (var i = 0; i < updates.Length; i++) OnUpdate(in updates[i], position + i);
    }

    [HotPath]
    private void LookAhead(ReadOnlySpan<MarketUpdate> updates)
    {
        var tags = _tags;
        var levels = _levels;
        var count = 0;
        var levelCount = 0;
        for (var i = 0; i < updates.Length; i++)
        {
            ref readonly var update = ref updates[i];
            if (!IsOrder(update.Kind) || ShardOf(update.Channel, update.Instrument, _options.ShardCount) != _options.Shard) continue;
            if (_instruments.Find(update.Channel, update.Instrument)?.Orders is not { } book) continue;
            var tag = book.PrefetchIndex(update.OrderId);
            if (update is { Kind: UpdateKind.Order, Action: BookAction.New })
            {
                levels[levelCount] = book.PrefetchLevel(update.Side, update.Price);
                if (levels[levelCount] != 0) levelCount++;
                continue;
            }

            tags[count++] = tag;
            if (update.Kind == UpdateKind.OrderReplaced) book.PrefetchIndex(update.Priority);
        }

        for (var i = 0; i < count; i++) tags[i] = _orders.PrefetchOrder(tags[i]);
        for (var i = 0; i < levelCount; i++) _orders.PrefetchTail(levels[i]);
        for (var i = 0; i < count; i++)
        {
            if (tags[i] != 0) _orders.PrefetchNeighbours(tags[i]);
        }
    }

    /// <summary>Bytes of the orders, levels and index of this shard, used or not.</summary>
    public long OrderMemoryBytes
    {
        get
        {
            var bytes = _orders.MemoryBytes;
            foreach (var instrument in _instruments.All) bytes += instrument.Orders?.MemoryBytes ?? 0;
            return bytes;
        }
    }

    /// <summary>Orders that rest in all books of this shard.</summary>
    public int RestingOrders => _orders.Count;
}
