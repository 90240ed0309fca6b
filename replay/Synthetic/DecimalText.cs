using System.Globalization;

namespace FeedHandler.Replay.Synthetic;

/// <summary>Plain decimal text of a mantissa of 1e-9: no exponent, no trailing zeros.</summary>
public static class DecimalText
{
    private const long One = 1_000_000_000;

    public static string Of(long mantissa)
    {
        UInt128 magnitude = (UInt128)Int128.Abs(mantissa);
        string whole = ((ulong)(magnitude / One)).ToString(CultureInfo.InvariantCulture);
        string fraction = ((ulong)(magnitude % One)).ToString("D9", CultureInfo.InvariantCulture).TrimEnd('0');
        string sign = mantissa < 0 ? "-" : "";
        return fraction.Length == 0 ? sign + whole : $"{sign}{whole}.{fraction}";
    }
}
