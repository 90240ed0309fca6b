using System.Buffers.Binary;
using System.Runtime.InteropServices;
using System.Text;
using FeedHandler.Codecs;
using FeedHandler.Replay.Synthetic;
using FeedHandler.Replay.Synthetic.Cme;

namespace FeedHandler.Simulation;

/// <summary>
/// The truth: what the venue's books were after each event, and which events each of its packets ended. Event times name
/// the states, because every event has its own.
/// </summary>
internal sealed class Oracle
{
    private const int PacketHeaderBytes = 12, MessageHeaderBytes = 10;
    private const ushort Heartbeat = 12, Status = 30, QuoteRequest = 39;
    private const byte EndOfEvent = 0x80;

    private readonly CmeChannel _channel;
    private readonly IReadOnlyList<InstrumentBook> _books;
    private readonly List<BookVersion>[] _versions;
    private readonly uint[] _lastRptSeq;
    private readonly bool[] _ordersHidden;
    private readonly List<PacketRecord> _packets = [];
    private readonly List<ulong> _ends = [];
    private readonly List<(int Instrument, int Quantity)> _trades = [];
    private readonly List<SessionRecord> _sessions = [];
    private readonly Dictionary<uint, int> _instruments = [];
    private readonly bool _keepsLevels;
    private readonly bool _keepsText;
    private ulong _lastEndNs;
    private bool _wasResending;

    public Oracle(CmeChannel channel, uint firstSequence, bool keepsLevels, bool keepsText)
    {
        _channel = channel;
        _books = channel.Exchange.Books;
        _keepsLevels = keepsLevels;
        _keepsText = keepsText;
        _versions = new List<BookVersion>[_books.Count];
        _lastRptSeq = new uint[_books.Count];
        _ordersHidden = new bool[_books.Count];
        for (var i = 0; i < _books.Count; i++)
        {
            _versions[i] = [Version(i, 0)];
            _instruments.Add((uint)_books[i].Instrument.SecurityId, i);
        }

        _sessions.Add(new SessionRecord(0, firstSequence, 0));
    }

    public IReadOnlyList<InstrumentBook> Books => _books;

    public ReadOnlySpan<PacketRecord> Packets => CollectionsMarshal.AsSpan(_packets);

    public int Session => _sessions.Count - 1;

    public int IndexOf(uint instrument) => _instruments.GetValueOrDefault(instrument, -1);

    public ref PacketRecord Packet(int index) => ref CollectionsMarshal.AsSpan(_packets)[index];

    /// <summary>State of the venue right before a session's first event.</summary>
    public ulong SessionStartNs(int session) => _sessions[session].StartNs;

    /// <summary>Finds a packet of a session by its sequence number; -1 where it was never sent.</summary>
    public int Find(int session, uint sequence)
    {
        var at = _sessions[session];
        var offset = sequence - at.FirstSequence;
        var end = session + 1 < _sessions.Count ? _sessions[session + 1].FirstPacket : _packets.Count;
        return offset < (uint)(end - at.FirstPacket) ? at.FirstPacket + (int)offset : -1;
    }

    /// <summary>Time of the n-th event that a packet ends; 0 where it ends fewer.</summary>
    public ulong EndOfEventNs(int packet, int ordinal)
    {
        ref readonly var record = ref Packet(packet);
        return ordinal < record.Ends ? _ends[record.FirstEnd + ordinal] : 0;
    }

    public ReadOnlySpan<(int Instrument, int Quantity)> TradesOf(int packet) =>
        CollectionsMarshal.AsSpan(_trades).Slice(_packets[packet].FirstTrade, _packets[packet].Trades);

    /// <summary>The books of an instrument after the last event at or before a time.</summary>
    public BookVersion At(int instrument, ulong timeNs)
    {
        var versions = CollectionsMarshal.AsSpan(_versions[instrument]);
        var low = versions.Length - 1;
        // Almost always one of the last: the handler is a few packets behind.
        for (var tries = 0; tries < 8 && low >= 0; tries++, low--)
        {
            if (versions[low].TimeNs <= timeNs) return versions[low];
        }

        int from = 0, to = low;
        while (from < to)
        {
            var middle = (from + to + 1) >> 1;
            if (versions[middle].TimeNs <= timeNs) from = middle;
            else to = middle - 1;
        }

        return versions[from];
    }

