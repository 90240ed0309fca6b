using FeedHandler.Replay.Faults;
using FeedHandler.Replay.Synthetic;
using FeedHandler.Replay.Synthetic.Cme;
using FeedHandler.Transport;

namespace FeedHandler.Simulation;

/// <summary>What one run is made of; everything follows from the seed, the number of steps, and the kinds of faults allowed.</summary>
public sealed record Scenario
{
    public required ulong Seed { get; init; }

    /// <summary>Steps of the venue before the faults end.</summary>
    public required int Steps { get; init; }

    /// <summary>The kinds of faults that this run has.</summary>
    public required FaultKinds Faults { get; init; }

    public int Instruments { get; init; } = 6;

    public int Shards { get; init; } = 1;

    public int MeanPauseNs { get; init; } = 10_000_000;

    public double SplitChance { get; init; } = 0.06;

    public bool OldSchema { get; init; }

    public bool CombinedSnapshots { get; init; }

    public bool NaturalRefresh { get; init; }

    public long CycleNs { get; init; } = 1_000_000_000;

    public double LossA { get; init; }

    public double LossB { get; init; }

    public double LoopLoss { get; init; }

    public double BurstChance { get; init; }

    public double MeanBurst { get; init; } = 20;

    public double DuplicateChance { get; init; }

    public double ReorderChance { get; init; }

    public double DelayChance { get; init; }

    public double MalformedChance { get; init; }

    public double ForgedChance { get; init; }

    public double ChannelResetChance { get; init; }

    public double InstrumentResetChance { get; init; }

    public double NewSessionChance { get; init; }

    /// <summary>How often a new session begins after a pause, where it could do without.</summary>
    public double SessionPauseChance { get; init; } = 0.7;

    /// <summary>Whether forged packets are half of all numbers away, instead of anywhere.</summary>
    public bool ForgesHalfWay { get; init; }

    public double OutageChance { get; init; }

    public double SlowBooksChance { get; init; }

    public double SilentFeedChance { get; init; }

    /// <summary>Silence that makes the books Stale; longer than the venue ever is. 0: none does.</summary>
    public long SilenceNs { get; init; } = 1_200_000_000;

    public int JoinAfterSteps { get; init; }

    public uint StartSequence { get; init; } = 1;

    public int RecoveryBuffer { get; init; } = 4096;

    public long FeedLagNs { get; init; }

    /// <summary>When a book is made wrong on purpose; 0 for never.</summary>
    public int CorruptAtStep { get; init; }

    /// <summary>Whether that book is of orders.</summary>
    public bool CorruptsOrders { get; init; }

    /// <summary>Whether model subscribers read the books.</summary>
    public bool HasSubscribers { get; init; }

    public LineArbiterOptions Arbitration { get; init; } = new();

    public bool Has(FaultKinds kind) => (Faults & kind) != 0;

    /// <summary>Draws a run. Every seed has a handful of the allowed faults, so that each is also seen without the others.</summary>
    public static Scenario Draw(ulong seed, int steps, FaultKinds allowed)
    {
        var random = new SeededRandom(seed ^ 0x51AB_2E77_90CC_01D3);
        var faults = FaultKinds.None;
        for (var bit = 1; bit < (int)FaultKinds.SilentFeed; bit <<= 1)
        {
            if (random.Chance(0.35)) faults |= (FaultKinds)bit;
        }

        // By chance of its own: it came after the others, whose seeds stay what they were.
        var silencing = new SeededRandom(seed ^ 0x0000_51E7_F00D_0000);
        if (silencing.Chance(0.35)) faults |= FaultKinds.SilentFeed;

        // Drawn in full whatever the faults are, so that a smaller set of faults leaves the rest of the run as it was.
        ReadOnlySpan<double> losses = [0.0005, 0.003, 0.01, 0.03, 0.08, 0.2, 0.5];
        ReadOnlySpan<int> pauses = [1_000_000, 4_000_000, 12_000_000];
        ReadOnlySpan<long> cycles = [60_000_000, 250_000_000, 1_000_000_000];
        ReadOnlySpan<int> buffers = [8, 40, 200];
        var lossA = losses[random.Next(losses.Length)];
        var lossB = random.Chance(0.5) ? lossA : losses[random.Next(losses.Length)];
        var drawn = new Scenario
        {
            Seed = seed,
            Steps = steps,
            Faults = faults & allowed,
            Instruments = random.Next(3, 11),
            Shards = random.Chance(0.25) ? random.Next(2, 4) : 1,
            MeanPauseNs = pauses[random.Next(pauses.Length)],
            SplitChance = random.Chance(0.5) ? 0.06 : 0.4,
            OldSchema = random.Chance(0.1),
            CombinedSnapshots = random.Chance(0.3),
            NaturalRefresh = random.Chance(0.06),
            CycleNs = cycles[random.Next(cycles.Length)],
            LossA = lossA,
            LossB = lossB,
            LoopLoss = losses[random.Next(1, losses.Length)],
            BurstChance = 0.0005 + (0.004 * random.NextDouble()),
            MeanBurst = random.Chance(0.5) ? 6 : 50,
            DuplicateChance = 0.05,
            ReorderChance = 0.002 + (0.05 * random.NextDouble()),
            DelayChance = 0.002 + (0.02 * random.NextDouble()),
            MalformedChance = 0.001 + (0.01 * random.NextDouble()),
            ForgedChance = 0.005,
            ChannelResetChance = 0.0005 + (0.004 * random.NextDouble()),
            InstrumentResetChance = 0.0005 + (0.004 * random.NextDouble()),
            NewSessionChance = 0.0004 + (0.001 * random.NextDouble()),
            OutageChance = 0.0005 + (0.002 * random.NextDouble()),
            SlowBooksChance = 0.0005 + (0.002 * random.NextDouble()),
            SilentFeedChance = 0.0003 + (0.001 * silencing.NextDouble()),
            SilenceNs = silencing.Chance(0.3) ? 0 : 1_200_000_000,
            // They cost three times as much as all else.
            HasSubscribers = seed % 4 == 1,
            JoinAfterSteps = random.Next(1, 400),
            // Not so near that the first packet seen has number 1 because of the wrap: nobody can tell that from a new session.
            StartSequence = uint.MaxValue - (uint)random.Next(700, 1_800),
            RecoveryBuffer = buffers[random.Next(buffers.Length)],
            FeedLagNs = random.Next(1, 30_000_000),
            Arbitration = new LineArbiterOptions
            {
                Lines = 2,
                ReorderWindowPackets = random.Chance(0.5) ? 256 : 8,
                ReorderTimeoutNs = random.Chance(0.5) ? 20_000_000 : 1_000_000,
                LineReorderPackets = random.Chance(0.7) ? 64 : 4,
                DetectConflicts = random.Chance(0.3),
            },
        };
        return drawn.WithoutOthers();
    }

