using System.Diagnostics.CodeAnalysis;
using System.Text;
using FeedHandler.Sbe.Schema;
using Microsoft.CodeAnalysis;
using Microsoft.CodeAnalysis.CSharp;
using Microsoft.CodeAnalysis.Text;

namespace FeedHandler.Sbe.Generator;

/// <summary>Generates readers and writers for every schema file that has an <c>SbeNamespace</c>.</summary>
[Generator(LanguageNames.CSharp)]
public sealed class SbeGenerator : IIncrementalGenerator
{
    /// <summary>Name of the step that collects the files.</summary>
    internal const string FilesStep = "Sbe.0_Files";

    /// <summary>Name of the step that reads a schema into the model.</summary>
    internal const string ReadStep = "Sbe.1_Read";

    /// <summary>Name of the step whose output decides whether code is written again.</summary>
    internal const string EmitStep = "Sbe.2_Emit";

    private const string MetadataPrefix = "build_metadata.AdditionalFiles.";

    /// <inheritdoc/>
    public void Initialize(IncrementalGeneratorInitializationContext context)
    {
        var files = context.AdditionalTextsProvider
            .Where(static file => file.Path.EndsWith(".xml", StringComparison.OrdinalIgnoreCase))
            .Combine(context.AnalyzerConfigOptionsProvider)
            .Select(static (pair, cancellation) =>
            {
                var options = pair.Right.GetOptions(pair.Left);
                options.TryGetValue(MetadataPrefix + "SbeNamespace", out var ns);
                options.TryGetValue(MetadataPrefix + "SbeAccess", out var access);
                return new SchemaFile(pair.Left.Path, pair.Left.GetText(cancellation)?.ToString() ?? string.Empty, ns ?? string.Empty, access is { Length: > 0 } ? access : "public");
            })
            .WithTrackingName(FilesStep);

        var includes = files
            .Where(static file => file.Namespace.Length == 0)
            .Collect()
            .Select(static (all, _) => new EquatableArray<SchemaFile>([.. all]));

        var owners = files
            .Where(static file => file.Namespace.Length > 0)
            .Select(static (file, _) => new SchemaOwner(file.Path, file.Namespace))
            .Collect()
            .Select(static (all, _) => new EquatableArray<SchemaOwner>([.. all]));

        var schemas = files
            .Where(static file => file.Namespace.Length > 0)
            .Combine(includes)
            .Combine(owners)
            .Select(static (pair, _) => Read(pair.Left.Left, pair.Left.Right, pair.Right))
            .WithTrackingName(ReadStep);

        context.RegisterSourceOutput(
            schemas.SelectMany(static (schema, _) => schema.Issues),
            static (output, issue) => output.ReportDiagnostic(Diagnostics.Create(issue)));

        context.RegisterSourceOutput(
            schemas.Select(static (schema, _) => schema.Input).WithTrackingName(EmitStep),
            static (output, input) =>
            {
                if (input.Model is { } model)
                {
                    Emit(output, model, input);
                }
            });
    }

    [SuppressMessage("Design", "CA1031:Do not catch general exception types", Justification = "A defect of the generator is an error of the schema's file, not a warning that no code was generated.")]
    private static void Emit(SourceProductionContext output, SchemaModel model, EmitInput input)
    {
        try
        {
            foreach (var (name, code) in new Emitter(model, input.Namespace, input.Access).Emit())
            {
                output.CancellationToken.ThrowIfCancellationRequested();
                output.AddSource($"{input.Namespace}.{name}.g.cs", SourceText.From(code, Encoding.UTF8));
            }
        }
        catch (Exception e) when (e is not OperationCanceledException)
        {
            output.ReportDiagnostic(Diagnostics.Create(Failure(e, input.Path)));
        }
    }

    private static SchemaIssue Failure(Exception exception, string path) =>
        new(SchemaRule.Internal, $"The generator failed, which is a defect of its own; please report it with the schema: {exception.GetType().Name}: {exception.Message}", path, 0, 0);

    [SuppressMessage("Design", "CA1031:Do not catch general exception types", Justification = "As for Emit.")]
    private static ReadSchema Read(SchemaFile file, EquatableArray<SchemaFile> includes, EquatableArray<SchemaOwner> owners)
    {
        try
        {
            return ReadUnguarded(file, includes, owners);
        }
        catch (Exception e) when (e is not OperationCanceledException)
        {
            return new(new(null, file.Namespace, file.Access, file.Path), new([Failure(e, file.Path)]));
        }
    }

    private static ReadSchema ReadUnguarded(SchemaFile file, EquatableArray<SchemaFile> includes, EquatableArray<SchemaOwner> owners)
    {
        // File names are compared without case, so namespaces are, too.
        if (owners.First(owner => string.Equals(owner.Namespace, file.Namespace, StringComparison.OrdinalIgnoreCase)) is var owner && owner.Path != file.Path)
        {
            var taken = $"SbeNamespace '{file.Namespace}' already holds the schema '{owner.Path}'; give each schema a namespace of its own";
            return new(new(null, file.Namespace, file.Access, file.Path), new([new(SchemaRule.BadMetadata, taken, file.Path, 0, 0)]));
        }

        if (!IsNamespace(file.Namespace) || file.Access is not ("public" or "internal"))
        {
            var message = $"SbeNamespace '{file.Namespace}' must be a namespace and SbeAccess '{file.Access}' must be 'public' or 'internal'";
            return new(new(null, file.Namespace, file.Access, file.Path), new([new(SchemaRule.BadMetadata, message, file.Path, 0, 0)]));
        }

        var result = SchemaReader.Read(file.Text, file.Path, path => Find(includes, path)?.Text);
        return new(new(result.Model, file.Namespace, file.Access, file.Path), result.Issues);
    }

    /// <summary>Generators do no file access: an included file is one of the project's own AdditionalFiles.</summary>
    private static SchemaFile? Find(EquatableArray<SchemaFile> files, string path)
    {
        var wanted = Normalise(path);
        return files.FirstOrDefault(file => Normalise(file.Path) == wanted);
    }

    private static string Normalise(string path)
    {
        var parts = new List<string>();
        foreach (var part in path.Replace('\\', '/').Split('/'))
        {
            if (part == ".." && parts.Count > 0 && parts[parts.Count - 1] != "..")
            {
                parts.RemoveAt(parts.Count - 1);
            }
            else if (part != ".")
            {
                parts.Add(part);
            }
        }

        return string.Join("/", parts);
    }

    private static bool IsNamespace(string text) => text.Split('.').All(part => SyntaxFacts.IsValidIdentifier(part) && SyntaxFacts.GetKeywordKind(part) == SyntaxKind.None);
}
