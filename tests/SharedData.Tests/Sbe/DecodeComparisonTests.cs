using System.Buffers.Binary;
using System.IO.Compression;
using System.Text;
using System.Text.Json;
using FeedHandler.Sbe;
using FeedHandler.Sbe.Schema;

namespace FeedHandler.SharedData.Tests.Sbe;

/// <summary>
/// Real captures, decoded by schema at run time, against what independent dissectors say of them. Names differ; the
/// order of the schema and the values do not.
/// </summary>
/// <remarks>
/// Where the independent decode is wrong it is said here: it gives every schema id and version of the CME captures as
/// the words "SchemaId" and "Version", so that those are not compared; it shows null prices of old definitions as
/// "-nan"; the decodes of the B3 captures of version 1.5 are raw bytes, so that there is nothing to compare.
/// </remarks>
public sealed class DecodeComparisonTests
{
    // CME's TCP sessions mix market data with messages of a schema of their own.
    private static readonly SbeSchema SessionSchema = SbeSchema.Load(SharedFolder.Path("schemas/cme/Cme.Futures.SessionMgmt.Sbe.v0.2.xml"));

    private static readonly string[] Framing =
    [
        "blocklength", "templateid", "schemaid", "version", "numingroup", "messageindex", "messagelength", "messagesize", "tcpmessagesize", "framelength", "securitydesclength",
    ];

    [Theory]
    [InlineData("mdp3-v8-5000x2", "captures/cme/mdp3-v8-5000x2.pcapng", 10598)]
    [InlineData("mdp3-v9-100", "captures/cme/mdp3-v9-100.pcap", 194)]
    public void Cme_capture_decodes_as_the_independent_decode_says(string decode, string capture, int expectedMessages)
    {
        var schema = SbeSchema.Load(SharedFolder.Repository("Codecs/Schemas/cme-mdp3.xml"));
        using var lines = new StreamReader(new GZipStream(File.OpenRead(SharedFolder.Path($"decodes/{decode}.jsonl.gz")), CompressionMode.Decompress));
        var messages = 0;
        var values = 0;
        foreach (var (frame, payload) in Capture.Read(SharedFolder.Path(capture)))
        {
            using var line = JsonDocument.Parse(lines.ReadLine()!);
            var theirs = new List<(string Label, string Value)>();
            var theirMessages = 0;
            foreach (var node in line.RootElement.GetProperty("tree").EnumerateArray())
            {
                var label = node[1].GetString()!;
                theirMessages += label == "Message" ? 1 : 0;
                if (theirMessages > 0 && node[2].ValueKind == JsonValueKind.String && !IsFraming(label))
                {
                    theirs.Add((label, node[2].GetString()!));
                }
            }

            if (theirMessages == 0)
            {
                continue;
            }

            var ours = new List<Leaf>();
            messages += DecodeMdp3(schema, payload.AsSpan(12), ours);
            Compare(ours, theirs, $"{decode} frame {frame}");
            values += ours.Count;
        }

        Assert.Equal(expectedMessages, messages);
        Assert.True(values > messages * 10);
    }

    [Fact]
    public void Single_message_captures_decode_as_the_independent_decodes_say()
    {
        var compared = new List<string>();
        var root = SharedFolder.Path("captures/single-message");
        foreach (var (folder, schemaPath, framing) in SingleMessageVenues())
        {
            var schema = SbeSchema.Load(schemaPath);
            foreach (var capture in Directory.GetFiles(Path.Combine(root, folder), "*.pcap*").Order(StringComparer.Ordinal))
            {
                var name = $"{folder}/{Path.GetFileNameWithoutExtension(capture)}";
                var decode = SharedFolder.Path("decodes/single-message") + $"/{name}.json";
                var ours = new List<Leaf>();
                foreach (var (_, payload) in Capture.Read(capture))
                {
                    if (payload.Length > 0)
                    {
                        framing(schema, payload, ours);
                    }
                }

                var theirs = File.Exists(decode) ? ReadTshark(File.ReadAllBytes(decode), SetFields(schema)) : [];
                if (theirs.Count == 0)
                {
                    continue;
                }

                Compare(ours, theirs, name);
                compared.Add(name);
            }
        }

        Assert.True(compared.Count >= 20, $"Only {compared.Count} compared: {string.Join(' ', compared)}");
    }

