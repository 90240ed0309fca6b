using System.Runtime.CompilerServices;
using FeedHandler.Codecs;

namespace FeedHandler.Actors;

/// <summary>The publishing end of one book shard: knows who wants which instrument, and tells them in batches.</summary>
/// <remarks>
/// <para>
/// Plain code on the shard's thread, without Akka: the shard's listener calls it, and the shard's consumer flushes it when a
/// run of the ring was read. While nobody has subscribed, the cost is the look at <see cref="IsActive"/>.
/// </para>
/// <para>It lives outside the shard's actor and outlasts its restarts, as the subscriptions do.</para>
/// </remarks>
internal sealed class ShardPublisher
{
    private readonly List<ShardSubscription> _subscriptions = [];
    private readonly List<SubscribedInstrument>[] _openEvents;
    private readonly Action _wake;
    private SubscribedInstrument[]?[] _byIndex = [];
    private long _clockNs;

    /// <summary>Creates the publisher of a shard.</summary>
    /// <param name="shard">Number of the shard.</param>
    /// <param name="channels">Number of channels.</param>
    /// <param name="wake">Has <see cref="CatchUp"/> called on the shard's thread soon; may be called on any thread.</param>
    public ShardPublisher(int shard, int channels, Action wake)
    {
        Shard = shard;
        _wake = wake;
        _openEvents = new List<SubscribedInstrument>[channels];
        for (var i = 0; i < channels; i++) _openEvents[i] = [];
    }

    public int Shard { get; }

    public PublishingCounters Counters { get; } = new();

    /// <summary>Whether anybody listens.</summary>
    public bool IsActive { get; private set; }

    /// <summary>Receive time of the last packet read, nanoseconds since the Unix epoch.</summary>
    public long ReceiveTimeNs { get; private set; }

    /// <summary>Adds a subscription, or renews it.</summary>
    public void Add(long id, int channel, Subscribe request, IBatchReceiver receiver, ReadOnlySpan<Instrument> instruments)
    {
        var subscription = _subscriptions.Find(other => other.Id == id);
        if (subscription is not null)
        {
            subscription.Renew(request);
        }
        else
        {
            subscription = new ShardSubscription(id, channel, request, receiver, this);
            _subscriptions.Add(subscription);
            Counters.Subscriptions = _subscriptions.Count;
            IsActive = true;
            ReceiveTimeNs = Math.Max(ReceiveTimeNs, _clockNs);
            foreach (var instrument in instruments)
            {
                if (instrument.Index >= _byIndex.Length || _byIndex[instrument.Index] is null) FindNew(instrument);
                else if (subscription.Matches(instrument)) Attach(subscription, instrument);
            }

            foreach (var subscribed in subscription.Instruments) subscribed.Begin();
        }

        Flush();
    }

    /// <summary>Ends a subscription.</summary>
    public void Remove(long id)
    {
        if (_subscriptions.Find(other => other.Id == id) is not { } subscription) return;
        subscription.End(SubscriptionEnd.Unsubscribed);
        Purge();
    }

    /// <summary>The feed is over: each subscription ends when it was told everything.</summary>
    public void Finish()
    {
        foreach (var open in _openEvents) Emit(open, endOfEvent: false);
        foreach (var subscription in _subscriptions) subscription.Finish();
        Purge();
    }

    /// <summary>The shard was thrown away with its books: nothing that was told holds.</summary>
    public void Restart()
    {
        foreach (var open in _openEvents) open.Clear();
        _byIndex = [];
        foreach (var subscription in _subscriptions)
        {
            foreach (var subscribed in subscription.Instruments) subscribed.Abandon();
            subscription.Instruments.Clear();
        }

        Flush();
    }

    /// <summary>Whether the shard should read no more before <see cref="CatchUp"/>: a replay waits for subscribers that want every update.</summary>
    public bool MustWait()
    {
        if (!IsActive) return false;
        foreach (var subscription in _subscriptions)
        {
            if (subscription.MustWait()) return true;
        }

        return false;
    }

    /// <summary>Some slow subscriber has given enough batches back.</summary>
    public void CatchUp()
    {
        foreach (var subscription in _subscriptions) subscription.CatchUp();
        Purge();
    }

    /// <summary>Sends what there is; after each run of ring slots.</summary>
    [HotPath]
    public void Flush()
    {
        if (!IsActive) return;
        var ended = false;
        foreach (var subscription in _subscriptions)
        {
            subscription.Flush();
            ended |= subscription.HasEnded;
        }

        if (ended) Purge();
    }

    [HotPath]
    public void OnBookUpdate(Instrument instrument, in MarketUpdate update)
    {
        foreach (var subscribed in Find(instrument)) subscribed.OnBookUpdate(update);
    }

    public void OnBookReplaced(Instrument instrument, BookType book)
    {
        foreach (var subscribed in Find(instrument)) subscribed.OnBookReplaced(book);
    }

    public void OnStateChanged(Instrument instrument, BookType book, StateReason reason)
    {
        foreach (var subscribed in Find(instrument)) subscribed.OnStateChanged(book, reason);
    }

