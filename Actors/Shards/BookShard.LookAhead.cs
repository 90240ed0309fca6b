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

    // Lookups by place in the group; places of new orders, of the others, and of replacements.
    private readonly OrderLookup[] _lookups = new OrderLookup[GroupUpdates];
    private readonly byte[] _added = new byte[GroupUpdates];
    private readonly byte[] _named = new byte[GroupUpdates];
    private readonly byte[] _replaced = new byte[GroupUpdates];

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
        // Whatever fails is told by this place.
        _position = position;
        if (updates.Length <= 2 || _orders.Count < MinOrders)
        {
            for (var i = 0; i < updates.Length; i++) OnUpdate(in updates[i], position + i);
            return;
        }

        LookAhead(updates);
        for (var i = 0; i < updates.Length; i++) OnUpdate(in updates[i], position + i, in _lookups[i]);
    }

    /// <remarks>Places are sorted by what is to be looked up before the steps: a branch on the kind in each step would be guessed wrong half the time.</remarks>
    [HotPath]
    private unsafe void LookAhead(ReadOnlySpan<MarketUpdate> updates)
    {
        var lookups = _lookups;
        int added = 0, named = 0, replaced = 0;
        for (var i = 0; i < updates.Length; i++)
        {
            ref readonly var update = ref updates[i];
            ref var lookup = ref lookups[i];
            lookup.Book = null;
            if (!IsOrder(update.Kind) || (update.Flags & UpdateFlags.Snapshot) != 0 || ShardOf(update.Channel, update.Instrument, _options.ShardCount) != _options.Shard) continue;
            if (_instruments.Find(update.Channel, update.Instrument) is not { Orders: { } book } instrument) continue;
            lookup.Instrument = instrument.Index;
            book.Ask(update, ref lookup);
            var isAdded = update.Kind == UpdateKind.Order && update.Action == BookAction.New;
            _added[added] = _named[named] = _replaced[replaced] = (byte)i;
            added += isAdded ? 1 : 0;
            named += isAdded ? 0 : 1;
            replaced += update.Kind == UpdateKind.OrderReplaced ? 1 : 0;
        }

        for (var n = 0; n < added; n++) MboBook.AskForKeys(lookups[_added[n]].Book, updates[_added[n]].Side);
        for (var n = 0; n < named; n++) MboBook.AskForOrder(_orders, updates[_named[n]], ref lookups[_named[n]]);
        for (var n = 0; n < added; n++) MboBook.AskForLevel(_orders, updates[_added[n]], updates[_added[n]].Side, ref lookups[_added[n]]);
        for (var n = 0; n < named; n++) _orders.PrefetchLevel(LevelOf(lookups[_named[n]]));
        for (var n = 0; n < replaced; n++) MboBook.AskForKeys(lookups[_replaced[n]].Book, SideOf(lookups[_replaced[n]]));
        for (var n = 0; n < replaced; n++) MboBook.AskForLevel(_orders, updates[_replaced[n]], SideOf(lookups[_replaced[n]]), ref lookups[_replaced[n]]);
    }

    // Order 0 and level 0 are there, and empty.
    private uint LevelOf(in OrderLookup lookup) => lookup.Order == 0 ? 0 : _orders.Order(lookup.Order).Level;

    private BookSide SideOf(in OrderLookup lookup) => (BookSide)(_orders.Level(LevelOf(lookup)).BookSide & 1);

    /// <summary>Bytes of the orders, levels, queues and index of this shard.</summary>
    public long OrderMemoryBytes => _orders.UsedBytes;

    /// <summary>Orders that rest in all books of this shard.</summary>
    public int RestingOrders => _orders.Count;
}
