using Disruptor.Processing;

namespace Disruptor.Tests;

public sealed class EventProcessorTests
{
    private readonly ValueRingBuffer<long> _ring = ValueRingBuffer<long>.CreateSingleProducer(() => 0, 64, new TimeoutBlockingWaitStrategy(TimeSpan.FromMilliseconds(5)));

    [Fact]
    public void Events_come_in_batches_between_start_and_shutdown()
    {
        Publish(3);
        var handler = new RecordingHandler();
        var processor = Create(handler);
        var run = Start(processor);
        Workers.WaitUntil(() => handler.Count >= 3);
        Publish(1);
        Workers.WaitUntil(() => handler.Count >= 4);
        Stop(processor, run);

        Assert.Equal(["start", "batch 3", "0", "1", "2 end", "batch 1", "3 end", "shutdown"], handler.Log);
        Assert.Equal(3, processor.Sequence.Value);
        Assert.False(processor.IsRunning);
    }

    [Fact]
    public void A_batch_is_no_longer_than_the_handler_wants()
    {
        Publish(7);
        var handler = new RecordingHandler { MaxBatchSize = 3 };
        var processor = Create(handler);
        var run = Start(processor);
        Workers.WaitUntil(() => handler.Count >= 7);
        Stop(processor, run);
        Assert.Equal(["start", "batch 3", "0", "1", "2 end", "batch 3", "3", "4", "5 end", "batch 1", "6 end", "shutdown"], handler.Log);
    }

    [Fact]
    public void A_time_out_is_reported_with_the_last_sequence()
    {
        Publish(2);
        var handler = new RecordingHandler();
        var processor = Create(handler);
        var run = Start(processor);
        Workers.WaitUntil(() => Volatile.Read(ref handler.Timeouts) >= 2);
        Stop(processor, run);
        Assert.Equal(1, handler.TimeoutSequence);
    }

    [Fact]
    public void An_exception_goes_to_its_handler_and_the_next_event_follows()
    {
        Publish(4);
        var handler = new RecordingHandler { FailAt = 1 };
        var exceptions = new RecordingExceptionHandler();
        var processor = Create(handler);
        processor.SetExceptionHandler(exceptions);
        var run = Start(processor);
        Workers.WaitUntil(() => processor.Sequence.Value >= 3);
        Stop(processor, run);
        Assert.Equal(["event 1 of value 101"], exceptions.Log);
        Assert.Equal(["start", "batch 4", "0", "batch 2", "2", "3 end", "shutdown"], handler.Log);
    }

    [Fact]
    public void Exceptions_of_start_time_out_and_shutdown_are_told_apart()
    {
        var handler = new RecordingHandler { FailAlways = true };
        var exceptions = new RecordingExceptionHandler();
        var processor = Create(handler);
        processor.SetExceptionHandler(exceptions);
        var run = Start(processor);
        Workers.WaitUntil(() => Volatile.Read(ref handler.Timeouts) >= 1);
        Stop(processor, run);
        Assert.Equal("start", exceptions.Log[0]);
        Assert.Equal("timeout -1", exceptions.Log[1]);
        Assert.Equal("shutdown", exceptions.Log[^1]);
    }

    [Fact]
    public async Task Without_an_exception_handler_an_exception_ends_the_run()
    {
        Publish(2);
        var processor = Create(new RecordingHandler { FailAt = 1 });
        var run = Start(processor);
        await Assert.ThrowsAnyAsync<Exception>(() => run.WaitAsync(Workers.Deadline));
        Assert.False(processor.IsRunning);
    }

    [Fact]
    public void A_running_processor_is_not_run_twice_and_a_halted_one_may_run_again()
    {
        var handler = new RecordingHandler();
        var processor = Create(handler);
        var run = Start(processor);
        processor.WaitUntilStarted(Workers.Deadline);
        Assert.Throws<InvalidOperationException>(processor.Run);
        Stop(processor, run);

        Publish(1);
        run = Start(processor);
        Workers.WaitUntil(() => handler.Count >= 1);
        Stop(processor, run);
        Assert.Equal(["start", "shutdown", "start", "batch 1", "0 end", "shutdown"], handler.Log);
    }

    [Fact]
    public void A_handler_may_report_progress_within_a_batch()
    {
        Publish(5);
        var handler = new EarlyReporter();
        var processor = Create(handler);
        _ring.AddGatingSequences(processor.Sequence);
        processor.Sequence.SetValue(-1);
        var run = Start(processor);
        Workers.WaitUntil(() => _ring.GetMinimumGatingSequence() == 2); // while the handler holds event 3
        Volatile.Write(ref handler.MayGoOn, true);
        Workers.WaitUntil(() => processor.Sequence.Value == 4);
        Stop(processor, run);
    }

