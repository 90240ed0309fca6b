using System.Collections.Concurrent;
using System.Reflection;
using System.Runtime.Loader;
using Microsoft.CodeAnalysis;
using Microsoft.CodeAnalysis.CSharp;

namespace FeedHandler.Simulation;

/// <summary>A bug to plant: one place of one production file, and what to write there instead.</summary>
/// <param name="Name">What goes wrong.</param>
/// <param name="File">The file, as <c>Actors/Shards/BookShard.cs</c>.</param>
/// <param name="Find">Text that stands in the file exactly once.</param>
/// <param name="Replace">The bug.</param>
internal sealed record Canary(string Name, string File, string Find, string Replace)
{
    public override string ToString() => Name;
}

/// <summary>
/// Compiles arbiter, receiver, books and simulation once more, with one bug planted in the source, and runs that. The
/// production code itself knows nothing of canaries.
/// </summary>
internal static class CanaryCage
{
    private const string GlobalUsings = "global using System; global using System.Collections.Generic; global using System.IO; global using System.Linq; global using System.Threading; global using System.Threading.Tasks;";

    /// <summary>Assemblies whose sources are compiled in.</summary>
    private static readonly string[] Replaced = ["FeedHandler.Actors", "FeedHandler.Transport", "FeedHandler.Simulation", "FeedHandler"];

    private static readonly CSharpParseOptions Parsing = new(LanguageVersion.Latest);
    private static readonly ConcurrentDictionary<string, string> Sources = ReadSources();
    private static readonly Dictionary<string, SyntaxTree> Trees = Sources.ToDictionary(source => source.Key, source => CSharpSyntaxTree.ParseText(source.Value, Parsing, source.Key), StringComparer.Ordinal);

    private static readonly MetadataReference[] References = [.. ((string)AppContext.GetData("TRUSTED_PLATFORM_ASSEMBLIES")!)
        .Split(Path.PathSeparator)
        .Where(path => !Replaced.Contains(Path.GetFileNameWithoutExtension(path), StringComparer.Ordinal))
        .Select(path => MetadataReference.CreateFromFile(path))];

    /// <summary>Runs seeds until one fails.</summary>
    /// <param name="canary">The bug; null for none.</param>
    /// <param name="seeds">Seeds to try, from 1.</param>
    /// <param name="steps">Steps of each run.</param>
    /// <returns>The seed and what it found; 0 where none did.</returns>
    public static (ulong Seed, string? Failure) Run(Canary? canary, int seeds, int steps)
    {
        var context = new AssemblyLoadContext("canary", isCollectible: true);
        try
        {
            var method = Compile(context, canary).GetType("FeedHandler.Simulation.SimulationRun")!.GetMethod("FailureOf")!;
            var failureOf = method.CreateDelegate<Func<ulong, int, string?>>();
            for (ulong seed = 1; seed <= (ulong)seeds; seed++)
            {
                if (failureOf(seed, steps) is { } failure) return (seed, failure);
            }

            return (0, null);
        }
        finally
        {
            context.Unload();
        }
    }

    private static Assembly Compile(AssemblyLoadContext context, Canary? canary)
    {
        var trees = new Dictionary<string, SyntaxTree>(Trees, StringComparer.Ordinal);
        if (canary is not null)
        {
            var source = Sources[canary.File];
            var at = source.IndexOf(canary.Find, StringComparison.Ordinal);
            Assert.True(at >= 0, $"{canary}: the code that it changes is no longer in {canary.File}: change the canary, too");
            Assert.True(source.IndexOf(canary.Find, at + 1, StringComparison.Ordinal) < 0, $"{canary}: the code that it changes stands more than once in {canary.File}");
            trees[canary.File] = CSharpSyntaxTree.ParseText(source.Replace(canary.Find, canary.Replace), Parsing, canary.File);
        }

        var options = new CSharpCompilationOptions(OutputKind.DynamicallyLinkedLibrary, optimizationLevel: OptimizationLevel.Release, allowUnsafe: true, nullableContextOptions: NullableContextOptions.Enable);
        var compilation = CSharpCompilation.Create("Canary", [CSharpSyntaxTree.ParseText(GlobalUsings, Parsing), .. trees.Values], References, options);
        using var image = new MemoryStream();
        var result = compilation.Emit(image);
        Assert.True(result.Success, $"{canary}: {string.Join('\n', result.Diagnostics.Where(d => d.Severity == DiagnosticSeverity.Error).Take(5))}");
        image.Position = 0;
        return context.LoadFromStream(image);
    }

    private static ConcurrentDictionary<string, string> ReadSources()
    {
        var sources = new ConcurrentDictionary<string, string>(StringComparer.Ordinal);
        var assembly = typeof(CanaryCage).Assembly;
        foreach (var name in assembly.GetManifestResourceNames().Where(name => name.EndsWith(".cs", StringComparison.Ordinal)))
        {
            using var reader = new StreamReader(assembly.GetManifestResourceStream(name)!);
            sources[name] = reader.ReadToEnd();
        }

        return sources;
    }
}
