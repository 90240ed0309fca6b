using FeedHandler.Actors;
using FeedHandler.Cli;
using FeedHandler.Replay.Commands;

namespace FeedHandler.Replay;

internal static class Program
{
    internal static Task<int> Main(string[] args)
    {
        var terminal = Terminal.OfProcess();
        return CommandLineHost.RunAsync(ReplayCommandLine.Create(new FeedEngine(), terminal), args, terminal);
    }
}
