namespace FeedHandler.Codecs.Nasdaq.Itch5;

/// <summary>NASDAQ TotalView-ITCH 5.0: the types, their lengths and names.</summary>
public static class Itch5
{
    /// <summary>Type, stock locate, tracking number and time: what every message starts with.</summary>
    public const int HeadBytes = 11;

    /// <summary>Exponent of prices.</summary>
    public const int PriceExponent = -4;

    /// <summary>Length of a type's message with its type byte; 0 for a type that this version does not have.</summary>
    public static int LengthOf(byte type) => Lengths[type];

    /// <summary>Name of a type.</summary>
    public static string NameOf(int type) => type switch
    {
        'S' => "SystemEvent",
        'R' => "StockDirectory",
        'H' => "StockTradingAction",
        'Y' => "RegShoRestriction",
        'L' => "MarketParticipantPosition",
        'V' => "MwcbDeclineLevel",
        'W' => "MwcbStatus",
        'K' => "IpoQuotingPeriod",
        'J' => "LuldAuctionCollar",
        'h' => "OperationalHalt",
        'A' => "AddOrder",
        'F' => "AddOrderMpid",
        'E' => "OrderExecuted",
        'C' => "OrderExecutedWithPrice",
        'X' => "OrderCancel",
        'D' => "OrderDelete",
        'U' => "OrderReplace",
        'P' => "TradeNonCross",
        'Q' => "CrossTrade",
        'B' => "BrokenTrade",
        'I' => "NetOrderImbalance",
        'N' => "RetailPriceImprovement",
        'O' => "DirectListingPriceDiscovery",
        _ => "Unknown",
    };

    private static ReadOnlySpan<byte> Lengths => LengthTable;

    private static readonly byte[] LengthTable = CreateLengths();

    private static byte[] CreateLengths()
    {
        var lengths = new byte[256];
        (char Type, byte Length)[] known =
        [
            ('S', 12), ('R', 39), ('H', 25), ('Y', 20), ('L', 26), ('V', 35), ('W', 12), ('K', 28), ('J', 35), ('h', 21),
            ('A', 36), ('F', 40), ('E', 31), ('C', 36), ('X', 23), ('D', 19), ('U', 35), ('P', 44), ('Q', 40), ('B', 19),
            ('I', 50), ('N', 20), ('O', 48),
        ];
        foreach (var (type, length) in known) lengths[type] = length;
        return lengths;
    }
}
