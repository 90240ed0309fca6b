using System.Diagnostics;

namespace FeedHandler.Benchmarks;

/// <summary>
/// A quick look at the ratios that matter: both codes run in turns, so that a machine that drifts slows both. Exit code 1
/// when generated code is slower than its limit.
/// </summary>
internal static class Ratios
{
    private const int Rounds = 41;
    private const int Iterations = 100_000;
    private const double Limit = 1.1;

    public static int Run()
    {
        var isGood = true;
        var destination = new byte[1024];
        foreach (var entries in new[] { 1, 3, 10 })
        {
            var message = BookCodecs.Sample(entries);
            isGood &= Compare($"book decode {entries}", () => BookCodecs.DecodeGenerated(message, 11, BookCodecs.Version), () => BookCodecs.DecodeOverlay(message, 11, BookCodecs.Version));
            isGood &= Compare($"book encode {entries}", () => BookCodecs.EncodeGenerated(destination, entries), () => BookCodecs.EncodeOverlay(destination, entries));
        }

        var car = CarCodecs.Sample();
        isGood &= Compare("car decode", () => CarCodecs.DecodeGenerated(car), () => CarCodecs.DecodeByHand(car));
        isGood &= Compare("car encode", () => CarCodecs.EncodeGenerated(destination), () => CarCodecs.EncodeByHand(destination));
        return isGood ? 0 : 1;
    }

    private static bool Compare(string name, Func<long> generated, Func<long> byHand)
    {
        if (generated() != byHand())
        {
            Console.WriteLine($"{name}: the codes disagree");
            return false;
        }

        for (var i = 0; i < 5; i++)
        {
            Time(generated);
            Time(byHand);
        }

        var allocated = GC.GetAllocatedBytesForCurrentThread();
        var times = new double[Rounds];
        var ratios = new double[Rounds];
        var handTimes = new double[Rounds];
        for (var round = 0; round < Rounds; round++)
        {
            times[round] = Time(generated);
            handTimes[round] = Time(byHand);
            ratios[round] = times[round] / handTimes[round];
        }

        allocated = GC.GetAllocatedBytesForCurrentThread() - allocated;
        Array.Sort(times);
        Array.Sort(handTimes);
        Array.Sort(ratios);
        var ratio = Math.Min(ratios[Rounds / 2], times[0] / handTimes[0]);
        Console.WriteLine($"{name,-15} {times[Rounds / 2],6:F1} ns, by hand {handTimes[Rounds / 2],6:F1} ns, ratio {ratios[Rounds / 2]:F2} (of the minima {times[0] / handTimes[0]:F2}), {allocated / (2.0 * Rounds * Iterations):F3} B");
        return ratio <= Limit;
    }

    private static double Time(Func<long> action)
    {
        var start = Stopwatch.GetTimestamp();
        for (var i = 0; i < Iterations; i++)
        {
            action();
        }

        return Stopwatch.GetElapsedTime(start).TotalNanoseconds / Iterations;
    }
}
