namespace FeedHandler.Sbe.Schema;

/// <summary>What is wrong with a schema, and where.</summary>
/// <param name="Rule">The rule that it breaks.</param>
/// <param name="Message">What is wrong and what to do.</param>
/// <param name="Path">The file, as it was given.</param>
/// <param name="Line">Line from 1; 0 when unknown.</param>
/// <param name="Column">Column from 1; 0 when unknown.</param>
public sealed record SchemaIssue(SchemaRule Rule, string Message, string Path, int Line, int Column)
{
    /// <summary>Id of the rule, as <c>SBE004</c>.</summary>
    public string Id => $"SBE{(int)Rule:000}";

    /// <summary>The issue in the form of a compiler message.</summary>
    /// <returns><c>file(line,column): error SBE004: …</c>.</returns>
    public override string ToString() => $"{Path}({Line},{Column}): error {Id}: {Message}";
}

/// <summary>The rules that a schema is checked against. The number is the number of the diagnostic.</summary>
public enum SchemaRule
{
    /// <summary>No rule.</summary>
    None = 0,

    /// <summary>The file is not well-formed XML.</summary>
    NotXml = 1,

    /// <summary>The root element is not a messageSchema.</summary>
    NotASchema = 2,

    /// <summary>An attribute is missing or has no valid value.</summary>
    BadAttribute = 3,

    /// <summary>A type is used that the schema does not define.</summary>
    UnknownType = 4,

    /// <summary>A name is given twice.</summary>
    DuplicateName = 5,

    /// <summary>A message id is given twice.</summary>
    DuplicateId = 6,

    /// <summary>A name is no symbolic name: letters, digits and underscores, not starting with a digit.</summary>
    BadName = 7,

    /// <summary>An offset lies inside the field before.</summary>
    BadOffset = 8,

    /// <summary>A block length is less than its fields take.</summary>
    BadBlockLength = 9,

    /// <summary>A value does not fit its type, or violates the type's range.</summary>
    BadValue = 10,

    /// <summary>Two names of an enum or set have one value.</summary>
    DuplicateValue = 11,

    /// <summary>A dimension type has not what a group needs.</summary>
    BadDimension = 12,

    /// <summary>The type of variable data has not what it needs.</summary>
    BadVarData = 13,

    /// <summary>A composite contains itself.</summary>
    CyclicType = 14,

    /// <summary>The message header has not what a decoder needs.</summary>
    BadHeader = 15,

    /// <summary>A sinceVersion is later than the schema's version.</summary>
    BadVersion = 16,

    /// <summary>An element stands where it may not.</summary>
    BadOrder = 17,

    /// <summary>A constant has no value, or refers to none.</summary>
    BadConstant = 18,

    /// <summary>An included file is not there.</summary>
    MissingInclude = 19,

    /// <summary>The item metadata of a schema file are unusable.</summary>
    BadMetadata = 20,

    /// <summary>The generator failed: a defect of its own, not of the schema.</summary>
    Internal = 21,
}
