using System.CommandLine;
using System.Globalization;
using FeedHandler.Replay.Faults;
using FeedHandler.Replay.Synthetic.Itch;

namespace FeedHandler.Replay.Commands;

/// <summary><c>replay generate itch</c>: a synthetic TotalView-ITCH day with known results.</summary>
internal static class GenerateItchCommand
{
    private static readonly Option<ulong> Seed = new("--seed") { Description = "Everything follows from it: the same seed and options give the same bytes.", DefaultValueFactory = _ => 1 };
    private static readonly Option<FileInfo> Out = new("--out", "-o") { Description = "X.pcap: a capture of MoldUDP64 lines A and B. Any other name: a raw file. The expected results and X.feed.json come beside it.", Required = true };
    private static readonly Option<long> Messages = new("--messages") { Description = "Messages, directory included.", DefaultValueFactory = _ => 1_000_000 };
    private static readonly Option<int> Symbols = new("--symbols") { Description = "Stocks.", DefaultValueFactory = _ => 100 };
    private static readonly Option<int> Live = new("--live") { Description = "Resting orders that the market grows to and keeps.", DefaultValueFactory = _ => 20_000 };
    private static readonly Option<double[]> Loss = NumberOptions.Loss();
    private static readonly Option<string[]> Gaps = new("--gap") { Description = "FROM:COUNT: lose COUNT packets on both lines, FROM packets into the capture. May be repeated." };
    private static readonly Option<bool> OnlyA = new("--a-only") { Description = "No line B." };
    private static readonly Option<bool> NoExpected = new("--no-expected") { Description = "Only the file and X.feed.json." };

    public static Command Create(Cli.Terminal terminal)
    {
        var command = new Command("itch", """
            Writes a synthetic NASDAQ TotalView-ITCH 5.0 day, raw or as a capture of MoldUDP64 packets, and the final books,
            orders, instruments and best prices that a receiver must end up with.

            Examples:
              replay generate itch --messages 20000000 --symbols 1000 --live 420000 --no-expected --out /tmp/day.itch
              replay generate itch --seed 7 --loss 0.01 0 --out /tmp/x.pcap
              replay play /tmp/x.pcap --feed /tmp/x.feed.json --books /tmp/b.csv && diff /tmp/b.csv /tmp/x.books.csv
            """)
        {
            Seed, Out, Messages, Symbols, Live, Loss, Gaps, OnlyA, NoExpected,
        };
        command.SetAction(result => Run(result, terminal));
        return command;
    }

    private static int Run(ParseResult result, Cli.Terminal terminal)
    {
        ItchGenerateOptions options;
        try
        {
            options = Read(result);
        }
        catch (ArgumentException e)
        {
            throw new Cli.UsageException(e.Message);
        }

        try
        {
            ItchGenerator.Run(options);
            terminal.Error.WriteLine($"{options.Path}: {options.Market.Messages} messages, {new FileInfo(options.Path).Length} bytes");
            return Cli.ExitCode.Success;
        }
        catch (Exception e) when (e is IOException or UnauthorizedAccessException)
        {
            terminal.Error.WriteLine($"error: {options.Path}: {e.Message}");
            return Cli.ExitCode.Failure;
        }
    }

    private static ItchGenerateOptions Read(ParseResult result)
    {
        double[] loss = result.GetValue(Loss) is { Length: > 0 } given ? given : [0];
        var path = OutputName.Plain(result.GetValue(Out)!);
        if (!ItchGenerateOptions.IsCaptureName(path))
        {
            foreach (var option in (Option[])[Loss, Gaps, OnlyA])
            {
                if (result.GetResult(option) is { Implicit: false }) throw new ArgumentException($"{option.Name}: a raw file has neither lines nor packets: name a capture, --out X.pcap");
            }
        }

        return new ItchGenerateOptions
        {
            Path = path,
            LossA = loss[0],
            LossB = loss[^1],
            Gaps = [.. (result.GetValue(Gaps) ?? []).Select(ParseGap)],
            OnlyLineA = result.GetValue(OnlyA),
            WritesExpected = !result.GetValue(NoExpected),
            Market = new ItchOptions
            {
                Seed = result.GetValue(Seed),
                Messages = AtLeast(Messages.Name, result.GetValue(Messages), 2, long.MaxValue),
                Symbols = (int)AtLeast(Symbols.Name, result.GetValue(Symbols), 1, ItchOptions.MaxSymbols),
                Live = (int)AtLeast(Live.Name, result.GetValue(Live), 1, 100_000_000),
            },
        };
    }

    private static long AtLeast(string name, long value, long min, long max) =>
        value >= min && value <= max ? value : throw new ArgumentException($"{name} {value}: {min} to {max}");

    private static Gap ParseGap(string text)
    {
        var parts = text.Split(':');
        return parts.Length == 2
            && long.TryParse(parts[0], NumberStyles.None, CultureInfo.InvariantCulture, out var from)
            && long.TryParse(parts[1], NumberStyles.None, CultureInfo.InvariantCulture, out var count) && count > 0
            ? new Gap(from, from + count)
            : throw new ArgumentException($"--gap {text}: FROM:COUNT, such as 2000:5");
    }
}
