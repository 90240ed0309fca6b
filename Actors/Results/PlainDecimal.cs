using System.Globalization;

namespace FeedHandler.Actors;

/// <summary>Prices as plain decimals: no exponent, no trailing zeros, no rounding (<c>7587.5</c>, <c>-0.25</c>, <c>100</c>).</summary>
public static class PlainDecimal
{
    /// <summary>Largest absolute exponent that is formatted.</summary>
    public const int MaxExponent = 18;

    /// <summary>Room that any number needs: sign, point, 19 digits, and the zeros of the exponent.</summary>
    public const int MaxLength = 2 + 19 + MaxExponent;

    /// <summary>Formats <paramref name="mantissa"/> · 10^<paramref name="exponent"/>.</summary>
    public static string Format(long mantissa, int exponent)
    {
        Span<char> text = stackalloc char[MaxLength];
        return text[..Format(mantissa, exponent, text)].ToString();
    }

    /// <summary>Formats into <paramref name="destination"/>, which has room for <see cref="MaxLength"/> characters.</summary>
    /// <returns>The number of characters written.</returns>
    public static int Format(long mantissa, int exponent, Span<char> destination)
    {
        ArgumentOutOfRangeException.ThrowIfGreaterThan(Math.Abs(exponent), MaxExponent);
        if (mantissa == 0) exponent = 0;
        for (; exponent < 0 && mantissa % 10 == 0; exponent++) mantissa /= 10;

        Span<char> digits = stackalloc char[20];
        var magnitude = mantissa < 0 ? 0 - (ulong)mantissa : (ulong)mantissa;
        magnitude.TryFormat(digits, out var count, default, CultureInfo.InvariantCulture);

        var length = 0;
        if (mantissa < 0) destination[length++] = '-';
        var whole = count + exponent;
        if (exponent >= 0)
        {
            digits[..count].CopyTo(destination[length..]);
            destination.Slice(length + count, exponent).Fill('0');
            return length + whole;
        }

        if (whole <= 0)
        {
            destination.Slice(length, 2 - whole).Fill('0');
            destination[length + 1] = '.';
            length += 2 - whole;
            whole = 0;
        }
        else
        {
            digits[..whole].CopyTo(destination[length..]);
            length += whole;
            destination[length++] = '.';
        }

        digits[whole..count].CopyTo(destination[length..]);
        return length + count - whole;
    }
}
