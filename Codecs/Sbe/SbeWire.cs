using System.Buffers.Binary;
using FeedHandler.Sbe.Schema;

namespace FeedHandler.Sbe;

/// <summary>Reads primitives whose type is known at run time only.</summary>
internal static class SbeWire
{
    public static SbeNumber Read(SbePrimitive primitive, ReadOnlySpan<byte> bytes, bool isBigEndian) => new(primitive, primitive.Size() switch
    {
        1 => bytes[0],
        2 => isBigEndian ? BinaryPrimitives.ReadUInt16BigEndian(bytes) : BinaryPrimitives.ReadUInt16LittleEndian(bytes),
        4 => isBigEndian ? BinaryPrimitives.ReadUInt32BigEndian(bytes) : BinaryPrimitives.ReadUInt32LittleEndian(bytes),
        _ => isBigEndian ? BinaryPrimitives.ReadUInt64BigEndian(bytes) : BinaryPrimitives.ReadUInt64LittleEndian(bytes),
    });

    /// <summary>A number of a header that is known to be inside the bytes.</summary>
    public static ulong Read(HeaderNumber number, ReadOnlySpan<byte> header, bool isBigEndian) =>
        number.Constant ?? Read(number.Primitive, header[number.Offset..], isBigEndian).Bits;
}
