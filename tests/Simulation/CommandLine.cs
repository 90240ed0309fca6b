using System.Diagnostics;
using System.Globalization;

namespace FeedHandler.Simulation;

/// <summary>The simulation as a command: many seeds for a soak, or one seed again to find out why it fails.</summary>
internal static class CommandLine
{
    private const string Usage = """
        --seeds N [--first S] [--steps N] [--faults LIST] [--threads N]   run N seeds
        --figures [--steps N]                                             the table of docs/reliability.md
        --seed S [--steps N] [--faults LIST] [--trace]                    run one seed again
          --faults   kinds allowed, separated by commas; -Kind leaves one out (default All)
        """;

    public static int Run(string[] args)
    {
        var options = Options(args);
        var steps = (int)Number(options, "--steps", Campaign.DefaultSteps);
        var allowed = Faults(options.GetValueOrDefault("--faults"));
        if (options.TryGetValue("--seed", out var seed)) return One(ulong.Parse(seed, CultureInfo.InvariantCulture), steps, allowed, options.ContainsKey("--trace"));
        if (options.ContainsKey("--figures")) return PrintFigures((int)Number(options, "--steps", 250_000));
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

    private static int PrintFigures(int steps)
    {
        var failed = false;
        Console.WriteLine("| figure | packets | events | gaps | books that lost updates | wrong Live books | seconds |");
        Console.WriteLine("|---|---|---|---|---|---|---|");
        foreach (var loss in new[] { 0.0001, 0.001, 0.01, 0.05, 0.2 }) Print($"L1 loss {loss:P2} on both lines", () => Figures.IndependentLoss(loss, steps));
        Print("L2 loss 100 % on A only", () => Figures.LossOnOneLine(1, steps));
        Print("L3 bursts, reordering, duplicates, late", () => Figures.Bursts(steps));
        Print("L4 loops lose 20 %", () => Figures.LossyLoops(steps));
        Print("L5 forged packets", () => Figures.Forged(steps));
        return failed ? 1 : 0;

        void Print(string name, Func<RunResult> run)
        {
            var started = Stopwatch.StartNew();
            var result = run();
            var seen = result.Sightings;
            var lost = seen.Counts.Where(count => count.Key.EndsWith("-> Recovering", StringComparison.Ordinal)).Sum(count => count.Value);
            failed |= result.Failure is not null;
            Console.WriteLine($"| {name} | {seen["packets"]:N0} | {seen["events"]:N0} | {seen["gaps: Loss"]:N0} | {lost:N0} | {(result.Failure is null ? "0" : result.Failure)} | {started.Elapsed.TotalSeconds:N0} |");
        }
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
