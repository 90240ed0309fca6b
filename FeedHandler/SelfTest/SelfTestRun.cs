using System.Net.Sockets;
using FeedHandler.Actors;
using FeedHandler.Codecs;
using FeedHandler.Export;

namespace FeedHandler.SelfTest;

/// <summary>What one step of the self-test found.</summary>
internal sealed record SelfTestStep(string Name, bool Passed, string Detail);

/// <summary>The steps: a synthetic exchange over real multicast sockets, with scripted faults, against its own books.</summary>
internal sealed class SelfTestRun(string folder, string networkInterface, CancellationToken cancellation)
{
    /// <summary>The bundled capture: two sessions of a day in which everything happens.</summary>
    public const string Capture = "selftest.pcap";

    private const string FeedJson = "selftest.feed.json", BooksFile = "selftest.books.csv", OrdersFile = "selftest.orders.csv";
    private const byte ReadyToTrade = 17, PreOpen = 21, Halted = 2;

    /// <summary>How long twenty datagrams may take from one socket of this machine to another.</summary>
    private static readonly TimeSpan Patience = TimeSpan.FromSeconds(5);

    private static readonly TimeSpan EndPatience = TimeSpan.FromSeconds(20);

    // Sequence numbers of the first session, of some 700 packets; each gap is several turns of the snapshot loops before its end.
    private static readonly FaultScript Faults = new() { LostOnA = (120, 150), Swapped = (200, 280), LostOnBoth = (330, 341), SilentAfter = 500 };

    private readonly List<SelfTestStep> _steps = [];

    public async Task<IReadOnlyList<SelfTestStep>> RunAsync()
    {
        var seen = new Observations();
        var books = new MarketMirror();
        var results = await PlayAsync(RecoveryMode.Snapshot, seen, books);
        if (results is null) return _steps;

        Check("definitions", results.Instruments.All(i => i.Symbol.Length > 0), $"{results.Instruments.Count} instruments with their symbols");
        Seen(seen, "definitions added, changed, deleted", UpdateKind.Definition, BookAction.New, BookAction.Change, BookAction.Delete);
        Check("books by price, of 10 and of 3 levels", SameBooks(results, "outright") && seen.Depths.Contains(10) && seen.Depths.Contains(3), $"{Levels(results, BookKind.Outright)} levels equal to the exchange's own");
        Check("implied books", SameBooks(results, "implied"), $"{Levels(results, BookKind.Implied)} levels equal to the exchange's own");
        Check("books by order", SameOrders(results), $"{results.Orders.Count} orders equal to the exchange's own, in their queues");
        Seen(seen, "trades, corrected and busted ones", UpdateKind.Trade, BookAction.New, BookAction.Change, BookAction.Delete);
        var figures = seen.Count(UpdateKind.Statistic) + seen.Count(UpdateKind.Volume) + seen.Count(UpdateKind.Limits);
        Check("statistics, volume, limits", seen.Count(UpdateKind.Statistic) > 0 && seen.Count(UpdateKind.Volume) > 0 && seen.Count(UpdateKind.Limits) > 0, $"{figures} told");
        Check("trading status", new[] { PreOpen, ReadyToTrade, Halted }.All(seen.Statuses.Contains), $"statuses {string.Join(", ", seen.Statuses.Order())}");
        Seen(seen, "reset of one instrument", UpdateKind.InstrumentReset, BookAction.New);
        Seen(seen, "reset of the channel", UpdateKind.ChannelReset, BookAction.New);
        CheckGaps(results);
        Check("loss on both lines is told at once", seen.LostToGap > 0, $"{seen.LostToGap} books no longer Live");
        Check("recovery from snapshots", seen.HealedBySnapshot > 0 && results.Instruments.All(i => i.State == BookState.Live), $"{seen.HealedBySnapshot} books healed, {results.Instruments.Count(i => i.State == BookState.Live)} of {results.Instruments.Count} instruments Live at the end");
        Check("silence", results.Channels[0].Silences > 0 && seen.LostToSilence > 0 && seen.HealedBySequence == seen.LostToSilence, $"{seen.LostToSilence} books Stale while nothing came, {seen.HealedBySequence} Live again when the feed went on without a gap");
        Check("new session", seen.Count(UpdateKind.SessionStart) > 0, $"{seen.Count(UpdateKind.SessionStart)} told");
        Check("subscriber's copy", SameCopies(results, books), $"{books.Books.Count} books from {books.Updates} updates");

        var natural = new Observations();
        if (await PlayAsync(RecoveryMode.Natural, natural, books: null) is not null)
            Check("natural refresh", natural.NaturallyRefreshed > 0, $"{natural.NaturallyRefreshed} books refreshed by updates alone");
        return _steps;
    }