    /// <summary>Notes a packet of the incremental feed.</summary>
    /// <returns>Its index among all.</returns>
    public int OnPacket(in FeedPacket packet)
    {
        var record = new PacketRecord { Sequence = packet.Sequence, Session = Session, FirstEnd = _ends.Count, FirstTrade = _trades.Count };
        var rest = packet.Payload[PacketHeaderBytes..];
        record.EndsInsideEvent = false;
        while (!rest.IsEmpty)
        {
            var size = BinaryPrimitives.ReadUInt16LittleEndian(rest);
            var template = BinaryPrimitives.ReadUInt16LittleEndian(rest[4..]);
            if (template != Heartbeat)
            {
                var indicator = rest[MessageHeaderBytes + (template == Status ? 26 : template == QuoteRequest ? 31 : 8)];
                record.EndsInsideEvent = (indicator & EndOfEvent) == 0;
                if (!record.EndsInsideEvent)
                {
                    _lastEndNs = BinaryPrimitives.ReadUInt64LittleEndian(rest[MessageHeaderBytes..]);
                    _ends.Add(_lastEndNs);
                }
            }

            rest = rest[size..];
        }

        foreach (var trade in _channel.Published.Trades) _trades.Add((trade.Book.Instrument.Index, trade.Quantity));
        record.Ends = _ends.Count - record.FirstEnd;
        record.Trades = _trades.Count - record.FirstTrade;
        record.StateNs = _lastEndNs;
        _packets.Add(record);
        return _packets.Count - 1;
    }

    /// <summary>Whether nothing excuses who takes a session for the one before.</summary>
    public bool MustBeSeen(int session) => _sessions[session].MustBeSeen;

    /// <summary>Notes the books after an event.</summary>
    public void AfterEvent(ulong timeNs)
    {
        var resending = _channel.Exchange.IsResending;
        var isReset = resending && !_wasResending;
        if (isReset) Array.Fill(_ordersHidden, value: true);
        _wasResending = resending;
        for (var i = 0; i < _books.Count; i++)
        {
            var book = _books[i];
            var touched = book.LastUpdateNs == timeNs;
            if (touched && !isReset) _ordersHidden[i] = false;
            if (!touched && !isReset && book.RptSeq == _lastRptSeq[i]) continue;
            _lastRptSeq[i] = book.RptSeq;
            _versions[i].Add(Version(i, timeNs));
        }
    }

    /// <summary>A session begins: every book is empty, and packets are numbered from 1.</summary>
    /// <param name="timeNs">Right before its first event.</param>
    /// <param name="mustBeSeen">Whether its first packets arrive on both lines, behind numbers that were named seconds before.</param>
    public void StartSession(ulong timeNs, bool mustBeSeen = false)
    {
        _sessions.Add(new SessionRecord(_packets.Count, 1, timeNs, mustBeSeen));
        Array.Fill(_ordersHidden, value: false);
        _wasResending = false;
        _lastEndNs = timeNs;
        for (var i = 0; i < _books.Count; i++)
        {
            _lastRptSeq[i] = _books[i].RptSeq;
            _versions[i].Add(Version(i, timeNs));
        }
    }

    private BookVersion Version(int index, ulong timeNs)
    {
        var book = _books[index];
        return new BookVersion
        {
            TimeNs = timeNs,
            Levels = BookHash.Levels(book),
            Orders = _ordersHidden[index] ? BookHash.NoOrders : BookHash.Orders(book),
            Ladders = _keepsLevels ? Ladders.Of(book) : null,
            Text = _keepsText ? BookText.Of(book, _ordersHidden[index]) : null,
        };
    }

    private readonly record struct SessionRecord(int FirstPacket, uint FirstSequence, ulong StartNs, bool MustBeSeen = false);
}

/// <summary>One packet of the incremental feed, as sent.</summary>
internal struct PacketRecord
{
    public uint Sequence;
    public int Session;
    public int FirstEnd;
    public int Ends;
    public int FirstTrade;
    public int Trades;

    /// <summary>Names the state after the last event that it or a packet before it ended.</summary>
    public ulong StateNs;

    public bool EndsInsideEvent;

    /// <summary>When the first copy reached the handler, damaged or not; 0 for never.</summary>
    public ulong FirstNs;

