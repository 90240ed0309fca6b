namespace FeedHandler.Replay.Commands;

/// <summary>The name of a file that is to be generated.</summary>
internal static class OutputName
{
    /// <summary>The full path of a file that is written as it is: a name that promises another format is refused.</summary>
    /// <exception cref="ArgumentException">It does.</exception>
    public static string Plain(FileInfo file) => file.Extension.ToUpperInvariant() is ".GZ" or ".ZST" or ".PCAPNG"
        ? throw new ArgumentException($"--out {file.Name}: neither {file.Extension} is written; name it without, and compress or convert it afterwards")
        : file.FullName;
}
