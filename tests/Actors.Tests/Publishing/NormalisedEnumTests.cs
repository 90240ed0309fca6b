using System.Globalization;
using System.Xml.Linq;

namespace FeedHandler.Actors.Tests.Publishing;

/// <summary>The states and reasons that readers outside of .NET see are ours.</summary>
public sealed class NormalisedEnumTests
{
    private static readonly XElement Types = XDocument.Load(FindSchema()).Root!.Element("types")!;

    [Fact]
    public void States_and_reasons_are_those_of_the_schema()
    {
        AssertSame<BookState>("BookState");
        AssertSame<StateReason>("StateReason");
        Assert.Equal([(nameof(BookType.ByPrice), 0), (nameof(BookType.ByOrder), 1)], ValuesOf<BookType>());
        Assert.Equal([("Levels", 0), ("Orders", 1)], ValuesOf("BookType"));
    }

    private static void AssertSame<T>(string name)
        where T : struct, Enum => Assert.Equal(ValuesOf<T>(), ValuesOf(name));

    private static IEnumerable<(string Name, int Value)> ValuesOf<T>()
        where T : struct, Enum => Enum.GetValues<T>().Select(value => (value.ToString(), Convert.ToInt32(value, CultureInfo.InvariantCulture)));

    private static IEnumerable<(string Name, int Value)> ValuesOf(string name) =>
        Types.Elements("enum").Single(type => type.Attribute("name")!.Value == name).Elements("validValue")
            .Select(value => (value.Attribute("name")!.Value, int.Parse(value.Value, CultureInfo.InvariantCulture)));

    private static string FindSchema()
    {
        for (var folder = new DirectoryInfo(AppContext.BaseDirectory); folder is not null; folder = folder.Parent)
        {
            var schema = Path.Combine(folder.FullName, "Codecs", "Schemas", "normalised.xml");
            if (File.Exists(schema)) return schema;
        }

        throw new FileNotFoundException("Codecs/Schemas/normalised.xml is not above the tests");
    }
}
