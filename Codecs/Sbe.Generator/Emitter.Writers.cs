using FeedHandler.Sbe.Schema;

namespace FeedHandler.Sbe.Generator;

/// <summary>The writers. A block starts as an image of nulls and zeroes, so that equal values give equal bytes.</summary>
/// <remarks>
/// <para>
/// Groups and data go in the order of the wire. What is written is counted in two ways. A writer's stage says what comes
/// next: 0 when no block is begun, 1 behind the block, and one more for each group or data. The message counts the
/// entries that were announced, of groups whose entries have parts of their own, and are not complete; a writer may go
/// on only when that count is its own share, as then everything below it is complete.
/// </para>
/// <para>A writer that is not begun holds no reference: its fields cannot be written, and it adds nothing.</para>
/// </remarks>
internal sealed partial class Emitter
{
    private void EmitSetter(CodeWriter code, SbeField field, NameScope scope, string reference, string note)
    {
        if (field.Presence == SbePresence.Constant)
        {
            return;
        }

        var at = field.Offset == 0 ? $"ref {reference}" : $"ref ~Unsafe.Add(ref {reference}, {field.Offset})";
        code.Line();
        if (field.Type is SbeComposite composite)
        {
            code.Summary(field.Description, $"Writes {field.Name}.{note}", field.DeprecatedSince);
            code.Line($"public {WriterName(composite)} {scope.Take(field.Name, "Field")} {{ {Inline} get => new({at}); }}");
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
                ? $"~SbeText.Write(value, {at}, {array.Size});"
                : $"~SbeArray<{item}>.Write(value, ~MemoryMarshal.CreateSpan({at}, {array.Size}), {(_isBigEndian ? "true" : "false")});";
            code.Line(Inline);
            code.Line($"public void {name}(~ReadOnlySpan<{item}> value) => {write}");
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
            code.Line();
            code.Line($"/// <summary>Writes the {member.Name} of {field.Name}.</summary>");
            code.Line(Inline);
            code.Line($"public void {scope.Take("Set" + Names.Pascal(field.Name).TrimStart('@'), "Field")}({encoding.Primitive.Keyword()} value) => {Write(encoding.Primitive, reference, Text(field.Offset + member.Offset), "value")}");
        }
    }

    private void EmitMessageWriter(CodeWriter code, SbeMessage message, string reader)
    {
        var name = reader.TrimStart('@') + "Writer";
        var scope = MemberScope(name, "TryBegin", "TryFinish", "EncodedLength");
        code.Line($"/// <summary>Writes {message.Name}: fields in any order, groups and data in the schema's order, none left out. Not to be copied while it writes.</summary>");
        code.Open($"{_access} ref struct {name}");
        code.Lines(
            "private readonly ref byte m_block;",
            "private readonly int m_capacity;",
            "private int m_length;",
            "private long m_pending;",
            "private int m_stage;",
            string.Empty);
        code.Open($"private {name}(ref byte block, int capacity)");
        code.Lines("m_block = ref block;", "m_capacity = capacity;", $"m_length = {message.BlockLength};", "m_stage = 1;");
        code.Close();
        code.Line();
        EmitImage(code, message);
        code.Lines(
            "/// <summary>Starts a message: optional fields are null, all others zero.</summary>",
            "/// <param name=\"body\">Where the message goes, behind its header.</param>",
            "/// <param name=\"writer\">The writer; unusable unless the result is <see cref=\"~SbeError.None\"/>.</param>",
            "/// <returns>What is wrong, if anything.</returns>");
        code.Line(Inline);
        code.Open($"public static ~SbeError TryBegin(~Span<byte> body, out {name} writer)");
        code.Line("writer = default;");
        code.Line($"if (body.Length < {message.BlockLength}) return ~SbeError.NoSpace;");
        code.Line("ref var start = ref ~MemoryMarshal.GetReference(body);");
        EmitInitialise(code, message, "start");
        code.Lines("writer = new(ref start, body.Length);", "return ~SbeError.None;");
        code.Close();
        code.Line();
        EmitFinish(code, message);
        foreach (var field in message.Fields)
        {
            EmitSetter(code, field, scope, "m_block", string.Empty);
        }

        EmitAdders(code, message, scope, "m_block", unscoped: true);
        code.Close();
    }

    private static void EmitFinish(CodeWriter code, SbeMessage message)
    {
        code.Lines(
            "/// <summary>Ends the message.</summary>",
            "/// <param name=\"length\">Bytes of the message behind its header.</param>",
            "/// <returns><see cref=\"~SbeError.OutOfOrder\"/> when a group or data is missing.</returns>");
        code.Line(Inline);
        code.Open("public readonly ~SbeError TryFinish(out int length)");
        code.Line("length = m_length;");
        code.Line($"return m_stage == {1 + message.Groups.Count + message.Data.Count} && m_pending == 0 ? ~SbeError.None : ~SbeError.OutOfOrder;");
        code.Close();
    }

