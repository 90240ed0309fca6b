using FeedHandler.Codecs;

namespace FeedHandler.Replay.Synthetic;

/// <summary>
/// What a day has a few of beside orders and trades: corrections and busts, instruments that come, change and go, the
/// figures of the day, and messages of markets that this exchange does not run but whose receivers must understand them.
/// </summary>
internal sealed class RareEvents
{
    private const int TradesKept = 64;
    private const int TopOrdersWorthShowing = 3;

    private readonly SeededRandom _random;
    private readonly double _chance;
    private readonly IReadOnlyList<InstrumentBook> _books;
    private readonly MatchingEngine _engine;
    private readonly List<TradeEntry> _trades = [];

    /// <summary>Some instruments are not listed yet when this is created.</summary>
    public RareEvents(SeededRandom random, double chance, IReadOnlyList<InstrumentBook> books, MatchingEngine engine)
    {
        (_random, _chance, _books, _engine) = (random, chance, books, engine);
        foreach (InstrumentBook book in books.Where(CanGo).Where((_, i) => i % 2 == 1)) book.DefinitionAction = null;
    }

    /// <summary>Makes a rare event where it is time for one.</summary>
    public bool TryAct(MatchEvent match)
    {
        if (!_random.Chance(_chance)) return false;
        InstrumentBook book = _books[_random.Next(_books.Count)];
        if (!book.IsListed) book = _books[0];
        switch (_random.Next(9))
        {
            case 0: return TryCorrect(match, BookAction.Change);
            case 1: return TryCorrect(match, BookAction.Delete);
            case 2: return TryList(match);
            case 3: return TryDelete(match);
            case 4:
                book.DefinitionAction = 'M';
                book.DefinitionChanges++;
                match.Definitions.Add(book);
                break;
            case 5:
                AddFigures(match, book);
                break;
            case 6:
                EventPublication.AddReferences(match, book);
                break;
            case 7:
                match.Workup = book;
                match.HasCollateral = true;
                break;
            default:
                if (book.LiveOrders.Count < TopOrdersWorthShowing) return false;
                match.TopOrders = book;
                break;
        }

        return true;
    }

    /// <summary>Trades that may be corrected later.</summary>
    public void Remember(List<TradeEntry> trades)
    {
        foreach (TradeEntry trade in trades.Where(trade => trade.Action == BookAction.New)) _trades.Add(trade);
        if (_trades.Count > TradesKept) _trades.RemoveRange(0, _trades.Count - TradesKept);
    }

    /// <summary>Nothing else depends on an option, so only options come and go.</summary>
    private static bool CanGo(InstrumentBook book) => book.Instrument.Kind == InstrumentKind.Option;

    private bool TryCorrect(MatchEvent match, BookAction action)
    {
        _trades.RemoveAll(trade => !trade.Book.IsListed || trade.Book.Statistics.Trades == 0);
        if (_trades.Count == 0) return false;
        int index = _random.Next(_trades.Count);
        TradeEntry trade = _trades[index];
        int quantity = action == BookAction.Delete ? 0 : _random.Next(1, trade.Quantity + 1);
        InstrumentBook book = trade.Book;
        book.Statistics = book.Statistics with { Volume = Math.Max(0, book.Statistics.Volume + quantity - trade.Quantity) };
        match.Trades.Add(trade with { Action = action, Quantity = action == BookAction.Delete ? trade.Quantity : quantity, Orders = 0, RptSeq = 0 });
        match.Touch(book);
        if (action == BookAction.Delete) _trades.RemoveAt(index);
        else _trades[index] = trade with { Quantity = quantity };
        return true;
    }

    private bool TryList(MatchEvent match)
    {
        if (_books.FirstOrDefault(book => book.DefinitionAction is null) is not { } book) return false;
        book.DefinitionAction = 'A';
        match.Definitions.Add(book);
        book.Status = TradingStatus.ReadyToTrade;
        match.Statuses.Add(new StatusChange(book.Instrument.Group, book.Instrument.Asset, book, book.Status, 0, 0));
        return true;
    }

    private bool TryDelete(MatchEvent match)
    {
        InstrumentBook? book = _books.LastOrDefault(book => book.IsListed && CanGo(book) && book.Statistics.Trades != 0);
        if (book is null) return false;
        while (book.LiveOrders.Count != 0) _engine.Cancel(match, book.LiveOrders[^1]);
        book.Status = TradingStatus.Closed;
        book.DefinitionAction = 'D';
        match.Definitions.Add(book);
        match.Statuses.Add(new StatusChange(book.Instrument.Group, book.Instrument.Asset, book, book.Status, 4, 0));
        return true;
    }

    private void AddFigures(MatchEvent match, InstrumentBook book)
    {
        match.DailyStatistics.Add(new DailyEntry(book, '6', book.FairTicks, null, ++book.RptSeq));
        match.DailyStatistics.Add(new DailyEntry(book, 'B', null, book.Statistics.Volume, ++book.RptSeq));
        match.DailyStatistics.Add(new DailyEntry(book, 'C', null, _random.Next(100_000), ++book.RptSeq));
    }
}
