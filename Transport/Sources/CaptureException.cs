namespace FeedHandler.Transport;

/// <summary>A capture file cannot be read on: the message names file, offset and reason.</summary>
public sealed class CaptureException(string file, long offset, string reason)
    : IOException($"{file}: at byte {offset}: {reason}")
{
    /// <summary>Path as the user gave it.</summary>
    public string File { get; } = file;

    /// <summary>Offset in the (uncompressed) file, in bytes.</summary>
    public long Offset { get; } = offset;

    /// <summary>What is wrong there.</summary>
    public string Reason { get; } = reason;
}
