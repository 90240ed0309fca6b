using System.Buffers.Binary;
using System.Globalization;
using System.Text;
using System.Text.Json;
using FeedHandler.Actors;
using FeedHandler.Codecs.Nasdaq.Itch5;
using FeedHandler.Codecs.Nasdaq.MoldUdp64;

namespace FeedHandler.Replay.Inspect;

/// <summary>Writes TotalView-ITCH 5.0 messages as JSON, in the shape of SBE messages.</summary>
/// <remarks>Fields are told by a table: a name, then bytes of text (<c>a8</c>), a number (<c>4</c>), or a price with four (<c>p4</c>) or eight (<c>q8</c>) decimals.</remarks>
internal static class ItchJson
{
    private const string Head = "StockLocate 2 TrackingNumber 2 Timestamp 6";

    private static readonly Dictionary<byte, Field[]> Types = new Dictionary<char, string>
    {
        ['S'] = "EventCode a1",
        ['R'] = "Stock a8 MarketCategory a1 FinancialStatusIndicator a1 RoundLotSize 4 RoundLotsOnly a1 IssueClassification a1 IssueSubType a2 Authenticity a1 "
            + "ShortSaleThresholdIndicator a1 IPOFlag a1 LULDReferencePriceTier a1 ETPFlag a1 ETPLeverageFactor 4 InverseIndicator a1",
        ['H'] = "Stock a8 TradingState a1 Reserved a1 Reason a4",
        ['Y'] = "Stock a8 RegSHOAction a1",
        ['L'] = "MPID a4 Stock a8 PrimaryMarketMaker a1 MarketMakerMode a1 MarketParticipantState a1",
        ['V'] = "Level1 q8 Level2 q8 Level3 q8",
        ['W'] = "BreachedLevel a1",
        ['K'] = "Stock a8 IPOQuotationReleaseTime 4 IPOQuotationReleaseQualifier a1 IPOPrice p4",
        ['J'] = "Stock a8 AuctionCollarReferencePrice p4 UpperAuctionCollarPrice p4 LowerAuctionCollarPrice p4 AuctionCollarExtension 4",
        ['h'] = "Stock a8 MarketCode a1 OperationalHaltAction a1",
        ['A'] = "OrderReferenceNumber 8 BuySellIndicator a1 Shares 4 Stock a8 Price p4",
        ['F'] = "OrderReferenceNumber 8 BuySellIndicator a1 Shares 4 Stock a8 Price p4 Attribution a4",
        ['E'] = "OrderReferenceNumber 8 ExecutedShares 4 MatchNumber 8",
        ['C'] = "OrderReferenceNumber 8 ExecutedShares 4 MatchNumber 8 Printable a1 ExecutionPrice p4",
        ['X'] = "OrderReferenceNumber 8 CancelledShares 4",
        ['D'] = "OrderReferenceNumber 8",
        ['U'] = "OriginalOrderReferenceNumber 8 NewOrderReferenceNumber 8 Shares 4 Price p4",
        ['P'] = "OrderReferenceNumber 8 BuySellIndicator a1 Shares 4 Stock a8 Price p4 MatchNumber 8",
        ['Q'] = "Shares 8 Stock a8 CrossPrice p4 MatchNumber 8 CrossType a1",
        ['B'] = "MatchNumber 8",
        ['I'] = "PairedShares 8 ImbalanceShares 8 ImbalanceDirection a1 Stock a8 FarPrice p4 NearPrice p4 CurrentReferencePrice p4 CrossType a1 PriceVariationIndicator a1",
        ['N'] = "Stock a8 InterestFlag a1",
        ['O'] = "Stock a8 OpenEligibilityStatus a1 MinimumAllowablePrice p4 MaximumAllowablePrice p4 NearExecutionPrice p4 NearExecutionTime 8 LowerPriceRangeCollar p4 UpperPriceRangeCollar p4",
    }.ToDictionary(type => (byte)type.Key, type => Fields(type.Value));

    private readonly record struct Field(string Name, char Kind, int Bytes);

    /// <summary>Length of a type by its fields, the type byte included; 0 for a type that is not in the table.</summary>
    public static int LengthOf(byte type) => Types.TryGetValue(type, out var fields) ? 1 + fields.Sum(field => field.Bytes) : 0;

