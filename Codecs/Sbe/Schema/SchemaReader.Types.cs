using System.Xml.Linq;

namespace FeedHandler.Sbe.Schema;

public sealed partial class SchemaReader
{
    private const int MaxArrayLength = ushort.MaxValue;

    private readonly Dictionary<string, XElement> _definitions = new(StringComparer.Ordinal);
    private readonly List<string> _order = [];
    private readonly Dictionary<string, SbeType?> _resolved = new(StringComparer.Ordinal);
    private readonly HashSet<string> _resolving = new(StringComparer.Ordinal);

    private XElement? DefinitionOf(string name) => _definitions.TryGetValue(name, out var element) ? element : null;

    private void CollectTypes(IEnumerable<XElement> children)
    {
        foreach (var definition in children.Where(child => child.Name.LocalName == "types").SelectMany(types => Children(types)))
        {
            var name = Name(definition);
            if (_definitions.ContainsKey(name))
            {
                Report(SchemaRule.DuplicateName, definition, $"The type '{name}' is defined twice; rename one");
                continue;
            }

            _definitions.Add(name, definition);
            _order.Add(name);
        }
    }

    private List<SbeType> ResolveAll() => [.. _order.Select(Resolve).OfType<SbeType>()];

    /// <summary>The type of a name: the schema's own, else the primitive.</summary>
    private SbeType? Resolve(string name)
    {
        if (_resolved.TryGetValue(name, out var known))
        {
            return known;
        }

        if (DefinitionOf(name) is not { } element)
        {
            return SbePrimitives.TryParse(name, out var primitive) ? Plain(name, primitive) : null;
        }

        if (!_resolving.Add(name))
        {
            Report(SchemaRule.CyclicType, element, $"'{name}' contains itself; break the cycle");
            return null;
        }

        var type = ReadType(element, name, since: 0);
        _resolving.Remove(name);
        _resolved[name] = type;
        return type;
    }

    private static SbeEncoding Plain(string name, SbePrimitive primitive) =>
        new(name, primitive, 1, SbePresence.Required, primitive.DefaultNull(), null, null, null, null, null, 0, 0, null);

    private SbeType? ReadType(XElement element, string name, int since)
    {
        switch (element.Name.LocalName)
        {
            case "type":
                return ReadEncoding(element, name, since);
            case "composite":
                return ReadComposite(element, name, since);
            case "enum":
                return ReadEnum(element, name, since);
            case "set":
                return ReadSet(element, name, since);
            default:
                Report(SchemaRule.BadOrder, element, $"'{element.Name.LocalName}' is no type; expected 'type', 'composite', 'enum' or 'set'");
                return null;
        }
    }

    private SbeEncoding? ReadEncoding(XElement element, string name, int atLeast)
    {
        var primitiveName = Text(element, "primitiveType");
        if (!SbePrimitives.TryParse(primitiveName, out var primitive))
        {
            Report(SchemaRule.UnknownType, element, $"'{name}' has the unknown primitiveType '{primitiveName}'");
            return null;
        }

        var presence = ReadPresence(element, SbePresence.Required);
        var length = Number(element, "length", 0, MaxArrayLength) ?? (Text(element, "variableLength") == "true" ? 0 : 1);
        SbeConstant? constant = null;
        if (presence == SbePresence.Constant)
        {
            constant = ReadConstant(element, primitive, Text(element, "characterEncoding"), Content(element, primitive));
            length = constant?.Text is null ? 1 : constant.Bytes.Count;
        }

        return new(
            name,
            primitive,
            length,
            presence,
            Value(element, "nullValue", primitive) ?? primitive.DefaultNull(),
            Value(element, "minValue", primitive),
            Value(element, "maxValue", primitive),
            constant,
            Text(element, "characterEncoding"),
            Text(element, "semanticType"),
            Since(element, atLeast),
            Deprecated(element),
            Text(element, "description"));
    }

