namespace FeedHandler.Transport;

/// <summary>A capture file cannot be opened or read on: the message names file, offset and reason.</summary>
public sealed class CaptureException : IOException
{
    /// <summary>Something is wrong at an offset of the file.</summary>
    public CaptureException(string file, long offset, string reason, Exception? inner = null)
        : base($"{file}: at byte {offset}: {reason}", inner) =>
        (File, Offset, Reason) = (file, offset, reason);

    /// <summary>The file as a whole cannot be opened.</summary>
    public CaptureException(string file, string reason, Exception? inner = null)
        : base($"{file}: {reason}", inner) =>
        (File, Reason) = (file, reason);

    /// <summary>Path as the user gave it.</summary>
    public string File { get; }

    /// <summary>Offset in the (uncompressed) file, in bytes.</summary>
    public long Offset { get; }

    /// <summary>What is wrong there.</summary>
    public string Reason { get; }
}
