using CsCheck;
using FeedHandler.Actors;
using FeedHandler.Codecs;
using FeedHandler.Export;

namespace FeedHandler.Replay.Tests.Export;

public sealed class BboCsvTests
{
    private static readonly ChannelResult[] Channels = [new() { Name = "x", PriceExponent = -2 }, new() { Name = "y", PriceExponent = 0 }];

    [Fact]
    public void Rows_of_several_shards_come_by_packet_then_channel_then_instrument() => Assert.Equal(
        """
        channel,packet_sequence,instrument,bid_price,bid_quantity,ask_price,ask_quantity
        x,100,3,1.5,10,,
        x,100,9,,,2,20
        y,55,1,150,10,200,20
        x,101,3,,,,

        """,
        Merge(
            [Row(1, 0, 100, 9, MarketUpdate.NullPrice, 200), Row(2, 1, 55, 1, 150, 200), Row(3, 0, 101, 3, MarketUpdate.NullPrice, MarketUpdate.NullPrice)],
            [Row(1, 0, 100, 3, 150, MarketUpdate.NullPrice)],
            []));

    [Fact]
    public void Output_does_not_depend_on_the_number_of_shards()
    {
        // Each instrument changes at most once in a packet, and belongs to one shard.
        var rows = Gen.Select(Gen.Long[1, 50], Gen.UInt[1, 8], Gen.Long[1, 99])
            .Select((position, instrument, price) => Row(position, 0, position, instrument, price, price + 1))
            .List[0, 200].Select(list => list.DistinctBy(row => (row.Position, row.Instrument)).OrderBy(row => row.Position).ToArray());

        Gen.Select(rows, Gen.Int[2, 5]).Sample(
            (all, shards) =>
            {
                var split = Enumerable.Range(0, shards).Select(shard => all.Where(row => row.Instrument % shards == shard).ToArray());
                return Merge([.. split]) == Merge(all);
            },
            iter: 50, threads: 1);
    }

    [Fact]
    public void Run_without_rows_has_only_the_header() => Assert.Equal(BboCsv.Header + "\n", Merge());

    private static string Merge(params BboRow[][] shards)
    {
        using var bbo = new BboCsv();
        for (var shard = 0; shard < shards.Length; shard++)
        {
            var writer = bbo.OpenShard(shard);
            foreach (var row in shards[shard]) writer.Write(row);
        }

        using var text = new StringWriter();
        bbo.WriteTo(text, Channels);
        return text.ToString();
    }

    private static BboRow Row(long position, ushort channel, long packet, uint instrument, long bid, long ask) => new()
    {
        Position = position,
        Channel = channel,
        PacketSequence = packet,
        Instrument = instrument,
        BidPrice = bid,
        BidQuantity = 10,
        AskPrice = ask,
        AskQuantity = 20,
    };
}
