using FeedHandler.Sbe.Schema;

namespace FeedHandler.Sbe.Generator;

/// <summary>The code that checks the structure of a message, and the code that steps over what is checked.</summary>
internal sealed partial class Emitter
{
    /// <summary>A number of a header; <paramref name="position"/> is the header's place, null for the reference itself.</summary>
    private string ReadHeader(HeaderNumber number, string reference, string? position)
    {
        if (number.Constant is { } constant)
        {
            return Text((int)constant);
        }

        var offset = position is null ? Text(number.Offset) : number.Offset == 0 ? position : $"{position} + {number.Offset}";
        return Read(number.Primitive, reference, offset);
    }

    /// <summary>As <see cref="ReadHeader"/>, as a long that is never negative.</summary>
    private string ReadLong(HeaderNumber number, string reference, string position)
    {
        var read = ReadHeader(number, reference, position);
        return number.Primitive == SbePrimitive.UInt64 && number.Constant is null ? $"(long)~Math.Min({read}, long.MaxValue)" : $"(long){read}";
    }

    /// <summary>
    /// Checks groups and data behind a block: <c>start</c>, <c>position</c>, <c>length</c> and <c>version</c> are in scope.
    /// One check for each group covers all its entries.
    /// </summary>
    private void EmitWalk(CodeWriter code, List<Element> elements, Func<string, string> fail, string failStep, bool keepPositions)
    {
        foreach (var element in elements)
        {
            if (keepPositions)
            {
                code.Line($"var {element.Local} = {(element.IsVersioned ? "nuint.MaxValue" : "position")};");
            }

            if (element.IsVersioned)
            {
                code.Open($"if (version >= {element.SinceVersion})");
                if (keepPositions)
                {
                    code.Line($"{element.Local} = position;");
                }
            }
            else
            {
                code.Open(string.Empty);
            }

            if (element.Data is { } data)
            {
                code.Line($"if (length - position < {data.HeaderSize}) {fail("TruncatedData")}");
                code.Line($"var size = {ReadLong(data.Length, "start", "position")};");
                code.Line($"if (size > (long)(length - position) - {data.HeaderSize}) {fail("TruncatedData")}");
                code.Line($"position += {data.HeaderSize} + (nuint)size;");
            }
            else if (element.Group!.IsFixedSize)
            {
                EmitFixedGroupCheck(code, element.Group, fail);
            }
            else
            {
                var version = UsesVersion(element.Group) ? ", version" : string.Empty;
                code.Line($"var step = {element.TypeName}.Walk(ref ~Unsafe.Add(ref start, position), length - position{version});");
                code.Line($"if (step < 0) {failStep}");
                code.Line("position += (nuint)step;");
            }

            code.Close();
        }
    }

    private void EmitFixedGroupCheck(CodeWriter code, SbeGroup group, Func<string, string> fail)
    {
        var dimension = group.Dimension;
        code.Line($"if (length - position < {dimension.Size}) {fail("TruncatedGroup")}");
        var isWide = dimension.BlockLength.Primitive.Size() > 2 || dimension.NumInGroup.Primitive.Size() > 2;
        code.Line($"{(isWide ? "var" : "nuint")} entryLength = {(isWide ? ReadLong(dimension.BlockLength, "start", "position") : ReadHeader(dimension.BlockLength, "start", "position"))};");
        code.Line($"{(isWide ? "var" : "nuint")} count = {(isWide ? ReadLong(dimension.NumInGroup, "start", "position") : ReadHeader(dimension.NumInGroup, "start", "position"))};");
        var minimum = MinimumLength(group);
        if (minimum != "0")
        {
            code.Line($"if (count != 0 && entryLength < {(isWide || minimum[0] != '(' ? minimum : "(nuint)" + minimum)}) {fail("GroupBlockTooShort")}");
        }

        if (isWide)
        {
            // Wide numbers: keep their product from wrapping. Two of 16 bits fit into 32.
            code.Line($"if (count > int.MaxValue || entryLength > int.MaxValue) {fail("TruncatedGroup")}");
            code.Line($"if (entryLength == 0 && count > ushort.MaxValue) {fail("TooLarge")}");
        }

        code.Line($"position += {dimension.Size};");
        code.Line($"if (entryLength * count > {(isWide ? "(long)(length - position)" : "length - position")}) {fail("TruncatedGroup")}");
        code.Line(isWide ? "position += (nuint)(entryLength * count);" : "position += entryLength * count;");
    }

