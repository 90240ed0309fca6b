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
