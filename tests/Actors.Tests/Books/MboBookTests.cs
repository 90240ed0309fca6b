using FeedHandler.Codecs;

namespace FeedHandler.Actors.Tests.Books;

public sealed class MboBookTests
{
    private readonly OrderStore _store = new(maxOrders: 1_000_000);
    private readonly MboBook _book;

    public MboBookTests() => _book = new MboBook(_store, 1);

    [Fact]
    public void Orders_queue_by_priority_at_their_price()
    {
        Apply(BookAction.New, BookSide.Bid, 100, 5, id: 1, priority: 10);
        Apply(BookAction.New, BookSide.Bid, 100, 6, id: 2, priority: 30);
        Apply(BookAction.New, BookSide.Bid, 100, 7, id: 3, priority: 20);
        Apply(BookAction.New, BookSide.Bid, 101, 8, id: 4, priority: 40);
        Apply(BookAction.New, BookSide.Bid, 100, 9, id: 5, priority: 1);
        Assert.Equal([4UL, 5UL, 1UL, 3UL, 2UL], Queue(BookSide.Bid));
        Assert.Equal((100, 27, 4), (_book.LevelAt(BookSide.Bid, 1).Price, _book.LevelAt(BookSide.Bid, 1).Quantity, _book.LevelAt(BookSide.Bid, 1).Orders));
    }

    [Fact]
    public void Equal_priorities_keep_their_order_of_arrival()
    {
        for (ulong id = 1; id <= 4; id++) Apply(BookAction.New, BookSide.Ask, 100, 1, id, priority: 7);
        Assert.Equal([1UL, 2UL, 3UL, 4UL], Queue(BookSide.Ask));
    }

    [Fact]
    public void Change_of_quantity_keeps_the_place_and_change_of_priority_loses_it()
    {
        Apply(BookAction.New, BookSide.Ask, 100, 5, id: 1, priority: 10);
        Apply(BookAction.New, BookSide.Ask, 100, 5, id: 2, priority: 20);
        Apply(BookAction.Change, BookSide.Ask, 100, 3, id: 1, priority: 10);
        Assert.Equal([1UL, 2UL], Queue(BookSide.Ask));
        Assert.Equal(8, _book.LevelAt(BookSide.Ask, 0).Quantity);
        Apply(BookAction.Change, BookSide.Ask, 100, 9, id: 1, priority: 30);
        Assert.Equal([2UL, 1UL], Queue(BookSide.Ask));
        Assert.Equal(14, _book.LevelAt(BookSide.Ask, 0).Quantity);
    }

    [Fact]
    public void Change_may_move_an_order_to_another_price_or_side()
    {
        Apply(BookAction.New, BookSide.Ask, 100, 5, id: 1, priority: 10);
        Apply(BookAction.Change, BookSide.Ask, 101, 5, id: 1, priority: 11);
        Assert.Equal((1, 101L), (_book.LevelCount(BookSide.Ask), _book.LevelAt(BookSide.Ask, 0).Price));
        Apply(BookAction.Change, BookSide.Bid, 99, 5, id: 1, priority: 12);
        Assert.Equal((0, 1, 1), (_book.LevelCount(BookSide.Ask), _book.LevelCount(BookSide.Bid), _book.OrderCount));
    }

    [Fact]
    public void A_strict_book_says_what_contradicts_it()
    {
        Apply(BookAction.New, BookSide.Ask, 100, 5, id: 1, priority: 10);
        Assert.Equal(BookResult.Contradiction, Try(BookAction.New, 1, strict: true));
        Assert.Equal(BookResult.Contradiction, Try(BookAction.Change, 2, strict: true));
        Assert.Equal(BookResult.Contradiction, Try(BookAction.Delete, 2, strict: true));
        Assert.Equal(BookResult.Contradiction, Try(BookAction.DeleteThru, 1, strict: true));
        Assert.Equal(1, _book.OrderCount);
    }

    [Fact]
    public void A_healing_book_takes_what_it_can()
    {
        Apply(BookAction.New, BookSide.Ask, 100, 5, id: 1, priority: 10);
        Assert.Equal(BookResult.Ok, Try(BookAction.New, 1, strict: false));
        Assert.Equal(BookResult.Ok, Try(BookAction.Change, 2, strict: false));
        Assert.Equal(BookResult.Ok, Try(BookAction.Delete, 3, strict: false));
        Assert.Equal(2, _book.OrderCount);
        Assert.Null(_book.CheckInvariants());
    }

    [Fact]
    public void Clear_gives_all_orders_and_levels_back()
    {
        var other = new MboBook(_store, 2);
        for (var round = 0; round < 100; round++)
        {
            for (ulong id = 1; id <= 50; id++)
            {
                Apply(BookAction.New, (BookSide)(id % 2), (long)(id % 7), 1, id, id);
                other.Apply(Update(BookAction.New, BookSide.Bid, 1, 1, id, id), strict: true);
            }

            _book.Clear();
            Assert.Equal((0, 50), (_book.OrderCount, _store.Count));
            other.Clear();
        }

        Assert.Equal(0, _store.Count);
    }

