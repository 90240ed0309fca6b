using System.Globalization;
using System.Text;
using System.Xml.Linq;
using FeedHandler.Sbe.Schema;

namespace FeedHandler.Sbe.Tests;

/// <summary>A random schema of one message, with every feature of SBE in it sooner or later, and random messages of it.</summary>
internal sealed class RandomSchema
{
    private const int Version = 3;
    private static readonly string[] Primitives = ["char", "int8", "uint8", "int16", "uint16", "int32", "uint32", "int64", "uint64", "float", "double"];
    private static readonly string[] Dimensions = ["groupSizeEncoding", "smallDimension", "paddedDimension", "wideDimension", "hugeDimension", "turnedDimension"];
    private static readonly string[] VarTypes = ["varSmall", "varMedium", "varWide", "varHuge"];

    // Names of the run time, of what generated code uses for itself, and of C#.
    private static readonly string[] FieldNames = ["_block", "m_block", "unsafe", "memoryMarshal", "sbeError", "version", "position0", "system", "global", "class", "start", "length"];
    private static readonly string[] TypeNames = ["Entry", "Unsafe", "MemoryMarshal", "Enumerator", "Math", "System", "SchemaInfo"];
    private readonly Random _random;
    private readonly StringBuilder _xml = new();
    private readonly List<string> _types = [];
    private int _names;

    public RandomSchema(int seed)
    {
        _random = new(seed);
        Xml = Spread(Write(seed));
        Assert.True(SbeSchema.TryParse(Xml, $"random{seed}.xml", out var schema, out var issues), string.Join('\n', issues) + Xml);
        Schema = schema!;
        Message = schema!.Model.Messages[0];
    }

    public string Xml { get; }

    public SbeSchema Schema { get; }

    public SbeMessage Message { get; }

    /// <summary>A body of random content as a sender of some version writes it; newer senders have longer blocks.</summary>
    public byte[] RandomBody(out int blockLength, out int version)
    {
        version = _random.Next(Version + 2);
        var bytes = new List<byte>();
        blockLength = PutBlock(bytes, Message, version);
        PutElements(bytes, Message, version);
        return [.. bytes];
    }

    private int PutBlock(List<byte> bytes, SbeBlock block, int version)
    {
        var length = version == Version ? block.BlockLength : block.MinimumBlockLength(version) + (_random.Next(3) == 0 ? _random.Next(5) : 0);
        var content = new byte[length];
        Fill(content);
        bytes.AddRange(content);
        return length;
    }

    /// <summary>Random bytes; now and then those that nulls are made of.</summary>
    private void Fill(byte[] content)
    {
        _random.NextBytes(content);
        switch (_random.Next(8))
        {
            case 0:
                Array.Clear(content);
                break;
            case 1:
                Array.Fill(content, byte.MaxValue);
                break;
        }
    }

    private void PutElements(List<byte> bytes, SbeBlock block, int version)
    {
        foreach (var group in block.Groups.Where(group => group.SinceVersion <= Math.Max(version, block.SinceVersion)))
        {
            var header = new byte[group.Dimension.Size];
            var at = bytes.Count;
            bytes.AddRange(header);
            var count = _random.Next(3);
            var blockLength = group.MinimumBlockLength(version) + (version == Version ? group.BlockLength - group.MinimumBlockLength(version) : _random.Next(4));
            for (var i = 0; i < count; i++)
            {
                var content = new byte[blockLength];
                Fill(content);
                bytes.AddRange(content);
                PutElements(bytes, group, version);
            }

            PutNumber(bytes, at, group.Dimension.BlockLength, blockLength);
            PutNumber(bytes, at, group.Dimension.NumInGroup, count);
        }

        foreach (var data in block.Data.Where(data => data.SinceVersion <= Math.Max(version, block.SinceVersion)))
        {
            var at = bytes.Count;
            var content = new byte[data.HeaderSize + _random.Next(6)];
            _random.NextBytes(content);
            bytes.AddRange(content);
            PutNumber(bytes, at, data.Length, content.Length - data.HeaderSize);
        }
    }

    private void PutNumber(List<byte> bytes, int at, HeaderNumber number, int value)
    {
        var size = number.Primitive.Size();
        for (var i = 0; i < size; i++)
        {
            var shift = Schema.Model.ByteOrder == SbeByteOrder.Big ? size - 1 - i : i;
            bytes[at + number.Offset + i] = shift < 4 ? (byte)(value >> (shift * 8)) : (byte)0;
        }
    }

