using Disruptor.Dsl;

namespace Disruptor.Tests;

/// <summary>What both sequencers promise.</summary>
public sealed class SequencerTests
{
    private const int Size = 16;

    public static readonly TheoryData<ProducerType> Both = [ProducerType.Single, ProducerType.Multi];

    private readonly Sequence _gate = new();

    private static ISequencer Create(ProducerType type, IWaitStrategy? waitStrategy = null) => type switch
    {
        ProducerType.Single => new SingleProducerSequencer(Size, waitStrategy ?? new BusySpinWaitStrategy()),
        _ => new MultiProducerSequencer(Size, waitStrategy ?? new BusySpinWaitStrategy()),
    };

    [Theory, MemberData(nameof(Both))]
    public void Starts_empty(ProducerType type)
    {
        var sequencer = Create(type);
        Assert.Equal(Size, sequencer.BufferSize);
        Assert.Equal(-1, sequencer.Cursor);
        Assert.Equal(Size, sequencer.GetRemainingCapacity());
        Assert.False(sequencer.IsAvailable(0));
        Assert.True(sequencer.TryNext(out var first));
        Assert.Equal(0, first);
    }

    [Theory, MemberData(nameof(Both))]
    public void Claims_single_sequences_and_batches_in_order(ProducerType type)
    {
        var sequencer = Create(type);
        Assert.Equal(0, sequencer.Next());
        Assert.Equal(4, sequencer.Next(4));
        Assert.True(sequencer.TryNext(3, out var hi));
        Assert.Equal(7, hi);
    }

    [Theory, MemberData(nameof(Both))]
    public void Refuses_batches_that_cannot_be(ProducerType type)
    {
        var sequencer = Create(type);
        Assert.ThrowsAny<ArgumentException>(() => sequencer.Next(0));
        Assert.ThrowsAny<ArgumentException>(() => sequencer.Next(Size + 1));
        Assert.ThrowsAny<ArgumentException>(() => sequencer.TryNext(0, out _));
        Assert.Equal(0, sequencer.Next());
    }

    [Theory]
    [InlineData(0)]
    [InlineData(-4)]
    [InlineData(12)]
    public void Size_must_be_a_power_of_two(int size)
    {
        Assert.ThrowsAny<ArgumentException>(() => new SingleProducerSequencer(size, new BusySpinWaitStrategy()));
        Assert.ThrowsAny<ArgumentException>(() => new MultiProducerSequencer(size, new BusySpinWaitStrategy()));
    }

    [Theory, MemberData(nameof(Both))]
    public void Nothing_is_available_until_it_is_published(ProducerType type)
    {
        var sequencer = Create(type);
        var hi = sequencer.Next(4);
        Assert.False(sequencer.IsAvailable(0));
        sequencer.Publish(0, hi);
        Assert.True(sequencer.IsAvailable(0));
        Assert.True(sequencer.IsAvailable(3));
        Assert.False(sequencer.IsAvailable(4));
        Assert.Equal(3, sequencer.Cursor);
        Assert.Equal(3, sequencer.GetHighestPublishedSequence(0, sequencer.Cursor));
    }

    [Theory, MemberData(nameof(Both))]
    public void An_overwritten_sequence_is_not_available(ProducerType type)
    {
        var sequencer = Create(type);
        for (var i = 0; i <= Size; i++)
        {
            sequencer.Publish(sequencer.Next());
        }

        Assert.False(sequencer.IsAvailable(0));
        Assert.True(sequencer.IsAvailable(1));
        Assert.True(sequencer.IsAvailable(Size));
    }

    [Theory, MemberData(nameof(Both))]
    public void A_full_ring_refuses_until_the_slowest_consumer_moves(ProducerType type)
    {
        var sequencer = Create(type);
        var fast = new Sequence();
        sequencer.AddGatingSequences(_gate, fast);
        Publish(sequencer, Size);
        fast.SetValue(Size - 1);

        Assert.False(sequencer.HasAvailableCapacity(1));
        Assert.False(sequencer.TryNext(out _));
        Assert.Equal(0, sequencer.GetRemainingCapacity());

        _gate.SetValue(2);
        Assert.Equal(3, sequencer.GetRemainingCapacity());
        Assert.True(sequencer.HasAvailableCapacity(3));
        Assert.False(sequencer.HasAvailableCapacity(4));
        Assert.False(sequencer.TryNext(4, out _));
        Assert.True(sequencer.TryNext(3, out var hi));
        Assert.Equal(Size + 2, hi);
    }

    [Theory, MemberData(nameof(Both))]
    public void A_producer_waits_for_the_slot_that_it_needs(ProducerType type)
    {
        var sequencer = Create(type);
        sequencer.AddGatingSequences(_gate);
        Publish(sequencer, Size);
        var claimed = 0L;
        var join = Workers.Start(() => Volatile.Write(ref claimed, sequencer.Next(2)));
        _gate.SetValue(0); // one slot is not enough
        Thread.SpinWait(10_000);

        Assert.Equal(0, Volatile.Read(ref claimed));
        _gate.SetValue(1);
        join();
        Assert.Equal(Size + 1, claimed);
    }

