using FeedHandler.Sbe.Schema;

namespace FeedHandler.Sbe.Generator;

internal sealed partial class Emitter
{
    private const int MaxInlinedElements = 2;

    private string EmitMessage(SbeMessage message, string name)
    {
        var code = StartFile();
        var scope = MemberScope(name, "TemplateId", "SchemaId", "SchemaVersion", "BlockLength", "TryWrap", "TryWriteHeader", "EncodedLength");
        var elements = Elements(message, scope);
        code.Summary(message.Description, $"{message.Name}, read in place.", message.DeprecatedSince);
        code.Open($"{_access} readonly ref struct {name}");
        code.Lines(
            "/// <summary>Id of the message in message headers.</summary>",
            $"public const int TemplateId = {message.Id};",
            "/// <summary>Id of the schema in message headers.</summary>",
            $"public const int SchemaId = {_model.Id};",
            "/// <summary>Version of the schema that this code was made from.</summary>",
            $"public const int SchemaVersion = {_model.Version};",
            "/// <summary>Bytes of the root block in that version.</summary>",
            $"public const int BlockLength = {message.BlockLength};",
            string.Empty);
        var hasVersion = NeedsVersion(message);
        EmitState(code, elements, hasVersion);
        EmitElementConstructor(code, name, elements, hasVersion);
        EmitTryWrap(code, message, name, elements, hasVersion);
        EmitHeaderWriter(code, message);
        foreach (var field in message.Fields)
        {
            EmitField(code, field, scope, message.SinceVersion);
        }

        EmitElements(code, message, elements);
        code.Close();
        code.Line();
        EmitMessageWriter(code, message, name);
        return code.ToString();
    }

    /// <summary>Groups and data of a block, with the names that they have in C#.</summary>
    private static List<Element> Elements(SbeBlock block, NameScope scope)
    {
        var elements = new List<Element>();
        foreach (var group in block.Groups)
        {
            var name = scope.Take(group.Name, "Group");
            elements.Add(new(name, group, null, scope.Take(name.TrimStart('@') + "Group", "Type"), elements.Count, group.SinceVersion > block.SinceVersion));
        }

        foreach (var data in block.Data)
        {
            elements.Add(new(scope.Take(data.Name, "Data"), null, data, string.Empty, elements.Count, data.SinceVersion > block.SinceVersion));
        }

        return elements;
    }

    private static void EmitState(CodeWriter code, List<Element> elements, bool hasVersion)
    {
        code.Line("private readonly ref byte m_block;");
        if (hasVersion)
        {
            code.Line("private readonly int m_version;");
        }

        foreach (var element in elements)
        {
            code.Line($"private readonly nuint {element.Position};");
        }

        code.Line();
        code.Line("/// <summary>Bytes from the start of the block to the end of the last group or data that this code knows.</summary>");
        code.Line("public int EncodedLength { get; }");
        code.Line();
    }

    private static void EmitElementConstructor(CodeWriter code, string name, List<Element> elements, bool hasVersion)
    {
        var parameters = elements.Select(element => $", nuint {element.Local}");
        code.Line(Inline);
        code.Open($"private {name}(ref byte block{(hasVersion ? ", int version" : string.Empty)}{string.Concat(parameters)}, int encodedLength)");
        code.Line("m_block = ref block;");
        if (hasVersion)
        {
            code.Line("m_version = version;");
        }

        foreach (var element in elements)
        {
            code.Line($"{element.Position} = {element.Local};");
        }

        code.Line("EncodedLength = encodedLength;");
        code.Close();
    }

    private void EmitTryWrap(CodeWriter code, SbeMessage message, string name, List<Element> elements, bool hasVersion)
    {
        code.Line();
        code.Lines(
            "/// <summary>Checks the structure of a message once; then every field, group and data of it can be read.</summary>",
            "/// <param name=\"body\">The bytes behind the message header, up to the end of the message or further.</param>",
            "/// <param name=\"blockLength\">Block length of the message header.</param>",
            "/// <param name=\"version\">Schema version of the message header.</param>",
            "/// <param name=\"message\">The message; unusable unless the result is <see cref=\"~SbeError.None\"/>.</param>",
            "/// <returns>What is wrong, if anything.</returns>");
        if (elements.Count <= MaxInlinedElements && message.Groups.All(group => group.IsFixedSize))
        {
            // Short checks go into the caller, where the message then lives in registers.
            code.Line(Inline);
        }

        code.Open($"public static ~SbeError TryWrap(~ReadOnlySpan<byte> body, int blockLength, int version, out {name} message)");
        code.Line("message = default;");
        code.Line("var length = (nuint)(uint)body.Length;");
        code.Line("if ((uint)blockLength > (uint)body.Length) return ~SbeError.TruncatedBlock;");
        var minimum = MinimumLength(message);
        if (minimum != "0")
        {
            code.Line($"if (blockLength < {minimum}) return ~SbeError.BlockTooShort;");
        }

        code.Line("ref var start = ref ~MemoryMarshal.GetReference(body);");
        code.Line("var position = (nuint)(uint)blockLength;");
        EmitWalk(code, elements, error => $"return ~SbeError.{error};", "return (~SbeError)(-step);", keepPositions: true);
        var arguments = string.Concat(elements.Select(element => $", {element.Local}"));
        code.Line($"message = new(ref start{(hasVersion ? ", version" : string.Empty)}{arguments}, (int)position);");
        code.Line("return ~SbeError.None;");
        code.Close();
    }

