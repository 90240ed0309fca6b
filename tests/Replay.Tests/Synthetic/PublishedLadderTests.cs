using FeedHandler.Codecs;
using FeedHandler.Replay.Synthetic;

namespace FeedHandler.Replay.Tests.Synthetic;

public sealed class PublishedLadderTests
{
    private readonly SeededRandom _random = new(1);

    [Fact]
    public void New_level_drops_the_last_one_past_the_depth_without_saying_so()
    {
        PublishedLadder ladder = Ladder(depth: 3, 10, 9, 8);
        Assert.Equal([(BookAction.New, 1, 11L)], Steps(ladder, 0, 11, 10, 9));
    }

    [Fact]
    public void Deletion_in_a_full_book_is_followed_by_the_level_that_comes_into_view()
    {
        PublishedLadder ladder = Ladder(depth: 3, 10, 9, 8);
        Assert.Equal([(BookAction.Delete, 2, 9L), (BookAction.New, 3, 7L)], Steps(ladder, 0, 10, 8, 7));
    }

    [Fact]
    public void Side_that_becomes_empty_can_be_deleted_at_once()
    {
        Assert.Equal([(BookAction.DeleteThru, 1, 10L)], Steps(Ladder(depth: 3, 10, 9, 8), rare: 1));
    }

    [Fact]
    public void Top_that_is_swept_can_be_deleted_at_once()
    {
        Assert.Equal([(BookAction.DeleteFrom, 2, 9L)], Steps(Ladder(depth: 3, 10, 9, 8), rare: 1, 8));
    }

    [Fact]
    public void Level_that_changes_price_in_its_place_can_be_overlaid()
    {
        Assert.Equal([(BookAction.Overlay, 2, 8L)], Steps(Ladder(depth: 3, 10, 9, 7), rare: 1, 10, 8, 7));
    }

    [Fact]
    public void Overlay_never_breaks_the_order_of_prices()
    {
        // 9 leaves and 6 comes, but 7 stands between: not in place.
        Assert.DoesNotContain(Steps(Ladder(depth: 3, 10, 9, 7), rare: 1, 10, 7, 6), step => step.Action == BookAction.Overlay && step.Level == 2);
    }

    [Fact]
    public void Any_ladder_becomes_any_other_in_either_direction_of_price()
    {
        for (int round = 0; round < 2_000; round++)
        {
            BookSide side = round % 2 == 0 ? BookSide.Bid : BookSide.Ask;
            var ladder = new PublishedLadder(side, depth: 1 + _random.Next(10));
            for (int i = 0; i < 6; i++)
            {
                PublishedLevel[] target = RandomLevels(side, ladder.Depth);
                int steps = 0;
                while (ladder.TryStep(target, _random, rareActionChance: 0.3, out _)) Assert.True(++steps <= 2 * ladder.Depth);
                Assert.Equal(target, ladder.Levels.ToArray());
            }
        }
    }

    private PublishedLevel[] RandomLevels(BookSide side, int depth)
    {
        var prices = new SortedSet<long>();
        for (int i = _random.Next(depth + 1); i > 0; i--) prices.Add(_random.Next(15));
        IEnumerable<long> ordered = side == BookSide.Bid ? prices.Reverse() : prices;
        return ordered.Select(price => new PublishedLevel(price, 1 + _random.Next(2), 1)).ToArray();
    }

    private PublishedLadder Ladder(int depth, params long[] prices)
    {
        var ladder = new PublishedLadder(BookSide.Bid, depth);
        Steps(ladder, 0, prices);
        return ladder;
    }

    private List<(BookAction Action, int Level, long Price)> Steps(PublishedLadder ladder, double rare, params long[] prices)
    {
        PublishedLevel[] target = prices.Select(price => new PublishedLevel(price, 5, 1)).ToArray();
        var steps = new List<(BookAction, int, long)>();
        while (ladder.TryStep(target, _random, rare, out LevelChange change)) steps.Add((change.Action, change.Level, change.Value.PriceTicks));
        return steps;
    }
}
