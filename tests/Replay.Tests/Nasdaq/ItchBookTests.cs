using System.Buffers.Binary;
using FeedHandler.Actors;
using FeedHandler.Codecs;
using FeedHandler.Codecs.Nasdaq.Itch5;
using FeedHandler.Codecs.Nasdaq.MoldUdp64;
using FeedHandler.Replay.Bench;
using FeedHandler.Replay.Synthetic.Itch;

namespace FeedHandler.Replay.Tests.Nasdaq;

public class ItchBookTests
{
    private const int Messages = 400_000;

    /// <summary>The whole book is compared every so often; the touched levels at every message.</summary>
    private const int FullComparisonEvery = 20_000;

    [Theory]
    [InlineData(1)]
    [InlineData(2)]
    [InlineData(3)]
    public void Books_equal_the_naive_reference_at_every_message(ulong seed)
    {
        var market = new ItchMarket(new ItchOptions { Seed = seed, Messages = Messages, Symbols = 40, Live = 12_000 });
        var options = new ShardOptions { Channels = [new ShardChannelOptions("itch", Itch5.PriceExponent, false, false, NumbersMessages: true)] };
        var shard = new BookShard<NullListener>(options, default);
        var naive = new NaiveItchBook();
        var decoder = new Itch5Decoder(raw: false);
        var sink = new ArraySink { Updates = new MarketUpdate[4] };
        var packet = new byte[128];
        while (market.Sequence < Messages)
        {
            var message = market.Next();
            naive.Apply(message);
            MoldPacket.WriteHeader(packet, "SESSION001"u8, (ulong)market.Sequence, 1);
            BinaryPrimitives.WriteUInt16BigEndian(packet.AsSpan(MoldPacket.HeaderBytes), (ushort)message.Length);
            message.CopyTo(packet.AsSpan(MoldPacket.HeaderBytes + 2));
            sink.Count = 0;
            Assert.True(decoder.Decode(packet.AsSpan(0, MoldPacket.HeaderBytes + 2 + message.Length), 0, FeedRole.Incremental, ref sink));
            shard.OnUpdates(sink.Updates.AsSpan(0, sink.Count), market.Sequence);
            if (market.Touched is { } symbol) CompareTop(shard.Instruments[symbol.Locate - 1], naive, symbol.Locate);
            if (market.Sequence % FullComparisonEvery == 0 || market.Sequence == Messages) CompareAll(shard, naive);
        }

        Assert.Equal(0, shard.Counters.Contradictions);
        Assert.Equal(market.Live.Length, shard.RestingOrders);
        foreach (var symbol in market.Symbols)
        {
            var instrument = shard.Instruments[symbol.Locate - 1];
            Assert.Equal((symbol.Trades, symbol.TradeVolume, (uint)symbol.LastSequence), (instrument.Trades, instrument.TradeVolume, instrument.LastSequence));
        }
    }

    /// <summary>As the ring gives them: many at once, so that books are looked up ahead of their updates.</summary>
    [Fact]
    public void Books_equal_the_naive_reference_after_every_batch()
    {
        var market = new ItchMarket(new ItchOptions { Seed = 4, Messages = Messages, Symbols = 40, Live = 12_000 });
        var options = new ShardOptions { Channels = [new ShardChannelOptions("itch", Itch5.PriceExponent, false, false, NumbersMessages: true)] };
        var shard = new BookShard<NullListener>(options, default);
        var naive = new NaiveItchBook();
        var decoder = new Itch5Decoder(raw: false);
        var sink = new ArraySink { Updates = new MarketUpdate[256] };
        var packet = new byte[128];
        var random = new Random(5);
        while (market.Sequence < Messages)
        {
            sink.Count = 0;
            for (var i = random.Next(1, 120); i > 0 && market.Sequence < Messages; i--)
            {
                var message = market.Next();
                naive.Apply(message);
                MoldPacket.WriteHeader(packet, "SESSION001"u8, (ulong)market.Sequence, 1);
                BinaryPrimitives.WriteUInt16BigEndian(packet.AsSpan(MoldPacket.HeaderBytes), (ushort)message.Length);
                message.CopyTo(packet.AsSpan(MoldPacket.HeaderBytes + 2));
                Assert.True(decoder.Decode(packet.AsSpan(0, MoldPacket.HeaderBytes + 2 + message.Length), 0, FeedRole.Incremental, ref sink));
            }

            shard.OnUpdates(sink.Updates.AsSpan(0, sink.Count), market.Sequence);
            if (random.Next(100) == 0) CompareAll(shard, naive);
        }

        CompareAll(shard, naive);
        Assert.Equal(0, shard.Counters.Contradictions);
        Assert.Equal(market.Live.Length, shard.RestingOrders);
    }

    private static void CompareTop(Instrument instrument, NaiveItchBook naive, ushort locate)
    {
        if (instrument.Orders is not { } book) return;
        foreach (var side in (ReadOnlySpan<BookSide>)[BookSide.Bid, BookSide.Ask])
        {
            var levels = naive.Side(locate, Wire(side));
            if (levels is null || levels.Count == 0)
            {
                if (book.LevelCount(side) != 0) Assert.Fail("levels that the reference does not have");
                continue;
            }

            // Enumerating from the best costs little for asks, the maximum of a sorted dictionary a walk for bids.
            if (book.LevelCount(side) != levels.Count) Assert.Fail($"{side}: {book.LevelCount(side)} levels instead of {levels.Count}");
            if (side == BookSide.Ask) Compare(book, side, 0, levels.First());
        }
    }

    private static void CompareAll(BookShard<NullListener> shard, NaiveItchBook naive)
    {
        foreach (var instrument in shard.Instruments)
        {
            if (instrument.Orders is not { } book) continue;
            Assert.Null(book.CheckInvariants());
            Assert.Equal(BookState.Live, instrument.State);
            foreach (var side in (ReadOnlySpan<BookSide>)[BookSide.Bid, BookSide.Ask])
            {
                var levels = (naive.Side((ushort)instrument.Id, Wire(side)) ?? []).ToList();
                if (side == BookSide.Bid) levels.Reverse();
                Assert.Equal(levels.Count, book.LevelCount(side));
                for (var i = 0; i < levels.Count; i++) Compare(book, side, i, levels[i]);
            }
        }
    }

    private static void Compare(MboBook book, BookSide side, int position, KeyValuePair<uint, NaiveItchBook.Level> expected)
    {
        var level = book.LevelAt(side, position);
        if (level.Price != expected.Key || level.Quantity != expected.Value.Shares || level.Orders != expected.Value.Queue.Count)
            Assert.Fail($"{side} {position}: {level.Price} {level.Quantity} {level.Orders} instead of {expected.Key} {expected.Value.Shares} {expected.Value.Queue.Count}");
        var node = expected.Value.Queue.First;
        foreach (ref readonly var order in book.OrdersAt(side, position))
        {
            if (order.Id != node!.Value.Id || order.Quantity != node.Value.Shares) Assert.Fail($"order {order.Id} instead of {node.Value.Id}");
            node = node.Next;
        }
    }

    private static byte Wire(BookSide side) => (byte)(side == BookSide.Bid ? 'B' : 'S');

    private struct ArraySink : IUpdateSink
    {
        public MarketUpdate[] Updates;
        public int Count;

        public ref MarketUpdate Claim()
        {
            ref var update = ref Updates[Count++];
            update = default;
            return ref update;
        }
    }
}
