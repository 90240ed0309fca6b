extern alias Generator;

using Microsoft.CodeAnalysis;

namespace FeedHandler.Sbe.Tests;

/// <summary>One schema for each rule that breaks only that rule.</summary>
public sealed class DiagnosticTests
{
    private const string Header =
        """
        <composite name="messageHeader"><type name="blockLength" primitiveType="uint16"/><type name="templateId" primitiveType="uint16"/><type name="schemaId" primitiveType="uint16"/><type name="version" primitiveType="uint16"/></composite>
        <composite name="groupSizeEncoding"><type name="blockLength" primitiveType="uint16"/><type name="numInGroup" primitiveType="uint8"/></composite>
        """;

    public static TheoryData<string, string, string> Rules() => new()
    {
        { "SBE003", """<type name="T" primitiveType="uint8" presence="maybe"/>""", """<field name="a" id="1" type="T"/>""" },
        { "SBE004", "", """<field name="a" id="1" type="Missing"/>""" },
        { "SBE005", "", """<field name="a" id="1" type="uint8"/><field name="a" id="2" type="uint8"/>""" },
        { "SBE006", "", """</message><message name="N" id="1">""" },
        { "SBE007", "", """<field name="no name" id="1" type="uint8"/>""" },
        { "SBE008", "", """<field name="a" id="1" type="uint32"/><field name="b" id="2" type="uint8" offset="3"/>""" },
        { "SBE009", "", """<group name="g" id="1" blockLength="1"><field name="a" id="2" type="uint32"/></group>""" },
        { "SBE010", """<enum name="E" encodingType="uint8"><validValue name="A">256</validValue></enum>""", "" },
        { "SBE011", """<enum name="E" encodingType="uint8"><validValue name="A">1</validValue><validValue name="B">1</validValue></enum>""", "" },
        { "SBE012", """<composite name="D"><type name="blockLength" primitiveType="uint16"/></composite>""", """<group name="g" id="1" dimensionType="D"/>""" },
        { "SBE013", """<composite name="D"><type name="length" primitiveType="uint16"/></composite>""", """<data name="d" id="1" type="D"/>""" },
        { "SBE014", """<composite name="C"><ref name="c" type="C"/></composite>""", "" },
        { "SBE016", "", """<field name="a" id="1" type="uint8" sinceVersion="9"/>""" },
        { "SBE017", "", """<group name="g" id="1"/><field name="a" id="2" type="uint8"/>""" },
        { "SBE018", """<type name="T" primitiveType="uint8" presence="constant"/>""", "" },
        { "SBE019", """<include href="missing.xml"/>""", "" },
        { "SBE003", "", """<field name="a" id="1" type="uint64" offset="2147483644"/>""" },
        { "SBE003", "", """<group name="g" id="1" blockLength="2147483644"/>""" },
        { "SBE008", """<type name="T" primitiveType="char" length="65535"/>""", """<field name="a" id="1" type="T"/><field name="b" id="2" type="uint8"/>""" },
        { "SBE008", """<composite name="C"><type name="a" primitiveType="uint64" length="9000"/></composite>""", "" },
        { "SBE009", """<composite name="D"><type name="blockLength" primitiveType="uint16" presence="constant">4</type><type name="numInGroup" primitiveType="uint8"/></composite>""", """<group name="g" id="1" dimensionType="D"><field name="x" id="2" type="uint64"/></group>""" },
        { "SBE010", """<type name="K" primitiveType="char" presence="constant">€</type>""", """<field name="a" id="1" type="K"/>""" },
        { "SBE010", """<type name="K" primitiveType="char" characterEncoding="US-ASCII" presence="constant">é</type>""", "" },
        { "SBE010", """<enum name="E" encodingType="uint16"><validValue name="A">300</validValue></enum>""", """<field name="a" id="1" type="uint8" presence="constant" valueRef="E.A"/>""" },
        { "SBE010", """<enum name="E" encodingType="char"><validValue name="A">A</validValue></enum>""", """<field name="a" id="1" type="E" presence="constant">AB</field>""" },
        { "SBE013", """<composite name="D"><type name="varData" primitiveType="uint8" length="0"/><type name="length" primitiveType="uint16"/></composite>""", """<data name="d" id="1" type="D"/>""" },
        { "SBE013", """<composite name="D"><type name="length" primitiveType="uint16"/><type name="varData" primitiveType="uint8" length="0"/><type name="more" primitiveType="uint8"/></composite>""", """<data name="d" id="1" type="D"/>""" },
        { "SBE015", "", """</message><message name="N" id="70000">""" },
    };

    [Theory]
    [MemberData(nameof(Rules))]
    public void Broken_rule_is_reported_with_file_and_line(string id, string types, string content)
    {
        var diagnostics = Diagnose($"<messageSchema id='1' version='2'>\n<types>{Header}</types>\n<types>{types}</types>\n<message name='M' id='1'>{content}</message>\n</messageSchema>");
        Assert.Equal([id], diagnostics.Select(diagnostic => diagnostic.Id).Distinct(StringComparer.Ordinal));
        var line = diagnostics[0].Location.GetLineSpan();
        Assert.Equal("dir/schema.xml", line.Path);
        Assert.InRange(line.StartLinePosition.Line, 3, 4);
        Assert.Equal(DiagnosticSeverity.Error, diagnostics[0].Severity);
    }

