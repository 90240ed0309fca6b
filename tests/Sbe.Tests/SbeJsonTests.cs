using System.Buffers;
using System.Text;
using System.Text.Encodings.Web;
using System.Text.Json;
using FeedHandler.Sbe.Schema;

namespace FeedHandler.Sbe.Tests;

/// <summary>Messages as JSON: what a person reads when something is wrong must be what is on the wire.</summary>
public sealed class SbeJsonTests
{
    private const string Xml =
        """
        <messageSchema id="7" version="2">
          <types>
            <composite name="messageHeader"><type name="blockLength" primitiveType="uint16"/><type name="templateId" primitiveType="uint16"/><type name="schemaId" primitiveType="uint16"/><type name="version" primitiveType="uint16"/></composite>
            <composite name="groupSizeEncoding"><type name="blockLength" primitiveType="uint16"/><type name="numInGroup" primitiveType="uint8"/></composite>
            <composite name="text"><type name="length" primitiveType="uint8"/><type name="varData" length="0" primitiveType="uint8" characterEncoding="UTF-8"/></composite>
            <composite name="blob"><type name="length" primitiveType="uint8"/><type name="varData" length="0" primitiveType="uint8"/></composite>
            <composite name="price"><type name="mantissa" primitiveType="int64" presence="optional"/><type name="exponent" primitiveType="int8" presence="constant">-3</type></composite>
            <composite name="pair"><type name="left" primitiveType="int8"/><type name="right" primitiveType="uint8" presence="optional"/></composite>
            <enum name="Side" encodingType="char"><validValue name="Buy">1</validValue><validValue name="Sell">2</validValue></enum>
            <set name="Flags" encodingType="uint8"><choice name="first">0</choice><choice name="third">2</choice></set>
            <type name="Count" primitiveType="uint16" presence="optional"/>
            <type name="Code" primitiveType="char" length="4"/>
            <type name="Three" primitiveType="int16" length="3"/>
            <type name="Fixed" primitiveType="char" length="2" presence="constant">XY</type>
          </types>
          <message name="Order" id="3">
            <field name="side" id="1" type="Side"/>
            <field name="flags" id="2" type="Flags"/>
            <field name="price" id="3" type="price"/>
            <field name="count" id="4" type="Count"/>
            <field name="added" id="5" type="uint8" sinceVersion="2"/>
            <group name="legs" id="6">
              <field name="leg" id="7" type="uint8"/>
              <group name="fills" id="8"><field name="quantity" id="9" type="uint16"/></group>
              <data name="note" id="10" type="text"/>
            </group>
            <data name="text" id="11" type="text"/>
            <data name="blob" id="12" type="blob"/>
          </message>
          <message name="Numbers" id="4">
            <field name="single" id="1" type="float"/>
            <field name="double" id="2" type="double"/>
            <field name="three" id="3" type="Three"/>
            <field name="code" id="4" type="Code"/>
            <field name="fixed" id="5" type="Fixed"/>
            <field name="pair" id="6" type="pair"/>
          </message>
        </messageSchema>
        """;

    private const string Legs = "0100 02  01 0200 02 0A00 0B00 02 6869  02 0200 00 00";

    private const string LegsJson = """[{"leg":1,"fills":[{"quantity":10},{"quantity":11}],"note":"hi"},{"leg":2,"fills":[],"note":""}]""";

    private static readonly SbeSchema Schema = SbeSchema.TryParse(Xml, "json.xml", out var schema, out var issues)
        ? schema!
        : throw new SbeSchemaException(issues);

    [Theory]
    [InlineData("32 05 9844000000000000 0700 09", """ "side":"Sell","flags":["first","third"],"price":17.56,"count":7,"added":9 """)]
    [InlineData("31 00 0000000000000080 FFFF 09", """ "side":"Buy","flags":[],"price":null,"count":null,"added":9 """)]
    [InlineData("00 81 FBFFFFFFFFFFFFFF 0000 FF", """ "side":null,"flags":["first",128],"price":-0.005,"count":0,"added":255 """)]
    [InlineData("39 04 0000000000000000 FEFF 00", """ "side":57,"flags":["third"],"price":0,"count":65534,"added":0 """)]
    public void Values_are_written_by_name_nulls_as_null_and_what_is_unknown_as_number(string block, string fields)
    {
        var (error, json) = Write($"0D00 0300 0700 0200 {block} {Legs} 02 C3A9 02 00FF");
        Assert.Equal(SbeError.None, error);
        Assert.Equal($$$"""{"message":"Order","template":3,"version":2,"fields":{{{{fields.Trim()}}},"legs":{{{LegsJson}}},"text":"é","blob":"00ff"}}""", json);
    }

