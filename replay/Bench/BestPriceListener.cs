using FeedHandler.Actors;
using FeedHandler.Codecs;

namespace FeedHandler.Replay.Bench;

/// <summary>Follows the best prices of every instrument, from its price levels or, where there are none, from its orders.</summary>
internal readonly struct BestPriceListener() : IShardListener
{
    private const int MaxInstruments = 65_536;

    private readonly (PriceLevel Bid, PriceLevel Ask)[] _best = new (PriceLevel, PriceLevel)[MaxInstruments];

    public bool WantsPackets => false;

    public void OnBookUpdate(Instrument instrument, in MarketUpdate update) { }

    public void OnBookReplaced(Instrument instrument, BookType book, StateReason reason) { }

    public void OnStateChanged(Instrument instrument, BookType book, BookState before, StateReason reason) { }

    public void OnInformation(Instrument? instrument, in MarketUpdate update) { }

    [HotPath]
    public void OnEndOfEvent(Instrument instrument, in MarketUpdate last)
    {
        ref var best = ref _best[instrument.Index & (MaxInstruments - 1)];
        if (instrument.LevelsFromOrders)
        {
            var orders = instrument.Orders!;
            best.Bid = orders.LevelCount(BookSide.Bid) == 0 ? default : orders.LevelAt(BookSide.Bid, 0);
            best.Ask = orders.LevelCount(BookSide.Ask) == 0 ? default : orders.LevelAt(BookSide.Ask, 0);
            return;
        }

        var bids = instrument.Outright.Levels(BookSide.Bid);
        var asks = instrument.Outright.Levels(BookSide.Ask);
        best.Bid = bids.Length == 0 ? default : bids[0];
        best.Ask = asks.Length == 0 ? default : asks[0];
    }

    public void OnEndOfPacket(Instrument instrument, uint packetSequence, long position) { }

    public void OnFlush(in MarketUpdate last) { }
}
