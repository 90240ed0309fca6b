using System.Xml.Linq;

namespace FeedHandler.Sbe.Schema;

public sealed partial class SchemaReader
{
    private List<SbeMessage> ReadMessages(IEnumerable<XElement> elements, MessageHeaderLayout? header)
    {
        var messages = new List<SbeMessage>();
        foreach (var element in elements)
        {
            var name = Name(element);
            if (Number(element, "id", 0, int.MaxValue) is not { } id)
            {
                Report(SchemaRule.BadAttribute, element, $"The message '{name}' has no id");
                continue;
            }

            if (messages.FirstOrDefault(message => message.Id == id) is { } sameId)
            {
                Report(SchemaRule.DuplicateId, element, $"The messages '{sameId.Name}' and '{name}' have one id, {id}");
            }

            if (messages.Any(message => message.Name == name))
            {
                Report(SchemaRule.DuplicateName, element, $"The message '{name}' is defined twice; rename one");
            }

            var since = Since(element, 0);
            var content = ReadContent(element, name, since, null);
            CheckHeaderNumber(element, header?.TemplateId, $"id of '{name}',", id);
            CheckHeaderNumber(element, header?.BlockLength, $"block length of '{name}',", content.BlockLength);
            messages.Add(new(
                name,
                id,
                content.BlockLength,
                new([.. content.Fields]),
                new([.. content.Groups]),
                new([.. content.Data]),
                since,
                Deprecated(element),
                Text(element, "semanticType"),
                Text(element, "description")));
        }

        return messages;
    }

    private BlockContent ReadContent(XElement element, string owner, int since, ulong? fixedLength)
    {
        var content = new BlockContent();
        var names = new HashSet<string>(StringComparer.Ordinal);
        var end = 0;
        foreach (var child in Children(element))
        {
            var kind = child.Name.LocalName;
            if (kind is not ("field" or "group" or "data"))
            {
                Report(SchemaRule.BadOrder, child, $"'{kind}' is not known here; a message holds fields, then groups, then data");
                continue;
            }

            var isLate = (kind == "field" && content.Groups.Count + content.Data.Count > 0) || (kind == "group" && content.Data.Count > 0);
            if (isLate)
            {
                Report(SchemaRule.BadOrder, child, $"A {kind} of '{owner}' stands behind a group or data; the order is fields, groups, data");
            }

            var name = Name(child);
            if (!names.Add(name))
            {
                Report(SchemaRule.DuplicateName, child, $"'{owner}' has '{name}' twice; rename one");
            }

            switch (kind)
            {
                case "field" when ReadField(child, name, end, since) is { } field:
                    content.Fields.Add(field);
                    end = Math.Max(end, CheckedEnd(child, name, field.End));
                    break;
                case "group" when ReadGroup(child, name, since) is { } group:
                    content.Groups.Add(group);
                    break;
                case "data" when ReadData(child, name, since) is { } data:
                    content.Data.Add(data);
                    break;
            }
        }

        var least = fixedLength is { } constant && constant <= MaxBlockLength ? Math.Max(end, (int)constant) : end;
        content.BlockLength = Number(element, "blockLength", 0, MaxBlockLength) ?? least;
        if (content.BlockLength < end)
        {
            Report(SchemaRule.BadBlockLength, element, $"The blockLength {content.BlockLength} of '{owner}' is less than the {end} bytes of its fields");
        }

        if (fixedLength is { } length && length != (ulong)content.BlockLength)
        {
            Report(SchemaRule.BadBlockLength, element, $"The block of '{owner}' takes {content.BlockLength} bytes, but its dimension fixes {length}");
        }

        return content;
    }

    private SbeField? ReadField(XElement element, string name, int end, int atLeast)
    {
        var typeName = Text(element, "type") ?? string.Empty;
        if (Resolve(typeName) is not { } type)
        {
            if (DefinitionOf(typeName) is null)
            {
                Report(SchemaRule.UnknownType, element, $"The field '{name}' has the type '{typeName}', which is not defined");
            }

            return null;
        }

        if (type.IsVariable)
        {
            Report(SchemaRule.BadVarData, element, $"The field '{name}' has the type '{typeName}' of no fixed length; use it in 'data'");
            return null;
        }

        // A constant type has no bytes: whatever the field says of its presence, there is nothing of it on the wire.
        var presence = ReadPresence(element, PresenceOf(type));
        presence = PresenceOf(type) == SbePresence.Constant ? SbePresence.Constant : presence;
        SbeConstant? constant = null;
        if (presence == SbePresence.Constant)
        {
            constant = ReadFieldConstant(element, type);
        }

        var since = Since(element, atLeast);
        return new(
            name,
            Number(element, "id", 0, int.MaxValue) ?? 0,
            type,
            ReadOffset(element, name, end, presence),
            presence,
            constant,
            Text(element, "semanticType") ?? (type as SbeEncoding)?.SemanticType,
            since,
            Deprecated(element),
            Text(element, "description"));
    }

