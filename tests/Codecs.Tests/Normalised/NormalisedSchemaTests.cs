using System.Globalization;
using System.Xml.Linq;
using Schema = FeedHandler.Codecs.Normalised.Schema;

namespace FeedHandler.Codecs.Tests.Normalised;

/// <summary>The rules that keep our own schema readable by every code generator. They read the XML, not our model of it.</summary>
public sealed class NormalisedSchemaTests
{
    private static readonly XElement Root = XDocument.Load(Path.Combine(AppContext.BaseDirectory, "Normalised", "normalised.xml")).Root!;

    /// <summary>Words of C++, Java, Go, Rust, C# and members of generated classes, in lower case.</summary>
    private static readonly HashSet<string> Reserved = new(
        ("abstract as async await base bool boolean break buffer byte case catch char class const continue count default defer double "
        + "dyn else enum event explicit export extern false final finally float fn for friend from func go goto hasnext if impl import in index "
        + "inline int interface internal is let limit lock long loop map match mod move mut namespace next null object offset operator out "
        + "override package params position private protected public range ref register return sbeposition select self short signed "
        + "sizeof static string struct super switch template this throw trait true try type typedef union unsafe unsigned use using "
        + "virtual void volatile wchar where while wrap yield").Split(' '),
        StringComparer.Ordinal);

    private static IEnumerable<XElement> Messages => Root.Elements().Where(e => e.Name.LocalName == "message");

    [Fact]
    public void Blocks_have_no_hole_and_no_overlap_and_are_as_long_as_their_fields()
    {
        var blocks = Messages.Concat(Messages.Elements("group")).ToList();
        Assert.Equal(25, blocks.Count);
        foreach (var block in blocks)
        {
            var end = 0;
            foreach (var field in block.Elements("field"))
            {
                Assert.True(end == Number(field, "offset"), $"{Text(block, "name")}.{Text(field, "name")} is not at {end}");
                end += SizeOf(Text(field, "type"));
            }

            Assert.True(end == Number(block, "blockLength"), $"{Text(block, "name")} has {end} bytes of fields");
        }
    }

    [Fact]
    public void Ids_and_names_are_unique()
    {
        AssertUnique("templates", Messages.Select(m => Text(m, "id")));
        var types = Root.Element("types")!.Elements().Concat(Messages).Select(e => Text(e, "name").ToUpperInvariant());
        AssertUnique("types and messages", types);
        foreach (var message in Messages)
        {
            var name = Text(message, "name");
            AssertUnique(name, message.Descendants().Select(e => Text(e, "id")));
            foreach (var block in message.Elements("group").Prepend(message))
            {
                // A member must not be called as its class is: C# refuses that.
                AssertUnique(name, block.Elements().Prepend(block).Select(e => Text(e, "name").ToUpperInvariant()));
            }
        }
    }

    [Fact]
    public void Fields_come_before_groups_and_groups_are_flat()
    {
        Assert.Empty(Root.Descendants("data"));
        Assert.Empty(Messages.Elements("group").Elements("group"));
        Assert.Empty(Messages.Elements("group").SelectMany(g => g.ElementsAfterSelf("field")));
    }

    [Fact]
    public void Names_are_no_keywords_and_everything_is_described()
    {
        var fields = Messages.DescendantsAndSelf().ToList();
        var values = Root.Descendants().Where(e => e.Name.LocalName is "enum" or "set").DescendantsAndSelf();
        foreach (var element in fields.Concat(values))
        {
            var name = Text(element, "name");
            Assert.True(name.All(char.IsAsciiLetterOrDigit) && char.IsAsciiLetterUpper(name[0]), $"{name} is not a plain name");
            Assert.True(!string.IsNullOrWhiteSpace(Text(element, "description")), $"{name} is not described");
        }

        // Values are Pascal case in every language; members become camel or snake case.
        Assert.DoesNotContain(fields, e => Reserved.Contains(Text(e, "name").ToLowerInvariant()));
    }

    [Fact]
    public void Every_message_starts_with_the_fields_of_a_heartbeat()
    {
        var common = Messages.Single(m => Text(m, "name") == "Heartbeat").Elements("field").Select(f => f.ToString()).ToList();
        Assert.Equal(10, common.Count);
        foreach (var message in Messages)
        {
            Assert.Equal(common, message.Elements("field").Take(common.Count).Select(f => f.ToString()));
        }
    }

    [Fact]
    public void Values_are_those_of_the_updates_in_the_ring()
    {
        Assert.Equal(MarketUpdate.NullPrice, Schema.Trade.PriceNullValue);
        AssertSameValues<GapReason, Schema.GapReason>();
        AssertSameValues<BookAction, Schema.BookAction>();
        Assert.Equal((int)BookSide.None, (int)Schema.BookSide.NoSide);
        Assert.Equal((int)BookSide.Ask, (int)Schema.BookSide.Ask);
        foreach (var flag in Enum.GetValues<UpdateFlags>().Where(f => f != UpdateFlags.None))
        {
            Assert.Equal((byte)flag, (byte)Enum.Parse<Schema.UpdateFlags>(flag.ToString()));
        }
    }

    [Fact]
    public void Every_kind_of_update_has_its_message_in_the_documentation()
    {
        // Padding, and the parts of the ring's own bookkeeping.
        UpdateKind[] inTheRingOnly = [UpdateKind.None, UpdateKind.Clock];
        var text = File.ReadAllText(Path.Combine(AppContext.BaseDirectory, "Normalised", "normalised-protocol.md"));
        Assert.All(Enum.GetValues<UpdateKind>().Except(inTheRingOnly), kind => Assert.Contains($"`{kind}`", text, StringComparison.Ordinal));
        Assert.All(Messages.Select(message => Text(message, "name")), name => Assert.Contains($"`{name}`", text, StringComparison.Ordinal));
    }

    private static void AssertSameValues<TRing, TSchema>()
        where TRing : struct, Enum
        where TSchema : struct, Enum
    {
        foreach (var value in Enum.GetValues<TRing>())
        {
            Assert.Equal(Convert.ToInt32(value, CultureInfo.InvariantCulture), Convert.ToInt32(Enum.Parse<TSchema>(value.ToString()), CultureInfo.InvariantCulture));
        }
    }

    private static void AssertUnique(string where, IEnumerable<string> values)
    {
        foreach (var twice in values.GroupBy(v => v, StringComparer.Ordinal).Where(g => g.Count() > 1))
        {
            Assert.Fail($"{where}: {twice.Key} is there twice");
        }
    }

    private static int SizeOf(string type)
    {
        switch (type)
        {
            case "char" or "int8" or "uint8": return 1;
            case "int16" or "uint16": return 2;
            case "int32" or "uint32": return 4;
            case "int64" or "uint64": return 8;
        }

        var definition = Root.Element("types")!.Elements().Single(e => Text(e, "name") == type);
        return definition.Name.LocalName == "type"
            ? SizeOf(Text(definition, "primitiveType")) * (definition.Attribute("length") is null ? 1 : Number(definition, "length"))
            : SizeOf(Text(definition, "encodingType"));
    }

    private static string Text(XElement element, string attribute) =>
        element.Attribute(attribute)?.Value ?? throw new InvalidDataException($"{element} has no {attribute}");

    private static int Number(XElement element, string attribute) => int.Parse(Text(element, attribute), CultureInfo.InvariantCulture);
}
