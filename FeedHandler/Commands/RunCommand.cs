using System.CommandLine;
using System.CommandLine.Parsing;
using System.Globalization;
using FeedHandler.Actors;
using FeedHandler.Cli;
using FeedHandler.Transport;

namespace FeedHandler.Commands;

/// <summary><c>feedhandler run</c>: a feed live until Ctrl-C.</summary>
internal static class RunCommand
{
    private const string Examples =
        """
        # follow a feed, with a status line per channel, until Ctrl-C
        feedhandler run --feed feed.json --interface eth1
        # past the kernel's stack
        feedhandler run --feed feed.json --transport af_xdp --interface eth1
        # one channel of the exchange's own configuration file
        feedhandler run --feed config.xml --channel 310 --schema templates_FixBinary.xml
        # for a minute, then leave the books and a report
        feedhandler run --feed feed.json --duration 60 --books books.csv --report report.json
        """;

    public static Command Create(IFeedEngine engine, Terminal terminal)
    {
        var feed = new FeedCommandOptions();
        var outputs = new OutputOptions();
        var networkInterface = new Option<string?>("--interface")
        {
            Description = "Network interface to receive on, by name or IPv4 address; without it the system chooses. For dpdk the device, such as 0000:03:00.1",
            HelpName = "IF",
        };
        var transport = DoctorCommand.TransportOption();
        var duration = new Option<double?>("--duration")
        {
            Description = "End by itself after this time; without it the feed runs until Ctrl-C",
            HelpName = "SECONDS",
            CustomParser = Seconds,
        };
        var busyPoll = new Option<bool>("--busy-poll") { Description = "Never sleep: the least latency, and one core for receiving and one for each shard always in use" };
        var shardCpus = new Option<int[]>("--shard-cpus")
        {
            Description = "With --busy-poll: a CPU for each shard, such as 2,3; the receiving core has \"cpu\" in the feed file's transport",
            HelpName = "CPUS",
            CustomParser = Cpus,
        };
        var noAudit = new Option<bool>("--no-audit") { Description = "Do not compare the venue's snapshots with the books that are Live" };
        var command = new ExampleCommand("run", "Follow a feed live until Ctrl-C", Examples);
        feed.AddTo(command);
        command.Options.Add(networkInterface);
        command.Options.Add(transport);
        command.Options.Add(duration);
        command.Options.Add(busyPoll);
        command.Options.Add(shardCpus);
        command.Options.Add(noAudit);
        outputs.AddTo(command);
        command.SetAction(async (parse, cancellation) =>
        {
            // Ctrl-C is only waited for by the command line once the action is a task: also one that comes during the start.
            await Task.Yield();
            var options = feed.Read(parse) with { Interface = parse.GetValue(networkInterface), BusyPoll = parse.GetValue(busyPoll), Audit = !parse.GetValue(noAudit) };
            options = options with { Feed = options.Feed.On(parse.GetValue(transport), null), ShardCpus = parse.GetValue(shardCpus) ?? [] };
            if (options is { ShardCpus.Count: > 0, BusyPoll: false }) throw new UsageException("--shard-cpus: only with --busy-poll; a shard that sleeps has no thread of its own");
            if (options.ShardCpus.Count > 0 && options.ShardCpus.Count != options.Shards) throw new UsageException($"--shard-cpus: {options.ShardCpus.Count} CPUs for {options.Shards} shards (--shards); name one for each");
            if (options.Feed.Transport.Kind == TransportKind.Udp && !NetworkInterfaces.Exists(options.Interface, out var problem)) throw new UsageException($"--interface: {problem}");
            using var files = outputs.Open(parse, [feed.FeedPath(parse)]);
            options = options with { Bbo = files.BboSink };

            using var run = engine.Start(options);
            using var end = CancellationTokenSource.CreateLinkedTokenSource(cancellation);
            if (parse.GetValue(duration) is { } seconds) end.CancelAfter(TimeSpan.FromSeconds(seconds));
            using var stopping = end.Token.Register(run.Stop);
            await RunView.WatchLiveAsync(run, terminal);
            files.Write(options, await run.Completion, terminal);
            return cancellation.IsCancellationRequested ? ExitCode.Interrupted : ExitCode.Success;
        });
        return command;
    }

    private static int[] Cpus(ArgumentResult result)
    {
        var text = result.Tokens[0].Value;
        var cpus = new List<int>();
        foreach (var part in text.Split(','))
        {
            if (int.TryParse(part, NumberStyles.None, CultureInfo.InvariantCulture, out var cpu) && !cpus.Contains(cpu))
            {
                cpus.Add(cpu);
                continue;
            }

            result.AddError($"--shard-cpus: \"{text}\" is not a list of different CPU numbers such as 2,3");
            return [];
        }

        return [.. cpus];
    }

    private static double? Seconds(ArgumentResult result)
    {
        // A timer cannot be set further ahead than this many seconds.
        const double Max = 4_000_000;
        var text = result.Tokens[0].Value;
        if (double.TryParse(text, NumberStyles.AllowDecimalPoint, CultureInfo.InvariantCulture, out var seconds) && seconds is > 0 and <= Max)
        {
            return seconds;
        }

        result.AddError($"--duration: \"{text}\" is not a number of seconds above 0 and up to {Max}");
        return null;
    }
}