    /// <summary>A group whose entries have groups or data of their own: entries are checked one by one.</summary>
    private void EmitGroupWalk(CodeWriter code, SbeGroup group)
    {
        var dimension = group.Dimension;
        var elements = Elements(group, MemberScope("Entry", "EncodedLength"));
        var prefix = elements.Select(element => element with { TypeName = element.TypeName.Length == 0 ? string.Empty : "Entry." + element.TypeName }).ToList();
        code.Line("/// <summary>Checks the group from its header on; returns its bytes, or the negative error.</summary>");
        code.Open($"internal static int Walk(ref byte start, nuint length{(UsesVersion(group) ? ", int version" : string.Empty)})");
        code.Line($"if (length < {dimension.Size}) return -(int)~SbeError.TruncatedGroup;");
        code.Line($"var blockLength = {ReadLong(dimension.BlockLength, "start", "0")};");
        code.Line($"var entries = {ReadLong(dimension.NumInGroup, "start", "0")};");
        var minimum = MinimumLength(group);
        if (minimum != "0")
        {
            code.Line($"if (entries != 0 && blockLength < {minimum}) return -(int)~SbeError.GroupBlockTooShort;");
        }

        code.Line("if (entries > int.MaxValue) return -(int)~SbeError.TruncatedGroup;");
        code.Line($"nuint position = {dimension.Size};");
        code.Open("for (; entries > 0; entries--)");
        code.Line("var entry = position;");
        code.Line("if (blockLength > (long)(length - position)) return -(int)~SbeError.TruncatedGroup;");
        code.Line("position += (nuint)blockLength;");
        EmitWalk(code, prefix, error => $"return -(int)~SbeError.{error};", "return step;", keepPositions: false);
        code.Line("if (position != entry) continue;");
        code.Line("if (entries > ushort.MaxValue) return -(int)~SbeError.TooLarge;");
        code.Line("break; // entries of no bytes are all the same");
        code.Close();
        code.Line("return (int)position;");
        code.Close();
        code.Line();
    }

    /// <summary>Steps over the groups and data of an entry that is already checked, and keeps their positions.</summary>
    private void EmitStride(CodeWriter code, List<Element> elements)
    {
        foreach (var element in elements)
        {
            code.Line($"{element.Position} = {(element.IsVersioned ? "nuint.MaxValue" : "position")};");
            if (element.IsVersioned)
            {
                code.Open($"if (version >= {element.SinceVersion})");
                code.Line($"{element.Position} = position;");
            }

            if (element.Data is { } data)
            {
                code.Line($"position += {data.HeaderSize} + (nuint){ReadHeader(data.Length, "start", "position")};");
            }
            else if (element.Group!.IsFixedSize)
            {
                var dimension = element.Group.Dimension;
                code.Line($"position += {dimension.Size} + ((nuint){ReadHeader(dimension.BlockLength, "start", "position")} * (nuint){ReadHeader(dimension.NumInGroup, "start", "position")});");
            }
            else
            {
                var version = UsesVersion(element.Group) ? ", version" : string.Empty;
                code.Line($"position += (nuint){element.TypeName}.Walk(ref ~Unsafe.Add(ref start, position), int.MaxValue{version});");
            }

            if (element.IsVersioned)
            {
                code.Close();
            }
        }
    }

    /// <summary>Tells whether checking a group depends on the wire's version.</summary>
    private static bool UsesVersion(SbeGroup group) => NeedsVersion(group);
}
