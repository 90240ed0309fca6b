namespace FeedHandler.SharedData.Tests.Captures;

/// <summary>Finds the real captures: the folder <c>shared</c> beside the repository root.</summary>
internal static class SharedCaptures
{
    public static string Folder { get; } = Find();

    public static string PathOf(string name) => Path.Combine(Folder, "captures", name);

    private static string Find()
    {
        DirectoryInfo? folder = new(AppContext.BaseDirectory);
        while (folder != null && !File.Exists(Path.Combine(folder.FullName, "FeedHandler.sln")))
            folder = folder.Parent;
        string shared = Path.GetFullPath(Path.Combine(folder?.FullName ?? ".", "..", "shared"));
        return Directory.Exists(Path.Combine(shared, "captures"))
            ? shared
            : throw new DirectoryNotFoundException($"these tests need real captures in {shared}/captures, beside the repository");
    }
}
