using System.Globalization;
using System.Text;
using System.Text.Json.Nodes;
using FeedHandler.Sbe;
using FeedHandler.Sbe.Schema;

namespace FeedHandler.SharedData.Tests.Sbe;

/// <summary>C# that does what a plan asks with generated readers and writers: inject, read, respond.</summary>
internal static class ConformanceSource
{
    public static string Write(ConformancePlan plan, SbeSchema[] schemas)
    {
        var code = new StringBuilder();
        var (inject, respond) = (schemas[plan.InjectSchema], schemas[plan.ResponderSchema]);
        var received = respond.FindMessage(ConformancePlan.TemplateId(plan.Injected))!;
        var response = respond.FindMessage(ConformancePlan.TemplateId(plan.Response))!;

        code.Append(CultureInfo.InvariantCulture, $"namespace Inject{plan.Number} {{ using System; using FeedHandler.Sbe; using S{plan.InjectSchema}; using static Checks; public static class Plan {{\n");
        code.Append("public static int Inject(Span<byte> destination) {\n");
        Encode(code, inject.FindMessage(received.Id)!, plan.Injected);
        code.Append("} } }\n");

        code.Append(CultureInfo.InvariantCulture, $"namespace Respond{plan.Number} {{ using System; using System.Collections.Generic; using FeedHandler.Sbe; using S{plan.ResponderSchema}; using static Checks; public static class Plan {{\n");
        code.Append("public static int Respond(ReadOnlySpan<byte> source, Span<byte> destination) {\n");
        Wrap(code, received);
        Encode(code, response, plan.Response);
        code.Append("}\n");
        foreach (var (name, message) in new[] { ("ReadInjected", received), ("ReadResponse", response) })
        {
            code.Append(CultureInfo.InvariantCulture, $"public static void {name}(ReadOnlySpan<byte> source, List<string> o) {{\n");
            Wrap(code, message);
            Read(code, message, "r", string.Empty);
            code.Append("}\n");
        }

        return code.Append("} }\n").ToString();
    }

    public const string Shared =
        """
        public static class Checks
        {
            public static void Check(FeedHandler.Sbe.SbeError error) { if (error != FeedHandler.Sbe.SbeError.None) throw new System.InvalidOperationException(error.ToString()); }
            public static string Text(System.ReadOnlySpan<byte> bytes) => System.Text.Encoding.Latin1.GetString(bytes).TrimEnd('\0');
        }

        """;

    private static void Wrap(StringBuilder code, SbeMessage message) =>
        code.Append(CultureInfo.InvariantCulture, $"Check(MessageHeader.TryWrap(source, out var h)); if (h.TemplateId != {message.Name}.TemplateId || h.SchemaId != {message.Name}.SchemaId) throw new InvalidOperationException(\"header\"); Check({message.Name}.TryWrap(source[SchemaInfo.HeaderLength..], h.BlockLength, h.Version, out var r));\n");

    private static void Encode(StringBuilder code, SbeMessage message, JsonObject values)
    {
        code.Append(CultureInfo.InvariantCulture, $"Check({message.Name}.TryWriteHeader(destination)); Check({message.Name}Writer.TryBegin(destination[SchemaInfo.HeaderLength..], out var w));\n");
        Set(code, message, values, "w");
        foreach (var group in message.Groups)
        {
            var entries = values[group.Name]!.AsArray();
            code.Append(CultureInfo.InvariantCulture, $"Check(w.TryAdd{group.Name}({entries.Count}, out var g));\n");
            for (var i = 0; i < entries.Count; i++)
            {
                code.Append(CultureInfo.InvariantCulture, $"var e{i} = g[{i}];\n");
                Set(code, group, entries[i]!.AsObject(), $"e{i}");
            }
        }

        foreach (var data in message.Data)
        {
            code.Append(CultureInfo.InvariantCulture, $"Check(w.TryAdd{data.Name}(\"{values[ConformancePlan.Tag(data.Id)]}\"u8));\n");
        }

        code.Append("Check(w.TryFinish(out var length)); return SchemaInfo.HeaderLength + length;\n");
    }

    private static void Set(StringBuilder code, SbeBlock block, JsonObject values, string writer)
    {
        foreach (var field in block.Fields.Where(field => values.ContainsKey(ConformancePlan.Tag(field.Id))))
        {
            var value = values[ConformancePlan.Tag(field.Id)];
            if (ConformancePlan.IsEcho(value))
            {
                code.Append(CultureInfo.InvariantCulture, $"{writer}.Set{field.Name}(r.{field.Name});\n");
            }
            else if (ConformancePlan.IsText(field))
            {
                code.Append(CultureInfo.InvariantCulture, $"{writer}.Set{field.Name}(\"{value}\"u8);\n");
            }
            else
            {
                SetNumbers(code, field, ConformancePlan.Numbers(field, value), writer);
            }
        }
    }

    private static void SetNumbers(StringBuilder code, SbeField field, SbeNumber[] numbers, string writer)
    {
        if (field.Type is SbeComposite composite && numbers.Length > 1)
        {
            for (var i = 0; i < numbers.Length; i++)
            {
                code.Append(CultureInfo.InvariantCulture, $"{writer}.{field.Name}.Set{Pascal(composite.Members[i].Name)}({numbers[i]});\n");
            }
        }
        else
        {
            var cast = field.Type is SbeEnum ? $"({Pascal(field.Type.Name)})" : string.Empty;
            var literal = numbers[0].Primitive == SbePrimitive.Char ? ConformancePlan.Tag((int)numbers[0].Bits) : numbers[0].ToString();
            code.Append(CultureInfo.InvariantCulture, $"{writer}.Set{field.Name}({cast}{literal});\n");
        }
    }

    private static void Read(StringBuilder code, SbeBlock block, string reader, string path)
    {
        foreach (var field in block.Fields)
        {
            var at = $"{reader}.{field.Name}";
            var value = field.Type switch
            {
                _ when ConformancePlan.IsText(field) => $"Text({at})",
                SbeComposite composite => string.Join(" + \",\" + ", composite.Members.Where(member => member.Presence != SbePresence.Constant).Select(member => $"{at}.{Pascal(member.Name)}.ToString()")),
                SbeEnum { Primitive: SbePrimitive.Char } => $"((char)(byte){at}).ToString()",
                SbeEnum => $"((ulong){at}).ToString()",
                _ => $"{at}.ToString()",
            };
            code.Append(CultureInfo.InvariantCulture, $"o.Add(\"{path}{field.Id}=\" + {value});\n");
        }

        foreach (var group in block.Groups)
        {
            code.Append(CultureInfo.InvariantCulture, $"o.Add(\"{path}{group.Name}=\" + {reader}.{group.Name}.Count.ToString()); foreach (var entry in {reader}.{group.Name}) {{\n");
            Read(code, group, "entry", path + group.Name + ".");
            code.Append("}\n");
        }

        foreach (var data in block.Data)
        {
            code.Append(CultureInfo.InvariantCulture, $"o.Add(\"{path}{data.Id}=\" + Text({reader}.{data.Name}));\n");
        }
    }

    private static string Pascal(string name) => char.ToUpperInvariant(name[0]) + name[1..];
}
