using FeedHandler.Codecs;
using FeedHandler.Replay.Synthetic;

namespace FeedHandler.Replay.Tests.Synthetic;

public sealed class SyntheticExchangeTests
{
    [Theory]
    [InlineData(1UL, 1)]
    [InlineData(2UL, 3)]
    [InlineData(3UL, 20)]
    [InlineData(4UL, 60)]
    public void Published_levels_follow_from_the_orders_after_every_event(ulong seed, int instruments)
    {
        var exchange = new SyntheticExchange(new ExchangeOptions { Seed = seed, Instruments = instruments, ChannelResetChance = 0.001 });
        var match = new MatchEvent();
        for (int i = 0; i < 5_000; i++)
        {
            exchange.NextEvent(match);
            exchange.CheckInvariants();
        }
    }

    [Fact]
    public void Every_entry_has_the_next_number_of_its_instrument()
    {
        var exchange = new SyntheticExchange(new ExchangeOptions { Seed = 5 });
        var match = new MatchEvent();
        var next = exchange.Books.ToDictionary(book => book, _ => 1u);
        for (int i = 0; i < 5_000; i++)
        {
            exchange.NextEvent(match);
            IEnumerable<(InstrumentBook Book, uint RptSeq)> entries =
            [
                .. match.Settlements.Select(e => (e.Book, e.RptSeq)),
                .. match.Limits.Select(e => (e.Book, e.RptSeq)),
                .. match.Trades.Select(e => (e.Book, e.RptSeq)),
                .. match.Volumes.Select(e => (e.Book, e.RptSeq)),
                .. match.Levels.Select(e => (e.Book, e.RptSeq)),
                .. match.Statistics.Select(e => (e.Book, e.RptSeq)),
                .. match.Implied.Select(e => (e.Book, e.RptSeq)),
            ];
            foreach ((InstrumentBook book, uint rptSeq) in entries) Assert.Equal(next[book]++, rptSeq);
        }

        foreach (InstrumentBook book in exchange.Books) Assert.Equal(next[book] - 1, book.RptSeq);
    }

    [Fact]
    public void Trade_names_the_aggressor_first_and_its_quantity_is_the_sum_of_the_others()
    {
        var exchange = new SyntheticExchange(new ExchangeOptions { Seed = 6 });
        var match = new MatchEvent();
        int trades = 0, sweeps = 0;
        for (int i = 0; i < 5_000; i++)
        {
            exchange.NextEvent(match);
            int at = 0;
            foreach (TradeEntry trade in match.Trades)
            {
                List<TradeOrder> orders = match.TradeOrders.GetRange(at, trade.Orders);
                at += trade.Orders;
                Assert.Equal(trade.Quantity, orders[0].Quantity);
                Assert.Equal(trade.Quantity, orders.Skip(1).Sum(o => o.Quantity));
                Assert.All(orders.Skip(1), order => Assert.True(order.OrderId < orders[0].OrderId));
                trades++;
            }

            if (match.Trades.Count > 1) sweeps++;
            Assert.Equal(match.TradeOrders.Count, at);
        }

        Assert.True(trades > 500 && sweeps > 20);
    }

    [Fact]
    public void Halted_instruments_do_not_trade()
    {
        var exchange = new SyntheticExchange(new ExchangeOptions { Seed = 7, StatusChance = 0.02 });
        var match = new MatchEvent();
        int halts = 0;
        for (int i = 0; i < 10_000; i++)
        {
            exchange.NextEvent(match);
            halts += match.Statuses.Count(s => s.Status == TradingStatus.Halted);
            Assert.All(match.Trades, trade => Assert.Equal(TradingStatus.ReadyToTrade, trade.Book.Status));
        }

        Assert.True(halts > 10);
    }

    [Fact]
    public void Implied_prices_follow_from_the_books_of_the_other_instruments()
    {
        var exchange = new SyntheticExchange(new ExchangeOptions { Seed = 8, Instruments = 10, StatusChance = 0 });
        var match = new MatchEvent();
        int seen = 0;
        for (int i = 0; i < 5_000; i++)
        {
            exchange.NextEvent(match);
            foreach (InstrumentBook spread in exchange.Books.Where(b => b.Instrument.Kind == InstrumentKind.Spread && b.IsOpen))
            {
                BookHalf buy = exchange.Books[spread.Instrument.Legs[0].Instrument.Index].Bids;
                BookHalf sell = exchange.Books[spread.Instrument.Legs[1].Instrument.Index].Asks;
                if (buy.IsEmpty || sell.IsEmpty) continue;
                long price = buy.Best.PriceTicks - sell.Best.PriceTicks;
                bool wouldTrade = !spread.Asks.IsEmpty && price >= spread.Asks.Best.PriceTicks;
                if (wouldTrade) continue;
                Assert.Equal(price, spread.ImpliedBidLevels.Levels[0].PriceTicks);
                Assert.Equal(Math.Min(buy.Best.TotalQuantity, sell.Best.TotalQuantity), spread.ImpliedBidLevels.Levels[0].Quantity);
                seen++;
            }
        }

        Assert.True(seen > 1_000);
    }

    [Fact]
    public void Random_numbers_are_those_of_the_published_algorithm()
    {
        // SplitMix64 from 0 gives E220A8397B1DCDAF, 6E789E6AA1B965F4, 06C45D188009454F, F88BB8A8724C81EC (reference code);
        // xoshiro256** from that state starts with rotl(s1 * 5, 7) * 9.
        var random = new SeededRandom(0);
        ulong expected = System.Numerics.BitOperations.RotateLeft(unchecked(0x6E789E6AA1B965F4UL * 5), 7) * 9;
        Assert.Equal(expected, random.NextUInt64());
        for (int i = 0; i < 10_000; i++) Assert.InRange(random.Next(3, 9), 3, 8);
    }

    [Theory]
    [InlineData(0, "0")]
    [InlineData(7_587_500_000_000, "7587.5")]
    [InlineData(-15_625_000, "-0.015625")]
    [InlineData(-2_000_000_000, "-2")]
    [InlineData(1, "0.000000001")]
    [InlineData(long.MinValue, "-9223372036.854775808")]
    public void Prices_are_plain_decimals(long mantissa, string text) => Assert.Equal(text, DecimalText.Of(mantissa));
}
