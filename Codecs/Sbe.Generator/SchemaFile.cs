using FeedHandler.Sbe.Schema;

namespace FeedHandler.Sbe.Generator;

/// <summary>A schema file of the project, as the compiler gives it.</summary>
/// <param name="Path">Its path.</param>
/// <param name="Text">Its content.</param>
/// <param name="Namespace">Where the code goes; empty for a file that is only included by others.</param>
/// <param name="Access"><c>public</c> or <c>internal</c>.</param>
internal sealed record SchemaFile(string Path, string Text, string Namespace, string Access);

/// <summary>What the emitter needs, and nothing that changes with white space or comments.</summary>
/// <param name="Model">The schema; null when it is refused.</param>
/// <param name="Namespace">Where the code goes.</param>
/// <param name="Access"><c>public</c> or <c>internal</c>.</param>
/// <param name="Path">The schema's file, for diagnostics.</param>
internal sealed record EmitInput(SchemaModel? Model, string Namespace, string Access, string Path);

/// <summary>Which file a namespace belongs to.</summary>
/// <param name="Path">The schema's file.</param>
/// <param name="Namespace">Where its code goes.</param>
internal sealed record SchemaOwner(string Path, string Namespace);

/// <summary>A schema that was read.</summary>
/// <param name="Input">For the emitter.</param>
/// <param name="Issues">For the error list.</param>
internal sealed record ReadSchema(EmitInput Input, EquatableArray<SchemaIssue> Issues);
