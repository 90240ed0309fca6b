using System.Runtime.InteropServices;
using Disruptor;
using FeedHandler.Codecs;

namespace FeedHandler.Actors;

/// <summary>Where a shard stands in the rings. Lives outside the actor, so that a restart loses no place.</summary>
public abstract class ShardConsumer
{
    private readonly ShardIntake[] _intakes;

    private protected ShardConsumer(IReadOnlyList<ValueRingBuffer<MarketUpdate>> rings) => _intakes = [.. rings.Select((ring, core) => new ShardIntake(ring, core))];

    /// <summary>Last sequence of the first RX core's ring that the shard has taken; gates the producer.</summary>
    public Sequence Sequence => _intakes[0].Sequence;

    /// <summary>The rings, one of each RX core.</summary>
    private protected ReadOnlySpan<ShardIntake> Intakes => _intakes;

    /// <summary>Bytes allocated while draining.</summary>
    public long AllocatedBytes { get; protected set; }

    /// <summary>Times that the shard was thrown away after a fault.</summary>
    public long Restarts { get; private set; }

    /// <summary>Who tells subscribers what the shard does; null: nobody.</summary>
    internal ShardPublisher? Publisher { get; init; }

    /// <summary>The shard's instruments; on the shard's thread.</summary>
    internal abstract ReadOnlySpan<Instrument> Instruments { get; }

    /// <summary>Last sequence of an RX core's ring that the shard has taken; gates the producer.</summary>
    public Sequence SequenceOf(int core) => _intakes[core].Sequence;

    /// <summary>Takes what is in the rings, of each its share, so that none starves.</summary>
    /// <param name="maxUpdates">Updates to take at most; of several rings, each up to the end of a packet.</param>
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

/// <summary>Feeds one shard from the rings, one of each RX core.</summary>
/// <remarks>
/// Owned by the thread that runs the shard's actor at the moment. Each ring has one producer, and the updates of a channel are
/// in one ring, in order; between channels of different rings there is no order. The shard turns to another ring only between
/// packets, and a listener is told that ring's clock before it, where it is another.
/// </remarks>
public sealed class ShardConsumer<TListener> : ShardConsumer
    where TListener : IShardListener
{
    private const int ReleaseEvery = 256;

    private readonly ShardOptions _options;
    private BookShard<TListener> _shard;

    // The ring that is read at the moment.
    private ShardIntake _intake;
    private ValueRingBuffer<MarketUpdate> _ring;

    /// <summary>Creates the consumer of one ring and adds its sequence to the ring's gates.</summary>
    public ShardConsumer(ValueRingBuffer<MarketUpdate> ring, ShardOptions options, TListener listener)
        : this([ring], options, listener)
    {
    }

    /// <summary>Creates the consumer and adds a sequence to each ring's gates.</summary>
    /// <param name="rings">The rings, one of each RX core.</param>
    /// <param name="options">The shard.</param>
    /// <param name="listener">Its listener.</param>
    public ShardConsumer(IReadOnlyList<ValueRingBuffer<MarketUpdate>> rings, ShardOptions options, TListener listener)
        : base(rings)
    {
        _intake = Intakes[0];
        _ring = _intake.Ring;
        _options = options;
        _shard = new BookShard<TListener>(options, listener);
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
        var taken = Intakes.Length == 1 ? Take(maxUpdates) : TakeInTurn(maxUpdates);
        AllocatedBytes += GC.GetAllocatedBytesForCurrentThread() - allocated;
        return taken;
    }

    private int TakeInTurn(int maxUpdates)
    {
        var share = Math.Max(1, maxUpdates / Intakes.Length);
        var taken = 0;
        foreach (var intake in Intakes)
        {
            if (!intake.HasUpdates) continue;
            if (intake != _intake) TurnTo(intake);
            taken += Take(share);
        }

        return taken;
    }

    /// <summary>Receive times are told in two halves, the upper one when it changes: it is that of the ring.</summary>
    private void TurnTo(ShardIntake intake)
    {
        _intake.ClockNs = Publisher?.ClockNs ?? 0;
        _intake = intake;
        _ring = intake.Ring;
        if (intake.ClockNs == 0 || intake.ClockNs == Publisher?.ClockNs) return;
        var clock = new MarketUpdate { Kind = UpdateKind.Clock, Channel = _ring[intake.Sequence.Value + 1].Channel, OrderId = (ulong)intake.ClockNs, ReceiveTimeLow = (uint)intake.ClockNs };
        _shard.Listener.OnInformation(null, clock);
    }

    private int Take(int maxUpdates)
    {
        var first = _intake.Sequence.Value + 1;
        var last = Math.Min(_ring.Cursor, first + maxUpdates - 1);
        if (Intakes.Length > 1) last = _intake.EndOfPacket(last);
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
            _intake.Sequence.SetValue(ShardIntake.SequenceOf(_shard.Position));
            throw;
        }

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
        _shard.OnUpdates(MemoryMarshal.CreateReadOnlySpan(ref _ring[next], count), _intake.PositionOf(next));
        next += count;
        _intake.Sequence.SetValue(next - 1);
        return next;
    }
}
