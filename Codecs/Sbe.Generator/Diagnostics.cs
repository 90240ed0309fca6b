using System.Collections.Immutable;
using FeedHandler.Sbe.Schema;
using Microsoft.CodeAnalysis;
using Microsoft.CodeAnalysis.Text;

namespace FeedHandler.Sbe.Generator;

/// <summary>The diagnostics of the generator: one descriptor per rule of a schema.</summary>
internal static class Diagnostics
{
    private const string Category = "FeedHandler.Sbe";

    private static readonly ImmutableDictionary<SchemaRule, DiagnosticDescriptor> Descriptors =
        new[]
        {
            Descriptor(SchemaRule.NotXml, "Schema is not well-formed XML"),
            Descriptor(SchemaRule.NotASchema, "Root element is not messageSchema"),
            Descriptor(SchemaRule.BadAttribute, "Attribute is missing or invalid"),
            Descriptor(SchemaRule.UnknownType, "Type is unknown or unusable"),
            Descriptor(SchemaRule.DuplicateName, "Name is given twice"),
            Descriptor(SchemaRule.DuplicateId, "Message id is given twice"),
            Descriptor(SchemaRule.BadName, "Name is no symbolic name"),
            Descriptor(SchemaRule.BadOffset, "Offset lies inside another field"),
            Descriptor(SchemaRule.BadBlockLength, "Block length is too small"),
            Descriptor(SchemaRule.BadValue, "Value does not fit its type"),
            Descriptor(SchemaRule.DuplicateValue, "Value is given twice"),
            Descriptor(SchemaRule.BadDimension, "Group dimension is unusable"),
            Descriptor(SchemaRule.BadVarData, "Variable data type is unusable"),
            Descriptor(SchemaRule.CyclicType, "Type contains itself"),
            Descriptor(SchemaRule.BadHeader, "Message header is unusable"),
            Descriptor(SchemaRule.BadVersion, "sinceVersion is later than the schema"),
            Descriptor(SchemaRule.BadOrder, "Element stands in the wrong place"),
            Descriptor(SchemaRule.BadConstant, "Constant has no value"),
            Descriptor(SchemaRule.MissingInclude, "Included file is missing"),
            Descriptor(SchemaRule.BadMetadata, "SbeNamespace or SbeAccess is invalid"),
            Descriptor(SchemaRule.Internal, "Generator failed"),
        }.ToImmutableDictionary(pair => pair.Key, pair => pair.Value);

    public static Diagnostic Create(SchemaIssue issue)
    {
        var position = new LinePosition(Math.Max(0, issue.Line - 1), Math.Max(0, issue.Column - 1));
        var location = Location.Create(issue.Path, default, new LinePositionSpan(position, position));
        return Diagnostic.Create(Descriptors[issue.Rule], location, issue.Message);
    }

    private static KeyValuePair<SchemaRule, DiagnosticDescriptor> Descriptor(SchemaRule rule, string title) =>
        new(rule, new($"SBE{(int)rule:000}", title, "{0}", Category, DiagnosticSeverity.Error, isEnabledByDefault: true));
}
