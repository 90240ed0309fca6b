using System.Runtime.CompilerServices;
using FeedHandler.Codecs;

namespace FeedHandler.Actors;

/// <summary>Updates for one subscription, in order: what a subscriber gets as a message.</summary>
/// <remarks>
/// <para>
/// Batches are lent: <see cref="Dispose"/> gives one back, and a subscriber that holds all of them is slow. Whoever passes
/// a batch on to another thread calls <see cref="Retain"/> for it first; each holder disposes once.
/// </para>
/// <para>
/// An instrument's event is never split between two batches. The updates of a subscription are numbered by ones within
/// each shard: nothing is missing while the next batch of a shard starts where the last one ended.
/// </para>
/// </remarks>
public sealed class MarketDataBatch : IDisposable
{
    /// <summary>Updates that a batch holds unless an image needs more.</summary>
    internal const int Capacity = 512;

    private readonly ShardSubscription _owner;
    private MarketUpdate[] _updates = new MarketUpdate[Capacity];
    private int _references;

    internal MarketDataBatch(ShardSubscription owner)
    {
        _owner = owner;
    }

    /// <summary>The subscription.</summary>
    public long SubscriptionId => _owner.Id;

    /// <summary>The shard it comes from. An instrument stays in its shard.</summary>
    public int Shard => _owner.Shard;

    /// <summary>Number of the first update within the subscription's part of this shard, from 1.</summary>
    public long FirstSequence { get; private set; }

    /// <summary>Number of updates.</summary>
    public int Count { get; private set; }

    /// <summary>The updates. Valid until the batch is disposed.</summary>
    public ReadOnlySpan<MarketUpdate> Updates => _updates.AsSpan(0, Count);

    /// <summary>Receive time of the newest update that was read when the batch was sent, nanoseconds since the Unix epoch.</summary>
    public long LastReceiveTimeNs { get; private set; }

    /// <summary>Receive time of an update of this batch, nanoseconds since the Unix epoch.</summary>
    public long ReceiveTimeNs(in MarketUpdate update) => LastReceiveTimeNs + (int)(update.ReceiveTimeLow - (uint)LastReceiveTimeNs);

    /// <summary>Takes part in holding the batch: another <see cref="Dispose"/> is due.</summary>
    public void Retain() => Interlocked.Increment(ref _references);

    /// <summary>Gives the batch back.</summary>
    public void Dispose()
    {
        if (Interlocked.Decrement(ref _references) == 0) _owner.OnReturned();
    }

    /// <summary>Whether nobody holds it.</summary>
    internal bool IsFree => Volatile.Read(ref _references) <= 0;

    /// <summary>Starts filling; the shard holds it.</summary>
    internal void Open()
    {
        // An image of a large order book made it grow; such a batch is not kept.
        if (_updates.Length > 8 * Capacity) _updates = new MarketUpdate[Capacity];
        Count = 0;
        Volatile.Write(ref _references, 1);
    }

    /// <summary>Gives room for some more updates; an empty batch grows for them.</summary>
    [HotPath]
    internal bool TryClaim(int updates, out Span<MarketUpdate> room)
    {
        if (Count + updates > _updates.Length)
        {
            if (Count != 0)
            {
                room = default;
                return false;
            }

            Grow(updates);
        }

        room = _updates.AsSpan(Count, updates);
        Count += updates;
        return true;
    }

    [MethodImpl(MethodImplOptions.NoInlining)]
    private void Grow(int updates) => _updates = new MarketUpdate[updates];

    /// <summary>Takes back what was claimed and not used.</summary>
    internal void Trim(int updates) => Count -= updates;

    /// <summary>Ready to be sent.</summary>
    internal void Seal(long firstSequence, long receiveTimeNs)
    {
        FirstSequence = firstSequence;
        LastReceiveTimeNs = receiveTimeNs;
    }
}