    private void EmitImage(CodeWriter code, SbeBlock block)
    {
        if (NullImage(block.Fields, block.BlockLength, everything: false) is var image && image.Any(b => b != 0))
        {
            code.Line($"private static ~ReadOnlySpan<byte> image => {ByteArray(image)};");
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
            ? $"~Unsafe.CopyBlockUnaligned(ref {reference}, ref ~MemoryMarshal.GetReference(image), {block.BlockLength});"
            : $"~Unsafe.InitBlockUnaligned(ref {reference}, 0, {block.BlockLength});");
    }

    private void EmitAdders(CodeWriter code, SbeBlock owner, NameScope scope, string body, bool unscoped)
    {
        var stage = 1;
        var last = owner is SbeGroup ? 1 + owner.Groups.Count + owner.Data.Count : 0;
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
        code.Line(Inline);
        if (!group.IsFixedSize && unscoped)
        {
            code.Line("[~UnscopedRef]");
        }

        code.Open($"public ~SbeError {method}(int count, out {writer} group)");
        code.Line("group = default;");
        EmitOrderCheck(code, stage, last);
        code.Line($"if ((uint)count > {Limit(dimension.NumInGroup)}) return ~SbeError.TooLarge;");
        code.Line(group.IsFixedSize ? $"var size = {dimension.Size} + ({group.BlockLength}L * count);" : $"var size = {dimension.Size};");
        code.Line("if (size > m_capacity - m_length) return ~SbeError.NoSpace;");
        code.Line($"ref var header = ref ~Unsafe.Add(ref {body}, m_length);");
        if (dimension.Size > dimension.BlockLength.Primitive.Size() + dimension.NumInGroup.Primitive.Size())
        {
            code.Line($"~Unsafe.InitBlockUnaligned(ref header, 0, {dimension.Size});");
        }

        if (dimension.BlockLength.Constant is null)
        {
            code.Line(Write(dimension.BlockLength.Primitive, "header", Text(dimension.BlockLength.Offset), Text(group.BlockLength)));
        }

        code.Line(Write(dimension.NumInGroup.Primitive, "header", Text(dimension.NumInGroup.Offset), "count"));
        code.Line("m_length += (int)size;");
        EmitStage(code, stage + 1, last);
        code.Line(group.IsFixedSize
            ? $"group = new(ref ~Unsafe.Add(ref header, {dimension.Size}), count);"
            : $"group = new(ref {body}, m_capacity, ref m_length, ref m_pending, count);");
        if (!group.IsFixedSize)
        {
            code.Line("m_pending += count;");
        }

        code.Line("return ~SbeError.None;");
        code.Close();
    }

    private void EmitDataAdder(CodeWriter code, SbeData data, string method, string body, int stage, int last)
    {
        code.Summary(data.Description, $"Adds the data {data.Name}.");
        code.Line("/// <param name=\"value\">The content.</param>");
        code.Line("/// <returns>What is wrong, if anything.</returns>");
        code.Line(Inline);
        code.Open($"public ~SbeError {method}(~ReadOnlySpan<byte> value)");
        EmitOrderCheck(code, stage, last);
        code.Line($"if ((uint)value.Length > {Limit(data.Length)}) return ~SbeError.TooLarge;");
        code.Line($"if (value.Length > m_capacity - m_length - {data.HeaderSize}) return ~SbeError.NoSpace;");
        code.Line($"ref var header = ref ~Unsafe.Add(ref {body}, m_length);");
        if (data.HeaderSize > data.Length.Primitive.Size())
        {
            code.Line($"~Unsafe.InitBlockUnaligned(ref header, 0, {data.HeaderSize});");
        }

        code.Line(Write(data.Length.Primitive, "header", Text(data.Length.Offset), "value.Length"));
        code.Line($"value.CopyTo(~MemoryMarshal.CreateSpan(ref ~Unsafe.Add(ref header, {data.HeaderSize}), value.Length));");
        code.Line($"m_length += {data.HeaderSize} + value.Length;");
        EmitStage(code, stage + 1, last);
        code.Line("return ~SbeError.None;");
        code.Close();
    }

    private static void EmitOrderCheck(CodeWriter code, int stage, int lastOfEntry)
    {
        var share = lastOfEntry == 0 ? "0" : "m_base + m_remaining + 1";
        code.Line($"if (m_stage != {stage} || m_pending != {share}) return ~SbeError.OutOfOrder;");
    }

    /// <summary>The next group or data may follow; behind the last one of an entry, the entry is complete.</summary>
    private static void EmitStage(CodeWriter code, int stage, int lastOfEntry)
    {
        code.Line($"m_stage = {stage};");
        if (stage == lastOfEntry)
        {
            code.Line("m_pending--;");
        }
    }

