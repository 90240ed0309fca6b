using System.CommandLine;
using System.CommandLine.Parsing;
using System.Globalization;
using FeedHandler.Actors;
using FeedHandler.Cli;

namespace FeedHandler.Replay.Commands;

/// <summary><c>replay play</c>: captures through the whole pipeline into books.</summary>
internal static class PlayCommand
{
    // "max" on the command line, and what an option that is not there reads as.
    private const double Max = 0;
    private const double MaxSpeed = 1_000_000;

    private const string Examples =
        """
        # the books at the end of a capture
        replay play day.pcapng --feed feed.json --books books.csv --report report.json
        # one capture per line, merged by time, at ten times the recorded speed
        replay play line-a.pcap.zst line-b.pcap.zst --feed feed.json --speed 10
        # the exchange's own channel configuration and schema, books that recover without snapshots
        replay play day.pcap --feed config.xml --channel 310 --schema templates_FixBinary.xml --recovery natural
        # the report for a script
        replay play day.pcap --feed feed.json --json | jq .books_digest
        """;

    public static Command Create(IFeedEngine engine, Terminal terminal)
    {
        var captures = new Argument<string[]>("CAPTURE")
        {
            Description = "pcap or pcapng files, plain, gzip or zstd; several are merged by time",
            Arity = ArgumentArity.OneOrMore,
        };
        captures.Validators.Add(RefuseOptions);
        var speed = new Option<double>("--speed")
        {
            Description = "max (the default), or a multiple of the recorded speed such as 1 or 10; the books do not depend on it",
            HelpName = "max|N",
            CustomParser = Speed,
        };
        var audit = new Option<bool>("--audit") { Description = "Compare every snapshot of a Live book with the book, and levels with orders; differences are in the summary and the report" };
        var feed = new FeedCommandOptions();
        var outputs = new OutputOptions();
        var command = new ExampleCommand("play", "Replay captures through the whole pipeline and write what the books are at the end", Examples);
        command.Arguments.Add(captures);
        feed.AddTo(command);
        command.Options.Add(speed);
        command.Options.Add(audit);
        outputs.AddTo(command);
        command.SetAction(async (parse, cancellation) =>
        {
            var options = feed.Read(parse) with
            {
                Captures = parse.GetRequiredValue(captures),
                Speed = parse.GetValue(speed) is > Max and var multiple ? multiple : null,
                Audit = parse.GetValue(audit),
            };
            CaptureFiles.Check(options.Captures);
            using var files = outputs.Open(parse, [.. options.Captures, feed.FeedPath(parse)]);
            options = options with { Bbo = files.BboSink };

            using var run = engine.Start(options);
            using var stopping = cancellation.Register(run.Stop);
            await RunView.WatchReplayAsync(run, terminal);
            var results = await run.Completion;
            // Half a replay has no books worth keeping: nothing is written.
            cancellation.ThrowIfCancellationRequested();
            files.Write(options, results, terminal);
            if (results.CutShort is { } cut) throw cut;
            return ExitCode.Success;
        });
        return command;
    }

    // A list of files would swallow a mistyped option as one more file.
    private static void RefuseOptions(ArgumentResult result)
    {
        foreach (var token in result.Tokens)
        {
            if (token.Value.StartsWith('-')) result.AddError($"{token.Value}: unknown option (a file of that name is written ./{token.Value})");
        }
    }

    private static double Speed(ArgumentResult result)
    {
        var text = result.Tokens[0].Value;
        if (text == "max") return Max;
        var number = text.EndsWith('x') ? text.AsSpan(0, text.Length - 1) : text;
        if (double.TryParse(number, NumberStyles.AllowDecimalPoint, CultureInfo.InvariantCulture, out var speed) && speed is > 0 and <= MaxSpeed)
        {
            return speed;
        }

        result.AddError($"--speed: \"{text}\" is neither max nor a number above 0 and up to {MaxSpeed}");
        return Max;
    }
}