    private static IEnumerable<(string Folder, string Schema, PayloadDecoder Decode)> SingleMessageVenues()
    {
        var cme = SharedFolder.Repository("Codecs/Schemas/cme-mdp3.xml");
        foreach (var version in new[] { "5", "8", "9" })
        {
            yield return ($"Cme/Mdp3.Sbe.v1.{version}", cme, (schema, payload, leaves) => DecodeMdp3(schema, payload.AsSpan(12), leaves));
        }

        // TCP: a 2-byte encoding type, sequence and sending time in front; requests are FIX text, which is not ours.
        yield return ("Cme/Mdp3.Sbe.v1.12", cme, (schema, payload, leaves) =>
        {
            if (payload.Length > 14 && BinaryPrimitives.ReadUInt16LittleEndian(payload) == 0xCAFE)
            {
                DecodeMdp3(schema, payload.AsSpan(14), leaves);
            }
        });
        yield return ("Memx/Equities.MemiorDepth.v1.3", SharedFolder.Path("schemas/memx/Memx.Equities.MemoirDepth.Sbe.v1.3.xml"), DecodeMemx);
        yield return ("B3/BinaryUmdf.v1.8", SharedFolder.Path("schemas/b3/B3.Equities.BinaryUmdf.Sbe.v1.8.xml"), DecodeB3);
        yield return ("Coinbase/MarketDataApi.v1.2", SharedFolder.Path("schemas/coinbase/Coinbase.Derivatives.MarketDataApi.Sbe.v1.2.xml"), DecodeCoinbase);
    }

    private static int DecodeMdp3(SbeSchema schema, ReadOnlySpan<byte> messages, List<Leaf> leaves)
    {
        var count = 0;
        for (; messages.Length >= 2; count++)
        {
            var size = BinaryPrimitives.ReadUInt16LittleEndian(messages);
            Decode(schema, messages[2..size], leaves);
            messages = messages[size..];
        }

        return count;
    }

    private static void DecodeMemx(SbeSchema schema, byte[] payload, List<Leaf> leaves)
    {
        if (payload[0] != 2)
        {
            return;
        }

        var position = 20;
        for (var count = BinaryPrimitives.ReadUInt16BigEndian(payload.AsSpan(18)); count > 0; count--)
        {
            var length = BinaryPrimitives.ReadUInt16BigEndian(payload.AsSpan(position));
            Decode(schema, payload.AsSpan(position + 2, length), leaves);
            position += 2 + length;
        }
    }

    private static void DecodeB3(SbeSchema schema, byte[] payload, List<Leaf> leaves)
    {
        for (var position = 16; position < payload.Length;)
        {
            var frameLength = BinaryPrimitives.ReadUInt16LittleEndian(payload.AsSpan(position));
            Decode(schema, payload.AsSpan(position + 4, frameLength - 4), leaves);
            position += frameLength;
        }
    }

    private static void DecodeCoinbase(SbeSchema schema, byte[] payload, List<Leaf> leaves)
    {
        for (var position = 24; position < payload.Length;)
        {
            var frameLength = BinaryPrimitives.ReadUInt16LittleEndian(payload.AsSpan(position));
            Decode(schema, payload.AsSpan(position, frameLength), leaves);
            position += frameLength;
        }
    }

    private static void Decode(SbeSchema schema, ReadOnlySpan<byte> bytes, List<Leaf> leaves)
    {
        Assert.Equal(SbeError.None, SbeDecoder.TryReadHeader(schema, bytes, out var header));
        if (schema.Model.Id == 1 && header.SchemaId == SessionSchema.Model.Id)
        {
            schema = SessionSchema;
        }

        Assert.Equal(schema.Model.Id, header.SchemaId);
        var message = schema.FindMessage(header.TemplateId);
        Assert.True(message is not null, $"No template {header.TemplateId}");
        var visitor = new Leaves(leaves);
        Assert.Equal(SbeError.None, SbeDecoder.TryWalk(schema, message, bytes[schema.Model.Header.Size..], header.BlockLength, header.Version, ref visitor));
    }

