using FeedHandler.Sbe.Schema;

namespace FeedHandler.Sbe;

/// <summary>A field of a message that is decoded by a schema at run time.</summary>
public readonly ref struct SbeFieldValue
{
    private readonly int _version;
    private readonly bool _isBigEndian;

    internal SbeFieldValue(SbeField field, ReadOnlySpan<byte> block, int version, bool isBigEndian, bool isAbsent)
    {
        Field = field;
        _version = version;
        _isBigEndian = isBigEndian;
        IsAbsent = isAbsent;
        Bytes = isAbsent || field.Presence == SbePresence.Constant ? default : block[field.Offset..field.EndAt(version)];
    }

    /// <summary>The field.</summary>
    public SbeField Field { get; }

    /// <summary>Its bytes; empty for a constant, or when it is absent.</summary>
    public ReadOnlySpan<byte> Bytes { get; }

    /// <summary>Tells whether the wire's version does not have the field.</summary>
    public bool IsAbsent { get; }

    /// <summary>Tells whether there is no value: the field is absent, or optional and null.</summary>
    public bool IsNull => IsAbsent || (Field.Presence == SbePresence.Optional && Field.Type switch
    {
        SbeEncoding { IsArray: false } encoding => IsNullNumber(encoding.Null),
        SbeEnum enumeration => IsNullNumber(enumeration.Null),
        _ => false,
    });

    /// <summary>Number of items: 1 for a scalar, 0 for an absent array.</summary>
    public int Count => Field.Type is SbeEncoding { IsArray: true } encoding
        ? Field.Presence == SbePresence.Constant ? Field.Constant!.Text?.Length ?? 1 : Bytes.Length / encoding.Primitive.Size()
        : 1;

    /// <summary>The number of a primitive, enum or set. What is absent reads as the null value, a set as no flags.</summary>
    /// <param name="index">Item of an array.</param>
    /// <returns>The number as on the wire.</returns>
    public SbeNumber GetNumber(int index = 0)
    {
        if (Field.Constant is { } constant)
        {
            return constant.Text is { } text ? new(SbePrimitive.Char, text[index]) : constant.Number;
        }

        var (primitive, missing) = Field.Type switch
        {
            SbeEncoding encoding => (encoding.Primitive, encoding.Null),
            SbeEnum enumeration => (enumeration.Primitive, enumeration.Null),
            SbeSet set => (set.Primitive, new SbeNumber(set.Primitive, 0)),
            _ => throw new InvalidOperationException($"'{Field.Name}' is a composite: read its members."),
        };
        return IsAbsent ? missing : SbeWire.Read(primitive, Bytes[(index * primitive.Size())..], _isBigEndian);
    }

    /// <summary>A member of a composite.</summary>
    /// <param name="member">The member, as the composite's type has it.</param>
    /// <returns>Its value.</returns>
    public SbeFieldValue GetMember(SbeField member)
    {
        var composite = (SbeComposite)Field.Type;
        return new(member, Bytes, _version, _isBigEndian, IsAbsent || member.SinceVersion > Math.Max(_version, composite.SinceVersion));
    }

    /// <summary>The value of a composite of mantissa and exponent.</summary>
    /// <param name="mantissa">The mantissa.</param>
    /// <param name="exponent">The decimal exponent.</param>
    /// <param name="isNull">True when there is no value.</param>
    /// <returns>False when the field is no such composite.</returns>
    public bool TryGetDecimal(out SbeNumber mantissa, out int exponent, out bool isNull)
    {
        mantissa = default;
        exponent = 0;
        isNull = false;
        if (Field.Type is not SbeComposite composite
            || composite.Mantissa is not { Type: SbeEncoding { IsArray: false } mantissaType } mantissaMember
            || composite.Exponent is not { Type: SbeEncoding { Primitive: SbePrimitive.Int8 } } exponentMember
            || composite.Members.Count != 2
            || mantissaType.Primitive.IsFloating())
        {
            return false;
        }

        var mantissaValue = GetMember(mantissaMember);
        var exponentValue = GetMember(exponentMember);
        mantissa = mantissaValue.GetNumber();
        exponent = (int)exponentValue.GetNumber().Signed;
        isNull = IsAbsent || mantissaValue.IsNull || exponentValue.IsNull || (Field.Presence == SbePresence.Optional && mantissa == mantissaType.Null);
        return true;
    }

    private bool IsNullNumber(SbeNumber missing)
    {
        var number = GetNumber();
        return number == missing || (number.Primitive.IsFloating() && double.IsNaN(missing.Floating) && double.IsNaN(number.Floating));
    }
}
