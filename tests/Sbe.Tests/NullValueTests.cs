namespace FeedHandler.Sbe.Tests;

/// <summary>What "no value" is: generated code and the run-time decoder must say the same.</summary>
public sealed class NullValueTests
{
    private const string Chars =
        """
        <type name="CharNull" primitiveType="char" presence="optional" nullValue="0"/>
        <enum name="E" encodingType="CharNull"><validValue name="A">A</validValue></enum>
        <enum name="Digit" encodingType="char"><validValue name="Zero">0</validValue></enum>
        """;

    [Fact]
    public void Null_char_is_the_zero_byte_and_the_declared_one()
    {
        var xml = CompiledSchema.Xml(Chars, """<field name="c" id="1" type="CharNull"/><field name="e" id="2" type="E"/><field name="d" id="3" type="Digit" presence="optional"/>""");
        var said = CompiledSchema.Run(xml, """
            foreach (var value in new byte[] { 0, (byte)'0', (byte)'A' })
            {
                M.TryWrap(new byte[] { value, value, value }, 3, 3, out var m);
                o.Add($"{m.IsCNull} {m.IsENull} {m.IsDNull}");
            }
            var bytes = new byte[3];
            MWriter.TryBegin(bytes, out _);
            o.Add(Convert.ToHexString(bytes));
            """);
        Assert.Equal(["True True True", "True True False", "False False False", "000000"], said);
        Assert.Equal("""{"c":null,"e":null,"d":null}""", CompiledSchema.Fields(xml, 3, 0, 0, 0));
        Assert.Equal("""{"c":null,"e":null,"d":"Zero"}""", CompiledSchema.Fields(xml, 3, (byte)'0', (byte)'0', (byte)'0'));
        Assert.Equal("""{"c":"A","e":"A","d":65}""", CompiledSchema.Fields(xml, 3, (byte)'A', (byte)'A', (byte)'A'));
    }

    [Fact]
    public void Optional_fields_of_every_kind_start_as_null()
    {
        var xml = CompiledSchema.Xml(
            """
            <composite name="Price"><type name="mantissa" primitiveType="int64"/><type name="exponent" primitiveType="int8" presence="constant">-2</type></composite>
            <composite name="Pair"><type name="left" primitiveType="uint8"/><type name="right" primitiveType="uint16"/></composite>
            <type name="u8n" primitiveType="uint8" presence="optional" nullValue="255"/>
            <set name="S" encodingType="u8n"><choice name="a">0</choice></set><enum name="E" encodingType="u8n"><validValue name="A">1</validValue></enum>
            <type name="Text" primitiveType="char" length="2" presence="optional"/><type name="Three" primitiveType="int16" length="3" presence="optional"/>
            """,
            """
            <field name="p" id="1" type="Price" presence="optional"/><field name="q" id="2" type="Pair" presence="optional"/><field name="s" id="3" type="S"/>
            <field name="e" id="4" type="E"/><field name="t" id="5" type="Text"/><field name="n" id="6" type="Three"/><field name="f" id="7" type="double" presence="optional"/>
            """);
        var said = CompiledSchema.Run(xml, """
            var bytes = new byte[M.BlockLength];
            MWriter.TryBegin(bytes, out var w);
            M.TryWrap(bytes, M.BlockLength, 3, out var m);
            o.Add($"{m.IsPNull} {m.IsQNull} {m.IsSNull} {m.IsENull} {m.IsTNull} {m.IsNNull} {m.IsFNull}");
            o.Add(Convert.ToHexString(bytes));
            w.P.SetMantissa(150); w.Q.SetLeft(1); w.SetS(S.A); w.SetE(E.A); w.SetT("x"u8); w.SetN(new short[] { 1, 2, 3 }); w.SetF(0.5);
            o.Add($"{m.IsPNull} {m.IsQNull} {m.IsSNull} {m.IsENull} {m.IsTNull} {m.IsNNull} {m.IsFNull}");
            o.Add(Convert.ToHexString(bytes));
            """);
        Assert.Equal("True True True True True True True", said[0]);
        Assert.Equal("False False False False False False False", said[2]);
        Assert.Equal("""{"p":null,"q":null,"s":null,"e":null,"t":null,"n":null,"f":null}""", CompiledSchema.Fields(xml, 3, Convert.FromHexString(said[1])));
        Assert.Equal("""{"p":1.5,"q":{"left":1,"right":65535},"s":["a"],"e":"A","t":"x","n":[1,2,3],"f":0.5}""", CompiledSchema.Fields(xml, 3, Convert.FromHexString(said[3])));
    }

    [Fact]
    public void Required_field_is_null_only_where_the_version_does_not_have_it_and_a_constant_never()
    {
        var xml = CompiledSchema.Xml(
            """<enum name="E" encodingType="char"><validValue name="A">A</validValue></enum><type name="T" primitiveType="char" presence="constant" valueRef="E.A"/>""",
            """
            <field name="a" id="1" type="uint8"/><field name="b" id="2" type="uint8" sinceVersion="1"/><field name="o" id="3" type="uint8" sinceVersion="1" presence="optional"/>
            <field name="c" id="4" type="char" presence="constant" valueRef="E.A"/><field name="t" id="5" type="T"/><field name="k" id="6" type="E" presence="constant" valueRef="E.A" sinceVersion="2"/>
            """);
        var said = CompiledSchema.Run(xml, """
            foreach (var version in new[] { 0, 1 })
            {
                M.TryWrap(new byte[] { 255, 255, 255 }, 3, version, out var m);
                o.Add($"{m.IsBNull} {m.IsONull} {(char)m.C} {(char)m.T} {m.K}");
            }
            """);
        Assert.Equal(["True True A A A", "False True A A A"], said);
        Assert.Equal("""{"a":255,"b":null,"o":null,"c":"A","t":"A","k":"A"}""", CompiledSchema.Fields(xml, 0, 255));
        Assert.Equal("""{"a":255,"b":255,"o":null,"c":"A","t":"A","k":"A"}""", CompiledSchema.Fields(xml, 1, 255, 255, 255));
    }

    [Fact]
    public void Text_is_read_in_its_encoding()
    {
        var xml = CompiledSchema.Xml(
            """<type name="U" primitiveType="char" length="4" characterEncoding="UTF-8"/><type name="L" primitiveType="char" length="2" characterEncoding="ISO_8859_1"/><type name="K" primitiveType="char" characterEncoding="UTF-8" presence="constant">€</type>""",
            """<field name="u" id="1" type="U"/><field name="l" id="2" type="L"/><field name="k" id="3" type="K"/>""");
        Assert.Equal("""{"u":"é","l":"é","k":"€"}""", CompiledSchema.Fields(xml, 3, 0xC3, 0xA9, 0, 0, 0xE9, 0));
        Assert.Equal(["E282AC"], CompiledSchema.Run(xml, """M.TryWrap(new byte[6], 6, 3, out var m); o.Add(Convert.ToHexString(m.K));"""));
    }
}
