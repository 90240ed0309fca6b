using FeedHandler.Actors;
using FeedHandler.Codecs;
using FeedHandler.Export;

namespace FeedHandler.Replay.Tests.Export;

public sealed class CsvTests
{
    [Fact]
    public void Books_are_sorted_quoted_and_plain() => Golden(BooksCsv.Write,
        """"
        channel,instrument,symbol,book,state,side,level,price,quantity,orders
        alpha,7,"A,B",outright,Stale,bid,1,100,1,1
        zeta,3,,outright,NaturallyRefreshed,ask,1,-0.25,1,1
        zeta,12,"ES""H6",implied,Live,bid,1,7587.25,5,
        zeta,12,"ES""H6",outright,Live,bid,1,7587.5,3,2
        zeta,12,"ES""H6",outright,Live,bid,2,7587,8,4
        zeta,12,"ES""H6",outright,Live,ask,1,7587.75,2,1

        """");

    [Fact]
    public void Orders_are_in_queue_order() => Golden(OrdersCsv.Write,
        """
        channel,instrument,state,side,position,order_id,price,quantity,priority
        alpha,7,Stale,bid,1,10,100,1,7
        alpha,7,Stale,bid,2,11,100,2,8
        alpha,7,Stale,ask,1,18446744073709551615,100.01,4,9

        """);

    [Fact]
    public void Instruments_are_sorted_by_number() => Golden(InstrumentsCsv.Write,
        """"
        channel,instrument,symbol,state,last_sequence,live_orders,trades,trade_volume,gaps,recoveries
        alpha,7,"A,B",Stale,5,2,0,0,0,0
        zeta,3,,NaturallyRefreshed,1,0,0,0,2,1
        zeta,12,"ES""H6",Live,99,0,3,30,1,1

        """");

    [Theory]
    [InlineData("plain", "plain")]
    [InlineData("", "")]
    [InlineData("a b;c", "a b;c")]
    [InlineData("a,b", "\"a,b\"")]
    [InlineData("a\"b", "\"a\"\"b\"")]
    [InlineData("a\nb", "\"a\nb\"")]
    [InlineData("a\rb", "\"a\rb\"")]
    public void Field_is_quoted_only_when_it_must_be(string field, string expected)
    {
        using var writer = new StringWriter();
        new CsvRow(writer).Text(field).Text(field).End();

        Assert.Equal($"{expected},{expected}\n", writer.ToString());
    }

    [Fact]
    public void Price_that_there_is_not_is_an_empty_field()
    {
        using var writer = new StringWriter();
        new CsvRow(writer).Price(MarketUpdate.NullPrice, -9).Price(0, -9).End();

        Assert.Equal(",0\n", writer.ToString());
    }

    private static void Golden(Action<FeedResults, TextWriter> write, string expected)
    {
        using var writer = new StringWriter();
        write(SampleResults.Create(), writer);
        Assert.Equal(expected, writer.ToString());
    }
}
