namespace FeedHandler.SharedData.Tests.Sbe;

/// <summary>Real schemas and captures, which are not part of the repository: they lie beside it.</summary>
internal static class SharedFolder
{
    public static string Path(string relative)
    {
        var path = System.IO.Path.GetFullPath(System.IO.Path.Combine(RepositoryRoot(), "..", "shared", relative));
        Assert.True(System.IO.Path.Exists(path), $"{path} is missing: these tests need the shared data beside the repository");
        return path;
    }

    public static string Repository(string relative) => System.IO.Path.Combine(RepositoryRoot(), relative);

    private static string RepositoryRoot()
    {
        var directory = new DirectoryInfo(AppContext.BaseDirectory);
        while (!File.Exists(System.IO.Path.Combine(directory.FullName, "FeedHandler.sln")))
        {
            directory = directory.Parent ?? throw new DirectoryNotFoundException("No FeedHandler.sln above the test");
        }

        return directory.FullName;
    }
}
