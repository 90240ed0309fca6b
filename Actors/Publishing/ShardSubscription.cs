using System.Runtime.CompilerServices;
using FeedHandler.Codecs;

namespace FeedHandler.Actors;

/// <summary>One subscription within one shard: its batches, its numbering, and the instruments that fell behind.</summary>
/// <remarks>
/// Owned by the shard's thread, but for <see cref="OnReturned"/>. The batches are the subscriber's credit: it may hold
/// <see cref="MaxBatches"/>; without a free one nothing can be told, and instruments are marked to be told anew when half
/// of the batches are back. So memory is bounded, and a slow subscriber costs its shard less than a fast one.
/// </remarks>
internal sealed class ShardSubscription
{
    /// <summary>Batches that a subscriber may hold of one shard: 512 KiB, 8192 updates, some milliseconds of a burst.</summary>
    public const int MaxBatches = 16;

    /// <summary>Batches still held when it is time to tell the present books: with fewer free, old news would queue before them.</summary>
    private const int CaughtUp = MaxBatches / 2;

    private readonly IBatchReceiver _receiver;
    private readonly ShardPublisher _publisher;
    private readonly List<MarketDataBatch> _batches = [];
    private readonly Queue<SubscribedInstrument> _behind = new();
    private MarketDataBatch? _open;
    private long _nextSequence = 1;
    private long _channelInformationLost;
    private bool _finishing;
    private int _outstanding;
    private int _waiting;

    public ShardSubscription(long id, int channel, Subscribe request, IBatchReceiver receiver, ShardPublisher publisher)
    {
        Id = id;
        Channel = channel;
        Request = request;
        _receiver = receiver;
        _publisher = publisher;
    }

    public long Id { get; }

    public int Channel { get; }

    public int Shard => _publisher.Shard;

    public Subscribe Request { get; private set; }

    public PublishingCounters Counters => _publisher.Counters;

    public uint ReceiveTimeLow => (uint)_publisher.ReceiveTimeNs;

    /// <summary>Whether it is over: nothing more is told.</summary>
    public bool HasEnded { get; private set; }

    public bool WantsWholeChannel => Request.Instrument is null && Request.Symbol is null;

    /// <summary>What it gets, in order of appearance.</summary>
    public List<SubscribedInstrument> Instruments { get; } = [];

    public bool Matches(Instrument instrument) =>
        instrument.Channel == Channel
        && (Request.Instrument is not { } id || instrument.Id == id)
        && (Request.Symbol is not { } symbol || string.Equals(instrument.Definition?.Symbol, symbol, StringComparison.Ordinal));

    public bool Has(Instrument instrument)
    {
        foreach (var subscribed in Instruments)
        {
            if (subscribed.Instrument == instrument) return true;
        }

        return false;
    }

    /// <summary>The subscriber asked again: its choices may be others, its images are due again.</summary>
    public void Renew(Subscribe request)
    {
        Request = request;
        foreach (var subscribed in Instruments) subscribed.Renew();
    }

    /// <summary>Makes room for updates that belong together: they come in one batch.</summary>
    /// <returns>False where the subscriber holds all the batches it may hold.</returns>
    [HotPath]
    public bool TryClaim(int updates, out Span<MarketUpdate> room)
    {
        if (_open is { } open && open.TryClaim(updates, out room)) return true;
        return TryClaimInNext(updates, out room);
    }

    /// <summary>Whether the shard should read no more before the subscriber has caught up; it is called back then.</summary>
    public bool MustWait()
    {
        if (Request.Policy != SlowSubscriberPolicy.Wait || Volatile.Read(ref _outstanding) <= CaughtUp) return false;
        Wait();
        return true;
    }

    /// <summary>Takes back the end of the last claim.</summary>
    public void Trim(int updates) => _open!.Trim(updates);

    /// <summary>Sends what there is.</summary>
    [HotPath]
    public void Flush()
    {
        if (_open is { Count: > 0 }) Send();
    }

