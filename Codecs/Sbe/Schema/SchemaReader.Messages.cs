using System.Xml.Linq;

namespace FeedHandler.Sbe.Schema;

public sealed partial class SchemaReader
{
    private List<SbeMessage> ReadMessages(IEnumerable<XElement> elements)
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
            var content = ReadContent(element, name, since);
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

    private BlockContent ReadContent(XElement element, string owner, int since)
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
                    end = Math.Max(end, field.End);
                    break;
                case "group" when ReadGroup(child, name, since) is { } group:
                    content.Groups.Add(group);
                    break;
                case "data" when ReadData(child, name, since) is { } data:
                    content.Data.Add(data);
                    break;
            }
        }

        content.BlockLength = Number(element, "blockLength", 0, int.MaxValue) ?? end;
        if (content.BlockLength < end)
        {
            Report(SchemaRule.BadBlockLength, element, $"The blockLength {content.BlockLength} of '{owner}' is less than the {end} bytes of its fields");
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

        if (IsVariable(type))
        {
            Report(SchemaRule.BadVarData, element, $"The field '{name}' has the type '{typeName}' of no fixed length; use it in 'data'");
            return null;
        }

        var presence = ReadPresence(element, PresenceOf(type));
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

    /// <summary>What has no fixed length: content of variable data, and composites with such content.</summary>
    private static bool IsVariable(SbeType type) =>
        type is SbeEncoding { Length: 0 }
        || (type is SbeComposite composite && composite.Members.Any(member => member.Name == "varData" || IsVariable(member.Type)));

    private SbeConstant? ReadFieldConstant(XElement element, SbeType type)
    {
        if (type is SbeEncoding { Constant: { } constant } && Text(element, "valueRef") is null)
        {
            return constant;
        }

        var primitive = type switch
        {
            SbeEncoding encoding => encoding.Primitive,
            SbeEnum enumeration => enumeration.Primitive,
            _ => (SbePrimitive?)null,
        };
        if (primitive is null)
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

        var result = ReadConstant(element, primitive.Value, text);
        return type is SbeEnum known && result is { ValueName: null }
            ? result with { Text = null, ValueName = known.Values.FirstOrDefault(value => value.Value == result.Number)?.Name }
            : result;
    }

    private SbeGroup? ReadGroup(XElement element, string name, int atLeast)
    {
        var dimension = ReadDimension(element, name);
        var since = Since(element, atLeast);
        var content = ReadContent(element, name, since);
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
