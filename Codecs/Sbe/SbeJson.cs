using System.Globalization;
using System.Text;
using System.Text.Json;
using FeedHandler.Sbe.Schema;

namespace FeedHandler.Sbe;

/// <summary>
/// Messages as JSON by any schema: fields by name, enums and sets by name, nulls as null, mantissa and exponent as a
/// plain decimal. A value that an enum does not know is a number; so are the bits that a set does not know.
/// </summary>
public static class SbeJson
{
    private const int MaxDecimalDigits = 160;

    /// <summary>Writes one message as an object.</summary>
    /// <param name="writer">Where it goes.</param>
    /// <param name="schema">The schema.</param>
    /// <param name="bytes">Bytes that start with the message header.</param>
    /// <returns>What is wrong, if anything; then the object has an <c>error</c> beside what could be read.</returns>
    public static SbeError WriteMessage(Utf8JsonWriter writer, SbeSchema schema, ReadOnlySpan<byte> bytes)
    {
        var error = SbeDecoder.TryReadHeader(schema, bytes, out var header);
        if (error != SbeError.None)
        {
            writer.WriteStartObject();
            writer.WriteString("error", error.ToString());
            writer.WriteEndObject();
            return error;
        }

        return WriteMessage(writer, schema, header, bytes[schema.Model.Header.Size..]);
    }

    /// <summary>Writes one message as an object.</summary>
    /// <param name="writer">Where it goes.</param>
    /// <param name="schema">The schema.</param>
    /// <param name="header">The message header.</param>
    /// <param name="body">The bytes behind it.</param>
    /// <returns>What is wrong, if anything; then the object has an <c>error</c> beside what could be read.</returns>
    public static SbeError WriteMessage(Utf8JsonWriter writer, SbeSchema schema, SbeMessageHeader header, ReadOnlySpan<byte> body)
    {
        var message = schema.FindMessage(header.TemplateId);
        writer.WriteStartObject();
        if (message is not null)
        {
            writer.WriteString("message", message.Name);
        }

        writer.WriteNumber("template", header.TemplateId);
        writer.WriteNumber("version", header.Version);
        var error = message is null ? SbeError.UnknownTemplate
            : header.SchemaId != schema.Model.Id ? SbeError.OtherSchema
            : SbeDecoder.TryMeasure(schema, message, body, header.BlockLength, header.Version, out _);
        if (error == SbeError.None)
        {
            writer.WriteStartObject("fields");
            var visitor = new Visitor(writer);
            SbeDecoder.TryWalk(schema, message!, body, header.BlockLength, header.Version, ref visitor);
            writer.WriteEndObject();
        }
        else
        {
            writer.WriteString("error", error.ToString());
        }

        writer.WriteEndObject();
        return error;
    }

    /// <summary>A mantissa with a decimal exponent, written out: no exponent, no trailing zeroes behind the point.</summary>
    /// <param name="mantissa">The mantissa.</param>
    /// <param name="exponent">The decimal exponent, -128 to 127.</param>
    /// <returns>As <c>-12.5</c>.</returns>
    public static string FormatDecimal(SbeNumber mantissa, int exponent)
    {
        var isNegative = mantissa.Primitive.IsSigned() && mantissa.Signed < 0;
        var magnitude = isNegative ? (ulong)-mantissa.Signed : mantissa.Bits;
        var digits = magnitude.ToString(CultureInfo.InvariantCulture);
        var text = new StringBuilder(MaxDecimalDigits);
        if (magnitude == 0 || exponent >= 0)
        {
            text.Append(digits).Append('0', magnitude == 0 ? 0 : exponent);
        }
        else
        {
            digits = digits.PadLeft(1 - exponent, '0');
            text.Append(digits, 0, digits.Length + exponent);
            var fraction = digits.AsSpan(digits.Length + exponent).TrimEnd('0');
            if (!fraction.IsEmpty)
            {
                text.Append('.').Append(fraction);
            }
        }

        return isNegative && magnitude != 0 ? text.Insert(0, '-').ToString() : text.ToString();
    }

