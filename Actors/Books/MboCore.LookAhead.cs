using System.Runtime.CompilerServices;
using System.Runtime.Intrinsics.X86;
using FeedHandler.Codecs;

namespace FeedHandler.Actors;

/// <summary>What looking ahead found for an update. A hint: when the update is applied, what is there may be another.</summary>
internal unsafe struct OrderLookup
{
    /// <summary>The book; null where there was nothing to look for.</summary>
    public BookHeader* Book;

    /// <summary>The order that the update names; 0: none.</summary>
    public uint Order;

    /// <summary>Index of the instrument in the shard.</summary>
    public int Instrument;
}

/// <content>Looking ahead: an update is looked up in steps, each of which asks for the memory that the next one reads.</content>
/// <remarks>A group of updates takes a step together, so that their waits for memory overlap.</remarks>
internal readonly unsafe partial struct MboCore
{
    private const int LineKeys = 64 / sizeof(long);

    /// <summary>Second step of an update of an order that is there: its place in the index.</summary>
    [HotPath]
    [MethodImpl(MethodImplOptions.AggressiveInlining)]
    internal void AskForIndex(in MarketUpdate update) => _store.Index.Prefetch(Number, update.OrderId, IsDense);

    /// <summary>Third step: the order.</summary>
    [HotPath]
    [MethodImpl(MethodImplOptions.AggressiveInlining)]
    internal void AskForOrder(in MarketUpdate update, ref OrderLookup lookup)
    {
        lookup.Order = _store.Index.Find(Number, update.OrderId, IsDense);
        _store.PrefetchOrder(lookup.Order);
    }

    /// <summary>Second step of an order that gets a new place: the table that guesses its level.</summary>
    [HotPath]
    [MethodImpl(MethodImplOptions.AggressiveInlining)]
    internal void AskForGuess(in MarketUpdate update)
    {
        if (Sse.IsSupported) Sse.Prefetch0(GuessOf(_header, update.Price));
    }

    /// <summary>Third step: the level.</summary>
    [HotPath]
    [MethodImpl(MethodImplOptions.AggressiveInlining)]
    internal void AskForLevel(in MarketUpdate update) => _store.PrefetchLevel(*GuessOf(_header, update.Price));

    /// <summary>Fourth step: where the guess is wrong, the prices of its side, from the best on.</summary>
    [HotPath]
    [MethodImpl(MethodImplOptions.AggressiveInlining)]
    internal void AskForKeys(in MarketUpdate update)
    {
        ref readonly var level = ref _store.Level(*GuessOf(_header, update.Price));
        if (level.BookSide >> 1 == Number && (level.Key == update.Price || level.Key == -update.Price)) return;
        AskForKeys(ref Half(update.Side));
    }

    [MethodImpl(MethodImplOptions.NoInlining)]
    private static void AskForKeys(ref OrderHalf half)
    {
        if (!Sse.IsSupported) return;
        var last = half.Keys + half.Count;
        Sse.Prefetch0(half.Levels + half.Count - 1);
        Sse.Prefetch0(last - 1);
        Sse.Prefetch0(last - LineKeys);
        Sse.Prefetch0(last - (2 * LineKeys));
        Sse.Prefetch0(last - (3 * LineKeys));
    }
}
