using FeedHandler.Sbe.Schema;
using Microsoft.CodeAnalysis;

namespace FeedHandler.Sbe.Tests;

/// <summary>Schemas of unusual shapes and names: their code compiles, and it reads the bytes that are there.</summary>
public sealed class SchemaShapeTests
{
    /// <summary>Names that are also names of the run time, of generated members, or of C#.</summary>
    public static TheoryData<string, string> Clashes() => new()
    {
        { """<composite name="Entry"><type name="px" primitiveType="int64"/></composite><enum name="Enumerator" encodingType="uint8"><validValue name="A">1</validValue></enum>""", """<group name="es" id="1"><field name="q" id="3" type="uint8"/><field name="e" id="2" type="Entry"/><field name="n" id="4" type="Enumerator"/></group>""" },
        { """<enum name="Entry" encodingType="uint8"><validValue name="A">1</validValue></enum>""", """<group name="entry" id="1"><field name="e" id="2" type="Entry"/><data name="current" id="3" type="varData"/></group>""" },
        { "", string.Concat(new[] { "flags", "math", "span", "object", "class", "record", "m", "toString", "tryWrap", "blockLength", "sbeError", "memoryMarshal", "unsafe", "_block", "m_block", "block", "_", "__arglist", "version", "image", "system", "global", "v" }.Select((name, i) => $"<field name='{name}' id='{i}' type='uint32' presence='optional'/>")) },
        { """<composite name="Px"><type name="mantissa" primitiveType="int64"/><type name="isNull" primitiveType="int64"/></composite>""", """<field name="q" id="1" type="int32" presence="optional"/><field name="image" id="2" type="Px"/><group name="image2" id="3"><field name="image" id="4" type="Px" presence="optional"/><data name="entry" id="5" type="varData"/></group>""" },
        { """<composite name="Legs"><type name="px" primitiveType="int64"/></composite><enum name="LegsGroup" encodingType="uint8"><validValue name="A">1</validValue></enum>""", """<field name="x" id="3" type="Legs"/><field name="y" id="4" type="LegsGroup" sinceVersion="1"/><group name="legs" id="1"><field name="e" id="2" type="Legs"/></group>""" },
        { """<composite name="Price"><type name="mantissa" primitiveType="int64"/></composite>""", """<field name="price" id="1" type="int64"/><field name="stopPx" id="2" type="Price" sinceVersion="1"/><field name="setPrice" id="3" type="int64"/>""" },
        { """<composite name="Unsafe"><type name="Span" primitiveType="int64"/></composite><set name="Flags" encodingType="uint8"><choice name="None">1</choice></set><composite name="System"><type name="a" primitiveType="float" length="2"/></composite><composite name="SchemaInfo"><type name="a" primitiveType="int8"/></composite>""", """<field name="a" id="1" type="Unsafe"/><field name="b" id="2" type="Flags"/><field name="c" id="3" type="System" sinceVersion="1"/><field name="d" id="4" type="SchemaInfo"/>""" },
        { "", """</message><message name="Types" id="2"/><message name="SchemaInfo" id="3"/><message name="OrderBBO" id="4"/><message name="OrderBbo" id="5"/><message name="MWriter" id="6">""" },
        { """<composite name="Outer"><composite name="inner"><type name="length" primitiveType="uint16"/><type name="varData" primitiveType="uint8" length="0"/></composite></composite>""", """<field name="a" id="1" type="uint8"/>""" },
    };

    [Theory]
    [MemberData(nameof(Clashes))]
    public void Any_symbolic_name_compiles_in_either_byte_order(string types, string content)
    {
        CompiledSchema.Compile(CompiledSchema.Xml(types, content), string.Empty, string.Empty);
        CompiledSchema.Compile(CompiledSchema.Xml(types, content, "byteOrder='bigEndian'"), string.Empty, string.Empty);
    }

    [Fact]
    public void Type_inside_a_composite_keeps_its_layout_beside_one_of_the_same_name()
    {
        var xml = CompiledSchema.Xml(
            """
            <composite name="Ab"><composite name="c"><type name="z" primitiveType="uint8"/></composite></composite>
            <composite name="AbC"><type name="px" primitiveType="int64"/><type name="py" primitiveType="int64"/></composite>
            """,
            """<field name="a" id="1" type="Ab"/><field name="b" id="2" type="AbC"/>""");
        var said = CompiledSchema.Run(xml, """M.TryWrap(new byte[17] { 7, 1, 0, 0, 0, 0, 0, 0, 0, 2, 0, 0, 0, 0, 0, 0, 0 }, 17, 3, out var m); AbC b = m.B; o.Add($"{M.BlockLength} {m.A.C.Z} {b.Px} {b.Py}");""");
        Assert.Equal(["17 7 1 2"], said);
    }

    [Theory]
    [InlineData("required")]
    [InlineData("optional")]
    [InlineData("constant")]
    public void Field_of_a_constant_type_is_not_on_the_wire(string presence)
    {
        var xml = CompiledSchema.Xml(
            """<type name="C" primitiveType="uint64" presence="constant">5</type><composite name="P"><ref name="c" type="C" presence="optional"/><type name="d" primitiveType="uint8"/></composite>""",
            $"""<field name="f" id="2" type="C" presence="{presence}"/><field name="a" id="1" type="uint8"/><field name="p" id="3" type="P"/>""");
        var said = CompiledSchema.Run(xml, """M.TryWrap(new byte[] { 1, 2 }, 2, 3, out var m); o.Add($"{M.BlockLength} {m.F} {m.A} {m.P.C} {m.P.D} {typeof(MWriter).GetMethod("SetF") is null}");""");
        Assert.Equal(["2 5 1 5 2 True"], said);
        Assert.Equal("""{"f":5,"a":1,"p":{"c":5,"d":2}}""", CompiledSchema.Fields(xml, 3, 1, 2));
    }

