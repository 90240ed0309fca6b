using FeedHandler.Sbe.Schema;

namespace FeedHandler.Sbe.Generator;

/// <summary>The writers. A block starts as an image of nulls and zeroes, so that equal values give equal bytes.</summary>
internal sealed partial class Emitter
{
    private void EmitSetter(CodeWriter code, SbeField field, NameScope scope, string reference, string note)
    {
        if (field.Presence == SbePresence.Constant || field.Type is SbeEncoding { Length: 0 })
        {
            return;
        }

        var at = field.Offset == 0 ? $"ref {reference}" : $"ref Unsafe.Add(ref {reference}, {field.Offset})";
        code.Line();
        if (field.Type is SbeComposite composite)
        {
            code.Summary(field.Description, $"Writes {field.Name}.{note}", field.DeprecatedSince);
            code.Line($"public {TypeName(composite).TrimStart('@')}Writer {scope.Take(field.Name, "Field")} {{ {Inline} get => new({at}); }}");
            EmitShortSetter(code, field, composite, scope, reference);
            return;
        }

        var name = scope.Take("Set" + Names.Pascal(field.Name).TrimStart('@'), "Field");
        code.Summary(field.Description, $"Writes {field.Name}.{note}", field.DeprecatedSince);
        if (field.Type is SbeEncoding { IsArray: true } array)
        {
            var isBytes = array.Primitive.Size() == 1 && array.Primitive != SbePrimitive.Int8;
            var item = isBytes ? "byte" : array.Primitive.Keyword();
            var write = isBytes
                ? $"SbeText.Write(value, {at}, {array.Size});"
                : $"SbeArray<{item}>.Write(value, MemoryMarshal.CreateSpan({at}, {array.Size}), {(_isBigEndian ? "true" : "false")});";
            code.Line(Inline);
            code.Line($"public void {name}(ReadOnlySpan<{item}> value) => {write}");
            return;
        }

        var (primitive, type) = field.Type switch
        {
            SbeEncoding encoding => (encoding.Primitive, encoding.Primitive.Keyword()),
            SbeEnum enumeration => (enumeration.Primitive, TypeName(enumeration)),
            _ => (((SbeSet)field.Type).Primitive, TypeName(field.Type)),
        };
        code.Line(Inline);
        code.Line($"public void {name}({type} value) => {Write(primitive, reference, Text(field.Offset), "value")}");
    }

    /// <summary>A composite of one number on the wire, as a price with a constant exponent, is set in one call.</summary>
    private void EmitShortSetter(CodeWriter code, SbeField field, SbeComposite composite, NameScope scope, string reference)
    {
        var members = composite.Members.Where(member => member.Presence != SbePresence.Constant).ToList();
        if (members.Count == 1 && members[0] is { Type: SbeEncoding { Length: 1 } encoding } member)
        {
            var parameter = "@" + char.ToLowerInvariant(member.Name[0]) + member.Name.Substring(1);
            code.Line();
            code.Line($"/// <summary>Writes the {member.Name} of {field.Name}.</summary>");
            code.Line(Inline);
            code.Line($"public void {scope.Take("Set" + Names.Pascal(field.Name).TrimStart('@'), "Field")}({encoding.Primitive.Keyword()} {parameter}) => {Write(encoding.Primitive, reference, Text(field.Offset + member.Offset), parameter)}");
        }
    }