    [Theory]
    [InlineData(1)]
    [InlineData(10)]
    [InlineData(1_000)]
    [InlineData(1_024)]
    [InlineData(1_500)]
    public void The_bound_of_orders_is_exact(int maxOrders)
    {
        var book = new MboBook(new OrderStore(maxOrders), 1);
        for (var i = 1; i <= maxOrders; i++) Assert.Equal(BookResult.Ok, book.Apply(Update(BookAction.New, BookSide.Bid, i, 1, (ulong)i, 1), strict: true));
        Assert.Equal(BookResult.Overflow, book.Apply(Update(BookAction.New, BookSide.Bid, 1, 1, ulong.MaxValue, 1), strict: true));
        Assert.Equal(maxOrders, book.OrderCount);
        Assert.Equal(BookResult.Ok, book.Apply(Update(BookAction.Delete, BookSide.Bid, 1, 1, 1, 1), strict: true));
        Assert.Equal(BookResult.Ok, book.Apply(Update(BookAction.New, BookSide.Bid, 1, 1, ulong.MaxValue, 1), strict: true));
        Assert.Null(book.CheckInvariants());
    }

    /// <summary>Several books on one store against a dictionary: more than a million operations, with ids that collide.</summary>
    [Fact]
    public void Books_equal_a_dictionary_over_random_operations()
    {
        const int Operations = 1_200_000, Books = 3;
        var random = new Random(17);
        var store = new OrderStore(maxOrders: 5_000);
        var books = Enumerable.Range(0, Books).Select(i => new MboBook(store, (uint)i)).ToArray();
        var models = Enumerable.Range(0, Books).Select(_ => new Dictionary<ulong, (BookSide Side, long Price, long Quantity, ulong Priority)>()).ToArray();
        for (var i = 0; i < Operations; i++)
        {
            var (book, model) = (books[i % Books], models[i % Books]);

            // The number of orders swells and shrinks, so that the index grows, fills, and is deleted from.
            var swells = i / 100_000 % 2 == 0;
            var action = (BookAction)(random.Next(10) switch { < 4 => swells ? 0 : 2, < 7 => 1, < 9 => 2, _ => 0 });
            var id = (ulong)random.Next(3_000) << (random.Next(2) * 32);
            var update = Update(action, (BookSide)random.Next(2), random.Next(40), random.Next(1, 100), id, (ulong)random.Next(50));
            var exists = model.ContainsKey(id);
            var expected = (action == BookAction.New) == exists ? BookResult.Contradiction : BookResult.Ok;
            if (expected == BookResult.Ok && action == BookAction.New && store.Count == 5_000) expected = BookResult.Overflow;
            Assert.Equal(expected, book.Apply(update, strict: true));
            if (expected == BookResult.Ok)
            {
                if (action == BookAction.Delete) model.Remove(id);
                else model[id] = (update.Side, update.Price, update.Quantity, update.Priority);
            }

            if (i % 20_011 == 0) Compare(book, model);
        }

        for (var i = 0; i < Books; i++) Compare(books[i], models[i]);
        Assert.Equal(models.Sum(model => model.Count), store.Count);
    }

    private static void Compare(MboBook book, Dictionary<ulong, (BookSide Side, long Price, long Quantity, ulong Priority)> model)
    {
        Assert.Null(book.CheckInvariants());
        Assert.Equal(model.Count, book.OrderCount);
        foreach (var side in (BookSide[])[BookSide.Bid, BookSide.Ask])
        {
            var sign = side == BookSide.Bid ? -1 : 1;
            var expected = model.Where(o => o.Value.Side == side).OrderBy(o => sign * o.Value.Price).ThenBy(o => o.Value.Priority)
                .Select(o => (o.Value.Price, o.Value.Priority)).ToList();
            var actual = new List<(long, ulong)>();
            for (var i = 0; i < book.LevelCount(side); i++)
            {
                foreach (ref readonly var order in book.OrdersAt(side, i))
                {
                    actual.Add((book.LevelAt(side, i).Price, order.Priority));
                    Assert.Equal((side, book.LevelAt(side, i).Price, order.Quantity, order.Priority), model[order.Id]);
                }
            }

            Assert.Equal(expected, actual);
        }
    }

    private static MarketUpdate Update(BookAction action, BookSide side, long price, long quantity, ulong id, ulong priority) =>
        new() { Kind = UpdateKind.Order, Action = action, Side = side, Price = price, Quantity = quantity, OrderId = id, Priority = priority };

    private void Apply(BookAction action, BookSide side, long price, long quantity, ulong id, ulong priority)
    {
        Assert.Equal(BookResult.Ok, _book.Apply(Update(action, side, price, quantity, id, priority), strict: true));
        Assert.Null(_book.CheckInvariants());
    }

    private BookResult Try(BookAction action, ulong id, bool strict) => _book.Apply(Update(action, BookSide.Ask, 100, 1, id, 50), strict);

    private List<ulong> Queue(BookSide side)
    {
        var ids = new List<ulong>();
        for (var i = 0; i < _book.LevelCount(side); i++)
        {
            foreach (ref readonly var order in _book.OrdersAt(side, i)) ids.Add(order.Id);
        }

        return ids;
    }
}