    private readonly struct Visitor(Utf8JsonWriter writer) : ISbeVisitor
    {
        public void Field(SbeFieldValue value)
        {
            writer.WritePropertyName(value.Field.Name);
            WriteValue(value);
        }

        public void BeginGroup(SbeGroup group, int count) => writer.WriteStartArray(group.Name);

        public void BeginEntry() => writer.WriteStartObject();

        public void EndEntry() => writer.WriteEndObject();

        public void EndGroup() => writer.WriteEndArray();

        public void Data(SbeData data, ReadOnlySpan<byte> content)
        {
            if (data.CharacterEncoding is { } name)
            {
                writer.WriteString(data.Name, SbeCharacters.Of(name).GetString(content));
            }
            else
            {
                writer.WriteString(data.Name, Convert.ToHexStringLower(content));
            }
        }

        private void WriteValue(SbeFieldValue value)
        {
            if (value.TryGetDecimal(out var mantissa, out var exponent, out var isNull))
            {
                if (isNull)
                {
                    writer.WriteNullValue();
                }
                else
                {
                    writer.WriteRawValue(FormatDecimal(mantissa, exponent));
                }

                return;
            }

            if (value.IsNull)
            {
                writer.WriteNullValue();
                return;
            }

            switch (value.Field.Type)
            {
                case SbeComposite composite:
                    WriteComposite(value, composite);
                    break;
                case SbeEnum enumeration:
                    WriteEnum(value, enumeration);
                    break;
                case SbeSet set:
                    WriteSet(value.GetNumber().Bits, set);
                    break;
                case SbeEncoding encoding:
                    WriteEncoding(value, encoding);
                    break;
            }
        }

        private void WriteComposite(SbeFieldValue value, SbeComposite composite)
        {
            writer.WriteStartObject();
            foreach (var member in composite.Members)
            {
                writer.WritePropertyName(member.Name);
                WriteValue(value.GetMember(member));
            }

            writer.WriteEndObject();
        }

        private void WriteEnum(SbeFieldValue value, SbeEnum enumeration)
        {
            var number = value.GetNumber();
            foreach (var known in enumeration.Values)
            {
                if (known.Value.Bits == number.Bits)
                {
                    writer.WriteStringValue(known.Name);
                    return;
                }
            }

            if (enumeration.IsNull(number))
            {
                writer.WriteNullValue();
            }
            else
            {
                WriteNumber(number with { Primitive = number.Primitive == SbePrimitive.Char ? SbePrimitive.UInt8 : number.Primitive });
            }
        }

        private void WriteSet(ulong bits, SbeSet set)
        {
            writer.WriteStartArray();
            foreach (var choice in set.Choices)
            {
                if ((bits & (1UL << choice.Bit)) != 0)
                {
                    writer.WriteStringValue(choice.Name);
                    bits &= ~(1UL << choice.Bit);
                }
            }

            if (bits != 0)
            {
                writer.WriteNumberValue(bits);
            }

            writer.WriteEndArray();
        }

        private void WriteEncoding(SbeFieldValue value, SbeEncoding encoding)
        {
            if (encoding.Primitive == SbePrimitive.Char)
            {
                writer.WriteStringValue(value.Field.Constant?.Text ?? SbeText.ToString(value.Bytes, SbeCharacters.Of(encoding.CharacterEncoding)));
            }
            else if (encoding.CharacterEncoding is { } name && encoding is { IsArray: true, Primitive: SbePrimitive.UInt8 } && value.Field.Constant is null)
            {
                writer.WriteStringValue(SbeText.ToString(value.Bytes, SbeCharacters.Of(name)));
            }
            else if (encoding.IsArray)
            {
                writer.WriteStartArray();
                for (var i = 0; i < value.Count; i++)
                {
                    WriteNumber(value.GetNumber(i));
                }

                writer.WriteEndArray();
            }
            else
            {
                WriteNumber(value.GetNumber());
            }
        }

        private void WriteNumber(SbeNumber number)
        {
            if (number.Primitive.IsFloating())
            {
                if (double.IsNaN(number.Floating))
                {
                    writer.WriteNullValue();
                }
                else if (double.IsInfinity(number.Floating))
                {
                    writer.WriteStringValue(number.ToString());
                }
                else if (number.Primitive == SbePrimitive.Float)
                {
                    writer.WriteNumberValue((float)number.Floating);
                }
                else
                {
                    writer.WriteNumberValue(number.Floating);
                }
            }
            else if (number.Primitive.IsSigned())
            {
                writer.WriteNumberValue(number.Signed);
            }
            else
            {
                writer.WriteNumberValue(number.Bits);
            }
        }
    }
}
