using System.Text;

namespace FeedHandler.Sbe.Schema;

/// <summary>The character encodings that schemas name.</summary>
public static class SbeCharacters
{
    /// <summary>The encoding of a schema's name for it.</summary>
    /// <param name="name">As <c>UTF-8</c>; null where the schema names none.</param>
    /// <returns>The encoding; ISO 8859-1, which keeps every byte, where the name is none or not known.</returns>
    public static Encoding Of(string? name) => (name ?? string.Empty).Replace('_', '-').ToUpperInvariant() switch
    {
        "UTF-8" or "UTF8" => Encoding.UTF8,
        "UTF-16" or "UTF-16LE" => Encoding.Unicode,
        "UTF-16BE" => Encoding.BigEndianUnicode,
        "UTF-32" or "UTF-32LE" => Encoding.UTF32,
        _ => Latin1,
    };

    /// <summary>The bytes of a text, where its encoding has them all.</summary>
    /// <param name="text">The text.</param>
    /// <param name="encoding">Name of the encoding, or null.</param>
    /// <param name="bytes">The bytes.</param>
    /// <returns>False when a character has no bytes in the encoding.</returns>
    internal static bool TryGetBytes(string text, string? encoding, out byte[] bytes)
    {
        var isAscii = encoding is not null && encoding.ToUpperInvariant() is "US-ASCII" or "ASCII";
        var characters = Of(encoding);
        bytes = characters.GetBytes(text);
        return isAscii ? text.All(c => c < 0x80) : characters.GetString(bytes) == text;
    }

    /// <summary>Also where the generator runs, which has no property for it.</summary>
    private static Encoding Latin1 { get; } = Encoding.GetEncoding("ISO-8859-1");
}
