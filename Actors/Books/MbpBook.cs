using System.Runtime.CompilerServices;
using FeedHandler.Codecs;

namespace FeedHandler.Actors;

/// <summary>A market-by-price book of bounded depth: two sorted arrays of levels, best first.</summary>
/// <remarks>
/// <para>Plain data: no clock, no I/O, no actor. Owned by one shard's thread.</para>
/// <para>
/// Levels are addressed by position as the venue does (CME tag 1023): an insertion moves the levels below down and drops
/// the one past the depth, a deletion moves them up. A book under recovery may hold levels that are not known
/// (<see cref="PriceLevel.IsKnown"/> is false); a strict book never does.
/// </para>
/// </remarks>
public sealed partial class MbpBook
{
    /// <summary>Deepest book that the wire can address: positions are one byte.</summary>
    public const int MaxDepth = 255;

    private PriceLevel[] _levels;
    private int _stride;
    private Counts _counts;

    /// <summary>Levels by side: bids, asks.</summary>
    [InlineArray(2)]
    private struct Counts
    {
        private int _bids;
    }

    /// <summary>Creates an empty book.</summary>
    /// <param name="depth">Levels of a side, 1 to <see cref="MaxDepth"/>.</param>
    public MbpBook(int depth)
    {
        ArgumentOutOfRangeException.ThrowIfLessThan(depth, 1);
        ArgumentOutOfRangeException.ThrowIfGreaterThan(depth, MaxDepth);
        Depth = depth;
        _stride = StrideOf(depth);
        _levels = new PriceLevel[LengthOf(_stride)];
    }

    /// <summary>Levels of a side that the venue maintains.</summary>
    public int Depth { get; private set; }

    /// <summary>The side's levels, best first. Valid until the next change of the book.</summary>
    public ReadOnlySpan<PriceLevel> Levels(BookSide side) =>
        side == BookSide.Bid ? _levels.AsSpan(Bids, _counts[0]) : _levels.AsSpan(Bids + _stride, _counts[1]);

    /// <summary>Levels of both sides together.</summary>
    public int LevelsTotal => _counts[0] + _counts[1];

    /// <summary>Applies one update.</summary>
    /// <param name="action">What to do.</param>
    /// <param name="side">Bid or ask.</param>
    /// <param name="level">Position from 1.</param>
    /// <param name="value">The level's new content.</param>
    /// <param name="strict">True for a book that claims to be right: a position that cannot be is a contradiction. False while it heals: gaps are filled with unknown levels.</param>
    [HotPath]
    public BookResult Apply(BookAction action, BookSide side, int level, in PriceLevel value, bool strict)
    {
        ref var count = ref side == BookSide.Bid ? ref _counts[0] : ref _counts[1];
        var levels = _levels.AsSpan(side == BookSide.Bid ? Bids : Bids + _stride, Depth);
        var index = level - 1;
        switch (action)
        {
            case BookAction.New:
                if (strict && !value.IsKnown) return BookResult.Contradiction;
                if ((uint)index > (uint)count && !Extend(levels, ref count, index, strict)) return BookResult.Contradiction;
                if ((uint)index >= (uint)levels.Length) return BookResult.Contradiction;
                var kept = Math.Min(count, levels.Length - 1) - index;
                levels.Slice(index, kept).CopyTo(levels[(index + 1)..]);
                levels[index] = value;
                if (count < levels.Length) count++;
                return BookResult.Ok;

            case BookAction.Change:
            case BookAction.Overlay:
                if (strict && !value.IsKnown) return BookResult.Contradiction;
                if ((uint)index >= (uint)count && !ExtendToSet(levels, ref count, index, action, strict)) return BookResult.Contradiction;
                levels[index] = value;
                return BookResult.Ok;

            case BookAction.Delete:
                if ((uint)index >= (uint)count) return strict || index < 0 ? BookResult.Contradiction : BookResult.Ok;
                levels[(index + 1)..count].CopyTo(levels[index..]);
                count--;
                return BookResult.Ok;

            case BookAction.DeleteThru:
                count = 0;
                return BookResult.Ok;

            case BookAction.DeleteFrom:
                if ((uint)index >= (uint)count)
                {
                    if (strict || index < 0) return BookResult.Contradiction;
                    count = 0;
                    return BookResult.Ok;
                }

                levels[level..count].CopyTo(levels);
                count -= level;
                return BookResult.Ok;

            default:
                return BookResult.Contradiction;
        }
    }

