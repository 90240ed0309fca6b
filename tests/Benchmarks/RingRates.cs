using System.Diagnostics;
using System.Globalization;
using System.Threading.Channels;
using Disruptor;
using Disruptor.Dsl;
using Disruptor.Tests;

namespace FeedHandler.Benchmarks;

/// <summary>Rates and round trips of the ring beside reference loops of the same run.</summary>
internal static class RingRates
{
    private const int BufferSize = 1 << 14;
    private const int Rounds = 200;

    // Short rounds and the best of many: on a shared machine a round in which a thread lost its core says nothing.
    private static readonly TimeSpan TimePerLine = TimeSpan.FromSeconds(1);

    public static int Run()
    {
        Throughput();
        RoundTrips();
        return 0;
    }

    private static void Throughput()
    {
        Console.WriteLine("events of 64 bytes");
        const long events = 1_600_000;
        Report("bare array, two volatile cells, batch 1", events, static n => BareLoop(n, 1));
        Report("bare array, two volatile cells, batch 16", events, static n => BareLoop(n, 16));
        Report("ring, polled, batch 1", events, static n => PolledRing(n, 1));
        Report("ring, polled, batch 16", events, static n => PolledRing(n, 16));
        Report("ring, packets of 16: capacity, TryNext, Publish", events, static n => PolledRing(n, -16));
        Report("ValueDisruptor BusySpin, batch 1", events, static n => Processor(n, 1, new BusySpinWaitStrategy(), 1));
        Report("ValueDisruptor BusySpin, batch 16", events, static n => Processor(n, 16, new BusySpinWaitStrategy(), 1));
        Report("ValueDisruptor Yielding, batch 1", events, static n => Processor(n, 1, new YieldingWaitStrategy(), 1));
        Report("ValueDisruptor Yielding, batch 16", events, static n => Processor(n, 16, new YieldingWaitStrategy(), 1));
        Report("ValueDisruptor Blocking, batch 16", events, static n => Processor(n, 16, new BlockingWaitStrategy(), 1));
        Report("ValueDisruptor Yielding, 1 to 3, batch 16", events / 2, static n => Processor(n, 16, new YieldingWaitStrategy(), 3));
        Report("ValueDisruptor Yielding, multi producer, batch 16", events / 2, static n => Processor(n, 16, new YieldingWaitStrategy(), 1, ProducerType.Multi));
        Report("System.Threading.Channels, bounded, 1 to 1", events / 4, Channel);
    }

    private static void RoundTrips()
    {
        Console.WriteLine("round trips");
        const int trips = 100_000;
        ReportTrips("volatile cell", trips, CellTrips);
        ReportTrips("ring, polled", trips, PolledTrips);
        ReportTrips("ValueDisruptor BusySpin", trips, DisruptorTrips);
        ReportTrips("System.Threading.Channels", trips / 4, ChannelTrips);
    }

    private static void Report(string name, long events, Func<long, TimeSpan> run)
    {
        var started = Stopwatch.GetTimestamp();
        run(events / 2);
        var rates = new List<double>();
        while (rates.Count < 3 || (rates.Count < Rounds && Stopwatch.GetElapsedTime(started) < TimePerLine))
        {
            rates.Add(events / run(events).TotalSeconds / 1e6);
        }

        rates.Sort();
        Console.WriteLine(string.Create(CultureInfo.InvariantCulture,
            $"{name,-52} best {rates[^1],6:F1} M/s, median {rates[rates.Count / 2],6:F1} of {rates.Count}"));
    }

    private static void ReportTrips(string name, int trips, Func<int, long[]> run)
    {
        var started = Stopwatch.GetTimestamp();
        var ticks = run(trips);
        while (Stopwatch.GetElapsedTime(started) < TimePerLine)
        {
            ticks = run(trips); // the last one counts: by then all is compiled
        }

        Array.Sort(ticks);
        Console.WriteLine(string.Create(CultureInfo.InvariantCulture,
            $"{name,-28} p50 {Ns(0.5):F0} ns, p90 {Ns(0.9):F0}, p99 {Ns(0.99):F0}, p99.9 {Ns(0.999):F0}"));

        double Ns(double quantile) => ticks[(int)(quantile * (ticks.Length - 1))] * 1e9 / Stopwatch.Frequency;
    }

