using FeedHandler.Codecs;

namespace FeedHandler.Actors.Tests.Books;

public sealed class MbpBookTests
{
    private readonly MbpBook _book = new(depth: 3);

    [Fact]
    public void New_moves_worse_levels_down_and_drops_the_one_past_the_depth()
    {
        Bids(100, 99, 98);
        Assert.Equal(BookResult.Ok, Apply(BookAction.New, 2, 995));
        Assert.Equal([100, 995, 99], Prices());
    }

    [Fact]
    public void New_may_append_at_the_first_free_position()
    {
        Bids(100, 99);
        Assert.Equal(BookResult.Ok, Apply(BookAction.New, 3, 98));
        Assert.Equal([100, 99, 98], Prices());
    }

    [Fact]
    public void Change_replaces_quantity_and_orders_in_place()
    {
        Bids(100, 99);
        Assert.Equal(BookResult.Ok, _book.Apply(BookAction.Change, BookSide.Bid, 2, new PriceLevel { Price = 99, Quantity = 77, Orders = 3 }, strict: true));
        Assert.Equal((99, 77, 3), (_book.Levels(BookSide.Bid)[1].Price, _book.Levels(BookSide.Bid)[1].Quantity, _book.Levels(BookSide.Bid)[1].Orders));
    }

    [Fact]
    public void Delete_moves_worse_levels_up()
    {
        Bids(100, 99, 98);
        Assert.Equal(BookResult.Ok, Apply(BookAction.Delete, 1, 100));
        Assert.Equal([99, 98], Prices());
    }

    [Fact]
    public void DeleteThru_empties_its_side_only()
    {
        Bids(100, 99, 98);
        Assert.Equal(BookResult.Ok, _book.Apply(BookAction.New, BookSide.Ask, 1, new PriceLevel { Price = 101 }, strict: true));
        Assert.Equal(BookResult.Ok, Apply(BookAction.DeleteThru, 1, 0));
        Assert.Empty(Prices());
        Assert.Equal(1, _book.Levels(BookSide.Ask).Length);
    }

    [Theory]
    [InlineData(1, new long[] { 99, 98 })]
    [InlineData(2, new long[] { 98 })]
    [InlineData(3, new long[0])]
    public void DeleteFrom_removes_the_best_levels_up_to_the_given_one(int level, long[] left)
    {
        Bids(100, 99, 98);
        Assert.Equal(BookResult.Ok, Apply(BookAction.DeleteFrom, level, 0));
        Assert.Equal(left, Prices());
    }

    [Fact]
    public void Overlay_replaces_the_price_too_and_may_append()
    {
        Bids(100, 99);
        Assert.Equal(BookResult.Ok, Apply(BookAction.Overlay, 1, 105));
        Assert.Equal(BookResult.Ok, Apply(BookAction.Overlay, 3, 90));
        Assert.Equal([105, 99, 90], Prices());
    }

    [Theory]
    [InlineData(BookAction.New, 0)]
    [InlineData(BookAction.New, 3)]
    [InlineData(BookAction.New, 4)]
    [InlineData(BookAction.New, 255)]
    [InlineData(BookAction.Change, 0)]
    [InlineData(BookAction.Change, 2)]
    [InlineData(BookAction.Delete, 0)]
    [InlineData(BookAction.Delete, 2)]
    [InlineData(BookAction.DeleteFrom, 0)]
    [InlineData(BookAction.DeleteFrom, 2)]
    [InlineData(BookAction.Overlay, 0)]
    [InlineData(BookAction.Overlay, 3)]
    [InlineData(BookAction.Overlay, 4)]
    [InlineData((BookAction)6, 1)]
    public void A_position_that_cannot_be_contradicts_a_strict_book_and_changes_nothing(BookAction action, int level)
    {
        Bids(100);
        Assert.Equal(BookResult.Contradiction, Apply(action, level, 50));
        Assert.Equal([100], Prices());
        Assert.Null(_book.CheckInvariants());
    }

    [Fact]
    public void A_full_strict_book_takes_nothing_past_its_depth()
    {
        Bids(100, 99, 98);
        Assert.Equal(BookResult.Contradiction, Apply(BookAction.New, 4, 97));
        Assert.Equal(BookResult.Contradiction, Apply(BookAction.Overlay, 4, 97));
        Assert.Equal([100, 99, 98], Prices());
    }

    [Theory]
    [InlineData(BookAction.New)]
    [InlineData(BookAction.Change)]
    [InlineData(BookAction.Overlay)]
    public void No_price_contradicts_a_strict_book(BookAction action)
    {
        Bids(100);
        Assert.Equal(BookResult.Contradiction, Apply(action, 1, MarketUpdate.NullPrice));
        Assert.Equal([100], Prices());
    }

