namespace FeedHandler.Sbe.Schema;

/// <summary>Order of the bytes of a number on the wire.</summary>
public enum SbeByteOrder
{
    /// <summary>Least significant byte first.</summary>
    Little,

    /// <summary>Most significant byte first.</summary>
    Big,
}

/// <summary>Whether a value is on the wire.</summary>
public enum SbePresence
{
    /// <summary>Always a value.</summary>
    Required,

    /// <summary>A value or the null value.</summary>
    Optional,

    /// <summary>Never on the wire: the schema gives it.</summary>
    Constant,
}

/// <summary>A schema with every offset and size computed.</summary>
/// <param name="Package">Name of the schema.</param>
/// <param name="Id">Schema id, as in the message header.</param>
/// <param name="Version">Schema version, as in the message header.</param>
/// <param name="SemanticVersion">Version of the application standard behind it.</param>
/// <param name="Description">What it is for.</param>
/// <param name="ByteOrder">Byte order of all numbers.</param>
/// <param name="Header">Layout of the message header.</param>
/// <param name="Types">Named types in the order of the file.</param>
/// <param name="Messages">Messages in the order of the file.</param>
public sealed record SchemaModel(
    string Package,
    int Id,
    int Version,
    string? SemanticVersion,
    string? Description,
    SbeByteOrder ByteOrder,
    MessageHeaderLayout Header,
    EquatableArray<SbeType> Types,
    EquatableArray<SbeMessage> Messages);

/// <summary>Where a message header keeps what a decoder needs.</summary>
/// <param name="Type">The composite.</param>
/// <param name="BlockLength">Length of the root block.</param>
/// <param name="TemplateId">Message id.</param>
/// <param name="SchemaId">Schema id.</param>
/// <param name="Version">Schema version of the sender.</param>
public sealed record MessageHeaderLayout(
    SbeComposite Type, HeaderNumber BlockLength, HeaderNumber TemplateId, HeaderNumber SchemaId, HeaderNumber Version)
{
    /// <summary>Bytes of the header.</summary>
    public int Size => Type.Size;
}

/// <summary>An unsigned number of a header.</summary>
/// <param name="Offset">Offset in the header.</param>
/// <param name="Primitive">Its type.</param>
/// <param name="Constant">Its value where the schema fixes it and the wire has none.</param>
/// <param name="Max">Greatest value that may be written: the schema's maxValue, else one less than the null value of the type.</param>
public sealed record HeaderNumber(int Offset, SbePrimitive Primitive, ulong? Constant, ulong Max);

/// <summary>A type of a schema.</summary>
/// <param name="Name">Its name.</param>
/// <param name="Size">Bytes on the wire.</param>
/// <param name="SinceVersion">First schema version that has it.</param>
/// <param name="DeprecatedSince">First schema version that advises against it; 0 when none does.</param>
/// <param name="Description">What it is for.</param>
public abstract record SbeType(string Name, int Size, int SinceVersion, int DeprecatedSince, string? Description)
{
    /// <summary>Tells whether it has no fixed length: the content of variable data, and composites that hold such content.</summary>
    public bool IsVariable =>
        this is SbeEncoding { Length: 0, Presence: not SbePresence.Constant }
        || (this is SbeComposite composite && composite.Members.Any(member => member.Name == "varData" || member.Type.IsVariable));
}

/// <summary>A primitive or a fixed array of one.</summary>
/// <param name="Name">Its name.</param>
/// <param name="Primitive">The primitive.</param>
/// <param name="Length">Items: 1 for a scalar, 0 for the content of variable data.</param>
/// <param name="Presence">Whether it is on the wire.</param>
/// <param name="Null">The value that means "no value".</param>
/// <param name="Min">Least valid value, where the schema gives one.</param>
/// <param name="Max">Greatest valid value, where the schema gives one.</param>
/// <param name="Constant">The value of a constant.</param>
/// <param name="CharacterEncoding">Encoding of text.</param>
/// <param name="SemanticType">The application's type.</param>
/// <param name="SinceVersion">First schema version that has it.</param>
/// <param name="DeprecatedSince">First schema version that advises against it; 0 when none does.</param>
/// <param name="Description">What it is for.</param>
public sealed record SbeEncoding(
    string Name,
    SbePrimitive Primitive,
    int Length,
    SbePresence Presence,
    SbeNumber Null,
    SbeNumber? Min,
    SbeNumber? Max,
    SbeConstant? Constant,
    string? CharacterEncoding,
    string? SemanticType,
    int SinceVersion,
    int DeprecatedSince,
    string? Description)
    : SbeType(Name, Presence == SbePresence.Constant ? 0 : Primitive.Size() * Length, SinceVersion, DeprecatedSince, Description)
{
    /// <summary>Tells whether it has several items (or text of several characters).</summary>
    public bool IsArray => Length > 1;
}

