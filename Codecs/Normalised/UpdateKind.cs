namespace FeedHandler.Codecs;

/// <summary>What a <see cref="MarketUpdate"/> says. The fields named are those in use beside the common ones.</summary>
public enum UpdateKind : byte
{
    /// <summary>Padding: carries flags only.</summary>
    None = 0,

    /// <summary>Price level of the outright book: action, side, level, price, quantity, order count.</summary>
    Level = 1,

    /// <summary>Price level of the implied book: as <see cref="Level"/>.</summary>
    ImpliedLevel = 2,

    /// <summary>Order of a market-by-order book: action, side, price, quantity, order id, priority.</summary>
    Order = 3,

    /// <summary>
    /// Order execution or reduction in place (ITCH E, C, X): order id, quantity taken; code = message type, price of the trade
    /// where it differs from the order's, else <see cref="MarketUpdate.NullPrice"/>; priority = match number of a trade. Side and price are the order's own.
    /// </summary>
    OrderReduced = 4,

    /// <summary>Trade: action (New, Change: corrected, Delete: busted), aggressor side, price, quantity, order count, order id = trade id, the same in a correction.</summary>
    Trade = 5,

    /// <summary>One order's part of the preceding trade: order id, quantity. Of a workup status: order id, side, code = 1 for the aggressor.</summary>
    TradeOrder = 6,

    /// <summary>
    /// Session or daily statistic: action, code = entry type, price, quantity; detail = settlement type | open/close flag &lt;&lt; 8
    /// (255: none) | reference date in days since the Unix epoch &lt;&lt; 16 (0: none).
    /// </summary>
    Statistic = 7,

    /// <summary>Traded volume: quantity.</summary>
    Volume = 8,

    /// <summary>Price limits: price = low, quantity = high, order id = maximum variation (two's complement).</summary>
    Limits = 9,

    /// <summary>
    /// Trading status: code = status, detail = halt reason | trading event &lt;&lt; 8. Instrument 0: a whole group, named in the
    /// following <see cref="DefinitionText"/>. Of a workup also price and order id = link to its trades.
    /// </summary>
    Status = 10,

    /// <summary>Empties every book of one instrument.</summary>
    InstrumentReset = 11,

    /// <summary>Empties every book and statistic of the channel; instrument sequences start again at 1.</summary>
    ChannelReset = 12,

    /// <summary>
    /// Packets (or messages) lost on every line: the half-open range from <see cref="MarketUpdate.OrderId"/> to
    /// <see cref="MarketUpdate.Priority"/>; code = <see cref="GapReason"/>;
    /// level = 1 where they were asked for and nobody answered.
    /// </summary>
    Gap = 13,

    /// <summary>The line is alive and nothing happened.</summary>
    Heartbeat = 14,

    /// <summary>Receive time, full 64 bits, in <see cref="MarketUpdate.OrderId"/>. Sent when its upper half changes.</summary>
    Clock = 15,

    /// <summary>
    /// Image of one book starts: order id = last packet sequence it includes, instrument sequence, code = <see cref="SnapshotBook"/>,
    /// quantity = chunks in the image, price = number of this chunk from 1, level = trading status. The entries follow,
    /// then <see cref="SnapshotEnd"/>, all in one batch of the ring. Instrument 0, in the ring alone: an image of all order
    /// books of the channel is asked for; what came of an earlier one is void. Its orders and definitions follow by and by.
    /// </summary>
    SnapshotBegin = 16,

    /// <summary>
    /// The chunk ends: quantity = number of entries that it carried. Instrument 0: the image of all order books ends for the
    /// instruments from price to quantity - 1, order id = last sequence that it includes, code = <see cref="ImageStep"/>.
    /// </summary>
    SnapshotEnd = 17,

    /// <summary>
    /// Instrument definition: action New, Change or Delete; price = minimum increment, quantity = display factor, order id = strike
    /// (all mantissas), level = outright depth, code = implied depth, detail = trading status | <see cref="DefinitionFeeds"/> &lt;&lt; 8.
    /// Legs and texts follow; the symbol is the last of them.
    /// </summary>
    Definition = 18,

    /// <summary>Text of the preceding definition or status, or of the collateral value that follows: code = <see cref="DefinitionTextPart"/>.</summary>
    DefinitionText = 19,

    /// <summary>Leg of the preceding spread definition: order id = leg's instrument, side, quantity = ratio, price.</summary>
    DefinitionLeg = 20,

    /// <summary>The venue starts a new sequence (week, session, failover): every book of the channel is void.</summary>
    SessionStart = 21,

    /// <summary>The venue ends the session: no more packets follow.</summary>
    SessionEnd = 22,

    /// <summary>Request for a quote: side, quantity, code = kind of quote.</summary>
    QuoteRequest = 23,

    /// <summary>
    /// Order replaced by another (ITCH U): order id = the old one, priority = the new one's id, price, quantity. The side stays; the
    /// new order stands at the end of its queue, with the packet sequence as its priority.
    /// </summary>
    OrderReplaced = 24,

    /// <summary>Auction imbalance: price = reference price, quantity = paired, order id = imbalance, side, priority = far price | near price &lt;&lt; 32, level = kind of cross.</summary>
    Auction = 25,

