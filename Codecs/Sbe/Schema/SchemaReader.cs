using System.Globalization;
using System.Xml;
using System.Xml.Linq;

namespace FeedHandler.Sbe.Schema;

/// <summary>Outcome of reading a schema: the model, or what is wrong.</summary>
/// <param name="Model">The model; null when there are issues.</param>
/// <param name="Issues">Everything found wrong.</param>
public sealed record SchemaResult(SchemaModel? Model, EquatableArray<SchemaIssue> Issues);

/// <summary>Reads schema XML into the model, computes the layout, and collects every issue instead of stopping at the first.</summary>
/// <remarks>Elements are known by their local name: venues use namespaces of several drafts, or none.</remarks>
public sealed partial class SchemaReader
{
    /// <summary>Greatest length of a block, and so of anything in it: what the header of every known venue can say.</summary>
    public const int MaxBlockLength = ushort.MaxValue;

    private readonly string _path;
    private readonly Func<string, string?> _readInclude;
    private readonly List<SchemaIssue> _issues = [];
    private int _version;

    private SchemaReader(string path, Func<string, string?> readInclude)
    {
        _path = path;
        _readInclude = readInclude;
    }

    /// <summary>Reads a schema.</summary>
    /// <param name="xml">The text of the file.</param>
    /// <param name="path">Its path: for messages, and the base of included files.</param>
    /// <param name="readInclude">Gives the text of an included file by its path, or null when there is none.</param>
    /// <returns>The model, or the issues.</returns>
    public static SchemaResult Read(string xml, string path, Func<string, string?> readInclude)
    {
        var reader = new SchemaReader(path, readInclude);
        var model = reader.ReadSchema(xml);
        return new(reader._issues.Count == 0 ? model : null, new([.. reader._issues]));
    }

    private SchemaModel? ReadSchema(string xml)
    {
        var root = Parse(xml, _path);
        if (root is null)
        {
            return null;
        }

        if (root.Name.LocalName != "messageSchema")
        {
            Report(SchemaRule.NotASchema, root, $"The root element is '{root.Name.LocalName}'; an SBE schema starts with 'messageSchema'");
            return null;
        }

        _version = Number(root, "version", 0, ushort.MaxValue) ?? 0;
        var children = Children(root).ToList();
        CollectTypes(children);
        var types = ResolveAll();
        var header = ReadHeader(root);
        var id = Number(root, "id", 0, int.MaxValue) ?? 0;
        CheckHeaderNumber(root, header?.SchemaId, "schema id", id);
        CheckHeaderNumber(root, header?.Version, "schema version", _version);
        var messages = ReadMessages(children.Where(child => child.Name.LocalName == "message"), header);
        foreach (var child in children.Where(child => child.Name.LocalName is not ("types" or "message")))
        {
            Report(SchemaRule.BadOrder, child, $"'{child.Name.LocalName}' is not known here; expected 'types' or 'message'");
        }

        return header is null ? null : new(
            Text(root, "package") ?? string.Empty,
            id,
            _version,
            Text(root, "semanticVersion"),
            Text(root, "description"),
            ReadByteOrder(root),
            header,
            new([.. types]),
            new([.. messages]));
    }

    private SbeByteOrder ReadByteOrder(XElement root)
    {
        switch (Text(root, "byteOrder"))
        {
            case null or "littleEndian":
                return SbeByteOrder.Little;
            case "bigEndian":
                return SbeByteOrder.Big;
            case var other:
                Report(SchemaRule.BadAttribute, root, $"byteOrder is '{other}'; write 'littleEndian' or 'bigEndian'");
                return SbeByteOrder.Little;
        }
    }

    private MessageHeaderLayout? ReadHeader(XElement root)
    {
        var name = Text(root, "headerType") ?? "messageHeader";
        if (Resolve(name) is not SbeComposite header)
        {
            Report(SchemaRule.BadHeader, root, $"There is no composite '{name}' for the message header; define it, or name another by headerType");
            return null;
        }

        var numbers = new HeaderNumber?[4];
        string[] names = ["blockLength", "templateId", "schemaId", "version"];
        for (var i = 0; i < names.Length; i++)
        {
            numbers[i] = ReadHeaderNumber(header, names[i]);
            if (numbers[i] is null)
            {
                Report(SchemaRule.BadHeader, DefinitionOf(name) ?? root, $"The message header '{name}' has no unsigned number '{names[i]}'");
            }
        }

        return numbers.Contains(null) ? null : new(header, numbers[0]!, numbers[1]!, numbers[2]!, numbers[3]!);
    }

    /// <summary>A member of a header: an unsigned number, on the wire or constant.</summary>
    private static HeaderNumber? ReadHeaderNumber(SbeComposite composite, string name)
    {
        if (composite.Find(name) is not { Type: SbeEncoding { Length: 1 } encoding } member || !encoding.Primitive.IsUnsigned())
        {
            return null;
        }

        var constant = member.Presence == SbePresence.Constant ? member.Constant?.Number.Bits ?? 0 : (ulong?)null;
        return new(member.Offset, encoding.Primitive, constant, encoding.Max?.Bits ?? encoding.Primitive.DefaultNull().Bits - 1);
    }

