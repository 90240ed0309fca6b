using System.Collections.Frozen;
using FeedHandler.Sbe.Schema;

namespace FeedHandler.Sbe;

/// <summary>A schema at run time: finds messages by template id and answers where their fields are.</summary>
/// <remarks>Immutable: any thread may use it.</remarks>
public sealed class SbeSchema
{
    private readonly FrozenDictionary<int, SbeMessage> _messages;

    /// <summary>Wraps a model.</summary>
    /// <param name="model">The schema.</param>
    public SbeSchema(SchemaModel model)
    {
        ArgumentNullException.ThrowIfNull(model);
        Model = model;
        _messages = model.Messages.ToFrozenDictionary(message => message.Id);
    }

    /// <summary>Everything that the schema says.</summary>
    public SchemaModel Model { get; }

    /// <summary>Reads a schema file, and the files that it includes.</summary>
    /// <param name="path">The file.</param>
    /// <returns>The schema.</returns>
    /// <exception cref="SbeSchemaException">It cannot be read; the message names every file, line and element.</exception>
    public static SbeSchema Load(string path) =>
        TryLoad(path, out var schema, out var issues) ? schema! : throw new SbeSchemaException(issues);

    /// <summary>Reads a schema file, and the files that it includes.</summary>
    /// <param name="path">The file.</param>
    /// <param name="schema">The schema, or null.</param>
    /// <param name="issues">What is wrong, with file, line and element.</param>
    /// <returns>False when there are issues.</returns>
    public static bool TryLoad(string path, out SbeSchema? schema, out IReadOnlyList<SchemaIssue> issues)
    {
        string xml;
        try
        {
            xml = File.ReadAllText(path);
        }
        catch (Exception e) when (e is IOException or UnauthorizedAccessException)
        {
            schema = null;
            issues = [new(SchemaRule.MissingInclude, e.Message, path, 0, 0)];
            return false;
        }

        return TryParse(xml, path, out schema, out issues);
    }

    /// <summary>Reads the text of a schema.</summary>
    /// <param name="xml">The text.</param>
    /// <param name="path">Its path: for messages, and the base of included files.</param>
    /// <param name="schema">The schema, or null.</param>
    /// <param name="issues">What is wrong, with file, line and element.</param>
    /// <returns>False when there are issues.</returns>
    public static bool TryParse(string xml, string path, out SbeSchema? schema, out IReadOnlyList<SchemaIssue> issues)
    {
        var result = SchemaReader.Read(xml, path, include => File.Exists(include) ? File.ReadAllText(include) : null);
        schema = result.Model is null ? null : new(result.Model);
        issues = result.Issues;
        return schema is not null;
    }

    /// <summary>Finds a message.</summary>
    /// <param name="templateId">Template id of the message header.</param>
    /// <returns>The message, or null.</returns>
    public SbeMessage? FindMessage(int templateId) => _messages.GetValueOrDefault(templateId);

    /// <summary>Where a field is and how it is encoded.</summary>
    /// <param name="templateId">Template id of the message.</param>
    /// <param name="group">Name of the group, or names separated by '/' for groups in groups; null or empty for the root block.</param>
    /// <param name="field">Name of the field.</param>
    /// <returns>The layout, or null when the schema has no such field.</returns>
    public FieldLayout? FindField(int templateId, string? group, string field)
    {
        SbeBlock? block = FindMessage(templateId);
        foreach (var name in (group ?? string.Empty).Split('/', StringSplitOptions.RemoveEmptyEntries))
        {
            block = block?.FindGroup(name);
        }

        return block?.FindField(field) is { } found ? FieldLayout.Of(found) : null;
    }
}

/// <summary>Where a field is and how it is encoded: what two schemas must agree on to read the same bytes alike.</summary>
/// <param name="Offset">Offset in its block; -1 for a constant, which is not on the wire.</param>
/// <param name="SizeBytes">Bytes on the wire.</param>
/// <param name="Primitive">Primitive type; of a composite, that of its first number on the wire.</param>
/// <param name="Length">Items of an array; 1 for anything else.</param>
/// <param name="Exponent">Decimal exponent of a composite with a constant exponent, else null.</param>
/// <param name="SinceVersion">First schema version that has the field.</param>
/// <param name="Constant">The value of a constant.</param>
public readonly record struct FieldLayout(
    int Offset, int SizeBytes, SbePrimitive Primitive, int Length, int? Exponent, int SinceVersion, SbeConstant? Constant)
{
    /// <summary>The layout of a field.</summary>
    public static FieldLayout Of(SbeField field)
    {
        var (primitive, length) = Encoding(field.Type);
        var exponent = (field.Type as SbeComposite)?.Exponent is { Presence: SbePresence.Constant, Constant: { } constant }
            ? (int)constant.Number.Signed
            : (int?)null;
        return new(field.Presence == SbePresence.Constant ? -1 : field.Offset, field.Size, primitive, length, exponent, field.SinceVersion, field.Constant);
    }

    private static (SbePrimitive Primitive, int Length) Encoding(SbeType type) => type switch
    {
        SbeEncoding encoding => (encoding.Primitive, encoding.Length),
        SbeEnum enumeration => (enumeration.Primitive, 1),
        SbeSet set => (set.Primitive, 1),
        SbeComposite composite when composite.Members.FirstOrDefault(member => member.Presence != SbePresence.Constant) is { } member => Encoding(member.Type),
        _ => (SbePrimitive.UInt8, 0),
    };
}

/// <summary>A schema cannot be used.</summary>
public sealed class SbeSchemaException : Exception
{
    /// <summary>Makes the exception of what is wrong.</summary>
    /// <param name="issues">What is wrong.</param>
    public SbeSchemaException(IReadOnlyList<SchemaIssue> issues)
        : base(string.Join(Environment.NewLine, issues)) => Issues = issues;

    /// <summary>What is wrong, with file, line and element.</summary>
    public IReadOnlyList<SchemaIssue> Issues { get; }
}
