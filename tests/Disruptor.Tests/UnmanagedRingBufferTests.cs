using System.Runtime.CompilerServices;
using Disruptor.Dsl;

namespace Disruptor.Tests;

public sealed unsafe class UnmanagedRingBufferTests
{
    private const int Size = 8;

    [Fact]
    public void Memory_is_zeroed_counted_and_filled_by_the_factory()
    {
        using var zeroed = UnmanagedRingBufferMemory.Allocate(Size, sizeof(Event64));
        Assert.Equal(Size, zeroed.EventCount);
        Assert.Equal(64, zeroed.EventSize);
        Assert.Equal(new Event64[Size], zeroed.ToArray<Event64>());

        var made = 0L;
        using var filled = UnmanagedRingBufferMemory.Allocate(Size, () => made++);
        Assert.Equal([0, 1, 2, 3, 4, 5, 6, 7], filled.ToArray<long>());
        Assert.Equal(5, ((long*)filled.PointerToFirstEvent)[5]);
        Assert.ThrowsAny<ArgumentException>(() => UnmanagedRingBufferMemory.Allocate(0, 8));
    }

    [Fact]
    public void Events_live_where_the_pointer_says()
    {
        const int stride = 24;
        var memory = stackalloc byte[Size * stride];
        var ring = new UnmanagedRingBuffer<long>((IntPtr)memory, stride, new SingleProducerSequencer(Size, new YieldingWaitStrategy()));
        for (var i = 0; i < 2 * Size; i++)
        {
            var sequence = ring.Next();
            ring[sequence] = sequence;
            ring.Publish(sequence);
        }

        for (var i = 0; i < Size; i++)
        {
            Assert.Equal(Size + i, *(long*)(memory + (i * stride)));
            Assert.True(Unsafe.AreSame(ref ring[i], ref ring[i + Size]));
        }
    }

    [Theory]
    [InlineData(ProducerType.Single)]
    [InlineData(ProducerType.Multi)]
    public void Claims_scopes_and_gates_are_those_of_the_heap_ring(ProducerType type)
    {
        using var memory = UnmanagedRingBufferMemory.Allocate(Size, Unsafe.SizeOf<Event64>());
        var ring = new UnmanagedRingBuffer<Event64>(memory, type, new YieldingWaitStrategy());
        var gate = new Sequence();
        ring.AddGatingSequences(gate);
        Assert.Equal(Size, ring.BufferSize);

        using (var scope = ring.PublishEvent())
        {
            scope.Event().Value = 1;
        }

        using (var scope = ring.PublishEvents(2))
        {
            scope.Event(0).Value = 2;
            scope.Event(1).Value = 3;
        }

        using (var scope = ring.TryPublishEvent())
        {
            Assert.True(scope.TryGetEvent(out var slot));
            slot.Event().Value = 4;
        }

        using (var scope = ring.TryPublishEvents(4))
        {
            Assert.True(scope.TryGetEvents(out var slots));
            slots.Event(3).Value = 8;
        }

        Assert.Equal(Size - 1, ring.Cursor);
        Assert.Equal([1, 2, 3, 4, 0, 0, 0, 8], Array.ConvertAll(memory.ToArray<Event64>(), e => e.Value));
        Assert.False(ring.HasAvailableCapacity(1));
        Assert.False(ring.TryNext(out _));
        Assert.False(ring.TryPublishEvent().HasEvent);
        Assert.False(ring.TryPublishEvents(2).HasEvents);
        gate.SetValue(ring.Cursor);
        Assert.Equal(Size, ring.GetRemainingCapacity());
        Assert.Equal(Size - 1, ring.GetMinimumGatingSequence());
        Assert.True(ring.RemoveGatingSequence(gate));
        Assert.Equal(Size + 1, ring.Next(2));
    }
}
