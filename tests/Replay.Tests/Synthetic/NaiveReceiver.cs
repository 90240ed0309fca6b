using System.Buffers.Binary;
using System.Globalization;
using System.Text;

namespace FeedHandler.Replay.Tests.Synthetic;

/// <summary>
/// Reads a generated capture with nothing but offsets from the public layouts, and builds books the slow, obvious way.
/// It knows neither the encoder nor the exchange. Both schema versions have the same offsets; templates and price
/// exponent differ.
/// </summary>
internal sealed class NaiveReceiver
{
    private readonly SortedDictionary<int, NaiveBook> _books = [];
    private readonly decimal _priceUnit;

    public NaiveReceiver(int version) => _priceUnit = version == 8 ? 1e-7m : 1e-9m;

    public SortedDictionary<int, NaiveBook> Books => _books;

    public Dictionary<int, int> Templates { get; } = [];

    public Dictionary<byte, int> Actions { get; } = [];

    public List<string> BestPrices { get; } = [];

    public int Heartbeats => Templates.GetValueOrDefault(12);

    /// <summary>Names, depths and legs from the definition feed.</summary>
    public void ReadDefinitions(IEnumerable<byte[]> packets)
    {
        foreach (Message m in packets.SelectMany(Messages))
        {
            if (m.Template is not (54 or 55 or 56 or 27 or 41 or 29)) continue;
            NaiveBook book = Book(BinaryPrimitives.ReadInt32LittleEndian(m.Root[55..]));
            book.Symbol = Encoding.ASCII.GetString(m.Root.Slice(35, 20)).TrimEnd('\0');
            ReadOnlySpan<byte> events = m.Groups;
            ReadOnlySpan<byte> feeds = events[(3 + (U16(events, 0) * events[2]))..];
            for (int i = 0; i < feeds[2]; i++)
            {
                ReadOnlySpan<byte> entry = feeds.Slice(3 + (i * U16(feeds, 0)), U16(feeds, 0));
                if (entry[..3].SequenceEqual("GBX"u8)) book.Depth = entry[3];
                if (entry[..3].SequenceEqual("GBI"u8)) book.ImpliedDepth = entry[3];
            }
        }
    }

    /// <summary>Applies one incremental packet; entries of instruments that <paramref name="skip"/> names change nothing.</summary>
    public void Apply(byte[] packet, string channel = "cme-310", Func<int, bool>? skip = null, Func<int, bool>? skipOrders = null, bool keepOnReset = false)
    {
        skip ??= _ => false;
        skipOrders ??= skip;
        foreach (Message m in Messages(packet))
        {
            Templates[m.Template] = Templates.GetValueOrDefault(m.Template) + 1;
            switch (m.Template)
            {
                case 4 when !keepOnReset: foreach (NaiveBook book in _books.Values) book.Clear(); break;
                case 46 or 32: ApplyBook(m, skip, skipOrders); break;
                case 47 or 43: ApplyOrders(m, skipOrders); break;
                case 48 or 42: ForEach(m.Groups, e => Count(skip, I32(e, 12), U32(e, 16))?.Trade(I32(e, 8))); break;
                case 49 or 33: ForEach(m.Groups, e => Count(skip, I32(e, 12), U32(e, 16))); break;
                case 50 or 34: ForEach(m.Groups, e => Count(skip, I32(e, 24), U32(e, 28))); break;
                case 51 or 35: ForEach(m.Groups, e => Count(skip, I32(e, 8), U32(e, 12))); break;
                case 37: ForEach(m.Groups, e => Count(skip, I32(e, 4), U32(e, 8))); break;
            }
        }

        uint sequence = U32(packet, 0);
        foreach ((int id, NaiveBook book) in _books)
        {
            string row = $"{id},{book.Top('0')},{book.Top('1')}";
            if (row == book.LastRow) continue;
            book.LastRow = row;
            BestPrices.Add($"{channel},{sequence},{row}");
        }
    }

    /// <summary>Takes the image of one instrument from a template 52 or 38.</summary>
    public static IEnumerable<(uint Last, int Id, byte[] Message)> SnapshotsIn(IEnumerable<byte[]> packets) =>
        packets.SelectMany(p => Messages(p).Where(m => m.Template is 52 or 38).Select(m => (U32(m.Root, 0), I32(m.Root, 8), m.Bytes)));

