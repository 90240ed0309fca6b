using System.Collections.Concurrent;
using System.Text;
using System.Text.RegularExpressions;
using FeedHandler.Sbe.Tests;
using Microsoft.CodeAnalysis;
using Microsoft.CodeAnalysis.CSharp;
using Microsoft.CodeAnalysis.CSharp.Syntax;

namespace FeedHandler.SharedData.Tests.Sbe;

/// <summary>Every schema that we know of: compiles without a warning, or is refused with the reason.</summary>
public sealed partial class AllSchemasTests
{
    private const string HideWarnings = "#pragma warning disable\n";

    /// <summary>What is wrong with the schemas that are refused: SBE's own negative tests, and files cut loose from what they include.</summary>
    private static readonly Dictionary<string, string> Refused = new(StringComparer.Ordinal)
    {
        // Its header fixes another schema id than its own.
        ["basic-schema-constant-header-field.xml"] = "SBE015",
        ["cyclic-refs-schema.xml"] = "SBE014",
        ["error-handler-dup-message-schema.xml"] = "SBE006",
        ["error-handler-enum-violates-min-max-value-range.xml"] = "SBE010",
        ["error-handler-group-dimensions-schema.xml"] = "SBE012",
        ["error-handler-invalid-composite-offsets-schema.xml"] = "SBE008",
        ["error-handler-invalid-composite.xml"] = "SBE017",
        ["error-handler-invalid-name.xml"] = "SBE007",
        ["error-handler-message-schema.xml"] = "SBE004",
        ["error-handler-since-version.xml"] = "SBE016",
        ["error-handler-types-dup-schema.xml"] = "SBE005",
        ["error-handler-types-schema.xml"] = "SBE018",
        ["issue910.xml"] = "SBE013",
        ["sbe-tool_src_test_resources_sub/basic-schema.xml"] = "SBE019",
    };

    [Fact]
    public void Every_schema_compiles_without_warnings_or_is_refused_by_a_diagnostic()
    {
        var folder = SharedFolder.Path("schemas");
        var files = Directory.EnumerateFiles(folder, "*.xml", SearchOption.AllDirectories)
            .Where(file => File.ReadAllText(file).Contains("messageSchema", StringComparison.Ordinal))
            .Order(StringComparer.Ordinal)
            .ToList();
        var failures = new ConcurrentQueue<string>();
        var seen = new ConcurrentDictionary<string, bool>(StringComparer.Ordinal);
        var refused = 0;
        Parallel.ForEach(files, file =>
        {
            var name = Path.GetRelativePath(folder, file);
            var expected = Refused.FirstOrDefault(pair => name.EndsWith("/" + pair.Key, StringComparison.Ordinal) || name == pair.Key).Value;
            var schemas = new List<SchemaText> { new(file, File.ReadAllText(file)) };
            var common = Path.Combine(Path.GetDirectoryName(file)!, "common-types.xml");
            if (File.Exists(common))
            {
                schemas.Add(new(common, File.ReadAllText(common), ns: string.Empty));
            }

            var (compilation, diagnostics) = GeneratorRunner.Run(GeneratorRunner.EmptyCompilation(), [.. schemas]);
            if (expected is not null)
            {
                var first = diagnostics.FirstOrDefault(diagnostic => diagnostic.Id == expected);
                if (first is null || first.Location.GetLineSpan().Path != file || first.Location.GetLineSpan().StartLinePosition.Line == 0)
                {
                    failures.Enqueue($"{name}: expected {expected} at a line of the file, got {string.Join("; ", diagnostics)}");
                }

                Interlocked.Increment(ref refused);
                return;
            }

            foreach (var problem in diagnostics.Concat(Problems(compilation, seen)).Take(3))
            {
                failures.Enqueue($"{name}: {problem}");
            }
        });

        Assert.True(failures.IsEmpty, string.Join('\n', failures.Take(40)));
        Assert.Equal(Refused.Count, refused);
        Assert.True(files.Count > 150, $"Only {files.Count} schemas");
    }

    /// <summary>
    /// Warnings and errors of generated code. Versions of one venue's schema have most messages in common: a type whose
    /// text, and the text of every type it names, was compiled before is not compiled again. The line that hides
    /// warnings from users' builds goes before: it would hide them from this test, too.
    /// </summary>
    private static IEnumerable<Diagnostic> Problems(Compilation compilation, ConcurrentDictionary<string, bool> seen)
    {
        // A schema that is refused has no code; its diagnostics are problems already.
        if (compilation.SyntaxTrees.SingleOrDefault(tree => tree.FilePath.EndsWith(".-types.g.cs", StringComparison.Ordinal)) is not { } typesFile) yield break;
        var types = TypesOf(typesFile)
            .ToDictionary(type => type.Identifier.ValueText, type => type.ToString(), StringComparer.Ordinal);
        foreach (var hiding in compilation.SyntaxTrees)
        {
            foreach (var problem in hiding.GetDiagnostics()) yield return problem;
            var isNew = TypesOf(hiding).Select(type => seen.TryAdd(Key(type.ToString(), types), true)).ToArray();
            if (!isNew.Contains(true)) continue;

            var tree = CSharpSyntaxTree.ParseText(hiding.ToString().Replace(HideWarnings, "", StringComparison.Ordinal), (CSharpParseOptions)hiding.Options, hiding.FilePath);
            if (tree.Length == hiding.Length) throw new InvalidOperationException("The generated code hides no warnings any more: this test needs no replacement");
            var model = compilation.ReplaceSyntaxTree(hiding, tree).GetSemanticModel(tree);
            foreach (var (type, _) in TypesOf(tree).Zip(isNew).Where(pair => pair.Second))
            {
                foreach (var problem in model.GetDiagnostics(type.FullSpan).Where(diagnostic => diagnostic.Severity >= DiagnosticSeverity.Warning))
                {
                    yield return problem;
                }
            }
        }
    }

    /// <summary>The types that a file declares, without those inside them.</summary>
    private static IEnumerable<BaseTypeDeclarationSyntax> TypesOf(SyntaxTree tree) =>
        tree.GetRoot().DescendantNodes(static node => node is not BaseTypeDeclarationSyntax).OfType<BaseTypeDeclarationSyntax>();

    private static string Key(string code, Dictionary<string, string> types)
    {
        var key = new StringBuilder(code);
        var names = new HashSet<string>(StringComparer.Ordinal);
        var texts = new Queue<string>([code]);
        while (texts.TryDequeue(out var text))
        {
            foreach (var word in Words().EnumerateMatches(text))
            {
                var name = text.Substring(word.Index, word.Length);
                if (types.TryGetValue(name, out var type) && names.Add(name))
                {
                    key.Append(type);
                    texts.Enqueue(type);
                }
            }
        }

        return Convert.ToHexString(System.Security.Cryptography.SHA256.HashData(Encoding.UTF8.GetBytes(key.ToString())));
    }

    [GeneratedRegex(@"\w+", RegexOptions.None, matchTimeoutMilliseconds: 10_000)]
    private static partial Regex Words();
}
