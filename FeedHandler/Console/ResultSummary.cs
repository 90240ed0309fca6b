using FeedHandler.Actors;
using FeedHandler.Codecs;
using FeedHandler.Export;
using Spectre.Console;

namespace FeedHandler.Cli;

/// <summary>What a run did, for people.</summary>
internal static class ResultSummary
{
    private const int MaxGapsShown = 10;
    private const int MaxDifferencesShown = 5;
    private const int MaxInstrumentsShown = 25;

    public static void Print(FeedResults results, Terminal terminal)
    {
        var totals = ResultTotals.Of(results);
        Row("packets", $"{totals.Packets:N0} ({totals.PacketsUsed:N0} used, {totals.Duplicates:N0} duplicates, {totals.Late:N0} late)");
        Row("messages", $"{totals.Messages:N0}");
        Row("updates", $"{results.Updates:N0}");
        Row("gaps", totals.Gaps == 0 ? "0" : $"{totals.Gaps:N0} ({totals.Lost} lost on every line)");
        foreach (var gap in results.OrderedGaps().Take(MaxGapsShown))
        {
            Row("", $"{results.Channels[gap.Channel].Name} {results.Channels[gap.Channel].SequenceUnit} {gap.From} to {gap.Last}, {gap.Reason}");
        }

        if (totals.Gaps > MaxGapsShown) Row("", $"and {totals.Gaps - MaxGapsShown:N0} more (see --report)");
        Row("recoveries", $"{totals.Recoveries:N0}");
        if (totals.Silences != 0) Row("silences", $"{totals.Silences:N0} ({totals.SilentSeconds:N1} s without a packet on any line of a channel)");
        foreach (var channel in results.Channels)
        {
            if (channel.Requests is { } requests && requests.Requested + requests.GivenUp > 0) Row("requests", Requests(channel, requests));
            if (channel.Images is { } images) Row("images", $"{channel.Name} {images.Taken:N0} taken over{(images.Problem is { } problem ? $"; the last could not be had: {problem}" : "")}");
        }

        if (results.Audit is { } audit) PrintAudit(audit);
        Row("malformed", Counts(totals.Malformed));
        Row("unknown", $"{totals.Unknown:N0}");
        Row("dropped", Counts(results.DroppedFrames));
        if (totals.Packets == 0)
            terminal.Error.WriteLine(results.DroppedFrames.ContainsKey("other_address") ? "note: no packet was sent to an address that the feed file names" : "note: nothing was received");
        if (totals.Anomalies.Count != 0) Row("anomalies", Counts(totals.Anomalies));
        Row("instruments", $"{results.Instruments.Count:N0} ({Counts(totals.States)})");
        Row("throughput", $"{totals.PerSecond(totals.Messages):N0} messages/s, {totals.PerSecond(totals.Packets):N0} packets/s, {results.ElapsedSeconds:0.000} s");
        Row("books digest", BooksDigest.Compute(results));

        void PrintAudit(ShardAudit audit)
        {
            Row("audit", $"{audit.Differences:N0} differences in {audit.LevelImages:N0} level images, {audit.OrderImages:N0} order images, {audit.DerivedLevels:N0} comparisons of levels with orders ({audit.NotComparable:N0} images of another moment)");
            foreach (var report in audit.Reports.Take(MaxDifferencesShown))
            {
                Row("", $"{results.Channels[report.Channel].Name} {report.Instrument} {report.Symbol} at packet {report.PacketSequence}, {report.Check}");
                Row("", $"  book:      {report.Book}");
                Row("", $"  reference: {report.Reference}");
            }
        }

        void Row(string what, string value) => terminal.Out.WriteLine($"{what,-14}{value}");
    }

    /// <summary>Best bid and ask of each instrument that has one.</summary>
    public static void PrintTopOfBook(FeedResults results, Terminal terminal)
    {
        var table = new Table { Border = TableBorder.Simple };
        foreach (var column in (string[])["instrument", "symbol", "state"]) table.AddColumn(column);
        foreach (var column in (string[])["bid qty", "bid", "ask", "ask qty"]) table.AddColumn(new TableColumn(column).RightAligned());
        var symbols = results.OrderedInstruments().ToDictionary(row => (row.Channel, row.Instrument));
        var tops = results.OrderedLevels().Where(row => row.Book == BookKind.Outright && row.Level == 1)
            .GroupBy(row => (row.Channel, row.Instrument)).ToList();
        foreach (var top in tops.Take(MaxInstrumentsShown))
        {
            var exponent = results.Channels[top.Key.Channel].PriceExponent;
            var bid = Side(top, BookSide.Bid, exponent);
            var ask = Side(top, BookSide.Ask, exponent);
            string[] cells =
            [
                $"{top.Key.Instrument}", symbols.GetValueOrDefault(top.Key).Symbol ?? "", top.First().State.ToString(),
                bid.Quantity, bid.Price, ask.Price, ask.Quantity,
            ];
            table.AddRow(cells.Select(cell => new Text(cell)));
        }

        var console = terminal.OutConsole();
        console.Write(table);
        if (tops.Count > MaxInstrumentsShown) console.WriteLine($"and {tops.Count - MaxInstrumentsShown:N0} more instruments (see --books)");
    }

    private static (string Price, string Quantity) Side(IEnumerable<BookLevelResult> levels, BookSide side, int exponent)
    {
        foreach (var level in levels)
        {
            if (level.Side == side) return (PlainDecimal.Format(level.Price, exponent), $"{level.Quantity:N0}");
        }

        return ("", "");
    }

    private static string Requests(ChannelResult channel, RequestResult requests) =>
        $"{channel.Name} {requests.Requested:N0} {channel.SequenceUnit} asked for, {requests.Recovered:N0} recovered ({requests.Sent:N0} requests, {requests.Answers:N0} answers), {requests.GivenUp:N0} ranges given up";

    private static string Counts(IReadOnlyDictionary<string, long> counts) => counts.Count == 0
        ? "0"
        : string.Join(", ", counts.OrderBy(pair => pair.Key, StringComparer.Ordinal).Select(pair => $"{pair.Value:N0} {pair.Key}"));
}
