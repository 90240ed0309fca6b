using System.Globalization;
using FeedHandler.Sbe.Schema;

namespace FeedHandler.Sbe.Generator;

internal sealed partial class Emitter
{
    private const string Inline = "[MethodImpl(MethodImplOptions.AggressiveInlining)]";

    private string EmitTypes()
    {
        var code = StartFile();
        EmitSchemaInfo(code);
        foreach (var type in _types)
        {
            code.Line();
            switch (type)
            {
                case SbeEnum enumeration:
                    EmitEnum(code, enumeration);
                    break;
                case SbeSet set:
                    EmitSet(code, set);
                    break;
                case SbeComposite composite:
                    EmitComposite(code, composite);
                    code.Line();
                    EmitCompositeWriter(code, composite);
                    break;
            }
        }

        return code.ToString();
    }

    private void EmitSchemaInfo(CodeWriter code)
    {
        code.Summary(_model.Description, $"Facts of the schema {_model.Package}.");
        code.Open($"{_access} static class {_typeScope.Take("SchemaInfo", "Type")}");
        code.Lines(
            $"/// <summary>Schema id in message headers.</summary>",
            $"public const int Id = {_model.Id};",
            $"/// <summary>Version of the schema that this code was made from.</summary>",
            $"public const int Version = {_model.Version};",
            $"/// <summary>Bytes of the message header.</summary>",
            $"public const int HeaderLength = {_model.Header.Size};",
            $"/// <summary>Byte order of all numbers.</summary>",
            $"public const bool IsBigEndian = {(_isBigEndian ? "true" : "false")};");
        code.Close();
    }

    private void EmitEnum(CodeWriter code, SbeEnum type)
    {
        var scope = new NameScope();
        code.Summary(type.Description, $"Values of {type.Name}; a value that is not among them stays as it is on the wire.", type.DeprecatedSince);
        code.Open($"{_access} enum {TypeName(type)} : {type.Primitive.Keyword()}");
        foreach (var value in type.Values)
        {
            code.Summary(value.Description, $"{value.Name}.");
            code.Line($"{scope.Take(value.Name, "Value")} = {EnumLiteral(value.Value)},");
        }

        if (type.Values.All(value => value.Value != type.Null))
        {
            code.Line("/// <summary>No value.</summary>");
            code.Line($"{scope.Take("NullValue", "Value")} = {EnumLiteral(type.Null)},");
        }

        code.Close();
    }

    private static string EnumLiteral(SbeNumber number) =>
        number.Primitive.IsSigned() ? number.Signed.ToString(CultureInfo.InvariantCulture)
        : number is { Primitive: SbePrimitive.Char, Bits: > 32 and < 127 and not ('\'' or '\\') } ? $"(byte)'{(char)number.Bits}'"
        : number.Bits.ToString(CultureInfo.InvariantCulture);

    private void EmitSet(CodeWriter code, SbeSet type)
    {
        var scope = new NameScope();
        code.Summary(type.Description, $"Flags of {type.Name}.", type.DeprecatedSince);
        code.Line("[Flags]");
        code.Open($"{_access} enum {TypeName(type)} : {type.Primitive.Keyword()}");
        if (type.Choices.All(choice => Names.Pascal(choice.Name) != "None"))
        {
            code.Line("/// <summary>No flag.</summary>");
            code.Line($"{scope.Take("None", "Flag")} = 0,");
        }

        foreach (var choice in type.Choices)
        {
            code.Summary(choice.Description, $"{choice.Name}.");
            code.Line($"{scope.Take(choice.Name, "Flag")} = {(1UL << choice.Bit).ToString(CultureInfo.InvariantCulture)},");
        }

        code.Close();
    }

