using FeedHandler.Actors;

namespace FeedHandler.Export;

/// <summary>Final market-by-order books: every resting order in queue order.</summary>
internal static class OrdersCsv
{
    public const string Header = "channel,instrument,state,side,position,order_id,price,quantity,priority";

    public static void Write(FeedResults results, TextWriter writer)
    {
        writer.Write(Header + '\n');
        var csv = new CsvRow(writer);
        foreach (var row in results.OrderedOrders())
        {
            var channel = results.Channels[row.Channel];
            csv.Text(channel.Name).Number(row.Instrument).Text(row.State.ToString()).Text(BooksCsv.Side(row.Side))
                .Number(row.Position).Number(row.OrderId).Price(row.Price, channel.PriceExponent)
                .Number(row.Quantity).Number(row.Priority).End();
        }
    }
}