    /// <summary>Writes the properties of a MoldUDP64 packet: its header and its messages.</summary>
    /// <returns>Packets or messages that could not be read.</returns>
    public static int WritePacket(Utf8JsonWriter json, ReadOnlySpan<byte> packet)
    {
        if (packet.Length < MoldPacket.HeaderBytes)
        {
            json.WriteString("error", $"a packet of {packet.Length} bytes has no MoldUDP64 header of {MoldPacket.HeaderBytes}");
            return 1;
        }

        var count = MoldPacket.Count(packet);
        var sequence = MoldPacket.Sequence(packet);
        json.WriteString("session", Encoding.Latin1.GetString(packet[..MoldPacket.SessionBytes]).TrimEnd());
        json.WriteNumber("sequence", sequence);
        if (count == MoldPacket.EndOfSession) json.WriteBoolean("end_of_session", true);
        var errors = 0;
        var rest = packet[MoldPacket.HeaderBytes..];
        uint read = 0;
        json.WriteStartArray("messages");
        for (; read < count && count != MoldPacket.EndOfSession; read++)
        {
            if (rest.Length < MoldPacket.LengthBytes || rest.Length - MoldPacket.LengthBytes < BinaryPrimitives.ReadUInt16BigEndian(rest)) break;
            int length = BinaryPrimitives.ReadUInt16BigEndian(rest);
            if (!WriteMessage(json, rest.Slice(MoldPacket.LengthBytes, length), sequence + read)) errors++;
            rest = rest[(MoldPacket.LengthBytes + length)..];
        }

        json.WriteEndArray();
        if (read == count || count == MoldPacket.EndOfSession) return errors;
        json.WriteString("error", $"after {read} of {count} messages, a message length does not fit the packet of {packet.Length} bytes");
        return errors + 1;
    }

    private static bool WriteMessage(Utf8JsonWriter json, ReadOnlySpan<byte> message, ulong sequence)
    {
        json.WriteStartObject();
        var error = message.IsEmpty ? "MessageTooShort" : null;
        if (error is null)
        {
            if (Types.ContainsKey(message[0])) json.WriteString("message", Itch5.NameOf(message[0]));
            json.WriteString("template", ((char)message[0]).ToString());
            json.WriteNumber("sequence", sequence);
            if (!Types.TryGetValue(message[0], out var fields)) error = "UnknownTemplate";
            else if (message.Length < LengthOf(message[0])) error = "MessageTooShort";
            else WriteFields(json, fields, message[1..]);
        }

        if (error is not null) json.WriteString("error", error);
        json.WriteEndObject();
        return error is null;
    }

    private static void WriteFields(Utf8JsonWriter json, Field[] fields, ReadOnlySpan<byte> body)
    {
        json.WriteStartObject("fields");
        foreach (var field in fields)
        {
            var bytes = body[..field.Bytes];
            body = body[field.Bytes..];
            if (field.Kind == 'a') json.WriteString(field.Name, Encoding.Latin1.GetString(bytes).TrimEnd());
            else if (field.Kind == 'n') json.WriteNumber(field.Name, Number(bytes));
            else WriteDecimal(json, field.Name, PlainDecimal.Format((long)Number(bytes), field.Kind == 'p' ? Itch5.PriceExponent : 2 * Itch5.PriceExponent));
        }

        json.WriteEndObject();
    }

    private static void WriteDecimal(Utf8JsonWriter json, string name, string value)
    {
        json.WritePropertyName(name);
        json.WriteRawValue(value);
    }

    private static ulong Number(ReadOnlySpan<byte> bytes)
    {
        ulong number = 0;
        foreach (var part in bytes) number = (number << 8) | part;
        return number;
    }

    private static Field[] Fields(string text)
    {
        var words = $"{Head} {text}".Split(' ');
        return [.. Enumerable.Range(0, words.Length / 2).Select(i => Parse(words[2 * i], words[(2 * i) + 1]))];
    }

    private static Field Parse(string name, string type) => char.IsAsciiDigit(type[0])
        ? new Field(name, 'n', int.Parse(type, CultureInfo.InvariantCulture))
        : new Field(name, type[0], int.Parse(type.AsSpan(1), CultureInfo.InvariantCulture));
}
