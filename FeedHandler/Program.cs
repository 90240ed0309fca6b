using FeedHandler.Actors;
using FeedHandler.Cli;
using FeedHandler.Commands;

namespace FeedHandler;

internal static class Program
{
    internal static Task<int> Main(string[] args)
    {
        var terminal = Terminal.OfProcess();
        return CommandLineHost.RunAsync(FeedHandlerCommandLine.Create(new FeedEngine(), terminal), args, terminal);
    }
}
