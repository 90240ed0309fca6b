using FeedHandler.Sbe;
using FeedHandler.Sbe.Schema;

namespace FeedHandler.SharedData.Tests.Sbe;

/// <summary>Our CME schema against the venue's own files, version by version.</summary>
public sealed class CmeSchemaTests
{
    private static readonly SbeSchema Ours = SbeSchema.Load(SharedFolder.Repository("Codecs/Schemas/cme-mdp3.xml"));

    [Theory]
    [InlineData(5)]
    [InlineData(6)]
    [InlineData(8)]
    [InlineData(9)]
    [InlineData(10)]
    [InlineData(11)]
    [InlineData(12)]
    [InlineData(13)]
    public void Every_field_of_the_venues_schema_lies_where_ours_says(int version)
    {
        var venue = SbeSchema.Load(SharedFolder.Path($"schemas/cme/Cme.Futures.Mdp3.Sbe.v1.{version}.xml"));
        var fields = 0;
        foreach (var message in venue.Model.Messages)
        {
            var ours = Ours.FindMessage(message.Id);
            Assert.NotNull(ours);
            Assert.Equal(message.Name, ours.Name);
            fields += Compare(message, ours, version, message.Name);
        }

        Assert.InRange(fields, 250, 2000);
        Assert.Equal(venue.Model.Header.Size, Ours.Model.Header.Size);
    }

    private static int Compare(SbeBlock venue, SbeBlock ours, int version, string path)
    {
        var fields = 0;
        foreach (var field in venue.Fields)
        {
            var ourField = ours.FindField(field.Name);
            Assert.True(ourField is not null, $"{path}.{field.Name} is missing");
            Assert.True(ourField.SinceVersion <= version, $"{path}.{field.Name} is newer in ours");
            Assert.Equal(
                (path, field.Name, FieldLayout.Of(field) with { SinceVersion = 0 }, Null(field), field.Presence),
                (path, field.Name, FieldLayout.Of(ourField) with { SinceVersion = 0 }, Null(ourField), ourField.Presence));
            fields++;
        }

        // What we have beyond the venue's version is marked as newer: it is not looked for in such a message.
        Assert.All(ours.Fields, field => Assert.True(field.SinceVersion > version || venue.FindField(field.Name) is not null, $"{path}.{field.Name} has too low a sinceVersion"));
        Assert.All(ours.Groups, group => Assert.True(group.SinceVersion > version || venue.FindGroup(group.Name) is not null, $"{path}.{group.Name} has too low a sinceVersion"));
        Assert.True(ours.MinimumBlockLength(version) <= venue.BlockLength, $"{path} needs {ours.MinimumBlockLength(version)} bytes of {venue.BlockLength}");

        foreach (var group in venue.Groups)
        {
            var ourGroup = ours.FindGroup(group.Name);
            Assert.NotNull(ourGroup);
            Assert.Equal(group.Dimension, ourGroup.Dimension);
            fields += Compare(group, ourGroup, version, $"{path}.{group.Name}");
        }

        return fields;
    }

    private static ulong? Null(SbeField field) => field.Type switch
    {
        SbeEncoding encoding => encoding.Null.Bits,
        SbeEnum enumeration => enumeration.Null.Bits,
        SbeComposite composite when composite.Members[0].Type is SbeEncoding encoding => encoding.Null.Bits,
        _ => null,
    };
}