    private static string Limit(HeaderNumber number) => Text((int)Math.Min(number.Max, int.MaxValue));

    private void EmitGroupWriter(CodeWriter code, SbeGroup group, string name)
    {
        if (group.IsFixedSize)
        {
            EmitFixedGroupWriter(code, group, name);
            return;
        }

        var complete = 1 + group.Groups.Count + group.Data.Count;
        var scope = MemberScope(name, "TryNext");
        code.Line($"/// <summary>Writes the entries of {group.Name} one after the other: each starts with <see cref=\"TryNext\"/>. Not to be copied while it writes.</summary>");
        code.Open($"public ref struct {name}");
        code.Lines(
            "private readonly ref byte m_body;",
            "private readonly int m_capacity;",
            "private readonly ref int m_length;",
            "private readonly ref long m_pending;",
            "private readonly long m_base;",
            "private ref byte m_block;",
            "private int m_remaining;",
            "private int m_stage;",
            string.Empty);
        code.Open($"internal {name}(ref byte body, int capacity, ref int length, ref long pending, int count)");
        code.Lines("m_body = ref body;", "m_capacity = capacity;", "m_length = ref length;", "m_pending = ref pending;", "m_base = pending;", "m_remaining = count;");
        code.Close();
        code.Line();
        code.Open("private readonly ref byte entry");
        code.Line(Inline);
        code.Open("get");
        code.Lines("if (~Unsafe.IsNullRef(ref m_block)) ~SbeThrow.NoEntry();", "return ref m_block;");
        code.Close();
        code.Close();
        code.Line();
        EmitImage(code, group);
        code.Line("/// <summary>Starts the next entry. Only after it returned <see cref=\"~SbeError.None\"/> can fields be written; else they throw.</summary>");
        code.Line("/// <returns>What is wrong, if anything.</returns>");
        code.Line(Inline);
        code.Open("public ~SbeError TryNext()");
        code.Line("m_block = ref ~Unsafe.NullRef<byte>();");
        code.Line($"if (m_remaining == 0 || m_stage is not (0 or {complete}) || m_pending != m_base + m_remaining) return ~SbeError.OutOfOrder;");
        code.Line($"if ({group.BlockLength} > m_capacity - m_length) return ~SbeError.NoSpace;");
        code.Line("m_block = ref ~Unsafe.Add(ref m_body, m_length);");
        EmitInitialise(code, group, "m_block");
        code.Lines($"m_length += {group.BlockLength};", "m_remaining--;", "m_stage = 1;", "return ~SbeError.None;");
        code.Close();
        foreach (var field in group.Fields)
        {
            EmitSetter(code, field, scope, "entry", " Belongs to the entry that <see cref=\"TryNext\"/> started.");
        }

        EmitAdders(code, group, scope, "m_body", unscoped: false);
        code.Close();
    }

    private void EmitFixedGroupWriter(CodeWriter code, SbeGroup group, string name)
    {
        code.Line($"/// <summary>Writes the entries of {group.Name}, in any order.</summary>");
        code.Open($"public readonly ref struct {name}");
        code.Lines("private readonly ref byte m_first;", string.Empty, "/// <summary>Number of entries.</summary>", "public int Count { get; }", string.Empty);
        EmitImage(code, group);
        code.Line(Inline);
        code.Open($"internal {name}(ref byte first, int count)");
        code.Lines("m_first = ref first;", "Count = count;");
        if (group.BlockLength > 0)
        {
            code.Open("for (var i = 0; i < count; i++)");
            code.Line($"ref var block = ref ~Unsafe.Add(ref first, i * {group.BlockLength});");
            EmitInitialise(code, group, "block");
            code.Close();
        }

        code.Close();
        code.Lines(string.Empty, "/// <summary>An entry.</summary>", "/// <param name=\"index\">From 0.</param>");
        code.Open("public Entry this[int index]");
        code.Line(Inline);
        code.Open("get");
        code.Line("if ((uint)index >= (uint)Count) ~SbeThrow.IndexOutOfRange();");
        code.Line($"return new(ref ~Unsafe.Add(ref m_first, index * {group.BlockLength}));");
        code.Close();
        code.Close();
        code.Line();
        code.Line($"/// <summary>Writes an entry of {group.Name}.</summary>");
        code.Open("public readonly ref struct Entry");
        code.Lines("private readonly ref byte m_block;", string.Empty);
        EmitBlockConstructor(code, "Entry", hasVersion: false);
        var scope = MemberScope("Entry");
        foreach (var field in group.Fields)
        {
            EmitSetter(code, field, scope, "m_block", string.Empty);
        }

        code.Close();
        code.Close();
    }
}
