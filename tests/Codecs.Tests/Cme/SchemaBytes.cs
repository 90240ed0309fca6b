using System.Buffers.Binary;
using System.Text;
using FeedHandler.Codecs.Cme.Mdp3;
using FeedHandler.Sbe.Schema;

namespace FeedHandler.Codecs.Tests.Cme;

/// <summary>Messages as a venue of a given schema version sends them: blocks end where that version's fields end.</summary>
/// <remarks>Written from the model of the schema file, not from generated code.</remarks>
internal static class SchemaBytes
{
    public static IEnumerable<SbeMessage> Messages => Mdp3Schema.BuiltInSbe.Model.Messages;

    /// <summary>The versions that have a template, of those that the schema file is for.</summary>
    public static IEnumerable<int> VersionsOf(int template)
    {
        var message = Messages.Single(m => m.Id == template);
        var last = message.DeprecatedSince == 0 ? 13 : message.DeprecatedSince - 1;
        return Enumerable.Range(6, 8).Where(version => version >= message.SinceVersion && version <= last);
    }

    /// <summary>Writes one message.</summary>
    /// <param name="template">Its template.</param>
    /// <param name="version">The version whose blocks it has.</param>
    /// <param name="text">Fields as <c>Name=value</c>; those of a group's entry follow its name, as in <c>Group: Name=value</c>, one entry a line.</param>
    public static byte[] Write(int template, int version, string text)
    {
        var message = Messages.Single(m => m.Id == template);
        var lines = text.Split('\n', StringSplitOptions.TrimEntries | StringSplitOptions.RemoveEmptyEntries);
        var root = Block(message, version, lines.FirstOrDefault(line => !line.Contains(':', StringComparison.Ordinal)) ?? "");
        var groups = message.Groups.Where(group => group.SinceVersion <= version)
            .Select(group => Group(group, version, [.. lines.Where(line => line.StartsWith(group.Name + ":", StringComparison.Ordinal)).Select(line => line[(group.Name.Length + 1)..])]));
        return Mdp3Bytes.MessageOf(template, version, schema: 1, root, [.. groups]);
    }

    private static byte[] Group(SbeGroup group, int version, string[] entries)
    {
        var header = new byte[group.Dimension.Size];
        BinaryPrimitives.WriteUInt16LittleEndian(header.AsSpan(group.Dimension.BlockLength.Offset), (ushort)group.MinimumBlockLength(version));
        header[group.Dimension.NumInGroup.Offset] = (byte)entries.Length;
        return [.. header, .. entries.SelectMany(entry => Block(group, version, entry))];
    }

    private static byte[] Block(SbeBlock block, int version, string text)
    {
        var bytes = new byte[block.MinimumBlockLength(version)];
        foreach (var field in text.Split(' ', StringSplitOptions.RemoveEmptyEntries))
        {
            var (path, value) = (field[..field.IndexOf('=', StringComparison.Ordinal)], field[(field.IndexOf('=', StringComparison.Ordinal) + 1)..]);
            var names = path.Split('.');
            var found = block.FindField(names[0]) ?? throw new ArgumentException($"{block.Name} has no {names[0]}");
            var (offset, size) = (found.Offset, found.Size);
            if (found.Type is SbeComposite composite)
            {
                var member = names.Length > 1 ? composite.Find(names[1])! : composite.Mantissa!;
                (offset, size) = (offset + member.Offset, member.Size);
            }

            // What a version does not have, it does not say.
            if (offset + size > bytes.Length) continue;
            Write(bytes.AsSpan(offset, size), value);
        }

        return bytes;
    }

    private static void Write(Span<byte> field, string value)
    {
        if (value.StartsWith('\'')) Encoding.ASCII.GetBytes(value.AsSpan(1), field);
        else if (value == "null") field[^1] = 0x7F;
        else if (field.Length == 8 && value[0] != '-') BinaryPrimitives.WriteUInt64LittleEndian(field, ulong.Parse(value, System.Globalization.CultureInfo.InvariantCulture));
        else
        {
            Span<byte> wide = stackalloc byte[8];
            BinaryPrimitives.WriteInt64LittleEndian(wide, long.Parse(value, System.Globalization.CultureInfo.InvariantCulture));
            wide[..field.Length].CopyTo(field);
        }

        if (value == "null") field[..^1].Fill(0xFF);
    }
}
