using System.Globalization;
using System.Text;
using FeedHandler.Sbe.Schema;

namespace FeedHandler.Sbe.Generator;

internal sealed partial class Emitter
{
    /// <summary>The property of a field, with its null value, length and limits.</summary>
    private void EmitField(CodeWriter code, SbeField field, NameScope scope, int baseVersion)
    {
        if (field.Type is SbeEncoding { Length: 0 })
        {
            return;
        }

        var name = scope.Take(field.Name, "Field");
        code.Line();
        if (field.Presence == SbePresence.Constant)
        {
            EmitConstant(code, field, name);
            return;
        }

        var isVersioned = IsVersioned(field, baseVersion);
        if (isVersioned)
        {
            code.Line($"/// <summary>Tells whether the wire's version has <see cref=\"{name}\"/>: since version {field.SinceVersion}.</summary>");
            code.Line($"public bool {scope.Take("Has" + Names.Pascal(field.Name).TrimStart('@'), "Field")} {{ {Inline} get => _version >= {field.SinceVersion}; }}");
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
                var nullName = $"({TypeName(field.Type)})({EnumLiteral(enumeration.Null)})";
                EmitProperty(code, field, TypeName(field.Type), name, $"({TypeName(field.Type)}){Read(enumeration.Primitive, "_block", Text(field.Offset))}", isVersioned, nullName);
                break;
            case SbeSet set:
                EmitProperty(code, field, TypeName(field.Type), name, $"({TypeName(field.Type)}){Read(set.Primitive, "_block", Text(field.Offset))}", isVersioned, "default");
                break;
            case SbeComposite composite:
                var version = NeedsVersion(composite) ? ", _version" : string.Empty;
                var at = field.Offset == 0 ? "ref _block" : $"ref Unsafe.Add(ref _block, {field.Offset})";
                var typeName = TypeName(composite);
                EmitProperty(code, field, typeName, name, $"new({at}{version})", isVersioned, $"new(ref MemoryMarshal.GetReference({typeName}.NullImage){version})");
                break;
        }
    }

    private static string Text(int number) => number.ToString(CultureInfo.InvariantCulture);

    private static void EmitProperty(CodeWriter code, SbeField field, string type, string name, string read, bool isVersioned, string absent)
    {
        code.Summary(field.Description, $"{field.Name}.", field.DeprecatedSince);
        var value = isVersioned ? $"_version >= {field.SinceVersion} ? {read} : {absent}" : read;
        code.Line($"public {type} {name} {{ {Inline} get => {value}; }}");
    }

    private void EmitScalar(CodeWriter code, SbeField field, SbeEncoding encoding, string name, NameScope scope, bool isVersioned)
    {
        var type = encoding.Primitive.Keyword();
        EmitProperty(code, field, type, name, Read(encoding.Primitive, "_block", Text(field.Offset)), isVersioned, encoding.Null.Literal());
        var plain = name.TrimStart('@');
        if (field.Presence == SbePresence.Optional || isVersioned)
        {
            var nullName = scope.Take(plain + "NullValue", "Field");
            code.Line($"/// <summary>The value of <see cref=\"{name}\"/> that means \"no value\".</summary>");
            code.Line($"public const {type} {nullName} = {encoding.Null.Literal()};");
            code.Line($"/// <summary>Tells whether <see cref=\"{name}\"/> has no value.</summary>");
            var test = encoding.Null.Primitive.IsFloating() && double.IsNaN(encoding.Null.Floating) ? $"{type}.IsNaN({name})" : $"{name} == {nullName}";
            code.Line($"public bool {scope.Take($"Is{plain}Null", "Field")} {{ {Inline} get => {test}; }}");
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
        var bytes = $"MemoryMarshal.CreateReadOnlySpan(ref Unsafe.Add(ref _block, {field.Offset}), {encoding.Size})";
        if (encoding.Primitive.Size() == 1 && encoding.Primitive != SbePrimitive.Int8)
        {
            EmitProperty(code, field, "ReadOnlySpan<byte>", name, bytes, isVersioned, "default");
            return;
        }

        var type = $"SbeArray<{encoding.Primitive.Keyword()}>";
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
        else if (constant.Text is { Length: > 1 } text)
        {
            code.Line($"public ReadOnlySpan<byte> {name} => {ByteArray(Encoding.UTF8.GetBytes(text))};");
        }
        else
        {
            var primitive = ((SbeEncoding)field.Type).Primitive;
            code.Line($"public {primitive.Keyword()} {name} => {(constant.Number with { Primitive = primitive }).Literal()};");
        }
    }
}
