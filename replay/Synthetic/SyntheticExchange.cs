using FeedHandler.Codecs;

namespace FeedHandler.Replay.Synthetic;

/// <summary>
/// A small exchange that runs on nothing but its seed: it keeps every order, matches, and says what it publishes.
/// It knows neither files nor sockets nor the clock, and not the wire format either.
/// </summary>
/// <remarks>Its books are the truth that receivers are judged by. Owned by one thread.</remarks>
public sealed class SyntheticExchange
{
    /// <summary>Puts every quantity beyond 32 bits: one million dollars in cents.</summary>
    private const long LongUnit = 100_000_000;

    private const int OpeningEventsPerInstrument = 8;
    private const int MinBurstGapNs = 800, MaxBurstGapNs = 20_000;
    private const long MinQuietNs = 1_200_000_000, MaxQuietNs = 3_500_000_000;

    private readonly ExchangeOptions _options;
    private readonly SeededRandom _timing;
    private readonly SeededRandom _choices;
    private readonly OrderFlow _flow;
    private readonly EventPublication _publication;
    private readonly RareEvents? _rare;
    private readonly Queue<StatusChange> _scheduledOpening = new();
    private readonly Queue<InstrumentBook> _resend = new();
    private readonly InstrumentBook[] _books;
    private InstrumentBook? _halted;
    private int _openingEventsLeft;
    private int _haltEventsLeft;

    public SyntheticExchange(ExchangeOptions options)
    {
        _options = options;
        var seed = new SeededRandom(options.Seed);
        Instruments = InstrumentCatalog.Create(options.Instruments, seed.Fork());
        if (options.LongQuantities) Instruments = [.. Instruments.Select(instrument => instrument with { QuantityUnit = LongUnit })];
        _books = Instruments.Select(instrument => new InstrumentBook(instrument)).ToArray();
        _timing = seed.Fork();
        _choices = seed.Fork();
        var engine = new MatchingEngine(firstOrderId: 8_412_000_000_000 + (ulong)seed.Next(1_000_000_000));
        _flow = new OrderFlow(seed.Fork(), engine, _books);
        _publication = new EventPublication(options, seed.Fork(), _books);
        NextEventTimeNs = options.StartTimeNs;
        _rare = options.RareEventChance > 0 ? new RareEvents(seed.Fork(), options.RareEventChance, _books, engine) : null;
        ScheduleOpening();
    }

    public IReadOnlyList<Instrument> Instruments { get; }

    /// <summary>The truth, by <see cref="Instrument.Index"/>.</summary>
    public IReadOnlyList<InstrumentBook> Books => _books;

    /// <summary>When the next call of <see cref="NextEvent"/> happens, in market time.</summary>
    public ulong NextEventTimeNs { get; private set; }

    /// <summary>Whether orders are published one by one.</summary>
    public bool PublishesOrders => !_options.LongQuantities;

    /// <summary>The state is being sent again after a channel reset; the published books are not complete yet.</summary>
    public bool IsResending => _resend.Count > 0;

    /// <summary>Makes the market move by one action.</summary>
    public void NextEvent(MatchEvent match)
    {
        match.Begin(NextEventTimeNs);
        if (_scheduledOpening.TryDequeue(out StatusChange opening)) ChangeStatus(match, opening);
        else if (_resend.TryDequeue(out InstrumentBook? book)) Resend(match, book);
        else if (_openingEventsLeft > 0) Open(match);
        else if (_haltEventsLeft > 0 && --_haltEventsLeft == 0) ChangeStatus(match, InstrumentStatus(_halted!, TradingStatus.ReadyToTrade, 0));
        else if (_choices.Chance(_options.ChannelResetChance)) Reset(match);
        else if (_options.InstrumentResetChance > 0 && _choices.Chance(_options.InstrumentResetChance)) ResetInstrument(match);
        else if (_choices.Chance(_options.StatusChance)) AnyStatus(match);
        else if (_choices.Chance(_options.QuoteRequestChance)) RequestQuote(match);
        else if (_rare is null || !_rare.TryAct(match)) _flow.Act(match);

        _publication.Complete(match);
        _rare?.Remember(match.Trades);
        NextEventTimeNs += NextGapNs();
    }

    /// <summary>A new week: no orders, no statistics, and numbers from 1; then it opens again.</summary>
    /// <param name="pauseNs">Market time that passes before its first event.</param>
    public void StartWeek(ulong pauseNs = 0)
    {
        NextEventTimeNs += pauseNs;
        foreach (InstrumentBook book in _books)
        {
            book.ClearOrders();
            book.ClearPublished();
            book.Statistics = default;
            book.Status = TradingStatus.PreOpen;
            book.ImpliedMatching = true;
        }

        _resend.Clear();
        _halted = null;
        _haltEventsLeft = 0;
        ScheduleOpening();
    }

