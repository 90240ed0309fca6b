using FeedHandler.Sbe.Schema;

namespace FeedHandler.Sbe;

/// <summary>A field of a message that is decoded by a schema at run time.</summary>
public readonly ref struct SbeFieldValue
{
    private readonly int _version;
    private readonly bool _isBigEndian;

    // Of a composite that is not there the members read as its null, arrays too; only what is newer still has no items.
    private readonly bool _isInAbsent;

    internal SbeFieldValue(SbeField field, ReadOnlySpan<byte> block, int version, bool isBigEndian, bool isAbsent, bool isInAbsent = false)
    {
        _isInAbsent = isInAbsent;
        Field = field;
        _version = version;
        _isBigEndian = isBigEndian;

        // What is constant is not on the wire of any version: it is never missing there.
        IsAbsent = isAbsent && field.Presence != SbePresence.Constant;
        Bytes = isAbsent || field.Presence == SbePresence.Constant ? default : block[field.Offset..field.EndAt(version)];
    }

    /// <summary>The field.</summary>
    public SbeField Field { get; }

    /// <summary>Its bytes; empty for a constant, or when it is absent.</summary>
    public ReadOnlySpan<byte> Bytes { get; }

    /// <summary>Tells whether the wire's version does not have the field.</summary>
    public bool IsAbsent { get; }

    /// <summary>
    /// Tells whether there is no value: the field is absent, or optional and null. An array is null when all its items
    /// are, text when it starts with a zero byte, and a composite when its mantissa is, or, without one, all its members.
    /// </summary>
    public bool IsNull => IsAbsent || (Field.Presence == SbePresence.Optional && HoldsNull);

    private bool HoldsNull
    {
        get
        {
            switch (Field.Type)
            {
                case SbeEncoding { IsArray: true, Primitive: SbePrimitive.Char } when Bytes[0] == 0:
                    return true;
                case SbeEncoding encoding:
                    for (var i = 0; i < Count; i++)
                    {
                        if (!encoding.Null.IsNullFor(GetNumber(i)))
                        {
                            return false;
                        }
                    }

                    return true;
                case SbeEnum enumeration:
                    return enumeration.IsNull(GetNumber());
                case SbeSet set:
                    return set.Null is { } noFlags && noFlags == GetNumber();
                case SbeComposite composite:
                    var isNull = false;
                    foreach (var member in composite.NullMembers)
                    {
                        var value = GetMember(member);
                        isNull = value.IsAbsent || value.HoldsNull;
                        if (!isNull)
                        {
                            return false;
                        }
                    }

                    return isNull;
                default:
                    return false;
            }
        }
    }

    /// <summary>Number of items: 1 for a scalar, 0 for an array that the wire's version does not have.</summary>
    public int Count => Field.Type is SbeEncoding { IsArray: true } encoding
        ? Field.Presence == SbePresence.Constant ? Math.Max(1, Field.Constant!.Bytes.Count) : IsAbsent && !_isInAbsent ? 0 : encoding.Length
        : 1;

    /// <summary>The number of a primitive, enum or set. What is absent reads as the null value, a set without one as no flags.</summary>
    /// <param name="index">Item of an array.</param>
    /// <returns>The number as on the wire.</returns>
    public SbeNumber GetNumber(int index = 0)
    {
        if (Field.Constant is { } constant)
        {
            return constant.Text is null ? constant.Number : new(SbePrimitive.Char, constant.Bytes[index]);
        }

        var (primitive, missing) = Field.Type switch
        {
            SbeEncoding encoding => (encoding.Primitive, encoding.Null.NullToWrite),
            SbeEnum enumeration => (enumeration.Primitive, enumeration.Null.NullToWrite),
            SbeSet set => (set.Primitive, set.Null ?? new SbeNumber(set.Primitive, 0)),
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
        // An absent composite has none of the members that came later than itself.
        var isNewer = member.SinceVersion > Math.Max(IsAbsent ? 0 : _version, composite.SinceVersion);
        return new(member, Bytes, _version, _isBigEndian, IsAbsent || isNewer, isInAbsent: IsAbsent && !isNewer);
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
        isNull = IsNull || mantissaValue.IsNull || exponentValue.IsNull;
        return true;
    }
}
