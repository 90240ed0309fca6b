using System.Diagnostics;
using System.Globalization;
using System.Text.Encodings.Web;
using System.Text.Json;
using Disruptor;
using FeedHandler.Cli;
using FeedHandler.Transport;

namespace FeedHandler.Replay.Bench;

/// <summary>Runs and prints <c>replay bench pipeline</c>. Stages take turns, so that a machine that drifts drifts for all of them; medians are printed.</summary>
internal sealed class PipelineBench(FrameMemory memory, FeedDefinition feed, int runs, Terminal terminal)
{
    private const int HandOverUpdates = 4_000_000;
    private const int TellUpdates = 1_000_000;
    private const int RingUpdates = 1_000_000;
    private const int HandOverRuns = 5;

    /// <summary>A run of the ring alone takes some 10 ms.</summary>
    private const int RingRunsEach = 3;

    private const int HopUpdates = 30_000;
    private const int ParkedHopUpdates = 2_500;

    /// <summary>Of the rate that two threads reached: what surely fits.</summary>
    private const double FittingShare = 0.7;

    /// <summary>How long to try for runs in which both threads have a processor.</summary>
    private static readonly TimeSpan RingTurn = TimeSpan.FromMilliseconds(250);

    private static readonly TimeSpan MinWarmUp = TimeSpan.FromMilliseconds(500);

    private static readonly double[] Rates = [10_000, 100_000, 1_000_000];

    public void Run(bool json)
    {
        var stages = new PipelineStages(memory, feed);
        (string Name, string Adds, Func<PipelineRun> Run)[] table =
        [
            ("walk", "the frames' bytes from memory", stages.Walk),
            ("parse", "link, IP and UDP headers, routing", stages.Parse),
            ("arbitrate", "packet headers, lines A and B", stages.Arbitrate),
            ("decode", "messages into ring slots", stages.Decode),
            ("ring", "a reader of every slot", stages.Ring),
            ("book", "books, recovery, states", stages.Books),
            ("publish", "batches to one subscriber", stages.Publish),
            ("two threads", "RX | books and best prices", stages.TwoThreads),
        ];
        var results = Measure(table);
        var messages = results[^1][0].Messages;
        var median = results.Select(stage => Repeated.Median(stage.Select(run => run.Elapsed.TotalNanoseconds))).ToArray();
        var twoThreads = messages * 1e9 / median[^1];

        Say("handing over");
        var handOver = HandOvers();
        var roundTrips = RoundTrips.Measure();
        var hop = HandOver.Hop(HopUpdates, busyPolls: true);
        var wake = HandOver.Hop(ParkedHopUpdates, busyPolls: false);

        var latencies = Latencies(messages, twoThreads);
        if (json) Json(table, results, median, handOver, roundTrips, hop, wake, latencies);
        else Print(table, results, median, handOver, roundTrips, hop, wake, latencies);
    }

    private List<PipelineRun>[] Measure((string Name, string Adds, Func<PipelineRun> Run)[] table)
    {
        Say("warming up");
        foreach (var (_, _, run) in table) Repeated.WarmUp(() => run(), MinWarmUp);
        var results = new List<PipelineRun>[table.Length];
        for (var i = 0; i < table.Length; i++) results[i] = [];
        for (var round = 0; round < runs; round++)
        {
            Say($"stages, round {round + 1} of {runs}");
            for (var i = 0; i < table.Length; i++) results[i].Add(table[i].Run());
        }

        for (var i = 0; i < table.Length; i++) results[i] = Undisturbed(results[i], table[i].Run);
        return results;
    }