    private string Write(int seed)
    {
        _xml.Append(CultureInfo.InvariantCulture, $"<messageSchema package='random' id='{seed}' version='{Version}' byteOrder='{(Chance(4) ? "bigEndian" : "littleEndian")}'><types>");
        Composite("messageHeader", [.. _random.Next(4) switch
        {
            0 => new[] { ("version", "uint8"), ("padding", "uint8"), ("templateId", "uint8"), ("schemaId", "uint16"), ("blockLength", "uint32") },
            1 => [("schemaId", "uint64"), ("templateId", "uint32"), ("version", "uint32"), ("blockLength", "uint64"), ("numGroups", "uint8")],
            _ => [("blockLength", "uint16"), ("templateId", "uint16"), ("schemaId", "uint16"), ("version", "uint16")],
        }]);
        Composite("groupSizeEncoding", ("blockLength", "uint16"), ("numInGroup", "uint16"));
        Composite("smallDimension", ("blockLength", "uint8"), ("numInGroup", "uint8"));
        Composite("wideDimension", ("blockLength", "uint32"), ("numInGroup", "uint32"));
        _xml.Append("<composite name='paddedDimension'><type name='blockLength' primitiveType='uint16'/><type name='numInGroup' primitiveType='uint8' offset='7'/></composite>");
        Composite("hugeDimension", ("blockLength", "uint64"), ("numInGroup", "uint64"));
        Composite("turnedDimension", ("numInGroup", "uint8"), ("reserved", "uint32"), ("blockLength", "uint16"));
        Composite("varHuge", ("length", "uint64"), ("varData", "uint8"));
        _xml.Append("<type name='u8n' primitiveType='uint8' presence='optional' nullValue='255'/><type name='charn' primitiveType='char' presence='optional' nullValue='0'/>");
        _types.AddRange(["u8n", "charn"]);
        Composite("varSmall", ("length", "uint8"), ("varData", "uint8"));
        Composite("varMedium", ("length", "uint16"), ("varData", "char"));
        Composite("varWide", ("length", "uint32"), ("varData", "uint8"));
        for (var i = _random.Next(3, 9); i > 0; i--)
        {
            WriteType();
        }

        _xml.Append("</types><message name='Msg' id='1'>");
        WriteContent(depth: 0, since: 0);
        return _xml.Append("</message></messageSchema>").ToString();
    }

    private bool Chance(int oneIn) => _random.Next(oneIn) == 0;

    private string NextName(string prefix) => prefix + (_names++).ToString(CultureInfo.InvariantCulture);

    private string Pick(IReadOnlyList<string> items) => items[_random.Next(items.Count)];

    private void Composite(string name, params (string Name, string Primitive)[] members)
    {
        _xml.Append(CultureInfo.InvariantCulture, $"<composite name='{name}'>");
        foreach (var (member, primitive) in members)
        {
            _xml.Append(CultureInfo.InvariantCulture, $"<type name='{member}' primitiveType='{primitive}'{(member == "varData" ? " length='0'" : "")}/>");
        }

        _xml.Append("</composite>");
    }

    private void WriteType()
    {
        var name = Chance(5) ? Pick(TypeNames) : NextName("type");
        name = _types.Contains(name) ? NextName("type") : name;
        switch (_random.Next(9))
        {
            case 0:
                _xml.Append(CultureInfo.InvariantCulture, $"<type name='{name}' primitiveType='{Pick(Primitives)}' length='{_random.Next(1, 7)}'/>");
                break;
            case 1:
                _xml.Append(CultureInfo.InvariantCulture, $"<type name='{name}' primitiveType='{Pick(Primitives.AsSpan(1, 8).ToArray())}' presence='optional' nullValue='{_random.Next(100)}'/>");
                break;
            case 2:
                var isChar = Chance(2);
                _xml.Append(CultureInfo.InvariantCulture, $"<enum name='{name}' encodingType='{(isChar ? "char" : Pick(Primitives.AsSpan(1, 8).ToArray()))}'><validValue name='a'>{(isChar ? "A" : "1")}</validValue><validValue name='b'>{(isChar ? "B" : "2")}</validValue></enum>");
                break;
            case 3:
                _xml.Append(CultureInfo.InvariantCulture, $"<set name='{name}' encodingType='{Pick(["uint8", "uint16", "uint32", "uint64"])}'><choice name='x'>0</choice><choice name='y'>7</choice></set>");
                break;
            case 4:
                _xml.Append(CultureInfo.InvariantCulture, $"<type name='{name}' {(Chance(2) ? $"primitiveType='{Pick(Primitives.AsSpan(1).ToArray())}' presence='constant'>7" : "primitiveType='char' presence='constant'>XYZ")}</type>");
                break;
            case 5:
                _xml.Append(CultureInfo.InvariantCulture, $"<type name='{name}' primitiveType='{Pick(Primitives)}' length='{_random.Next(2, 4)}' presence='optional'/>");
                break;
            case 6:
                _xml.Append(Chance(2)
                    ? $"<enum name='{name}' encodingType='charn'><validValue name='a'>A</validValue></enum>"
                    : $"<set name='{name}' encodingType='u8n'><choice name='x'>0</choice></set>");
                break;
            case 7:
                // References, arrays, decimals, and what came later.
                _xml.Append(CultureInfo.InvariantCulture, $"<composite name='{name}'><ref name='{NextName("r")}' type='{Pick(_types)}'/><type name='mantissa' primitiveType='{Pick(Primitives.AsSpan(3, 6).ToArray())}'/>");
                _xml.Append(CultureInfo.InvariantCulture, $"<type name='{(Chance(2) ? "exponent" : NextName("m"))}' primitiveType='int8'/><type name='{NextName("m")}' primitiveType='{Pick(Primitives)}' length='2'/>");
                _xml.Append(CultureInfo.InvariantCulture, $"<type name='{NextName("m")}' primitiveType='{Pick(Primitives)}' length='{_random.Next(1, 3)}' sinceVersion='2'/><ref name='{NextName("r")}' type='{Pick(_types)}' sinceVersion='3'/></composite>");
                break;
            default:
                _xml.Append(CultureInfo.InvariantCulture, $"<composite name='{name}'><type name='{NextName("m")}' primitiveType='{Pick(Primitives)}'/><type name='{NextName("c")}' primitiveType='int8' presence='constant'>-9</type>");
                _xml.Append(CultureInfo.InvariantCulture, $"<composite name='{NextName("inner")}'><type name='{NextName("m")}' primitiveType='{Pick(Primitives)}' presence='optional' offset='{_random.Next(3)}'/><enum name='{NextName("e")}' encodingType='uint8'><validValue name='a'>1</validValue></enum></composite></composite>");
                break;
        }

        _types.Add(name);
    }

