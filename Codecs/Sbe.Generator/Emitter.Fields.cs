using System.Globalization;
using FeedHandler.Sbe.Schema;

namespace FeedHandler.Sbe.Generator;

internal sealed partial class Emitter
{
    /// <summary>The property of a field, with its null value, length and limits. Gives the name of the property.</summary>
    private string EmitField(CodeWriter code, SbeField field, NameScope scope, int baseVersion)
    {
        var name = scope.Take(field.Name, "Field");
        code.Line();
        if (field.Presence == SbePresence.Constant)
        {
            EmitConstant(code, field, name);
            return name;
        }

        var isVersioned = IsVersioned(field, baseVersion);
        if (isVersioned)
        {
            code.Line($"/// <summary>Tells whether the wire's version has <see cref=\"{name}\"/>: since version {field.SinceVersion}.</summary>");
            code.Line($"public bool {scope.Take("Has" + Names.Pascal(field.Name).TrimStart('@'), "Field")} {{ {Inline} get => m_version >= {field.SinceVersion}; }}");
            code.Line();
        }

        switch (field.Type)
        {
            case SbeEncoding { IsArray: false } encoding:
                EmitScalar(code, field, encoding, name, scope, isVersioned);
                break;
            case SbeEncoding encoding:
                EmitArray(code, field, encoding, name, scope, isVersioned);
                break;
            case SbeEnum enumeration:
                var nullName = $"({TypeName(field.Type)})({EnumLiteral(enumeration.Null.NullToWrite)})";
                EmitProperty(code, field, TypeName(field.Type), name, $"({TypeName(field.Type)}){Read(enumeration.Primitive, "m_block", Text(field.Offset))}", isVersioned, nullName);
                break;
            case SbeSet set:
                EmitProperty(code, field, TypeName(field.Type), name, $"({TypeName(field.Type)}){Read(set.Primitive, "m_block", Text(field.Offset))}", isVersioned, set.Null is { } noFlags ? $"({TypeName(field.Type)})({EnumLiteral(noFlags)})" : "default");
                break;
            case SbeComposite composite:
                var version = NeedsVersion(composite) ? ", m_version" : string.Empty;
                // Where the field is absent, so is every member that came later than the composite.
                var absent = version.Length == 0 ? string.Empty : ", 0";
                var at = field.Offset == 0 ? "ref m_block" : $"ref ~Unsafe.Add(ref m_block, {field.Offset})";
                var typeName = TypeName(composite);
                EmitProperty(code, field, typeName, name, $"new({at}{version})", isVersioned, $"new(ref ~MemoryMarshal.GetReference({typeName}.NullImage){absent})");
                break;
        }

        EmitNullTest(code, field, name, scope, isVersioned);
        return name;
    }

    /// <summary>Whether there is no value: the wire's version does not have the field, or it is optional and null.</summary>
    private void EmitNullTest(CodeWriter code, SbeField field, string name, NameScope scope, bool isVersioned)
    {
        var test = field.Presence == SbePresence.Optional ? NullTest(field, name, isVersioned)
            : isVersioned ? $"m_version < {field.SinceVersion}" : string.Empty;
        if (test.Length > 0)
        {
            code.Line($"/// <summary>Tells whether <see cref=\"{name}\"/> has no value.</summary>");
            code.Line($"public bool {scope.Take($"Is{name.TrimStart('@')}Null", "Field")} {{ {Inline} get => {test}; }}");
        }
    }

    /// <summary>Expression for "the property holds no value", or nothing when the type has no such value.</summary>
    private string NullTest(SbeField field, string name, bool isVersioned)
    {
        var absent = isVersioned ? $"m_version < {field.SinceVersion}" : string.Empty;
        var test = NullTest(field.Type, name);
        return absent.Length == 0 || test.Length == 0 ? absent + test : $"{absent} || {test}";
    }

    private string NullTest(SbeType type, string name)
    {
        switch (type)
        {
            case SbeEncoding { IsArray: false, Primitive: var primitive, Null: var noValue }:
                return primitive.IsFloating() && double.IsNaN(noValue.Floating) ? $"{primitive.Keyword()}.IsNaN({name})"
                    : string.Join(" || ", NullNumbers(noValue).Select(number => $"{name} == {number.Literal()}"));
            case SbeEncoding { Primitive: SbePrimitive.Char or SbePrimitive.UInt8, Null: var item }:
                var others = string.Join(", ", NullNumbers(item).Select(number => number.Literal()));
                var all = $"!~MemoryExtensions.ContainsAnyExcept({name}, {others})";
                return item.Primitive == SbePrimitive.Char ? $"{name}[0] == 0 || {all}" : all;
            case SbeEncoding array:
                return $"{name}.IsAll({array.Null.Literal()})";
            case SbeEnum enumeration:
                var unnamed = NullNumbers(enumeration.Null).Where(enumeration.IsNull);
                return string.Join(" || ", unnamed.Select(number => $"{name} == ({TypeName(type)})({EnumLiteral(number)})"));
            case SbeSet { Null: { } noFlags }:
                return $"{name} == ({TypeName(type)})({EnumLiteral(noFlags)})";
            default:
                return _nullTests.TryGetValue(type, out var isNull) ? $"{name}.{isNull}" : string.Empty;
        }
    }

