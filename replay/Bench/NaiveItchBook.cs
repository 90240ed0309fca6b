using System.Buffers.Binary;

namespace FeedHandler.Replay.Bench;

/// <summary>ITCH books as one would write them first: the yardstick, and the reference of the tests.</summary>
internal sealed class NaiveItchBook
{
    private readonly Dictionary<ulong, Entry> _orders = [];
    private readonly Dictionary<(ushort Locate, byte Side), SortedDictionary<uint, Level>> _sides = [];

    public sealed class Entry
    {
        public ulong Id;
        public ushort Locate;
        public byte Side;
        public uint Price;
        public uint Shares;
        public LinkedListNode<Entry>? Node;
    }

    public sealed class Level
    {
        public readonly LinkedList<Entry> Queue = new();
        public long Shares;
    }

    public int LiveOrders => _orders.Count;

    public SortedDictionary<uint, Level>? Side(ushort locate, byte side) => _sides.GetValueOrDefault((locate, side));

    public void Apply(ReadOnlySpan<byte> message)
    {
        switch ((char)message[0])
        {
            case 'A' or 'F':
                Add(Id(message), BinaryPrimitives.ReadUInt16BigEndian(message[1..]), message[19], U32(message, 20), U32(message, 32));
                break;
            case 'E' or 'C' or 'X':
                Reduce(Id(message), U32(message, 19));
                break;
            case 'D':
                Remove(_orders[Id(message)]);
                break;
            case 'U':
                var old = _orders[Id(message)];
                Remove(old);
                Add(BinaryPrimitives.ReadUInt64BigEndian(message[19..]), old.Locate, old.Side, U32(message, 27), U32(message, 31));
                break;
        }
    }

    private static ulong Id(ReadOnlySpan<byte> message) => BinaryPrimitives.ReadUInt64BigEndian(message[11..]);

    private static uint U32(ReadOnlySpan<byte> message, int at) => BinaryPrimitives.ReadUInt32BigEndian(message[at..]);

    private void Add(ulong id, ushort locate, byte side, uint shares, uint price)
    {
        if (!_sides.TryGetValue((locate, side), out var levels)) _sides[(locate, side)] = levels = [];
        if (!levels.TryGetValue(price, out var level)) levels[price] = level = new Level();
        var entry = new Entry { Id = id, Locate = locate, Side = side, Price = price, Shares = shares };
        entry.Node = level.Queue.AddLast(entry);
        level.Shares += shares;
        _orders.Add(id, entry);
    }

    private void Reduce(ulong id, uint shares)
    {
        var entry = _orders[id];
        if (entry.Shares == shares)
        {
            Remove(entry);
            return;
        }

        entry.Shares -= shares;
        _sides[(entry.Locate, entry.Side)][entry.Price].Shares -= shares;
    }

    private void Remove(Entry entry)
    {
        var levels = _sides[(entry.Locate, entry.Side)];
        var level = levels[entry.Price];
        level.Queue.Remove(entry.Node!);
        level.Shares -= entry.Shares;
        if (level.Queue.Count == 0) levels.Remove(entry.Price);
        _orders.Remove(entry.Id);
    }
}
