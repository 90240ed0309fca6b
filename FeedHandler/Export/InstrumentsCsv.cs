using FeedHandler.Actors;

namespace FeedHandler.Export;

/// <summary>Instruments with what happened to each.</summary>
internal static class InstrumentsCsv
{
    public const string Header = "channel,instrument,symbol,state,last_sequence,live_orders,trades,trade_volume,gaps,recoveries";

    public static void Write(FeedResults results, TextWriter writer)
    {
        writer.Write(Header + '\n');
        var csv = new CsvRow(writer);
        foreach (var row in results.OrderedInstruments())
        {
            csv.Text(results.Channels[row.Channel].Name).Number(row.Instrument).Text(row.Symbol).Text(row.State.ToString())
                .Number(row.LastSequence).Number(row.LiveOrders).Number(row.Trades).Number(row.TradeVolume)
                .Number(row.Gaps).Number(row.Recoveries).End();
        }
    }
}
