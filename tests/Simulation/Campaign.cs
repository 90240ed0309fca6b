namespace FeedHandler.Simulation;

/// <summary>Runs many seeds on several threads; each run is single-threaded and knows nothing of the others.</summary>
internal sealed class Campaign(int steps, FaultKinds allowed, int threads, int maxFailures = 1, Func<Scenario, Scenario>? adjust = null)
{
    public const int DefaultSteps = 2_500;

    private readonly Lock _lock = new();

    public Sightings Sightings { get; } = new();

    public List<string> Failures { get; } = [];

    public long Seeds { get; private set; }

    public void Run(ulong first, long count, Action<string>? report = null)
    {
        var options = new ParallelOptions { MaxDegreeOfParallelism = threads };
        Parallel.For(0, count, options, (i, loop) =>
        {
            var seed = first + (ulong)i;
            var scenario = Scenario.Draw(seed, steps, allowed);
            var result = SimulationRun.Execute(adjust is null ? scenario : adjust(scenario));
            var failure = result.Failure;
            if (failure is not null) failure = adjust is null ? Shrinker.Explain(seed, steps, allowed, failure) : $"seed {seed}: {failure}";
            lock (_lock)
            {
                Seeds++;
                Sightings.Add(result.Sightings);
                if (failure is null) return;
                Failures.Add(failure);
                report?.Invoke(failure);
                if (Failures.Count >= maxFailures) loop.Stop();
            }
        });
    }
}