    [Fact]
    public void Reference_in_a_composite_can_be_constant()
    {
        var xml = CompiledSchema.Xml(
            """<enum name="E" encodingType="uint8"><validValue name="A">9</validValue></enum><composite name="C"><type name="a" primitiveType="uint8"/><ref name="k" type="E" presence="constant" valueRef="E.A"/></composite>""",
            """<field name="c" id="1" type="C"/>""");
        Assert.Equal(["1 A"], CompiledSchema.Run(xml, """M.TryWrap(new byte[] { 1 }, 1, 3, out var m); o.Add($"{M.BlockLength} {m.C.K}");"""));
        Assert.Equal("""{"c":{"a":1,"k":"A"}}""", CompiledSchema.Fields(xml, 3, 1));
    }

    [Fact]
    public void Included_group_is_one_group_also_in_a_group()
    {
        const string Part = """<group name="inner" id="5"><field name="y" id="6" type="uint16"/></group>""";
        var xml = CompiledSchema.Xml("", """<group name="outer" id="1"><field name="x" id="2" type="uint8"/><include href="part.xml"/></group>""");
        var group = SchemaReader.Read(xml, "schema.xml", _ => Part).Model!.Messages[0].Groups[0];
        Assert.Equal(["x"], group.Fields.Select(field => field.Name));
        Assert.Equal(["inner"], group.Groups.Select(inner => inner.Name));
    }

    [Fact]
    public void Included_composite_is_one_member_also_in_a_composite()
    {
        const string Part = """<composite name="inner"><type name="y" primitiveType="uint16"/></composite>""";
        var xml = CompiledSchema.Xml("""<composite name="Outer"><type name="x" primitiveType="uint8"/><include href="part.xml"/></composite>""", "");
        var outer = SchemaReader.Read(xml, "schema.xml", _ => Part).Model!.Types.OfType<SbeComposite>().Last();
        Assert.Equal(["x", "inner"], outer.Members.Select(member => member.Name));
    }

    [Fact]
    public void Wide_header_is_read_without_wrapping()
    {
        const string Xml =
            """
            <messageSchema id="7" version="3" headerType="frame"><types><composite name="frame"><type name="version" primitiveType="uint32"/><type name="schemaId" primitiveType="uint64"/><type name="templateId" primitiveType="uint16"/><type name="blockLength" primitiveType="uint32"/></composite></types>
            <message name="M" id="1"><field name="a" id="1" type="uint8"/><field name="b" id="2" type="uint8" sinceVersion="1"/></message></messageSchema>
            """;
        var said = CompiledSchema.Run(Xml, """
            var bytes = new byte[20];
            M.TryWriteHeader(bytes);
            o.Add(SchemaInfo.TryReadHeader(bytes, out var h).ToString() + h);
            bytes.AsSpan(0, 4).Fill(0xFF); bytes.AsSpan(4, 8).Fill(0xFF); bytes.AsSpan(14, 4).Fill(0xFF);
            o.Add(SchemaInfo.TryReadHeader(bytes, out h).ToString() + h);
            o.Add(M.TryWrap(bytes, 1, h.Version, out _).ToString());
            o.Add(SchemaInfo.TryReadHeader(bytes.AsSpan(0, 17), out h).ToString() + h);
            """);
        Assert.Equal(
            [
                "NoneSbeMessageHeader { BlockLength = 2, TemplateId = 1, SchemaId = 7, Version = 3 }",
                $"NoneSbeMessageHeader {{ BlockLength = {int.MaxValue}, TemplateId = 1, SchemaId = {int.MaxValue}, Version = {int.MaxValue} }}",
                "BlockTooShort",
                "TruncatedHeaderSbeMessageHeader { BlockLength = 0, TemplateId = 0, SchemaId = 0, Version = 0 }",
            ],
            said);
        Assert.True(SbeSchema.TryParse(Xml, "s.xml", out var schema, out _));
        Assert.Equal(SbeError.None, SbeDecoder.TryReadHeader(schema!, Convert.FromHexString("FFFFFFFFFFFFFFFFFFFFFFFF0100FFFFFFFF"), out var header));
        Assert.Equal(new(int.MaxValue, 1, int.MaxValue, int.MaxValue), header);
    }

    [Fact]
    public void Readme_example_compiles_with_its_schema()
    {
        var readme = File.ReadAllText(Path.Combine(AppContext.BaseDirectory, "GENERATOR-README.md"));
        var blocks = readme.Split("```").Where((_, i) => i % 2 == 1).ToList();
        var schema = blocks.Single(block => block.Contains("<messageSchema", StringComparison.Ordinal));
        var code = blocks.Where(block => block.StartsWith("csharp", StringComparison.Ordinal) && !block.Contains("using ", StringComparison.Ordinal)).Select(block => block["csharp".Length..]);
        var source = "public static class Example {" + string.Concat(code.Select((block, i) => $"\n{block}")) + "}";
        var assembly = CompiledSchema.Compile(schema[(schema.IndexOf('\n', StringComparison.Ordinal) + 1)..].Trim(), source, "using System; using FeedHandler.Sbe; using V;\n");
        Assert.NotNull(assembly.GetType("Example"));
    }
}
