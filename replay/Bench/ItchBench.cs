using System.Globalization;

namespace FeedHandler.Replay.Bench;

/// <summary>Measures the stages in turns, so that a machine that drifts drifts for all of them, and prints medians.</summary>
internal static class ItchBench
{
    public static void Run(string path, int runs, long maxMessages, bool withNaive, bool withPipeline, TextWriter output)
    {
        using var records = ItchRecords.Load(path, maxMessages);
        var stages = new ItchStages(records);
        (string Name, Func<StageRun> Run, int Runs)[] table =
        [
            ("walk", stages.Walk, runs),
            ("walk, reading ahead", stages.WalkReadingAhead, runs),
            ("decode", stages.Decode, runs),
            ("decode + books, 1 thread", stages.Books, runs),
            ("pipeline, 1 thread", stages.PipelineOnOneThread, withPipeline ? runs : 0),
            ("pipeline, 2 threads", stages.PipelineOnTwoThreads, withPipeline ? runs : 0),
            ("naive books, 1 thread", stages.Naive, withNaive ? 1 : 0),
        ];
        foreach (var (_, run, count) in table[..^1])
        {
            // Warm-up: the tiers of the JIT and the pages of the memory.
            if (count > 0) run();
        }

        var results = new List<StageRun>[table.Length];
        for (var i = 0; i < table.Length; i++) results[i] = [];
        for (var round = 0; round < runs; round++)
        {
            for (var i = 0; i < table.Length; i++)
            {
                if (round < table[i].Runs) results[i].Add(table[i].Run());
            }
        }

        Print(records, table.Select((row, i) => (row.Name, results[i])).Where(row => row.Item2.Count > 0).ToList(), output);
    }

    private static void Print(ItchRecords records, List<(string Name, List<StageRun> Runs)> rows, TextWriter output)
    {
        output.WriteLine(string.Create(CultureInfo.InvariantCulture, $"{records.Messages:N0} messages in {records.Packets:N0} packets, {records.Bytes >> 20} MiB in memory; medians of {rows[0].Runs.Count} runs, taken in turns"));
        output.WriteLine("stage                      ns/message   min     max    cpu ns   cpu/walk   M messages/s   B allocated");
        var walkNs = CpuNs(rows[0].Runs, records.Messages);
        double booksNs = 0;
        foreach (var (name, runs) in rows)
        {
            var ns = MedianNs(runs, records.Messages);
            if (name.StartsWith("decode +", StringComparison.Ordinal)) booksNs = CpuNs(runs, records.Messages);
            var min = runs.Min(run => run.Elapsed.TotalNanoseconds) / records.Messages;
            var max = runs.Max(run => run.Elapsed.TotalNanoseconds) / records.Messages;
            var allocated = runs.Max(run => run.AllocatedBytes);
            var cpu = CpuNs(runs, records.Messages);
            output.WriteLine(string.Create(CultureInfo.InvariantCulture, $"{name,-26} {ns,10:F1} {min,7:F1} {max,7:F1} {cpu,8:F1} {cpu / walkNs,9:F2} {1000 / ns,13:F1} {allocated,13}"));
        }

        var books = rows.First(row => row.Name.StartsWith("decode +", StringComparison.Ordinal)).Runs[^1];
        output.WriteLine(string.Create(CultureInfo.InvariantCulture,
            $"live orders {books.LiveOrders:N0}; books take {books.MemoryBytes:N0} B, {books.MemoryBytes / (double)Math.Max(books.LiveOrders, 1):F1} B per live order; contradictions {books.Check}"));
        output.WriteLine(string.Create(CultureInfo.InvariantCulture, $"declared bound: {ItchStages.BoundBytes:N0} B for {ItchStages.MaxOrders:N0} orders"));
        if (rows[^1].Name.StartsWith("naive", StringComparison.Ordinal))
            output.WriteLine(string.Create(CultureInfo.InvariantCulture, $"naive / ours: {CpuNs(rows[^1].Runs, records.Messages) / booksNs:F1}"));
    }

    /// <summary>Median of the processor time: where others load the machine, it is what can be compared.</summary>
    private static double CpuNs(List<StageRun> runs, long messages)
    {
        var sorted = runs.Select(run => run.Cpu.TotalNanoseconds).Order().ToList();
        return sorted[sorted.Count / 2] / messages;
    }

    private static double MedianNs(List<StageRun> runs, long messages)
    {
        var sorted = runs.Select(run => run.Elapsed.TotalNanoseconds).Order().ToList();
        return sorted[sorted.Count / 2] / messages;
    }
}
