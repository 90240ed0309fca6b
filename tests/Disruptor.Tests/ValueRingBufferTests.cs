using Disruptor.Dsl;

namespace Disruptor.Tests;

public sealed class ValueRingBufferTests
{
    private const int Size = 8;

    private readonly ValueRingBuffer<Event64> _ring = ValueRingBuffer<Event64>.CreateSingleProducer(() => default, Size, new YieldingWaitStrategy());

    [Fact]
    public void The_factory_fills_the_slots_in_order()
    {
        var made = 0;
        var ring = new ValueRingBuffer<long>(() => 100 + made++, Size);
        Assert.Equal(Size, made);
        for (var i = 0; i < Size; i++)
        {
            Assert.Equal(100 + i, ring[i]);
        }
    }

    [Fact]
    public void Slots_repeat_with_the_size()
    {
        _ring[3].Value = 42;
        Assert.Equal(42, _ring[3 + Size].Value);
        Assert.Equal(42, _ring[3 + (Size * 1_000_000_000_000L)].Value);
        Assert.NotEqual(42, _ring[4].Value);
        Assert.NotEqual(42, _ring[2].Value);
    }

    [Fact]
    public void Every_way_to_make_a_ring_makes_one()
    {
        var waitStrategy = new YieldingWaitStrategy();
        ValueRingBuffer<int>[] rings =
        [
            ValueRingBuffer<int>.CreateSingleProducer(() => 1, Size),
            ValueRingBuffer<int>.CreateSingleProducer(() => 1, Size, waitStrategy),
            ValueRingBuffer<int>.CreateMultiProducer(() => 1, Size),
            ValueRingBuffer<int>.CreateMultiProducer(() => 1, Size, waitStrategy),
            ValueRingBuffer<int>.Create(ProducerType.Single, () => 1, Size, waitStrategy),
            ValueRingBuffer<int>.Create(ProducerType.Multi, () => 1, Size, waitStrategy),
            new(new SingleProducerSequencer(Size)),
            new(() => 1, new MultiProducerSequencer(Size)),
        ];
        foreach (var ring in rings)
        {
            Assert.Equal(Size, ring.BufferSize);
            Assert.Equal(-1, ring.Cursor);
            var sequence = ring.Next();
            ring[sequence] = 5;
            ring.Publish(sequence);
            Assert.Equal(0, ring.Cursor);
            Assert.True(ring.IsAvailable(0));
            Assert.Equal(5, ring[0]);
            Assert.NotEmpty(ring.ToString());
        }
    }

    [Fact]
    public void Slots_with_references_survive_collections()
    {
        var ring = ValueRingBuffer<(string Name, long Value)>.CreateSingleProducer(() => ("?", 0), Size, new YieldingWaitStrategy());
        for (var i = 0L; i < 100; i++)
        {
            var sequence = ring.Next();
            ring[sequence] = (new string('x', (int)i), i);
            ring.Publish(sequence);
            GC.Collect(0);
        }

        GC.Collect();
        for (var i = 100L - Size; i < 100; i++)
        {
            Assert.Equal((new string('x', (int)i), i), ring[i]);
        }
    }

    [Fact]
    public void A_full_ring_is_told_by_capacity_and_by_refusal()
    {
        var gate = new Sequence();
        _ring.AddGatingSequences(gate);
        Assert.True(_ring.HasAvailableCapacity(Size));
        Assert.False(_ring.HasAvailableCapacity(Size + 1));
        Assert.True(_ring.TryNext(Size, out var hi));
        _ring.Publish(0, hi);
        Assert.False(_ring.HasAvailableCapacity(1));
        Assert.False(_ring.TryNext(out _));
        Assert.Equal(0, _ring.GetRemainingCapacity());
        gate.SetValue(0);
        Assert.Equal(0, _ring.GetMinimumGatingSequence());
        Assert.True(_ring.HasAvailableCapacity(1));
        Assert.True(_ring.TryNext(out var next));
        Assert.Equal(Size, next);
        Assert.True(_ring.RemoveGatingSequence(gate));
    }

    [Fact]
    public void Claiming_a_sequence_moves_the_producer()
    {
        _ring.ClaimAndGetPreallocated(41).Value = 7;
        _ring.Publish(41);
        Assert.Equal(41, _ring.Cursor);
        Assert.Equal(7, _ring[41].Value);
        Assert.Equal(42, _ring.Next());
    }

    [Fact]
    public void A_scope_publishes_when_it_ends()
    {
        using (var scope = _ring.PublishEvent())
        {
            scope.Event().Value = 11;
            Assert.Equal(0, scope.Sequence);
            Assert.Equal(-1, _ring.Cursor);
        }

        Assert.Equal(0, _ring.Cursor);
        Assert.Equal(11, _ring[0].Value);
    }

    [Fact]
    public void A_batch_scope_publishes_its_events_together()
    {
        using (var scope = _ring.PublishEvents(3))
        {
            Assert.Equal(0, scope.StartSequence);
            Assert.Equal(2, scope.EndSequence);
            for (var i = 0; i < 3; i++)
            {
                scope.Event(i).Value = 20 + i;
            }

            Assert.Equal(-1, _ring.Cursor);
        }

        Assert.Equal(2, _ring.Cursor);
        Assert.Equal(21, _ring[1].Value);
    }

    [Fact]
    public void A_scope_over_a_full_ring_has_nothing_to_publish()
    {
        _ring.AddGatingSequences(new Sequence());
        using (var scope = _ring.TryPublishEvents(Size))
        {
            Assert.True(scope.HasEvents);
            Assert.True(scope.TryGetEvents(out var events));
            Assert.Equal(0, events.StartSequence);
            Assert.Equal(Size - 1, events.EndSequence);
            events.Event(1).Value = 31;
        }

        using (var scope = _ring.TryPublishEvent())
        {
            Assert.False(scope.HasEvent);
            Assert.False(scope.TryGetEvent(out _));
        }

        using (var scope = _ring.TryPublishEvents(2))
        {
            Assert.False(scope.HasEvents);
            Assert.False(scope.TryGetEvents(out _));
        }

        Assert.Equal(Size - 1, _ring.Cursor);
        Assert.Equal(31, _ring[1].Value);
    }

    [Fact]
    public void A_single_scope_over_a_free_slot_publishes()
    {
        using (var scope = _ring.TryPublishEvent())
        {
            Assert.True(scope.HasEvent);
            Assert.True(scope.TryGetEvent(out var slot));
            Assert.Equal(0, slot.Sequence);
            slot.Event().Value = 9;
        }

        Assert.Equal(0, _ring.Cursor);
        Assert.Equal(9, _ring[0].Value);
    }
}