    private void EmitMessageWriter(CodeWriter code, SbeMessage message, string reader)
    {
        var name = reader.TrimStart('@') + "Writer";
        var scope = MemberScope(name, "TryBegin", "TryFinish", "EncodedLength");
        code.Line($"/// <summary>Writes {message.Name}: fields in any order, groups and data in the schema's order, none left out.</summary>");
        code.Open($"{_access} ref struct {name}");
        code.Lines(
            "private readonly ref byte _block;",
            "private readonly int _capacity;",
            "private int _length;",
            "private int _pending;",
            "private int _stage;",
            string.Empty);
        code.Open($"private {name}(ref byte block, int capacity)");
        code.Lines("_block = ref block;", "_capacity = capacity;", $"_length = {message.BlockLength};");
        code.Close();
        code.Line();
        EmitImage(code, message);
        code.Lines(
            "/// <summary>Starts a message: optional fields are null, all others zero.</summary>",
            "/// <param name=\"body\">Where the message goes, behind its header.</param>",
            "/// <param name=\"writer\">The writer; unusable unless the result is <see cref=\"SbeError.None\"/>.</param>",
            "/// <returns>What is wrong, if anything.</returns>");
        code.Line(Inline);
        code.Open($"public static SbeError TryBegin(Span<byte> body, out {name} writer)");
        code.Line("writer = default;");
        code.Line($"if (body.Length < {message.BlockLength}) return SbeError.NoSpace;");
        code.Line("ref var start = ref MemoryMarshal.GetReference(body);");
        EmitInitialise(code, message, "start");
        code.Lines("writer = new(ref start, body.Length);", "return SbeError.None;");
        code.Close();
        code.Line();
        EmitFinish(code, message);
        foreach (var field in message.Fields)
        {
            EmitSetter(code, field, scope, "_block", string.Empty);
        }

        EmitAdders(code, message, scope, "_block", unscoped: true);
        code.Close();
    }

    private static void EmitFinish(CodeWriter code, SbeMessage message)
    {
        code.Lines(
            "/// <summary>Ends the message.</summary>",
            "/// <param name=\"length\">Bytes of the message behind its header.</param>",
            "/// <returns><see cref=\"SbeError.OutOfOrder\"/> when a group or data is missing.</returns>");
        code.Line(Inline);
        code.Open("public readonly SbeError TryFinish(out int length)");
        code.Line("length = _length;");
        var elements = message.Groups.Count + message.Data.Count;
        if (elements > 0)
        {
            code.Line($"return _stage == {elements} && _pending == 0 ? SbeError.None : SbeError.OutOfOrder;");
        }
        else
        {
            code.Line("return SbeError.None;");
        }

        code.Close();
    }

    private void EmitImage(CodeWriter code, SbeBlock block)
    {
        if (NullImage(block.Fields, block.BlockLength, everything: false) is var image && image.Any(b => b != 0))
        {
            code.Line($"private static ReadOnlySpan<byte> Image => {ByteArray(image)};");
            code.Line();
        }
    }

    private void EmitInitialise(CodeWriter code, SbeBlock block, string reference)
    {
        if (block.BlockLength == 0)
        {
            return;
        }

        var hasNulls = NullImage(block.Fields, block.BlockLength, everything: false).Any(b => b != 0);
        code.Line(hasNulls
            ? $"Unsafe.CopyBlockUnaligned(ref {reference}, ref MemoryMarshal.GetReference(Image), {block.BlockLength});"
            : $"Unsafe.InitBlockUnaligned(ref {reference}, 0, {block.BlockLength});");
    }

    private void EmitAdders(CodeWriter code, SbeBlock owner, NameScope scope, string body, bool unscoped)
    {
        var stage = 0;
        var last = owner is SbeGroup ? owner.Groups.Count + owner.Data.Count : 0;
        var writers = new List<(SbeGroup Group, string Name)>();
        foreach (var group in owner.Groups)
        {
            var writer = scope.Take(Names.Pascal(group.Name).TrimStart('@') + "Writer", "Type");
            writers.Add((group, writer));
            code.Line();
            EmitGroupAdder(code, group, scope.Take("TryAdd" + Names.Pascal(group.Name).TrimStart('@'), "Group"), writer, body, stage++, last, unscoped);
        }

        foreach (var data in owner.Data)
        {
            code.Line();
            EmitDataAdder(code, data, scope.Take("TryAdd" + Names.Pascal(data.Name).TrimStart('@'), "Data"), body, stage++, last);
        }

        foreach (var (group, name) in writers)
        {
            code.Line();
            EmitGroupWriter(code, group, name);
        }
    }