    [Fact]
    public void Halting_at_any_moment_ends_the_run()
    {
        for (var i = 0; i < 500; i++)
        {
            var processor = Create(new RecordingHandler());
            var run = Start(processor);
            if ((i & 1) == 0) processor.WaitUntilStarted(Workers.Deadline);
            for (var spin = 0; spin < i % 50; spin++)
            {
                Thread.SpinWait(10);
            }

            Stop(processor, run);
        }
    }

    [Fact]
    public void An_unmanaged_ring_and_any_provider_feed_a_processor()
    {
        using var memory = UnmanagedRingBufferMemory.Allocate(8, () => 0L);
        var sequencer = new SingleProducerSequencer(8, new YieldingWaitStrategy());
        var ring = new UnmanagedRingBuffer<long>(memory.PointerToFirstEvent, memory.EventSize, sequencer);
        foreach (var provider in new IValueDataProvider<long>[] { ring, new Indirect(ring) })
        {
            var handler = new RecordingHandler();
            var processor = EventProcessorFactory.Create(provider, ring.NewBarrier(), handler);
            processor.Sequence.SetValue(ring.Cursor);
            var run = Start(processor);
            var sequence = ring.Next();
            ring[sequence] = 500;
            ring.Publish(sequence);
            Workers.WaitUntil(() => handler.Count >= 1);
            Stop(processor, run);
            Assert.Equal(500, handler.LastValue);
        }
    }

    private IValueEventProcessor<long> Create(IValueEventHandler<long> handler) => EventProcessorFactory.Create(_ring, _ring.NewBarrier(), handler);

    private static Task Start(IEventProcessor processor) => processor.Start(TaskScheduler.Default, TaskCreationOptions.LongRunning);

    private static void Stop(IEventProcessor processor, Task run)
    {
        processor.Halt();
        Workers.WaitUntil(() => run.IsCompleted);
        Assert.True(run.IsCompletedSuccessfully);
    }

    private void Publish(int count)
    {
        var hi = _ring.Next(count);
        for (var sequence = hi - count + 1; sequence <= hi; sequence++)
        {
            _ring[sequence] = 100 + sequence;
        }

        _ring.Publish(hi - count + 1, hi);
    }

    private sealed class Indirect(IValueDataProvider<long> provider) : IValueDataProvider<long>
    {
        public ref long this[long sequence] => ref provider[sequence];
    }

    private sealed class RecordingHandler : IValueEventHandler<long>
    {
        public readonly List<string> Log = [];
        public int Timeouts;
        private int _count;

        public int? MaxBatchSize { get; init; }

        public long FailAt { get; init; } = -1;

        public bool FailAlways { get; init; }

        public int Count => Volatile.Read(ref _count);

        public long LastValue { get; private set; }

        public long TimeoutSequence { get; private set; }

        public void OnBatchStart(long batchSize) => Log.Add($"batch {batchSize}");

        public void OnEvent(ref long data, long sequence, bool endOfBatch)
        {
            if (sequence == FailAt) throw new InvalidOperationException("injected");
            LastValue = data;
            Log.Add(endOfBatch ? $"{sequence} end" : $"{sequence}");
            Volatile.Write(ref _count, _count + 1);
        }

        public void OnStart() => Note("start");

        public void OnShutdown() => Note("shutdown");

        public void OnTimeout(long sequence)
        {
            TimeoutSequence = sequence;
            Interlocked.Increment(ref Timeouts);
            if (FailAlways) throw new InvalidOperationException("injected");
        }

        private void Note(string what)
        {
            if (FailAlways) throw new InvalidOperationException("injected");
            Log.Add(what);
        }
    }

    private sealed class EarlyReporter : IValueEventHandler<long>, IEventProcessorSequenceAware
    {
        public bool MayGoOn;
        private Sequence? _progress;

        public void SetSequenceCallback(Sequence sequenceCallback) => _progress = sequenceCallback;

        public void OnEvent(ref long data, long sequence, bool endOfBatch)
        {
            if (sequence == 3) Workers.WaitUntil(() => Volatile.Read(ref MayGoOn));
            _progress!.SetValue(sequence);
        }
    }

    private sealed class RecordingExceptionHandler : IValueExceptionHandler<long>
    {
        public readonly List<string> Log = [];

        public void HandleEventException(Exception ex, long sequence, ref long evt) => Log.Add($"event {sequence} of value {evt}");

        public void HandleOnTimeoutException(Exception ex, long sequence) => Log.Add($"timeout {sequence}");

        public void HandleOnStartException(Exception ex) => Log.Add("start");

        public void HandleOnShutdownException(Exception ex) => Log.Add("shutdown");
    }
}