    private static void Compare(List<Leaf> ours, List<(string Label, string Value)> theirs, string where)
    {
        for (var i = 0; i < Math.Min(ours.Count, theirs.Count); i++)
        {
            if (IsEmpty(ours[i]) && !ours[i].Matches(theirs[i].Value))
            {
                // The other decoder shows a set without flags, or text without characters, as nothing at all.
                ours.RemoveAt(i--);
                continue;
            }

            Assert.True(ours[i].Matches(theirs[i].Value), $"{where}: {ours[i].Name} is {ours[i].Value ?? "null"} ({ours[i].Bits}); the other decoder's {theirs[i].Label} is {theirs[i].Value}");
        }

        while (ours.Count > theirs.Count && IsEmpty(ours[^1]))
        {
            ours.RemoveAt(ours.Count - 1);
        }

        Assert.True(ours.Count == theirs.Count, $"{where}: {ours.Count} values, {theirs.Count} in the independent decode");
    }

    private static bool IsEmpty(Leaf leaf) => leaf is { Kind: LeafKind.Set, Bits: 0 } or { Kind: LeafKind.Text, Value: "" };

    private static bool IsFraming(string label)
    {
        var name = label.Replace(" ", string.Empty, StringComparison.Ordinal).ToLowerInvariant();
        return name.StartsWith('[') || name.StartsWith("padding", StringComparison.Ordinal) || name.EndsWith("groupindex", StringComparison.Ordinal) || Array.IndexOf(Framing, name) >= 0;
    }

    /// <summary>The values of the messages in a tshark JSON file, in order. Its objects repeat names, so it is read token by token.</summary>
    private static List<(string Label, string Value)> ReadTshark(byte[] json, HashSet<string> sets)
    {
        var values = new List<(string, string)>();
        var reader = new Utf8JsonReader(json);
        var protocolDepth = -1;
        var isInMessage = false;
        var previousValue = string.Empty;
        var name = string.Empty;
        while (reader.Read())
        {
            switch (reader.TokenType)
            {
                case JsonTokenType.PropertyName:
                    var full = reader.GetString()!;
                    if (protocolDepth < 0)
                    {
                        protocolDepth = full.StartsWith("omi.", StringComparison.Ordinal) ? reader.CurrentDepth : -1;
                        break;
                    }

                    name = full[(full.LastIndexOf('.') + 1)..];
                    if (name is "messageheader_tree" or "sbeheader_tree")
                    {
                        isInMessage = true;
                        Skip(ref reader);
                    }
                    else if (name.EndsWith("_tree", StringComparison.Ordinal) && (previousValue.Length > 0 || sets.Contains(name[..^5])))
                    {
                        Skip(ref reader);
                    }

                    break;
                case JsonTokenType.String when protocolDepth >= 0 && reader.CurrentDepth > protocolDepth:
                    previousValue = reader.GetString()!;
                    if (isInMessage && previousValue.Length > 0 && !IsFraming(name))
                    {
                        values.Add((name, previousValue));
                    }

                    break;
                case JsonTokenType.EndObject when reader.CurrentDepth <= protocolDepth:
                    protocolDepth = -1;
                    isInMessage = false;
                    break;
            }
        }

        return values;
    }

    /// <summary>Names of fields below which the other decoder lists single bits.</summary>
    private static HashSet<string> SetFields(SbeSchema schema)
    {
        var names = new HashSet<string>(StringComparer.Ordinal);
        var blocks = new Queue<SbeBlock>(schema.Model.Messages);
        while (blocks.TryDequeue(out var block))
        {
            names.UnionWith(block.Fields.Where(field => field.Type is SbeSet).Select(field => field.Name.ToLowerInvariant()));
            foreach (var group in block.Groups)
            {
                blocks.Enqueue(group);
            }
        }

        return names;
    }

    private static void Skip(ref Utf8JsonReader reader)
    {
        reader.Read();
        reader.TrySkip();
    }
}

/// <summary>Decodes the messages of a payload.</summary>
internal delegate void PayloadDecoder(SbeSchema schema, byte[] payload, List<Leaf> leaves);
