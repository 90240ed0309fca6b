using System.Diagnostics;
using System.Globalization;

namespace FeedHandler.Simulation;

/// <summary>The simulation as a command: many seeds for a soak, or one seed again to find out why it fails.</summary>
internal static class CommandLine
{
    /// <summary>About 1 200 000 packets.</summary>
    private const int FigureSteps = 3_000_000;

    private const string Usage = """
        --seeds N [--first S] [--steps N] [--faults LIST] [--threads N]   run N seeds
        --figures [L1,R1,...] [--steps N]                                 the table of docs/reliability.md
        --seed S [--steps N] [--faults LIST] [--trace]                    run one seed again
          --faults   kinds allowed, separated by commas; -Kind leaves one out (default All)
        """;

    public static int Run(string[] args)
    {
        var options = Options(args);
        var steps = (int)Number(options, "--steps", Campaign.DefaultSteps);
        var allowed = Faults(options.GetValueOrDefault("--faults"));
        if (options.TryGetValue("--seed", out var seed)) return One(ulong.Parse(seed, CultureInfo.InvariantCulture), steps, allowed, options.ContainsKey("--trace"));
        if (options.TryGetValue("--figures", out var figures)) return PrintFigures(figures.Split(',', StringSplitOptions.RemoveEmptyEntries), (int)Number(options, "--steps", FigureSteps));
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

    /// <summary>Books that stopped saying that they are right.</summary>
    public static long Distrusted(Sightings seen) => seen.Counts
        .Where(count => count.Key.EndsWith("-> Recovering", StringComparison.Ordinal) || count.Key.EndsWith("-> Stale", StringComparison.Ordinal)).Sum(count => count.Value);

    private static int PrintFigures(string[] wanted, int steps)
    {
        const int RestartSeeds = 1_000;
        var failed = false;
        Console.WriteLine("| figure | packets | events | gaps | forged | books no longer Live | wrong Live books | seconds |");
        Console.WriteLine("|---|---|---|---|---|---|---|---|");
        foreach (var loss in new[] { 0.0001, 0.001, 0.01, 0.05, 0.2 }) PrintRun($"L1 loss {loss:P2} on both lines", () => Figures.IndependentLoss(loss, steps));
        PrintRun("L2 loss 100 % on A only", () => Figures.LossOnOneLine(1, steps));
        PrintRun("L3 bursts, reordering, duplicates, late", () => Figures.Bursts(steps));
        PrintRun("L4 loops lose 20 %", () => Figures.LossyLoops(steps));
        PrintRun("L5 forged packets, one in 10 000, 2^31 away", () => Figures.ForgedHalfWay(0.0001, steps));
        PrintRun("L5 forged packets, one in 100, anywhere", () => Figures.Forged(steps));
        foreach (var kind in Enum.GetValues<RestartKind>())
        {
            Print($"R1 {RestartSeeds:N0} runs with {kind}", () =>
            {
                var campaign = Figures.Restarts(kind, RestartSeeds, Environment.ProcessorCount);
                return (campaign.Sightings, campaign.Failures.FirstOrDefault());
            });
        }

        return failed ? 1 : 0;

        void PrintRun(string name, Func<RunResult> run) => Print(name, () =>
        {
            var result = run();
            return (result.Sightings, result.Failure);
        });

        void Print(string name, Func<(Sightings Seen, string? Failure)> run)
        {
            if (wanted.Length != 0 && !wanted.Any(id => name.StartsWith(id, StringComparison.OrdinalIgnoreCase))) return;
            var started = Stopwatch.StartNew();
            var (seen, failure) = run();
            failed |= failure is not null;
            Console.WriteLine($"| {name} | {seen["packets"]:N0} | {seen["events"]:N0} | {seen["gaps: Loss"]:N0} | {seen["forged packets"]:N0} | {Distrusted(seen):N0} | {failure ?? "0"} | {started.Elapsed.TotalSeconds:N0} |");
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
