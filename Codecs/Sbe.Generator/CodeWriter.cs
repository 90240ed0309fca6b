using System.Text;

namespace FeedHandler.Sbe.Generator;

/// <summary>Source text with indentation.</summary>
internal sealed class CodeWriter
{
    private readonly StringBuilder _text = new();
    private int _indent;

    public void Line(string line = "")
    {
        if (line.Length > 0)
        {
            _text.Append(' ', _indent * 4).Append(line);
        }

        _text.Append('\n');
    }

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
        Line($"/// <summary>{Escape(text)}{deprecated}</summary>");
    }

    public override string ToString() => _text.ToString();

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
