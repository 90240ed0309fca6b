using System.Runtime.CompilerServices;
using Disruptor.Dsl;
using Disruptor.Processing;

namespace Disruptor.Tests;

public sealed class ValueDisruptorTests
{
    private readonly ValueDisruptor<Event64> _disruptor = new(() => default, 64, TaskScheduler.Default, ProducerType.Single, new BlockingWaitStrategy());

    [Fact]
    public void All_handlers_of_a_group_see_all_events()
    {
        Step a = new(), b = new();
        _disruptor.HandleEventsWith(a, b);
        Assert.False(_disruptor.HasStarted);
        var ring = _disruptor.Start();
        Assert.True(_disruptor.HasStarted);
        Publish(ring, 1000);
        _disruptor.Shutdown(Workers.Deadline);
        Assert.Equal(1000, a.Count);
        Assert.Equal(1000, b.Count);
        Assert.Equal(999, _disruptor.GetSequenceValueFor(a));
        Assert.Equal(999, _disruptor.Cursor);
        Assert.Equal(64, _disruptor.BufferSize);
        Assert.Same(ring, _disruptor.RingBuffer);
    }

    [Fact]
    public void A_diamond_joins_after_both_branches()
    {
        Step a = new() { Write = (ref Event64 e) => e.StepA = e.Value + 1 }, b = new() { Write = (ref Event64 e) => e.StepB = e.Value + 2 };
        var join = new Step { Check = (ref Event64 e) => e.StepA == e.Value + 1 && e.StepB == e.Value + 2 };
        _disruptor.HandleEventsWith(a, b).Then(join);
        Publish(_disruptor.Start(), 5000);
        _disruptor.Shutdown(Workers.Deadline);
        Assert.Equal(5000, join.Count);
        Assert.Equal(0, join.Failures);
        Assert.Equal(2, _disruptor.GetDependentSequencesFor(join)!.DependentSequenceCount);
        Assert.Null(_disruptor.GetDependentSequencesFor(new Step()));
    }

    [Fact]
    public void Chains_are_built_by_after_and_by_and()
    {
        Step a = new() { Write = (ref Event64 e) => e.StepA = 1 }, b = new() { Write = (ref Event64 e) => e.StepB = 1 };
        Step c = new() { Check = (ref Event64 e) => e.StepA == 1 }, d = new() { Check = (ref Event64 e) => e.StepA == 1 && e.StepB == 1 };
        var first = _disruptor.HandleEventsWith(a);
        var second = _disruptor.HandleEventsWith(b);
        _disruptor.After(a).HandleEventsWith(c);
        first.And(second).Then(d);
        Publish(_disruptor.Start(), 2000);
        _disruptor.Shutdown(Workers.Deadline);
        Assert.Equal(2000, c.Count);
        Assert.Equal(2000, d.Count);
        Assert.Equal(0, c.Failures + d.Failures);
    }

    [Fact]
    public void The_producer_waits_for_the_last_of_a_chain_only()
    {
        using var held = new ManualResetEventSlim();
        Step first = new(), last = new() { Check = (ref Event64 _) => { held.Wait(); return true; } };
        _disruptor.HandleEventsWith(first).Then(last);
        var ring = _disruptor.Start();
        Publish(ring, 64);
        Workers.WaitUntil(() => first.Count == 64);
        Assert.False(ring.TryNext(out _));
        Assert.ThrowsAny<Exception>(() => _disruptor.Shutdown(TimeSpan.FromMilliseconds(20)));
        held.Set();
        _disruptor.Shutdown(Workers.Deadline);
        Assert.Equal(64, last.Count);
        Assert.True(ring.TryNext(out _));
    }

    [Fact]
    public void Processors_of_the_users_own_kind_take_part()
    {
        Step a = new() { Write = (ref Event64 e) => e.StepA = 1 }, b = new() { Check = (ref Event64 e) => e.StepA == 1 }, c = new();
        ValueEventProcessorCreator<Event64> creator = (ring, barrier) => EventProcessorFactory.Create(ring, barrier, b);
        _disruptor.HandleEventsWith(a).Then(creator).Then(c);
        var own = EventProcessorFactory.Create(_disruptor.RingBuffer, _disruptor.RingBuffer.NewBarrier(), new Step());
        var after = new Step();
        _disruptor.HandleEventsWith(own);
        _disruptor.After(own).Then(after);
        Publish(_disruptor.Start(), 500);
        _disruptor.Shutdown(Workers.Deadline);
        Assert.Equal(500, b.Count);
        Assert.Equal(0, b.Failures);
        Assert.Equal(500, c.Count);
        Assert.Equal(500, after.Count);
        Assert.Equal(499, own.Sequence.Value);
    }

