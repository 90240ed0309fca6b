using FeedHandler.Samples;

namespace Disruptor.Tests;

/// <summary>What docs/ring.md says to who uses the ring alone.</summary>
public sealed class RingDocumentTests
{
    [Fact]
    public void Sample_runs_and_is_the_one_in_the_document()
    {
        using var output = new StringWriter();
        RingSample.Run(output);
        Assert.Equal($"5050 in 100 events{Environment.NewLine}", output.ToString());

        var root = Root();
        var source = File.ReadAllText(Path.Combine(root, "tests/Disruptor.Tests/RingSample.cs"));
        Assert.Contains($"```csharp\n{source}```\n", File.ReadAllText(Path.Combine(root, "docs/ring.md")), StringComparison.Ordinal);
    }

    private static string Root()
    {
        for (var folder = new DirectoryInfo(AppContext.BaseDirectory); folder is not null; folder = folder.Parent)
        {
            if (Directory.Exists(Path.Combine(folder.FullName, "docs"))) return folder.FullName;
        }

        throw new DirectoryNotFoundException("docs is not above the tests");
    }
}
