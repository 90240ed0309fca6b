using System.Diagnostics;

namespace FeedHandler.Replay.Bench;

/// <summary>What measurements that are made several times have in common.</summary>
internal static class Repeated
{
    public static double Median(IEnumerable<double> values)
    {
        var sorted = values.Order().ToList();
        return sorted[sorted.Count / 2];
    }

    /// <summary>Runs something at least once, and until some time is over: the tiers of the JIT take their time, however short a run is.</summary>
    public static void WarmUp(Action run, TimeSpan atLeast)
    {
        var started = Stopwatch.GetTimestamp();
        do run();
        while (Stopwatch.GetElapsedTime(started) < atLeast);
    }

    /// <summary>Makes runs whose threads had to share a processor again, as often as that may be of use.</summary>
    public static void UntilUndisturbed<T>(List<T> done, Predicate<T> isDisturbed, int wanted, Func<T> run)
    {
        for (var more = 2 * wanted; more > 0 && done.Count(one => !isDisturbed(one)) < wanted; more--) done.Add(run());
    }

    /// <summary>The runs that were not disturbed; all where there are no others.</summary>
    public static List<T> Undisturbed<T>(List<T> done, Predicate<T> isDisturbed)
    {
        var undisturbed = done.FindAll(one => !isDisturbed(one));
        return undisturbed.Count == 0 ? done : undisturbed;
    }
}