    [Fact]
    public void A_field_newer_than_the_message_is_null()
    {
        var (error, json) = Write($"0C00 0300 0700 0100 31 00 E803000000000000 0100 {Legs} 00 00");
        Assert.Equal(SbeError.None, error);
        Assert.Equal($$$"""{"message":"Order","template":3,"version":1,"fields":{"side":"Buy","flags":[],"price":1,"count":1,"added":null,"legs":{{{LegsJson}}},"text":"","blob":""}}""", json);
    }

    [Theory]
    [InlineData("0000C03F 0000000000000440 0100 FFFF 0080 41420000 FF FF", """ "single":1.5,"double":2.5,"three":[1,-1,-32768],"code":"AB","fixed":"XY","pair":{"left":-1,"right":null} """)]
    [InlineData("0000C07F 000000000000F07F 0000 0000 0000 41424344 7F 00", """ "single":null,"double":"Infinity","three":[0,0,0],"code":"ABCD","fixed":"XY","pair":{"left":127,"right":0} """)]
    public void Numbers_arrays_and_composites_keep_their_shape(string block, string fields)
    {
        var (error, json) = Write($"1800 0400 0700 0200 {block}");
        Assert.Equal(SbeError.None, error);
        Assert.Equal($$$"""{"message":"Numbers","template":4,"version":2,"fields":{{{{fields.Trim()}}}}}""", json);
    }

    [Fact]
    public void Every_truncation_is_an_object_with_the_error_and_no_fields()
    {
        var bytes = Bytes($"0D00 0300 0700 0200 32 05 9844000000000000 FFFF 09 {Legs} 02 C3A9 02 00FF");
        var errors = new HashSet<SbeError>();
        for (var length = 0; length < bytes.Length; length++)
        {
            var (error, json) = Write(bytes.AsSpan(0, length));
            errors.Add(error);
            Assert.NotEqual(SbeError.None, error);
            Assert.Equal(
                length < 8 ? $$$"""{"error":"{{{error}}}"}""" : $$$"""{"message":"Order","template":3,"version":2,"error":"{{{error}}}"}""",
                json);
        }

        Assert.Contains(SbeError.TruncatedHeader, errors);
        Assert.Contains(SbeError.TruncatedBlock, errors);
        Assert.InRange(errors.Count, 3, 10);
    }

    [Theory]
    [InlineData("0D00 0900 0700 0200", SbeError.UnknownTemplate, """{"template":9,"version":2,"error":"UnknownTemplate"}""")]
    [InlineData("0D00 0300 0800 0200", SbeError.OtherSchema, """{"message":"Order","template":3,"version":2,"error":"OtherSchema"}""")]
    public void A_message_of_another_schema_is_named_as_such(string header, SbeError expected, string expectedJson)
    {
        var (error, json) = Write(header);
        Assert.Equal(expected, error);
        Assert.Equal(expectedJson, json);
    }

    [Theory]
    [InlineData(0, -9, "0")]
    [InlineData(0, 9, "0")]
    [InlineData(5, 3, "5000")]
    [InlineData(-1, -9, "-0.000000001")]
    [InlineData(1200, -2, "12")]
    [InlineData(1250, -2, "12.5")]
    [InlineData(long.MinValue, -1, "-922337203685477580.8")]
    [InlineData(long.MaxValue, 0, "9223372036854775807")]
    public void A_decimal_is_written_out_exactly(long mantissa, int exponent, string expected) =>
        Assert.Equal(expected, SbeJson.FormatDecimal(SbeNumber.Of(SbePrimitive.Int64, mantissa), exponent));

    private static (SbeError Error, string Json) Write(string hex) => Write(Bytes(hex));

    private static (SbeError Error, string Json) Write(ReadOnlySpan<byte> bytes)
    {
        var buffer = new ArrayBufferWriter<byte>();
        SbeError error;
        using (var writer = new Utf8JsonWriter(buffer, new() { Encoder = JavaScriptEncoder.UnsafeRelaxedJsonEscaping }))
        {
            error = SbeJson.WriteMessage(writer, Schema, bytes);
        }

        return (error, Encoding.UTF8.GetString(buffer.WrittenSpan));
    }

    private static byte[] Bytes(string hex) => Convert.FromHexString(hex.Replace(" ", string.Empty, StringComparison.Ordinal));
}
