extern alias Generator;

using System.Collections.Immutable;
using Generator::FeedHandler.Sbe.Generator;
using Microsoft.CodeAnalysis;
using Microsoft.CodeAnalysis.CSharp;
using Microsoft.CodeAnalysis.Diagnostics;
using Microsoft.CodeAnalysis.Text;

namespace FeedHandler.Sbe.Tests;

/// <summary>Runs the generator as the compiler does, over schema texts.</summary>
internal static class GeneratorRunner
{
    private static readonly CSharpParseOptions ParseOptions = new(LanguageVersion.Latest, DocumentationMode.Parse);

    private static readonly ImmutableArray<MetadataReference> References =
    [
        .. ((string)AppContext.GetData("TRUSTED_PLATFORM_ASSEMBLIES")!).Split(Path.PathSeparator)
            .Where(path => Path.GetFileName(path).StartsWith("System.", StringComparison.Ordinal) || Path.GetFileName(path) is "netstandard.dll" or "mscorlib.dll")
            .Select(path => MetadataReference.CreateFromFile(path)),
        MetadataReference.CreateFromFile(typeof(SbeError).Assembly.Location),
    ];

    public static CSharpCompilation EmptyCompilation(string source = "") =>
        CSharpCompilation.Create(
            "Generated",
            [CSharpSyntaxTree.ParseText(source, ParseOptions)],
            References,
            new CSharpCompilationOptions(OutputKind.DynamicallyLinkedLibrary, allowUnsafe: true, nullableContextOptions: NullableContextOptions.Enable));

    public static GeneratorDriver Driver(params SchemaText[] schemas) =>
        CSharpGeneratorDriver.Create(
            [new SbeGenerator().AsSourceGenerator()],
            schemas.Select(AdditionalText (schema) => schema),
            ParseOptions,
            new Options([.. schemas]),
            new GeneratorDriverOptions(IncrementalGeneratorOutputKind.None, trackIncrementalGeneratorSteps: true));

    /// <summary>The compilation with the generated code, and the generator's own diagnostics.</summary>
    public static (Compilation Compilation, ImmutableArray<Diagnostic> Diagnostics) Run(CSharpCompilation compilation, params SchemaText[] schemas)
    {
        Driver(schemas).RunGeneratorsAndUpdateCompilation(compilation, out var updated, out var diagnostics);
        return (updated, diagnostics);
    }

    internal sealed class Options(SchemaText[] schemas) : AnalyzerConfigOptionsProvider
    {
        public override AnalyzerConfigOptions GlobalOptions { get; } = new Values([]);

        public override AnalyzerConfigOptions GetOptions(SyntaxTree tree) => GlobalOptions;

        public override AnalyzerConfigOptions GetOptions(AdditionalText textFile)
        {
            var schema = schemas.First(candidate => candidate.Path == textFile.Path);
            return new Values(new()
            {
                ["build_metadata.AdditionalFiles.SbeNamespace"] = schema.Namespace,
                ["build_metadata.AdditionalFiles.SbeAccess"] = schema.Access,
            });
        }
    }

    private sealed class Values(Dictionary<string, string> values) : AnalyzerConfigOptions
    {
        public override bool TryGetValue(string key, out string value) => values.TryGetValue(key, out value!);
    }
}

/// <summary>A schema as an additional file of a compilation.</summary>
internal sealed class SchemaText(string path, string text, string ns = "Test", string access = "") : AdditionalText
{
    public override string Path => path;

    public string Namespace => ns;

    public string Access => access;

    public override SourceText GetText(CancellationToken cancellationToken = default) => SourceText.From(text);
}
