using Akka.Actor;

namespace FeedHandler.Actors;

/// <summary>The one address of market data: takes subscriptions, and has every shard serve them.</summary>
/// <remarks>
/// No update passes here: batches go from the shards to the subscribers. It watches the subscribers and removes those that
/// are gone.
/// </remarks>
internal sealed class PublisherActor : UntypedActor
{
    private readonly IReadOnlyList<ShardChannelOptions> _channels;
    private readonly IReadOnlyList<IActorRef> _shards;
    private readonly bool _isReplay;
    private readonly Dictionary<long, Subscription> _subscriptions = [];
    private readonly Dictionary<Key, long> _ids = [];
    private long _lastId;
    private bool _feedHasEnded;

    /// <summary>What makes two requests the same subscription.</summary>
    private readonly record struct Key(IActorRef Subscriber, string Channel, uint? Instrument, string? Symbol);

    private sealed record Subscription(Key Key, int Channel, Receiver Receiver)
    {
        public int ShardsLeft { get; set; }
    }

    public PublisherActor(IReadOnlyList<ShardChannelOptions> channels, IReadOnlyList<IActorRef> shards, bool isReplay)
    {
        _isReplay = isReplay;
        _channels = channels;
        _shards = shards;
    }

    protected override void OnReceive(object message)
    {
        switch (message)
        {
            case Subscribe request:
                OnSubscribe(request);
                break;
            case Unsubscribe request:
                OnUnsubscribe(request.Id);
                break;
            case ShardEnded ended:
                OnShardEnded(ended);
                break;
            case Terminated terminated:
                OnTerminated(terminated.ActorRef);
                break;
            case FeedEnded:
                _feedHasEnded = true;
                foreach (var shard in _shards) shard.Tell(new BookShardActor.FinishSubscriptions());
                break;
            case Synchronise:
                Sender.Tell(message);
                break;
            default:
                Unhandled(message);
                break;
        }
    }

    protected override void PostStop()
    {
        foreach (var (id, subscription) in _subscriptions) subscription.Key.Subscriber.Tell(new SubscriptionEnded(id, SubscriptionEnd.FeedEnded));
    }

    private void OnSubscribe(Subscribe request)
    {
        var channel = 0;
        while (channel < _channels.Count && _channels[channel].Name != request.Channel) channel++;
        if (Refusal(request, channel) is { } reason)
        {
            Sender.Tell(new SubscribeRefused(request, reason));
            return;
        }

        var key = new Key(Sender, request.Channel, request.Instrument, request.Symbol);
        if (!_ids.TryGetValue(key, out var id))
        {
            id = ++_lastId;
            _ids.Add(key, id);
            _subscriptions.Add(id, new Subscription(key, channel, new Receiver(id, Sender, Self)) { ShardsLeft = _shards.Count });
            Context.Watch(Sender);
        }

        Sender.Tell(new Subscribed(id, channel, _channels[channel].PriceExponent, request));
        var add = new BookShardActor.AddSubscription(id, channel, request, _subscriptions[id].Receiver);
        foreach (var shard in _shards)
        {
            shard.Tell(add);
            if (_feedHasEnded) shard.Tell(new BookShardActor.FinishSubscriptions());
        }
    }

    private string? Refusal(Subscribe request, int channel)
    {
        if (Sender.IsNobody()) return "there is no sender to answer to";
        if (channel == _channels.Count) return $"there is no channel \"{request.Channel}\"; there are {string.Join(", ", _channels.Select(known => known.Name))}";
        if (request is { Instrument: not null, Symbol: not null }) return "name the instrument or the symbol, not both";
        if (request.Policy == SlowSubscriberPolicy.Wait && !_isReplay) return "a live feed waits for nobody";
        return request.Depth is < 0 or > MbpBook.MaxDepth ? $"depth {request.Depth} is not 0 to {MbpBook.MaxDepth}" : null;
    }

    private void OnUnsubscribe(long id)
    {
        if (_subscriptions.TryGetValue(id, out var subscription) && subscription.Key.Subscriber.Equals(Sender)) Remove(id, SubscriptionEnd.Unsubscribed);
    }

    private void OnShardEnded(ShardEnded ended)
    {
        if (!_subscriptions.TryGetValue(ended.Id, out var subscription)) return;

        // A subscriber too slow for one shard loses the whole subscription: part of a feed is no feed.
        if (ended.Reason == SubscriptionEnd.TooSlow) Remove(ended.Id, ended.Reason);
        else if (--subscription.ShardsLeft == 0) Forget(ended.Id, subscription, ended.Reason);
    }

    private void OnTerminated(IActorRef subscriber)
    {
        foreach (var (id, subscription) in _subscriptions.ToArray())
        {
            if (subscription.Key.Subscriber.Equals(subscriber)) Remove(id, SubscriptionEnd.Unsubscribed);
        }
    }

    private void Remove(long id, SubscriptionEnd reason)
    {
        foreach (var shard in _shards) shard.Tell(new BookShardActor.RemoveSubscription(id));
        Forget(id, _subscriptions[id], reason);
    }

    private void Forget(long id, Subscription subscription, SubscriptionEnd reason)
    {
        var subscriber = subscription.Key.Subscriber;
        _subscriptions.Remove(id);
        _ids.Remove(subscription.Key);
        subscriber.Tell(new SubscriptionEnded(id, reason));
        if (!_subscriptions.Values.Any(other => other.Key.Subscriber.Equals(subscriber))) Context.Unwatch(subscriber);
    }

    /// <summary>The run is over: everything was told, or will be when slow subscribers catch up.</summary>
    internal sealed record FeedEnded;

    /// <summary>Comes back when every message before it was handled.</summary>
    internal sealed record Synchronise;

    private sealed record ShardEnded(long Id, SubscriptionEnd Reason);

    /// <summary>A subscriber as the shards see it.</summary>
    private sealed class Receiver(long id, IActorRef subscriber, IActorRef publisher) : IBatchReceiver
    {
        public void Deliver(MarketDataBatch batch) => subscriber.Tell(batch, ActorRefs.NoSender);

        public void End(int shard, SubscriptionEnd reason)
        {
            if (reason != SubscriptionEnd.Unsubscribed) publisher.Tell(new ShardEnded(id, reason), ActorRefs.NoSender);
        }
    }
}