    private void EmitHeaderWriter(CodeWriter code, SbeMessage message)
    {
        var header = _model.Header;
        code.Line();
        code.Lines(
            "/// <summary>Writes the message header that belongs in front of this message.</summary>",
            "/// <param name=\"destination\">At least <see cref=\"" + $"global::{_namespace}.{_schemaInfo}" + ".HeaderLength\"/> bytes.</param>",
            "/// <returns>What is wrong, if anything.</returns>");
        code.Open("public static ~SbeError TryWriteHeader(~Span<byte> destination)");
        code.Line($"if (destination.Length < {header.Size}) return ~SbeError.NoSpace;");
        code.Line("ref var start = ref ~MemoryMarshal.GetReference(destination);");
        code.Line($"destination[..{header.Size}].Clear();");
        EmitHeaderNumber(code, header.BlockLength, "BlockLength");
        EmitHeaderNumber(code, header.TemplateId, "TemplateId");
        EmitHeaderNumber(code, header.SchemaId, "SchemaId");
        EmitHeaderNumber(code, header.Version, "SchemaVersion");
        foreach (var (counter, count) in new[] { ("numGroups", message.Groups.Count), ("numVarDataFields", message.Data.Count) })
        {
            if (header.Type.Find(counter) is { Type: SbeEncoding { IsArray: false } encoding, Presence: not SbePresence.Constant } member)
            {
                code.Line(Write(encoding.Primitive, "start", Text(member.Offset), Text(count)));
            }
        }

        code.Line("return ~SbeError.None;");
        code.Close();
    }

    private void EmitHeaderNumber(CodeWriter code, HeaderNumber number, string value)
    {
        if (number.Constant is null)
        {
            code.Line(Write(number.Primitive, "start", Text(number.Offset), $"unchecked(({number.Primitive.Keyword()}){value})"));
        }
    }

    private void EmitElements(CodeWriter code, SbeBlock owner, List<Element> elements)
    {
        foreach (var element in elements)
        {
            code.Line();
            if (element.Data is { } data)
            {
                code.Summary(data.Description, $"{data.Name}: variable-length data.", data.DeprecatedSince);
                var length = $"(int){ReadHeader(data.Length, "m_block", element.Position)}";
                var span = $"~MemoryMarshal.CreateReadOnlySpan(ref ~Unsafe.Add(ref m_block, {element.Position} + {data.HeaderSize}), {length})";
                code.Line($"public ~ReadOnlySpan<byte> {element.Name} => {(element.IsVersioned ? $"{element.Position} == nuint.MaxValue ? default : " : string.Empty)}{span};");
                continue;
            }

            var group = element.Group!;
            var version = NeedsVersion(group) ? ", m_version" : string.Empty;
            code.Summary(group.Description, $"{group.Name}: repeating group.", group.DeprecatedSince);
            var absent = element.IsVersioned ? $"{element.Position} == nuint.MaxValue ? default : " : string.Empty;
            code.Line($"public {element.TypeName} {element.Name} {{ {Inline} get => {absent}new {element.TypeName}(ref ~Unsafe.Add(ref m_block, {element.Position}){version}); }}");
        }

        foreach (var element in elements.Where(element => element.Group is not null))
        {
            code.Line();
            EmitGroup(code, element.Group!, element.TypeName);
        }
    }