    private async Task<FeedResults?> PlayAsync(RecoveryMode recovery, Observations seen, MarketMirror? books)
    {
        try
        {
            var exchange = new LoopbackExchange(Path.Combine(folder, Capture), Path.Combine(folder, FeedJson));
            var options = new FeedRunOptions { Feed = exchange.Feed, Interface = networkInterface, Recovery = recovery };
            using var run = new FeedEngine().Prepare(options, _ => new ObservingListener(seen));
            var request = new Subscribe(exchange.Feed.Channels[0].Name) { Books = SubscribedBooks.Levels | SubscribedBooks.Orders };
            await using var client = books is null ? null : await MarketDataClient.SubscribeAsync(run, request, cancellation);
            var reading = client is null ? Task.CompletedTask : ReadAsync(client, books!);
            run.Begin();
            var arrived = await Task.Run(() => exchange.Send(networkInterface, FaultScriptOf(recovery), () => run.GetStatus().Packets, () => run.GetStatus().Channels[0].SilentSeconds > 0, Patience, cancellation), cancellation);
            run.Stop();
            var results = await run.Completion.WaitAsync(EndPatience, cancellation);
            await reading.WaitAsync(EndPatience, cancellation);
            var received = run.GetStatus().Packets;
            if (recovery == RecoveryMode.Snapshot || !arrived)
                Check("multicast on " + networkInterface, arrived, arrived ? $"{received} datagrams sent and received" : $"{received} of {exchange.Sent} datagrams arrived within {Patience.TotalSeconds:0} s: is multicast routed there, is a firewall in the way?");
            return arrived ? results : null;
        }
        catch (Exception e) when (e is SocketException or ArgumentException or TimeoutException or Transport.TransportException)
        {
            Check("multicast on " + networkInterface, passed: false, e.Message);
            return null;
        }
    }

    /// <summary>A script counts what it saw: each run needs its own.</summary>
    private static FaultScript FaultScriptOf(RecoveryMode recovery) => new() { LostOnA = Faults.LostOnA, Swapped = Faults.Swapped, LostOnBoth = Faults.LostOnBoth, SilentAfter = recovery == RecoveryMode.Snapshot ? Faults.SilentAfter : 0 };

    private static async Task ReadAsync(MarketDataClient client, MarketMirror books)
    {
        await foreach (var batch in client.ReadAllAsync()) books.Apply(batch);
    }

    private void CheckGaps(FeedResults results)
    {
        var (from, to) = Faults.LostOnBoth;
        bool Touches(GapResult gap, (uint From, uint To) range) => gap.From < range.To && gap.To > range.From;
        var planned = results.Gaps.Where(gap => gap.From == from && gap.To == to).ToList();
        Check("loss on line A alone", !results.Gaps.Any(gap => Touches(gap, Faults.LostOnA)), $"{Faults.LostOnA.To - Faults.LostOnA.From} packets came from line B");
        Check("lines A and B change places", !results.Gaps.Any(gap => Touches(gap, Faults.Swapped)), $"{Faults.Swapped.To - Faults.Swapped.From} packets, no gap");
        var all = string.Join(", ", results.Gaps.Select(gap => $"{gap.From} to {gap.To - 1}"));
        Check("loss on both lines", planned.Count == 1 && results.Gaps.Count == 1, $"gap {all}, lost were {from} to {to - 1}");
    }

    private void Seen(Observations seen, string name, UpdateKind kind, params BookAction[] actions) =>
        Check(name, actions.All(action => seen.Count(kind, action) > 0), string.Join(", ", actions.Select(action => $"{seen.Count(kind, action)} {(actions.Length > 1 ? action.ToString() : "told")}")));

    private void Check(string name, bool passed, string detail) => _steps.Add(new SelfTestStep(name, passed, detail));

    private static int Levels(FeedResults results, BookKind kind) => results.Levels.Count(level => level.Book == kind);

    private bool SameBooks(FeedResults results, string book)
    {
        var text = new StringWriter();
        BooksCsv.Write(results, text);
        return Rows(text.ToString(), book).SequenceEqual(Rows(File.ReadAllText(Path.Combine(folder, BooksFile)), book));
    }

    private static IEnumerable<string> Rows(string csv, string book) => csv.Split('\n').Where(row => row.Split(',').ElementAtOrDefault(3) == book);

    private bool SameOrders(FeedResults results)
    {
        var text = new StringWriter();
        OrdersCsv.Write(results, text);
        return text.ToString() == File.ReadAllText(Path.Combine(folder, OrdersFile));
    }

    private static bool SameCopies(FeedResults results, MarketMirror books)
    {
        var own = results.Levels.Where(level => level.Book == BookKind.Outright).Select(level => (level.Instrument, level.Side, level.Price, level.Quantity)).Order();
        var copies = books.Books.SelectMany(book => Sides.SelectMany(side => book.Outright.Levels(side).ToArray().Select(level => (book.Instrument, Side: side, level.Price, level.Quantity)))).Order();
        var orders = books.Books.Sum(book => (long)(book.Orders?.OrderCount ?? 0));
        return own.SequenceEqual(copies) && orders == results.Orders.Count && books.Books.All(book => book is { LevelState: BookState.Live, OrderState: BookState.Live });
    }

    private static readonly BookSide[] Sides = [BookSide.Bid, BookSide.Ask];
}