    private void EmitGroupAdder(CodeWriter code, SbeGroup group, string method, string writer, string body, int stage, int last, bool unscoped)
    {
        var dimension = group.Dimension;
        code.Summary(group.Description, $"Adds the group {group.Name}.");
        code.Line("/// <param name=\"count\">Number of entries.</param>");
        code.Line("/// <param name=\"group\">Writes the entries.</param>");
        code.Line("/// <returns>What is wrong, if anything.</returns>");
        if (group.IsFixedSize)
        {
            code.Line(Inline);
        }
        else if (unscoped)
        {
            code.Line("[UnscopedRef]");
        }

        code.Open($"public SbeError {method}(int count, out {writer} group)");
        code.Line("group = default;");
        code.Line($"if (_stage != {stage}) return SbeError.OutOfOrder;");
        code.Line($"if ((uint)count > {Limit(dimension.NumInGroup)}) return SbeError.TooLarge;");
        code.Line(group.IsFixedSize ? $"var size = {dimension.Size} + ({group.BlockLength}L * count);" : $"var size = {dimension.Size};");
        code.Line("if (size > _capacity - _length) return SbeError.NoSpace;");
        code.Line($"ref var header = ref Unsafe.Add(ref {body}, _length);");
        if (dimension.Size > dimension.BlockLength.Primitive.Size() + dimension.NumInGroup.Primitive.Size())
        {
            code.Line($"Unsafe.InitBlockUnaligned(ref header, 0, {dimension.Size});");
        }

        if (dimension.BlockLength.Constant is null)
        {
            code.Line(Write(dimension.BlockLength.Primitive, "header", Text(dimension.BlockLength.Offset), Text(group.BlockLength)));
        }

        code.Line(Write(dimension.NumInGroup.Primitive, "header", Text(dimension.NumInGroup.Offset), "count"));
        code.Line("_length += (int)size;");
        EmitStage(code, stage + 1, last);
        if (!group.IsFixedSize)
        {
            code.Line("_pending += count;");
        }

        code.Line(group.IsFixedSize
            ? $"group = new(ref Unsafe.Add(ref header, {dimension.Size}), count);"
            : $"group = new(ref {body}, _capacity, ref _length, ref _pending, count);");
        code.Line("return SbeError.None;");
        code.Close();
    }

    private void EmitDataAdder(CodeWriter code, SbeData data, string method, string body, int stage, int last)
    {
        code.Summary(data.Description, $"Adds the data {data.Name}.");
        code.Line("/// <param name=\"value\">The content.</param>");
        code.Line("/// <returns>What is wrong, if anything.</returns>");
        code.Open($"public SbeError {method}(ReadOnlySpan<byte> value)");
        code.Line($"if (_stage != {stage}) return SbeError.OutOfOrder;");
        code.Line($"if ((uint)value.Length > {Limit(data.Length)}) return SbeError.TooLarge;");
        code.Line($"if (value.Length > _capacity - _length - {data.HeaderSize}) return SbeError.NoSpace;");
        code.Line($"ref var header = ref Unsafe.Add(ref {body}, _length);");
        if (data.HeaderSize > data.Length.Primitive.Size())
        {
            code.Line($"Unsafe.InitBlockUnaligned(ref header, 0, {data.HeaderSize});");
        }

        code.Line(Write(data.Length.Primitive, "header", Text(data.Length.Offset), "value.Length"));
        code.Line($"value.CopyTo(MemoryMarshal.CreateSpan(ref Unsafe.Add(ref header, {data.HeaderSize}), value.Length));");
        code.Line($"_length += {data.HeaderSize} + value.Length;");
        EmitStage(code, stage + 1, last);
        code.Line("return SbeError.None;");
        code.Close();
    }

    /// <summary>The next group or data may follow; behind the last one of an entry, the entry is complete.</summary>
    private static void EmitStage(CodeWriter code, int stage, int lastOfEntry)
    {
        code.Line($"_stage = {stage};");
        if (stage == lastOfEntry)
        {
            code.Line("_pending--;");
        }
    }

    private static string Limit(HeaderNumber number) => number.Primitive.Size() switch
    {
        1 => "byte.MaxValue",
        2 => "ushort.MaxValue",
        _ => "int.MaxValue",
    };

