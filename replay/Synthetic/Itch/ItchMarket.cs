using System.Buffers.Binary;
using FeedHandler.Codecs;

namespace FeedHandler.Replay.Synthetic.Itch;

/// <summary>A market that speaks ITCH 5.0: one message at a time, and its own books beside it.</summary>
/// <remarks>
/// Of the messages of a full market 45 % add an order (one in ten with a participant), 40 % delete one, 8 % replace one,
/// 4 % execute one (a quarter at another price, some of them not printable), 2 % cancel a part and 1 % are trades against
/// hidden orders. Prices stay on a grid of ticks around each symbol's start, so that the books here are plain arrays:
/// another construction than that which they are to check.
/// </remarks>
public sealed class ItchMarket
{
    /// <summary>Ticks of one side that a symbol can trade at.</summary>
    public const int GridTicks = 1024;

    private const int PricePerTick = 100;
    private const int OpeningNs = 34_200;

    private readonly SeededRandom _random;
    private readonly ItchOptions _options;
    private readonly ItchSymbol[] _symbols;
    private readonly ItchOrder[] _live;
    private readonly byte[] _message = new byte[64];
    private int _liveCount;
    private ulong _nextReference = 1;
    private ulong _nextMatch = 1;
    private ulong _timeNs = OpeningNs * 1_000_000_000UL;
    private bool _isFull;

    public ItchMarket(ItchOptions options)
    {
        _options = options;
        _random = new SeededRandom(options.Seed);
        _live = new ItchOrder[options.Live + 1];
        _symbols = new ItchSymbol[options.Symbols];
        for (var i = 0; i < _symbols.Length; i++)
            _symbols[i] = new ItchSymbol((ushort)(i + 1), Name(i), 100_000 + (PricePerTick * _random.Next(50_000)));
    }

    public ReadOnlySpan<ItchSymbol> Symbols => _symbols;

    public ReadOnlySpan<ItchOrder> Live => _live.AsSpan(0, _liveCount);

    /// <summary>Messages so far; the last one's sequence number.</summary>
    public long Sequence { get; private set; }

    /// <summary>Exchange time of the last message, nanoseconds since midnight.</summary>
    public ulong TimeNs => _timeNs;

    /// <summary>The symbol that the last message was about; null for the market as a whole.</summary>
    public ItchSymbol? Touched { get; private set; }

    /// <summary>Makes the next message. Valid until the one after it.</summary>
    public ReadOnlySpan<byte> Next()
    {
        _timeNs += (ulong)_random.Next(200, 4_000);
        Sequence++;
        Touched = null;
        if (Sequence == 1) return SystemEvent('O');
        if (Sequence <= _symbols.Length + 1) return Directory(_symbols[Sequence - 2]);
        if (Sequence == _options.Messages) return SystemEvent('C');
        var length = Trade();
        Touched!.LastSequence = Sequence;
        return _message.AsSpan(0, length);
    }

    private int Trade()
    {
        _isFull |= _liveCount >= _options.Live;
        var draw = _random.Next(1000);
        if (_liveCount == 0 || (!_isFull && draw < 850)) return Add();
        // 450 of a thousand add and 400 delete; what executions take away besides is added again.
        if (draw < 850) return _liveCount < _options.Live && (draw < 450 || _liveCount < _options.Live * 0.995) ? Add() : Delete();
        if (draw < 930) return Replace();
        if (draw < 960) return Execute();
        if (draw < 970) return ExecuteAtPrice();
        return draw < 990 ? Cancel() : HiddenTrade();
    }

    private int Add()
    {
        var symbol = _symbols[_random.Next(_symbols.Length)];
        var side = (BookSide)_random.Next(2);
        var order = new ItchOrder
        {
            Reference = _nextReference,
            Symbol = symbol.Locate,
            Side = side,
            Tick = (short)symbol.PickTick(side, _random),
            Shares = Lot(),
            Priority = Sequence,
        };
        _nextReference += (ulong)_random.Next(1, 4);
        _live[_liveCount++] = order;
        symbol.Add(order);
        var hasParticipant = _random.Next(10) == 0;
        var at = Head(hasParticipant ? 'F' : 'A', symbol);
        BinaryPrimitives.WriteUInt64BigEndian(at, order.Reference);
        at[8] = (byte)(side == BookSide.Bid ? 'B' : 'S');
        BinaryPrimitives.WriteUInt32BigEndian(at[9..], order.Shares);
        symbol.Text.CopyTo(at[13..]);
        BinaryPrimitives.WriteUInt32BigEndian(at[21..], symbol.PriceAt(order.Tick));
        if (!hasParticipant) return 36;
        "MKMR"u8.CopyTo(at[25..]);
        return 40;
    }

    private int Delete()
    {
        var i = _random.Next(_liveCount);
        var order = _live[i];
        BinaryPrimitives.WriteUInt64BigEndian(Head('D', _symbols[order.Symbol - 1]), order.Reference);
        Remove(i);
        return 19;
    }

