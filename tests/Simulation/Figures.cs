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

    /// <summary>L5: forged packets, and nothing else.</summary>
    public static RunResult Forged(int steps) => SimulationRun.Execute(Venue(15, steps, FaultKinds.Forged) with { ForgedChance = 0.01 });

    /// <summary>R1: resets of channel and instruments, new sessions and wraps, while packets are lost.</summary>
    public static Campaign Restarts(int seeds, int threads)
    {
        const FaultKinds Kinds = FaultKinds.ChannelResets | FaultKinds.InstrumentResets | FaultKinds.NewSessions | FaultKinds.Wrap | FaultKinds.Loss | FaultKinds.Outages;
        var campaign = new Campaign(Campaign.DefaultSteps, Kinds, threads);
        campaign.Run(first: 1_000_000, seeds);
        return campaign;
    }
}
