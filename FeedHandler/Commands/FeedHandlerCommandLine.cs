using System.CommandLine;
using FeedHandler.Actors;
using FeedHandler.Cli;

namespace FeedHandler.Commands;

/// <summary>The command line of <c>feedhandler</c>.</summary>
internal static class FeedHandlerCommandLine
{
    private const string Examples =
        """
        # the bundled capture through the whole pipeline: what happened, and the top of each book
        feedhandler
        # a live feed
        feedhandler run --feed feed.json --interface eth1
        # whether this host is fit for it
        feedhandler doctor --feed feed.json
        # does everything work on this machine?
        feedhandler selftest

        Exit codes: 0 success, 1 failure, 2 usage or configuration, 130 Ctrl-C.
        """;

    /// <param name="engine">The pipeline.</param>
    /// <param name="terminal">Where to write.</param>
    /// <param name="demoFolder">Folder of the bundled capture; null: found from where the program lies.</param>
    public static RootCommand Create(IFeedEngine engine, Terminal terminal, string? demoFolder = null)
    {
        var root = new ExampleRootCommand("Market-data feed handler: exchange packets in, order books out.", Examples);
        root.Subcommands.Add(RunCommand.Create(engine, terminal));
        root.Subcommands.Add(DoctorCommand.Create(terminal));
        root.Subcommands.Add(SelfTestCommand.Create(terminal, demoFolder));
        root.SetAction((_, cancellation) => DemoCommand.RunAsync(engine, terminal, demoFolder, cancellation));
        return root;
    }
}
