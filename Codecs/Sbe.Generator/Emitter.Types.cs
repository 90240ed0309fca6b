using System.Globalization;
using FeedHandler.Sbe.Schema;

namespace FeedHandler.Sbe.Generator;

internal sealed partial class Emitter
{
    private const string Inline = "[~MethodImpl(~MethodImplOptions.AggressiveInlining)]";

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
        code.Open($"{_access} static class {_schemaInfo}");
        code.Lines(
            $"/// <summary>Schema id in message headers.</summary>",
            $"public const int Id = {_model.Id};",
            $"/// <summary>Version of the schema that this code was made from.</summary>",
            $"public const int Version = {_model.Version};",
            $"/// <summary>Bytes of the message header.</summary>",
            $"public const int HeaderLength = {_model.Header.Size};",
            $"/// <summary>Byte order of all numbers.</summary>",
            $"public const bool IsBigEndian = {(_isBigEndian ? "true" : "false")};",
            string.Empty);
        EmitHeaderReader(code);
        code.Close();
    }

    /// <summary>One way to read a header of any shape; numbers beyond an int, which no message has, stay out of every range.</summary>
    private void EmitHeaderReader(CodeWriter code)
    {
        var header = _model.Header;
        code.Lines(
            "/// <summary>Reads a message header: which message it is, and what <c>TryWrap</c> of that message asks for.</summary>",
            "/// <param name=\"bytes\">Bytes that start with the header.</param>",
            "/// <param name=\"header\">What it says.</param>",
            "/// <returns>What is wrong, if anything.</returns>",
            Inline);
        code.Open("public static ~SbeError TryReadHeader(~ReadOnlySpan<byte> bytes, out ~SbeMessageHeader header)");
        code.Line("header = default;");
        code.Line($"if (bytes.Length < {header.Size}) return ~SbeError.TruncatedHeader;");
        code.Line("ref var start = ref ~MemoryMarshal.GetReference(bytes);");
        var numbers = new[] { header.BlockLength, header.TemplateId, header.SchemaId, header.Version }.Select(ReadHeaderNumber);
        code.Line($"header = new({string.Join(", ", numbers)});");
        code.Line("return ~SbeError.None;");
        code.Close();
    }

    private string ReadHeaderNumber(HeaderNumber number)
    {
        var read = ReadHeader(number, "start", null);
        return number.Constant is not null || number.Primitive.Size() < sizeof(int) ? read
            : $"(int)~Math.Min({read}, {new SbeNumber(number.Primitive, int.MaxValue).Literal()})";
    }

    private void EmitEnum(CodeWriter code, SbeEnum type)
    {
        var scope = new NameScope();
        code.Summary(type.Description, $"Values of {type.Name}; a value that is not among them stays as it is on the wire.", type.DeprecatedSince);
        code.Open($"{_access} enum {DeclaredName(type)} : {type.Primitive.Keyword()}");
        foreach (var value in type.Values)
        {
            code.Summary(value.Description, $"{value.Name}.");
            code.Line($"{scope.Take(value.Name, "Value")} = {EnumLiteral(value.Value)},");
        }

        var noValue = type.Null.NullToWrite;
        if (type.Values.All(value => value.Value != noValue))
        {
            code.Line("/// <summary>No value.</summary>");
            code.Line($"{scope.Take("NullValue", "Value")} = {EnumLiteral(noValue)},");
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
        code.Line("[~Flags]");
        code.Open($"{_access} enum {DeclaredName(type)} : {type.Primitive.Keyword()}");
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
        var name = DeclaredName(type);
        var hasVersion = NeedsVersion(type);
        var scope = MemberScope(name, "SizeBytes", "TryWrap", "NullImage");
        code.Summary(type.Description, $"{type.Name}, read in place.", type.DeprecatedSince);
        code.Open($"{_access} readonly ref struct {name}");
        code.Lines("/// <summary>Bytes on the wire.</summary>", $"public const int SizeBytes = {type.Size};", string.Empty);
        code.Line("private readonly ref byte m_block;");
        if (hasVersion)
        {
            code.Line("private readonly int m_version;");
        }

        code.Line();
        EmitBlockConstructor(code, name, hasVersion);
        code.Line();
        code.Line("/// <summary>Reads the composite at the start of some bytes.</summary>");
        code.Open($"public static ~SbeError TryWrap(~ReadOnlySpan<byte> bytes, {(hasVersion ? "int version, " : string.Empty)}out {name} value)");
        code.Lines("value = default;", "if (bytes.Length < SizeBytes) return ~SbeError.TruncatedBlock;");
        code.Line($"value = new(ref ~MemoryMarshal.GetReference(bytes){(hasVersion ? ", version" : string.Empty)});");
        code.Line("return ~SbeError.None;");
        code.Close();
        code.Line();
        code.Line("/// <summary>What is read where the wire's version does not have the composite.</summary>");
        code.Line($"internal static ~ReadOnlySpan<byte> NullImage => {ByteArray(NullImage(type.Members, Math.Max(1, type.Size), everything: true))};");
        var names = new Dictionary<SbeField, string>();
        foreach (var member in type.Members)
        {
            names[member] = EmitField(code, member, scope, type.SinceVersion);
        }

        var tests = type.NullMembers.Select(member => NullTest(member, names[member], IsVersioned(member, type.SinceVersion))).ToList();
        if (tests.Count > 0 && !tests.Contains(string.Empty))
        {
            var isNull = scope.Take("IsNull", "Value");
            _nullTests.Add(type, isNull);
            code.Line();
            code.Line("/// <summary>Tells whether it holds no value: its mantissa is null or, without one, everything that is on the wire.</summary>");
            code.Line($"public bool {isNull} {{ {Inline} get => {string.Join(" && ", tests.Select(test => $"({test})"))}; }}");
        }

        code.Close();
    }

    private static void EmitBlockConstructor(CodeWriter code, string name, bool hasVersion)
    {
        code.Line(Inline);
        code.Open($"internal {name}(ref byte block{(hasVersion ? ", int version" : string.Empty)})");
        code.Line("m_block = ref block;");
        if (hasVersion)
        {
            code.Line("m_version = version;");
        }

        code.Close();
    }

    private void EmitCompositeWriter(CodeWriter code, SbeComposite type)
    {
        var name = DeclaredName(type).TrimStart('@') + "Writer";
        var scope = MemberScope(name);
        code.Line($"/// <summary>Writes {type.Name} in place.</summary>");
        code.Open($"{_access} readonly ref struct {name}");
        code.Lines("private readonly ref byte m_block;", string.Empty);
        EmitBlockConstructor(code, name, hasVersion: false);
        foreach (var member in type.Members)
        {
            EmitSetter(code, member, scope, "m_block", string.Empty);
        }

        code.Close();
    }

    /// <summary>Names that a struct has before its fields: its own, and those of every object.</summary>
    private static NameScope MemberScope(string typeName, params string[] more) =>
        new([typeName.TrimStart('@'), "Equals", "GetHashCode", "GetType", "ToString", "MemberwiseClone", "Finalize", "ReferenceEquals", .. more]);

    /// <summary>A block of nulls: of optional fields only, with all that is in them, or of everything.</summary>
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
                    PutNull(image, member, offset + member.Offset, isNull);
                }

                break;
            case SbeEncoding encoding when isNull:
                for (var i = 0; i < encoding.Length; i++)
                {
                    Put(image, offset + (i * encoding.Primitive.Size()), encoding.Null.NullToWrite);
                }

                break;
            case SbeEnum enumeration when isNull:
                Put(image, offset, enumeration.Null.NullToWrite);
                break;
            case SbeSet { Null: { } noValue } when isNull:
                Put(image, offset, noValue);
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
