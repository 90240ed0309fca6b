namespace FeedHandler.Replay.Bench;

/// <summary>Updates a second of one way to hand over: of its median and its best run.</summary>
/// <remarks>
/// Where each thread spins, a run counts only if each had a processor: else it says what the scheduler's slices are. Where no
/// run was such a one, all count.
/// </remarks>
internal sealed record HandOverRate(string Name, double Median, double Best, int Runs, int UndisturbedRuns)
{
    public static HandOverRate Of(string name, List<RingRun> runs)
    {
        var rates = Repeated.Undisturbed(runs, run => !run.Undisturbed).ConvertAll(run => run.Rate);
        return new HandOverRate(name, Repeated.Median(rates), rates.Max(), runs.Count, runs.Count(run => run.Undisturbed));
    }
}
