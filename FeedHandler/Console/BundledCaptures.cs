namespace FeedHandler.Cli;

/// <summary>The captures that come with the program.</summary>
internal static class BundledCaptures
{
    /// <summary>The folder that has a capture: beside the assembly when installed, in a folder above it when run from a clone.</summary>
    public static string? FindFolder(string capture)
    {
        for (var folder = new DirectoryInfo(AppContext.BaseDirectory); folder is not null; folder = folder.Parent)
        {
            var candidate = Path.Combine(folder.FullName, "pcaps");
            if (File.Exists(Path.Combine(candidate, capture))) return candidate;
        }

        return null;
    }
}