/// <summary>Fields one after the other under one name.</summary>
/// <param name="Name">Its name.</param>
/// <param name="Members">The fields.</param>
/// <param name="Size">Bytes on the wire.</param>
/// <param name="SinceVersion">First schema version that has it.</param>
/// <param name="DeprecatedSince">First schema version that advises against it; 0 when none does.</param>
/// <param name="Description">What it is for.</param>
public sealed record SbeComposite(
    string Name, EquatableArray<SbeField> Members, int Size, int SinceVersion, int DeprecatedSince, string? Description)
    : SbeType(Name, Size, SinceVersion, DeprecatedSince, Description)
{
    /// <summary>Mantissa of a decimal number; null when the composite has none. Venues write it in either case.</summary>
    public SbeField? Mantissa => Members.FirstOrDefault(member => member.Name is "mantissa" or "Mantissa");

    /// <summary>Exponent of a decimal number; null when the composite has none.</summary>
    public SbeField? Exponent => Members.FirstOrDefault(member => member.Name is "exponent" or "Exponent");

    /// <summary>The members whose nulls make an optional composite null: the mantissa of a number, else all that are on the wire.</summary>
    public IEnumerable<SbeField> NullMembers =>
        Mantissa is { Presence: not SbePresence.Constant, Type: SbeEncoding { IsArray: false } } mantissa && Exponent is not null
            ? [mantissa]
            : Members.Where(member => member.Presence != SbePresence.Constant);

    /// <summary>Finds a member.</summary>
    /// <param name="name">Its name, case-sensitive.</param>
    /// <returns>The member or null.</returns>
    public SbeField? Find(string name) => Members.FirstOrDefault(member => member.Name == name);
}

/// <summary>A named set of values, one of which is on the wire.</summary>
/// <param name="Name">Its name.</param>
/// <param name="Primitive">Type on the wire.</param>
/// <param name="Presence">Whether fields of it are optional unless they say so themselves: as the type that encodes it.</param>
/// <param name="Null">The value that means "no value".</param>
/// <param name="Values">The valid values.</param>
/// <param name="SinceVersion">First schema version that has it.</param>
/// <param name="DeprecatedSince">First schema version that advises against it; 0 when none does.</param>
/// <param name="Description">What it is for.</param>
public sealed record SbeEnum(
    string Name, SbePrimitive Primitive, SbePresence Presence, SbeNumber Null, EquatableArray<SbeEnumValue> Values, int SinceVersion, int DeprecatedSince, string? Description)
    : SbeType(Name, Primitive.Size(), SinceVersion, DeprecatedSince, Description)
{
    /// <summary>Tells whether a number means "no value": never one that is a value of the enum.</summary>
    /// <param name="number">The number on the wire.</param>
    /// <returns>True for no value.</returns>
    public bool IsNull(SbeNumber number) => Null.IsNullFor(number) && Values.All(value => value.Value != number);
}

/// <summary>A value of an enum.</summary>
/// <param name="Name">Its name.</param>
/// <param name="Value">The value on the wire.</param>
/// <param name="SinceVersion">First schema version that has it.</param>
/// <param name="Description">What it means.</param>
public sealed record SbeEnumValue(string Name, SbeNumber Value, int SinceVersion, string? Description);

