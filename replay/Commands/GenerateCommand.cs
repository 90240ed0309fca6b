using System.CommandLine;
using System.Globalization;
using FeedHandler.Cli;
using FeedHandler.Replay.Faults;
using FeedHandler.Replay.Synthetic;
using FeedHandler.Replay.Synthetic.Cme;
using Spectre.Console;

namespace FeedHandler.Replay.Commands;

/// <summary><c>replay generate cme</c>: a capture of the synthetic exchange, with the expected results beside it.</summary>
internal static class GenerateCommand
{
    private const int Failure = 1;
    private const long NanosecondsPerSecond = 1_000_000_000;

    private static readonly Option<ulong> Seed = new("--seed") { Description = "Everything follows from it: the same seed and options give the same bytes.", DefaultValueFactory = _ => 1 };
    private static readonly Option<FileInfo> Out = new("--out", "-o") { Description = "The capture to write (pcap, nanoseconds). X.pcap brings X.books.csv, X.orders.csv, X.instruments.csv, X.bbo.csv and X.feed.json.", Required = true };
    private static readonly Option<int> Instruments = new("--instruments") { Description = "Half futures, some calendar spreads between them, the rest options.", DefaultValueFactory = _ => 20 };
    private static readonly Option<long> Packets = new("--packets") { Description = "Incremental packets that the capture covers.", DefaultValueFactory = _ => 10_000 };
    private static readonly Option<int> SchemaVersion = new("--schema-version") { Description = "9 to 13: today's templates (46, 47, 48, 52, 53 …). 7 and 8: those of 2016 (32, 43, 42, 38, 44 …), prices of 1e-7.", DefaultValueFactory = _ => 13 };
    private static readonly Option<short> ChannelId = new("--channel") { Description = "Channel number from 1; decides the addresses.", DefaultValueFactory = _ => 310 };
    private static readonly Option<uint> StartSequence = new("--start-sequence") { Description = "Sequence of the first packet of the session. Near 4294967295 the numbers wrap to 0.", DefaultValueFactory = _ => 1 };
    private static readonly Option<long> JoinAfter = new("--join-after") { Description = "The capture begins after this many packets: the receiver joins late and needs a snapshot." };
    private static readonly Option<double[]> Loss = NumberOptions.Loss();
    private static readonly Option<string[]> Gaps = new("--gap") { Description = "FROM:COUNT: lose COUNT packets on both lines, FROM packets into the capture. May be repeated." };
    private static readonly Option<double> SnapshotLoss = NumberOptions.Part("--snapshot-loss", "Part of the packets of the snapshot and definition feeds lost on each line.");
    private static readonly Option<double> Bursts = NumberOptions.Part("--bursts", "Chance of each packet to start a burst of loss ; see --burst-length and --burst-correlation.");
    private static readonly Option<double> Duplicates = NumberOptions.Part("--duplicates", "Part of the packets that come twice on their line.");
    private static readonly Option<double> Reorder = NumberOptions.Part("--reorder", "Part of the packets that come up to 1 ms late.");
    private static readonly Option<double> Corrupt = NumberOptions.Part("--corrupt", "Part of the packets with damaged bytes (flipped bits, or cut). Where damage hits a value that no checksum covers, results differ.");
    private static readonly Option<double> Resets = NumberOptions.Part("--channel-resets", "Chance of each event to be a reset of the channel.");
    private static readonly Option<double> InstrumentResets = NumberOptions.Part("--instrument-resets", "Chance of each event to be a reset of one instrument's books, which are sent again.");
    private static readonly Option<double> RareEvents = NumberOptions.Part("--rare-events", "Chance of each event to be one that a day has few of: a trade corrected or busted, an instrument added, changed or deleted, open interest and settlement, limits, and from version 11 on workups, best orders and values of collateral.");
    private static readonly Option<bool> LongQuantities = new("--long-quantities") { Description = "Quantities of 64 bits (templates 64 to 67 and 69), as in foreign exchange; no market by order." };
    private static readonly Option<int> Weeks = new("--weeks") { Description = "Weeks that the packets are spread over: each begins, after a weekend without a packet, with packet 1 and empty books.", DefaultValueFactory = _ => 1 };
    private static readonly Option<double> BurstLength = NumberOptions.AtLeast(1, "--burst-length", "Mean packets of a burst of loss.", 20);
    private static readonly Option<double> BurstCorrelation = NumberOptions.Part("--burst-correlation", "Part of the bursts that hit both lines.", 0.5);
    private static readonly Option<double> Late = NumberOptions.Part("--late", "Part of the packets that come 30 ms to 1 s late, each line for itself. Where both are late it depends on the receiver whether the packet still counts, so trade counts may differ.");
    private static readonly Option<string[]> LineSwaps = new("--line-swap") { Description = "FROM:COUNT: COUNT packets come on the other line, FROM packets into the capture. May be repeated." };
    private static readonly Option<bool> OnlyA = new("--a-only") { Description = "No line B." };
    private static readonly Option<bool> NoSnapshot = new("--no-snapshot") { Description = "No snapshot feeds." };
    private static readonly Option<bool> NoDefinitions = new("--no-definitions") { Description = "No definition feed." };
    private static readonly Option<bool> NoSettle = new("--no-settle") { Description = "Stop after the last packet. Otherwise the market rests at the end, lines without loss, until every loop went round once." };
    private static readonly Option<double> SnapshotCycle = NumberOptions.AtLeast(0.001, "--snapshot-cycle", "Seconds of market time for one round of the snapshot loops.", 5);
    private static readonly Option<double> MeanPause = NumberOptions.AtLeast(0.001, "--mean-pause", "Mean milliseconds of market time between bursts of events.", 60);

