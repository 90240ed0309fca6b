using FeedHandler.Codecs;
using static FeedHandler.Actors.Tests.Shards.ShardDriver;

namespace FeedHandler.Actors.Tests.Shards;

/// <summary>A venue in miniature: instruments with lists of levels and of orders, changed at random, remembered packet by packet.</summary>
internal sealed class VenueModel
{
    public const int Depth = 4;

    private readonly Random _random;
    private readonly VenueBook[] _books;
    private ulong _nextOrder;

    public VenueModel(Random random, int instruments)
    {
        _random = random;
        _books = [.. Enumerable.Range(0, instruments).Select(_ => new VenueBook())];
        History.Add(0, Copy());
    }

    public int Instruments => _books.Length;

    /// <summary>Last packet that the venue sent.</summary>
    public uint Sequence { get; set; }

    /// <summary>Every book as it was after each packet.</summary>
    public Dictionary<uint, VenueBook[]> History { get; } = [];

    public bool HasReset { get; private set; }

    /// <summary>The next packet.</summary>
    public MarketUpdate[] NextPacket(double resetChance)
    {
        var updates = new List<MarketUpdate>();
        Sequence++;
        HasReset = _random.NextDouble() < resetChance;
        if (HasReset)
        {
            updates.Add(ChannelReset);
            for (var i = 0; i < _books.Length; i++) _books[i] = new VenueBook();
        }

        for (var n = _random.Next(6); n >= 0; n--)
        {
            // The first instruments are busy, the last ones almost silent.
            var instrument = _random.Next(_random.Next(1, _books.Length + 1));
            Change((uint)instrument + 1, _books[instrument], updates);
        }

        History[Sequence] = Copy();
        return [.. updates];
    }

    private void Change(uint id, VenueBook book, List<MarketUpdate> updates)
    {
        var side = (BookSide)_random.Next(2);
        var levels = book.Levels[(int)side];
        var choice = _random.Next(100);
        if (choice < 2)
        {
            updates.Add(InstrumentReset(id, ++book.Sequence));
            foreach (var list in book.Levels) list.Clear();
            book.Orders.Clear();
        }
        else if (choice < 12)
        {
            updates.Add(Trade(id, ++book.Sequence, 1));
        }
        else if (choice < 60)
        {
            var action = (BookAction)_random.Next(6);
            var price = _random.Next(1, 1_000_000);
            var level = action == BookAction.New ? _random.Next(1, Math.Min(levels.Count + 1, Depth) + 1) : _random.Next(1, levels.Count + 1);
            if (action != BookAction.New && levels.Count == 0) return;
            updates.Add(Level(id, ++book.Sequence, action, level, price, side));
            switch (action)
            {
                case BookAction.New:
                    levels.Insert(level - 1, price);
                    if (levels.Count > Depth) levels.RemoveAt(Depth);
                    break;
                case BookAction.Delete: levels.RemoveAt(level - 1); break;
                case BookAction.DeleteThru: levels.Clear(); break;
                case BookAction.DeleteFrom: levels.RemoveRange(0, level); break;
                default: levels[level - 1] = price; break;
            }
        }
        else if (choice < 80 || book.Orders.Count == 0)
        {
            updates.Add(Order(id, BookAction.New, ++_nextOrder, _random.Next(20)));
            book.Orders[_nextOrder] = updates[^1].Price;
        }
        else
        {
            var order = book.Orders.Keys.ElementAt(_random.Next(book.Orders.Count));
            var isDelete = _random.Next(2) == 0;
            updates.Add(Order(id, isDelete ? BookAction.Delete : BookAction.Change, order, _random.Next(20)));
            if (isDelete) book.Orders.Remove(order);
            else book.Orders[order] = updates[^1].Price;
        }
    }

    private VenueBook[] Copy() => [.. _books.Select(book => book.Copy())];
}

internal sealed class VenueBook
{
    public uint Sequence { get; set; }

    public List<long>[] Levels { get; init; } = [[], []];

    public SortedDictionary<ulong, long> Orders { get; init; } = [];

    public VenueBook Copy() => new() { Sequence = Sequence, Levels = [[.. Levels[0]], [.. Levels[1]]], Orders = new(Orders) };

    public string LevelText() => $"{string.Join(' ', Levels[0])} / {string.Join(' ', Levels[1])}";

    public string OrderText() => string.Join(' ', Orders.OrderByDescending(o => o.Value).ThenBy(o => o.Key).Select(o => $"{o.Key}@{o.Value}"));

    public static string LevelText(Instrument i) => $"{Prices(i.Outright, BookSide.Bid)} / {Prices(i.Outright, BookSide.Ask)}";

    public static string OrderText(Instrument i)
    {
        var orders = new List<string>();
        for (var level = 0; level < i.Orders!.LevelCount(BookSide.Bid); level++)
        {
            foreach (ref readonly var order in i.Orders.OrdersAt(BookSide.Bid, level)) orders.Add($"{order.Id}@{i.Orders.LevelAt(BookSide.Bid, level).Price}");
        }

        return string.Join(' ', orders);
    }
}