    /// <summary>The numbers that mean "no value": for char also the byte 0.</summary>
    private static IEnumerable<SbeNumber> NullNumbers(SbeNumber declared) =>
        declared is { Primitive: SbePrimitive.Char, Bits: not 0 } ? [new(SbePrimitive.Char, 0), declared] : [declared];

    private static string Text(int number) => number.ToString(CultureInfo.InvariantCulture);

    private static void EmitProperty(CodeWriter code, SbeField field, string type, string name, string read, bool isVersioned, string absent)
    {
        code.Summary(field.Description, $"{field.Name}.", field.DeprecatedSince);
        var value = isVersioned ? $"m_version >= {field.SinceVersion} ? {read} : {absent}" : read;
        code.Line($"public {type} {name} {{ {Inline} get => {value}; }}");
    }

    private void EmitScalar(CodeWriter code, SbeField field, SbeEncoding encoding, string name, NameScope scope, bool isVersioned)
    {
        var type = encoding.Primitive.Keyword();
        EmitProperty(code, field, type, name, Read(encoding.Primitive, "m_block", Text(field.Offset)), isVersioned, encoding.Null.NullToWrite.Literal());
        var plain = name.TrimStart('@');
        if (field.Presence == SbePresence.Optional || isVersioned)
        {
            var nullName = scope.Take(plain + "NullValue", "Field");
            code.Line($"/// <summary>The value of <see cref=\"{name}\"/> that means \"no value\".</summary>");
            code.Line($"public const {type} {nullName} = {encoding.Null.NullToWrite.Literal()};");
        }

        EmitLimit(code, encoding.Min, name, plain + "MinValue", "Least", scope);
        EmitLimit(code, encoding.Max, name, plain + "MaxValue", "Greatest", scope);
    }

    private static void EmitLimit(CodeWriter code, SbeNumber? limit, string property, string name, string word, NameScope scope)
    {
        if (limit is { } value)
        {
            code.Line($"/// <summary>{word} valid value of <see cref=\"{property}\"/>.</summary>");
            code.Line($"public const {value.Primitive.Keyword()} {scope.Take(name, "Field")} = {value.Literal()};");
        }
    }

    private void EmitArray(CodeWriter code, SbeField field, SbeEncoding encoding, string name, NameScope scope, bool isVersioned)
    {
        code.Line($"/// <summary>Items of <see cref=\"{name}\"/>.</summary>");
        code.Line($"public const int {scope.Take(name.TrimStart('@') + "Length", "Field")} = {encoding.Length};");
        code.Line();
        var bytes = $"~MemoryMarshal.CreateReadOnlySpan(ref ~Unsafe.Add(ref m_block, {field.Offset}), {encoding.Size})";
        if (encoding.Primitive.Size() == 1 && encoding.Primitive != SbePrimitive.Int8)
        {
            EmitProperty(code, field, "~ReadOnlySpan<byte>", name, bytes, isVersioned, "default");
            return;
        }

        var type = $"~SbeArray<{encoding.Primitive.Keyword()}>";
        EmitProperty(code, field, type, name, $"new {type}({bytes}, {(_isBigEndian ? "true" : "false")})", isVersioned, "default");
    }

    private void EmitConstant(CodeWriter code, SbeField field, string name)
    {
        code.Summary(field.Description, $"{field.Name}.", field.DeprecatedSince);
        var constant = field.Constant!;
        if (field.Type is SbeEnum enumeration)
        {
            code.Line($"public {TypeName(enumeration)} {name} => ({TypeName(enumeration)})({EnumLiteral(constant.Number)});");
        }
        else if (constant.Bytes.Count > 1)
        {
            code.Line($"public ~ReadOnlySpan<byte> {name} => {ByteArray([.. constant.Bytes])};");
        }
        else
        {
            var primitive = ((SbeEncoding)field.Type).Primitive;
            code.Line($"public {primitive.Keyword()} {name} => {(constant.Number with { Primitive = primitive }).Literal()};");
        }
    }
}