    private SbePresence ReadPresence(XElement element, SbePresence otherwise)
    {
        switch (Text(element, "presence"))
        {
            case null:
                return otherwise;
            case "required":
                return SbePresence.Required;
            case "optional":
                return SbePresence.Optional;
            case "constant":
                return SbePresence.Constant;
            case var other:
                Report(SchemaRule.BadAttribute, element, $"presence is '{other}'; write 'required', 'optional' or 'constant'");
                return otherwise;
        }
    }

    private SbeNumber? Value(XElement element, string attribute, SbePrimitive primitive)
    {
        if (Text(element, attribute) is not { Length: > 0 } text)
        {
            return null;
        }

        if (SbeNumber.TryParse(primitive, text, out var number))
        {
            return number;
        }

        Report(SchemaRule.BadValue, element, $"{attribute} '{text}' is no value of {PrimitiveName(primitive)}");
        return null;
    }

    private static string PrimitiveName(SbePrimitive primitive) => primitive.ToString().ToLowerInvariant();

    /// <summary>The value of a constant: by reference to an enum's value, or as text.</summary>
    private SbeConstant? ReadConstant(XElement element, SbePrimitive primitive, string? characterEncoding, string text)
    {
        if (Text(element, "valueRef") is { } valueRef)
        {
            return ReadValueRef(element, valueRef, primitive);
        }

        if (text.Length == 0)
        {
            Report(SchemaRule.BadConstant, element, "The constant has no value; write it between the tags or name an enum's value by valueRef");
            return null;
        }

        if (primitive == SbePrimitive.Char)
        {
            if (SbeCharacters.TryGetBytes(text, characterEncoding, out var bytes))
            {
                return new(new(primitive, bytes[0]), text, null, new(bytes));
            }

            Report(SchemaRule.BadValue, element, $"The constant '{text}' is no text of the encoding {characterEncoding ?? "ISO-8859-1"}; name its characterEncoding");
            return null;
        }

        if (SbeNumber.TryParse(primitive, text, out var number))
        {
            return new(number, null, null);
        }

        Report(SchemaRule.BadValue, element, $"The constant '{text}' is no value of {PrimitiveName(primitive)}");
        return null;
    }

    private SbeConstant? ReadValueRef(XElement element, string valueRef, SbePrimitive primitive)
    {
        var dot = valueRef.LastIndexOf('.');
        if (dot > 0 && Resolve(valueRef.Substring(0, dot)) is SbeEnum type)
        {
            var valueName = valueRef.Substring(dot + 1);
            if (type.Values.FirstOrDefault(value => value.Name == valueName) is { } value)
            {
                if (value.Value.TryConvert(primitive, out var number))
                {
                    return primitive == SbePrimitive.Char && number.Bits != 0
                        ? new(number, number.ToString(), value.Name, new([(byte)number.Bits]))
                        : new(number, null, value.Name);
                }

                Report(SchemaRule.BadValue, element, $"'{valueRef}' is {value.Value}, which is no value of {PrimitiveName(primitive)}");
                return null;
            }
        }

        Report(SchemaRule.BadConstant, element, $"valueRef '{valueRef}' names no value of an enum; write Enum.Value");
        return null;
    }

    private SbeComposite ReadComposite(XElement element, string name, int atLeast)
    {
        var since = Since(element, atLeast);
        var members = new List<SbeField>();
        var end = 0;
        foreach (var child in Children(element))
        {
            if (child.Name.LocalName is not ("type" or "composite" or "enum" or "set" or "ref"))
            {
                Report(SchemaRule.BadOrder, child, $"'{child.Name.LocalName}' cannot be a member of the composite '{name}'; it holds types and references to types");
                continue;
            }

            if (ReadMember(child, name, end, since) is { } member)
            {
                CheckUnique(members, member.Name, child, name);
                end = Math.Max(end, CheckedEnd(child, member.Name, member.End));
                members.Add(member);
            }
        }

        return new(name, new([.. members]), end, since, Deprecated(element), Text(element, "description"));
    }

