using System.Buffers.Binary;
using System.Globalization;

namespace FeedHandler.Replay.Tests.EndToEnd;

/// <summary>
/// The books of an MDP 3.0 channel, written as plainly as the venue describes them: lists that are inserted into and
/// removed from, offsets as published. It shares no code with the product. Joined in mid-session it knows a level only
/// once an update has named it; what it does not know is null.
/// </summary>
internal sealed class ReferenceBook
{
    public SortedDictionary<int, ReferenceInstrument> Instruments { get; } = [];

    public ReferenceInstrument this[int id] => Instruments.TryGetValue(id, out var known) ? known : Instruments[id] = new ReferenceInstrument();

    /// <summary>Takes one packet of the incremental or definition feed.</summary>
    public void Apply(ReadOnlySpan<byte> packet)
    {
        for (var at = 12; at < packet.Length; at += U16(packet, at)) Message(packet.Slice(at, U16(packet, at)));
    }

    private void Message(ReadOnlySpan<byte> m)
    {
        var template = U16(m, 4);
        var root = m.Slice(10, U16(m, 2));
        var groups = m[(10 + root.Length)..];
        // Templates below 46 have prices of 1e-7.
        var unit = template < 46 ? 1e-7m : 1e-9m;
        switch (template)
        {
            case 4:
                foreach (var each in Instruments.Values) each.Clear(sequence: 0);
                break;
            case 46 or 32:
                var entries = Entries(ref groups, 3);
                foreach (var e in entries) Level(e, unit);
                foreach (var o in Entries(ref groups, 8))
                {
                    var e = entries[o[20] - 1];
                    this[I32(e, 12)].Order(o[21], U64(o, 0), (char)e[26], Price(e, 0, unit), I32(o, 16), U64(o, 8));
                }

                break;
            case 47 or 43:
                foreach (var e in Entries(ref groups, 3)) this[I32(e, 28)].Order(e[32], U64(e, 0), (char)e[33], Price(e, 16, unit), I32(e, 24), U64(e, 8));
                break;
            case 48 or 42:
                foreach (var e in Entries(ref groups, 3)) this[I32(e, 12)].Trade(U32(e, 16), e[25], I32(e, 8));
                break;
            case 49 or 33:
                foreach (var e in Entries(ref groups, 3)) this[I32(e, 12)].Sequence = U32(e, 16);
                break;
            case 50 or 34:
                foreach (var e in Entries(ref groups, 3)) this[I32(e, 24)].Sequence = U32(e, 28);
                break;
            case 51 or 35:
                foreach (var e in Entries(ref groups, 3)) this[I32(e, 8)].Sequence = U32(e, 12);
                break;
            case 37:
                foreach (var e in Entries(ref groups, 3)) this[I32(e, 4)].Sequence = U32(e, 8);
                break;
            case 27 or 29 or 41 or 54 or 55 or 56:
                Entries(ref groups, 3);
                foreach (var e in Entries(ref groups, 3)) this[I32(root, 55)].Depths[(char)e[2]] = e[3];
                break;
        }
    }

    private void Level(byte[] e, decimal unit)
    {
        var book = this[I32(e, 12)];
        book.Sequence = U32(e, 16);
        if (e[26] == 'J') book.Clear(book.Sequence);
        else if (book.Levels.ContainsKey((char)e[26])) book.Level((char)e[26], e[25], e[24], new(Price(e, 0, unit), I32(e, 8), I32(e, 20) is var n && n == int.MaxValue ? -1 : n));
    }

    private static List<byte[]> Entries(ref ReadOnlySpan<byte> group, int dimensionBytes)
    {
        var list = new List<byte[]>();
        var (size, count) = (U16(group, 0), group[dimensionBytes - 1]);
        for (var i = 0; i < count; i++) list.Add(group.Slice(dimensionBytes + (i * size), size).ToArray());
        group = group[(dimensionBytes + (count * size))..];
        return list;
    }

    private static decimal Price(ReadOnlySpan<byte> e, int at, decimal unit) => BinaryPrimitives.ReadInt64LittleEndian(e[at..]) * unit;
    private static ushort U16(ReadOnlySpan<byte> e, int at) => BinaryPrimitives.ReadUInt16LittleEndian(e[at..]);
    private static uint U32(ReadOnlySpan<byte> e, int at) => BinaryPrimitives.ReadUInt32LittleEndian(e[at..]);
    private static int I32(ReadOnlySpan<byte> e, int at) => BinaryPrimitives.ReadInt32LittleEndian(e[at..]);
    private static ulong U64(ReadOnlySpan<byte> e, int at) => BinaryPrimitives.ReadUInt64LittleEndian(e[at..]);
}

internal sealed record ReferenceLevel(decimal Price, long Quantity, int Orders);

internal sealed class ReferenceInstrument
{
    public uint Sequence { get; set; }
    public long Trades { get; private set; }
    public long TradeVolume { get; private set; }

    /// <summary>By the third letter of the feed type: X outright, I implied.</summary>
    public Dictionary<char, int> Depths { get; } = new() { ['X'] = 10, ['I'] = 2 };

    public Dictionary<char, List<ReferenceLevel?>> Levels { get; } = new() { ['0'] = [], ['1'] = [], ['E'] = [], ['F'] = [] };

    public Dictionary<ulong, (char Side, decimal Price, int Quantity, ulong Priority)> Orders { get; } = [];

    public void Clear(uint sequence)
    {
        foreach (var side in Levels.Values) side.Clear();
        Orders.Clear();
        Sequence = sequence;
    }

    public void Trade(uint sequence, byte action, long quantity)
    {
        Sequence = sequence;
        if (action != 0) return;
        Trades++;
        TradeVolume += quantity;
    }

    public void Level(char type, byte action, int level, ReferenceLevel value)
    {
        var side = Levels[type];
        while (action is 0 or 1 or 5 && side.Count < level - (action == 0 ? 1 : 0)) side.Add(null);
        if (action == 0) side.Insert(level - 1, value);
        else if (action is 1 or 5) side[level - 1] = value;
        else if (action == 2 && level <= side.Count) side.RemoveAt(level - 1);
        else if (action == 3) side.Clear();
        else if (action == 4) side.RemoveRange(0, Math.Min(level, side.Count));
        var depth = Depths[type is '0' or '1' ? 'X' : 'I'];
        if (side.Count > depth) side.RemoveRange(depth, side.Count - depth);
    }

    public void Order(byte action, ulong id, char side, decimal price, int quantity, ulong priority)
    {
        if (action == 2) Orders.Remove(id);
        else Orders[id] = (side, price, quantity, priority);
    }

    public string LevelText(char type) => string.Join(' ', Levels[type].Select(l => l is null ? "?" : Text(l.Price, l.Quantity, l.Orders)));

    public string OrderText(char side) => string.Join(' ', Orders.Where(o => o.Value.Side == side)
        .OrderBy(o => side == '0' ? -o.Value.Price : o.Value.Price).ThenBy(o => o.Value.Priority).Select(o => $"{o.Key}:{Text(o.Value.Price, o.Value.Quantity, 0)}"));

    public static string Text(decimal price, long quantity, int orders) => $"{price.ToString("0.#########", CultureInfo.InvariantCulture)}x{quantity}/{orders}";
}
