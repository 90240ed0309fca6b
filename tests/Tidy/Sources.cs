namespace Tidy;

/// <summary>The files of the repository that a person wrote.</summary>
internal static class Sources
{
    private static readonly string[] ProductFolders = ["Codecs", "Transport", "Actors", "FeedHandler", "replay"];

    private static readonly string[] BuildFolders = ["/bin/", "/obj/", "/TestResults/", "/artifacts/"];

    public static string Root { get; } = FindRoot();

    /// <summary>C# sources of everything but the tests.</summary>
    public static IReadOnlyList<string> Product { get; } =
        [.. ProductFolders.SelectMany(folder => Directory.EnumerateFiles(Path.Combine(Root, folder), "*.cs", SearchOption.AllDirectories)).Where(IsOurs).Order(StringComparer.Ordinal)];

    public static string Relative(string path) => Path.GetRelativePath(Root, path).Replace('\\', '/');

    public static bool IsOurs(string path) => !BuildFolders.Any($"/{Relative(path)}".Contains);

    private static string FindRoot()
    {
        DirectoryInfo? folder = new(AppContext.BaseDirectory);
        while (folder is not null && !File.Exists(Path.Combine(folder.FullName, "FeedHandler.sln"))) folder = folder.Parent;
        return folder?.FullName ?? throw new DirectoryNotFoundException("FeedHandler.sln is not above the tests");
    }
}
