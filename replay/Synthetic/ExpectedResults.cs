using FeedHandler.Codecs;
using FeedHandler.Replay.Synthetic.Cme;

namespace FeedHandler.Replay.Synthetic;

/// <summary>
/// What a receiver must end up with, written from the exchange's own state in the formats of <c>replay play</c>:
/// final books, orders, instruments, and the best prices after every incremental packet.
/// </summary>
public sealed class ExpectedResults : IDisposable
{
    private readonly SyntheticExchange _exchange;
    private readonly string _channel;
    private readonly StreamWriter _bbo;
    private readonly TopOfBook[] _lastRow;
    private readonly int[] _trades;
    private readonly long[] _tradeVolume;
    private bool _isFirst = true;

    /// <param name="exchange">The truth.</param>
    /// <param name="channel">Name of the channel in the rows.</param>
    /// <param name="bbo">Takes the rows of best prices, as they come.</param>
    public ExpectedResults(SyntheticExchange exchange, string channel, Stream bbo)
    {
        _exchange = exchange;
        _channel = channel;
        _bbo = Writer(bbo);
        _bbo.WriteLine("channel,packet_sequence,instrument,bid_price,bid_quantity,ask_price,ask_quantity");
        _lastRow = new TopOfBook[exchange.Books.Count];
        _trades = new int[exchange.Books.Count];
        _tradeVolume = new long[exchange.Books.Count];
    }

    public long BestPriceRows { get; private set; }

    /// <summary>An incremental packet was sent while the capture ran.</summary>
    /// <param name="packet">The packet.</param>
    /// <param name="published">What a receiver knows after it.</param>
    /// <param name="isReceived">At least one line delivered it whole; trades in others cannot be known.</param>
    public void OnIncremental(in FeedPacket packet, PublishedState published, bool isReceived)
    {
        if (isReceived)
        {
            foreach (TradeEntry trade in published.Trades)
            {
                if (trade.Action != BookAction.New) continue;
                _trades[trade.Book.Instrument.Index]++;
                _tradeVolume[trade.Book.Instrument.Index] += trade.Quantity * trade.Book.Instrument.QuantityUnit;
            }
        }

        // The first packet of the capture shows where every instrument stands.
        IEnumerable<int> candidates = _isFirst ? Enumerable.Range(0, _lastRow.Length) : published.Touched.Order();
        _isFirst = false;
        foreach (int index in candidates)
        {
            TopOfBook top = published.Tops[index];
            if (top == _lastRow[index]) continue;
            _lastRow[index] = top;
            WriteTop(packet.Sequence, _exchange.Instruments[index], top);
        }
    }

    public void WriteBooks(Stream stream)
    {
        using StreamWriter writer = Writer(stream);
        writer.WriteLine("channel,instrument,symbol,book,state,side,level,price,quantity,orders");
        foreach (InstrumentBook book in _exchange.Books)
        {
            WriteLadder(writer, book, "implied", book.ImpliedBidLevels);
            WriteLadder(writer, book, "implied", book.ImpliedAskLevels);
            WriteLadder(writer, book, "outright", book.BidLevels);
            WriteLadder(writer, book, "outright", book.AskLevels);
        }
    }

    public void WriteOrders(Stream stream)
    {
        using StreamWriter writer = Writer(stream);
        writer.WriteLine("channel,instrument,state,side,position,order_id,price,quantity,priority");
        if (!_exchange.PublishesOrders) return;
        foreach (InstrumentBook book in _exchange.Books)
        {
            WriteQueues(writer, book, book.Bids);
            WriteQueues(writer, book, book.Asks);
        }
    }

    public void WriteInstruments(Stream stream)
    {
        using StreamWriter writer = Writer(stream);
        writer.WriteLine("channel,instrument,symbol,state,last_sequence,live_orders,trades,trade_volume");
        foreach (InstrumentBook book in _exchange.Books)
        {
            if (book.DefinitionAction is null) continue;
            Instrument instrument = book.Instrument;
            int orders = _exchange.PublishesOrders ? book.LiveOrders.Count : 0;
            writer.WriteLine($"{_channel},{instrument.SecurityId},{instrument.Symbol},Live,{book.RptSeq},{orders},{_trades[instrument.Index]},{_tradeVolume[instrument.Index]}");
        }
    }

    public void Dispose() => _bbo.Dispose();

    private static StreamWriter Writer(Stream stream) => new(stream) { NewLine = "\n" };

    private void WriteTop(uint sequence, Instrument instrument, in TopOfBook top)
    {
        _bbo.WriteLine($"{_channel},{sequence},{instrument.SecurityId},{Side(top.BidTicks, top.BidQuantity)},{Side(top.AskTicks, top.AskQuantity)}");
        BestPriceRows++;

        string Side(long ticks, int quantity) => quantity == 0 ? "," : $"{DecimalText.Of(instrument.Mantissa(ticks))},{quantity * instrument.QuantityUnit}";
    }

    private void WriteLadder(StreamWriter writer, InstrumentBook book, string name, PublishedLadder ladder)
    {
        Instrument instrument = book.Instrument;
        int number = 0;
        foreach (PublishedLevel level in ladder.Levels)
        {
            string orders = level.Orders == 0 ? "" : $"{level.Orders}";
            writer.WriteLine($"{_channel},{instrument.SecurityId},{instrument.Symbol},{name},Live,{Name(ladder.Side)},{++number},{DecimalText.Of(instrument.Mantissa(level.PriceTicks))},{level.Quantity * instrument.QuantityUnit},{orders}");
        }
    }

    private void WriteQueues(StreamWriter writer, InstrumentBook book, BookHalf half)
    {
        int position = 0;
        foreach (OrderQueue queue in half.Queues)
        {
            foreach (RestingOrder order in queue.Orders)
            {
                writer.WriteLine($"{_channel},{book.Instrument.SecurityId},Live,{Name(half.Side)},{++position},{order.Id},{DecimalText.Of(book.Instrument.Mantissa(order.PriceTicks))},{order.Quantity},{order.Priority}");
            }
        }
    }

    private static string Name(BookSide side) => side == BookSide.Bid ? "bid" : "ask";
}
