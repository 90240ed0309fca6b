using System.Reflection;
using FeedHandler.Sbe;
using FeedHandler.Sbe.Schema;

namespace FeedHandler.Codecs.Cme.Mdp3;

/// <summary>What a decoder knows of the venue's schema: its id, its templates, and that its layout is the compiled one.</summary>
/// <remarks>
/// CME extends templates at their end and gives a changed template a new id, so one set of compiled readers serves every
/// version: the wire's block lengths and version say how far each message goes. A schema file given at run time is held
/// against the compiled layout field by field; one that contradicts it is refused, because a book built from shifted fields
/// would be wrong without a sign. Immutable.
/// </remarks>
public sealed class Mdp3Schema
{
    private const string ResourceName = "FeedHandler.Codecs.Schemas.cme-mdp3.xml";

    private static readonly Lazy<SbeSchema> Compiled = new(LoadCompiled);

    private readonly Dictionary<int, string> _names = [];

    private Mdp3Schema(int id, params ReadOnlySpan<SbeSchema> schemas)
    {
        Id = (ushort)id;
        foreach (var schema in schemas)
        {
            foreach (var message in schema.Model.Messages) _names[message.Id] = message.Name;
        }
    }

    /// <summary>The schema that the readers were compiled from.</summary>
    public static Mdp3Schema BuiltIn { get; } = new(Compiled.Value.Model.Id, Compiled.Value);

    /// <summary>The same for a run-time decoder.</summary>
    public static SbeSchema BuiltInSbe => Compiled.Value;

    /// <summary>Schema id of every message.</summary>
    public ushort Id { get; }

    /// <summary>Whether the template is defined, whether or not it is decoded.</summary>
    public bool Knows(int template) => _names.ContainsKey(template);

    /// <summary>The template's name, or empty.</summary>
    public string NameOf(int template) => _names.GetValueOrDefault(template, "");

    /// <summary>Takes a venue's schema, if its layout is the compiled one as far as the two share fields.</summary>
    /// <param name="venue">The schema.</param>
    /// <param name="problem">What contradicts the compiled layout.</param>
    public static Mdp3Schema? TryCreate(SbeSchema venue, out string? problem)
    {
        problem = null;
        if (venue.Model.ByteOrder != SbeByteOrder.Little) problem = "byteOrder is not littleEndian";
        else if (!venue.Model.Messages.Any(theirs => Compiled.Value.FindMessage(theirs.Id)?.Name == theirs.Name)) problem = "it has no message of MDP 3.0";
        foreach (var theirs in venue.Model.Messages)
        {
            if (problem is not null) return null;
            if (Compiled.Value.FindMessage(theirs.Id) is { } ours) problem = Compare(ours, theirs, $"message {theirs.Name} (id {theirs.Id})");
        }

        return problem is null ? new Mdp3Schema(venue.Model.Id, Compiled.Value, venue) : null;
    }

    private static string? Compare(SbeBlock ours, SbeBlock theirs, string where)
    {
        foreach (var field in theirs.Fields)
        {
            if (ours.FindField(field.Name) is not { } known || known.Presence == SbePresence.Constant || field.Presence == SbePresence.Constant) continue;
            var (a, b) = (FieldLayout.Of(known), FieldLayout.Of(field));
            if (a.Offset != b.Offset || a.SizeBytes != b.SizeBytes || a.Exponent != b.Exponent)
                return $"{where}, field {field.Name}: offset {b.Offset}, size {b.SizeBytes}, exponent {b.Exponent}, where this decoder reads offset {a.Offset}, size {a.SizeBytes}, exponent {a.Exponent}";
        }

        for (var i = 0; i < Math.Min(ours.Groups.Count, theirs.Groups.Count); i++)
        {
            var (known, group) = (ours.Groups[i], theirs.Groups[i]);
            if (known.Name != group.Name || known.Dimension.Size != group.Dimension.Size)
                return $"{where}: group {i + 1} is {group.Name} with a dimension of {group.Dimension.Size} bytes, where this decoder expects {known.Name} with {known.Dimension.Size}";
            if (Compare(known, group, $"{where}, group {group.Name}") is { } problem) return problem;
        }

        return null;
    }

    private static SbeSchema LoadCompiled()
    {
        using var stream = Assembly.GetExecutingAssembly().GetManifestResourceStream(ResourceName)!;
        using var reader = new StreamReader(stream);
        return SbeSchema.TryParse(reader.ReadToEnd(), ResourceName, out var schema, out var issues) ? schema! : throw new SbeSchemaException(issues);
    }
}
