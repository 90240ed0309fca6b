using System.Runtime.CompilerServices;
using Disruptor.Dsl;

namespace Disruptor.Tests;

/// <summary>Nothing lost, doubled, reordered or torn: every event carries its sequence and a checksum over its line.</summary>
public sealed class StressTests
{
    private const int Size = 1 << 13;

    private static ValueRingBuffer<Event64> Single(int size = Size) => ValueRingBuffer<Event64>.CreateSingleProducer(() => default, size, new YieldingWaitStrategy());

    [Fact]
    public void A_normal_run_is_over_100_million_events()
    {
        var total = StressVolume.SpscBatch + StressVolume.SpscSingle + StressVolume.Unmanaged + StressVolume.Multicast + StressVolume.Diamond
                    + StressVolume.Mpsc + StressVolume.LastSequences + StressVolume.Processor;
        Assert.True(total >= 100 * StressVolume.Million, $"{total}");
    }

    [Fact]
    public void One_producer_one_consumer_in_batches()
    {
        var ring = Single();
        var gate = new Sequence();
        ring.AddGatingSequences(gate);
        var count = StressVolume.Of(StressVolume.SpscBatch);
        Workers.Run(() => StressRing.Produce(ring, count, 16), () => StressRing.Consume(ring, gate, count));
        Assert.Equal(count - 1, gate.Value);
    }

    [Fact]
    public void One_producer_one_consumer_event_by_event()
    {
        var ring = Single();
        var gate = new Sequence();
        ring.AddGatingSequences(gate);
        var count = StressVolume.Of(StressVolume.SpscSingle);
        Workers.Run(() => StressRing.Produce(ring, count, 1), () => StressRing.Consume(ring, gate, count));
        Assert.Equal(count - 1, gate.Value);
    }

    [Fact]
    public void One_producer_one_consumer_outside_the_heap()
    {
        using var memory = UnmanagedRingBufferMemory.Allocate(Size, Unsafe.SizeOf<Event64>());
        var ring = new UnmanagedRingBuffer<Event64>(memory, ProducerType.Single, new YieldingWaitStrategy());
        var gate = new Sequence();
        ring.AddGatingSequences(gate);
        var count = StressVolume.Of(StressVolume.Unmanaged);
        Workers.Run(() => StressRing.Produce(ring, count, 7), () => StressRing.Consume(ring, gate, count));
        Assert.Equal(count - 1, gate.Value);
    }

    [Theory]
    [InlineData(1, 1)]
    [InlineData(2, 1)]
    [InlineData(4, 3)]
    [InlineData(16, 16)]
    public void A_tiny_ring_wraps_without_loss(int size, int batch)
    {
        var ring = Single(size);
        var gate = new Sequence();
        ring.AddGatingSequences(gate);
        var count = StressVolume.Of(StressVolume.TinyRing);
        Workers.Run(() => StressRing.Produce(ring, count, batch), () => StressRing.Consume(ring, gate, count));
        Assert.Equal(count - 1, gate.Value);
    }

    [Fact]
    public void One_producer_that_never_waits_drops_by_its_own_choice_only()
    {
        var ring = Single(64);
        var gate = new Sequence();
        ring.AddGatingSequences(gate);
        long published = 0, refused = 0;
        var done = false;
        Workers.Run(
            () =>
            {
                for (var packet = 0; packet < StressVolume.Of(StressVolume.TinyRing); packet++)
                {
                    const int updates = 5;
                    if (!ring.HasAvailableCapacity(updates))
                    {
                        refused++;
                        continue;
                    }

                    var lo = ring.Cursor + 1;
                    for (var i = 0; i < updates; i++)
                    {
                        Assert.True(ring.TryNext(out var sequence), "capacity was promised");
                        ring[sequence].Fill(sequence);
                    }

                    ring.Publish(lo, lo + updates - 1);
                    published += updates;
                }

                Volatile.Write(ref done, true);
            },
            () =>
            {
                while (!Volatile.Read(ref done) || gate.Value < ring.Cursor)
                {
                    StressRing.Consume(ring, gate, ring.Cursor - gate.Value);
                }
            });
        Assert.Equal(published - 1, gate.Value);
        Assert.True(published > 0 && refused > 0, $"published {published}, refused {refused}");
    }

    [Fact]
    public void One_producer_three_consumers()
    {
        var ring = Single(1 << 16);
        Sequence[] gates = [new(), new(), new()];
        ring.AddGatingSequences(gates);
        var count = StressVolume.Of(StressVolume.Multicast);
        Workers.Run(
            () => StressRing.Produce(ring, count, 16),
            () => StressRing.ConsumeBehind(ring, ring.NewBarrier(), gates[0], count),
            () => StressRing.ConsumeBehind(ring, ring.NewBarrier(), gates[1], count),
            () => StressRing.ConsumeBehind(ring, ring.NewBarrier(), gates[2], count));
        Assert.All(gates, gate => Assert.Equal(count - 1, gate.Value));
    }