    [Theory]
    [InlineData(BookAction.New)]
    [InlineData(BookAction.Change)]
    [InlineData(BookAction.Overlay)]
    public void A_healing_book_fills_the_positions_before_with_unknown_levels(BookAction action)
    {
        Assert.Equal(BookResult.Ok, Apply(action, 3, 98, strict: false));
        Assert.Equal([MarketUpdate.NullPrice, MarketUpdate.NullPrice, 98], Prices());
        Assert.NotNull(_book.CheckInvariants());
        Assert.False(_book.IsContiguous);
    }

    [Fact]
    public void A_healing_book_ignores_deletions_of_what_it_does_not_know()
    {
        Assert.Equal(BookResult.Ok, Apply(BookAction.Delete, 2, 0, strict: false));
        Assert.Equal(BookResult.Ok, Apply(BookAction.DeleteFrom, 2, 0, strict: false));
        Assert.Empty(Prices());
        Assert.Equal(BookResult.Contradiction, Apply(BookAction.New, 4, 1, strict: false));
        Assert.Equal(BookResult.Contradiction, Apply(BookAction.Delete, 0, 1, strict: false));
    }

    [Fact]
    public void Insertion_above_an_unknown_level_keeps_positions_right()
    {
        Apply(BookAction.New, 2, 99, strict: false);
        Apply(BookAction.New, 1, 101, strict: false);
        Assert.Equal([101, MarketUpdate.NullPrice, 99], Prices());
        Apply(BookAction.Delete, 2, 0, strict: false);
        Assert.Equal([101, 99], Prices());
    }

    [Fact]
    public void Depth_can_change_with_the_levels_kept()
    {
        Bids(100, 99, 98);
        _book.Apply(BookAction.New, BookSide.Ask, 1, new PriceLevel { Price = 101 }, strict: true);
        _book.SetDepth(2);
        Assert.Equal([100, 99], Prices());
        _book.SetDepth(300);
        Assert.Equal(MbpBook.MaxDepth, _book.Depth);
        Assert.Equal([100, 99], Prices());
        Assert.Equal(101, _book.Levels(BookSide.Ask)[0].Price);
        var copy = new MbpBook(1);
        copy.CopyFrom(_book);
        Assert.True(copy.Levels(BookSide.Bid).Length == 2 && copy.Levels(BookSide.Ask)[0].Price == 101);
    }

    [Fact]
    public void Invariants_name_an_unsorted_side()
    {
        Bids(100, 99);
        Apply(BookAction.Change, 2, 100);
        Assert.Equal("Bid level 2 is not worse than level 1", _book.CheckInvariants());
    }

    /// <summary>Any actions, strict: the same as a plain list, contradictions included.</summary>
    [Theory]
    [InlineData(1)]
    [InlineData(2)]
    [InlineData(10)]
    public void Strict_book_equals_a_plain_list_over_random_actions(int depth)
    {
        var random = new Random(depth);
        var book = new MbpBook(depth);
        List<long>[] model = [[], []];
        for (var i = 0; i < 200_000; i++)
        {
            var (action, side, level, price) = ((BookAction)random.Next(7), random.Next(2), random.Next(depth + 3), random.Next(1_000));
            var result = book.Apply(action, (BookSide)side, level, new PriceLevel { Price = price }, strict: true);
            Assert.Equal(Model(model[side], depth, action, level, price), result == BookResult.Ok);
            var levels = book.Levels((BookSide)side);
            Assert.Equal(model[side].Count, levels.Length);
            for (var k = 0; k < levels.Length; k++) Assert.Equal(model[side][k], levels[k].Price);
        }
    }

    private static bool Model(List<long> side, int depth, BookAction action, int level, long price)
    {
        var exists = level >= 1 && level <= side.Count;
        var next = level == side.Count + 1 && level <= depth;
        switch (action)
        {
            case BookAction.New when exists || next:
                side.Insert(level - 1, price);
                if (side.Count > depth) side.RemoveAt(depth);
                return true;
            case BookAction.Overlay when next:
                side.Add(price);
                return true;
            case BookAction.Change or BookAction.Overlay when exists:
                side[level - 1] = price;
                return true;
            case BookAction.Delete when exists:
                side.RemoveAt(level - 1);
                return true;
            case BookAction.DeleteThru:
                side.Clear();
                return true;
            case BookAction.DeleteFrom when exists:
                side.RemoveRange(0, level);
                return true;
            default:
                return false;
        }
    }

    private void Bids(params long[] prices)
    {
        for (var i = 0; i < prices.Length; i++) Assert.Equal(BookResult.Ok, Apply(BookAction.New, i + 1, prices[i]));
    }

    private BookResult Apply(BookAction action, int level, long price, bool strict = true) =>
        _book.Apply(action, BookSide.Bid, level, new PriceLevel { Price = price, Quantity = 1, Orders = 1 }, strict);

    private long[] Prices() => [.. _book.Levels(BookSide.Bid).ToArray().Select(level => level.Price)];
}
