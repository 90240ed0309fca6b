using System.Xml.Linq;

namespace Tidy;

public sealed class StructureTests
{
    private const int MaxLines = 600;

    /// <summary>Files that may be longer, each with its reason.</summary>
    private static readonly Dictionary<string, string> MayBeLonger = [];

    /// <summary>What each project may refer to: data goes left to right, references go back.</summary>
    private static readonly Dictionary<string, string[]> MayReferTo = new(StringComparer.Ordinal)
    {
        ["Sbe"] = [],
        ["Sbe.Generator"] = [],
        ["Codecs"] = ["Sbe", "Sbe.Generator"],
        ["Disruptor"] = [],
        ["Transport"] = ["Codecs", "Disruptor", "Sbe"],
        ["Actors"] = ["Transport", "Codecs", "Disruptor", "Sbe"],
        ["FeedHandler"] = ["Actors", "Transport", "Codecs", "Disruptor", "Sbe"],
        ["Replay"] = ["FeedHandler", "Actors", "Transport", "Codecs", "Disruptor", "Sbe"],
    };

    [Fact]
    public void References_between_projects_point_one_way()
    {
        var projects = Directory.EnumerateFiles(Sources.Root, "*.csproj", SearchOption.AllDirectories).Where(Sources.IsOurs).ToList();
        Assert.Empty(MayReferTo.Keys.Except(projects.Select(Name)));
        Assert.Empty(projects.SelectMany(Breaches));
    }

    [Theory]
    [InlineData("Codecs", "../Transport/Transport.csproj")]
    [InlineData("Transport", "../Actors/Actors.csproj")]
    [InlineData("FeedHandler", "../replay/Replay.csproj")]
    [InlineData("Stranger", "../Codecs/Codecs.csproj")]
    public void A_reference_the_other_way_is_found(string project, string reference) =>
        Assert.Single(Breaches(project, [reference]));

    [Fact]
    public void No_file_of_the_product_is_long_without_a_reason()
    {
        var tooLong = Sources.Product.Where(path => File.ReadLines(path).Count() > MaxLines).Select(Sources.Relative).ToList();
        Assert.Empty(tooLong.Except(MayBeLonger.Keys));
        Assert.Empty(MayBeLonger.Keys.Except(tooLong));
    }

    [Fact]
    public void Sources_are_found() => Assert.InRange(Sources.Product.Count, 100, 10_000);

    private static IEnumerable<string> Breaches(string path)
    {
        if (Sources.Relative(path).StartsWith("tests/", StringComparison.Ordinal)) return [];
        return Breaches(Name(path), XDocument.Load(path).Descendants("ProjectReference").Select(reference => reference.Attribute("Include")!.Value));
    }

    private static IEnumerable<string> Breaches(string project, IEnumerable<string> references) =>
        references.Select(Name).Where(name => !MayReferTo.GetValueOrDefault(project, []).Contains(name)).Select(name => $"{project} -> {name}");

    private static string Name(string path) => Path.GetFileNameWithoutExtension(path.Replace('\\', '/'));
}