    /// <summary>Runs of two threads that had to share a processor are made again, as often as that may be of use; they count where there are no others.</summary>
    private List<PipelineRun> Undisturbed(List<PipelineRun> done, Func<PipelineRun> run)
    {
        Repeated.UntilUndisturbed(done, one => one.Disturbed, runs, run);
        var undisturbed = done.Count(one => !one.Disturbed);
        if (undisturbed < done.Count) Say($"two threads: {undisturbed} of {done.Count} runs had both processors{(undisturbed == 0 ? "; the figure is the scheduler's" : "")}");
        return Repeated.Undisturbed(done, one => one.Disturbed);
    }

    private static HandOverRate[] HandOvers()
    {
        (string Name, Func<IEnumerable<RingRun>> Turn)[] ways =
        [
            ("one Tell for each update", Once(() => HandOver.TellPerUpdate(TellUpdates))),
            ("System.Threading.Channels", Once(() => HandOver.Channels(TellUpdates))),
            ("the ring alone, batches of 1", Undisturbed(() => RingAlone.Polled(RingUpdates, 1))),
            ("the ring alone, batches of 16", Undisturbed(() => RingAlone.Polled(RingUpdates, 16))),
            ("ring to handler, BusySpin, 1", Undisturbed(() => RingAlone.Handled(RingUpdates, 1, new BusySpinWaitStrategy()))),
            ("ring to handler, BusySpin, 16", Undisturbed(() => RingAlone.Handled(RingUpdates, 16, new BusySpinWaitStrategy()))),
            ("ring to handler, Yielding, 1", Undisturbed(() => RingAlone.Handled(RingUpdates, 1, new YieldingWaitStrategy()))),
            ("ring to handler, Yielding, 16", Undisturbed(() => RingAlone.Handled(RingUpdates, 16, new YieldingWaitStrategy()))),
            ("ring to actor, busy polling", Undisturbed(() => HandOver.RingToActor(HandOverUpdates, busyPolls: true), enough: 1)),
            ("ring to actor, parking", Undisturbed(() => HandOver.RingToActor(HandOverUpdates, busyPolls: false), enough: 1)),
        ];
        var runs = Array.ConvertAll(ways, _ => new List<RingRun>());
        for (var round = 0; round <= HandOverRuns; round++)
        {
            for (var i = 0; i < ways.Length; i++)
            {
                if (round == 1) runs[i].Clear();
                runs[i].AddRange(ways[i].Turn());
            }
        }

        return [.. ways.Select((way, i) => HandOverRate.Of(way.Name, runs[i]))];
    }

    private static Func<IEnumerable<RingRun>> Once(Func<double> run) => () => [new RingRun(run(), Undisturbed: true)];

    /// <summary>Repeats a run until enough were undisturbed, or the time is over.</summary>
    private static Func<IEnumerable<RingRun>> Undisturbed(Func<RingRun> run, int enough = RingRunsEach) => () =>
    {
        var started = Stopwatch.GetTimestamp();
        var runs = new List<RingRun>();
        do runs.Add(run());
        while (runs.Count(done => done.Undisturbed) < enough && Stopwatch.GetElapsedTime(started) < RingTurn);
        return runs;
    };

    private List<LatencyRun> Latencies(long messages, double twoThreads)
    {
        var latency = new PipelineLatency(memory, feed, messages / (double)memory.Frames);
        latency.Listener(twoThreads, busyPoll: true);
        var results = new List<LatencyRun>();
        foreach (var rate in Rates.Where(rate => rate < twoThreads * FittingShare).Append(twoThreads * FittingShare))
        {
            Say($"latency at {rate:N0} messages/s");
            results.Add(latency.Listener(rate, busyPoll: true));
            results.Add(latency.Listener(rate, busyPoll: false));
            results.Add(latency.Subscriber(rate));
        }

        return results;
    }

    private void Print(
        (string Name, string Adds, Func<PipelineRun> Run)[] table, List<PipelineRun>[] results, double[] median,
        HandOverRate[] handOver, RoundTrip[] roundTrips, HdrHistogram.LongHistogram hop, HdrHistogram.LongHistogram wake, List<LatencyRun> latencies)
    {
        var last = results[^1][0];
        Line($"{memory.Frames:N0} frames, {last.Messages:N0} messages, {last.Updates:N0} updates, {memory.Bytes >> 20} MiB in memory; medians of {runs} runs, taken in turns");
        Line($"");
        Line($"stage         ns/message  adds  ns/frame  cpu ns/frame  M frames/s  M messages/s  x walk   B/M messages  GCs   what it adds");
        for (var i = 0; i < table.Length; i++)
        {
            var whole = i == table.Length - 1;
            var ns = median[i] / last.Messages;
            var adds = i == 0 || whole ? "" : ((median[i] - median[i - 1]) / last.Messages).ToString("F1", CultureInfo.InvariantCulture);
            var allocated = results[i].Max(run => run.Allocated) * 2e6 / last.Messages;
            var cpu = Repeated.Median(results[i].Select(run => run.Cpu.TotalNanoseconds));
            Line($"{table[i].Name,-12} {ns,11:F1} {adds,5} {median[i] / memory.Frames,9:F1} {cpu / memory.Frames,13:F1} {memory.Frames * 1e3 / median[i],11:F1} {1e3 / ns,13:F1} {median[i] / median[0],7:F2} {allocated,14:N0} {results[i].Max(run => run.Collections),4}   {table[i].Adds}");
        }

        Line($"");
        Line($"hand-over of 64-byte updates        M updates/s   x Tell     best   runs undisturbed");
        foreach (var way in handOver) Line($"{way.Name,-34} {way.Median / 1e6,12:F1} {way.Median / handOver[0].Median,8:F1} {way.Best / 1e6,8:F1} {way.Runs,6} {way.UndisturbedRuns,11}");
        Line($"");
        Line($"there and back, ns                      p50      p99.9   x cell  turns undisturbed");
        foreach (var way in roundTrips) Line($"{way.Name,-34} {way.P50Ns,8:N0} {way.P999Ns,10:N0} {way.RatioToCell,8:F2} {way.Turns,6} {way.UndisturbedTurns,11}");
        Line($"");
        Line($"ring to actor, busy polling, hop ns: {Percentiles(hop)}");
        Line($"ring to parked actor, wake-up ns:    {Percentiles(wake)}");
        Line($"");
        Line($"latency from due to read, ns         messages/s  gaps       p50        p99      p99.9        max   samples");
        foreach (var run in latencies)
        {
            Line($"{run.Name,-34} {run.MessagesPerSecond,12:N0} {run.Gaps,5} {Percentile(run, 50),9:N0} {Percentile(run, 99),10:N0} {Percentile(run, 99.9),10:N0} {Percentile(run, 100),10:N0} {run.Histogram.TotalCount,9:N0}");
        }
    }

    private void Json(
        (string Name, string Adds, Func<PipelineRun> Run)[] table, List<PipelineRun>[] results, double[] median,
        HandOverRate[] handOver, RoundTrip[] roundTrips, HdrHistogram.LongHistogram hop, HdrHistogram.LongHistogram wake, List<LatencyRun> latencies)
    {
        var last = results[^1][0];
        var report = new
        {
            frames = memory.Frames,
            messages = last.Messages,
            updates = last.Updates,
            runs,
            stages = table.Select((stage, i) => new
            {
                name = stage.Name,
                ns_per_message = median[i] / last.Messages,
                ns_per_frame = median[i] / memory.Frames,
                cpu_ns_per_frame = Repeated.Median(results[i].Select(run => run.Cpu.TotalNanoseconds)) / memory.Frames,
                ratio_to_walk = median[i] / median[0],
                allocated_bytes_per_million_messages = results[i].Max(run => run.Allocated) * 2e6 / last.Messages,
                collections = results[i].Max(run => run.Collections),
                runs = results[i].Count,
                undisturbed_runs = results[i].Count(run => !run.Disturbed),
            }),
            hand_over = handOver.Select(way => new { name = way.Name, updates_per_second = way.Median, ratio_to_tell = way.Median / handOver[0].Median, best_updates_per_second = way.Best, runs = way.Runs, undisturbed_runs = way.UndisturbedRuns }),
            round_trip_ns = roundTrips.Select(way => new { name = way.Name, p50 = way.P50Ns, p99_9 = way.P999Ns, ratio_to_cell = way.RatioToCell, turns = way.Turns, undisturbed_turns = way.UndisturbedTurns }),
            hop_ns = Summary(hop),
            wake_ns = Summary(wake),
            latency_ns = latencies.Select(run => new { name = run.Name, messages_per_second = run.MessagesPerSecond, gaps = run.Gaps, latency = Summary(run.Histogram) }),
        };
        terminal.Out.WriteLine(JsonSerializer.Serialize(report, JsonOptions));
    }

    private static readonly JsonSerializerOptions JsonOptions = new() { WriteIndented = true, Encoder = JavaScriptEncoder.UnsafeRelaxedJsonEscaping };

    private static object Summary(HdrHistogram.LongHistogram histogram) => new
    {
        p50 = histogram.GetValueAtPercentile(50),
        p99 = histogram.GetValueAtPercentile(99),
        p99_9 = histogram.GetValueAtPercentile(99.9),
        max = histogram.GetValueAtPercentile(100),
        samples = histogram.TotalCount,
    };

    private static string Percentiles(HdrHistogram.LongHistogram histogram) => string.Create(CultureInfo.InvariantCulture,
        $"p50 {histogram.GetValueAtPercentile(50):N0}, p99 {histogram.GetValueAtPercentile(99):N0}, p99.9 {histogram.GetValueAtPercentile(99.9):N0}, max {histogram.GetValueAtPercentile(100):N0}");

    private static long Percentile(LatencyRun run, double percentile) => run.Histogram.TotalCount == 0 ? 0 : run.Histogram.GetValueAtPercentile(percentile);

    private void Line(FormattableString text) => terminal.Out.WriteLine(text.ToString(CultureInfo.InvariantCulture));

    private void Say(string what) => terminal.Error.WriteLine(what);
}