    /// <summary>The fastest conceivable ring: no library, both sides inlined by hand.</summary>
    private static TimeSpan BareLoop(long count, int batch)
    {
        var entries = new Event64[BufferSize];
        Sequence cursor = new(), gate = new();
        return Run(
            count,
            () =>
            {
                var seenGate = -1L;
                for (var next = batch - 1L; next < count; next += batch)
                {
                    for (var idle = 0; next - BufferSize > seenGate; seenGate = gate.Value)
                    {
                        Idle(ref idle);
                    }

                    for (var s = next - batch + 1; s <= next; s++)
                    {
                        entries[(int)s & (entries.Length - 1)].Value = s;
                    }

                    cursor.SetValue(next);
                }
            },
            () =>
            {
                long next = 0, sum = 0;
                var idle = 0;
                while (next < count)
                {
                    var available = cursor.Value;
                    if (available < next)
                    {
                        Idle(ref idle);
                        continue;
                    }

                    for (; next <= available; next++)
                    {
                        sum += entries[(int)next & (entries.Length - 1)].Value;
                    }

                    gate.SetValue(available);
                }

                return sum;
            });
    }

    private static TimeSpan PolledRing(long count, int batch)
    {
        var ring = ValueRingBuffer<Event64>.CreateSingleProducer(() => default, BufferSize, new BusySpinWaitStrategy());
        var gate = new Sequence();
        ring.AddGatingSequences(gate);
        return Run(
            count,
            () =>
            {
                if (batch < 0) ProducePackets(ring, count, -batch);
                else Produce(ring, count, batch);
            },
            () =>
            {
                long next = 0, sum = 0;
                var idle = 0;
                while (next < count)
                {
                    var available = ring.Cursor;
                    if (available < next)
                    {
                        Idle(ref idle);
                        continue;
                    }

                    for (; next <= available; next++)
                    {
                        sum += ring[next].Value;
                    }

                    gate.SetValue(available);
                }

                return sum;
            });
    }

    private static TimeSpan Processor(long count, int batch, IWaitStrategy waitStrategy, int consumers, ProducerType type = ProducerType.Single)
    {
        var disruptor = new ValueDisruptor<Event64>(() => default, BufferSize, TaskScheduler.Default, type, waitStrategy);
        var handlers = Enumerable.Range(0, consumers).Select(_ => new Adder(count - 1)).ToArray();
        disruptor.HandleEventsWith(handlers);
        var ring = disruptor.Start();
        var started = Stopwatch.GetTimestamp();
        Produce(ring, count, batch);
        foreach (var handler in handlers)
        {
            handler.Done.Task.Wait();
            Check(count * (count - 1) / 2 == handler.Sum);
        }

        var elapsed = Stopwatch.GetElapsedTime(started);
        disruptor.Shutdown();
        return elapsed;
    }

    private static TimeSpan Channel(long count)
    {
        var channel = System.Threading.Channels.Channel.CreateBounded<Event64>(new BoundedChannelOptions(BufferSize) { SingleReader = true, SingleWriter = true });
        return Run(
            count,
            () =>
            {
                for (var i = 0L; i < count; i++)
                {
                    var data = default(Event64);
                    data.Value = i;
                    for (var idle = 0; !channel.Writer.TryWrite(data);)
                    {
                        Idle(ref idle);
                    }
                }
            },
            () =>
            {
                var sum = 0L;
                for (var i = 0L; i < count; i++)
                {
                    Event64 data;
                    for (var idle = 0; !channel.Reader.TryRead(out data);)
                    {
                        Idle(ref idle);
                    }

                    sum += data.Value;
                }

                return sum;
            });
    }

    private static void Produce(ValueRingBuffer<Event64> ring, long count, int batch)
    {
        if (batch == 1)
        {
            for (var i = 0L; i < count; i++)
            {
                var sequence = ring.Next();
                ring[sequence].Value = i;
                ring.Publish(sequence);
            }

            return;
        }

        for (var i = 0L; i < count; i += batch)
        {
            var hi = ring.Next(batch);
            for (var s = hi - batch + 1; s <= hi; s++)
            {
                ring[s].Value = s;
            }

            ring.Publish(hi - batch + 1, hi);
        }
    }

    /// <summary>As the RX core does for a packet.</summary>
    private static void ProducePackets(ValueRingBuffer<Event64> ring, long count, int updates)
    {
        for (var i = 0L; i < count; i += updates)
        {
            for (var idle = new SpinWait(); !ring.HasAvailableCapacity(updates);)
            {
                idle.SpinOnce(sleep1Threshold: -1); // as Next does
            }

            var sequence = 0L;
            for (var update = 0; update < updates; update++)
            {
                ring.TryNext(out sequence);
                ring[sequence].Value = sequence;
            }

            ring.Publish(sequence - updates + 1, sequence);
        }
    }

    /// <summary>Spins, and on a shared machine lets the other side have a core sometimes.</summary>
    private static void Idle(ref int tries)
    {
        if ((++tries & 0x3FF) == 0) Thread.Yield();
    }

    private static TimeSpan Run(long count, Action produce, Func<long> consume)
    {
        var sum = 0L;
        var started = Stopwatch.GetTimestamp();
        Parallel.Invoke(produce, () => sum = consume());
        var elapsed = Stopwatch.GetElapsedTime(started);
        Check(count * (count - 1) / 2 == sum);
        return elapsed;
    }