    [Theory, MemberData(nameof(Both))]
    public void A_gate_that_joins_starts_at_the_cursor(ProducerType type)
    {
        var sequencer = Create(type);
        Publish(sequencer, 5);
        sequencer.AddGatingSequences(_gate);
        Assert.Equal(4, _gate.Value);
        Assert.Equal(4, sequencer.GetMinimumSequence());
        Publish(sequencer, Size);
        Assert.False(sequencer.TryNext(out _));
    }

    [Theory, MemberData(nameof(Both))]
    public void A_gate_that_leaves_holds_nobody_up(ProducerType type)
    {
        var sequencer = Create(type);
        sequencer.AddGatingSequences(_gate);
        Publish(sequencer, Size);
        Assert.False(sequencer.TryNext(out _));
        Assert.True(sequencer.RemoveGatingSequence(_gate));
        Assert.False(sequencer.RemoveGatingSequence(_gate));
        Assert.True(sequencer.TryNext(out var next));
        Assert.Equal(Size, next);
    }

    [Theory, MemberData(nameof(Both))]
    public void A_gate_that_has_ended_at_the_highest_sequence_frees_all(ProducerType type)
    {
        var sequencer = Create(type);
        sequencer.AddGatingSequences(_gate);
        _gate.SetValue(long.MaxValue);
        Publish(sequencer, 3 * Size);
        Assert.Equal((3 * Size) - 1, sequencer.Cursor);
    }

    [Theory, MemberData(nameof(Both))]
    public void Minimum_without_consumers_is_the_cursor(ProducerType type)
    {
        var sequencer = Create(type);
        Publish(sequencer, 3);
        Assert.Equal(2, sequencer.GetMinimumSequence());
    }

    [Theory, MemberData(nameof(Both))]
    public void Capacity_holds_up_to_the_last_sequences_there_are(ProducerType type)
    {
        var sequencer = Create(type);
        var start = long.MaxValue - 1 - (2 * Size);
        sequencer.Claim(start);
        sequencer.Publish(start);
        sequencer.AddGatingSequences(_gate);
        Assert.Equal(start, _gate.Value);

        Assert.True(sequencer.TryNext(Size, out var hi));
        sequencer.Publish(hi - Size + 1, hi);
        Assert.False(sequencer.HasAvailableCapacity(1));
        Assert.False(sequencer.TryNext(out _));

        _gate.SetValue(hi);
        Assert.True(sequencer.HasAvailableCapacity(Size));
        Assert.True(sequencer.TryNext(Size, out hi));
        sequencer.Publish(hi - Size + 1, hi);
        Assert.Equal(long.MaxValue - 1, hi);
        Assert.Equal(hi, sequencer.GetHighestPublishedSequence(hi - Size + 1, sequencer.Cursor));

        // The next claims would pass the end; they must be refused, not granted by an overflow.
        Assert.False(sequencer.HasAvailableCapacity(Size));
        Assert.False(sequencer.TryNext(Size, out _));
    }

    [Fact]
    public void Consumers_of_several_producers_stop_at_a_hole()
    {
        var sequencer = new MultiProducerSequencer(Size, new BusySpinWaitStrategy());
        var barrier = sequencer.NewBarrier();
        var a = sequencer.Next();
        var b = sequencer.Next();
        var c = sequencer.Next();
        sequencer.Publish(c);
        Assert.Equal(-1, sequencer.GetHighestPublishedSequence(0, sequencer.Cursor));
        sequencer.Publish(a);
        Assert.Equal(0, sequencer.GetHighestPublishedSequence(0, sequencer.Cursor));
        Assert.Equal(0, barrier.WaitFor(0).UnsafeAvailableSequence);
        sequencer.Publish(b);
        Assert.Equal(2, barrier.WaitFor(0).UnsafeAvailableSequence);
    }

    [Theory, MemberData(nameof(Both))]
    public void Publication_signals_only_strategies_that_block(ProducerType type)
    {
        foreach (var blocks in new[] { true, false })
        {
            var strategy = new CountingWaitStrategy(blocks);
            var sequencer = Create(type, strategy);
            sequencer.Publish(sequencer.Next());
            var hi = sequencer.Next(3);
            sequencer.Publish(hi - 2, hi);
            Assert.Equal(blocks ? 2 : 0, strategy.Signals);
        }
    }

    private static void Publish(ISequencer sequencer, int count)
    {
        for (var i = 0; i < count; i++)
        {
            sequencer.Publish(sequencer.Next());
        }
    }

    private sealed class CountingWaitStrategy(bool blocks) : IWaitStrategy
    {
        public int Signals { get; private set; }

        public bool IsBlockingStrategy => blocks;

        public SequenceWaitResult WaitFor(long sequence, DependentSequenceGroup dependentSequences, CancellationToken cancellationToken)
            => dependentSequences.AggressiveSpinWaitFor(sequence, cancellationToken);

        public void SignalAllWhenBlocking() => Signals++;
    }
}
