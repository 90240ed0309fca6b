using System.Text.Json;
using System.Text.Json.Nodes;
using FeedHandler.Sbe;
using FeedHandler.Sbe.Tests;

namespace FeedHandler.SharedData.Tests.Sbe;

/// <summary>Messages that the Java SBE tool wrote.</summary>
public sealed class CarExampleTests
{
    private const string Schemas = "schemas/sbe-tool/sbe-samples_src_main_resources/";

    /// <remarks>The extension's sample is a message of version 0, too: it is there to be read by the newer schema.</remarks>
    [Theory]
    [InlineData("baseline", 1, 2, 3, 4)]
    [InlineData("extension", 0, 1, 2, 3)]
    public void The_tools_bytes_decode_to_their_values_and_our_bytes_are_the_same(string sample, params int[] someNumbers)
    {
        var numbers = Array.ConvertAll(someNumbers, number => (uint)number);
        var theirs = Sample(sample);
        CarExample.Verify(theirs, numbers);
        var ours = new byte[theirs.Length];
        Assert.Equal(theirs.Length, CarExample.Write(ours, numbers));
        Assert.Equal(theirs, ours);
    }

    [Fact]
    public void The_newer_schema_reads_the_older_message_with_its_own_fields_absent()
    {
        var theirs = Sample("extension");
        var newer = Fields(SbeSchema.Load(SharedFolder.Path(Schemas + "example-extension-schema.xml")), theirs);
        var older = Fields(SbeSchema.Load(SharedFolder.Path(Schemas + "example-schema.xml")), theirs);
        foreach (var added in new[] { "uuid", "cupHolderCount" })
        {
            Assert.True(newer.ContainsKey(added));
            Assert.Null(newer[added]);
            newer.Remove(added);
        }

        Assert.Equal(older.ToJsonString(), newer.ToJsonString());
        Assert.Equal([0, 1, 2, 3], older["someNumbers"]!.AsArray().Select(number => number!.GetValue<int>()));
    }

    private static byte[] Sample(string name) => File.ReadAllBytes(SharedFolder.Path($"sbe/car/car_example_{name}_data.sbe"));

    private static JsonObject Fields(SbeSchema schema, byte[] bytes)
    {
        using var stream = new MemoryStream();
        using (var writer = new Utf8JsonWriter(stream))
        {
            Assert.Equal(SbeError.None, SbeJson.WriteMessage(writer, schema, bytes));
        }

        return JsonNode.Parse(stream.ToArray())!["fields"]!.AsObject();
    }
}