    /// <summary>Throws when what is published is not what follows from the orders. For tests and simulation.</summary>
    public void CheckInvariants()
    {
        Span<PublishedLevel> levels = stackalloc PublishedLevel[16];
        foreach (InstrumentBook book in _books)
        {
            foreach (BookSide side in (ReadOnlySpan<BookSide>)[BookSide.Bid, BookSide.Ask])
            {
                PublishedLadder ladder = book.Levels(side);
                int count = book.Half(side).CopyLevels(levels[..ladder.Depth]);
                if (!IsResending && !ladder.Levels.SequenceEqual(levels[..count])) throw new InvalidOperationException($"published {side} levels of {book.Instrument.Symbol} differ from its orders");
            }

            if (!book.Bids.IsEmpty && !book.Asks.IsEmpty && book.Bids.Best.PriceTicks >= book.Asks.Best.PriceTicks) throw new InvalidOperationException($"{book.Instrument.Symbol} is crossed");
            if (book.Bids.OrderCount + book.Asks.OrderCount != book.LiveOrders.Count) throw new InvalidOperationException($"{book.Instrument.Symbol} has lost count of its orders");
        }
    }

    private void ScheduleOpening()
    {
        _openingEventsLeft = Instruments.Count * OpeningEventsPerInstrument;
        _scheduledOpening.Clear();
        foreach ((string group, string asset) in Groups())
        {
            _scheduledOpening.Enqueue(new StatusChange(group, asset, null, TradingStatus.PreOpen, 0, 0));
        }
    }

    private void Open(MatchEvent match)
    {
        _flow.Act(match);
        if (--_openingEventsLeft > 0) return;
        foreach ((string group, string asset) in Groups())
        {
            _scheduledOpening.Enqueue(new StatusChange(group, asset, null, TradingStatus.ReadyToTrade, 0, 0));
        }
    }

    private void AnyStatus(MatchEvent match)
    {
        InstrumentBook book = AnyBook();
        if (_haltEventsLeft == 0 && _choices.Chance(0.6))
        {
            _halted = book;
            _haltEventsLeft = _choices.Next(20, 80);
            ChangeStatus(match, InstrumentStatus(book, TradingStatus.Halted, haltReason: 1));
            return;
        }

        byte tradingEvent = book.ImpliedMatching ? (byte)6 : (byte)5;
        ChangeStatus(match, new StatusChange(book.Instrument.Group, book.Instrument.Asset, null, TradingStatus.NoChange, 0, tradingEvent));
    }

    private static StatusChange InstrumentStatus(InstrumentBook book, TradingStatus status, byte haltReason) =>
        new(book.Instrument.Group, book.Instrument.Asset, book, status, haltReason, 0);

    private void ChangeStatus(MatchEvent match, StatusChange change)
    {
        match.Statuses.Add(change);
        foreach (InstrumentBook book in _books)
        {
            if (!book.IsListed || (change.Book is null ? book.Instrument.Group != change.Group : book != change.Book)) continue;
            if (change.Status != TradingStatus.NoChange) book.Status = change.Status;
            if (change.TradingEvent != 0) book.ImpliedMatching = change.TradingEvent == 5;
            if (change.Status == TradingStatus.PreOpen) EventPublication.AddReferences(match, book);
            match.Touch(book);
        }
    }

    private InstrumentBook AnyBook()
    {
        InstrumentBook book = _books[_choices.Next(_books.Length)];
        return book.IsListed ? book : _books[0];
    }

    private void RequestQuote(MatchEvent match)
    {
        match.QuoteRequest = AnyBook();
        match.QuoteQuantity = _choices.Next(1, 100);
    }

    private void Reset(MatchEvent match)
    {
        match.IsChannelReset = true;
        foreach (InstrumentBook book in _books)
        {
            book.ClearPublished();
            if (book.DefinitionAction is not null) _resend.Enqueue(book);
        }
    }

    private void ResetInstrument(MatchEvent match)
    {
        InstrumentBook book = AnyBook();
        match.ResetBook = book;
        match.ResetRptSeq = ++book.RptSeq;
        book.ClearLadders();
        Resend(match, book);
    }

    private static void Resend(MatchEvent match, InstrumentBook book)
    {
        match.IsRecovery = true;
        match.Touch(book);
        foreach (OrderQueue queue in book.Bids.Queues.Concat(book.Asks.Queues))
        {
            foreach (RestingOrder order in queue.Orders) match.Changed(order, BookAction.New);
        }
    }

    private ulong NextGapNs()
    {
        if (IsResending || _timing.Chance(_options.BurstChance)) return (ulong)_timing.Next(MinBurstGapNs, MaxBurstGapNs);
        if (_timing.Chance(_options.QuietChance)) return (ulong)(MinQuietNs + (long)(_timing.NextDouble() * (MaxQuietNs - MinQuietNs)));

        // The product of two draws has many short and few long pauses, without a logarithm.
        return (ulong)(4.0 * _options.MeanPauseNs * _timing.NextDouble() * _timing.NextDouble()) + MinBurstGapNs;
    }

    private IEnumerable<(string Group, string Asset)> Groups() => Instruments.Select(i => (i.Group, i.Asset)).Distinct();
}