    public static IEnumerable<(uint Last, int Id, uint Chunk, uint Chunks, byte[] Message)> OrderSnapshotsIn(IEnumerable<byte[]> packets) =>
        packets.SelectMany(p => Messages(p).Where(m => m.Template is 53 or 44).Select(m => (U32(m.Root, 0), I32(m.Root, 8), U32(m.Root, 16), U32(m.Root, 12), m.Bytes)));

    public void TakeSnapshot(byte[] message)
    {
        var m = new Message(message);
        NaiveBook book = Book(I32(m.Root, 8));
        foreach (List<NaiveLevel> side in book.Levels.Values) side.Clear();
        book.RptSeq = U32(m.Root, 12);
        ForEach(m.Groups, e =>
        {
            if (!book.Levels.TryGetValue((char)e[21], out List<NaiveLevel>? side)) return;
            side.Add(new NaiveLevel(Price(e, 0), I32(e, 8), I32(e, 12)));
            Assert.Equal(side.Count, e[16]);
        });
    }

    public void TakeOrders(byte[] message)
    {
        var m = new Message(message);
        NaiveBook book = Book(I32(m.Root, 8));
        if (U32(m.Root, 16) == 1) book.Orders.Clear();
        ForEach(m.Groups, e => book.Orders.Add(U64(e, 0), new NaiveOrder((char)e[28], Price(e, 16), I32(e, 24), U64(e, 8))));
    }

    public NaiveBook Book(int id)
    {
        if (!_books.TryGetValue(id, out NaiveBook? book)) _books.Add(id, book = new NaiveBook());
        return book;
    }

    private void ApplyBook(in Message m, Func<int, bool> skip, Func<int, bool> skipOrders)
    {
        var entries = new List<(NaiveBook Book, int Id, char Type, decimal Price)>();
        ReadOnlySpan<byte> orders = ForEach(m.Groups, e =>
        {
            int id = I32(e, 12);
            entries.Add((Book(id), id, (char)e[26], Price(e, 0)));
            Actions[e[25]] = Actions.GetValueOrDefault(e[25]) + 1;
            Count(skip, id, U32(e, 16))?.Level((char)e[26], e[25], e[24], new NaiveLevel(Price(e, 0), I32(e, 8), I32(e, 20)));
        });
        for (int i = 0; i < orders[7]; i++)
        {
            ReadOnlySpan<byte> e = orders.Slice(8 + (i * U16(orders, 0)), U16(orders, 0));
            (NaiveBook book, int id, char type, decimal price) = entries[e[20] - 1];
            if (!skipOrders(id)) book.Order(e[21], U64(e, 0), new NaiveOrder(type, price, I32(e, 16), U64(e, 8)));
        }
    }

    private void ApplyOrders(in Message m, Func<int, bool> skip) => ForEach(m.Groups, e =>
    {
        if (!skip(I32(e, 28))) Book(I32(e, 28)).Order(e[32], U64(e, 0), new NaiveOrder((char)e[33], Price(e, 16), I32(e, 24), U64(e, 8)));
    });

    private NaiveBook? Count(Func<int, bool> skip, int id, uint rptSeq)
    {
        if (skip(id)) return null;
        NaiveBook book = Book(id);
        Assert.Equal(book.RptSeq + 1, rptSeq);
        book.RptSeq = rptSeq;
        return book;
    }

    private delegate void EntryReader(ReadOnlySpan<byte> entry);

    private static ReadOnlySpan<byte> ForEach(ReadOnlySpan<byte> group, EntryReader read)
    {
        int size = U16(group, 0);
        for (int i = 0; i < group[2]; i++) read(group.Slice(3 + (i * size), size));
        return group[(3 + (size * group[2]))..];
    }

    private decimal Price(ReadOnlySpan<byte> entry, int offset) => BinaryPrimitives.ReadInt64LittleEndian(entry[offset..]) * _priceUnit;

    private static List<Message> Messages(byte[] packet)
    {
        var messages = new List<Message>();
        for (int at = 12; at < packet.Length; at += U16(packet, at)) messages.Add(new Message(packet[at..(at + U16(packet, at))]));
        return messages;
    }

    private static ushort U16(ReadOnlySpan<byte> at, int offset) => BinaryPrimitives.ReadUInt16LittleEndian(at[offset..]);

    private static uint U32(ReadOnlySpan<byte> at, int offset) => BinaryPrimitives.ReadUInt32LittleEndian(at[offset..]);

