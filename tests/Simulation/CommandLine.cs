using System.Diagnostics;
using System.Globalization;

namespace FeedHandler.Simulation;

/// <summary>The simulation as a command: many seeds for a soak, or one seed again to find out why it fails.</summary>
internal static class CommandLine
{
    private const string Usage = """
        --seeds N [--first S] [--steps N] [--faults LIST] [--threads N]   run N seeds
        --seed S [--steps N] [--faults LIST] [--trace]                    run one seed again
          --faults   kinds allowed, separated by commas; -Kind leaves one out (default All)
        """;

    public static int Run(string[] args)
    {
        var options = Options(args);
        var steps = (int)Number(options, "--steps", Campaign.DefaultSteps);
        var allowed = Faults(options.GetValueOrDefault("--faults"));
        if (options.TryGetValue("--seed", out var seed)) return One(ulong.Parse(seed, CultureInfo.InvariantCulture), steps, allowed, options.ContainsKey("--trace"));
        if (!options.ContainsKey("--seeds"))
        {
            Console.WriteLine(Usage);
            return 2;
        }

        var campaign = new Campaign(steps, allowed, (int)Number(options, "--threads", Environment.ProcessorCount), maxFailures: (int)Number(options, "--max-failures", 5));
        var started = Stopwatch.StartNew();
        campaign.Run((ulong)Number(options, "--first", 1), Number(options, "--seeds", 1), Console.WriteLine);
        Console.WriteLine(campaign.Sightings);
        Console.WriteLine($"{campaign.Seeds:N0} seeds, {campaign.Failures.Count} failures, {campaign.Sightings["events"]:N0} events in {started.Elapsed.TotalSeconds:N1} s ({campaign.Seeds / started.Elapsed.TotalSeconds:N1} seeds/s)");
        return campaign.Failures.Count == 0 ? 0 : 1;
    }

    private static int One(ulong seed, int steps, FaultKinds allowed, bool trace)
    {
        var scenario = Scenario.Draw(seed, steps, allowed);
        Console.WriteLine(scenario);
        var result = SimulationRun.Execute(scenario, trace ? new Trace(Console.Out) : null);
        Console.WriteLine(result.Sightings);
        Console.WriteLine(result.Failure is null ? $"ok, output {result.OutputHash:x16}" : $"FAILED: {result.Failure}");
        return result.Failure is null ? 0 : 1;
    }

    private static Dictionary<string, string> Options(string[] args)
    {
        var options = new Dictionary<string, string>(StringComparer.Ordinal);
        for (var i = 0; i < args.Length; i++)
        {
            var hasValue = i + 1 < args.Length && !args[i + 1].StartsWith("--", StringComparison.Ordinal);
            options[args[i]] = hasValue ? args[++i] : "";
        }

        return options;
    }

    private static long Number(Dictionary<string, string> options, string name, long otherwise) =>
        options.TryGetValue(name, out var text) ? long.Parse(text, NumberStyles.Integer | NumberStyles.AllowThousands, CultureInfo.InvariantCulture) : otherwise;

    private static FaultKinds Faults(string? list)
    {
        if (string.IsNullOrEmpty(list)) return FaultKinds.All;
        var names = list.Split(',');
        var faults = names[0].StartsWith('-') ? FaultKinds.All : FaultKinds.None;
        foreach (var name in names)
        {
            if (name.StartsWith('-')) faults &= ~Enum.Parse<FaultKinds>(name[1..]);
            else faults |= Enum.Parse<FaultKinds>(name);
        }

        return faults;
    }
}
