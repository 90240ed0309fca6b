using System.Text;

namespace FeedHandler.Sbe.Generator;

/// <summary>Source text with indentation. In a line, <c>~Unsafe</c> stands for the full name of that type.</summary>
/// <remarks>Generated code has no using directives: a field, message or namespace of a schema may be called like any type.</remarks>
internal sealed class CodeWriter
{
    private static readonly Dictionary<string, string> FullNames = new(StringComparer.Ordinal)
    {
        ["BinaryPrimitives"] = "System.Buffers.Binary.BinaryPrimitives",
        ["BitConverter"] = "System.BitConverter",
        ["Flags"] = "System.FlagsAttribute",
        ["Math"] = "System.Math",
        ["MemoryExtensions"] = "System.MemoryExtensions",
        ["MemoryMarshal"] = "System.Runtime.InteropServices.MemoryMarshal",
        ["MethodImpl"] = "System.Runtime.CompilerServices.MethodImplAttribute",
        ["MethodImplOptions"] = "System.Runtime.CompilerServices.MethodImplOptions",
        ["ReadOnlySpan"] = "System.ReadOnlySpan",
        ["SbeArray"] = "FeedHandler.Sbe.SbeArray",
        ["SbeError"] = "FeedHandler.Sbe.SbeError",
        ["SbeMessageHeader"] = "FeedHandler.Sbe.SbeMessageHeader",
        ["SbeText"] = "FeedHandler.Sbe.SbeText",
        ["SbeThrow"] = "FeedHandler.Sbe.SbeThrow",
        ["Span"] = "System.Span",
        ["Unsafe"] = "System.Runtime.CompilerServices.Unsafe",
        ["UnscopedRef"] = "System.Diagnostics.CodeAnalysis.UnscopedRefAttribute",
    };

    private readonly StringBuilder _text = new();
    private int _indent;

    public void Line(string line = "") => Append(Resolve(line));

    public void Lines(params string[] lines)
    {
        foreach (var line in lines)
        {
            Line(line);
        }
    }

    /// <summary>Opens a block of braces.</summary>
    public void Open(string head)
    {
        Line(head);
        Line("{");
        _indent++;
    }

    public void Close(string tail = "")
    {
        _indent--;
        Line("}" + tail);
    }

    /// <summary>A documentation summary: the schema's description, or what the generator says.</summary>
    public void Summary(string? description, string otherwise, int deprecatedSince = 0)
    {
        var text = string.IsNullOrWhiteSpace(description) ? otherwise : description!;
        var deprecated = deprecatedSince > 0 ? $" Deprecated since version {deprecatedSince} of the schema." : string.Empty;
        Append($"/// <summary>{Escape(text)}{deprecated}</summary>");
    }

    public override string ToString() => _text.ToString();

    private void Append(string line)
    {
        if (line.Length > 0)
        {
            _text.Append(' ', _indent * 4).Append(line);
        }

        _text.Append('\n');
    }

    private static string Resolve(string line)
    {
        var parts = line.Split('~');
        for (var i = 1; i < parts.Length; i++)
        {
            var end = 0;
            while (end < parts[i].Length && char.IsLetter(parts[i][end]))
            {
                end++;
            }

            // A character of the schema's own may be a tilde.
            parts[i] = FullNames.TryGetValue(parts[i].Substring(0, end), out var name) ? "global::" + name + parts[i].Substring(end) : "~" + parts[i];
        }

        return string.Concat(parts);
    }

    private static string Escape(string text)
    {
        var line = new StringBuilder(text.Length);
        foreach (var c in text)
        {
            _ = c switch
            {
                '&' => line.Append("&amp;"),
                '<' => line.Append("&lt;"),
                '>' => line.Append("&gt;"),
                _ when char.IsWhiteSpace(c) || char.IsControl(c) => line.Append(' '),
                _ => line.Append(c),
            };
        }

        return line.ToString().Trim();
    }
}
