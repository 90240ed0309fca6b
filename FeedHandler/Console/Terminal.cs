using Spectre.Console;

namespace FeedHandler.Cli;

/// <summary>Where a command reads its manners from: data goes to <see cref="Out"/>, progress and errors to <see cref="Error"/>.</summary>
/// <param name="Out">Standard output.</param>
/// <param name="Error">Standard error.</param>
/// <param name="OutIsRich">Whether the output may have colour and terminal control.</param>
/// <param name="ErrorIsRich">Whether progress may be animated.</param>
internal sealed record Terminal(TextWriter Out, TextWriter Error, bool OutIsRich = false, bool ErrorIsRich = false)
{
    // Tables that go to a file or pipe are as wide as they need to be.
    private const int PlainWidth = 500;

    /// <summary>The process's own streams. Rich only on a terminal that can and with NO_COLOR unset.</summary>
    public static Terminal OfProcess()
    {
        var capable = string.IsNullOrEmpty(Environment.GetEnvironmentVariable("NO_COLOR"))
            && Environment.GetEnvironmentVariable("TERM") != "dumb";
        return new Terminal(
            Console.Out, Console.Error,
            capable && !Console.IsOutputRedirected, capable && !Console.IsErrorRedirected);
    }

    /// <summary>Console for tables and summaries.</summary>
    public IAnsiConsole OutConsole() => Create(Out, OutIsRich);

    /// <summary>Console for progress.</summary>
    public IAnsiConsole ErrorConsole() => Create(Error, ErrorIsRich);

    private static IAnsiConsole Create(TextWriter writer, bool rich)
    {
        var console = AnsiConsole.Create(new AnsiConsoleSettings
        {
            Out = new AnsiConsoleOutput(writer),
            Ansi = rich ? AnsiSupport.Yes : AnsiSupport.No,
            ColorSystem = rich ? ColorSystemSupport.Detect : ColorSystemSupport.NoColors,
            Interactive = rich ? InteractionSupport.Yes : InteractionSupport.No,
        });
        if (!rich) console.Profile.Width = PlainWidth;
        return console;
    }
}