    /// <summary>When the first undamaged copy reached the handler; 0 for never.</summary>
    public ulong ArrivedNs;

    public bool IsDelivered;
}

/// <summary>The books of one instrument after one event.</summary>
internal readonly struct BookVersion
{
    public ulong TimeNs { get; init; }

    public ulong Levels { get; init; }

    public ulong Orders { get; init; }

    public Ladders? Ladders { get; init; }

    public string? Text { get; init; }
}

/// <summary>Copies of an instrument's published levels.</summary>
internal sealed record Ladders(PublishedLevel[] Bids, PublishedLevel[] Asks, PublishedLevel[] ImpliedBids, PublishedLevel[] ImpliedAsks)
{
    public static Ladders Of(InstrumentBook book) =>
        new([.. book.BidLevels.Levels], [.. book.AskLevels.Levels], [.. book.ImpliedBidLevels.Levels], [.. book.ImpliedAskLevels.Levels]);
}

/// <summary>Books in words, for the report of a failure.</summary>
internal static class BookText
{
    public static string Of(InstrumentBook book, bool ordersHidden)
    {
        var text = new StringBuilder();
        text.Append(book.Instrument.Symbol).Append(" RptSeq ").Append(book.RptSeq).Append(" depth ").Append(book.Instrument.Depth);
        Ladder(text, "bid", book, book.BidLevels);
        Ladder(text, "ask", book, book.AskLevels);
        Ladder(text, "implied bid", book, book.ImpliedBidLevels);
        Ladder(text, "implied ask", book, book.ImpliedAskLevels);
        foreach (var half in new[] { book.Bids, book.Asks })
        {
            text.Append("\n    ").Append(half.Side).Append(" orders:");
            if (ordersHidden) continue;
            foreach (var queue in half.Queues)
            {
                foreach (var order in queue.Orders) text.Append($" {order.Id % 100000}:{book.Instrument.Mantissa(queue.PriceTicks)}x{order.Quantity}");
            }
        }

        return text.ToString();
    }

    public static string Of(FeedHandler.Actors.Instrument instrument) =>
        Of($"{instrument.Definition?.Symbol ?? "(no definition)"} RptSeq {instrument.LastSequence}", instrument.Outright, instrument.Implied, instrument.Orders);

    public static string Of(FeedHandler.Actors.BookMirror mirror) =>
        Of($"{mirror.Definition?.Symbol ?? "(no definition)"} RptSeq {mirror.LastSequence}", mirror.Outright, mirror.Implied, mirror.Orders);

    private static string Of(string name, FeedHandler.Actors.MbpBook outright, FeedHandler.Actors.MbpBook? impliedBook, FeedHandler.Actors.MboBook? orderBook)
    {
        var text = new StringBuilder(name);
        text.Append(" depth ").Append(outright.Depth);
        Ladder(text, "bid", outright.Levels(BookSide.Bid));
        Ladder(text, "ask", outright.Levels(BookSide.Ask));
        if (impliedBook is { } implied)
        {
            Ladder(text, "implied bid", implied.Levels(BookSide.Bid));
            Ladder(text, "implied ask", implied.Levels(BookSide.Ask));
        }

        if (orderBook is not { } orders) return text.ToString();
        foreach (var side in new[] { BookSide.Bid, BookSide.Ask })
        {
            text.Append("\n    ").Append(side).Append(" orders:");
            for (var i = 0; i < orders.LevelCount(side); i++)
            {
                foreach (ref readonly var order in orders.OrdersAt(side, i)) text.Append($" {order.Id % 100000}:{orders.LevelAt(side, i).Price}x{order.Quantity}");
            }
        }

        return text.ToString();
    }

    private static void Ladder(StringBuilder text, string name, InstrumentBook book, PublishedLadder ladder)
    {
        text.Append("\n    ").Append(name).Append(':');
        foreach (var level in ladder.Levels) text.Append($" {book.Instrument.Mantissa(level.PriceTicks)}x{level.Quantity}/{level.Orders}");
    }

    private static void Ladder(StringBuilder text, string name, ReadOnlySpan<FeedHandler.Actors.PriceLevel> levels)
    {
        text.Append("\n    ").Append(name).Append(':');
        foreach (ref readonly var level in levels) text.Append($" {level.Price}x{level.Quantity}/{level.Orders}");
    }
}