    /// <summary>Creates <c>generate</c> with its subcommand <c>cme</c>.</summary>
    public static Command Create(Terminal terminal)
    {
        var cme = new Command("cme", """
            Writes a capture of a synthetic CME MDP 3.0 channel: lines A and B of the incremental feed, the snapshot
            loops of levels and of orders, and the instrument definitions. The exchange's own final books are written
            beside it, in the formats of `replay play`, so that a result can be checked with `diff` (instruments without their last two
            columns, which tell of the receiver).

            Examples:
              replay generate cme --seed 7 --out /tmp/x.pcap
              replay generate cme --seed 7 --out /tmp/x.pcap --join-after 500 --gap 2000:5 --loss 0.01
              replay play /tmp/x.pcap --feed /tmp/x.feed.json --books /tmp/b.csv && diff /tmp/b.csv /tmp/x.books.csv
            """)
        {
            Seed, Out, Instruments, Packets, SchemaVersion, ChannelId, StartSequence, JoinAfter, Loss, Gaps, SnapshotLoss, Bursts,
            BurstLength, BurstCorrelation, Duplicates, Reorder, Late, LineSwaps, Corrupt, Resets, InstrumentResets, RareEvents, LongQuantities, Weeks, OnlyA, NoSnapshot, NoDefinitions, NoSettle, SnapshotCycle, MeanPause,
        };
        cme.SetAction(result => Run(result, terminal));
        return new Command("generate", "Makes captures with known results from a synthetic exchange.") { cme, GenerateItchCommand.Create(terminal) };
    }

    private static int Run(ParseResult result, Terminal terminal)
    {
        GenerateOptions options;
        try
        {
            options = ReadOptions(result);
        }
        catch (ArgumentException e)
        {
            throw new UsageException(e.Message);
        }

        try
        {
            GenerateSummary summary = Generate(options, terminal);
            terminal.Error.WriteLine($"{options.Path}: {summary.Frames} frames, {summary.IncrementalPackets} incremental packets ({summary.LostOnBothLines} lost on every line), "
                + $"{summary.Trades} trades, {summary.MarketTimeNs / (double)NanosecondsPerSecond:F1} s of market time, {summary.Bytes} bytes");
            return 0;
        }
        catch (Exception e) when (e is IOException or UnauthorizedAccessException)
        {
            terminal.Error.WriteLine($"error: {options.Path}: {e.Message}");
            return Failure;
        }
    }

    private static GenerateSummary Generate(GenerateOptions options, Terminal terminal)
    {
        if (!terminal.ErrorIsRich) return CaptureGenerator.Run(options);
        var progress = terminal.ErrorConsole().Progress().AutoClear(true)
            .Columns(new TaskDescriptionColumn(), new ProgressBarColumn(), new PercentageColumn(), new RemainingTimeColumn());
        return progress.Start(context =>
        {
            ProgressTask task = context.AddTask("generating", maxValue: options.Packets);
            return CaptureGenerator.Run(options, packets => task.Value = packets);
        });
    }

