using System.Globalization;
using System.Text;
using FeedHandler.Sbe.Schema;

namespace FeedHandler.Sbe.Tests;

/// <summary>C# that reads a message with its generated reader, value by value, and copies it with its generated writer.</summary>
internal sealed class DriverSource
{
    private readonly StringBuilder _code = new();
    private int _locals;

    public const string Shared =
        """
        using System;
        using System.Collections.Generic;
        public static class Values
        {
            public static ulong U(byte v) => v;
            public static ulong U(sbyte v) => (byte)v;
            public static ulong U(short v) => (ushort)v;
            public static ulong U(ushort v) => v;
            public static ulong U(int v) => (uint)v;
            public static ulong U(uint v) => v;
            public static ulong U(long v) => (ulong)v;
            public static ulong U(ulong v) => v;
            public static ulong U(float v) => float.IsNaN(v) ? 0x7FC00000 : BitConverter.SingleToUInt32Bits(v);
            public static ulong U(double v) => double.IsNaN(v) ? 0x7FF8000000000000 : BitConverter.DoubleToUInt64Bits(v);
        }
        """;

    public static string Write(SbeSchema schema, string ns)
    {
        var message = schema.Model.Messages[0];
        var hasSchemaInfo = schema.Model.Types.Any(type => type.Name == "SchemaInfo" && type is not SbeEncoding);
        var source = new DriverSource();
        source._code.Append(CultureInfo.InvariantCulture, $"namespace {ns} {{ using global::System; using global::System.Collections.Generic; using global::FeedHandler.Sbe; using static Values; public static class Driver {{\n");
        source._code.Append("public static SbeError Read(ReadOnlySpan<byte> body, int blockLength, int version, List<ulong> o) { var error = Msg.TryWrap(body, blockLength, version, out var m); if (error != SbeError.None) return error; o?.Clear(); if (o == null) return error;\n");
        source.Read(message, "m");
        source._code.Append("return error; }\npublic static SbeError Header(Span<byte> bytes, out SbeMessageHeader header) { header = default; var e = Msg.TryWriteHeader(bytes); return e != SbeError.None ? e : HEADER.TryReadHeader(bytes, out header); }\npublic static SbeError Copy(ReadOnlySpan<byte> body, int blockLength, int version, Span<byte> destination, out int length) { length = 0; var e = Msg.TryWrap(body, blockLength, version, out var m); if (e != SbeError.None) return e; e = MsgWriter.TryBegin(destination, out var w); if (e != SbeError.None) return e;\n");
        source.Copy(message, "m", "w");
        return source._code.Append("return w.TryFinish(out length); } } }\n").Replace("HEADER", hasSchemaInfo ? "SchemaInfoType" : "SchemaInfo").ToString();
    }

    private static string Pascal(string name) => char.ToUpperInvariant(name[0]) + name[1..];

    private string Local() => "v" + (_locals++).ToString(CultureInfo.InvariantCulture);

    private void Read(SbeBlock block, string reader)
    {
        foreach (var field in block.Fields)
        {
            ReadField(field, reader, field.SinceVersion > block.SinceVersion);
        }

        foreach (var group in block.Groups)
        {
            var entry = Local();
            _code.Append(CultureInfo.InvariantCulture, $"o.Add((ulong){reader}.{Pascal(group.Name)}.Count); foreach (var {entry} in {reader}.{Pascal(group.Name)}) {{\n");
            Read(group, entry);
            _code.Append("}\n");
        }

        foreach (var data in block.Data)
        {
            _code.Append(CultureInfo.InvariantCulture, $"o.Add((ulong){reader}.{Pascal(data.Name)}.Length); foreach (var b in {reader}.{Pascal(data.Name)}) o.Add(b);\n");
        }
    }

    /// <summary>Tells whether generated code says if there is a value: the run-time decoder must say the same.</summary>
    public static bool SaysNull(SbeField field, bool isVersioned) =>
        field.Presence != SbePresence.Constant && (isVersioned || (field.Presence == SbePresence.Optional && HasNull(field.Type)));

    private static bool HasNull(SbeType type) => type switch
    {
        SbeSet set => set.Null is not null,
        SbeComposite composite => composite.NullMembers.Any() && composite.NullMembers.All(member => HasNull(member.Type) || member.SinceVersion > composite.SinceVersion),
        _ => true,
    };