/// <summary>A set of flags.</summary>
/// <param name="Name">Its name.</param>
/// <param name="Primitive">Type on the wire.</param>
/// <param name="Presence">Whether fields of it are optional unless they say so themselves: as the type that encodes it.</param>
/// <param name="Null">The value that means "no value"; null unless the schema names one, as any other bits are flags.</param>
/// <param name="Choices">The flags.</param>
/// <param name="SinceVersion">First schema version that has it.</param>
/// <param name="DeprecatedSince">First schema version that advises against it; 0 when none does.</param>
/// <param name="Description">What it is for.</param>
public sealed record SbeSet(
    string Name, SbePrimitive Primitive, SbePresence Presence, SbeNumber? Null, EquatableArray<SbeChoice> Choices, int SinceVersion, int DeprecatedSince, string? Description)
    : SbeType(Name, Primitive.Size(), SinceVersion, DeprecatedSince, Description);

/// <summary>A flag of a set.</summary>
/// <param name="Name">Its name.</param>
/// <param name="Bit">Its bit, 0 for the least significant.</param>
/// <param name="SinceVersion">First schema version that has it.</param>
/// <param name="Description">What it means.</param>
public sealed record SbeChoice(string Name, int Bit, int SinceVersion, string? Description);

/// <summary>A value that the schema gives and the wire does not carry.</summary>
/// <param name="Number">The value, or the first character of <paramref name="Text"/>.</param>
/// <param name="Text">The text of a char constant.</param>
/// <param name="ValueName">Name of the enum's value, for a constant of an enum.</param>
/// <param name="Bytes">The text in the type's character encoding.</param>
public sealed record SbeConstant(SbeNumber Number, string? Text, string? ValueName, EquatableArray<byte> Bytes = default);

/// <summary>A field of a message, group or composite.</summary>
/// <param name="Name">Its name.</param>
/// <param name="Id">Its id; 0 in a composite.</param>
/// <param name="Type">Its type.</param>
/// <param name="Offset">Offset in its block or composite.</param>
/// <param name="Presence">Whether it is on the wire.</param>
/// <param name="Constant">The value of a constant.</param>
/// <param name="SemanticType">The application's type.</param>
/// <param name="SinceVersion">First schema version that has it, at least that of what holds it.</param>
/// <param name="DeprecatedSince">First schema version that advises against it; 0 when none does.</param>
/// <param name="Description">What it is for.</param>
public sealed record SbeField(
    string Name,
    int Id,
    SbeType Type,
    int Offset,
    SbePresence Presence,
    SbeConstant? Constant,
    string? SemanticType,
    int SinceVersion,
    int DeprecatedSince,
    string? Description)
{
    /// <summary>Bytes on the wire; 0 for a constant.</summary>
    public int Size => Presence == SbePresence.Constant ? 0 : Type.Size;

    /// <summary>First offset behind the field.</summary>
    public int End => Offset + Size;

    /// <summary>First offset behind what a version has of the field: members of a composite can be newer than the field.</summary>
    /// <param name="version">The sender's schema version.</param>
    /// <returns>The offset in the block or composite.</returns>
    public int EndAt(int version)
    {
        if (Presence == SbePresence.Constant || Type is not SbeComposite composite)
        {
            return End;
        }

        var end = 0;
        foreach (var member in composite.Members)
        {
            if (member.SinceVersion <= Math.Max(version, composite.SinceVersion))
            {
                end = Math.Max(end, member.EndAt(version));
            }
        }

        return Offset + end;
    }
}

