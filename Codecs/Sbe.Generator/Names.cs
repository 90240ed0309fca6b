using FeedHandler.Sbe.Schema;
using Microsoft.CodeAnalysis.CSharp;

namespace FeedHandler.Sbe.Generator;

/// <summary>Names that are taken in one scope: gives every schema name a C# name that is not.</summary>
internal sealed class NameScope(params string[] reserved)
{
    private readonly HashSet<string> _taken = new(reserved, StringComparer.Ordinal);

    /// <summary>The name in C# form: with its suffix only where the plain name is taken.</summary>
    public string Take(string name, string suffix)
    {
        var wanted = Names.Pascal(name);
        var candidate = wanted;
        for (var i = 1; !_taken.Add(candidate); i++)
        {
            candidate = i == 1 ? wanted + suffix : $"{wanted}{suffix}{i}";
        }

        return candidate;
    }

    public bool IsFree(string name) => !_taken.Contains(name);
}

/// <summary>C# spellings.</summary>
internal static class Names
{
    /// <summary>With a capital first letter; symbolic names have no other characters to care for.</summary>
    public static string Pascal(string name)
    {
        var pascal = char.ToUpperInvariant(name[0]) + name.Substring(1);
        return SyntaxFacts.GetKeywordKind(pascal) != SyntaxKind.None ? "@" + pascal : pascal;
    }

    /// <summary>The C# keyword of a primitive.</summary>
    public static string Keyword(this SbePrimitive primitive) => primitive switch
    {
        SbePrimitive.Char or SbePrimitive.UInt8 => "byte",
        SbePrimitive.Int8 => "sbyte",
        SbePrimitive.Int16 => "short",
        SbePrimitive.UInt16 => "ushort",
        SbePrimitive.Int32 => "int",
        SbePrimitive.UInt32 => "uint",
        SbePrimitive.Int64 => "long",
        SbePrimitive.UInt64 => "ulong",
        SbePrimitive.Float => "float",
        _ => "double",
    };

    /// <summary>A value as a C# constant of its type.</summary>
    public static string Literal(this SbeNumber number)
    {
        switch (number.Primitive)
        {
            case SbePrimitive.Char or SbePrimitive.UInt8:
                return $"(byte){number.Bits}";
            case SbePrimitive.Float or SbePrimitive.Double:
                var type = number.Primitive.Keyword();
                var value = number.Floating;
                return double.IsNaN(value) ? type + ".NaN"
                    : double.IsPositiveInfinity(value) ? type + ".PositiveInfinity"
                    : double.IsNegativeInfinity(value) ? type + ".NegativeInfinity"
                    : $"({type}){value.ToString("R", System.Globalization.CultureInfo.InvariantCulture)}d";
            case SbePrimitive.Int64 when number.Signed == long.MinValue:
                return "long.MinValue";
            case SbePrimitive.Int64:
                return $"{number.Signed}L";
            case SbePrimitive.UInt64:
                return $"{number.Bits}UL";
            case SbePrimitive.UInt32:
                return $"{number.Bits}U";
            case SbePrimitive.Int32 when number.Signed == int.MinValue:
                return "int.MinValue";
            default:
                return number.Primitive.IsSigned() ? $"({number.Primitive.Keyword()})({number.Signed})" : $"({number.Primitive.Keyword()}){number.Bits}";
        }
    }
}
