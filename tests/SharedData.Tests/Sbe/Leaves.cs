using System.Globalization;
using System.Text.Json;
using FeedHandler.Sbe;
using FeedHandler.Sbe.Schema;

namespace FeedHandler.SharedData.Tests.Sbe;

/// <summary>The values of a message in schema order, and whether the text of another decoder says the same.</summary>
internal readonly struct Leaves(List<Leaf> leaves) : ISbeVisitor
{
    public void Field(SbeFieldValue value)
    {
        if (value.Field.Presence == SbePresence.Constant || value.IsAbsent)
        {
            return;
        }

        if (value.TryGetDecimal(out var mantissa, out var exponent, out var isNull))
        {
            leaves.Add(new(value.Field.Name, LeafKind.Number, isNull ? null : SbeJson.FormatDecimal(mantissa, exponent)));
            return;
        }

        switch (value.Field.Type)
        {
            case SbeComposite composite:
                foreach (var member in composite.Members)
                {
                    Field(value.GetMember(member));
                }

                break;
            case SbeSet set:
                var bits = value.GetNumber().Bits;
                leaves.Add(new(value.Field.Name, LeafKind.Set, string.Join('|', set.Choices.Where(choice => (bits >> choice.Bit & 1) != 0).Select(choice => choice.Name))) { Bits = bits });
                break;
            case SbeEncoding { Primitive: SbePrimitive.Char } encoding:
                leaves.Add(new(value.Field.Name, LeafKind.Text, SbeText.ToString(value.Bytes)) { IsNullable = !encoding.IsArray });
                break;
            case SbeEncoding { Name: "Price", Primitive: SbePrimitive.Int64 }:
                // Coinbase gives the scale of its prices in prose only.
                leaves.Add(new(value.Field.Name, LeafKind.Number, value.IsNull ? null : SbeJson.FormatDecimal(value.GetNumber(), -9)));
                break;
            default:
                var number = value.GetNumber();
                var isEnumNull = value.Field.Type is SbeEnum type && type.Values.All(known => known.Value != number) && number == type.Null;
                leaves.Add(new(value.Field.Name, value.Field.Type is SbeEnum ? LeafKind.Enum : LeafKind.Number, value.IsNull || isEnumNull ? null : number.ToString()) { Bits = number.Bits });
                break;
        }
    }

    public void BeginGroup(SbeGroup group, int count)
    {
    }

    public void BeginEntry()
    {
    }

    public void EndEntry()
    {
    }

    public void EndGroup()
    {
    }

    public void Data(SbeData data, ReadOnlySpan<byte> content) => leaves.Add(new(data.Name, LeafKind.Text, System.Text.Encoding.UTF8.GetString(content)));
}

internal enum LeafKind
{
    Number,
    Enum,
    Set,
    Text,
}

/// <param name="Name">Name of the field.</param>
/// <param name="Kind">How it is written.</param>
/// <param name="Value">Our value; null for "no value".</param>
internal sealed record Leaf(string Name, LeafKind Kind, string? Value)
{
    public ulong Bits { get; init; }

    public bool IsNullable { get; init; }

    /// <summary>Tells whether the text of an independent decoder is this value.</summary>
    public bool Matches(string text)
    {
        // "-nan" is how the other decoder shows a null mantissa that it did not recognise as null.
        if (text is "No Value" or "-nan")
        {
            return Value is null or "";
        }

        switch (Kind)
        {
            case LeafKind.Text:
                return text.TrimEnd() == Value!.TrimEnd();
            case LeafKind.Set:
                return text.Replace(" ", string.Empty, StringComparison.Ordinal).Equals(Value, StringComparison.OrdinalIgnoreCase)
                    || text == Bits.ToString(CultureInfo.InvariantCulture)
                    || (Bits == 0 && text is "" or "No Values");
            case LeafKind.Enum when text.EndsWith(')'):
                return text[(text.LastIndexOf('(') + 1)..^1] == Value;
            case LeafKind.Enum or LeafKind.Number when Value is null:
                // A decoder that has no name for null shows the raw value.
                return text == Bits.ToString(CultureInfo.InvariantCulture) || text == ((long)Bits).ToString(CultureInfo.InvariantCulture);
            case LeafKind.Number when DateTime.TryParseExact(text.Length > 19 ? text[..19] : text, "yyyy-MM-dd HH:mm:ss", CultureInfo.InvariantCulture, DateTimeStyles.AssumeUniversal | DateTimeStyles.AdjustToUniversal, out var time):
                var nanoseconds = text.Length > 20 ? ulong.Parse(text[20..].PadRight(9, '0'), CultureInfo.InvariantCulture) : 0;
                return ((ulong)(time - DateTime.UnixEpoch).Ticks * 100) + nanoseconds == Bits;
            case LeafKind.Number when text != Value:
                return double.TryParse(text, CultureInfo.InvariantCulture, out var theirs)
                    && Math.Abs(theirs - double.Parse(Value!, CultureInfo.InvariantCulture)) <= Math.Abs(theirs) * 1e-12;
            default:
                return text == Value;
        }
    }
}