    /// <summary>A number that every message header repeats must fit its place there, or be the constant in that place.</summary>
    private void CheckHeaderNumber(XElement element, HeaderNumber? number, string what, int value)
    {
        if (number is { Constant: { } constant } && constant != (ulong)value)
        {
            Report(SchemaRule.BadHeader, element, $"The {what} {value} is not the {constant} that the message header fixes for it");
        }
        else if (number is { Constant: null } && !new SbeNumber(SbePrimitive.UInt64, (ulong)value).TryConvert(number.Primitive, out _))
        {
            Report(SchemaRule.BadHeader, element, $"The {what} {value} does not fit the {PrimitiveName(number.Primitive)} of the message header");
        }
    }

    private XElement? Parse(string xml, string path)
    {
        try
        {
            // Document type definitions are skipped: they bring entity bombs, and no schema needs them.
            // White space is kept: it is the value of a char.
            using var reader = XmlReader.Create(new StringReader(xml), new XmlReaderSettings { DtdProcessing = DtdProcessing.Ignore });
            return XDocument.Load(reader, LoadOptions.SetLineInfo | LoadOptions.PreserveWhitespace).Root;
        }
        catch (XmlException e)
        {
            _issues.Add(new(SchemaRule.NotXml, $"Not well-formed XML: {e.Message}", path, e.LineNumber, e.LinePosition));
            return null;
        }
    }

    /// <summary>The elements below an element, with included files put in place.</summary>
    private IEnumerable<XElement> Children(XElement element, int depth = 0)
    {
        foreach (var child in element.Elements())
        {
            if (child.Name.LocalName != "include")
            {
                yield return child;
                continue;
            }

            var href = Text(child, "href") ?? string.Empty;
            var path = Path.Combine(Path.GetDirectoryName(PathOf(child)) ?? string.Empty, href);
            if (href.Length == 0 || depth == MaxIncludeDepth || _readInclude(path) is not { } text)
            {
                Report(SchemaRule.MissingInclude, child, $"The included file '{href}' is not there, or not among the schema files given");
            }
            else if (Parse(text, path) is { } root)
            {
                // A schema, or types among types, gives its content; any other file is one element, also a group in a group.
                _includedPaths[root] = path;
                var isContainer = root.Name.LocalName == "messageSchema" || (root.Name.LocalName == "types" && element.Name.LocalName == "types");
                foreach (var included in isContainer ? Children(root, depth + 1) : [root])
                {
                    yield return included;
                }
            }
        }
    }

    private const int MaxIncludeDepth = 8;
    private readonly Dictionary<XElement, string> _includedPaths = [];

    private string PathOf(XElement element) =>
        element.AncestorsAndSelf().Select(e => _includedPaths.TryGetValue(e, out var path) ? path : null).FirstOrDefault(path => path is not null) ?? _path;

    private void Report(SchemaRule rule, XElement element, string message)
    {
        var line = (IXmlLineInfo)element;
        _issues.Add(new(rule, message, PathOf(element), line.LineNumber, line.LinePosition));
    }

    /// <summary>The text between the tags, trimmed; of a char, one that is all white space stays.</summary>
    private static string Content(XElement element, SbePrimitive primitive) =>
        primitive == SbePrimitive.Char && element.Value.Length == 1 ? element.Value : element.Value.Trim();

    private static string? Text(XElement element, string attribute) => element.Attribute(attribute)?.Value.Trim();

    private int? Number(XElement element, string attribute, int min, int max)
    {
        if (Text(element, attribute) is not { Length: > 0 } text)
        {
            return null;
        }

        if (int.TryParse(text, NumberStyles.Integer, CultureInfo.InvariantCulture, out var number) && number >= min && number <= max)
        {
            return number;
        }

        Report(SchemaRule.BadAttribute, element, $"{attribute} is '{text}'; write a number from {min} to {max}");
        return null;
    }

    /// <summary>A name that every language can use; what is not is reported once and kept.</summary>
    private string Name(XElement element)
    {
        var name = Text(element, "name");
        if (string.IsNullOrEmpty(name))
        {
            Report(SchemaRule.BadAttribute, element, $"'{element.Name.LocalName}' has no name");
            return "unnamed";
        }

        var isSymbolic = (IsAsciiLetter(name![0]) || name[0] == '_') && name.All(c => IsAsciiLetter(c) || c is '_' or (>= '0' and <= '9'));
        if (!isSymbolic)
        {
            Report(SchemaRule.BadName, element, $"'{name}' is no symbolic name; use letters, digits and underscores, not starting with a digit");
        }

        return name;
    }

    private static bool IsAsciiLetter(char c) => c is (>= 'a' and <= 'z') or (>= 'A' and <= 'Z');

    private int Since(XElement element, int atLeast)
    {
        var since = Number(element, "sinceVersion", 0, ushort.MaxValue) ?? 0;
        if (since > _version)
        {
            Report(SchemaRule.BadVersion, element, $"sinceVersion {since} is later than the schema's version {_version}; raise the schema's version or lower sinceVersion");
        }

        return Math.Max(since, atLeast);
    }

    private int Deprecated(XElement element) => Number(element, "deprecated", 0, ushort.MaxValue) ?? 0;
}
