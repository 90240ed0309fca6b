using FeedHandler.Sbe.Schema;

namespace FeedHandler.Sbe;

/// <summary>Decodes any message by its schema at run time, with the same checks as generated code.</summary>
public static class SbeDecoder
{
    /// <summary>Entries without a single byte are counted up to here: a wider count on the wire must not become work.</summary>
    private const int MaxEmptyEntries = ushort.MaxValue;

    /// <summary>Reads a message header.</summary>
    /// <param name="schema">The schema.</param>
    /// <param name="bytes">Bytes that start with the header.</param>
    /// <param name="header">What it says.</param>
    /// <returns>What is wrong, if anything.</returns>
    public static SbeError TryReadHeader(SbeSchema schema, ReadOnlySpan<byte> bytes, out SbeMessageHeader header)
    {
        var layout = schema.Model.Header;
        header = default;
        if (bytes.Length < layout.Size)
        {
            return SbeError.TruncatedHeader;
        }

        var isBigEndian = schema.Model.ByteOrder == SbeByteOrder.Big;
        header = new(
            ToInt32(SbeWire.Read(layout.BlockLength, bytes, isBigEndian)),
            ToInt32(SbeWire.Read(layout.TemplateId, bytes, isBigEndian)),
            ToInt32(SbeWire.Read(layout.SchemaId, bytes, isBigEndian)),
            ToInt32(SbeWire.Read(layout.Version, bytes, isBigEndian)));
        return SbeError.None;
    }

    /// <summary>Checks the structure of a message, as <c>TryWrap</c> of generated code does.</summary>
    /// <param name="schema">The schema.</param>
    /// <param name="message">The message.</param>
    /// <param name="body">The bytes behind the message header.</param>
    /// <param name="blockLength">Block length of the header.</param>
    /// <param name="version">Schema version of the header.</param>
    /// <param name="encodedLength">Bytes of the message that the schema knows.</param>
    /// <returns>What is wrong, if anything.</returns>
    public static SbeError TryMeasure(
        SbeSchema schema, SbeMessage message, ReadOnlySpan<byte> body, int blockLength, int version, out int encodedLength)
    {
        encodedLength = 0;
        if ((uint)blockLength > (uint)body.Length)
        {
            return SbeError.TruncatedBlock;
        }

        if (blockLength < message.MinimumBlockLength(version))
        {
            return SbeError.BlockTooShort;
        }

        encodedLength = blockLength;
        return MeasureElements(message, body, version, schema.Model.ByteOrder == SbeByteOrder.Big, ref encodedLength);
    }

    /// <summary>Walks a message: every field, group and data that the schema has, in the order of the wire.</summary>
    /// <typeparam name="TVisitor">Type of the visitor.</typeparam>
    /// <param name="schema">The schema.</param>
    /// <param name="message">The message.</param>
    /// <param name="body">The bytes behind the message header.</param>
    /// <param name="blockLength">Block length of the header.</param>
    /// <param name="version">Schema version of the header.</param>
    /// <param name="visitor">Sees the parts; not called at all when something is wrong.</param>
    /// <returns>What is wrong, if anything.</returns>
    public static SbeError TryWalk<TVisitor>(
        SbeSchema schema, SbeMessage message, ReadOnlySpan<byte> body, int blockLength, int version, ref TVisitor visitor)
        where TVisitor : ISbeVisitor, allows ref struct
    {
        var error = TryMeasure(schema, message, body, blockLength, version, out _);
        if (error == SbeError.None)
        {
            Walk(message, body, blockLength, version, schema.Model.ByteOrder == SbeByteOrder.Big, ref visitor);
        }

        return error;
    }

