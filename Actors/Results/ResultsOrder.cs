namespace FeedHandler.Actors;

/// <summary>The one order of result rows: by channel name, instrument, book, side (bid first) and level or position.</summary>
public static class ResultsOrder
{
    /// <summary>Levels in order.</summary>
    public static IEnumerable<BookLevelResult> OrderedLevels(this FeedResults results) => results.Levels
        .OrderBy(row => results.Channels[row.Channel].Name, StringComparer.Ordinal)
        .ThenBy(row => row.Instrument).ThenBy(row => row.Book).ThenBy(row => row.Side).ThenBy(row => row.Level);

    /// <summary>Resting orders in order.</summary>
    public static IEnumerable<RestingOrderResult> OrderedOrders(this FeedResults results) => results.Orders
        .OrderBy(row => results.Channels[row.Channel].Name, StringComparer.Ordinal)
        .ThenBy(row => row.Instrument).ThenBy(row => row.Side).ThenBy(row => row.Position);

    /// <summary>Instruments in order.</summary>
    public static IEnumerable<InstrumentResult> OrderedInstruments(this FeedResults results) => results.Instruments
        .OrderBy(row => results.Channels[row.Channel].Name, StringComparer.Ordinal).ThenBy(row => row.Instrument);

    /// <summary>Gaps in order of channel and range.</summary>
    public static IEnumerable<GapResult> OrderedGaps(this FeedResults results) => results.Gaps
        .OrderBy(row => results.Channels[row.Channel].Name, StringComparer.Ordinal).ThenBy(row => row.From);
}