    private void EmitComposite(CodeWriter code, SbeComposite type)
    {
        var name = TypeName(type);
        var hasVersion = NeedsVersion(type);
        var scope = MemberScope(name, "SizeBytes", "TryWrap", "NullImage");
        code.Summary(type.Description, $"{type.Name}, read in place.", type.DeprecatedSince);
        code.Open($"{_access} readonly ref struct {name}");
        code.Lines("/// <summary>Bytes on the wire.</summary>", $"public const int SizeBytes = {type.Size};", string.Empty);
        code.Line("private readonly ref byte _block;");
        if (hasVersion)
        {
            code.Line("private readonly int _version;");
        }

        code.Line();
        EmitBlockConstructor(code, name, hasVersion);
        code.Line();
        code.Line("/// <summary>Reads the composite at the start of some bytes.</summary>");
        code.Open($"public static SbeError TryWrap(ReadOnlySpan<byte> bytes, {(hasVersion ? "int version, " : string.Empty)}out {name} value)");
        code.Lines("value = default;", "if (bytes.Length < SizeBytes) return SbeError.TruncatedBlock;");
        code.Line($"value = new(ref MemoryMarshal.GetReference(bytes){(hasVersion ? ", version" : string.Empty)});");
        code.Line("return SbeError.None;");
        code.Close();
        code.Line();
        code.Line("/// <summary>What is read where the wire's version does not have the composite.</summary>");
        code.Line($"internal static ReadOnlySpan<byte> NullImage => {ByteArray(NullImage(type.Members, Math.Max(1, type.Size), everything: true))};");
        foreach (var member in type.Members)
        {
            EmitField(code, member, scope, type.SinceVersion);
        }

        code.Close();
    }

    private static void EmitBlockConstructor(CodeWriter code, string name, bool hasVersion)
    {
        code.Line(Inline);
        code.Open($"internal {name}(ref byte block{(hasVersion ? ", int version" : string.Empty)})");
        code.Line("_block = ref block;");
        if (hasVersion)
        {
            code.Line("_version = version;");
        }

        code.Close();
    }

    private void EmitCompositeWriter(CodeWriter code, SbeComposite type)
    {
        var name = TypeName(type).TrimStart('@') + "Writer";
        var scope = MemberScope(name);
        code.Line($"/// <summary>Writes {type.Name} in place.</summary>");
        code.Open($"{_access} readonly ref struct {name}");
        code.Lines("private readonly ref byte _block;", string.Empty);
        EmitBlockConstructor(code, name, hasVersion: false);
        foreach (var member in type.Members)
        {
            EmitSetter(code, member, scope, "_block", string.Empty);
        }

        code.Close();
    }

    /// <summary>Names that a struct has before its fields: its own, and those of every object.</summary>
    private static NameScope MemberScope(string typeName, params string[] more) =>
        new([typeName.TrimStart('@'), "Equals", "GetHashCode", "GetType", "ToString", "MemberwiseClone", "Finalize", "ReferenceEquals", .. more]);

    /// <summary>A block of nulls: of optional fields only, or of everything.</summary>
    private byte[] NullImage(IEnumerable<SbeField> fields, int size, bool everything)
    {
        var image = new byte[size];
        foreach (var field in fields)
        {
            PutNull(image, field, field.Offset, everything);
        }

        return image;
    }

    private void PutNull(byte[] image, SbeField field, int offset, bool everything)
    {
        var isNull = everything || field.Presence == SbePresence.Optional;
        switch (field.Type)
        {
            case var _ when field.Presence == SbePresence.Constant:
                break;
            case SbeComposite composite:
                foreach (var member in composite.Members)
                {
                    PutNull(image, member, offset + member.Offset, everything);
                }

                break;
            case SbeEncoding encoding when isNull:
                for (var i = 0; i < encoding.Length; i++)
                {
                    Put(image, offset + (i * encoding.Primitive.Size()), encoding.Null);
                }

                break;
            case SbeEnum enumeration when isNull:
                Put(image, offset, enumeration.Null);
                break;
        }
    }

    private void Put(byte[] image, int offset, SbeNumber value)
    {
        var size = value.Primitive.Size();
        for (var i = 0; i < size; i++)
        {
            image[offset + (_isBigEndian ? size - 1 - i : i)] = (byte)(value.Bits >> (i * 8));
        }
    }

    private static string ByteArray(byte[] bytes) =>
        $"new byte[] {{ {string.Join(", ", bytes.Select(b => b.ToString(CultureInfo.InvariantCulture)))} }}";
}