    private void ReadField(SbeField field, string owner, bool isVersioned)
    {
        var value = $"{owner}.{Pascal(field.Name)}";
        if (SaysNull(field, isVersioned))
        {
            _code.Append(CultureInfo.InvariantCulture, $"o.Add({owner}.Is{Pascal(field.Name)}Null ? 1UL : 0UL);\n");
        }

        switch (field.Type)
        {
            case SbeEncoding { Primitive: SbePrimitive.Char } when field.Constant is { Bytes.Count: > 1 }:
                _code.Append(CultureInfo.InvariantCulture, $"foreach (var b in {value}) o.Add(b);\n");
                break;
            case SbeComposite composite:
                foreach (var member in composite.Members)
                {
                    ReadField(member, value, member.SinceVersion > composite.SinceVersion);
                }

                break;
            case SbeEncoding { IsArray: true }:
                _code.Append(CultureInfo.InvariantCulture, $"foreach (var b in {value}) o.Add(U(b));\n");
                break;
            case SbeEnum enumeration:
                _code.Append(CultureInfo.InvariantCulture, $"o.Add(U(({Keyword(enumeration.Primitive)}){value}));\n");
                break;
            case SbeSet set:
                _code.Append(CultureInfo.InvariantCulture, $"o.Add(U(({Keyword(set.Primitive)}){value}));\n");
                break;
            default:
                _code.Append(CultureInfo.InvariantCulture, $"o.Add(U({value}));\n");
                break;
        }
    }

    private void Copy(SbeBlock block, string reader, string writer)
    {
        foreach (var field in block.Fields)
        {
            CopyField(field, reader, writer);
        }

        foreach (var group in block.Groups)
        {
            var (name, target, entry) = (Pascal(group.Name), Local(), Local());
            _code.Append(CultureInfo.InvariantCulture, $"e = {writer}.TryAdd{name}({reader}.{name}.Count, out var {target}); if (e != SbeError.None) return e;\n");
            if (group.IsFixedSize)
            {
                var index = Local();
                _code.Append(CultureInfo.InvariantCulture, $"var {index} = 0; foreach (var {entry} in {reader}.{name}) {{ var {entry}w = {target}[{index}++];\n");
                Copy(group, entry, entry + "w");
            }
            else
            {
                _code.Append(CultureInfo.InvariantCulture, $"foreach (var {entry} in {reader}.{name}) {{ e = {target}.TryNext(); if (e != SbeError.None) return e;\n");
                Copy(group, entry, target);
            }

            _code.Append("}\n");
        }

        foreach (var data in block.Data)
        {
            _code.Append(CultureInfo.InvariantCulture, $"e = {writer}.TryAdd{Pascal(data.Name)}({reader}.{Pascal(data.Name)}); if (e != SbeError.None) return e;\n");
        }
    }

    private void CopyField(SbeField field, string reader, string writer)
    {
        var name = Pascal(field.Name);
        switch (field.Type)
        {
            case var _ when field.Presence == SbePresence.Constant:
                break;
            case SbeComposite composite:
                var (source, target) = (Local(), Local());
                _code.Append(CultureInfo.InvariantCulture, $"var {source} = {reader}.{name}; var {target} = {writer}.{name};\n");
                foreach (var member in composite.Members)
                {
                    CopyField(member, source, target);
                }

                break;
            case SbeEncoding { IsArray: true } encoding when encoding.Primitive is not (SbePrimitive.Char or SbePrimitive.UInt8):
                _code.Append(CultureInfo.InvariantCulture, $"{writer}.Set{name}({reader}.{name}.ToArray());\n");
                break;
            default:
                _code.Append(CultureInfo.InvariantCulture, $"{writer}.Set{name}({reader}.{name});\n");
                break;
        }
    }

    private static string Keyword(SbePrimitive primitive) => primitive switch
    {
        SbePrimitive.Char or SbePrimitive.UInt8 => "byte",
        SbePrimitive.Int8 => "sbyte",
        SbePrimitive.Int16 => "short",
        SbePrimitive.UInt16 => "ushort",
        SbePrimitive.Int32 => "int",
        SbePrimitive.UInt32 => "uint",
        SbePrimitive.Int64 => "long",
        _ => "ulong",
    };
}
