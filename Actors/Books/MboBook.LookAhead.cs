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

    /// <summary>The level that it will join; 0: none.</summary>
    public uint Level;

    /// <summary>Index of the instrument in the shard.</summary>
    public int Instrument;
}

/// <content>Looking ahead: an update is looked up in steps, each of which asks for the memory that the next one reads.</content>
/// <remarks>A group of updates takes a step together, so that their waits for memory overlap.</remarks>
public sealed unsafe partial class MboBook
{
    private const int LineKeys = 64 / sizeof(long);

    /// <summary>First step of every update: its order's place in the index.</summary>
    [HotPath]
    [MethodImpl(MethodImplOptions.AggressiveInlining)]
    internal void Ask(in MarketUpdate update, ref OrderLookup lookup)
    {
        lookup.Book = _header;
        lookup.Order = lookup.Level = 0;
        _store.Index.Prefetch(_book, update.OrderId, _isDense);
    }

    /// <summary>Second step of a new order: the prices of its side.</summary>
    [HotPath]
    [MethodImpl(MethodImplOptions.AggressiveInlining)]
    internal static void AskForKeys(BookHeader* book, BookSide side)
    {
        ref var half = ref side == BookSide.Bid ? ref book->Bids : ref book->Asks;
        if (!Sse.IsSupported) return;
        var last = half.Keys + half.Count;
        Sse.Prefetch0(last - 1);
        Sse.Prefetch0(last - (2 * LineKeys));
        Sse.Prefetch0(last - (4 * LineKeys));
        Sse.Prefetch0(last - (3 * LineKeys));
        Sse.Prefetch0(last - LineKeys);
    }

    /// <summary>Third step of a new order: its level.</summary>
    [HotPath]
    [MethodImpl(MethodImplOptions.AggressiveInlining)]
    internal static void AskForLevel(OrderStore store, in MarketUpdate update, BookSide side, ref OrderLookup lookup)
    {
        ref var half = ref side == BookSide.Bid ? ref lookup.Book->Bids : ref lookup.Book->Asks;
        var key = KeyOf(update.Price, side);
        var i = Search(ref half, key);
        if (i < 0 || half.Keys[i] != key) return;
        lookup.Level = half.Levels[i];
        store.PrefetchLevel(lookup.Level);
    }

    /// <summary>Second step of an update of an order that is there: the order.</summary>
    [HotPath]
    [MethodImpl(MethodImplOptions.AggressiveInlining)]
    internal static void AskForOrder(OrderStore store, in MarketUpdate update, ref OrderLookup lookup)
    {
        lookup.Order = store.Index.Find(lookup.Book->Number, update.OrderId, lookup.Book->IsDense);
        store.PrefetchOrder(lookup.Order);
    }
}