    private static GenerateOptions ReadOptions(ParseResult result)
    {
        double[] loss = result.GetValue(Loss) is { Length: > 0 } given ? given : [0];
        var cycleNs = (long)(result.GetValue(SnapshotCycle) * NanosecondsPerSecond);
        if (result.GetValue(NoSnapshot)) cycleNs = 0;
        int version = result.GetValue(SchemaVersion);
        bool isLong = result.GetValue(LongQuantities);
        if (version is < 7 or > 13) throw new ArgumentException($"--schema-version {version}: 7 to 13 are known");
        if (isLong && version < 12) throw new ArgumentException($"--long-quantities: they came with schema version 12, not {version}");
        if (result.GetValue(Weeks) is < 1 or > 1_000) throw new ArgumentException("--weeks: 1 to 1000");
        int instruments = result.GetValue(Instruments);
        if (instruments is < 1 or > InstrumentCatalog.MaxInstruments) throw new ArgumentException($"--instruments {instruments}: 1 to {InstrumentCatalog.MaxInstruments}");
        var channel = result.GetValue(ChannelId);
        if (channel < 1) throw new ArgumentException($"--channel {channel}: 1 to {short.MaxValue}");
        if (result.GetValue(Packets) < 1) throw new ArgumentException("--packets: at least 1");
        if (result.GetValue(JoinAfter) < 0) throw new ArgumentException("--join-after: at least 0");
        return new GenerateOptions
        {
            Path = OutputName.Plain(result.GetValue(Out)!),
            Packets = result.GetValue(Packets),
            JoinAfter = result.GetValue(JoinAfter),
            LossA = loss[0],
            LossB = loss[^1],
            Gaps = (result.GetValue(Gaps) ?? []).Select(text => ParseRange("--gap", text)).ToList(),
            SnapshotLoss = result.GetValue(SnapshotLoss),
            LineSwaps = (result.GetValue(LineSwaps) ?? []).Select(text => ParseRange("--line-swap", text)).ToList(),
            Weeks = result.GetValue(Weeks),
            LateChance = result.GetValue(Late),
            BurstChance = result.GetValue(Bursts),
            MeanBurstPackets = result.GetValue(BurstLength),
            BurstCorrelation = result.GetValue(BurstCorrelation),
            DuplicateChance = result.GetValue(Duplicates),
            ReorderChance = result.GetValue(Reorder),
            CorruptionChance = result.GetValue(Corrupt),
            OnlyLineA = result.GetValue(OnlyA),
            Settle = !result.GetValue(NoSettle),
            Exchange = new ExchangeOptions
            {
                Seed = result.GetValue(Seed),
                Instruments = instruments,
                ChannelResetChance = result.GetValue(Resets),
                InstrumentResetChance = result.GetValue(InstrumentResets),
                RareEventChance = result.GetValue(RareEvents),
                LongQuantities = isLong,
                MeanPauseNs = (int)(Math.Min(result.GetValue(MeanPause), 1_000) * 1_000_000),
            },
            Channel = new CmeChannelOptions
            {
                ChannelId = channel,
                Schema = CmeSchema.Of(version, isLong),
                StartSequence = result.GetValue(StartSequence),
                SnapshotCycleNs = cycleNs,
                MboSnapshotCycleNs = isLong ? 0 : cycleNs,
                DefinitionCycleNs = result.GetValue(NoDefinitions) ? 0 : new CmeChannelOptions().DefinitionCycleNs,
            },
        };
    }

    private static Gap ParseRange(string option, string text)
    {
        string[] parts = text.Split(':');
        if (parts.Length == 2
            && long.TryParse(parts[0], NumberStyles.None, CultureInfo.InvariantCulture, out long from)
            && long.TryParse(parts[1], NumberStyles.None, CultureInfo.InvariantCulture, out long count) && count > 0)
        {
            return new Gap(from, from + count);
        }

        throw new ArgumentException($"{option} {text}: FROM:COUNT, such as 2000:5");
    }
}
