using Disruptor.Dsl;

namespace Disruptor.Tests;

/// <summary>Consumers come and go while a producer runs at full speed.</summary>
public sealed class JoiningConsumersTests
{
    [Theory]
    [InlineData(ProducerType.Single, true)]
    [InlineData(ProducerType.Single, false)]
    [InlineData(ProducerType.Multi, true)]
    [InlineData(ProducerType.Multi, false)]
    public void A_consumer_that_joins_misses_nothing_until_it_leaves(ProducerType type, bool anotherStays)
    {
        var ring = ValueRingBuffer<Event64>.Create(type, () => default, 1024, new YieldingWaitStrategy());
        bool stop = false, produced = false;
        var stayed = new Sequence();
        if (anotherStays) ring.AddGatingSequences(stayed);
        var target = StressVolume.Of(StressVolume.Joining) / 10;
        long visits = 0;

        Action produce = () =>
        {
            while (!Volatile.Read(ref stop))
            {
                StressRing.Produce(ring, 64, 1);
            }

            Volatile.Write(ref produced, true);
        };
        Action stay = () =>
        {
            var barrier = ring.NewBarrier();
            while (anotherStays && !(Volatile.Read(ref produced) && stayed.Value == ring.Cursor))
            {
                if (stayed.Value < ring.Cursor) StressRing.ConsumeBehind(ring, barrier, stayed, ring.Cursor - stayed.Value);
                else Thread.Yield();
            }
        };
        Action visit = () =>
        {
            var own = new Sequence();
            for (var seen = 0L; seen < target; seen += 500)
            {
                ring.AddGatingSequences(own);
                StressRing.ConsumeBehind(ring, ring.NewBarrier(), own, 500);
                Assert.True(ring.RemoveGatingSequence(own));
                visits++;
            }

            Volatile.Write(ref stop, true);
        };
        Workers.Run(produce, stay, visit);
        Assert.True(visits > 0);
        if (anotherStays) Assert.Equal(ring.Cursor, stayed.Value);
    }

    [Fact]
    public void Joining_and_leaving_from_many_threads_keeps_every_gate()
    {
        var sequencer = new SingleProducerSequencer(64, new YieldingWaitStrategy());
        var kept = new Sequence[3];
        Action<int> churn = index =>
        {
            for (var i = 0; i < 2000; i++)
            {
                Sequence temporary = new(), keep = new();
                sequencer.AddGatingSequences(temporary, keep);
                Assert.True(sequencer.RemoveGatingSequence(temporary));
                if (kept[index] is { } before) Assert.True(sequencer.RemoveGatingSequence(before));
                kept[index] = keep;
            }
        };
        Workers.Run(() => churn(0), () => churn(1), () => churn(2));
        Assert.True(sequencer.TryNext(64, out var hi));
        sequencer.Publish(0, hi);
        foreach (var sequence in kept)
        {
            Assert.False(sequencer.TryNext(out _));
            sequence.SetValue(hi);
        }

        Assert.True(sequencer.TryNext(out _));
    }
}
