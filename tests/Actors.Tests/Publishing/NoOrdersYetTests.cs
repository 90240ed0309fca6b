using FeedHandler.Actors.Tests.Shards;
using FeedHandler.Codecs;
using static FeedHandler.Actors.Tests.Shards.ShardDriver;

namespace FeedHandler.Actors.Tests.Publishing;

/// <summary>An instrument that has had no order yet: what is lost may be its first ones, so its empty order book is not right for long.</summary>
public sealed class NoOrdersYetTests
{
    private readonly Subscriber _subscriber = new() { Log = [] };

    [Theory]
    [InlineData(false)]
    [InlineData(true)]
    public void Gap_takes_Live_from_its_order_book(bool numbersMessages)
    {
        var market = Joined(numbersMessages);
        market.Packet(3, new MarketUpdate { Kind = UpdateKind.Gap, OrderId = 2, Priority = 4 });
        Assert.Equal(numbersMessages ? BookState.Stale : BookState.Recovering, _subscriber.Mirror.Find(0, 7)!.OrderState);
        market.Packet(4, new MarketUpdate { Kind = UpdateKind.ChannelReset });
        Assert.Equal(BookState.Live, _subscriber.Mirror.Find(0, 7)!.OrderState);
    }

    [Theory]
    [InlineData(false)]
    [InlineData(true)]
    public void Silence_takes_Live_from_its_order_book_for_as_long_as_it_lasts(bool numbersMessages)
    {
        var market = Joined(numbersMessages);
        market.Packet(1, new MarketUpdate { Kind = UpdateKind.Silence, Code = 1 });
        Assert.Equal((BookState.Stale, StateReason.Silence), (_subscriber.Mirror.Find(0, 7)!.OrderState, _subscriber.Mirror.Find(0, 7)!.Reason));
        market.Packet(1, new MarketUpdate { Kind = UpdateKind.Silence, Code = 0 });
        Assert.Equal(BookState.Live, _subscriber.Mirror.Find(0, 7)!.OrderState);
    }

    private Market Joined(bool numbersMessages)
    {
        var market = new Market(numbersMessages);
        market.Packet(1, numbersMessages ? Definition(7, 10) : Best(7, 1, 100));
        market.Publisher.Add(1, 0, new Subscribe("c") { Books = SubscribedBooks.Levels | SubscribedBooks.Orders }, _subscriber, market.Shard.Instruments);
        Assert.Equal(BookState.Live, _subscriber.Mirror.Find(0, 7)!.OrderState);
        return market;
    }

    private sealed class Market
    {
        private long _position;

        public Market(bool numbersMessages)
        {
            var options = new ShardOptions { Channels = [new ShardChannelOptions("c", -9, !numbersMessages, !numbersMessages) { NumbersMessages = numbersMessages }] };
            Shard = new BookShard<RunListener<NullListener>>(options, new RunListener<NullListener>(default, null, Publisher));
        }

        public ShardPublisher Publisher { get; } = new(0, 1, static () => { });

        public BookShard<RunListener<NullListener>> Shard { get; }

        public void Packet(uint sequence, MarketUpdate update)
        {
            var endsEvent = update.Kind is not (UpdateKind.Gap or UpdateKind.Silence);
            Shard.OnUpdate(update with { PacketSequence = sequence, Flags = UpdateFlags.EndOfPacket | (endsEvent ? UpdateFlags.EndOfEvent : UpdateFlags.None) }, _position++);
            Publisher.Flush();
        }
    }
}
