using System.Buffers.Binary;
using FeedHandler.Codecs.Nasdaq.Itch5;

namespace FeedHandler.Replay.Serve;

/// <summary>The state of an ITCH market after some of its messages, told by messages: what GLIMPSE sends.</summary>
/// <remarks>Written as one would write it first, with dictionaries: another construction than the books that it is to heal.</remarks>
internal sealed class ItchImage
{
    private const int LocateOffset = 1, TimeOffset = 5, TimeBytes = 6;
    private const int ReferenceOffset = Itch5.HeadBytes, SideOffset = 19, SharesOffset = 20, PriceOffset = 32;

    private readonly Dictionary<ulong, Resting> _orders = [];
    private readonly SortedDictionary<(ushort Locate, int Rank, ulong Key), byte[]> _states = [];

    /// <summary>An add order message whose shares are those that are left, and when the order took its place in the queue.</summary>
    private sealed record Resting(byte[] Message, ulong Priority);

    /// <summary>Messages applied so far: the last one's number.</summary>
    public ulong Sequence { get; private set; }

    /// <summary>Takes the next message.</summary>
    /// <exception cref="InvalidDataException">It is no message that can follow the others.</exception>
    public void Apply(ReadOnlySpan<byte> message)
    {
        Sequence++;
        if (message.IsEmpty) return;
        var type = message[0];
        if (message.Length < Itch5.LengthOf(type)) throw new InvalidDataException($"message {Sequence} is cut");
        switch ((char)type)
        {
            case 'A' or 'F':
                _orders[Reference(message)] = new Resting(message.ToArray(), Sequence);
                break;
            case 'E' or 'C' or 'X':
                Reduce(Reference(message), BinaryPrimitives.ReadUInt32BigEndian(message[19..]));
                break;
            case 'D':
                _orders.Remove(Reference(message));
                break;
            case 'U':
                Replace(message);
                break;
            default:
                if (Glimpse5.IsState(type)) _states[StateOf(message)] = message.ToArray();
                break;
        }
    }

    /// <summary>The image: what is known of the market and of each stock, then each stock's orders by side, price and place in the queue.</summary>
    public IEnumerable<byte[]> Messages()
    {
        foreach (var state in _states.Values) yield return state;
        var orders = _orders.Values.ToArray();
        Array.Sort(orders, Compare);
        foreach (var order in orders) yield return order.Message;
    }

    private static int Compare(Resting x, Resting y)
    {
        var (a, b) = (x.Message, y.Message);
        if (Locate(a) != Locate(b)) return Locate(a).CompareTo(Locate(b));
        if (a[SideOffset] != b[SideOffset]) return a[SideOffset].CompareTo(b[SideOffset]);
        var isBid = a[SideOffset] == (byte)'B';
        if (Price(a) != Price(b)) return isBid ? Price(b).CompareTo(Price(a)) : Price(a).CompareTo(Price(b));
        return x.Priority.CompareTo(y.Priority);
    }

    private void Reduce(ulong reference, uint shares)
    {
        var message = Find(reference).Message.AsSpan(SharesOffset);
        var left = BinaryPrimitives.ReadUInt32BigEndian(message);
        if (shares >= left) _orders.Remove(reference);
        else BinaryPrimitives.WriteUInt32BigEndian(message, left - shares);
    }

    /// <summary>Side, stock and attribution go over to the new order; the rest is its own.</summary>
    private void Replace(ReadOnlySpan<byte> message)
    {
        var order = Find(Reference(message)).Message.AsSpan().ToArray();
        _orders.Remove(Reference(message));
        message.Slice(TimeOffset, TimeBytes).CopyTo(order.AsSpan(TimeOffset));
        message.Slice(19, 8).CopyTo(order.AsSpan(ReferenceOffset));
        message.Slice(27, 4).CopyTo(order.AsSpan(SharesOffset));
        message.Slice(31, 4).CopyTo(order.AsSpan(PriceOffset));
        _orders[Reference(order)] = new Resting(order, Sequence);
    }

    private Resting Find(ulong reference) => _orders.TryGetValue(reference, out var order)
        ? order
        : throw new InvalidDataException($"message {Sequence} names order {reference}, which does not rest");

    /// <summary>What a state replaces: that of the same type and stock, and of the same participant where it is one's.</summary>
    private static (ushort Locate, int Rank, ulong Key) StateOf(ReadOnlySpan<byte> message)
    {
        var key = message[0] == (byte)'L' ? BinaryPrimitives.ReadUInt32BigEndian(message[Itch5.HeadBytes..]) : 0u;
        return (Locate(message), "SVWRHYLKJhNO".IndexOf((char)message[0]), key);
    }

    private static ushort Locate(ReadOnlySpan<byte> message) => BinaryPrimitives.ReadUInt16BigEndian(message[LocateOffset..]);

    private static ulong Reference(ReadOnlySpan<byte> message) => BinaryPrimitives.ReadUInt64BigEndian(message[ReferenceOffset..]);

    private static uint Price(ReadOnlySpan<byte> message) => BinaryPrimitives.ReadUInt32BigEndian(message[PriceOffset..]);
}