    private void EmitGroup(CodeWriter code, SbeGroup group, string name)
    {
        var hasVersion = NeedsVersion(group);
        code.Line($"/// <summary>Entries of {group.Name}.</summary>");
        code.Open($"public readonly ref struct {name}");
        code.Lines("private readonly ref byte m_first;", "private readonly nuint m_blockLength;");
        if (hasVersion)
        {
            code.Line("private readonly int m_version;");
        }

        code.Lines(string.Empty, "/// <summary>Number of entries.</summary>", "public int Count { get; }", string.Empty, Inline);
        code.Open($"internal {name}(ref byte header{(hasVersion ? ", int version" : string.Empty)})");
        code.Line($"m_blockLength = (nuint){ReadHeader(group.Dimension.BlockLength, "header", null)};");
        code.Line($"Count = (int){ReadHeader(group.Dimension.NumInGroup, "header", null)};");
        code.Line($"m_first = ref ~Unsafe.Add(ref header, {group.Dimension.Size});");
        if (hasVersion)
        {
            code.Line("m_version = version;");
        }

        code.Close();
        code.Line();
        if (group.IsFixedSize)
        {
            code.Line("/// <summary>An entry.</summary>");
            code.Line("/// <param name=\"index\">From 0.</param>");
            code.Open("public Entry this[int index]");
            code.Line(Inline);
            code.Open("get");
            code.Line("if ((uint)index >= (uint)Count) ~SbeThrow.IndexOutOfRange();");
            code.Line($"return new(ref ~Unsafe.Add(ref m_first, (uint)index * m_blockLength){(hasVersion ? ", m_version" : string.Empty)});");
            code.Close();
            code.Close();
            code.Line();
        }
        else
        {
            EmitGroupWalk(code, group);
        }

        code.Line("/// <summary>Starts a loop over the entries.</summary>");
        code.Line($"public Enumerator GetEnumerator() => new(ref m_first, m_blockLength, Count{(hasVersion ? ", m_version" : string.Empty)});");
        code.Line();
        EmitEnumerator(code, group, hasVersion);
        code.Line();
        EmitEntry(code, group, hasVersion);
        code.Close();
    }

    private static void EmitEnumerator(CodeWriter code, SbeGroup group, bool hasVersion)
    {
        var versionParameter = hasVersion ? ", int version" : string.Empty;
        var version = hasVersion ? ", m_version" : string.Empty;
        code.Line("/// <summary>Loops over the entries.</summary>");
        code.Open("public ref struct Enumerator");
        code.Line("private ref byte m_next;");
        code.Line(group.IsFixedSize ? "private ref byte m_current;" : "private Entry m_current;");
        code.Lines("private readonly nuint m_blockLength;", "private int m_remaining;");
        if (hasVersion)
        {
            code.Line("private readonly int m_version;");
        }

        code.Lines(string.Empty, Inline);
        code.Open($"internal Enumerator(ref byte first, nuint blockLength, int count{versionParameter})");
        code.Lines("m_next = ref first;", "m_blockLength = blockLength;", "m_remaining = count;");
        if (hasVersion)
        {
            code.Line("m_version = version;");
        }

        code.Close();
        code.Lines(string.Empty, "/// <summary>The entry.</summary>");
        code.Line(group.IsFixedSize
            ? $"public readonly Entry Current {{ {Inline} get => new(ref m_current{version}); }}"
            : "public readonly Entry Current => m_current;");
        code.Lines(string.Empty, "/// <summary>Goes to the next entry.</summary>", "/// <returns>False behind the last.</returns>", Inline);
        code.Open("public bool MoveNext()");
        code.Line("if (--m_remaining < 0) return false;");
        if (group.IsFixedSize)
        {
            code.Line("m_current = ref m_next;");
            code.Line("m_next = ref ~Unsafe.Add(ref m_next, m_blockLength);");
        }
        else
        {
            code.Line($"m_current = new(ref m_next, m_blockLength{version});");
            code.Line("m_next = ref ~Unsafe.Add(ref m_next, m_current.EncodedLength);");
        }

        code.Line("return true;");
        code.Close();
        code.Close();
    }

    private void EmitEntry(CodeWriter code, SbeGroup group, bool hasVersion)
    {
        var scope = MemberScope("Entry", "EncodedLength");
        var elements = Elements(group, scope);
        code.Summary(group.Description, $"An entry of {group.Name}, read in place.");
        code.Open("public readonly ref struct Entry");
        if (group.IsFixedSize)
        {
            code.Line("private readonly ref byte m_block;");
            if (hasVersion)
            {
                code.Line("private readonly int m_version;");
            }

            code.Line();
            EmitBlockConstructor(code, "Entry", hasVersion);
        }
        else
        {
            EmitState(code, elements, hasVersion);
            code.Open($"internal Entry(ref byte start, nuint blockLength{(hasVersion ? ", int version" : string.Empty)})");
            code.Line("var position = blockLength;");
            EmitStride(code, elements);
            code.Line("m_block = ref start;");
            if (hasVersion)
            {
                code.Line("m_version = version;");
            }

            code.Line("EncodedLength = (int)position;");
            code.Close();
        }

        foreach (var field in group.Fields)
        {
            EmitField(code, field, scope, group.SinceVersion);
        }

        EmitElements(code, group, elements);
        code.Close();
    }

    /// <summary>A group or variable data as the emitter sees it.</summary>
    private sealed record Element(string Name, SbeGroup? Group, SbeData? Data, string TypeName, int Index, bool IsVersioned)
    {
        /// <summary>Field with the offset of its header in the block; negative where the version does not have it.</summary>
        public string Position => $"m_position{Index}";

        public string Local => $"position{Index}";

        public int SinceVersion => Group?.SinceVersion ?? Data!.SinceVersion;
    }
}