    private SbeField? ReadMember(XElement element, string composite, int end, int atLeast)
    {
        var name = Name(element);
        SbeType? type;
        if (element.Name.LocalName == "ref")
        {
            var typeName = Text(element, "type") ?? string.Empty;
            var isCycle = _resolving.Contains(typeName);
            type = Resolve(typeName);
            if (type is null && !isCycle)
            {
                Report(SchemaRule.UnknownType, element, $"'{name}' of '{composite}' refers to the type '{typeName}', which is not defined");
            }
        }
        else
        {
            // A type inside a composite belongs to it: its name is the composite's and its own.
            var isNested = element.Name.LocalName != "type";
            type = ReadType(element, isNested ? composite + char.ToUpperInvariant(name[0]) + name.Substring(1) : name, atLeast);
        }

        if (type is null)
        {
            return null;
        }

        // A constant type has no bytes, and a reference can fix a value of its own.
        var constant = (type as SbeEncoding)?.Constant;
        var presence = ReadPresence(element, PresenceOf(type));
        presence = PresenceOf(type) == SbePresence.Constant ? SbePresence.Constant : presence;
        if (presence == SbePresence.Constant && element.Name.LocalName != "type")
        {
            constant = ReadFieldConstant(element, type);
        }

        var offset = ReadOffset(element, name, end, presence);
        var since = Since(element, atLeast);
        return new(name, 0, type, offset, presence, constant, (type as SbeEncoding)?.SemanticType, since, Deprecated(element), Text(element, "description"));
    }

    private static SbePresence PresenceOf(SbeType type) => type switch
    {
        SbeEncoding encoding => encoding.Presence,
        SbeEnum enumeration => enumeration.Presence,
        SbeSet set => set.Presence,
        _ => SbePresence.Required,
    };

    /// <summary>End of a field in its block or composite, cut to what is allowed: offsets are ints everywhere.</summary>
    private int CheckedEnd(XElement element, string name, int end)
    {
        if (end <= MaxBlockLength)
        {
            return end;
        }

        Report(SchemaRule.BadOffset, element, $"'{name}' ends at {end}; a block or composite has at most {MaxBlockLength} bytes");
        return MaxBlockLength;
    }

    private int ReadOffset(XElement element, string name, int end, SbePresence presence)
    {
        var offset = Number(element, "offset", 0, MaxBlockLength);
        if (offset is null || presence == SbePresence.Constant)
        {
            return end;
        }

        if (offset < end)
        {
            Report(SchemaRule.BadOffset, element, $"The offset {offset} of '{name}' lies inside the field before, which ends at {end}");
            return end;
        }

        return offset.Value;
    }

    private void CheckUnique(IEnumerable<SbeField> members, string name, XElement element, string owner)
    {
        if (members.Any(member => member.Name == name))
        {
            Report(SchemaRule.DuplicateName, element, $"'{owner}' has '{name}' twice; rename one");
        }
    }

    /// <summary>The primitive that an enum or set is encoded by, and the type that says so.</summary>
    private SbeEncoding? ReadEncodingType(XElement element, string name)
    {
        var encodingName = Text(element, "encodingType") ?? string.Empty;
        if (Resolve(encodingName) is SbeEncoding { Length: 1 } encoding)
        {
            return encoding;
        }

        Report(SchemaRule.UnknownType, element, $"'{name}' has the encodingType '{encodingName}', which is no single primitive");
        return null;
    }