    /// <summary>State beside the trading status, of an instrument or of the market: code = venue's message type, level = its value, detail and order id = what else it says.</summary>
    VenueState = 26,

    /// <summary>
    /// One of the best orders of an instrument, where the venue sends them again as a whole: side, price, quantity, order id,
    /// priority. Action New: the first of an image, which replaces what was told before; Change: one more; Delete: there is none.
    /// </summary>
    TopOrder = 27,

    /// <summary>Value of a collateral, named in the preceding <see cref="DefinitionText"/>: price, quantity = price with interest, order id = its id across venues.</summary>
    CollateralValue = 28,

    /// <summary>
    /// No line of the channel's incremental feed has brought anything for as long as is configured (code 1), or the feed goes on
    /// (code 0; what was lost meanwhile was told as a gap before). Nothing of this is on the wire.
    /// </summary>
    Silence = 29,

    /// <summary>
    /// To subscribers only, never in the ring: a book's state is now another. Code = the new state, level = the type of
    /// book (0 by price, 1 by order), detail = the reason.
    /// </summary>
    State = 32,

    /// <summary>
    /// To subscribers only, never in the ring: the subscriber was too slow and images follow in place of updates.
    /// Quantity = book updates left out; order id = trades and other information lost.
    /// </summary>
    Conflated = 33,
}

/// <summary>Flags of a <see cref="MarketUpdate"/>.</summary>
[Flags]
public enum UpdateFlags : byte
{
    /// <summary>No flag.</summary>
    None = 0,

    /// <summary>Last update of a market event: books are consistent after it.</summary>
    EndOfEvent = 1,

    /// <summary>Last update of a packet.</summary>
    EndOfPacket = 2,

    /// <summary>Comes from a snapshot feed.</summary>
    Snapshot = 4,

    /// <summary>Sent again by the venue during its own recovery (CME MatchEventIndicator 0x20).</summary>
    Resent = 8,

    /// <summary>Order update that came with a price-level message.</summary>
    WithLevel = 16,

    /// <summary>The update's trade does not count in volume (ITCH non-printable).</summary>
    NonPrintable = 32,
}

/// <summary>What to do with a level or order (CME tag 279).</summary>
public enum BookAction : byte
{
    /// <summary>Insert; levels at and below move down.</summary>
    New = 0,

    /// <summary>Change in place.</summary>
    Change = 1,

    /// <summary>Remove; levels below move up.</summary>
    Delete = 2,

    /// <summary>Remove every level of the side.</summary>
    DeleteThru = 3,

    /// <summary>Remove levels 1 to the given one; the rest moves up.</summary>
    DeleteFrom = 4,

    /// <summary>Replace the level, price included.</summary>
    Overlay = 5,
}

/// <summary>Side of a book, or of a trade's aggressor.</summary>
public enum BookSide : byte
{
    /// <summary>Buy side.</summary>
    Bid = 0,

    /// <summary>Sell side.</summary>
    Ask = 1,

    /// <summary>Neither, or not said.</summary>
    None = 2,
}

/// <summary>Which book a snapshot is an image of.</summary>
public enum SnapshotBook : byte
{
    /// <summary>Outright and implied price levels.</summary>
    Levels = 0,

    /// <summary>Every resting order.</summary>
    Orders = 1,
}

/// <summary>How far an image of all order books of a channel is taken over.</summary>
public enum ImageStep : byte
{
    /// <summary>Those of some instruments; more follow.</summary>
    Some = 0,

    /// <summary>Those of the last instruments.</summary>
    Last = 1,

    /// <summary>None: the image could not be had.</summary>
    GivenUp = 2,
}

/// <summary>Why packets are missing.</summary>
public enum GapReason : byte
{
    /// <summary>Lost on every line.</summary>
    Loss = 0,

    /// <summary>The ring was full: the consumers were slower than the wire.</summary>
    RingFull = 1,

    /// <summary>A packet arrived but could not be read to its end.</summary>
    Malformed = 2,

    /// <summary>A snapshot includes packets that never arrived.</summary>
    Tail = 3,
}

/// <summary>Layout of the text of an <see cref="UpdateKind.DefinitionText"/>.</summary>
public enum DefinitionTextPart : byte
{
    /// <summary>Symbol (20 bytes), security group (6), asset (6); padded with zeros.</summary>
    Symbol = 0,

    /// <summary>CFI code (6 bytes), currency (3), settlement currency (3), security type (6), maturity (year as 16 bits, month, day, week), unit of measure (9, cut).</summary>
    Classification = 1,

    /// <summary>Security group (at 20, 6 bytes) and asset (at 26, 6) that the preceding status is for.</summary>
    StatusGroup = 2,

    /// <summary>Name of a collateral (12 bytes), who gave the name (1: CUSIP, 4: ISIN), source of its price.</summary>
    Collateral = 3,
}

/// <summary>Which books by price a definition says that the venue publishes.</summary>
[Flags]
public enum DefinitionFeeds : byte
{
    /// <summary>None.</summary>
    None = 0,

    /// <summary>Outright book.</summary>
    Outright = 1,

    /// <summary>Implied book.</summary>
    Implied = 2,

    /// <summary>Another kind that is not known here.</summary>
    Other = 4,
}
