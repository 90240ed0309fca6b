using FeedHandler.Codecs;

namespace FeedHandler.Replay.Synthetic;

/// <summary>A price level as subscribers see it. Implied levels have no order count.</summary>
public readonly record struct PublishedLevel(long PriceTicks, int Quantity, int Orders);

/// <summary>One instruction to subscribers about one level, numbered from 1.</summary>
public readonly record struct LevelChange(BookAction Action, int Level, PublishedLevel Value);

/// <summary>
/// What subscribers hold for one side after everything sent so far, and the way from there to where the book is now.
/// </summary>
/// <remarks>
/// A New that overflows the depth drops the last level without a word, and a level that comes back into view is sent
/// as a New at the bottom: both fall out of comparing the two ladders from the top.
/// </remarks>
public sealed class PublishedLadder(BookSide side, int depth)
{
    private readonly PublishedLevel[] _levels = new PublishedLevel[depth + 1];

    public BookSide Side { get; } = side;

    public int Depth { get; } = depth;

    public int Count { get; private set; }

    public ReadOnlySpan<PublishedLevel> Levels => _levels.AsSpan(0, Count);

    public void Clear() => Count = 0;

    /// <summary>Takes one step towards the target; false when nothing is left to do.</summary>
    /// <param name="target">The best levels of the book, at most <see cref="Depth"/>.</param>
    /// <param name="random">Chooses between the instructions that lead to the same result.</param>
    /// <param name="rareActionChance">How often Overlay, DeleteThru or DeleteFrom is taken where it would do.</param>
    /// <param name="change">The instruction, already applied here.</param>
    public bool TryStep(ReadOnlySpan<PublishedLevel> target, SeededRandom random, double rareActionChance, out LevelChange change)
    {
        int i = 0;
        while (i < Count && i < target.Length && _levels[i] == target[i]) i++;

        bool hasOld = i < Count, hasNew = i < target.Length;
        if (!hasOld && !hasNew)
        {
            change = default;
            return false;
        }

        if (!hasOld) change = Insert(i, target[i]);
        else if (!hasNew) change = target.Length == 0 && random.Chance(rareActionChance) ? Empty() : Delete(i);
        else if (_levels[i].PriceTicks == target[i].PriceTicks) change = Replace(BookAction.Change, i, target[i]);
        else if (CanOverlay(i, target) && random.Chance(rareActionChance)) change = Replace(BookAction.Overlay, i, target[i]);
        else if (IsBetter(target[i].PriceTicks, _levels[i].PriceTicks)) change = Insert(i, target[i]);
        else if (i == 0 && CountBetterThan(target[0].PriceTicks) is > 1 and int run && random.Chance(rareActionChance)) change = DeleteTop(run);
        else change = Delete(i);
        return true;
    }

    private bool IsBetter(long priceTicks, long otherTicks) => Side == BookSide.Bid ? priceTicks > otherTicks : priceTicks < otherTicks;

    /// <summary>A level may be replaced in place when the old price leaves, the new one comes, and order is kept.</summary>
    private bool CanOverlay(int i, ReadOnlySpan<PublishedLevel> target)
    {
        foreach (ref readonly PublishedLevel level in target[i..])
        {
            if (level.PriceTicks == _levels[i].PriceTicks) return false;
        }

        return i + 1 >= Count || IsBetter(target[i].PriceTicks, _levels[i + 1].PriceTicks);
    }

    private int CountBetterThan(long priceTicks)
    {
        int count = 0;
        while (count < Count && IsBetter(_levels[count].PriceTicks, priceTicks)) count++;
        return count;
    }

    private LevelChange Insert(int i, PublishedLevel value)
    {
        Array.Copy(_levels, i, _levels, i + 1, Count - i);
        _levels[i] = value;
        Count = Math.Min(Count + 1, Depth);
        return new LevelChange(BookAction.New, i + 1, value);
    }

    private LevelChange Delete(int i)
    {
        PublishedLevel gone = _levels[i];
        Count--;
        Array.Copy(_levels, i + 1, _levels, i, Count - i);
        return new LevelChange(BookAction.Delete, i + 1, gone);
    }

    private LevelChange DeleteTop(int run)
    {
        PublishedLevel last = _levels[run - 1];
        Count -= run;
        Array.Copy(_levels, run, _levels, 0, Count);
        return new LevelChange(BookAction.DeleteFrom, run, last);
    }

    private LevelChange Empty()
    {
        PublishedLevel first = _levels[0];
        Count = 0;
        return new LevelChange(BookAction.DeleteThru, 1, first);
    }

    private LevelChange Replace(BookAction action, int i, PublishedLevel value)
    {
        _levels[i] = value;
        return new LevelChange(action, i + 1, value);
    }
}
