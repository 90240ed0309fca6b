using System.Reflection;
using System.Runtime.Loader;
using Microsoft.CodeAnalysis;
using Microsoft.CodeAnalysis.CSharp;
using Microsoft.CodeAnalysis.CSharp.Syntax;

namespace FeedHandler.Simulation;

/// <summary>A bug to plant: one place of one production file, and what to write there instead.</summary>
/// <param name="Name">What goes wrong.</param>
/// <param name="File">The file, as <c>Actors/Shards/BookShard.cs</c>; its first folder is the assembly.</param>
/// <param name="Find">Text that stands in the file exactly once.</param>
/// <param name="Replace">The bug.</param>
internal sealed record Canary(string Name, string File, string Find, string Replace)
{
    public string Folder => File[..(File.IndexOf('/') + 1)];

    public override string ToString() => Name;
}

/// <summary>
/// Compiles one production assembly once more, with a bug planted in its source, and runs the simulation on it. The
/// production code itself knows nothing of canaries.
/// </summary>
internal static class CanaryCage
{
    private const string Preamble = """
        global using System; global using System.Collections.Generic; global using System.IO; global using System.Linq;
        global using System.Threading; global using System.Threading.Tasks;
        [assembly: System.Runtime.CompilerServices.InternalsVisibleTo("FeedHandler.Simulation")]
        """;

    private static readonly CSharpParseOptions Parsing = new(LanguageVersion.Latest);
    private static readonly Dictionary<string, string> Sources = ReadSources();
    private static readonly Dictionary<string, SyntaxTree> Trees = Sources.ToDictionary(source => source.Key, source => Parse(source.Value, source.Key), StringComparer.Ordinal);

    private static readonly string[] Platform = [.. ((string)AppContext.GetData("TRUSTED_PLATFORM_ASSEMBLIES")!).Split(Path.PathSeparator).Distinct(StringComparer.Ordinal)];
    private static readonly Dictionary<string, MetadataReference> References = Platform.ToDictionary(path => path, path => (MetadataReference)MetadataReference.CreateFromFile(path), StringComparer.Ordinal);

    /// <summary>Runs seeds until one fails.</summary>
    /// <param name="canary">The bug.</param>
    /// <param name="seeds">Seeds to try, from 1.</param>
    /// <param name="steps">Steps of each run.</param>
    /// <returns>The seed and what it found; 0 where none did.</returns>
    public static (ulong Seed, string? Failure) Run(Canary canary, int seeds, int steps)
    {
        var context = new Context("FeedHandler." + canary.Folder.TrimEnd('/'), Compile(canary));
        try
        {
            var method = context.Simulation.GetType("FeedHandler.Simulation.SimulationRun")!.GetMethod("FailureOf")!;
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

    private static MemoryStream Compile(Canary canary)
    {
        var source = Sources[canary.File];
        var at = source.IndexOf(canary.Find, StringComparison.Ordinal);
        Assert.True(at >= 0, $"{canary}: the code that it changes is no longer in {canary.File}: change the canary, too");
        Assert.True(source.IndexOf(canary.Find, at + 1, StringComparison.Ordinal) < 0, $"{canary}: the code that it changes stands more than once in {canary.File}");

        var name = "FeedHandler." + canary.Folder.TrimEnd('/');
        var others = Trees.Where(tree => tree.Key.StartsWith(canary.Folder, StringComparison.Ordinal) && tree.Key != canary.File).Select(tree => tree.Value);
        var planted = Parse(source.Replace(canary.Find, canary.Replace), canary.File);
        var references = References.Where(reference => Path.GetFileNameWithoutExtension(reference.Key) != name).Select(reference => reference.Value);
        var options = new CSharpCompilationOptions(OutputKind.DynamicallyLinkedLibrary, optimizationLevel: OptimizationLevel.Release, allowUnsafe: true, nullableContextOptions: NullableContextOptions.Enable);
        var compilation = CSharpCompilation.Create(name, [Parse(Preamble, "Preamble.cs"), planted, .. others], references, options);
        var image = new MemoryStream();
        var result = compilation.Emit(image);
        Assert.True(result.Success, $"{canary}: {string.Join('\n', result.Diagnostics.Where(d => d.Severity == DiagnosticSeverity.Error).Take(5))}");
        image.Position = 0;
        return image;
    }

    private static SyntaxTree Parse(string source, string path)
    {
        var tree = CSharpSyntaxTree.ParseText(source, Parsing, path);
        return source.Contains(" partial ", StringComparison.Ordinal) ? tree.WithRootAndOptions(new Stubs().Visit(tree.GetRoot()), Parsing) : tree;
    }

    private static Dictionary<string, string> ReadSources()
    {
        var assembly = typeof(CanaryCage).Assembly;
        return assembly.GetManifestResourceNames().Where(name => name.EndsWith(".cs", StringComparison.Ordinal)).ToDictionary(name => name, name =>
        {
            using var reader = new StreamReader(assembly.GetManifestResourceStream(name)!);
            return reader.ReadToEnd();
        }, StringComparer.Ordinal);
    }

    /// <summary>Gives methods that a source generator writes (native calls) a body that throws: the simulation calls none.</summary>
    private sealed class Stubs : CSharpSyntaxRewriter
    {
        public override SyntaxNode? VisitMethodDeclaration(MethodDeclarationSyntax node)
        {
            var partial = node.Modifiers.IndexOf(SyntaxKind.PartialKeyword);
            if (node.Body is not null || node.ExpressionBody is not null || partial < 0) return base.VisitMethodDeclaration(node);
            return node.WithModifiers(node.Modifiers.RemoveAt(partial)).WithExpressionBody(SyntaxFactory.ArrowExpressionClause(SyntaxFactory.ParseExpression("throw new System.NotSupportedException()")));
        }
    }

    /// <summary>The assemblies that know the changed one are loaded once more, all others are shared.</summary>
    private sealed class Context(string name, Stream image) : AssemblyLoadContext("canary", isCollectible: true)
    {
        private static readonly string[] Dependents = ["FeedHandler.Transport", "FeedHandler.Actors", "FeedHandler", "replay", "FeedHandler.Simulation"];

        private Assembly? _changed;

        public Assembly Simulation => Load(new AssemblyName("FeedHandler.Simulation"))!;

        protected override Assembly? Load(AssemblyName assemblyName)
        {
            if (assemblyName.Name == name) return _changed ??= LoadFromStream(image);
            return Dependents.Contains(assemblyName.Name, StringComparer.Ordinal) ? LoadFromAssemblyPath(Path.Combine(AppContext.BaseDirectory, assemblyName.Name + ".dll")) : null;
        }
    }
}