    private void WriteContent(int depth, int since)
    {
        var fieldSince = since;
        var names = new HashSet<string>(StringComparer.Ordinal);
        for (var i = _random.Next(depth == 0 ? 1 : 0, 5); i > 0; i--)
        {
            // What is added later stands behind what was there: versions only grow.
            fieldSince = Chance(5) ? Math.Min(Version, fieldSince + 1) : fieldSince;
            var type = Chance(2) ? Pick(Primitives) : Pick(_types);
            var presence = Chance(4) ? " presence='optional'" : Chance(4) ? " presence='required'" : string.Empty;
            var name = Chance(5) ? Pick(FieldNames) : NextName("field");
            name = names.Add(name) ? name : NextName("field");
            _xml.Append(CultureInfo.InvariantCulture, $"<field name='{name}' id='1' type='{type}'{presence}{Since(fieldSince, since)}/>");
        }

        var groupSince = since;
        for (var i = depth == 3 ? 0 : _random.Next(depth == 0 ? 3 : 2); i > 0; i--)
        {
            groupSince = Chance(4) ? Math.Min(Version, groupSince + 1) : groupSince;
            _xml.Append(CultureInfo.InvariantCulture, $"<group name='{NextName("group")}' id='2'{Since(groupSince, since)}>");
            WriteContent(depth + 1, groupSince);
            _xml.Append("</group>");
        }

        for (var i = _random.Next(depth == 0 ? 3 : 2); i > 0; i--)
        {
            groupSince = Chance(4) ? Math.Min(Version, groupSince + 1) : groupSince;
            _xml.Append(CultureInfo.InvariantCulture, $"<data name='{NextName("data")}' id='3' type='{Pick(VarTypes)}'{Since(groupSince, since)}/>");
        }
    }

    /// <summary>Moves fields apart, makes blocks longer than their fields, and gives groups their dimensions.</summary>
    private string Spread(string xml)
    {
        Assert.True(SbeSchema.TryParse(xml, "dense.xml", out var schema, out var issues), string.Join('\n', issues) + xml);
        var document = XDocument.Parse(xml);
        Spread(document.Root!.Element("message")!, schema!.Model.Messages[0]);
        return document.ToString(SaveOptions.DisableFormatting);
    }

    private void Spread(XElement element, SbeBlock block)
    {
        var moved = 0;
        if (Chance(3))
        {
            foreach (var (field, child) in block.Fields.Zip(element.Elements("field")).Where(pair => pair.First.Presence != SbePresence.Constant))
            {
                moved += _random.Next(4);
                child.SetAttributeValue("offset", field.Offset + moved);
            }
        }

        var length = block.BlockLength + moved;
        if (Chance(3))
        {
            length += _random.Next(5);
            element.SetAttributeValue("blockLength", length);
        }

        if (block is SbeGroup)
        {
            var dimension = Pick(Dimensions);
            element.SetAttributeValue("dimensionType", dimension == "smallDimension" && length > byte.MaxValue ? "groupSizeEncoding" : dimension);
        }

        foreach (var (group, child) in block.Groups.Zip(element.Elements("group")))
        {
            Spread(child, group);
        }
    }

    private static string Since(int version, int owner) => version > owner ? $" sinceVersion='{version}'" : string.Empty;
}