    private SbeEnum? ReadEnum(XElement element, string name, int atLeast)
    {
        if (ReadEncodingType(element, name) is not { } encoding)
        {
            return null;
        }

        var since = Since(element, atLeast);
        var primitive = encoding.Primitive;
        if (primitive.IsFloating())
        {
            Report(SchemaRule.UnknownType, element, $"The enum '{name}' is encoded as {PrimitiveName(primitive)}; use char or an integer");
            return null;
        }

        var ownNull = Value(element, "nullValue", primitive);
        var explicitNull = (ownNull ?? (encoding.Presence == SbePresence.Optional && encoding.Null != primitive.DefaultNull() ? encoding.Null : null))?.NullToWrite;
        var values = new List<SbeEnumValue>();
        foreach (var child in Children(element))
        {
            var valueName = Name(child);
            if (child.Name.LocalName != "validValue" || !SbeNumber.TryParse(primitive, Content(child, primitive), out var number))
            {
                Report(SchemaRule.BadValue, child, $"'{child.Value.Trim()}' of '{name}.{valueName}' is no value of {PrimitiveName(primitive)}");
                continue;
            }

            if (values.Any(value => value.Name == valueName))
            {
                Report(SchemaRule.DuplicateName, child, $"'{name}' has '{valueName}' twice; rename one");
            }

            if (values.Any(value => value.Value == number))
            {
                Report(SchemaRule.DuplicateValue, child, $"'{name}' has the value {number} twice; a decoder could not tell '{valueName}' from the other");
            }

            if (number == explicitNull || IsOutside(encoding, number))
            {
                Report(SchemaRule.BadValue, child, $"'{name}.{valueName}' = {number} is the null value, or outside of the range of '{encoding.Name}'");
            }

            values.Add(new(valueName, number, Since(child, since), Text(child, "description")));
        }

        return new(name, primitive, OptionalOrRequired(encoding), ownNull ?? encoding.Null, new([.. values]), since, Deprecated(element), Text(element, "description"));
    }

    private static SbePresence OptionalOrRequired(SbeEncoding encoding) =>
        encoding.Presence == SbePresence.Optional ? SbePresence.Optional : SbePresence.Required;

    private static bool IsOutside(SbeEncoding encoding, SbeNumber number) =>
        number.Primitive.IsSigned()
            ? number.Signed < encoding.Min?.Signed || number.Signed > encoding.Max?.Signed
            : number.Bits < encoding.Min?.Bits || number.Bits > encoding.Max?.Bits;

    private SbeSet? ReadSet(XElement element, string name, int atLeast)
    {
        if (ReadEncodingType(element, name) is not { } encoding)
        {
            return null;
        }

        if (!encoding.Primitive.IsUnsigned())
        {
            Report(SchemaRule.UnknownType, element, $"The set '{name}' is encoded as {PrimitiveName(encoding.Primitive)}; use uint8, uint16, uint32 or uint64");
            return null;
        }

        var since = Since(element, atLeast);
        var bits = encoding.Primitive.Size() * 8;
        var choices = new List<SbeChoice>();
        foreach (var child in Children(element))
        {
            var choiceName = Name(child);
            if (child.Name.LocalName != "choice" || !SbeNumber.TryParse(SbePrimitive.UInt8, child.Value.Trim(), out var bit) || bit.Bits >= (ulong)bits)
            {
                Report(SchemaRule.BadValue, child, $"'{child.Value.Trim()}' of '{name}.{choiceName}' is no bit of {PrimitiveName(encoding.Primitive)}; write 0 to {bits - 1}");
                continue;
            }

            if (choices.Any(choice => choice.Name == choiceName))
            {
                Report(SchemaRule.DuplicateName, child, $"'{name}' has '{choiceName}' twice; rename one");
            }

            if (choices.Any(choice => choice.Bit == (int)bit.Bits))
            {
                Report(SchemaRule.DuplicateValue, child, $"'{name}' has the bit {bit} twice; a decoder could not tell '{choiceName}' from the other");
            }

            choices.Add(new(choiceName, (int)bit.Bits, Since(child, since), Text(child, "description")));
        }

        // Any bits are flags, unless the schema itself says which of them mean "no value".
        var named = DefinitionOf(Text(element, "encodingType") ?? string.Empty)?.Attribute("nullValue") is null ? (SbeNumber?)null : encoding.Null;
        var noValue = Value(element, "nullValue", encoding.Primitive) ?? named;
        return new(name, encoding.Primitive, OptionalOrRequired(encoding), noValue, new([.. choices]), since, Deprecated(element), Text(element, "description"));
    }
}
