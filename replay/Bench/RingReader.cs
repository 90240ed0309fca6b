using Disruptor;
using FeedHandler.Actors;
using FeedHandler.Codecs;

namespace FeedHandler.Replay.Bench;

/// <summary>Reads the ring as a shard does, without books.</summary>
internal abstract class RingReader : ShardConsumer
{
    private readonly ValueRingBuffer<MarketUpdate> _ring;

    public long Taken;

    protected RingReader(ValueRingBuffer<MarketUpdate> ring)
        : base([ring]) => _ring = ring;

    public override ShardCounters Counters => throw new NotSupportedException("no shard");

    internal override ReadOnlySpan<Instrument> Instruments => [];

    [HotPath]
    public override int Drain(int maxUpdates)
    {
        var next = Sequence.Value + 1;
        var last = Math.Min(_ring.Cursor, next + maxUpdates - 1);
        if (last < next) return 0;
        Take(_ring, next, last);
        Sequence.SetValue(last);
        Volatile.Write(ref Taken, Taken + last - next + 1);
        return (int)(last - next + 1);
    }

    public override void Collect(ResultRows rows) { }

    public override void CountInstruments(Span<int> all, Span<int> live) { }

    protected override void Recreate() { }

    protected abstract void Take(ValueRingBuffer<MarketUpdate> ring, long first, long last);

    /// <summary>Reads the kind of each slot, and does nothing else.</summary>
    public sealed class Kinds(ValueRingBuffer<MarketUpdate> ring) : RingReader(ring)
    {
        /// <summary>Sum of the kinds read, so that the reading is not optimised away.</summary>
        public long Sum { get; private set; }

        [HotPath]
        protected override void Take(ValueRingBuffer<MarketUpdate> ring, long first, long last)
        {
            long sum = 0;
            for (var at = first; at <= last; at++) sum += (long)ring[at].Kind;
            Sum += sum;
        }
    }
}