    [Fact]
    public void A_diamond_of_three_consumers()
    {
        var ring = Single(1 << 16);
        Sequence a = new(), b = new(), join = new();
        ring.AddGatingSequences(join);
        var count = StressVolume.Of(StressVolume.Diamond);
        Workers.Run(
            () => StressRing.Produce(ring, count, 8),
            () => StressRing.ConsumeBehind(ring, ring.NewBarrier(), a, count, sequence => ring[sequence].StepA = sequence + 1),
            () => StressRing.ConsumeBehind(ring, ring.NewBarrier(), b, count, sequence => ring[sequence].StepB = sequence + 2),
            () => StressRing.ConsumeBehind(ring, ring.NewBarrier(a, b), join, count, sequence =>
            {
                ref var data = ref ring[sequence];
                if (data.Value != sequence || !data.IsWhole || data.StepA != sequence + 1 || data.StepB != sequence + 2) Assert.Fail($"sequence {sequence}");
            }));
        Assert.Equal(count - 1, join.Value);
    }

    [Theory]
    [InlineData(1)]
    [InlineData(5)]
    public void Three_producers_one_consumer(int batch)
    {
        const int producers = 3;
        var ring = ValueRingBuffer<Event64>.CreateMultiProducer(() => default, 1 << 12, new YieldingWaitStrategy());
        var gate = new Sequence();
        ring.AddGatingSequences(gate);
        var perProducer = StressVolume.Of(StressVolume.Mpsc) / 2 / producers / batch * batch;
        var next = new long[producers];
        Workers.Run(
            () => ProduceAs(ring, 0, perProducer, batch),
            () => ProduceAs(ring, 1, perProducer, batch),
            () => ProduceAs(ring, 2, perProducer, batch),
            () => StressRing.ConsumeBehind(ring, ring.NewBarrier(), gate, producers * perProducer, sequence =>
            {
                ref var data = ref ring[sequence];
                if (!data.IsWhole || data.Value != next[data.Producer]++) Assert.Fail($"sequence {sequence}: producer {data.Producer}, value {data.Value}");
            }));
        Assert.All(next, count => Assert.Equal(perProducer, count));
    }

    [Theory]
    [InlineData(ProducerType.Single)]
    [InlineData(ProducerType.Multi)]
    public void The_last_sequences_there_are(ProducerType type)
    {
        var ring = ValueRingBuffer<Event64>.Create(type, () => default, 1 << 10, new YieldingWaitStrategy());
        var count = StressVolume.LastSequences / 2;
        var start = long.MaxValue - 1 - count;
        ring.ClaimAndGetPreallocated(start);
        ring.Publish(start);
        var gate = new Sequence();
        ring.AddGatingSequences(gate);
        Workers.Run(
            () => StressRing.Produce(ring, count, 10),
            () => StressRing.ConsumeBehind(ring, ring.NewBarrier(), gate, count));
        Assert.Equal(long.MaxValue - 1, gate.Value);
    }

    [Fact]
    public void A_processor_behind_a_disruptor()
    {
        var disruptor = new ValueDisruptor<Event64>(() => default, Size, TaskScheduler.Default, ProducerType.Single, new YieldingWaitStrategy());
        var handler = new CheckingHandler();
        disruptor.HandleEventsWith(handler);
        var count = StressVolume.Of(StressVolume.Processor);
        StressRing.Produce(disruptor.Start(), count, 4);
        disruptor.Shutdown(Workers.Deadline);
        Assert.Equal(count, handler.Count);
        Assert.Equal(0, handler.Failures);
    }

    private static void ProduceAs(ValueRingBuffer<Event64> ring, int producer, long count, int batch)
    {
        for (var value = 0L; value < count; value += batch)
        {
            long hi;
            if ((value & 1) == 0)
            {
                hi = ring.Next(batch);
            }
            else
            {
                while (!ring.TryNext(batch, out hi))
                {
                    Thread.Yield();
                }
            }

            for (var i = 0; i < batch; i++)
            {
                ring[hi - batch + 1 + i].Fill(value + i, producer);
            }

            ring.Publish(hi - batch + 1, hi);
        }
    }

    private sealed class CheckingHandler : IValueEventHandler<Event64>
    {
        public long Count { get; private set; }

        public long Failures { get; private set; }

        public void OnEvent(ref Event64 data, long sequence, bool endOfBatch)
        {
            if (data.Value != Count || sequence != Count || !data.IsWhole) Failures++;
            Count++;
        }
    }
}
