using FeedHandler.Actors;
using FeedHandler.Codecs;

namespace FeedHandler.Export;

/// <summary>Final price-level books, one row a level.</summary>
internal static class BooksCsv
{
    public const string Header = "channel,instrument,symbol,book,state,side,level,price,quantity,orders";

    public static void Write(FeedResults results, TextWriter writer)
    {
        var symbols = results.Instruments.ToDictionary(row => (row.Channel, row.Instrument), row => row.Symbol);
        writer.Write(Header + '\n');
        var csv = new CsvRow(writer);
        foreach (var row in results.OrderedLevels())
        {
            var channel = results.Channels[row.Channel];
            csv.Text(channel.Name).Number(row.Instrument).Text(symbols.GetValueOrDefault((row.Channel, row.Instrument)))
                .Text(row.Book == BookKind.Outright ? "outright" : "implied").Text(row.State.ToString()).Text(Side(row.Side))
                .Number(row.Level).Price(row.Price, channel.PriceExponent).Number(row.Quantity);
            if (row.Orders < 0) csv.Empty();
            else csv.Number(row.Orders);
            csv.End();
        }
    }

    public static string Side(BookSide side) => side == BookSide.Bid ? "bid" : "ask";
}
