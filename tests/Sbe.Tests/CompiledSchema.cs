using System.Buffers;
using System.Reflection;
using System.Text;
using System.Text.Json;
using Microsoft.CodeAnalysis;

namespace FeedHandler.Sbe.Tests;

/// <summary>A small schema, compiled together with a few lines that use its code.</summary>
internal static class CompiledSchema
{
    private const string Usings = "using System; using System.Collections.Generic; using FeedHandler.Sbe; using V;\n";

    /// <summary>A schema of one message <c>M</c>, id 1 of schema 7, version 3, with headers of the usual shapes.</summary>
    public static string Xml(string types, string content, string attributes = "") =>
        $"""
        <messageSchema id="7" version="3" {attributes}><types>
        <composite name="messageHeader"><type name="blockLength" primitiveType="uint16"/><type name="templateId" primitiveType="uint16"/><type name="schemaId" primitiveType="uint16"/><type name="version" primitiveType="uint16"/></composite>
        <composite name="groupSizeEncoding"><type name="blockLength" primitiveType="uint16"/><type name="numInGroup" primitiveType="uint16"/></composite>
        <composite name="varData"><type name="length" primitiveType="uint16"/><type name="varData" primitiveType="uint8" length="0"/></composite>
        {types}</types><message name="M" id="1">{content}</message></messageSchema>
        """;

    /// <summary>The result of statements that use the generated code of namespace <c>V</c>, text by text.</summary>
    public static string[] Run(string xml, string statements) =>
        [.. Compile(xml, $"public static class Uses {{ public static List<string> Run() {{ var o = new List<string>(); {statements} return o; }} }}")
            .GetType("Uses", throwOnError: true)!.GetMethod("Run")!.CreateDelegate<Func<List<string>>>()()];

    public static Assembly Compile(string xml, string source, string usings = Usings)
    {
        var (compilation, diagnostics) = GeneratorRunner.Run(GeneratorRunner.EmptyCompilation(usings + source), new SchemaText("schema.xml", xml, "V"));
        Assert.Empty(diagnostics);
        using var stream = new MemoryStream();
        var result = compilation.Emit(stream);
        Assert.True(result.Success, string.Join('\n', result.Diagnostics.Where(d => d.Severity == DiagnosticSeverity.Error).Take(5)) + xml);
        return Assembly.Load(stream.ToArray());
    }

    /// <summary>The fields of a message as JSON, by the run-time decoder.</summary>
    public static string Fields(string xml, int version, params byte[] block)
    {
        Assert.True(SbeSchema.TryParse(xml, "schema.xml", out var schema, out var issues), string.Join('\n', issues));
        var buffer = new ArrayBufferWriter<byte>();
        using (var writer = new Utf8JsonWriter(buffer, new() { Encoder = System.Text.Encodings.Web.JavaScriptEncoder.UnsafeRelaxedJsonEscaping }))
        {
            Assert.Equal(SbeError.None, SbeJson.WriteMessage(writer, schema!, new(block.Length, 1, 7, version), block));
        }

        using var document = JsonDocument.Parse(Encoding.UTF8.GetString(buffer.WrittenSpan));
        return document.RootElement.GetProperty("fields").GetRawText();
    }
}
