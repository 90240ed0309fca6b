using System.Runtime.InteropServices;
using Disruptor;
using FeedHandler.Codecs;

namespace FeedHandler.Actors;

/// <summary>Where a shard stands in the ring. Lives outside the actor, so that a restart loses no place.</summary>
public abstract class ShardConsumer
{
    /// <summary>Last ring sequence that the shard has taken; gates the producer.</summary>
    public Sequence Sequence { get; } = new();

    /// <summary>Bytes allocated while draining.</summary>
    public long AllocatedBytes { get; protected set; }

    /// <summary>Times that the shard was thrown away after a fault.</summary>
    public long Restarts { get; private set; }

    /// <summary>Who tells subscribers what the shard does; null: nobody.</summary>
    internal ShardPublisher? Publisher { get; init; }

    /// <summary>The shard's instruments; on the shard's thread.</summary>
    internal abstract ReadOnlySpan<Instrument> Instruments { get; }

    /// <summary>Takes what is in the ring.</summary>
    /// <param name="maxUpdates">Updates to take at most.</param>
    /// <returns>Number of updates taken.</returns>
    public abstract int Drain(int maxUpdates);

    /// <summary>The rows of the result; on the shard's thread, or after the run.</summary>
    public abstract void Collect(ResultRows rows);

    /// <summary>Counts instruments, and those that are Live, by channel; on the shard's thread.</summary>
    public abstract void CountInstruments(Span<int> all, Span<int> live);

    /// <summary>What the shard counted.</summary>
    public abstract ShardCounters Counters { get; }

    /// <summary>What the self-audit came to; null where it is off.</summary>
    public virtual ShardAudit? Audit => null;

    /// <summary>Starts again with no books after a fault; every instrument joins as in the middle of a session.</summary>
    public void Restart()
    {
        Restarts++;
        Recreate();
        Publisher?.Restart();
    }

    /// <summary>Replaces the shard by an empty one.</summary>
    protected abstract void Recreate();
}

/// <summary>Feeds one shard from the ring.</summary>
/// <remarks>Owned by the thread that runs the shard's actor at the moment.</remarks>
public sealed class ShardConsumer<TListener> : ShardConsumer
    where TListener : IShardListener
{
    private const int ReleaseEvery = 256;

    private readonly ValueRingBuffer<MarketUpdate> _ring;
    private readonly ShardOptions _options;
    private BookShard<TListener> _shard;

    /// <summary>Creates the consumer and adds its sequence to the ring's gates.</summary>
    public ShardConsumer(ValueRingBuffer<MarketUpdate> ring, ShardOptions options, TListener listener)
    {
        _ring = ring;
        _options = options;
        _shard = new BookShard<TListener>(options, listener);
        Sequence.SetValue(ring.Cursor);
        ring.AddGatingSequences(Sequence);
    }

    /// <summary>The shard.</summary>
    public BookShard<TListener> Shard => _shard;

    /// <inheritdoc/>
    public override ShardCounters Counters => _shard.Counters;

    /// <inheritdoc/>
    public override ShardAudit? Audit => _shard.Audit;

    /// <inheritdoc/>
    internal override ReadOnlySpan<Instrument> Instruments => _shard.Instruments;

    /// <inheritdoc/>
    public override int Drain(int maxUpdates)
    {
        var allocated = GC.GetAllocatedBytesForCurrentThread();
        var first = Sequence.Value + 1;
        var last = Math.Min(_ring.Cursor, first + maxUpdates - 1);
        var next = first;
        try
        {
            while (next <= last)
            {
                next = TakeBatch(next, Math.Min(last, next + ReleaseEvery - 1));
                Publisher?.Flush();
            }
        }
        catch
        {
            // The update that failed is skipped, so that it cannot fail for ever.
            Sequence.SetValue(_shard.Position);
            throw;
        }

        AllocatedBytes += GC.GetAllocatedBytesForCurrentThread() - allocated;
        return (int)(last - first + 1);
    }

    /// <inheritdoc/>
    public override void Collect(ResultRows rows) => rows.Add(_shard.Instruments);

    /// <inheritdoc/>
    public override void CountInstruments(Span<int> all, Span<int> live)
    {
        foreach (var instrument in _shard.Instruments)
        {
            all[instrument.Channel]++;
            if (instrument.State == BookState.Live) live[instrument.Channel]++;
        }
    }

    /// <inheritdoc/>
    protected override void Recreate()
    {
        var failed = _shard;
        _shard = new BookShard<TListener>(_options with { JoinsInMidPacket = true }, failed.Listener);
        _shard.TakeOverSilence(failed);
    }

    /// <summary>Slots are given back after each batch, not at the end of a long run.</summary>
    [HotPath]
    private long TakeBatch(long next, long last)
    {
        // The ring's slots lie side by side up to its end, where the sequence wraps.
        var count = (int)Math.Min(last - next + 1, _ring.BufferSize - (next & (_ring.BufferSize - 1)));
        _shard.OnUpdates(MemoryMarshal.CreateReadOnlySpan(ref _ring[next], count), next);
        next += count;
        Sequence.SetValue(next - 1);
        return next;
    }
}