/// <summary>A block of fields followed by groups and variable data: a message, or an entry of a group.</summary>
/// <param name="Name">Its name.</param>
/// <param name="Id">Its id.</param>
/// <param name="BlockLength">Bytes of the block in this version of the schema.</param>
/// <param name="Fields">Fields of the block.</param>
/// <param name="Groups">Groups behind the block, in wire order.</param>
/// <param name="Data">Variable data behind the groups, in wire order.</param>
/// <param name="SinceVersion">First schema version that has it.</param>
/// <param name="DeprecatedSince">First schema version that advises against it; 0 when none does.</param>
/// <param name="SemanticType">The application's type.</param>
/// <param name="Description">What it is for.</param>
public abstract record SbeBlock(
    string Name,
    int Id,
    int BlockLength,
    EquatableArray<SbeField> Fields,
    EquatableArray<SbeGroup> Groups,
    EquatableArray<SbeData> Data,
    int SinceVersion,
    int DeprecatedSince,
    string? SemanticType,
    string? Description)
{
    /// <summary>Tells whether entries have only the block.</summary>
    public bool IsFixedSize => Groups.Count == 0 && Data.Count == 0;

    /// <summary>Finds a field.</summary>
    /// <param name="name">Its name, case-sensitive.</param>
    /// <returns>The field or null.</returns>
    public SbeField? FindField(string name) => Fields.FirstOrDefault(field => field.Name == name);

    /// <summary>Finds a group.</summary>
    /// <param name="name">Its name, case-sensitive.</param>
    /// <returns>The group or null.</returns>
    public SbeGroup? FindGroup(string name) => Groups.FirstOrDefault(group => group.Name == name);

    /// <summary>Least block length that holds every field of a version; what is shorter cannot be read.</summary>
    /// <param name="version">The sender's schema version.</param>
    /// <returns>Bytes.</returns>
    public int MinimumBlockLength(int version)
    {
        var length = 0;
        foreach (var field in Fields)
        {
            if (field.SinceVersion <= Math.Max(version, SinceVersion) && field.Presence != SbePresence.Constant)
            {
                length = Math.Max(length, field.EndAt(version));
            }
        }

        return length;
    }
}

/// <summary>A message.</summary>
/// <inheritdoc cref="SbeBlock"/>
public sealed record SbeMessage(
    string Name,
    int Id,
    int BlockLength,
    EquatableArray<SbeField> Fields,
    EquatableArray<SbeGroup> Groups,
    EquatableArray<SbeData> Data,
    int SinceVersion,
    int DeprecatedSince,
    string? SemanticType,
    string? Description)
    : SbeBlock(Name, Id, BlockLength, Fields, Groups, Data, SinceVersion, DeprecatedSince, SemanticType, Description);

/// <summary>A repeating group; its dimension is the layout of the header in front of the entries.</summary>
/// <inheritdoc cref="SbeBlock"/>
public sealed record SbeGroup(
    string Name,
    int Id,
    GroupDimension Dimension,
    int BlockLength,
    EquatableArray<SbeField> Fields,
    EquatableArray<SbeGroup> Groups,
    EquatableArray<SbeData> Data,
    int SinceVersion,
    int DeprecatedSince,
    string? SemanticType,
    string? Description)
    : SbeBlock(Name, Id, BlockLength, Fields, Groups, Data, SinceVersion, DeprecatedSince, SemanticType, Description);

/// <summary>Header of a group.</summary>
/// <param name="TypeName">Name of its composite.</param>
/// <param name="Size">Bytes of the header, padding included.</param>
/// <param name="BlockLength">Length of an entry's block.</param>
/// <param name="NumInGroup">Number of entries.</param>
public sealed record GroupDimension(string TypeName, int Size, HeaderNumber BlockLength, HeaderNumber NumInGroup);

/// <summary>Variable-length data.</summary>
/// <param name="Name">Its name.</param>
/// <param name="Id">Its id.</param>
/// <param name="TypeName">Name of its composite.</param>
/// <param name="HeaderSize">Bytes in front of the content.</param>
/// <param name="Length">Number of bytes of the content.</param>
/// <param name="Primitive">Type of the content.</param>
/// <param name="CharacterEncoding">Encoding of text; null for bytes.</param>
/// <param name="SinceVersion">First schema version that has it.</param>
/// <param name="DeprecatedSince">First schema version that advises against it; 0 when none does.</param>
/// <param name="SemanticType">The application's type.</param>
/// <param name="Description">What it is for.</param>
public sealed record SbeData(
    string Name,
    int Id,
    string TypeName,
    int HeaderSize,
    HeaderNumber Length,
    SbePrimitive Primitive,
    string? CharacterEncoding,
    int SinceVersion,
    int DeprecatedSince,
    string? SemanticType,
    string? Description);