    private static long[] CellTrips(int trips)
    {
        Sequence ping = new(), pong = new();
        return Trips(
            trips,
            i =>
            {
                ping.SetValue(i);
                while (pong.Value < i)
                {
                }
            },
            () =>
            {
                for (var i = 0L; i < trips; i++)
                {
                    while (ping.Value < i)
                    {
                    }

                    pong.SetValue(i);
                }
            });
    }

    private static long[] PolledTrips(int trips)
    {
        var ping = ValueRingBuffer<Event64>.CreateSingleProducer(() => default, 1024, new BusySpinWaitStrategy());
        var pong = ValueRingBuffer<Event64>.CreateSingleProducer(() => default, 1024, new BusySpinWaitStrategy());
        Sequence pinged = new(), ponged = new();
        ping.AddGatingSequences(pinged);
        pong.AddGatingSequences(ponged);
        return Trips(
            trips,
            i =>
            {
                Send(ping, i);
                Receive(pong, ponged, i);
            },
            () =>
            {
                for (var i = 0L; i < trips; i++)
                {
                    Receive(ping, pinged, i);
                    Send(pong, i);
                }
            });

        static void Receive(ValueRingBuffer<Event64> ring, Sequence own, long i)
        {
            while (ring.Cursor < i)
            {
            }

            Check(!(ring[i].Value != i));
            own.SetValue(i);
        }
    }

    private static long[] DisruptorTrips(int trips)
    {
        var ping = new ValueDisruptor<Event64>(() => default, 1024, TaskScheduler.Default, ProducerType.Single, new BusySpinWaitStrategy());
        var pong = ValueRingBuffer<Event64>.CreateSingleProducer(() => default, 1024, new BusySpinWaitStrategy());
        var ponged = new Sequence();
        pong.AddGatingSequences(ponged);
        ping.HandleEventsWith(new Echo(pong));
        var ring = ping.Start();
        var barrier = pong.NewBarrier();
        var ticks = new long[trips];
        for (var i = 0L; i < trips; i++)
        {
            var started = Stopwatch.GetTimestamp();
            Send(ring, i);
            barrier.WaitFor(i);
            Check(!(pong[i].Value != i));
            ponged.SetValue(i);
            ticks[i] = Stopwatch.GetTimestamp() - started;
        }

        ping.Shutdown();
        return ticks;
    }

    private static long[] ChannelTrips(int trips)
    {
        var options = new UnboundedChannelOptions { SingleReader = true, SingleWriter = true };
        var ping = System.Threading.Channels.Channel.CreateUnbounded<long>(options);
        var pong = System.Threading.Channels.Channel.CreateUnbounded<long>(options);
        var echo = Task.Run(async () =>
        {
            for (var i = 0; i < trips; i++)
            {
                pong.Writer.TryWrite(await ping.Reader.ReadAsync());
            }
        });
        var caller = Task.Run(async () =>
        {
            var ticks = new long[trips];
            for (var i = 0L; i < trips; i++)
            {
                var started = Stopwatch.GetTimestamp();
                ping.Writer.TryWrite(i);
                await pong.Reader.ReadAsync();
                ticks[i] = Stopwatch.GetTimestamp() - started;
            }

            return ticks;
        });
        Task.WaitAll(echo, caller);
        return caller.Result;
    }

    private static long[] Trips(int trips, Action<long> trip, Action echo)
    {
        var ticks = new long[trips];
        Parallel.Invoke(
            () =>
            {
                for (var i = 0L; i < trips; i++)
                {
                    var started = Stopwatch.GetTimestamp();
                    trip(i);
                    ticks[i] = Stopwatch.GetTimestamp() - started;
                }
            },
            echo);
        return ticks;
    }

    private static void Send(ValueRingBuffer<Event64> ring, long i)
    {
        var sequence = ring.Next();
        ring[sequence].Value = i;
        ring.Publish(sequence);
    }

    private static void Check(bool holds)
    {
        if (!holds) throw new InvalidOperationException("an event was lost");
    }

    private sealed class Adder(long last) : IValueEventHandler<Event64>
    {
        public readonly TaskCompletionSource Done = new(TaskCreationOptions.RunContinuationsAsynchronously);

        public long Sum { get; private set; }

        public void OnEvent(ref Event64 data, long sequence, bool endOfBatch)
        {
            Sum += data.Value;
            if (sequence == last) Done.SetResult();
        }
    }

    private sealed class Echo(ValueRingBuffer<Event64> pong) : IValueEventHandler<Event64>
    {
        public void OnEvent(ref Event64 data, long sequence, bool endOfBatch) => Send(pong, data.Value);
    }
}
