namespace FeedHandler.Cli;

/// <summary>Proves that captures are files that can be read, before the work starts.</summary>
internal static class CaptureFiles
{
    public static void Check(IEnumerable<string> captures)
    {
        foreach (var capture in captures)
        {
            if (Directory.Exists(capture)) throw new IOException($"{capture}: is a directory, not a capture file");
            if (!File.Exists(capture)) throw new IOException($"{capture}: there is no such capture file");
            try
            {
                using var stream = File.OpenRead(capture);
            }
            catch (Exception e) when (e is IOException or UnauthorizedAccessException)
            {
                throw new IOException($"{capture}: cannot be read: {e.Message}", e);
            }
        }
    }
}
