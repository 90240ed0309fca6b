using System.CommandLine;
using FeedHandler.Actors;
using FeedHandler.Export;

namespace FeedHandler.Cli;

/// <summary>The options that say which files a run leaves behind.</summary>
internal sealed class OutputOptions
{
    private readonly Option<string?> _books = File("--books", "Final price-level books, one row a level", "B.csv");
    private readonly Option<string?> _orders = File("--orders", "Final market-by-order books, every resting order in queue order", "O.csv");
    private readonly Option<string?> _instruments = File("--instruments", "Instruments with their state, trades, gaps and recoveries", "I.csv");
    private readonly Option<string?> _bbo = File("--bbo", "Best bid and ask after every packet that changed one", "T.csv");
    private readonly Option<string?> _report = File("--report", "Counters, gaps and the digest of all final books", "R.json");
    private readonly Option<bool> _json = new("--json") { Description = "Print the report as JSON in place of the summary" };

    public void AddTo(Command command)
    {
        foreach (var option in Files) command.Options.Add(option);
        command.Options.Add(_json);
    }

    /// <summary>Opens every file asked for, so that a path that cannot be written is known before the work starts.</summary>
    /// <param name="parse">The command line.</param>
    /// <param name="inputs">Files that the run reads: none of them may be an output.</param>
    public RunOutputs Open(ParseResult parse, IEnumerable<string> inputs)
    {
        var users = inputs.DistinctBy(Path.GetFullPath).ToDictionary(Path.GetFullPath, _ => "an input of this run", StringComparer.Ordinal);
        var files = new Dictionary<Option, OutputFile>();
        try
        {
            foreach (var option in Files)
            {
                if (parse.GetValue(option) is not { } path) continue;
                if (path.Length == 0) throw new UsageException($"{option.Name}: the path is empty");
                if (!users.TryAdd(Path.GetFullPath(path), $"the output of {option.Name}") && !OutputFile.IsDevice(path))
                {
                    throw new UsageException($"{option.Name}: {path} is already {users[Path.GetFullPath(path)]}");
                }

                files.Add(option, OutputFile.Open(option.Name, path));
            }
        }
        catch
        {
            foreach (var file in files.Values) file.Dispose();
            throw;
        }

        return new RunOutputs
        {
            Books = files.GetValueOrDefault(_books),
            Orders = files.GetValueOrDefault(_orders),
            Instruments = files.GetValueOrDefault(_instruments),
            BboFile = files.GetValueOrDefault(_bbo),
            Bbo = files.ContainsKey(_bbo) ? new BboCsv() : null,
            Report = files.GetValueOrDefault(_report),
            PrintJson = parse.GetValue(_json),
        };
    }

    private Option<string?>[] Files => [_books, _orders, _instruments, _bbo, _report];

    private static Option<string?> File(string name, string description, string helpName) =>
        new(name) { Description = description, HelpName = helpName };
}

/// <summary>The files that a run leaves behind, open.</summary>
internal sealed class RunOutputs : IDisposable
{
    internal OutputFile? Books { get; init; }

    internal OutputFile? Orders { get; init; }

    internal OutputFile? Instruments { get; init; }

    internal OutputFile? BboFile { get; init; }

    internal BboCsv? Bbo { get; init; }

    internal OutputFile? Report { get; init; }

    internal bool PrintJson { get; init; }

    /// <summary>Where the run streams best bids and asks, if anyone asked.</summary>
    public IBboSink? BboSink => Bbo;

    /// <summary>Writes everything that was asked for, and the report or the summary to the terminal.</summary>
    public void Write(FeedRunOptions options, FeedResults results, Terminal terminal)
    {
        Books?.Write(writer => BooksCsv.Write(results, writer));
        Orders?.Write(writer => OrdersCsv.Write(results, writer));
        Instruments?.Write(writer => InstrumentsCsv.Write(results, writer));
        BboFile?.Write(writer => Bbo!.WriteTo(writer, results.Channels));
        Report?.Write(writer => ReportJson.Write(options, results, writer));
        if (PrintJson) ReportJson.Write(options, results, terminal.Out);
        else ResultSummary.Print(results, terminal);
    }

    public void Dispose()
    {
        OutputFile?[] files = [Books, Orders, Instruments, BboFile, Report];
        foreach (var file in files) file?.Dispose();
        Bbo?.Dispose();
    }
}
