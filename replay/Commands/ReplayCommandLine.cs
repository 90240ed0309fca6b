using System.CommandLine;
using FeedHandler.Actors;
using FeedHandler.Cli;

namespace FeedHandler.Replay.Commands;

/// <summary>The command line of <c>replay</c>.</summary>
internal static class ReplayCommandLine
{
    private const string Examples =
        """
        # what does a capture do to the books?
        replay play pcaps/demo.pcap --feed pcaps/demo.feed.json --books books.csv
        # what do its packets say?
        replay inspect pcaps/demo.pcap --feed pcaps/demo.feed.json --filter SecurityID=2403
        # a capture whose final books are known
        replay generate cme --seed 7 --out x.pcap

        Exit codes: 0 success, 1 failure, 2 usage or configuration, 130 Ctrl-C.
        """;

    public static RootCommand Create(IFeedEngine engine, Terminal terminal)
    {
        var root = new ExampleRootCommand("Captures in, captures and books out.", Examples);
        root.Subcommands.Add(PlayCommand.Create(engine, terminal));
        root.Subcommands.Add(InspectCommand.Create(terminal));
        root.Subcommands.Add(GenerateCommand.Create(terminal));
        root.Subcommands.Add(SendCommand.Create(terminal));
        root.Subcommands.Add(BenchCommand.Create(terminal));
        root.Subcommands.Add(ServeCommand.Create(terminal));
        return root;
    }
}
