using System.Runtime.CompilerServices;
using System.Runtime.InteropServices;
using System.Text;

namespace FeedHandler.Sbe;

/// <summary>Text in fixed fields: as long as the field, or ended by a zero byte.</summary>
public static class SbeText
{
    /// <summary>The text without the zeroes that pad it.</summary>
    /// <param name="field">The bytes of the field.</param>
    /// <returns>The bytes in front of the first zero.</returns>
    public static ReadOnlySpan<byte> Trim(ReadOnlySpan<byte> field)
    {
        var end = field.IndexOf((byte)0);
        return end < 0 ? field : field[..end];
    }

    /// <summary>The text of a field; every byte is one character (ISO 8859-1).</summary>
    /// <param name="field">The bytes of the field.</param>
    /// <returns>The text, without padding.</returns>
    public static string ToString(ReadOnlySpan<byte> field) => Encoding.Latin1.GetString(Trim(field));

    /// <summary>The text of a field in some encoding, up to the first zero.</summary>
    /// <param name="field">The bytes of the field.</param>
    /// <param name="encoding">The encoding; what it cannot read is replaced.</param>
    /// <returns>The text, without padding.</returns>
    public static string ToString(ReadOnlySpan<byte> field, Encoding encoding)
    {
        ArgumentNullException.ThrowIfNull(encoding);
        var text = encoding.GetString(field);
        var end = text.IndexOf('\0', StringComparison.Ordinal);
        return end < 0 ? text : text[..end];
    }

    /// <summary>Writes text and pads it with zeroes; what is too long is cut.</summary>
    /// <param name="text">The bytes of the text.</param>
    /// <param name="field">The bytes of the field.</param>
    public static void Write(ReadOnlySpan<byte> text, Span<byte> field)
    {
        var length = Math.Min(text.Length, field.Length);
        text[..length].CopyTo(field);
        field[length..].Clear();
    }

    /// <summary>Writes text into a field that generated code knows by its first byte; what is too long is cut.</summary>
    /// <param name="text">The bytes of the text.</param>
    /// <param name="field">First byte of the field.</param>
    /// <param name="length">Bytes of the field.</param>
    [MethodImpl(MethodImplOptions.AggressiveInlining)]
    public static void Write(ReadOnlySpan<byte> text, ref byte field, int length)
    {
        if (text.Length == length)
        {
            // The length is a constant in generated code: a few moves.
            Unsafe.CopyBlockUnaligned(ref field, ref MemoryMarshal.GetReference(text), (uint)length);
        }
        else
        {
            Write(text, MemoryMarshal.CreateSpan(ref field, length));
        }
    }
}
