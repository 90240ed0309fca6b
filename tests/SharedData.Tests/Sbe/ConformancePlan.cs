using System.Globalization;
using System.Text;
using System.Text.Json.Nodes;
using FeedHandler.Sbe;
using FeedHandler.Sbe.Schema;

namespace FeedHandler.SharedData.Tests.Sbe;

/// <summary>A test plan of the FIX conformance suite: a message to inject, and the response to it.</summary>
internal sealed class ConformancePlan
{
    private const string Folder = "sbe/fix-sbe-conformance/";

    public ConformancePlan(int number)
    {
        Number = number;
        var plan = JsonNode.Parse(File.ReadAllText(SharedFolder.Path($"{Folder}test{number}.json")))!;
        var version = plan["version"]!;
        InjectSchema = SchemaNumber(version["injectMessageSchema"]!);
        ResponderSchema = SchemaNumber(version["messageSchema"]!);
        Injected = plan["inject"]!["messages"]!.AsArray().Single()!.AsObject();
        Response = plan["respond"]!["messages"]!.AsArray().Single()!.AsObject();
    }

    public int Number { get; }

    public int InjectSchema { get; }

    public int ResponderSchema { get; }

    public JsonObject Injected { get; }

    /// <summary>The response as the plan has it: a value that is <c>true</c> is the injected one.</summary>
    public JsonObject Response { get; }

    /// <summary>The response with the injected values in place.</summary>
    public JsonObject ResolvedResponse()
    {
        var resolved = Response.DeepClone().AsObject();
        foreach (var (tag, value) in Response)
        {
            if (IsEcho(value))
            {
                resolved[tag] = Injected[tag]!.DeepClone();
            }
        }

        return resolved;
    }

    public static string SchemaPath(int number) => SharedFolder.Path($"{Folder}schema{number}.xml");

    public static bool IsEcho(JsonNode? value) => value is JsonValue scalar && scalar.TryGetValue<bool>(out var isEcho) && isEcho;

    public static int TemplateId(JsonObject message) => message["template"]!.GetValue<int>();

    /// <summary>What the wire has for a field of one or more numbers.</summary>
    public static SbeNumber[] Numbers(SbeField field, JsonNode? value) => field.Type switch
    {
        SbeComposite composite => [.. composite.Members.Where(member => member.Presence != SbePresence.Constant).Select(member => value is null
            ? ((SbeEncoding)member.Type).Null
            : SbeNumber.Of(((SbeEncoding)member.Type).Primitive, Mantissa(composite, value)))],
        SbeEnum enumeration => [value is null ? enumeration.Null : Parse(enumeration.Primitive, value)],
        SbeEncoding encoding => [value is null ? encoding.Null : Parse(encoding.Primitive, value)],
        _ => throw new NotSupportedException(field.Name),
    };

    public static bool IsText(SbeField field) => field.Type is SbeEncoding { IsArray: true, Primitive: SbePrimitive.Char };

    /// <summary>The values of a message in schema order as <c>tag=value</c>; tags that the schema does not have go to <paramref name="unknown"/>.</summary>
    public static List<string> Values(SbeBlock block, JsonObject values, List<string> unknown, string path = "")
    {
        var known = block.Fields.Select(field => Tag(field.Id)).Concat(block.Groups.Select(group => group.Name)).Concat(block.Data.Select(data => Tag(data.Id)));
        unknown.AddRange(values.Select(pair => pair.Key).Where(key => key != "template").Except(known, StringComparer.Ordinal));
        var lines = new List<string>();
        foreach (var field in block.Fields.Where(field => values.ContainsKey(Tag(field.Id))))
        {
            var value = values[Tag(field.Id)];
            lines.Add($"{path}{field.Id}={(IsText(field) ? (string?)value : string.Join(',', Numbers(field, value)))}");
        }

        foreach (var group in block.Groups.Where(group => values.ContainsKey(group.Name)))
        {
            var entries = values[group.Name]!.AsArray();
            lines.Add($"{path}{group.Name}={entries.Count}");
            lines.AddRange(entries.SelectMany(entry => Values(group, entry!.AsObject(), unknown, path + group.Name + ".")));
        }

        lines.AddRange(block.Data.Where(data => values.ContainsKey(Tag(data.Id))).Select(data => $"{path}{data.Id}={(string?)values[Tag(data.Id)]}"));
        return lines;
    }

    /// <summary>The bytes of a message by offset and length alone, as another implementation would write them.</summary>
    public static byte[] Encode(SbeSchema schema, JsonObject values)
    {
        var message = schema.FindMessage(TemplateId(values))!;
        var bytes = new List<byte>();
        foreach (var number in new[] { message.BlockLength, message.Id, schema.Model.Id, schema.Model.Version })
        {
            bytes.AddRange(BitConverter.GetBytes((ushort)number));
        }

        EncodeBlock(bytes, message, values);
        foreach (var group in message.Groups)
        {
            var entries = values[group.Name]!.AsArray();
            bytes.AddRange(BitConverter.GetBytes((ushort)group.BlockLength));
            bytes.AddRange(BitConverter.GetBytes((ushort)entries.Count));
            foreach (var entry in entries)
            {
                EncodeBlock(bytes, group, entry!.AsObject());
            }
        }

        foreach (var data in message.Data)
        {
            var content = Encoding.ASCII.GetBytes((string?)values[Tag(data.Id)] ?? string.Empty);
            bytes.AddRange(BitConverter.GetBytes((ushort)content.Length));
            bytes.AddRange(content);
        }

        return [.. bytes];
    }

    public static string Tag(int id) => id.ToString(CultureInfo.InvariantCulture);

    private static void EncodeBlock(List<byte> bytes, SbeBlock block, JsonObject values)
    {
        var content = new byte[block.BlockLength];
        foreach (var field in block.Fields.Where(field => values.ContainsKey(Tag(field.Id))))
        {
            var value = values[Tag(field.Id)];
            var encoded = IsText(field)
                ? Encoding.ASCII.GetBytes((string)value!)
                : Numbers(field, value).SelectMany(number => BitConverter.GetBytes(number.Bits).Take(number.Primitive.Size()));
            encoded.ToArray().CopyTo(content, field.Offset);
        }

        bytes.AddRange(content);
    }

    private static long Mantissa(SbeComposite composite, JsonNode value)
    {
        var mantissa = value.GetValue<decimal>();
        for (var exponent = composite.Exponent!.Constant!.Number.Signed; exponent < 0; exponent++)
        {
            mantissa *= 10;
        }

        return decimal.ToInt64(mantissa);
    }

    private static SbeNumber Parse(SbePrimitive primitive, JsonNode value)
    {
        Assert.True(SbeNumber.TryParse(primitive, value.ToString(), out var number), value.ToString());
        return number;
    }

    private static int SchemaNumber(JsonNode name) => name.GetValue<string>()["TestSchema".Length] - '0';
}
