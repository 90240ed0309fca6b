using System.Buffers.Binary;
using System.Text;

namespace FeedHandler.Codecs.Tests.Cme;

/// <summary>MDP 3.0 packets written field by field at their offsets, little-endian: nothing here comes from the generated code.</summary>
internal static class Mdp3Bytes
{
    public const byte EndOfEvent = 0x80;
    public const ulong Time = 1_700_000_000_000_000_000;

    public static byte[] Packet(params byte[][] messages) => [.. Fields(12, (0, 5u), (4, Time + 1)), .. messages.SelectMany(m => m)];

    public static byte[] Message(int template, byte[] root, params byte[][] groups) => MessageOf(template, version: template < 46 ? 8 : 13, schema: 1, root, groups);

    public static byte[] MessageOf(int template, int version, int schema, byte[] root, params byte[][] groups)
    {
        byte[] body = [.. root, .. groups.SelectMany(g => g)];
        return [.. Fields(10, (0, (ushort)(body.Length + 10)), (2, (ushort)root.Length), (4, (ushort)template), (6, (ushort)schema), (8, (ushort)version)), .. body];
    }

    /// <summary>The root of most incremental messages: time and match event indicator.</summary>
    public static byte[] Root(byte indicator = EndOfEvent, int size = 11) => Fields(size, (0, Time), (8, indicator));

    public static byte[] Group(int entryBytes, params byte[][] entries) => [.. Fields(3, (0, (ushort)entryBytes), (2, (byte)entries.Length)), .. entries.SelectMany(e => e)];

    public static byte[] Group8(int entryBytes, params byte[][] entries) => [.. Fields(8, (0, (ushort)entryBytes), (7, (byte)entries.Length)), .. entries.SelectMany(e => e)];

    public static byte[] BookEntry(int instrument, uint sequence, int level, byte action, char type, long price, int quantity = 10, int orders = 2, int size = 32) =>
        Fields(size, (0, price), (8, quantity), (12, instrument), (16, sequence), (20, orders), (24, (byte)level), (25, action), (26, type));

    public static byte[] OrderOfEntry(ulong id, byte reference, byte action, int quantity = 3, ulong priority = 9) =>
        Fields(24, (0, id), (8, priority), (16, quantity), (20, reference), (21, action));

    public static byte[] Book(int template, byte[][] entries, byte[][]? orders = null) =>
        Message(template, Root(), Group(32, entries), Group8(24, orders ?? []));

    public static byte[] Fields(int size, params (int Offset, object Value)[] fields)
    {
        var bytes = new byte[size];
        foreach (var (offset, value) in fields)
        {
            var at = bytes.AsSpan(offset);
            switch (value)
            {
                case long v: BinaryPrimitives.WriteInt64LittleEndian(at, v); break;
                case ulong v: BinaryPrimitives.WriteUInt64LittleEndian(at, v); break;
                case int v: BinaryPrimitives.WriteInt32LittleEndian(at, v); break;
                case uint v: BinaryPrimitives.WriteUInt32LittleEndian(at, v); break;
                case ushort v: BinaryPrimitives.WriteUInt16LittleEndian(at, v); break;
                case byte v: at[0] = v; break;
                case char v: at[0] = (byte)v; break;
                case string v: Encoding.ASCII.GetBytes(v, at); break;
                default: throw new ArgumentException($"{value.GetType()} at {offset}");
            }
        }

        return bytes;
    }
}

/// <summary>Collects what a decoder says, and holds it to the bound that RX reserves for a packet.</summary>
internal sealed class Updates
{
    private readonly MarketUpdate[] _updates = new MarketUpdate[UpdateBounds.MaxUpdates(65_535)];
    private int _bound;

    public int Count { get; private set; }

    public MarketUpdate[] All => _updates[..Count];

    public MarketUpdate this[int index] => All[index];

    public bool Decode(ref FeedHandler.Codecs.Cme.Mdp3.Mdp3Decoder decoder, ReadOnlySpan<byte> payload, FeedRole role = FeedRole.Incremental)
    {
        Count = 0;
        _bound = UpdateBounds.MaxUpdates(payload.Length);
        var sink = new Sink(this);
        return decoder.Decode(payload, 0, role, ref sink);
    }

    private ref MarketUpdate Claim()
    {
        if (Count == _bound) throw new InvalidOperationException($"more than {_bound} updates");
        ref var slot = ref _updates[Count++];
        slot = default;
        return ref slot;
    }

    private readonly struct Sink(Updates list) : IUpdateSink
    {
        public ref MarketUpdate Claim() => ref list.Claim();
    }
}