    private SbeConstant? ReadFieldConstant(XElement element, SbeType type)
    {
        if (type is SbeEncoding { Presence: SbePresence.Constant } constant && Text(element, "valueRef") is null)
        {
            return constant.Constant;
        }

        if (type is not (SbeEncoding or SbeEnum))
        {
            Report(SchemaRule.BadConstant, element, $"'{type.Name}' cannot be constant; only a primitive or an enum can");
            return null;
        }

        // Some schemas give a constant field of an enum its value as text: the value's name or the value itself.
        var text = element.Value.Trim();
        if (type is SbeEnum values && Text(element, "valueRef") is null && text.Length > 0
            && values.Values.FirstOrDefault(value => value.Name == text) is { } named)
        {
            return new(named.Value, null, named.Name);
        }

        if (type is not SbeEnum known)
        {
            var encoding = (SbeEncoding)type;
            return ReadConstant(element, encoding.Primitive, encoding.CharacterEncoding, encoding.Primitive == SbePrimitive.Char ? Content(element, SbePrimitive.Char) : text);
        }

        var result = ReadConstant(element, known.Primitive, null, text);
        if (result is { Text.Length: > 1 })
        {
            Report(SchemaRule.BadValue, element, $"The constant '{text}' is no value of '{known.Name}'");
        }

        return result is { ValueName: null }
            ? new(result.Number, null, known.Values.FirstOrDefault(value => value.Value == result.Number)?.Name)
            : result;
    }

    private SbeGroup? ReadGroup(XElement element, string name, int atLeast)
    {
        var dimension = ReadDimension(element, name);
        var since = Since(element, atLeast);
        var content = ReadContent(element, name, since, dimension?.BlockLength.Constant);
        if (dimension is { BlockLength: { Constant: null, Primitive: var primitive } } && !SbeNumber.TryParse(primitive, $"{content.BlockLength}", out _))
        {
            Report(SchemaRule.BadBlockLength, element, $"The block length {content.BlockLength} of '{name}' does not fit the {PrimitiveName(primitive)} of its dimension");
        }

        return dimension is null ? null : new(
            name,
            Number(element, "id", 0, int.MaxValue) ?? 0,
            dimension,
            content.BlockLength,
            new([.. content.Fields]),
            new([.. content.Groups]),
            new([.. content.Data]),
            since,
            Deprecated(element),
            Text(element, "semanticType"),
            Text(element, "description"));
    }

    private GroupDimension? ReadDimension(XElement element, string group)
    {
        var name = Text(element, "dimensionType") ?? "groupSizeEncoding";
        if (Resolve(name) is not SbeComposite composite)
        {
            Report(SchemaRule.BadDimension, element, $"The dimensionType '{name}' of '{group}' is no composite");
            return null;
        }

        var blockLength = ReadHeaderNumber(composite, "blockLength");
        var count = ReadHeaderNumber(composite, "numInGroup");
        if (blockLength is null || count is null || count.Constant is not null)
        {
            Report(SchemaRule.BadDimension, element, $"The dimensionType '{name}' of '{group}' has no unsigned numbers 'blockLength' and 'numInGroup'");
            return null;
        }

        return new(name, composite.Size, blockLength, count);
    }

    private SbeData? ReadData(XElement element, string name, int atLeast)
    {
        var typeName = Text(element, "type") ?? string.Empty;
        if (Resolve(typeName) is not SbeComposite composite)
        {
            Report(SchemaRule.BadVarData, element, $"The data '{name}' has the type '{typeName}', which is no composite");
            return null;
        }

        var length = ReadHeaderNumber(composite, "length");
        if (length is null || length.Constant is not null || composite.Find("varData") is not { Type: SbeEncoding content } varData)
        {
            Report(SchemaRule.BadVarData, element, $"The type '{typeName}' of the data '{name}' has no unsigned number 'length' and no 'varData'");
            return null;
        }

        if (varData.Offset < length.Offset + length.Primitive.Size() || composite.Members[composite.Members.Count - 1] != varData)
        {
            Report(SchemaRule.BadVarData, element, $"In the type '{typeName}' of the data '{name}', 'varData' must stand behind 'length', and last");
            return null;
        }

        return new(
            name,
            Number(element, "id", 0, int.MaxValue) ?? 0,
            typeName,
            varData.Offset,
            length,
            content.Primitive,
            content.CharacterEncoding ?? (content.Primitive == SbePrimitive.Char ? "US-ASCII" : null),
            Since(element, atLeast),
            Deprecated(element),
            Text(element, "semanticType"),
            Text(element, "description"));
    }

    /// <summary>What a message or group holds, while it is read.</summary>
    private sealed class BlockContent
    {
        public int BlockLength { get; set; }

        public List<SbeField> Fields { get; } = [];

        public List<SbeGroup> Groups { get; } = [];

        public List<SbeData> Data { get; } = [];
    }
}
