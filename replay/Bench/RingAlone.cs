using System.Diagnostics;
using System.Runtime.CompilerServices;
using Disruptor;
using Disruptor.Dsl;
using FeedHandler.Codecs;

namespace FeedHandler.Replay.Bench;

/// <summary>The ring and nothing else, one thread at each end: how many 64-byte updates a second get through.</summary>
internal static class RingAlone
{
    /// <summary>Slots of each ring here: 4 MiB.</summary>
    public const int Slots = 65_536;

    private const int UpdatesPerCall = 4_096;

    /// <summary>At the ring's other end a thread that polls, as a shard does.</summary>
    public static RingRun Polled(int updates, int batch)
    {
        var ring = ValueRingBuffer<MarketUpdate>.Create(ProducerType.Single, static () => default, Slots, new BusySpinWaitStrategy());
        var reader = new PriceReader(ring);
        var undisturbed = false;
        var thread = new Thread(() =>
        {
            var watch = new ProcessorWatch();
            Poll(reader, Slots + updates);
            undisturbed = watch.IsUndisturbed;
        });
        thread.Start();
        var run = Run(ring, ref reader.Taken, ref reader.Sum, updates, batch);
        thread.Join();
        return run with { Undisturbed = run.Undisturbed && undisturbed };
    }

    /// <summary>At the ring's other end a handler of a <see cref="ValueDisruptor{T}"/>.</summary>
    public static RingRun Handled(int updates, int batch, IWaitStrategy waitStrategy)
    {
        var disruptor = new ValueDisruptor<MarketUpdate>(static () => default, Slots, TaskScheduler.Default, ProducerType.Single, waitStrategy);
        using var handler = new PriceHandler();
        disruptor.HandleEventsWith(handler);
        var run = Run(disruptor.Start(), ref handler.Taken, ref handler.Sum, updates, batch);
        disruptor.Shutdown();
        return run with { Undisturbed = run.Undisturbed && handler.WasUndisturbed() };
    }

    /// <summary>Waits until a reader has taken so many updates; gives the processor away, but never sleeps.</summary>
    public static void WaitFor(ref long taken, long updates)
    {
        var spin = default(SpinWait);
        while (Volatile.Read(ref taken) < updates) spin.SpinOnce(sleep1Threshold: -1);
    }

    private static RingRun Run(ValueRingBuffer<MarketUpdate> ring, ref long taken, ref long sum, int updates, int batch)
    {
        // A lap that is not counted: then the other thread runs, and every slot has been on both sides.
        Write(ring, 0, Slots, batch);
        WaitFor(ref taken, Slots);
        var watch = new ProcessorWatch();
        var started = Stopwatch.GetTimestamp();
        Write(ring, Slots, Slots + updates, batch);
        WaitFor(ref taken, Slots + updates);
        var elapsed = Stopwatch.GetElapsedTime(started);
        var undisturbed = watch.IsUndisturbed;
        var last = Slots + updates - 1L;
        if (sum != last * (last + 1) / 2) throw new InvalidOperationException("updates were lost");
        return new RingRun(updates / elapsed.TotalSeconds, undisturbed);
    }

    private static void Write(ValueRingBuffer<MarketUpdate> ring, int from, int to, int batch)
    {
        for (var at = from; at < to; at += UpdatesPerCall)
        {
            var count = Math.Min(UpdatesPerCall, to - at);
            if (batch == 1) WriteSingly(ring, count);
            else WriteInBatches(ring, count, batch);
        }
    }

    // Called often, so that the compiler gets to its last tier: one call that loops for the whole run stays in code that was
    // swapped in beneath it.
    [MethodImpl(MethodImplOptions.NoInlining)]
    private static void WriteSingly(ValueRingBuffer<MarketUpdate> ring, int count)
    {
        for (var i = 0; i < count; i++)
        {
            var sequence = ring.Next();
            Fill(ref ring[sequence], sequence);
            ring.Publish(sequence);
        }
    }

    [MethodImpl(MethodImplOptions.NoInlining)]
    private static void WriteInBatches(ValueRingBuffer<MarketUpdate> ring, int count, int batch)
    {
        for (var i = 0; i < count; i += batch)
        {
            var high = ring.Next(batch);
            var low = high - batch + 1;
            for (var at = low; at <= high; at++) Fill(ref ring[at], at);
            ring.Publish(low, high);
        }
    }

    /// <summary>Writes a whole update.</summary>
    public static void Fill(ref MarketUpdate slot, long price)
    {
        slot = default;
        slot.Kind = UpdateKind.Level;
        slot.Price = price;
    }

    private static void Poll(PriceReader reader, long updates)
    {
        while (reader.Taken < updates)
        {
            if (reader.Drain(Slots) == 0) Thread.SpinWait(4);
        }
    }

    private sealed class PriceReader(ValueRingBuffer<MarketUpdate> ring) : RingReader(ring)
    {
        public long Sum;

        protected override void Take(ValueRingBuffer<MarketUpdate> ring, long first, long last)
        {
            long sum = 0;
            for (var at = first; at <= last; at++) sum += ring[at].Price;
            Sum += sum;
        }
    }

    private sealed class PriceHandler : SpinningHandler
    {
        public long Taken;
        public long Sum;

        public override void OnEvent(ref MarketUpdate data, long sequence, bool endOfBatch)
        {
            Sum += data.Price;
            if (endOfBatch) Volatile.Write(ref Taken, sequence + 1);
        }
    }
}

/// <summary>A run of the ring alone: updates a second, and whether both threads had a processor all the time.</summary>
internal readonly record struct RingRun(double Rate, bool Undisturbed);
