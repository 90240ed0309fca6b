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

    // Lookups by their number in the group; numbers of updates that give an order a new place, and of those that name one.
    private readonly OrderLookup[] _lookups = new OrderLookup[GroupUpdates];
    private readonly byte[] _placed = new byte[GroupUpdates];
    private readonly byte[] _named = new byte[GroupUpdates];

    /// <summary>Takes consecutive updates from the ring.</summary>
    /// <param name="updates">The updates, in place.</param>
    /// <param name="position">Place of the first in the order of all updates.</param>
    [HotPath]
    public void OnUpdates(ReadOnlySpan<MarketUpdate> updates, long position)
    {
        if (!updates.IsEmpty && _channels[updates[0].Channel] is { IsDense: true } channel && _orders.HasDenseBooks)
        {
            OnDenseUpdates(updates, position, channel);
            return;
        }

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
            OnPlainGroup(updates, position);
            return;
        }

        LookAhead(updates);
        for (var i = 0; i < updates.Length; i++)
        {
            _position = position + i;
            if (TakePlainLevel(in updates[i])) continue;
            Counters.Updates++;
            Take(in updates[i], in _lookups[i]);
        }
    }

    [HotPath]
    private void OnPlainGroup(ReadOnlySpan<MarketUpdate> updates, long position)
    {
        for (var i = 0; i < updates.Length; i++)
        {
            _position = position + i;
            if (!TakePlainLevel(in updates[i])) OnUpdate(in updates[i], position + i);
        }
    }

    /// <remarks>Numbers are sorted by what is to be looked up before the steps: a branch on the kind in each step would be guessed wrong half the time.</remarks>
    [HotPath]
    private unsafe void LookAhead(ReadOnlySpan<MarketUpdate> updates)
    {
        var lookups = _lookups;
        int placed = 0, named = 0;
        for (var i = 0; i < updates.Length; i++)
        {
            ref readonly var update = ref updates[i];
            ref var lookup = ref lookups[i];
            lookup = default;
            if (!IsOrder(update.Kind) || (update.Flags & UpdateFlags.Snapshot) != 0 || !IsMine(update)) continue;
            var index = _instruments.IndexOf(update.Channel, update.Instrument);
            if (index < 0) continue;
            var book = _instruments.AskFor(index);
            if (book == null) continue;
            lookup.Instrument = index;
            lookup.Book = book;
            _orders.Index.PrefetchTable(update.OrderId);
            // An order that is there is looked up by its id, a new place by its price; a replacement needs both.
            var isAdded = update.Kind == UpdateKind.Order && update.Action == BookAction.New;
            _placed[placed] = _named[named] = (byte)i;
            placed += isAdded || update.Kind == UpdateKind.OrderReplaced ? 1 : 0;
            named += isAdded ? 0 : 1;
        }

        for (var n = 0; n < named; n++) BookOf(_named[n]).AskForIndex(updates[_named[n]]);
        for (var n = 0; n < placed; n++) BookOf(_placed[n]).AskForGuess(updates[_placed[n]]);
        for (var n = 0; n < named; n++) BookOf(_named[n]).AskForOrder(updates[_named[n]], ref lookups[_named[n]]);
        for (var n = 0; n < placed; n++) BookOf(_placed[n]).AskForLevel(updates[_placed[n]]);
        // Order 0 is there, and at level 0.
        for (var n = 0; n < named; n++) _orders.PrefetchLevel(_orders.Order(lookups[_named[n]].Order).Level);
        for (var n = 0; n < placed; n++) BookOf(_placed[n]).AskForKeys(updates[_placed[n]]);
    }

    private unsafe MboCore BookOf(int number) => new(_orders, _lookups[number].Book);

    /// <summary>Bytes of native memory that the orders, levels, queues and index of this shard take.</summary>
    public long OrderMemoryBytes => _orders.UsedBytes;

    /// <summary>Bytes that the orders, levels, queues and index of a shard take at most, by its bound of orders.</summary>
    public static long OrderMemoryBoundBytes(int maxOrders) => OrderStore.BoundBytes(maxOrders);

    /// <summary>Orders that rest in all books of this shard.</summary>
    public int RestingOrders => _orders.Count;
}
