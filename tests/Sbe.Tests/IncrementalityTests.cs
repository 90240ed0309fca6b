extern alias Generator;

using Generator::FeedHandler.Sbe.Generator;
using Microsoft.CodeAnalysis;
using Microsoft.CodeAnalysis.CSharp;

namespace FeedHandler.Sbe.Tests;

/// <summary>An editor runs the generator at every key press: what did not change must not be made again.</summary>
public sealed class IncrementalityTests
{
    private const string Path = "schema.xml";

    private static readonly string Xml = File.ReadAllText(System.IO.Path.Combine(AppContext.BaseDirectory, "Schemas", "car-headers.xml"))
        .Replace("<types>", "<messageSchema id='1'><types>", StringComparison.Ordinal)
        .Replace("</types>", "</types><message name='M' id='1'><field name='a' id='1' type='uint8'/></message></messageSchema>", StringComparison.Ordinal);

    [Fact]
    public void Change_of_other_source_leaves_everything_cached()
    {
        var driver = GeneratorRunner.Driver(new SchemaText(Path, Xml)).RunGenerators(GeneratorRunner.EmptyCompilation("class A;"));
        var second = driver.RunGenerators(GeneratorRunner.EmptyCompilation("class B;"));
        Assert.All(Reasons(second, SbeGenerator.ReadStep), reason => Assert.Equal(IncrementalStepRunReason.Cached, reason));
        Assert.All(Reasons(second, SbeGenerator.EmitStep), reason => Assert.Equal(IncrementalStepRunReason.Cached, reason));
    }

    [Fact]
    public void Comment_in_the_schema_is_read_but_no_code_is_written()
    {
        var second = Edit(Xml.Replace("<message ", "\n<!-- hello -->\n<message ", StringComparison.Ordinal));
        Assert.All(Reasons(second, SbeGenerator.FilesStep), reason => Assert.Equal(IncrementalStepRunReason.Modified, reason));
        Assert.All(Reasons(second, SbeGenerator.EmitStep), reason => Assert.Equal(IncrementalStepRunReason.Cached, reason));
    }

    [Fact]
    public void Change_of_a_field_writes_code_again()
    {
        var second = Edit(Xml.Replace("name='a'", "name='b'", StringComparison.Ordinal));
        Assert.All(Reasons(second, SbeGenerator.EmitStep), reason => Assert.Equal(IncrementalStepRunReason.Modified, reason));
    }

    private static GeneratorDriver Edit(string xml)
    {
        var before = new SchemaText(Path, Xml);
        var compilation = GeneratorRunner.EmptyCompilation();
        return GeneratorRunner.Driver(before).RunGenerators(compilation)
            .ReplaceAdditionalText(before, new SchemaText(Path, xml))
            .RunGenerators(compilation);
    }

    private static List<IncrementalStepRunReason> Reasons(GeneratorDriver driver, string step)
    {
        var reasons = driver.GetRunResult().Results.Single().TrackedSteps[step].SelectMany(run => run.Outputs).Select(output => output.Reason).ToList();
        Assert.NotEmpty(reasons);
        return reasons;
    }
}
