using System.Diagnostics;
using System.Globalization;

namespace Disruptor.Tests;

/// <summary>
/// Rates of the ring beside reference loops of the same run. Not part of a normal run:
/// <c>dotnet run -c Release --project tests/Disruptor.Tests -- --explicit only --filter-class Disruptor.Tests.RingBenchmarks --show-live-output on</c>.
/// </summary>
[Collection("alone")]
public sealed class RingBenchmarks(ITestOutputHelper output)
{
    private const int BufferSize = 1 << 14;
    private const int Rounds = 5;

    [Fact(Explicit = true)]
    public void Throughput_of_64_byte_events()
    {
        const long events = 64_000_000;
        Report("bare array, two volatile cells, batch 1", events, static n => BareLoop(n, 1));
        Report("bare array, two volatile cells, batch 16", events, static n => BareLoop(n, 16));
        Report("ring, polled cursor, batch 1", events, static n => PolledRing(n, 1));
        Report("ring, polled cursor, batch 16", events, static n => PolledRing(n, 16));
    }

    private void Report(string name, long events, Func<long, TimeSpan> run)
    {
        run(events / 10);
        var rates = new double[Rounds];
        for (var i = 0; i < Rounds; i++)
        {
            rates[i] = events / run(events).TotalSeconds / 1e6;
        }

        Array.Sort(rates);
        output.WriteLine(string.Create(CultureInfo.InvariantCulture, $"{name,-44} {rates[Rounds / 2],8:F1} M/s  ({rates[0]:F1} to {rates[^1]:F1})"));
    }

    /// <summary>The fastest conceivable ring: no library, both sides inlined by hand.</summary>
    private static TimeSpan BareLoop(long count, int batch)
    {
        var entries = new Event64[BufferSize];
        Sequence cursor = new(), gate = new();
        return Run(
            () =>
            {
                var seenGate = -1L;
                for (var next = batch - 1L; next < count; next += batch)
                {
                    while (next - BufferSize > seenGate) seenGate = gate.Value;
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
                while (next < count)
                {
                    var available = cursor.Value;
                    for (; next <= available; next++)
                    {
                        sum += entries[(int)next & (entries.Length - 1)].Value;
                    }

                    gate.SetValue(available);
                }

                return sum;
            },
            count);
    }

    private static TimeSpan PolledRing(long count, int batch)
    {
        var ring = ValueRingBuffer<Event64>.CreateSingleProducer(() => default, BufferSize, new BusySpinWaitStrategy());
        var gate = new Sequence();
        ring.AddGatingSequences(gate);
        return Run(
            () => Produce(ring, count, batch),
            () =>
            {
                long next = 0, sum = 0;
                while (next < count)
                {
                    var available = ring.Cursor;
                    for (; next <= available; next++)
                    {
                        sum += ring[next].Value;
                    }

                    gate.SetValue(available);
                }

                return sum;
            },
            count);
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

    private static TimeSpan Run(Action produce, Func<long> consume, long count)
    {
        var sum = 0L;
        var consumer = new Thread(() => sum = consume()) { IsBackground = true };
        var started = Stopwatch.GetTimestamp();
        consumer.Start();
        produce();
        consumer.Join();
        var elapsed = Stopwatch.GetElapsedTime(started);
        Assert.Equal(count * (count - 1) / 2, sum);
        return elapsed;
    }
}