    public ExchangeOptions Exchange => new()
    {
        Seed = Seed,
        Instruments = Instruments,
        MeanPauseNs = MeanPauseNs,
        ChannelResetChance = ChannelResetChance,
        InstrumentResetChance = InstrumentResetChance,
    };

    public CmeChannelOptions Channel => new()
    {
        Schema = OldSchema ? CmeSchema.V8 : CmeSchema.V13,
        StartSequence = StartSequence,
        SnapshotCycleNs = CycleNs,
        MboSnapshotCycleNs = CycleNs,
        MboSnapshotHasLevels = CombinedSnapshots,
        DefinitionCycleNs = CycleNs * 2,
        SplitChance = SplitChance,
    };

    /// <summary>Faults of the incremental feed.</summary>
    public FaultChain IncrementalFaults(SeededRandom seed)
    {
        const int SpacingNs = 20_000, MaxReordered = 64;
        const long MinDelayNs = 50_000, MaxDelayNs = 1_000_000_000;
        const double BurstCorrelation = 0.7;
        var deadLine = seed.Chance(0.5) ? Line.A : Line.B;
        var swapFrom = seed.Next(2_000);
        return new FaultChain(
            new IndependentLoss(LossA, LossB, seed.NextUInt64()),
            new BurstLoss(BurstChance, MeanBurst, BurstCorrelation, seed.NextUInt64()),
            new Duplication(DuplicateChance, MaxDelayNs / 100, seed.NextUInt64()),
            new Reordering(ReorderChance, MaxReordered, SpacingNs, seed.NextUInt64()),
            new Delay(DelayChance, MinDelayNs, MaxDelayNs, seed.NextUInt64()),
            Has(FaultKinds.DeadLine) ? new DeadLine(deadLine) : FaultChain.None,
            Has(FaultKinds.LineSwap) ? new LineSwap(swapFrom, swapFrom + 500) : FaultChain.None);
    }

    /// <summary>Faults of a loop.</summary>
    public FaultChain LoopFaults(SeededRandom seed)
    {
        const long MinDelayNs = 50_000;
        return new FaultChain(
            new IndependentLoss(LoopLoss, LoopLoss, seed.NextUInt64()),
            new Delay(Has(FaultKinds.LoopDelays) ? 0.3 : 0, MinDelayNs, CycleNs * 2, seed.NextUInt64()),
            new Duplication(DuplicateChance, MinDelayNs, seed.NextUInt64()));
    }

    /// <summary>Takes out the figures of faults that this run does not have.</summary>
    private Scenario WithoutOthers() => this with
    {
        LossA = Has(FaultKinds.Loss) ? LossA : 0,
        LossB = Has(FaultKinds.Loss) ? LossB : 0,
        LoopLoss = Has(FaultKinds.LoopLoss) ? LoopLoss : 0,
        BurstChance = Has(FaultKinds.Bursts) ? BurstChance : 0,
        DuplicateChance = Has(FaultKinds.Duplicates) ? DuplicateChance : 0,
        ReorderChance = Has(FaultKinds.Reordering) ? ReorderChance : 0,
        DelayChance = Has(FaultKinds.Delays) ? DelayChance : 0,
        MalformedChance = Has(FaultKinds.Malformed) ? MalformedChance : 0,
        ForgedChance = Has(FaultKinds.Forged) ? ForgedChance : 0,
        ChannelResetChance = Has(FaultKinds.ChannelResets) ? ChannelResetChance : 0,
        InstrumentResetChance = Has(FaultKinds.InstrumentResets) ? InstrumentResetChance : 0,
        NewSessionChance = Has(FaultKinds.NewSessions) ? NewSessionChance : 0,
        OutageChance = Has(FaultKinds.Outages) ? OutageChance : 0,
        SlowBooksChance = Has(FaultKinds.SlowBooks) ? SlowBooksChance : 0,
        SilentFeedChance = Has(FaultKinds.SilentFeed) ? SilentFeedChance : 0,
        JoinAfterSteps = Has(FaultKinds.LateJoin) ? JoinAfterSteps : 0,
        StartSequence = Has(FaultKinds.Wrap) ? StartSequence : 1,
        RecoveryBuffer = Has(FaultKinds.SmallBuffer) ? RecoveryBuffer : 4096,
        FeedLagNs = Has(FaultKinds.LaggingFeed) ? FeedLagNs : 0,
    };
}
