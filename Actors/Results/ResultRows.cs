using FeedHandler.Codecs;

namespace FeedHandler.Actors;

/// <summary>The rows of a result, collected shard by shard.</summary>
public sealed class ResultRows
{
    /// <summary>Instruments.</summary>
    public List<InstrumentResult> Instruments { get; } = [];

    /// <summary>Price levels.</summary>
    public List<BookLevelResult> Levels { get; } = [];

    /// <summary>Resting orders.</summary>
    public List<RestingOrderResult> Orders { get; } = [];

    /// <summary>Adds what a shard's instruments hold.</summary>
    public void Add(ReadOnlySpan<Instrument> instruments)
    {
        foreach (var instrument in instruments)
        {
            Instruments.Add(new InstrumentResult(
                instrument.Channel, instrument.Id, instrument.Definition?.Symbol ?? "", instrument.State, instrument.LastSequence,
                instrument.Orders?.OrderCount ?? 0, instrument.Trades, instrument.TradeVolume, (int)instrument.Gaps, (int)instrument.Recoveries));
            foreach (var side in (ReadOnlySpan<BookSide>)[BookSide.Bid, BookSide.Ask])
            {
                if (instrument.LevelsFromOrders) AddLevels(instrument, side, instrument.Orders!);
                else AddLevels(instrument, BookKind.Outright, side, instrument.Outright);
                if (instrument.Implied is { } implied) AddLevels(instrument, BookKind.Implied, side, implied);
                if (instrument.Orders is { } orders) AddOrders(instrument, side, orders);
            }
        }
    }

    /// <summary>Adds another shard's rows.</summary>
    public void Add(ResultRows other)
    {
        Instruments.AddRange(other.Instruments);
        Levels.AddRange(other.Levels);
        Orders.AddRange(other.Orders);
    }

    private void AddLevels(Instrument instrument, BookKind kind, BookSide side, MbpBook book)
    {
        var levels = book.Levels(side);
        for (var i = 0; i < levels.Length; i++)
        {
            ref readonly var level = ref levels[i];
            if (!level.IsKnown) continue;
            Levels.Add(new BookLevelResult(instrument.Channel, instrument.Id, kind, instrument.LevelState, side, i + 1, level.Price, level.Quantity, level.Orders));
        }
    }

    /// <summary>A venue that sends orders alone: its price levels are those of the order book.</summary>
    private void AddLevels(Instrument instrument, BookSide side, MboBook book)
    {
        for (var i = 0; i < book.LevelCount(side); i++)
        {
            var level = book.LevelAt(side, i);
            Levels.Add(new BookLevelResult(instrument.Channel, instrument.Id, BookKind.Outright, instrument.OrderState, side, i + 1, level.Price, level.Quantity, level.Orders));
        }
    }

    private void AddOrders(Instrument instrument, BookSide side, MboBook book)
    {
        var position = 0;
        for (var i = 0; i < book.LevelCount(side); i++)
        {
            var price = book.LevelAt(side, i).Price;
            foreach (ref readonly var order in book.OrdersAt(side, i))
                Orders.Add(new RestingOrderResult(instrument.Channel, instrument.Id, instrument.OrderState, side, ++position, order.Id, price, order.Quantity, order.Priority));
        }
    }
}
