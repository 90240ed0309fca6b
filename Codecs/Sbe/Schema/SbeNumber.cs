using System.Globalization;

namespace FeedHandler.Sbe.Schema;

/// <summary>A value of a primitive type as its bits, so that nulls of every type, NaN too, compare exactly.</summary>
/// <param name="Primitive">The type.</param>
/// <param name="Bits">The value's bits as on the wire, in the low bytes.</param>
public readonly record struct SbeNumber(SbePrimitive Primitive, ulong Bits)
{
    /// <summary>The value as a signed integer.</summary>
    public long Signed => Primitive switch
    {
        SbePrimitive.Int8 => (sbyte)Bits,
        SbePrimitive.Int16 => (short)Bits,
        SbePrimitive.Int32 => (int)Bits,
        _ => (long)Bits,
    };

    /// <summary>The value as a floating-point number.</summary>
    public double Floating => Primitive switch
    {
        SbePrimitive.Float => BitConverter.ToSingle(BitConverter.GetBytes((uint)Bits), 0),
        SbePrimitive.Double => BitConverter.Int64BitsToDouble((long)Bits),
        _ => Primitive.IsSigned() ? Signed : Bits,
    };

    /// <summary>Makes a number of a signed value, cut to the width of its type.</summary>
    /// <param name="primitive">The type.</param>
    /// <param name="value">The value.</param>
    /// <returns>The number.</returns>
    public static SbeNumber Of(SbePrimitive primitive, long value) =>
        new(primitive, primitive.Size() == 8 ? (ulong)value : (ulong)value & ((1UL << (primitive.Size() * 8)) - 1));

    /// <summary>Reads a schema's text for a value.</summary>
    /// <param name="primitive">The type.</param>
    /// <param name="text">The text: a number, or for char the character itself (or, if longer, its code).</param>
    /// <param name="number">The value.</param>
    /// <returns>False when the text is no value of the type.</returns>
    public static bool TryParse(SbePrimitive primitive, string text, out SbeNumber number)
    {
        number = default;
        if (primitive == SbePrimitive.Char && text.Length == 1 && text[0] <= byte.MaxValue)
        {
            number = new(primitive, text[0]);
            return true;
        }

        if (primitive.IsFloating())
        {
            if (!double.TryParse(text, NumberStyles.Float, CultureInfo.InvariantCulture, out var floating))
            {
                return false;
            }

            number = primitive == SbePrimitive.Double
                ? new(primitive, (ulong)BitConverter.DoubleToInt64Bits(floating))
                : new(primitive, BitConverter.ToUInt32(BitConverter.GetBytes((float)floating), 0));
            if (double.IsNaN(floating))
            {
                number = primitive.DefaultNull();
            }

            return true;
        }

        return primitive.IsSigned() ? TryParseSigned(primitive, text, out number) : TryParseUnsigned(primitive, text, out number);
    }

    /// <summary>
    /// The bytes that say "no value" where this is the declared null. It is the null itself, but for char: schemas write
    /// <c>nullValue="0"</c> and mean, as venues send, the byte 0, not the digit.
    /// </summary>
    public SbeNumber NullToWrite => Primitive == SbePrimitive.Char && Bits == '0' ? new(Primitive, 0) : this;

    /// <summary>Tells whether a number means "no value" where this is the declared null: for char the byte 0 always does.</summary>
    /// <param name="number">The number on the wire.</param>
    /// <returns>True for no value.</returns>
    public bool IsNullFor(SbeNumber number) =>
        Primitive.IsFloating() && double.IsNaN(Floating) ? double.IsNaN(number.Floating)
        : number.Bits == Bits || (Primitive == SbePrimitive.Char && number.Bits == 0);

    /// <summary>The same value as another integer type.</summary>
    /// <param name="primitive">The other type.</param>
    /// <param name="number">The value.</param>
    /// <returns>False when the type cannot hold it.</returns>
    public bool TryConvert(SbePrimitive primitive, out SbeNumber number)
    {
        if (primitive == Primitive)
        {
            number = this;
            return true;
        }

        number = new(primitive, Bits);
        return !Primitive.IsFloating() && !primitive.IsFloating() && (primitive, Primitive.IsSigned()) switch
        {
            (_, true) when primitive.IsSigned() => (number = Of(primitive, Signed)).Signed == Signed,
            (_, true) => Signed >= 0 && Fits(primitive, (ulong)Signed),
            _ when primitive.IsSigned() => Bits <= long.MaxValue && Of(primitive, (long)Bits).Signed == (long)Bits,
            _ => Fits(primitive, Bits),
        };
    }

    /// <summary>The value as in a schema.</summary>
    /// <returns>Decimal text; for char the character.</returns>
    public override string ToString()
    {
        if (Primitive == SbePrimitive.Char)
        {
            return ((char)Bits).ToString();
        }

        return Primitive.IsFloating() ? Floating.ToString("R", CultureInfo.InvariantCulture)
            : Primitive.IsSigned() ? Signed.ToString(CultureInfo.InvariantCulture) : Bits.ToString(CultureInfo.InvariantCulture);
    }

    private static bool TryParseSigned(SbePrimitive primitive, string text, out SbeNumber number)
    {
        number = default;
        if (!long.TryParse(text, NumberStyles.Integer, CultureInfo.InvariantCulture, out var value))
        {
            return false;
        }

        number = Of(primitive, value);
        return number.Signed == value;
    }

    private static bool Fits(SbePrimitive primitive, ulong value) => primitive.Size() == 8 || value >> (primitive.Size() * 8) == 0;

    private static bool TryParseUnsigned(SbePrimitive primitive, string text, out SbeNumber number)
    {
        var parsed = ulong.TryParse(text, NumberStyles.Integer, CultureInfo.InvariantCulture, out var value);
        number = new(primitive, value);
        return parsed && Fits(primitive, value);
    }
}
