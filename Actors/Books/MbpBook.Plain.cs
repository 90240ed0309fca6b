using System.Runtime.CompilerServices;
using System.Runtime.InteropServices;
using System.Runtime.Intrinsics;
using FeedHandler.Codecs;

namespace FeedHandler.Actors;

/// <content>The usual update of a right book of the usual depth, without a branch that depends on what it says.</content>
/// <remarks>
/// Whether a level is new, changes or goes, on which side and at which position: a processor guesses each of these wrong
/// often, and a wrong guess costs as much as all of the rest. So every update moves the levels behind it, by one level up or
/// down or by nothing, in vectors of a fixed number.
/// </remarks>
public sealed partial class MbpBook
{
    /// <summary>Deepest book for which a side is moved as a whole: CME's.</summary>
    private const int PlainDepth = 10;

    /// <summary>Levels between the sides at least: what the vectors of a side read and write lies within.</summary>
    private const int MinStride = PlainDepth + 2;

    /// <summary>Position of the first bid. The level before it is nobody's: an update that writes no level writes there.</summary>
    private const int Bids = 1;

    /// <summary>A level in the units that vectors move.</summary>
    private const int Words = 3;

    private static int StrideOf(int depth) => Math.Max(depth, MinStride);

    private static int LengthOf(int stride) => Bids + (2 * stride) + 1;

    /// <summary>Applies a new, changed or deleted level to a book that is right.</summary>
    /// <returns>False: nothing was done. It is an update of another kind, or one that contradicts the book; <see cref="Apply"/> takes it or tells.</returns>
    [HotPath]
    [MethodImpl(MethodImplOptions.AggressiveInlining)]
    internal bool TryApplyPlain(in MarketUpdate update)
    {
        var action = (int)update.Action;
        var side = (int)update.Side;
        var index = update.Level - 1;
        if (action > (int)BookAction.Delete | side > (int)BookSide.Ask | Depth > PlainDepth | update.Price == MarketUpdate.NullPrice) return false;
        ref var count = ref Unsafe.Add(ref Unsafe.As<Counts, int>(ref _counts), side);
        var isNew = action == (int)BookAction.New ? 1 : 0;
        var isDelete = action == (int)BookAction.Delete ? 1 : 0;
        if ((uint)index >= (uint)Math.Min(count + isNew, Depth)) return false;

        ref var nobody = ref MemoryMarshal.GetArrayDataReference(_levels);
        ref var levels = ref Unsafe.Add(ref nobody, Bids + (side * _stride));
        var isMoved = isNew + isDelete;
        Move(ref Unsafe.As<PriceLevel, long>(ref levels), (isDelete - isNew) * Words, ((index + isNew) * Words) + ((1 - isMoved) * PlainDepth * 2 * Words));
        ref var level = ref isDelete != 0 ? ref nobody : ref Unsafe.Add(ref levels, index);
        level.Price = update.Price;
        level.Quantity = update.Quantity;
        level.Orders = update.OrderCount;
        count = Math.Min(count + isNew, Depth) - isDelete;
        return true;
    }

    /// <summary>Every word from <paramref name="first"/> on becomes the one that is <paramref name="by"/> words further.</summary>
    [HotPath]
    [MethodImpl(MethodImplOptions.AggressiveInlining)]
    private static void Move(ref long words, int by, int first)
    {
        ref var moved = ref Unsafe.Add(ref words, by);
        var from = Vector512.Create((long)first);
        var numbers = Vector512<long>.Indices;
        var a = Vector512.LoadUnsafe(ref words);
        var b = Vector512.LoadUnsafe(ref words, 8);
        var c = Vector512.LoadUnsafe(ref words, 16);
        var d = Vector512.LoadUnsafe(ref words, 24);
        a = Vector512.ConditionalSelect(Vector512.GreaterThanOrEqual(numbers, from), Vector512.LoadUnsafe(ref moved), a);
        b = Vector512.ConditionalSelect(Vector512.GreaterThanOrEqual(numbers + Vector512.Create(8L), from), Vector512.LoadUnsafe(ref moved, 8), b);
        c = Vector512.ConditionalSelect(Vector512.GreaterThanOrEqual(numbers + Vector512.Create(16L), from), Vector512.LoadUnsafe(ref moved, 16), c);
        d = Vector512.ConditionalSelect(Vector512.GreaterThanOrEqual(numbers + Vector512.Create(24L), from), Vector512.LoadUnsafe(ref moved, 24), d);
        a.StoreUnsafe(ref words);
        b.StoreUnsafe(ref words, 8);
        c.StoreUnsafe(ref words, 16);
        d.StoreUnsafe(ref words, 24);
    }
}
