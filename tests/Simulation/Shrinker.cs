namespace FeedHandler.Simulation;

/// <summary>Makes a failing run smaller: fewer kinds of faults, fewer steps.</summary>
internal static class Shrinker
{
    /// <summary>The smallest run found that still fails, and the command that repeats it.</summary>
    public static string Explain(ulong seed, int steps, FaultKinds allowed, string failure)
    {
        var faults = Scenario.Draw(seed, steps, allowed).Faults;
        for (var bit = 1; bit < (int)FaultKinds.All; bit <<= 1)
        {
            var fewer = faults & ~(FaultKinds)bit;
            if (fewer == faults || Try(seed, steps, fewer) is not { } smaller) continue;
            faults = fewer;
            failure = smaller;
        }

        var passes = 0;
        var fails = steps;
        while (fails - passes > Math.Max(1, fails / 64))
        {
            var middle = passes + ((fails - passes) / 2);
            if (Try(seed, middle, faults) is { } smaller)
            {
                fails = middle;
                failure = smaller;
            }
            else
            {
                passes = middle;
            }
        }

        return $"seed {seed}: {failure}\n  repeat: dotnet run -c Release --project tests/Simulation -- --seed {seed} --steps {fails} --faults \"{faults}\" --trace";
    }

    private static string? Try(ulong seed, int steps, FaultKinds faults) => SimulationRun.Execute(Scenario.Draw(seed, steps, faults)).Failure;
}
