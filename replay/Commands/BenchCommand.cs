using System.CommandLine;
using FeedHandler.Cli;
using FeedHandler.Replay.Bench;
using FeedHandler.Replay.Synthetic;
using FeedHandler.Transport;

namespace FeedHandler.Replay.Commands;

/// <summary><c>replay bench</c>: what each stage costs, on this machine, now.</summary>
internal static class BenchCommand
{
    public static Command Create(Terminal terminal) => new("bench", "Measures the stages of the pipeline, input in memory.") { Pipeline(terminal), Itch(terminal), BenchTransportCommand.Create(terminal), BenchTransportCommand.CreatePeer(terminal) };

    private static Command Pipeline(Terminal terminal)
    {
        var captures = new Argument<string[]>("CAPTURE") { Description = "pcap or pcapng files; they should hold some seconds of a busy feed", Arity = ArgumentArity.ZeroOrMore };
        var feed = new Option<string?>("--feed") { Description = "The captures' feed", HelpName = "FEED.json" };
        var synthetic = new Option<bool>("--synthetic") { Description = "Measure a synthetic CME capture instead, made for the run" };
        var packets = new Option<int>("--packets") { Description = "Packets of the synthetic capture", DefaultValueFactory = _ => 300_000 };
        var runs = new Option<int>("--runs") { Description = "Runs of each stage after one to warm up", DefaultValueFactory = _ => 5 };
        var json = new Option<bool>("--json") { Description = "Print one JSON document" };
        var command = new ExampleCommand("pipeline", "What each stage costs, the whole on one and two threads, hand-over and latency, side by side", """
            # a synthetic feed
            replay bench pipeline --synthetic
            # your own captures
            replay bench pipeline day.pcap --feed feed.json --runs 11
            """);
        command.Arguments.Add(captures);
        foreach (var option in (Option[])[feed, synthetic, packets, runs, json]) command.Options.Add(option);
        command.SetAction(parse =>
        {
            var paths = parse.GetValue(captures) ?? [];
            var feedPath = parse.GetValue(feed);
            if (parse.GetValue(synthetic) == (paths.Length != 0)) throw new UsageException("name captures, or --synthetic");
            if (paths.Length != 0 && feedPath is null) throw new UsageException("name the captures' feed (--feed FEED.json)");
            DirectoryInfo? folder = null;
            try
            {
                if (paths.Length == 0)
                {
                    folder = Directory.CreateTempSubdirectory("bench-");
                    paths = [Path.Combine(folder.FullName, "synthetic.pcap")];
                    feedPath = Path.Combine(folder.FullName, "synthetic.feed.json");
                    terminal.Error.WriteLine("generating");
                    CaptureGenerator.Run(new GenerateOptions { Path = paths[0], Packets = Math.Max(1_000, parse.GetValue(packets)) });
                }

                CaptureFiles.Check(paths);
                var definition = FeedFile.Load(feedPath!, [], null);
                using var memory = FrameMemory.Load(paths);
                new PipelineBench(memory, definition, Math.Max(1, parse.GetValue(runs)), terminal).Run(parse.GetValue(json));
            }
            finally
            {
                folder?.Delete(recursive: true);
            }

            return ExitCode.Success;
        });
        return command;
    }

    private static Command Itch(Terminal terminal)
    {
        var file = new Argument<FileInfo>("FILE") { Description = "Raw ITCH 5.0 file, such as replay generate itch writes." };
        var runs = new Option<int>("--runs") { Description = "Runs of each stage after one to warm up.", DefaultValueFactory = _ => 5 };
        var messages = new Option<long?>("--messages") { Description = "Use the first N messages, up to the end of a packet.", HelpName = "N" };
        var noNaive = new Option<bool>("--no-naive") { Description = "Leave out the books of dictionaries, which take the longest." };
        var noPipeline = new Option<bool>("--no-pipeline") { Description = "Leave out the stages with ring and arbiter." };
        var json = new Option<bool>("--json") { Description = "Print one JSON document." };
        var command = new Command("itch", """
            Prints nanoseconds per message for the walk over message lengths, decoding, decoding with full-depth books and
            their order queues, and the whole pipeline on one and two threads; beside them the ratio to the walk of the same
            run, bytes allocated, memory per live order, and books made of dictionaries.

            Example:
              replay generate itch --messages 20000000 --symbols 1000 --live 420000 --no-expected --out /tmp/day.itch
              replay bench itch /tmp/day.itch
            """) { file, runs, messages, noNaive, noPipeline, json };
        command.SetAction(parse =>
        {
            var path = parse.GetRequiredValue(file).FullName;
            CaptureFiles.Check([path]);
            terminal.Error.WriteLine("reading");
            using var records = ItchRecords.Load(path, parse.GetValue(messages) ?? long.MaxValue);
            if (records.Messages == 0) throw new CaptureException(path, "no messages");
            new ItchBench(records, Math.Max(1, parse.GetValue(runs)), terminal).Run(!parse.GetValue(noNaive), !parse.GetValue(noPipeline), parse.GetValue(json));
            return ExitCode.Success;
        });
        return command;
    }
}
