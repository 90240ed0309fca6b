namespace FeedHandler.Sbe.Schema;

/// <summary>The primitive types of SBE.</summary>
public enum SbePrimitive
{
    /// <summary>One byte of text.</summary>
    Char,

    /// <summary>Signed, 1 byte.</summary>
    Int8,

    /// <summary>Unsigned, 1 byte.</summary>
    UInt8,

    /// <summary>Signed, 2 bytes.</summary>
    Int16,

    /// <summary>Unsigned, 2 bytes.</summary>
    UInt16,

    /// <summary>Signed, 4 bytes.</summary>
    Int32,

    /// <summary>Unsigned, 4 bytes.</summary>
    UInt32,

    /// <summary>Signed, 8 bytes.</summary>
    Int64,

    /// <summary>Unsigned, 8 bytes.</summary>
    UInt64,

    /// <summary>IEEE 754, 4 bytes.</summary>
    Float,

    /// <summary>IEEE 754, 8 bytes.</summary>
    Double,
}

/// <summary>Facts of the primitive types.</summary>
public static class SbePrimitives
{
    /// <summary>Bytes on the wire.</summary>
    /// <param name="primitive">The type.</param>
    /// <returns>1, 2, 4 or 8.</returns>
    public static int Size(this SbePrimitive primitive) => primitive switch
    {
        SbePrimitive.Char or SbePrimitive.Int8 or SbePrimitive.UInt8 => 1,
        SbePrimitive.Int16 or SbePrimitive.UInt16 => 2,
        SbePrimitive.Int32 or SbePrimitive.UInt32 or SbePrimitive.Float => 4,
        _ => 8,
    };

    /// <summary>Tells whether values are signed integers.</summary>
    /// <param name="primitive">The type.</param>
    /// <returns>True for int8 to int64.</returns>
    public static bool IsSigned(this SbePrimitive primitive) =>
        primitive is SbePrimitive.Int8 or SbePrimitive.Int16 or SbePrimitive.Int32 or SbePrimitive.Int64;

    /// <summary>Tells whether values are unsigned integers (char is not a number).</summary>
    /// <param name="primitive">The type.</param>
    /// <returns>True for uint8 to uint64.</returns>
    public static bool IsUnsigned(this SbePrimitive primitive) =>
        primitive is SbePrimitive.UInt8 or SbePrimitive.UInt16 or SbePrimitive.UInt32 or SbePrimitive.UInt64;

    /// <summary>Tells whether values are floating-point numbers.</summary>
    /// <param name="primitive">The type.</param>
    /// <returns>True for float and double.</returns>
    public static bool IsFloating(this SbePrimitive primitive) => primitive is SbePrimitive.Float or SbePrimitive.Double;

    /// <summary>Finds a primitive by its name in a schema.</summary>
    /// <param name="name">The name, as <c>uint16</c>.</param>
    /// <param name="primitive">The primitive.</param>
    /// <returns>False when there is none of that name.</returns>
    public static bool TryParse(string? name, out SbePrimitive primitive)
    {
        SbePrimitive? found = name switch
        {
            "char" => SbePrimitive.Char,
            "int8" => SbePrimitive.Int8,
            "uint8" => SbePrimitive.UInt8,
            "int16" => SbePrimitive.Int16,
            "uint16" => SbePrimitive.UInt16,
            "int32" => SbePrimitive.Int32,
            "uint32" => SbePrimitive.UInt32,
            "int64" => SbePrimitive.Int64,
            "uint64" => SbePrimitive.UInt64,
            "float" => SbePrimitive.Float,
            "double" => SbePrimitive.Double,
            _ => null,
        };
        primitive = found ?? default;
        return found is not null;
    }

    /// <summary>The value that means "no value" where a schema names none.</summary>
    /// <param name="primitive">The type.</param>
    /// <returns>SBE's default null.</returns>
    public static SbeNumber DefaultNull(this SbePrimitive primitive) => primitive switch
    {
        SbePrimitive.Char => new(primitive, 0),
        SbePrimitive.Int8 => SbeNumber.Of(primitive, sbyte.MinValue),
        SbePrimitive.Int16 => SbeNumber.Of(primitive, short.MinValue),
        SbePrimitive.Int32 => SbeNumber.Of(primitive, int.MinValue),
        SbePrimitive.Int64 => SbeNumber.Of(primitive, long.MinValue),
        SbePrimitive.UInt8 => new(primitive, byte.MaxValue),
        SbePrimitive.UInt16 => new(primitive, ushort.MaxValue),
        SbePrimitive.UInt32 => new(primitive, uint.MaxValue),
        SbePrimitive.UInt64 => new(primitive, ulong.MaxValue),
        SbePrimitive.Float => new(primitive, 0x7FC00000),
        _ => new(primitive, 0x7FF8000000000000),
    };
}