    private int Replace()
    {
        ref var order = ref _live[_random.Next(_liveCount)];
        var symbol = _symbols[order.Symbol - 1];
        var at = Head('U', symbol);
        BinaryPrimitives.WriteUInt64BigEndian(at, order.Reference);
        symbol.Remove(order, order.Shares);
        order.Reference = _nextReference;
        _nextReference += (ulong)_random.Next(1, 4);
        order.Shares = Lot();
        order.Tick = (short)symbol.PickTick(order.Side, _random);
        order.Priority = Sequence;
        symbol.Add(order);
        BinaryPrimitives.WriteUInt64BigEndian(at[8..], order.Reference);
        BinaryPrimitives.WriteUInt32BigEndian(at[16..], order.Shares);
        BinaryPrimitives.WriteUInt32BigEndian(at[20..], symbol.PriceAt(order.Tick));
        return 35;
    }

    private int Execute()
    {
        var symbol = Take('E', 0.5, out var shares, out _);
        symbol.Trade(shares);
        return 31;
    }

    private int ExecuteAtPrice()
    {
        var symbol = Take('C', 0.5, out var shares, out var price);
        var isPrintable = _random.Next(4) != 0;
        _message[31] = (byte)(isPrintable ? 'Y' : 'N');
        BinaryPrimitives.WriteUInt32BigEndian(_message.AsSpan(32), price - 1);
        if (isPrintable) symbol.Trade(shares);
        return 36;
    }

    private int Cancel()
    {
        Take('X', 0, out _, out _);
        return 23;
    }

    private int HiddenTrade()
    {
        var symbol = _symbols[_random.Next(_symbols.Length)];
        var at = Head('P', symbol);
        var shares = Lot();
        BinaryPrimitives.WriteUInt64BigEndian(at, 0);
        at[8] = (byte)'B';
        BinaryPrimitives.WriteUInt32BigEndian(at[9..], shares);
        symbol.Text.CopyTo(at[13..]);
        BinaryPrimitives.WriteUInt32BigEndian(at[21..], symbol.PriceAt(GridTicks / 2));
        BinaryPrimitives.WriteUInt64BigEndian(at[25..], _nextMatch++);
        symbol.Trade(shares);
        return 44;
    }

    /// <summary>Takes shares from an order, all of them with the given probability.</summary>
    private ItchSymbol Take(char type, double whole, out uint shares, out uint price)
    {
        var i = _random.Next(_liveCount);
        ref var order = ref _live[i];
        var symbol = _symbols[order.Symbol - 1];
        shares = order.Shares == 1 || _random.Chance(whole) ? order.Shares : (uint)_random.Next(1, (int)order.Shares);
        price = symbol.PriceAt(order.Tick);
        var at = Head(type, symbol);
        BinaryPrimitives.WriteUInt64BigEndian(at, order.Reference);
        BinaryPrimitives.WriteUInt32BigEndian(at[8..], shares);
        BinaryPrimitives.WriteUInt64BigEndian(at[12..], _nextMatch++);
        if (shares == order.Shares)
        {
            Remove(i);
            return symbol;
        }

        symbol.Reduce(order, shares);
        order.Shares -= shares;
        return symbol;
    }

    private void Remove(int i)
    {
        var order = _live[i];
        _symbols[order.Symbol - 1].Remove(order, order.Shares);
        _live[i] = _live[--_liveCount];
    }

    private ReadOnlySpan<byte> SystemEvent(char code)
    {
        Head('S', null)[0] = (byte)code;
        return _message.AsSpan(0, 12);
    }

    private ReadOnlySpan<byte> Directory(ItchSymbol symbol)
    {
        var at = Head('R', symbol);
        symbol.Text.CopyTo(at);
        "QN"u8.CopyTo(at[8..]);
        BinaryPrimitives.WriteUInt32BigEndian(at[10..], 100);
        "NCZ PNN1N"u8.CopyTo(at[14..]);
        at[27] = (byte)'N';
        symbol.LastSequence = Sequence;
        return _message.AsSpan(0, 39);
    }

    private Span<byte> Head(char type, ItchSymbol? symbol)
    {
        Touched = symbol;
        var message = _message.AsSpan();
        message.Clear();
        BinaryPrimitives.WriteUInt64BigEndian(message[3..], _timeNs);
        message[0] = (byte)type;
        BinaryPrimitives.WriteUInt16BigEndian(message[1..], symbol?.Locate ?? 0);
        BinaryPrimitives.WriteUInt16BigEndian(message[3..], 0);
        return message[11..];
    }

    private uint Lot() => (uint)(100 * _random.Next(1, 11)) - (_random.Next(8) == 0 ? (uint)_random.Next(99) : 0);

    private static string Name(int index)
    {
        Span<char> name = stackalloc char[5];
        for (var i = name.Length - 1; i >= 0; i--, index /= 26) name[i] = (char)('A' + (index % 26));
        return name.ToString();
    }
}

/// <summary>One resting order of the synthetic market.</summary>
public struct ItchOrder
{
    public ulong Reference;
    public long Priority;
    public uint Shares;
    public ushort Symbol;
    public short Tick;
    public BookSide Side;
}
