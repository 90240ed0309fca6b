using System.Buffers.Binary;
using System.Text;

namespace FeedHandler.Replay.Synthetic.Cme;

/// <summary>Little-endian stores at an offset, and the null values of the schema.</summary>
internal static class Wire
{
    public const long NullPrice = long.MaxValue;
    public const int NullInt32 = int.MaxValue;
    public const uint NullUInt32 = uint.MaxValue;
    public const ulong NullUInt64 = ulong.MaxValue;
    public const ushort NullUInt16 = ushort.MaxValue;
    public const byte NullUInt8 = byte.MaxValue;
    public const byte NullInt8 = 127;

    public static void U16(Span<byte> at, int offset, ushort value) => BinaryPrimitives.WriteUInt16LittleEndian(at[offset..], value);

    public static void I16(Span<byte> at, int offset, short value) => BinaryPrimitives.WriteInt16LittleEndian(at[offset..], value);

    public static void U32(Span<byte> at, int offset, uint value) => BinaryPrimitives.WriteUInt32LittleEndian(at[offset..], value);

    public static void I32(Span<byte> at, int offset, int value) => BinaryPrimitives.WriteInt32LittleEndian(at[offset..], value);

    public static void U64(Span<byte> at, int offset, ulong value) => BinaryPrimitives.WriteUInt64LittleEndian(at[offset..], value);

    public static void I64(Span<byte> at, int offset, long value) => BinaryPrimitives.WriteInt64LittleEndian(at[offset..], value);

    /// <summary>Text of fixed length, padded with zeros.</summary>
    public static void Text(Span<byte> at, int offset, int length, string value)
    {
        Span<byte> field = at.Slice(offset, length);
        field.Clear();
        Encoding.ASCII.GetBytes(value.AsSpan(0, Math.Min(length, value.Length)), field);
    }
}