    [HotPath]
    public void OnInformation(Instrument instrument, in MarketUpdate update)
    {
        if (update.Kind is UpdateKind.Definition or UpdateKind.DefinitionText or UpdateKind.DefinitionLeg)
        {
            OnDefinition(instrument, update);
            return;
        }

        // A snapshot loop repeats statistics for ever; whose book is right has them.
        if ((update.Flags & UpdateFlags.Snapshot) != 0 && update.Kind != UpdateKind.Status && instrument.LevelState == BookState.Live) return;
        foreach (var subscribed in Find(instrument)) subscribed.OnInformation(update);
    }

    /// <summary>What concerns a whole channel. Comes to every shard; the first one tells it.</summary>
    public void OnChannelInformation(in MarketUpdate update)
    {
        if (update.Kind == UpdateKind.Clock) _clockNs = (long)update.OrderId;
        if (!IsActive || Shard != 0 || update.Kind is UpdateKind.Clock or UpdateKind.Heartbeat) return;
        foreach (var subscription in _subscriptions)
        {
            if (subscription.WantsWholeChannel && subscription.Channel == update.Channel) subscription.Tell(update);
        }
    }

    /// <summary>A book came whole from a snapshot, or its channel is heard again: it is right now, whatever event is open. (The end of an event comes with <see cref="OnFlush"/>.)</summary>
    public void OnImage(Instrument instrument)
    {
        foreach (var subscribed in Find(instrument)) subscribed.Emit(endOfEvent: true);
    }

    [HotPath]
    public void OnFlush(in MarketUpdate last)
    {
        ReceiveTimeNs = (_clockNs & ~(long)uint.MaxValue) | last.ReceiveTimeLow;
        if ((last.Flags & UpdateFlags.EndOfEvent) != 0) Emit(_openEvents[last.Channel], endOfEvent: true);
    }

    /// <summary>The instrument has something to tell at the end of its channel's event.</summary>
    [HotPath]
    public void Queue(SubscribedInstrument subscribed)
    {
        if (subscribed.IsQueued) return;
        subscribed.IsQueued = true;
        _openEvents[subscribed.Instrument.Channel].Add(subscribed);
    }

    public void Wake() => _wake();

    [HotPath]
    private static void Emit(List<SubscribedInstrument> open, bool endOfEvent)
    {
        foreach (var subscribed in open)
        {
            subscribed.IsQueued = false;
            subscribed.Emit(endOfEvent);
        }

        open.Clear();
    }

    [HotPath]
    private ReadOnlySpan<SubscribedInstrument> Find(Instrument instrument)
    {
        var byIndex = _byIndex;
        var index = instrument.Index;
        return (uint)index < (uint)byIndex.Length && byIndex[index] is { } found ? found : FindNew(instrument);
    }

    /// <summary>An instrument is seen for the first time since somebody listens; what comes next tells it.</summary>
    [MethodImpl(MethodImplOptions.NoInlining)]
    private SubscribedInstrument[] FindNew(Instrument instrument)
    {
        if (instrument.Index >= _byIndex.Length) Array.Resize(ref _byIndex, Math.Max(instrument.Index + 1, Math.Max(64, _byIndex.Length * 2)));
        _byIndex[instrument.Index] = [];
        foreach (var subscription in _subscriptions)
        {
            if (subscription.Matches(instrument)) Attach(subscription, instrument);
        }

        return _byIndex[instrument.Index]!;
    }

    private void Attach(ShardSubscription subscription, Instrument instrument)
    {
        var subscribed = new SubscribedInstrument(subscription, instrument, this);
        subscription.Instruments.Add(subscribed);
        _byIndex[instrument.Index] = [.. _byIndex[instrument.Index]!, subscribed];
        Queue(subscribed);
    }

    [MethodImpl(MethodImplOptions.NoInlining)]
    private void OnDefinition(Instrument instrument, in MarketUpdate update)
    {
        // The symbol comes last: the definition is whole now, and somebody may have waited for it.
        if (update.Kind != UpdateKind.DefinitionText || (DefinitionTextPart)update.Code != DefinitionTextPart.Symbol) return;
        foreach (var subscribed in Find(instrument)) subscribed.OnDefinition();
        foreach (var subscription in _subscriptions)
        {
            if (subscription.Request.Symbol is null || subscription.Has(instrument) || !subscription.Matches(instrument)) continue;
            Attach(subscription, instrument);
            subscription.Instruments[^1].Begin();
        }
    }

    private void Purge()
    {
        if (_subscriptions.RemoveAll(subscription => subscription.HasEnded) == 0) return;
        for (var i = 0; i < _byIndex.Length; i++)
        {
            if (_byIndex[i] is { Length: > 0 } all) _byIndex[i] = Array.FindAll(all, subscribed => !subscribed.HasEnded);
        }

        foreach (var open in _openEvents) open.RemoveAll(subscribed => subscribed.HasEnded);
        Counters.Subscriptions = _subscriptions.Count;
        IsActive = _subscriptions.Count != 0;
        if (!IsActive) _byIndex = [];
    }
}
