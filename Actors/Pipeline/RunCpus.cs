using FeedHandler.Transport;

namespace FeedHandler.Actors;

/// <summary>The CPUs that a run asks for: one that cannot have them does not start.</summary>
internal static class RunCpus
{
    /// <param name="options">What to run.</param>
    /// <param name="cores">Its RX cores.</param>
    /// <param name="sources">The source of each.</param>
    /// <exception cref="ConfigurationException">A CPU is not there, is not ours to use, or is asked for twice; the message names the key.</exception>
    public static void Check(FeedRunOptions options, IReadOnlyList<RxCoreDefinition> cores, IReadOnlyList<IFrameSource> sources)
    {
        // A recording is read by whichever CPU is free.
        for (var i = 0; i < cores.Count; i++)
        {
            if (!sources[i].IsReplay && cores[i].Transport.Cpu is { } cpu) Try(cpu, "the feed", KeyOf(cores[i]));
        }

        CheckShards(options, cores);
    }

    private static void CheckShards(FeedRunOptions options, IReadOnlyList<RxCoreDefinition> cores)
    {
        const string Where = "the run", Key = "shard CPUs (--shard-cpus)";
        var cpus = options.ShardCpus;
        if (cpus.Count == 0) return;
        if (!options.BusyPoll) throw Wrong("a shard has a thread of its own only where it never sleeps: busy polling is needed");
        if (cpus.Count != options.Shards) throw Wrong($"{cpus.Count} CPUs for {options.Shards} shards; name one for each");
        if (cpus.Distinct().Count() != cpus.Count) throw Wrong("two shards on one CPU would take turns; each needs its own");
        foreach (var core in cores)
        {
            if (core.Transport.Cpu is { } taken && cpus.Contains(taken)) throw Wrong($"CPU {taken} is the \"{KeyOf(core)}\" of the feed; a shard needs its own");
        }

        foreach (var cpu in cpus) Try(cpu, Where, Key);

        static FeedHandler.Transport.ConfigurationException Wrong(string problem) => new(Where, Key, problem);
    }

    private static void Try(int cpu, string where, string key)
    {
        try
        {
            CpuAffinity.Check(cpu);
        }
        catch (TransportException e)
        {
            throw new FeedHandler.Transport.ConfigurationException(where, key, e.Message);
        }
    }

    private static string KeyOf(RxCoreDefinition core) => core.Key.Length == 0 ? "cpu" : $"{core.Key}.cpu";
}
