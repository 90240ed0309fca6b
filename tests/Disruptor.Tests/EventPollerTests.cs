using Disruptor.Dsl;

namespace Disruptor.Tests;

public sealed class EventPollerTests
{
    private readonly List<(long Value, long Sequence, bool EndOfBatch)> _seen = [];

    [Theory]
    [InlineData(ProducerType.Single)]
    [InlineData(ProducerType.Multi)]
    public void A_poll_hands_over_what_is_published(ProducerType type)
    {
        var ring = ValueRingBuffer<long>.Create(type, () => 0, 8, new YieldingWaitStrategy());
        var poller = ring.NewPoller();
        ring.AddGatingSequences(poller.Sequence);
        Assert.Equal(EventPoller.PollState.Idle, poller.Poll(Collect));

        Publish(ring, 3);
        Assert.Equal(EventPoller.PollState.Processing, poller.Poll(Collect));
        Assert.Equal([(100, 0, false), (101, 1, false), (102, 2, true)], _seen);
        Assert.Equal(2, poller.Sequence.Value);
        Assert.Equal(EventPoller.PollState.Idle, poller.Poll(Collect));
    }

    [Fact]
    public void A_handler_that_has_enough_ends_the_poll()
    {
        var ring = ValueRingBuffer<long>.CreateSingleProducer(() => 0, 8, new YieldingWaitStrategy());
        var poller = ring.NewPoller();
        Publish(ring, 3);
        Assert.Equal(EventPoller.PollState.Processing, poller.Poll((ref long _, long sequence, bool _) => sequence < 1));
        Assert.Equal(1, poller.Sequence.Value);
        poller.Poll(Collect);
        Assert.Equal([(102, 2, true)], _seen);
    }

    [Fact]
    public void A_poller_behind_another_consumer_is_gated()
    {
        var ring = ValueRingBuffer<long>.CreateSingleProducer(() => 0, 8, new YieldingWaitStrategy());
        var first = ring.NewPoller();
        var second = ring.NewPoller(first.Sequence);
        Publish(ring, 2);
        Assert.Equal(EventPoller.PollState.Gating, second.Poll(Collect));
        Assert.Empty(_seen);
        first.Poll((ref long value, long _, bool _) => (value += 1000) > 0);
        Assert.Equal(EventPoller.PollState.Processing, second.Poll(Collect));
        Assert.Equal([(1100, 0, false), (1101, 1, true)], _seen);
    }

    [Fact]
    public void A_claimed_and_unpublished_event_is_not_polled()
    {
        var ring = ValueRingBuffer<long>.CreateMultiProducer(() => 0, 8, new YieldingWaitStrategy());
        var poller = ring.NewPoller();
        var a = ring.Next();
        var b = ring.Next();
        ring.Publish(b);
        Assert.Equal(EventPoller.PollState.Gating, poller.Poll(Collect));
        ring.Publish(a);
        Assert.Equal(EventPoller.PollState.Processing, poller.Poll(Collect));
        Assert.Equal(2, _seen.Count);
    }

    [Fact]
    public void An_unmanaged_ring_is_polled_alike()
    {
        using var memory = UnmanagedRingBufferMemory.Allocate(8, () => 0L);
        var sequencer = new SingleProducerSequencer(8, new YieldingWaitStrategy());
        var ring = new UnmanagedRingBuffer<long>(memory.PointerToFirstEvent, memory.EventSize, sequencer);
        var poller = sequencer.NewPoller(ring);
        var sequence = ring.Next();
        ring[sequence] = 77;
        ring.Publish(sequence);
        poller.Poll(Collect);
        Assert.Equal([(77, 0, true)], _seen);
    }

    [Fact]
    public void A_poller_is_made_of_its_parts()
    {
        var sequencer = new SingleProducerSequencer(8, new YieldingWaitStrategy());
        var ring = new ValueRingBuffer<long>(sequencer);
        var first = new Sequence();
        ValueEventPoller<long>[] pollers =
        [
            sequencer.NewPoller(ring, first),
            EventPoller.Create(ring, sequencer, new Sequence(), new Sequence(0), first),
        ];
        Publish(ring, 1);
        Assert.All(pollers, poller => Assert.Equal(EventPoller.PollState.Gating, poller.Poll(Collect)));
        first.SetValue(0);
        Assert.All(pollers, poller => Assert.Equal(EventPoller.PollState.Processing, poller.Poll(Collect)));
    }

    private bool Collect(ref long data, long sequence, bool endOfBatch)
    {
        _seen.Add((data, sequence, endOfBatch));
        return true;
    }

    private static void Publish(ValueRingBuffer<long> ring, int count)
    {
        for (var i = 0; i < count; i++)
        {
            var sequence = ring.Next();
            ring[sequence] = 100 + sequence;
            ring.Publish(sequence);
        }
    }
}
