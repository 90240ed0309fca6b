using System.CommandLine;
using FeedHandler.Cli;
using FeedHandler.Replay.Bench;

namespace FeedHandler.Replay.Commands;

/// <summary><c>replay bench</c>: what each stage costs, on this machine, now.</summary>
internal static class BenchCommand
{
    public static Command Create() => new("bench", "Measures the stages of the pipeline, input in memory.") { Itch() };

    private static Command Itch()
    {
        var file = new Argument<FileInfo>("FILE") { Description = "Raw ITCH 5.0 file, such as replay generate itch writes." };
        var runs = new Option<int>("--runs") { Description = "Runs of each stage after one to warm up.", DefaultValueFactory = _ => 5 };
        var messages = new Option<long>("--messages") { Description = "Use the first N messages.", DefaultValueFactory = _ => long.MaxValue };
        var noNaive = new Option<bool>("--no-naive") { Description = "Leave out the books of dictionaries, which take the longest." };
        var noPipeline = new Option<bool>("--no-pipeline") { Description = "Leave out the stages with ring and arbiter." };
        var command = new Command("itch", """
            Prints nanoseconds per message for the walk over message lengths, decoding, decoding with full-depth books and
            their order queues, and the whole pipeline on one and two threads; beside them the ratio to the walk of the same
            run, bytes allocated, memory per live order, and books made of dictionaries.

            Example:
              replay generate itch --messages 20000000 --symbols 1000 --live 420000 --no-expected --out /tmp/day.itch
              replay bench itch /tmp/day.itch
            """) { file, runs, messages, noNaive, noPipeline };
        command.SetAction(parse =>
        {
            var path = parse.GetRequiredValue(file).FullName;
            CaptureFiles.Check([path]);
            ItchBench.Run(path, Math.Max(1, parse.GetValue(runs)), parse.GetValue(messages), !parse.GetValue(noNaive), !parse.GetValue(noPipeline), Console.Out);
            return ExitCode.Success;
        });
        return command;
    }
}
