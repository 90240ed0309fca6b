using System.Globalization;
using System.Text.Encodings.Web;
using System.Text.Json;
using FeedHandler.Cli;

namespace FeedHandler.Replay.Bench;

/// <summary>Runs and prints <c>replay bench itch</c>. Stages take turns, so that a machine that drifts drifts for all of them; medians are printed.</summary>
internal sealed class ItchBench(ItchRecords records, int runs, Terminal terminal)
{
    private const string BooksName = "decode + books, 1 thread";

    private static readonly TimeSpan MinWarmUp = TimeSpan.FromSeconds(1);

    private static readonly JsonSerializerOptions JsonOptions = new() { WriteIndented = true, Encoder = JavaScriptEncoder.UnsafeRelaxedJsonEscaping };

    /// <param name="withNaive">Whether books of dictionaries run, too: once, because they take the longest.</param>
    /// <param name="withPipeline">Whether the stages with ring and arbiter run, too.</param>
    /// <param name="json">One JSON document instead of a table.</param>
    public void Run(bool withNaive, bool withPipeline, bool json)
    {
        var stages = new ItchStages(records);
        List<Stage> table =
        [
            new("walk", stages.Walk, runs),
            new("walk, reading ahead", stages.WalkReadingAhead, runs),
            new("decode", stages.Decode, runs),
            new(BooksName, stages.Books, runs),
        ];
        if (withPipeline) table.AddRange([new("pipeline, 1 thread", stages.PipelineOnOneThread, runs), new("pipeline, 2 threads", stages.PipelineOnTwoThreads, runs)]);

        terminal.Error.WriteLine("warming up");
        foreach (var stage in table) Repeated.WarmUp(() => stage.Run(), MinWarmUp);
        for (var round = 0; round < runs; round++)
        {
            terminal.Error.WriteLine($"stages, round {round + 1} of {runs}");
            foreach (var stage in table) stage.Runs.Add(stage.Run());
        }

        foreach (var stage in table) Repeated.UntilUndisturbed(stage.Runs, run => run.Disturbed, runs, stage.Run);
        Stage? naive = null;
        if (withNaive)
        {
            terminal.Error.WriteLine("naive books");
            naive = new Stage("naive books, 1 thread", stages.Naive, 1);
            naive.Runs.Add(naive.Run());
            table.Add(naive);
        }

        if (json) Json(table, naive);
        else Print(table, naive);
    }

    private void Print(List<Stage> table, Stage? naive)
    {
        Line($"{records.Messages:N0} messages in {records.Packets:N0} packets, {records.Bytes >> 20} MiB in memory; medians of {runs} runs, taken in turns");
        Line($"stage                      ns/message   min     max    cpu ns   cpu/walk   M messages/s   B allocated");
        foreach (var stage in table)
        {
            var ns = Wall(stage);
            Line($"{stage.Name,-26} {ns,10:F1} {stage.Counted.Min(WallOf),7:F1} {stage.Counted.Max(WallOf),7:F1} {Cpu(stage),8:F1} {Cpu(stage) / Cpu(table[0]),9:F2} {1000 / ns,13:F1} {Allocated(stage),13}");
        }

        foreach (var stage in table.Where(stage => stage.Runs.Exists(run => run.Disturbed)))
            Line($"{stage.Name}: {stage.Runs.Count(run => !run.Disturbed)} of {stage.Runs.Count} runs had both processors; {(stage.Counted.Count == stage.Runs.Count ? "all are counted: the figure is the scheduler's" : "the others are not counted")}");
        var books = BooksOf(table);
        Line($"live orders {books.LiveOrders:N0}; books take {books.MemoryBytes:N0} B, {PerOrder(books):F1} B per live order; contradictions {books.Check}");
        Line($"declared bound: {ItchStages.BoundBytes:N0} B for {ItchStages.MaxOrders:N0} orders");
        if (naive is not null) Line($"naive / ours: {Cpu(naive) / Cpu(table.Single(stage => stage.Name == BooksName)):F1}");
    }

    private void Json(List<Stage> table, Stage? naive)
    {
        var books = BooksOf(table);
        var report = new
        {
            messages = records.Messages,
            packets = records.Packets,
            runs,
            stages = table.Select(stage => new
            {
                name = stage.Name,
                ns_per_message = Wall(stage),
                min_ns_per_message = stage.Counted.Min(WallOf),
                max_ns_per_message = stage.Counted.Max(WallOf),
                cpu_ns_per_message = Cpu(stage),
                cpu_ratio_to_walk = Cpu(stage) / Cpu(table[0]),
                messages_per_second = 1e9 / Wall(stage),
                allocated_bytes = Allocated(stage),
                runs = stage.Runs.Count,
                undisturbed_runs = stage.Runs.Count(run => !run.Disturbed),
            }),
            live_orders = books.LiveOrders,
            memory_bytes = books.MemoryBytes,
            bytes_per_live_order = PerOrder(books),
            contradictions = books.Check,
            declared_bound_bytes = ItchStages.BoundBytes,
            declared_bound_orders = ItchStages.MaxOrders,
            naive_ratio = naive is null ? (double?)null : Cpu(naive) / Cpu(table.Single(stage => stage.Name == BooksName)),
        };
        terminal.Out.WriteLine(JsonSerializer.Serialize(report, JsonOptions));
    }

    private static StageRun BooksOf(List<Stage> table) => table.Single(stage => stage.Name == BooksName).Runs[^1];

    private static double PerOrder(in StageRun books) => books.MemoryBytes / (double)Math.Max(books.LiveOrders, 1);

    private static long Allocated(Stage stage) => stage.Runs.Max(run => run.AllocatedBytes);

    private double WallOf(StageRun run) => run.Elapsed.TotalNanoseconds / records.Messages;

    private double Wall(Stage stage) => Repeated.Median(stage.Counted.Select(WallOf));

    /// <summary>Processor time: where others load the machine, it is what can be compared.</summary>
    private double Cpu(Stage stage) => Repeated.Median(stage.Counted.Select(run => run.Cpu.TotalNanoseconds / records.Messages));

    private void Line(FormattableString text) => terminal.Out.WriteLine(text.ToString(CultureInfo.InvariantCulture));

    /// <summary>A row of the table.</summary>
    private sealed record Stage(string Name, Func<StageRun> Run, int Count)
    {
        public List<StageRun> Runs { get; } = new(Count);

        /// <summary>The runs in which every thread had a processor to itself; all where there are none.</summary>
        public IReadOnlyList<StageRun> Counted => Repeated.Undisturbed(Runs, run => run.Disturbed);
    }
}
