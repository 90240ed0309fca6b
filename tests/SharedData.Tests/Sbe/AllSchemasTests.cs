using System.Collections.Concurrent;
using FeedHandler.Sbe.Tests;
using Microsoft.CodeAnalysis;

namespace FeedHandler.SharedData.Tests.Sbe;

/// <summary>Every schema that we know of: compiles without a warning, or is refused with the reason.</summary>
public sealed class AllSchemasTests
{
    [Fact]
    public void Every_schema_compiles_without_warnings_or_is_refused_by_a_diagnostic()
    {
        var folder = SharedFolder.Path("schemas");
        var files = Directory.EnumerateFiles(folder, "*.xml", SearchOption.AllDirectories)
            .Where(file => File.ReadAllText(file).Contains("messageSchema", StringComparison.Ordinal))
            .Order(StringComparer.Ordinal)
            .ToList();
        var failures = new ConcurrentQueue<string>();
        var refused = new ConcurrentDictionary<string, string>();
        var clock = System.Diagnostics.Stopwatch.StartNew();
        Parallel.ForEach(files, file =>
        {
            var start = clock.Elapsed;
            var name = Path.GetRelativePath(folder, file);
            var (compilation, diagnostics) = GeneratorRunner.Run(GeneratorRunner.EmptyCompilation(), new SchemaText(file, File.ReadAllText(file)));
            if (!diagnostics.IsEmpty)
            {
                refused[name] = string.Join('\n', diagnostics.Select(d => d.ToString()));
                return;
            }

            foreach (var problem in compilation.GetDiagnostics().Where(d => d.Severity >= DiagnosticSeverity.Warning).Take(3))
            {
                failures.Enqueue($"{name}: {problem}");
            }
            Console.Error.WriteLine($"{name} {(clock.Elapsed-start).TotalSeconds:F1}");
        });

        foreach (var r in refused) Console.Error.WriteLine($"REFUSED {r.Key}\n{r.Value}");
        Assert.True(failures.IsEmpty, string.Join('\n', failures.Take(40)));
        Assert.True(files.Count > 150, $"{files.Count}");
    }
}