    [Fact]
    public void A_barrier_of_a_group_follows_the_group()
    {
        var a = new Step();
        var barrier = _disruptor.HandleEventsWith(a).AsSequenceBarrier();
        Publish(_disruptor.Start(), 10);
        Assert.True(barrier.WaitFor(0).UnsafeAvailableSequence <= 9);
        _disruptor.Shutdown(Workers.Deadline);
        Assert.Equal(9, barrier.WaitFor(9).UnsafeAvailableSequence);
    }

    [Fact]
    public void Exceptions_go_to_the_default_or_to_the_handlers_own()
    {
        Step a = new() { FailAt = 3 }, b = new() { FailAt = 5 };
        _disruptor.HandleEventsWith(a, b);
        CountingExceptionHandler common = new(), own = new();
        _disruptor.HandleExceptionsFor(b).With(own);
        _disruptor.SetDefaultExceptionHandler(common);
        Publish(_disruptor.Start(), 10);
        _disruptor.Shutdown(Workers.Deadline);
        Assert.Equal([3], common.Sequences);
        Assert.Equal([5], own.Sequences);
        Assert.Equal(9, a.Count);
    }

    [Fact]
    public void It_starts_once_and_takes_no_handler_after_that()
    {
        _disruptor.HandleEventsWith(new Step());
        _disruptor.Start();
        Assert.ThrowsAny<InvalidOperationException>(() => _disruptor.Start());
        Assert.ThrowsAny<InvalidOperationException>(() => _disruptor.HandleEventsWith(new Step()));
        _disruptor.Halt();
    }

    [Fact]
    public void Scopes_publish_through_the_disruptor()
    {
        var a = new Step();
        _disruptor.HandleEventsWith(a);
        _disruptor.Start();
        using (var scope = _disruptor.PublishEvent())
        {
            scope.Event().Fill(0);
        }

        using (var scope = _disruptor.PublishEvents(2))
        {
            scope.Event(0).Fill(1);
            scope.Event(1).Fill(2);
        }

        _disruptor.Shutdown(Workers.Deadline);
        Assert.Equal(3, a.Count);
        Assert.Equal(2, _disruptor[2].Value);
    }

    [Theory]
    [InlineData(ProducerType.Single)]
    [InlineData(ProducerType.Multi)]
    public void An_unmanaged_disruptor_does_the_same(ProducerType type)
    {
        using var memory = UnmanagedRingBufferMemory.Allocate(64, Unsafe.SizeOf<Event64>());
        var disruptor = new UnmanagedDisruptor<Event64>(memory, type, new YieldingWaitStrategy());
        Step a = new() { Write = (ref Event64 e) => e.StepA = e.Value }, b = new() { Check = (ref Event64 e) => e.StepA == e.Value };
        disruptor.HandleEventsWith(a).Then(b);
        var ring = disruptor.Start();
        for (var i = 0; i < 5000; i++)
        {
            using var scope = ring.PublishEvent();
            scope.Event().Fill(i);
        }

        disruptor.Shutdown(Workers.Deadline);
        Assert.Equal(5000, b.Count);
        Assert.Equal(0, b.Failures);
        Assert.Equal(4999, disruptor.Cursor);
        Assert.Equal(64, disruptor.BufferSize);
        Assert.Equal(4999, disruptor[4999].Value);
    }

    private static void Publish(ValueRingBuffer<Event64> ring, int count)
    {
        for (var i = 0; i < count; i++)
        {
            var sequence = ring.Next();
            ring[sequence].Fill(sequence);
            ring.Publish(sequence);
        }
    }

    private delegate void Writer(ref Event64 data);

    private delegate bool Checker(ref Event64 data);

    /// <summary>One stage of a chain: checks what came before, writes its mark, counts.</summary>
    private sealed class Step : IValueEventHandler<Event64>
    {
        private long _count;

        public Writer? Write { get; init; }

        public Checker? Check { get; init; }

        public long FailAt { get; init; } = -1;

        public long Failures { get; private set; }

        public long Count => Volatile.Read(ref _count);

        public void OnEvent(ref Event64 data, long sequence, bool endOfBatch)
        {
            if (sequence == FailAt) throw new InvalidOperationException("injected");
            if (!data.IsWhole || data.Value != sequence || Check?.Invoke(ref data) == false) Failures++;
            Write?.Invoke(ref data);
            Volatile.Write(ref _count, _count + 1);
        }

        // By its user's lights all handlers are the same; the disruptor must go by reference.
        public override bool Equals(object? obj) => obj is Step;

        public override int GetHashCode() => 1;
    }

    private sealed class CountingExceptionHandler : IValueExceptionHandler<Event64>
    {
        public readonly List<long> Sequences = [];

        public void HandleEventException(Exception ex, long sequence, ref Event64 evt) => Sequences.Add(sequence);

        public void HandleOnTimeoutException(Exception ex, long sequence) => throw ex;

        public void HandleOnStartException(Exception ex) => throw ex;

        public void HandleOnShutdownException(Exception ex) => throw ex;
    }
}
