using FeedHandler.Replay.Synthetic;
using FeedHandler.Transport;

namespace FeedHandler.Simulation;

/// <summary>The figures of docs/reliability.md: runs with one kind of trouble, of a size that the caller chooses.</summary>
internal static class Figures
{
    /// <summary>The venue of the figures: more instruments than the seeds have, everything else as in production.</summary>
    private static Scenario Venue(ulong seed, int steps, FaultKinds faults) => new()
    {
        Seed = seed,
        Steps = steps,
        Faults = faults,
        Instruments = 50,
        RecoveryBuffer = 32_768,
        Arbitration = new LineArbiterOptions(),
    };

    /// <summary>L1: independent loss, the same on both lines.</summary>
    public static RunResult IndependentLoss(double loss, int steps) =>
        SimulationRun.Execute(Venue(11, steps, FaultKinds.Loss) with { LossA = loss, LossB = loss });

    /// <summary>Nothing goes wrong.</summary>
    public static RunResult Lossless(int steps) => SimulationRun.Execute(Venue(12, steps, FaultKinds.None));

    /// <summary>L2: one line loses, the other does not.</summary>
    public static RunResult LossOnOneLine(double loss, int steps) =>
        SimulationRun.Execute(Venue(12, steps, FaultKinds.Loss) with { LossA = loss });

    /// <summary>L3: bursts on both lines at once, reordering, duplicates, late packets.</summary>
    public static RunResult Bursts(int steps) => SimulationRun.Execute(
        Venue(13, steps, FaultKinds.Bursts | FaultKinds.Reordering | FaultKinds.Duplicates | FaultKinds.Delays) with
        {
            BurstChance = 0.002,
            MeanBurst = 50,
            ReorderChance = 0.01,
            DuplicateChance = 0.05,
            DelayChance = 0.005,
        });

    /// <summary>L4: the loops lose, too.</summary>
    public static RunResult LossyLoops(int steps) => SimulationRun.Execute(
        Venue(14, steps, FaultKinds.Loss | FaultKinds.LoopLoss) with { LossA = 0.05, LossB = 0.05, LoopLoss = 0.2 });

    /// <summary>L5: forged packets anywhere far away, one in a hundred, and nothing else.</summary>
    public static RunResult Forged(int steps) => SimulationRun.Execute(Venue(15, steps, FaultKinds.Forged) with { ForgedChance = 0.01 });

    /// <summary>L5: single forged packets half of all numbers away, where nobody can say whether they are ahead or behind.</summary>
    public static RunResult ForgedHalfWay(double chance, int steps) =>
        SimulationRun.Execute(Venue(16, steps, FaultKinds.Forged) with { ForgedChance = chance, ForgesHalfWay = true });

    /// <summary>R1: one kind of restart in every run, at random points, while packets are lost.</summary>
    public static Campaign Restarts(RestartKind kind, int seeds, int threads)
    {
        var allowed = FaultKinds.Loss | (kind == RestartKind.Wrap ? FaultKinds.None : FaultKinds.Outages);
        var campaign = new Campaign(Campaign.DefaultSteps, allowed, threads, adjust: scenario => Restart(kind, scenario));
        campaign.Run(first: 1_000_000, seeds);
        return campaign;
    }

    private static Scenario Restart(RestartKind kind, Scenario drawn) => kind switch
    {
        RestartKind.ChannelReset => drawn with { ChannelResetChance = 0.002 },
        RestartKind.BookReset => drawn with { InstrumentResetChance = 0.002 },

        // Numbers that no packet of the next session has for long: it needs no pause to be told from the old one.
        RestartKind.NewSession => drawn with { NewSessionChance = 0.001, Faults = drawn.Faults | FaultKinds.NewSessions, StartSequence = 5_000, SessionPauseChance = 0 },
        RestartKind.WeeklyRestart => drawn with { NewSessionChance = 0.001, Faults = drawn.Faults | FaultKinds.NewSessions, SessionPauseChance = 1 },
        _ => drawn with { StartSequence = uint.MaxValue - 9 - (uint)(drawn.Seed % 4 == 0 ? 0 : drawn.Seed % 700), Faults = drawn.Faults | FaultKinds.Wrap },
    };
}

/// <summary>How a venue's numbers or books start again.</summary>
public enum RestartKind
{
    ChannelReset,
    BookReset,

    /// <summary>Numbers start at 1 with the next packet.</summary>
    NewSession,

    /// <summary>After 2^32 - 1 comes 0; every fourth run starts at 2^32 - 10.</summary>
    Wrap,

    /// <summary>Numbers start at 1 after minutes without a packet.</summary>
    WeeklyRestart,
}