    private void EmitGroupWriter(CodeWriter code, SbeGroup group, string name)
    {
        if (group.IsFixedSize)
        {
            EmitFixedGroupWriter(code, group, name);
            return;
        }

        var elements = group.Groups.Count + group.Data.Count;
        var scope = MemberScope(name, "TryNext", "Block", "Image");
        code.Line($"/// <summary>Writes the entries of {group.Name} one after the other: each starts with <see cref=\"TryNext\"/>.</summary>");
        code.Open($"public ref struct {name}");
        code.Lines(
            "private readonly ref byte _body;",
            "private readonly int _capacity;",
            "private readonly ref int _length;",
            "private readonly ref int _pending;",
            "private int _remaining;",
            "private int _entry;",
            "private int _stage;",
            string.Empty);
        code.Open($"internal {name}(ref byte body, int capacity, ref int length, ref int pending, int count)");
        code.Lines("_body = ref body;", "_capacity = capacity;", "_length = ref length;", "_pending = ref pending;", "_remaining = count;", $"_stage = {elements};");
        code.Close();
        code.Lines(string.Empty, "private readonly ref byte Block => ref Unsafe.Add(ref _body, _entry);", string.Empty);
        EmitImage(code, group);
        code.Line("/// <summary>Starts the next entry.</summary>");
        code.Line("/// <returns>What is wrong, if anything.</returns>");
        code.Line(Inline);
        code.Open("public SbeError TryNext()");
        code.Line($"if (_remaining == 0 || _stage != {elements}) return SbeError.OutOfOrder;");
        code.Line($"if ({group.BlockLength} > _capacity - _length) return SbeError.NoSpace;");
        code.Lines("_entry = _length;", "ref var block = ref Block;");
        EmitInitialise(code, group, "block");
        code.Lines($"_length += {group.BlockLength};", "_remaining--;", "_stage = 0;", "return SbeError.None;");
        code.Close();
        foreach (var field in group.Fields)
        {
            EmitSetter(code, field, scope, "Block", " Belongs to the entry that <see cref=\"TryNext\"/> started.");
        }

        EmitAdders(code, group, scope, "_body", unscoped: false);
        code.Close();
    }

    private void EmitFixedGroupWriter(CodeWriter code, SbeGroup group, string name)
    {
        code.Line($"/// <summary>Writes the entries of {group.Name}, in any order.</summary>");
        code.Open($"public readonly ref struct {name}");
        code.Lines("private readonly ref byte _first;", string.Empty, "/// <summary>Number of entries.</summary>", "public int Count { get; }", string.Empty);
        EmitImage(code, group);
        code.Line(Inline);
        code.Open($"internal {name}(ref byte first, int count)");
        code.Lines("_first = ref first;", "Count = count;");
        if (group.BlockLength > 0)
        {
            code.Open("for (var i = 0; i < count; i++)");
            code.Line($"ref var block = ref Unsafe.Add(ref first, i * {group.BlockLength});");
            EmitInitialise(code, group, "block");
            code.Close();
        }

        code.Close();
        code.Lines(string.Empty, "/// <summary>An entry.</summary>", "/// <param name=\"index\">From 0.</param>");
        code.Open("public Entry this[int index]");
        code.Line(Inline);
        code.Open("get");
        code.Line("if ((uint)index >= (uint)Count) SbeThrow.IndexOutOfRange();");
        code.Line($"return new(ref Unsafe.Add(ref _first, index * {group.BlockLength}));");
        code.Close();
        code.Close();
        code.Line();
        code.Line($"/// <summary>Writes an entry of {group.Name}.</summary>");
        code.Open("public readonly ref struct Entry");
        code.Lines("private readonly ref byte _block;", string.Empty);
        EmitBlockConstructor(code, "Entry", hasVersion: false);
        var scope = MemberScope("Entry");
        foreach (var field in group.Fields)
        {
            EmitSetter(code, field, scope, "_block", string.Empty);
        }

        code.Close();
        code.Close();
    }
}
