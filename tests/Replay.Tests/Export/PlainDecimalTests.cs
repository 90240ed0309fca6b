using System.Globalization;
using CsCheck;
using FeedHandler.Actors;

namespace FeedHandler.Replay.Tests.Export;

public sealed class PlainDecimalTests
{
    private static readonly Gen<long> Mantissas = Gen.OneOf(
        Gen.Long, Gen.Long[-1000, 1000], Gen.Long[-1_000_000, 1_000_000].Select(value => value * 1_000_000_000));

    [Theory]
    [InlineData(7_587_500_000_000, -9, "7587.5")]
    [InlineData(-250_000_000, -9, "-0.25")]
    [InlineData(100, 0, "100")]
    [InlineData(100_000_000_000, -9, "100")]
    [InlineData(0, -9, "0")]
    [InlineData(0, 9, "0")]
    [InlineData(1, -9, "0.000000001")]
    [InlineData(-1, 2, "-100")]
    [InlineData(10, -1, "1")]
    [InlineData(long.MinValue, 0, "-9223372036854775808")]
    [InlineData(long.MinValue, -18, "-9.223372036854775808")]
    [InlineData(long.MinValue, 18, "-9223372036854775808000000000000000000")]
    [InlineData(long.MaxValue, -18, "9.223372036854775807")]
    public void Known_numbers(long mantissa, int exponent, string expected) =>
        Assert.Equal(expected, PlainDecimal.Format(mantissa, exponent));

    [Fact]
    public void Equals_the_framework_s_decimal_without_trailing_zeros() =>
        Gen.Select(Mantissas, Gen.Int[-18, 0]).Sample((mantissa, exponent) =>
        {
            var magnitude = mantissa < 0 ? 0 - (ulong)mantissa : (ulong)mantissa;
            var number = new decimal((int)magnitude, (int)(magnitude >> 32), 0, mantissa < 0, (byte)-exponent);
            var expected = number.ToString(CultureInfo.InvariantCulture);
            if (expected.Contains('.')) expected = expected.TrimEnd('0').TrimEnd('.');
            if (number == 0) expected = "0";
            return PlainDecimal.Format(mantissa, exponent) == expected;
        });

    [Fact]
    public void Positive_exponent_appends_zeros() =>
        Gen.Select(Mantissas, Gen.Int[1, 18]).Sample((mantissa, exponent) =>
            PlainDecimal.Format(mantissa, exponent) == (mantissa == 0 ? "0" : mantissa.ToString(CultureInfo.InvariantCulture) + new string('0', exponent)));

    [Fact]
    public void Exponent_out_of_range_is_refused() =>
        Assert.Throws<ArgumentOutOfRangeException>(() => PlainDecimal.Format(1, 19));
}