    private static int I32(ReadOnlySpan<byte> at, int offset) => BinaryPrimitives.ReadInt32LittleEndian(at[offset..]);

    private static ulong U64(ReadOnlySpan<byte> at, int offset) => BinaryPrimitives.ReadUInt64LittleEndian(at[offset..]);

    private readonly struct Message(byte[] bytes)
    {
        public byte[] Bytes => bytes;

        public int Template => U16(bytes, 4);

        public ReadOnlySpan<byte> Root => bytes.AsSpan(10, U16(bytes, 2));

        public ReadOnlySpan<byte> Groups => bytes.AsSpan(10 + U16(bytes, 2));
    }
}

internal readonly record struct NaiveLevel(decimal Price, int Quantity, int Orders);

internal readonly record struct NaiveOrder(char Side, decimal Price, int Quantity, ulong Priority);

/// <summary>One instrument: lists by entry type ('0' bid, '1' offer, 'E' and 'F' implied) and a dictionary of orders.</summary>
internal sealed class NaiveBook
{
    public string Symbol { get; set; } = "";

    public int Depth { get; set; } = 10;

    public int ImpliedDepth { get; set; } = 2;

    public uint RptSeq { get; set; }

    public int Trades { get; private set; }

    public long TradeVolume { get; private set; }

    public string LastRow { get; set; } = "";

    public Dictionary<char, List<NaiveLevel>> Levels { get; } = new() { ['0'] = [], ['1'] = [], ['E'] = [], ['F'] = [] };

    public Dictionary<ulong, NaiveOrder> Orders { get; } = [];

    public void Trade(int quantity)
    {
        Trades++;
        TradeVolume += quantity;
    }

    public void Clear()
    {
        foreach (List<NaiveLevel> side in Levels.Values) side.Clear();
        Orders.Clear();
        RptSeq = 0;
    }

    public void Level(char type, byte action, int level, NaiveLevel value)
    {
        List<NaiveLevel> side = Levels[type];
        int depth = type is '0' or '1' ? Depth : ImpliedDepth;
        Assert.InRange(level, 1, depth);
        switch (action)
        {
            case 0:
                side.Insert(level - 1, value);
                if (side.Count > depth) side.RemoveAt(depth);
                break;
            case 1:
                Assert.Equal(side[level - 1].Price, value.Price);
                side[level - 1] = value;
                break;
            case 2:
                Assert.Equal(side[level - 1], value);
                side.RemoveAt(level - 1);
                break;
            case 3: side.Clear(); break;
            case 4: side.RemoveRange(0, level); break;
            case 5: side[level - 1] = value; break;
            default: Assert.Fail($"action {action}"); break;
        }
    }

    public void Order(byte action, ulong id, NaiveOrder order)
    {
        if (action == 0) Orders.Add(id, order);
        else if (action == 1) Orders[Known(id)] = order;
        else Orders.Remove(Known(id));
    }

    public string Top(char type) => Levels[type] is [var best, ..] ? $"{Text(best.Price)},{best.Quantity}" : ",";

    public IEnumerable<string> BookRows(string channel, int id)
    {
        foreach ((char type, string name) in new[] { ('E', "implied,Live,bid"), ('F', "implied,Live,ask"), ('0', "outright,Live,bid"), ('1', "outright,Live,ask") })
        {
            for (int i = 0; i < Levels[type].Count; i++)
            {
                NaiveLevel level = Levels[type][i];
                string orders = level.Orders == int.MaxValue ? "" : $"{level.Orders}";
                yield return $"{channel},{id},{Symbol},{name},{i + 1},{Text(level.Price)},{level.Quantity},{orders}";
            }
        }
    }

    public IEnumerable<string> OrderRows(string channel, int id)
    {
        foreach ((char type, string name) in new[] { ('0', "bid"), ('1', "ask") })
        {
            int sign = type == '0' ? -1 : 1;
            int position = 0;
            foreach ((ulong order, NaiveOrder o) in Orders.Where(o => o.Value.Side == type).OrderBy(o => sign * o.Value.Price).ThenBy(o => o.Value.Priority))
            {
                yield return $"{channel},{id},Live,{name},{++position},{order},{Text(o.Price)},{o.Quantity},{o.Priority}";
            }
        }
    }

    private ulong Known(ulong id)
    {
        Assert.Contains(id, Orders.Keys);
        return id;
    }

    private static string Text(decimal price) => price.ToString("0.#########", CultureInfo.InvariantCulture);
}