    /// <summary>An instrument could not be told: it waits until the subscriber has caught up.</summary>
    public void AddBehind(SubscribedInstrument subscribed)
    {
        if (HasEnded) return;
        if (Request.Policy == SlowSubscriberPolicy.Disconnect)
        {
            Counters.Disconnected++;
            End(SubscriptionEnd.TooSlow);
            return;
        }

        _behind.Enqueue(subscribed);
        if (_behind.Count == 1) Wait();
    }

    /// <summary>Tells the present books of the instruments that fell behind, as far as there are batches for them.</summary>
    public void CatchUp()
    {
        if (HasEnded) return;
        TellChannelLoss();
        while (_behind.TryPeek(out var subscribed))
        {
            if (!_finishing && subscribed.MustWaitForEndOfEvent)
            {
                subscribed.CatchUpAtEndOfEvent();
            }
            else if (!subscribed.TryCatchUp())
            {
                Wait();
                break;
            }

            _behind.Dequeue();
        }

        Flush();
        if (_finishing && _behind.Count == 0) End(SubscriptionEnd.FeedEnded);
    }

    /// <summary>The feed is over: the subscription ends when everything was told.</summary>
    public void Finish()
    {
        _finishing = true;
        CatchUp();
    }

    /// <summary>Tells what concerns the whole channel.</summary>
    public void Tell(in MarketUpdate update)
    {
        if (TryClaim(1, out var room)) room[0] = update;
        else LoseChannelInformation();
    }

    public void End(SubscriptionEnd reason)
    {
        if (HasEnded) return;
        HasEnded = true;
        _behind.Clear();
        _receiver.End(Shard, reason);
    }

    /// <summary>A batch came back. Called on the subscriber's thread.</summary>
    public void OnReturned()
    {
        // Dekker with Wait: each side writes, fences and reads what the other writes.
        if (Interlocked.Decrement(ref _outstanding) <= CaughtUp && Volatile.Read(ref _waiting) != 0) WakeOnce();
    }

    private void Wait()
    {
        Interlocked.Exchange(ref _waiting, 1);
        if (Volatile.Read(ref _outstanding) <= CaughtUp) WakeOnce();
    }

    private void WakeOnce()
    {
        if (Interlocked.Exchange(ref _waiting, 0) == 1) _publisher.Wake();
    }

    [MethodImpl(MethodImplOptions.NoInlining)]
    private bool TryClaimInNext(int updates, out Span<MarketUpdate> room)
    {
        Flush();
        room = default;
        if (HasEnded) return false;
        _open ??= FindFree();
        return _open is { } open && open.TryClaim(updates, out room);
    }

    private MarketDataBatch? FindFree()
    {
        foreach (var batch in _batches)
        {
            if (!batch.IsFree) continue;
            batch.Open();
            return batch;
        }

        // Whoever is waited for gets what one run of the ring gives, as the shard reads no more after it.
        if (_batches.Count >= MaxBatches && Request.Policy != SlowSubscriberPolicy.Wait) return null;
        var added = new MarketDataBatch(this);
        _batches.Add(added);
        added.Open();
        return added;
    }

    private void Send()
    {
        var batch = _open!;
        _open = null;
        batch.Seal(_nextSequence, _publisher.ReceiveTimeNs);
        _nextSequence += batch.Count;
        Counters.Batches++;
        Counters.Updates += batch.Count;
        Interlocked.Increment(ref _outstanding);
        _receiver.Deliver(batch);
    }

    [MethodImpl(MethodImplOptions.NoInlining)]
    private void LoseChannelInformation()
    {
        Counters.InformationLost++;
        _channelInformationLost++;
        if (_behind.Count == 0) Wait();
    }

    private void TellChannelLoss()
    {
        if (_channelInformationLost == 0 || !TryClaim(1, out var room)) return;
        room[0] = new MarketUpdate
        {
            Kind = UpdateKind.Conflated,
            Channel = (ushort)Channel,
            OrderId = (ulong)_channelInformationLost,
            ReceiveTimeLow = ReceiveTimeLow,
        };
        _channelInformationLost = 0;
    }
}