    [Theory]
    [InlineData("SBE001", "<messageSchema><types></messageSchema>")]
    [InlineData("SBE002", "<schema/>")]
    [InlineData("SBE015", "<messageSchema id='1'/>")]
    public void Unusable_file_is_refused(string id, string xml) => Assert.Equal(id, Assert.Single(Diagnose(xml)).Id);

    [Theory]
    [InlineData("schemaId", "<messageSchema id='70000' version='2'>")]
    [InlineData("version", "<messageSchema id='1' version='65535'>")]
    [InlineData("blockLength", "<messageSchema id='1' version='2'>")]
    [InlineData("templateId", "<messageSchema id='1' version='2'>")]
    public void Header_that_cannot_say_the_schemas_numbers_is_refused(string small, string start)
    {
        var member = $"""<type name="{small}" primitiveType="uint16"/>""";
        var header = Header.Replace(member, $"""<type name="{small}" primitiveType="uint8"/>""", StringComparison.Ordinal);
        var diagnostics = Diagnose($"{start}<types>{header}<type name='T' primitiveType='char' length='300'/></types><message name='M' id='300'><field name='a' id='1' type='T'/></message></messageSchema>");
        Assert.Equal("SBE015", Assert.Single(diagnostics).Id);
    }

    [Theory]
    [InlineData("schemaId", "9", true)]
    [InlineData("schemaId", "1", false)]
    [InlineData("version", "3", true)]
    [InlineData("blockLength", "1", true)]
    [InlineData("blockLength", "8", false)]
    public void Number_that_a_header_fixes_must_be_the_schemas(string name, string value, bool isRefused)
    {
        var member = $"""<type name="{name}" primitiveType="uint16"/>""";
        var header = Header.Replace($"{member}<type name=\"templateId\"", $"{member[..^2]} presence=\"constant\">{value}</type><type name=\"templateId\"", StringComparison.Ordinal);
        header = name == "blockLength" ? header : Header.Replace(member, $"{member[..^2]} presence=\"constant\">{value}</type>", StringComparison.Ordinal);
        var diagnostics = Diagnose($"<messageSchema id='1' version='2'><types>{header}</types><message name='M' id='1'><field name='a' id='1' type='uint64'/></message></messageSchema>");
        Assert.Equal(isRefused ? ["SBE015"] : [], diagnostics.Select(diagnostic => diagnostic.Id));
    }

    [Fact]
    public void Second_schema_in_a_namespace_is_refused()
    {
        var xml = $"<messageSchema id='1'><types>{Header}</types></messageSchema>";
        var (_, diagnostics) = GeneratorRunner.Run(GeneratorRunner.EmptyCompilation(), new SchemaText("a.xml", xml, "Venue"), new SchemaText("b.xml", xml, "venue"));
        var diagnostic = Assert.Single(diagnostics);
        Assert.Equal("SBE020", diagnostic.Id);
        Assert.Equal("b.xml", diagnostic.Location.GetLineSpan().Path);
    }

    [Fact]
    public void Every_rule_has_a_diagnostic()
    {
        foreach (var rule in Enum.GetValues<Generator::FeedHandler.Sbe.Schema.SchemaRule>().Where(rule => rule != 0))
        {
            Assert.Equal($"SBE{(int)rule:000}", Generator::FeedHandler.Sbe.Generator.Diagnostics.Create(new(rule, "what", "s.xml", 1, 1)).Id);
        }
    }

    [Fact]
    public void Unusable_namespace_is_refused()
    {
        var (_, diagnostics) = GeneratorRunner.Run(GeneratorRunner.EmptyCompilation(), new SchemaText("s.xml", "<messageSchema/>", "not a namespace"));
        Assert.Equal("SBE020", Assert.Single(diagnostics).Id);
    }

    [Fact]
    public void Run_time_refuses_in_the_same_words()
    {
        const string Xml = "<messageSchema id='1'>\n<message name='M' id='1'/></messageSchema>";
        Assert.False(SbeSchema.TryParse(Xml, "dir/schema.xml", out var schema, out var issues));
        Assert.Null(schema);
        Assert.Equal(Diagnose(Xml).Select(diagnostic => diagnostic.GetMessage()), issues.Select(issue => issue.Message));
        Assert.StartsWith("dir/schema.xml(1,2): error SBE015: ", issues[0].ToString(), StringComparison.Ordinal);
    }

    private static Diagnostic[] Diagnose(string xml) =>
        [.. GeneratorRunner.Run(GeneratorRunner.EmptyCompilation(), new SchemaText("dir/schema.xml", xml)).Diagnostics];
}