    private static SbeError MeasureElements(SbeBlock block, ReadOnlySpan<byte> bytes, int version, bool isBigEndian, ref int position)
    {
        foreach (var group in block.Groups)
        {
            if (IsOnWire(group.SinceVersion, block, version))
            {
                var error = MeasureGroup(group, bytes, version, isBigEndian, ref position);
                if (error != SbeError.None)
                {
                    return error;
                }
            }
        }

        foreach (var data in block.Data)
        {
            if (!IsOnWire(data.SinceVersion, block, version))
            {
                continue;
            }

            if (bytes.Length - position < data.HeaderSize)
            {
                return SbeError.TruncatedData;
            }

            var size = SbeWire.Read(data.Length, bytes[position..], isBigEndian);
            if (size > (ulong)(bytes.Length - position - data.HeaderSize))
            {
                return SbeError.TruncatedData;
            }

            position += data.HeaderSize + (int)size;
        }

        return SbeError.None;
    }

    private static SbeError MeasureGroup(SbeGroup group, ReadOnlySpan<byte> bytes, int version, bool isBigEndian, ref int position)
    {
        var dimension = group.Dimension;
        if (bytes.Length - position < dimension.Size)
        {
            return SbeError.TruncatedGroup;
        }

        var blockLength = SbeWire.Read(dimension.BlockLength, bytes[position..], isBigEndian);
        var count = SbeWire.Read(dimension.NumInGroup, bytes[position..], isBigEndian);
        if (count != 0 && blockLength < (ulong)group.MinimumBlockLength(version))
        {
            return SbeError.GroupBlockTooShort;
        }

        if (count > int.MaxValue || (group.IsFixedSize && blockLength > int.MaxValue))
        {
            return SbeError.TruncatedGroup;
        }

        position += dimension.Size;
        for (var i = 0; i < (int)count; i++)
        {
            var entry = position;
            if (blockLength > (ulong)(bytes.Length - position))
            {
                return SbeError.TruncatedGroup;
            }

            position += (int)blockLength;
            var error = MeasureElements(group, bytes, version, isBigEndian, ref position);
            if (error != SbeError.None)
            {
                return error;
            }

            if (position == entry)
            {
                return (int)count > MaxEmptyEntries ? SbeError.TooLarge : SbeError.None;
            }
        }

        return SbeError.None;
    }

    private static int Walk<TVisitor>(SbeBlock block, ReadOnlySpan<byte> bytes, int blockLength, int version, bool isBigEndian, ref TVisitor visitor)
        where TVisitor : ISbeVisitor, allows ref struct
    {
        foreach (var field in block.Fields)
        {
            visitor.Field(new(field, bytes[..blockLength], version, isBigEndian, !IsOnWire(field.SinceVersion, block, version)));
        }

        var position = blockLength;
        foreach (var group in block.Groups)
        {
            if (!IsOnWire(group.SinceVersion, block, version))
            {
                visitor.BeginGroup(group, 0);
                visitor.EndGroup();
                continue;
            }

            var entryLength = (int)SbeWire.Read(group.Dimension.BlockLength, bytes[position..], isBigEndian);
            var count = (int)SbeWire.Read(group.Dimension.NumInGroup, bytes[position..], isBigEndian);
            position += group.Dimension.Size;
            visitor.BeginGroup(group, count);
            for (var i = 0; i < count; i++)
            {
                visitor.BeginEntry();
                position += Walk(group, bytes[position..], entryLength, version, isBigEndian, ref visitor);
                visitor.EndEntry();
            }

            visitor.EndGroup();
        }

        foreach (var data in block.Data)
        {
            if (!IsOnWire(data.SinceVersion, block, version))
            {
                visitor.Data(data, default);
                continue;
            }

            var size = (int)SbeWire.Read(data.Length, bytes[position..], isBigEndian);
            visitor.Data(data, bytes.Slice(position + data.HeaderSize, size));
            position += data.HeaderSize + size;
        }

        return position;
    }

    /// <summary>What came with its owner is always there; what came later only if the wire's version is late enough.</summary>
    private static bool IsOnWire(int sinceVersion, SbeBlock owner, int version) => sinceVersion <= Math.Max(version, owner.SinceVersion);

    private static int ToInt32(ulong value) => (int)Math.Min(value, int.MaxValue);
}