    /// <summary>Empties both sides.</summary>
    public void Clear() => _counts = default;

    /// <summary>Takes the content of another book over, depth included.</summary>
    public void CopyFrom(MbpBook other)
    {
        if (Depth != other.Depth) SetDepth(other.Depth);
        other.Levels(BookSide.Bid).CopyTo(_levels.AsSpan(Bids));
        other.Levels(BookSide.Ask).CopyTo(_levels.AsSpan(Bids + _stride));
        _counts = other._counts;
    }

    /// <summary>Changes the depth (a definition arrived); levels past the new depth are dropped.</summary>
    public void SetDepth(int depth)
    {
        depth = Math.Clamp(depth, 1, MaxDepth);
        if (depth == Depth) return;
        var stride = StrideOf(depth);
        var levels = new PriceLevel[LengthOf(stride)];
        _counts[0] = Math.Min(_counts[0], depth);
        _counts[1] = Math.Min(_counts[1], depth);
        Levels(BookSide.Bid).CopyTo(levels.AsSpan(Bids));
        Levels(BookSide.Ask).CopyTo(levels.AsSpan(Bids + stride));
        _levels = levels;
        _stride = stride;
        Depth = depth;
    }

    /// <summary>Whether level 1 of both sides is known and no unknown level lies between known ones.</summary>
    public bool IsContiguous => _counts[0] > 0 && _counts[1] > 0 && AllKnown(Levels(BookSide.Bid)) && AllKnown(Levels(BookSide.Ask));

    /// <summary>Checks what must hold of a strict book: every level known, prices strictly worse from level to level.</summary>
    /// <returns>Null, or what is wrong.</returns>
    public string? CheckInvariants()
    {
        foreach (var side in (ReadOnlySpan<BookSide>)[BookSide.Bid, BookSide.Ask])
        {
            var levels = Levels(side);
            for (var i = 0; i < levels.Length; i++)
            {
                if (!levels[i].IsKnown) return $"{side} level {i + 1} is not known";
                if (i == 0) continue;
                var worse = side == BookSide.Bid ? levels[i].Price < levels[i - 1].Price : levels[i].Price > levels[i - 1].Price;
                if (!worse) return $"{side} level {i + 1} is not worse than level {i}";
            }
        }

        return null;
    }

    private static bool AllKnown(ReadOnlySpan<PriceLevel> levels)
    {
        foreach (ref readonly var level in levels)
        {
            if (!level.IsKnown) return false;
        }

        return true;
    }

    /// <summary>Fills unknown levels up to <paramref name="index"/> in a book that heals.</summary>
    private static bool Extend(Span<PriceLevel> levels, ref int count, int index, bool strict)
    {
        if (strict || (uint)index >= (uint)levels.Length) return false;
        while (count < index) levels[count++] = new PriceLevel { Price = MarketUpdate.NullPrice };
        return true;
    }

    /// <summary>Makes position <paramref name="index"/> exist so that it can be set; an overlay may also append.</summary>
    private static bool ExtendToSet(Span<PriceLevel> levels, ref int count, int index, BookAction action, bool strict)
    {
        if ((uint)index >= (uint)levels.Length) return false;
        if (strict && (action != BookAction.Overlay || index != count)) return false;
        if (index > count && !Extend(levels, ref count, index, strict: false)) return false;
        count = index + 1;
        return true;
    }
}
