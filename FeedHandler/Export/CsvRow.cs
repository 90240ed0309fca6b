using System.Buffers;
using System.Globalization;
using FeedHandler.Actors;
using FeedHandler.Codecs;

namespace FeedHandler.Export;

/// <summary>Writes one CSV file field by field: RFC 4180 quoting where a field needs it, lines end in LF.</summary>
internal sealed class CsvRow(TextWriter writer)
{
    private static readonly SearchValues<char> NeedsQuotes = SearchValues.Create(",\"\r\n");

    private bool _started;

    public CsvRow Text(ReadOnlySpan<char> value)
    {
        Separate();
        if (!value.ContainsAny(NeedsQuotes))
        {
            writer.Write(value);
            return this;
        }

        writer.Write('"');
        foreach (var character in value)
        {
            if (character == '"') writer.Write('"');
            writer.Write(character);
        }

        writer.Write('"');
        return this;
    }

    public CsvRow Empty()
    {
        Separate();
        return this;
    }

    public CsvRow Number<T>(T value)
        where T : ISpanFormattable
    {
        Separate();
        Span<char> text = stackalloc char[32];
        value.TryFormat(text, out var length, default, CultureInfo.InvariantCulture);
        writer.Write(text[..length]);
        return this;
    }

    public CsvRow Price(long mantissa, int exponent)
    {
        Separate();
        if (mantissa == MarketUpdate.NullPrice) return this;
        Span<char> text = stackalloc char[PlainDecimal.MaxLength];
        writer.Write(text[..PlainDecimal.Format(mantissa, exponent, text)]);
        return this;
    }

    public void End()
    {
        writer.Write('\n');
        _started = false;
    }

    private void Separate()
    {
        if (_started) writer.Write(',');
        _started = true;
    }
}
