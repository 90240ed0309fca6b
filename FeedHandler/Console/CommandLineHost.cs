using System.CommandLine;
using System.CommandLine.Help;
using System.CommandLine.Invocation;
using System.Net.Sockets;
using FeedHandler.Transport;

namespace FeedHandler.Cli;

/// <summary>Runs a command line: parsing, help with examples, and every outcome as an exit code and a message.</summary>
internal static class CommandLineHost
{
    // How long a command may take to finish in order after Ctrl-C: to stop the pipeline and write its files.
    private static readonly TimeSpan FinishTimeout = TimeSpan.FromSeconds(60);

    public static async Task<int> RunAsync(
        RootCommand root, IReadOnlyList<string> args, Terminal terminal, CancellationToken cancellation = default)
    {
        TeachHelp(root);
        var parse = root.Parse(args);
        if (parse.Errors.Count > 0)
        {
            foreach (var error in parse.Errors) await terminal.Error.WriteLineAsync($"error: {error.Message}");
            await terminal.Error.WriteLineAsync($"Try '{PathOf(parse.CommandResult.Command, root)} --help'.");
            return ExitCode.Usage;
        }

        var configuration = new InvocationConfiguration
        {
            Output = terminal.Out,
            Error = terminal.Error,
            EnableDefaultExceptionHandler = false,
            ProcessTerminationTimeout = FinishTimeout,
        };
        try
        {
            return await parse.InvokeAsync(configuration, cancellation);
        }
        catch (Exception e)
        {
            return await ReportAsync(e, terminal);
        }
    }

    private static async Task<int> ReportAsync(Exception e, Terminal terminal)
    {
        var (code, message) = e switch
        {
            OperationCanceledException => (ExitCode.Interrupted, "interrupted"),
            ConfigurationException or UsageException or TransportException { IsConfiguration: true } => (ExitCode.Usage, $"error: {e.Message}"),
            // The host does not give what is asked of it: a file, a wire, a port, live reception at all.
            IOException or UnauthorizedAccessException or SocketException or PlatformNotSupportedException => (ExitCode.Failure, $"error: {e.Message}"),
            // Anything else is a defect of ours, and the trace is what a report of it needs.
            _ => (ExitCode.Failure, $"error: unexpected {e}"),
        };
        await terminal.Error.WriteLineAsync(message);
        return code;
    }

    private static string PathOf(Command command, RootCommand root) => command.Parents.OfType<Command>().FirstOrDefault() is { } parent
        ? $"{PathOf(parent, root)} {command.Name}"
        : root.Name;

    private static void TeachHelp(RootCommand root)
    {
        var help = root.Options.OfType<HelpOption>().Single();
        if (help.Action is HelpAction standard) help.Action = new HelpWithExamples(standard);
    }

    private sealed class HelpWithExamples(HelpAction standard) : SynchronousCommandLineAction
    {
        public override bool ClearsParseErrors => true;

        public override int Invoke(ParseResult parseResult)
        {
            var result = standard.Invoke(parseResult);
            if (parseResult.CommandResult.Command is IHasExamples { Examples: var examples })
            {
                var output = parseResult.InvocationConfiguration.Output;
                output.WriteLine("Examples:");
                foreach (var line in examples.Split('\n')) output.WriteLine(line.Length == 0 ? "" : $"  {line}");
                output.WriteLine();
            }

            return result;
        }
    }
}

/// <summary>A command whose help shows how it is used.</summary>
internal interface IHasExamples
{
    /// <summary>Lines of shell, with comments.</summary>
    string Examples { get; }
}

/// <summary>A command with examples in its help.</summary>
internal sealed class ExampleCommand(string name, string description, string examples) : Command(name, description), IHasExamples
{
    public string Examples => examples;
}

/// <summary>A root command with examples in its help.</summary>
internal sealed class ExampleRootCommand(string description, string examples) : RootCommand(description), IHasExamples
{
    public string Examples => examples;
}
