using System.Diagnostics;
using System.Runtime.CompilerServices;
using Disruptor;
using Disruptor.Dsl;
using FeedHandler.Codecs;
using HdrHistogram;

namespace FeedHandler.Replay.Bench;

/// <summary>From one thread to another and back: two rings, beside a volatile cell, which is what the processors need for it.</summary>
internal static class RoundTrips
{
    private const int Slots = 1_024;
    private const int Turns = 25;
    private const int Trips = 10_000;

    /// <summary>The end of a run whose two threads have to share a processor.</summary>
    private static readonly long RunTicks = Stopwatch.Frequency / 50;

    private static readonly TimeSpan WarmUp = TimeSpan.FromMilliseconds(400);

    private static readonly TimeSpan Limit = TimeSpan.FromSeconds(4);

    /// <summary>Takes the ways in turns. A turn counts when each thread had a processor, unless there is no such turn.</summary>
    /// <returns>Medians of the turns.</returns>
    public static RoundTrip[] Measure()
    {
        (string Name, Func<Run> Make)[] ways =
        [
            ("volatile cell", () => Cells(slots: null)),
            ("volatile cell and a line of data", () => Cells(new MarketUpdate[2 * Slots])),
            ("two rings, BusySpin", Rings),
        ];
        var turns = new List<Run[]>();
        var started = Stopwatch.GetTimestamp();
        while (turns.Count == 0 || (turns.Count(IsUndisturbed) < Turns && Stopwatch.GetElapsedTime(started) < Limit))
        {
            var isWarm = Stopwatch.GetElapsedTime(started) > WarmUp;
            var turn = Array.ConvertAll(ways, way => way.Make());
            if (isWarm) turns.Add(turn);
        }

        var counted = Repeated.Undisturbed(turns, turn => !IsUndisturbed(turn));
        return [.. ways.Select((way, i) => new RoundTrip(
            way.Name,
            Repeated.Median(counted.Select(turn => turn[i].Ns(50))),
            Repeated.Median(counted.Select(turn => turn[i].Ns(99.9))),
            Repeated.Median(counted.Select(turn => turn[i].Ns(50) / turn[0].Ns(50))),
            turns.Count,
            turns.Count(IsUndisturbed)))];
    }

    private static bool IsUndisturbed(Run[] turn) => Array.TrueForAll(turn, run => run.Undisturbed);

    /// <summary>With slots, one half of them for each direction, the data travel beside the cells as they do in a ring.</summary>
    [MethodImpl(MethodImplOptions.AggressiveOptimization)]
    private static Run Cells(MarketUpdate[]? slots)
    {
        Sequence ping = new(), pong = new();
        var undisturbed = false;
        var echo = new Thread(() =>
        {
            var ownWatch = new ProcessorWatch();
            EchoCells(ping, pong, slots);
            undisturbed = ownWatch.IsUndisturbed;
        });
        echo.Start();
        var histogram = NewHistogram();
        var watch = new ProcessorWatch();
        var end = Stopwatch.GetTimestamp() + RunTicks;
        for (var i = 0L; i < Trips; i++)
        {
            var started = Stopwatch.GetTimestamp();
            if (slots is not null) slots[i % Slots].Price = i;
            ping.SetValue(i);
            while (pong.Value < i)
            {
            }

            if (slots is not null && slots[Slots + (i % Slots)].Price != i) throw new InvalidOperationException("a trip was lost");
            var now = Stopwatch.GetTimestamp();
            histogram.RecordValue(now - started);
            if (now > end) break;
        }

        var callerUndisturbed = watch.IsUndisturbed;
        ping.SetValue(long.MaxValue);
        echo.Join();
        return new Run(histogram, callerUndisturbed && undisturbed);
    }

    [MethodImpl(MethodImplOptions.AggressiveOptimization)]
    private static void EchoCells(Sequence ping, Sequence pong, MarketUpdate[]? slots)
    {
        for (var i = 0L; ; i++)
        {
            long seen;
            while ((seen = ping.Value) < i)
            {
            }

            if (seen == long.MaxValue) return;
            if (slots is not null) slots[Slots + (i % Slots)].Price = slots[i % Slots].Price;
            pong.SetValue(i);
        }
    }

    private static Run Rings()
    {
        var ping = NewDisruptor();
        var pong = NewDisruptor();
        using var done = new ManualResetEventSlim();
        using var caller = new Caller(ping.RingBuffer, done);
        using var echo = new Echo(pong.RingBuffer);
        ping.HandleEventsWith(echo);
        pong.HandleEventsWith(caller);
        ping.Start();
        pong.Start();
        caller.Call(0);
        if (!done.Wait(TimeSpan.FromMinutes(1))) throw new TimeoutException("the rings do not answer");
        ping.Shutdown();
        pong.Shutdown();
        return new Run(caller.Histogram, caller.WasUndisturbed() && echo.WasUndisturbed());
    }

    private static ValueDisruptor<MarketUpdate> NewDisruptor() =>
        new(static () => default, Slots, TaskScheduler.Default, ProducerType.Single, new BusySpinWaitStrategy());

    private static void Send(ValueRingBuffer<MarketUpdate> ring, long price)
    {
        var sequence = ring.Next();
        ring[sequence].Price = price;
        ring.Publish(sequence);
    }

    private static LongHistogram NewHistogram() => new(Stopwatch.Frequency * 10, numberOfSignificantValueDigits: 3);

    private sealed record Run(LongHistogram Ticks, bool Undisturbed)
    {
        public double Ns(double percentile) => Ticks.GetValueAtPercentile(percentile) * 1e9 / Stopwatch.Frequency;
    }

    private sealed class Echo(ValueRingBuffer<MarketUpdate> pong) : SpinningHandler
    {
        public override void OnEvent(ref MarketUpdate data, long sequence, bool endOfBatch) => Send(pong, data.Price);
    }

    private sealed class Caller(ValueRingBuffer<MarketUpdate> ping, ManualResetEventSlim done) : SpinningHandler
    {
        private readonly long _end = Stopwatch.GetTimestamp() + RunTicks;
        private long _started;

        public LongHistogram Histogram { get; } = NewHistogram();

        public void Call(long trip)
        {
            _started = Stopwatch.GetTimestamp();
            Send(ping, trip);
        }

        public override void OnEvent(ref MarketUpdate data, long sequence, bool endOfBatch)
        {
            var now = Stopwatch.GetTimestamp();
            if (data.Price != sequence) throw new InvalidOperationException("a trip was lost");
            Histogram.RecordValue(now - _started);
            if (sequence + 1 == Trips || now > _end) done.Set();
            else Call(sequence + 1);
        }
    }
}

/// <summary>Medians over the turns of a way there and back, and of its p50 to that of the volatile cell in the same turn.</summary>
internal sealed record RoundTrip(string Name, double P50Ns, double P999Ns, double RatioToCell, int Turns, int UndisturbedTurns);
