using System.Diagnostics;
using Disruptor.Dsl;

namespace Disruptor.Tests;

/// <summary>What every wait strategy promises, and what some do beyond.</summary>
public sealed class WaitStrategyTests
{
    public static TheoryData<string> All => WaitStrategies.All;

    [Theory, MemberData(nameof(All))]
    public void Returns_at_once_what_is_available(string name)
    {
        var cursor = new Sequence(10);
        var result = WaitStrategies.Create(name).WaitFor(8, new DependentSequenceGroup(cursor), CancellationToken.None);
        Assert.Equal(10, result.AvailableSequence);
    }

    [Theory, MemberData(nameof(All))]
    public void Wakes_for_a_publication(string name)
    {
        for (var round = 0; round < 20; round++)
        {
            var strategy = WaitStrategies.Create(name);
            var cursor = new Sequence();
            var group = new DependentSequenceGroup(cursor);
            long? seen = null;
            var join = Workers.Start(() => seen = WaitWithoutTimeout(strategy, 0, group));
            Thread.SpinWait(round * 100);

            cursor.SetValue(0);
            if (strategy.IsBlockingStrategy) strategy.SignalAllWhenBlocking();
            join();
            Assert.Equal(0, seen);
        }
    }

    [Theory, MemberData(nameof(All))]
    public void Waits_for_the_consumer_in_front_not_only_for_the_cursor(string name)
    {
        var strategy = WaitStrategies.Create(name);
        Sequence cursor = new(5), before = new(2);
        var group = new DependentSequenceGroup(cursor, before);
        long? seen = null;
        var join = Workers.Start(() => seen = WaitWithoutTimeout(strategy, 4, group));
        before.SetValue(3);
        Thread.Yield();
        before.SetValue(4);
        join();
        Assert.Equal(4, seen);
    }

    [Theory, MemberData(nameof(All))]
    public void Ends_when_it_is_cancelled(string name)
    {
        var strategy = WaitStrategies.Create(name);
        using var cancellation = new CancellationTokenSource();
        var token = cancellation.Token;
        var group = new DependentSequenceGroup(new Sequence());
        var cancelled = false;
        var join = Workers.Start(() =>
        {
            try
            {
                WaitWithoutTimeout(strategy, 0, group, token);
            }
            catch (OperationCanceledException)
            {
                cancelled = true;
            }
        });
        Thread.Yield();
        cancellation.Cancel();
        strategy.SignalAllWhenBlocking();
        join();
        Assert.True(cancelled);
    }

    [Theory, MemberData(nameof(All))]
    public void A_barrier_is_cancelled_reset_and_used_again(string name)
    {
        var sequencer = new SingleProducerSequencer(8, WaitStrategies.Create(name));
        var barrier = sequencer.NewBarrier();
        barrier.CancelProcessing();
        Assert.True(barrier.IsCancellationRequested);
        Assert.ThrowsAny<OperationCanceledException>(() => barrier.WaitFor(0));
        Assert.ThrowsAny<OperationCanceledException>(barrier.ThrowIfCancellationRequested);
        barrier.ResetProcessing();
        Assert.False(barrier.IsCancellationRequested);
        sequencer.Publish(sequencer.Next());
        Assert.Equal(0, barrier.WaitFor(0).AvailableSequence);
    }

    [Fact]
    public void Timeout_blocking_reports_the_time_out()
    {
        var timeout = TimeSpan.FromMilliseconds(30);
        var started = Stopwatch.GetTimestamp();
        var result = new TimeoutBlockingWaitStrategy(timeout).WaitFor(0, new DependentSequenceGroup(new Sequence()), CancellationToken.None);
        Assert.True(result.IsTimeout);
        Assert.True(Stopwatch.GetElapsedTime(started) >= TimeSpan.FromMilliseconds(25));
    }

    [Fact]
    public void Only_strategies_that_block_want_signals()
    {
        string[] blocking = ["Blocking", "TimeoutBlocking", "HybridSpin", "PhasedBackoffWithLock"];
        foreach (string name in All)
        {
            Assert.Equal(blocking.Contains(name, StringComparer.Ordinal), WaitStrategies.Create(name).IsBlockingStrategy);
        }
    }

    [Fact]
    public void A_tagged_consumer_of_the_hybrid_strategy_needs_no_signal()
    {
        var cursor = new Sequence();
        var group = new DependentSequenceGroup(cursor) { Tag = HybridSpinWaitStrategy.AggressiveSpinWaitTag };
        var strategy = new HybridSpinWaitStrategy();
        long? seen = null;
        var join = Workers.Start(() => seen = strategy.WaitFor(0, group, CancellationToken.None).AvailableSequence);
        cursor.SetValue(0); // and no signal
        join();
        Assert.Equal(0, seen);
    }

    [Theory]
    [InlineData(ProducerType.Single)]
    [InlineData(ProducerType.Multi)]
    public void A_barrier_knows_what_it_depends_on(ProducerType type)
    {
        var ring = ValueRingBuffer<long>.Create(type, () => 0, 8, new YieldingWaitStrategy());
        var first = new Sequence();
        var barrier = ring.NewBarrier(first);
        ring.Publish(ring.Next());
        Assert.Equal(-1, barrier.DependentSequences.Value);
        Assert.Equal(0, barrier.DependentSequences.CursorValue);
        first.SetValue(0);
        Assert.Equal(0, barrier.WaitFor(0).AvailableSequence);
    }

    private static long? WaitWithoutTimeout(IWaitStrategy strategy, long sequence, DependentSequenceGroup group, CancellationToken cancellationToken = default)
    {
        SequenceWaitResult result;
        do
        {
            result = strategy.WaitFor(sequence, group, cancellationToken);
        }
        while (result.IsTimeout);

        return result.AvailableSequence;
    }
}
