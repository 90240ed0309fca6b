using System.Buffers.Binary;
using System.Globalization;
using FeedHandler.Actors;
using FeedHandler.Codecs;
using FeedHandler.Codecs.Nasdaq.Itch5;
using FeedHandler.Codecs.Nasdaq.MoldUdp64;
using FeedHandler.Replay.Faults;
using FeedHandler.Replay.Pcap;

namespace FeedHandler.Replay.Synthetic.Itch;

/// <summary>Writes a synthetic ITCH day as a raw file or as a capture of MoldUDP64 lines, with the expected results beside it.</summary>
public sealed class ItchGenerator : IDisposable
{
    private const uint LineAGroup = 0xE936_6F00, LineBGroup = 0xE936_6F80;
    private const ushort Port = 26_400;
    private const ulong EpochNs = 1_700_000_000_000_000_000 / 86_400_000_000_000 * 86_400_000_000_000;
    private const ulong LineBLagNs = 20_000;

    private readonly ItchGenerateOptions _options;
    private readonly ItchMarket _market;
    private readonly Stream? _raw;
    private readonly PcapWriter? _pcap;
    private readonly StreamWriter? _bbo;
    private readonly FaultChain _faults;
    private readonly SeededRandom _sizes;
    private readonly byte[] _packet = new byte[1500];
    private readonly List<ItchSymbol> _touched = [];
    private readonly (long Bid, long BidShares, long Ask, long AskShares)[] _tops;
    private int _length = MoldPacket.HeaderBytes;
    private ushort _count;
    private long _first = 1;
    private long _packets;
    private int _target = 1;

    private ItchGenerator(ItchGenerateOptions options)
    {
        _options = options;
        _market = new ItchMarket(options.Market);
        _tops = new (long, long, long, long)[options.Market.Symbols];
        var seed = new SeededRandom(options.Market.Seed ^ 0x1_7C4_FEED);
        _faults = new FaultChain(new IndependentLoss(options.LossA, options.LossB, seed.NextUInt64()), new FixedGaps(options.Gaps));
        _sizes = seed.Fork();
        if (options.IsCapture) _pcap = new PcapWriter(Create(options.Path));
        else _raw = Create(options.Path);
        if (options.WritesExpected) _bbo = Text(Stem(options.Path) + ".bbo.csv");
        _bbo?.WriteLine("channel,packet_sequence,instrument,bid_price,bid_quantity,ask_price,ask_quantity");
    }

    private static ReadOnlySpan<byte> Session => "SYNTHETIC1"u8;

    /// <summary>Writes PATH and, beside it, .feed.json and the expected .books.csv, .orders.csv, .instruments.csv and .bbo.csv.</summary>
    public static void Run(ItchGenerateOptions options)
    {
        using var generator = new ItchGenerator(options);
        generator.Run();
    }

    public void Dispose()
    {
        _raw?.Dispose();
        _pcap?.Dispose();
        _bbo?.Dispose();
    }

    private void Run()
    {
        Span<byte> prefix = stackalloc byte[MoldPacket.LengthBytes];
        while (_market.Sequence < _options.Market.Messages)
        {
            var message = _market.Next();
            if (_raw is not null)
            {
                BinaryPrimitives.WriteUInt16BigEndian(prefix, (ushort)message.Length);
                _raw.Write(prefix);
                _raw.Write(message);
                Top(_market.Touched, _market.Sequence);
                continue;
            }

            if (_market.Touched is { } symbol && !_touched.Contains(symbol)) _touched.Add(symbol);
            Append(message);
        }

        if (_pcap is not null)
        {
            if (_count != 0) Send();
            Control(MoldPacket.Heartbeat);
            Control(MoldPacket.EndOfSession);
        }

        WriteFeed();
        if (!_options.WritesExpected) return;
        WriteBooks();
        WriteOrders();
        WriteInstruments();
    }

    /// <summary>A packet takes as many messages as are there within some microseconds: mostly one to five.</summary>
    private void Append(ReadOnlySpan<byte> message)
    {
        if (_count == 0) _first = _market.Sequence;
        _length += MoldPacket.WriteMessage(_packet.AsSpan(_length), message);
        if (++_count < _target) return;
        Send();
        _target = _sizes.Next(16) == 0 ? _sizes.Next(6, 24) : _sizes.Next(1, 5);
    }

    private void Send()
    {
        MoldPacket.WriteHeader(_packet, Session, (ulong)_first, _count);
        Write(_packet.AsSpan(0, _length), isControl: false);
        _touched.Sort(static (x, y) => x.Locate.CompareTo(y.Locate));
        foreach (var symbol in _touched) Top(symbol, _first);
        _touched.Clear();
        _length = MoldPacket.HeaderBytes;
        _count = 0;
    }

    private void Control(ushort count)
    {
        MoldPacket.WriteHeader(_packet, Session, (ulong)_market.Sequence + 1, count);
        Write(_packet.AsSpan(0, MoldPacket.HeaderBytes), isControl: true);
    }

    private void Write(ReadOnlySpan<byte> packet, bool isControl)
    {
        var timeNs = EpochNs + _market.TimeNs;
        for (var line = Line.A; line <= Line.B; line++)
        {
            var fate = isControl ? default : _faults.Decide(new LinePacket(line, _packets, (uint)_first, timeNs));
            if (fate.IsLost || (line == Line.B && _options.OnlyLineA)) continue;
            var group = line == Line.A ? LineAGroup : LineBGroup;
            _pcap!.Write(timeNs + (line == Line.A ? 0 : LineBLagNs), new UdpEndpoints(0x0A00_0001, Port, group, Port), packet);
        }

        if (!isControl) _packets++;
    }

    private void Top(ItchSymbol? symbol, long sequence)
    {
        if (_bbo is null || symbol is null) return;
        var (bid, bidShares) = symbol.Best(BookSide.Bid);
        var (ask, askShares) = symbol.Best(BookSide.Ask);
        var top = (bidShares == 0 ? 0L : symbol.PriceAt(bid), bidShares, askShares == 0 ? 0L : symbol.PriceAt(ask), askShares);
        ref var last = ref _tops[symbol.Locate - 1];
        if (top == last) return;
        last = top;
        _bbo.WriteLine($"{_options.ChannelName},{sequence},{symbol.Locate},{Side(top.Item1, bidShares)},{Side(top.Item3, askShares)}");

        static string Side(long price, long shares) => shares == 0 ? "," : string.Create(CultureInfo.InvariantCulture, $"{Price(price)},{shares}");
    }

    private void WriteBooks()
    {
        using var writer = Text(Stem(_options.Path) + ".books.csv");
        writer.WriteLine("channel,instrument,symbol,book,state,side,level,price,quantity,orders");
        foreach (var symbol in _market.Symbols)
        {
            foreach (var side in (ReadOnlySpan<BookSide>)[BookSide.Bid, BookSide.Ask])
            {
                var number = 0;
                foreach (var (tick, shares, orders) in symbol.Levels(side))
                    writer.WriteLine($"{_options.ChannelName},{symbol.Locate},{symbol.Name},outright,Live,{Name(side)},{++number},{Price(symbol.PriceAt(tick))},{shares},{orders}");
            }
        }
    }

    private void WriteOrders()
    {
        using var writer = Text(Stem(_options.Path) + ".orders.csv");
        writer.WriteLine("channel,instrument,state,side,position,order_id,price,quantity,priority");
        var orders = _market.Live.ToArray();
        Array.Sort(orders, static (x, y) =>
        {
            if (x.Symbol != y.Symbol) return x.Symbol.CompareTo(y.Symbol);
            if (x.Side != y.Side) return x.Side.CompareTo(y.Side);
            if (x.Tick != y.Tick) return x.Side == BookSide.Bid ? y.Tick.CompareTo(x.Tick) : x.Tick.CompareTo(y.Tick);
            return x.Priority.CompareTo(y.Priority);
        });
        var position = 0;
        for (var i = 0; i < orders.Length; i++)
        {
            ref readonly var order = ref orders[i];
            if (i == 0 || orders[i - 1].Symbol != order.Symbol || orders[i - 1].Side != order.Side) position = 0;
            var price = _market.Symbols[order.Symbol - 1].PriceAt(order.Tick);
            writer.WriteLine($"{_options.ChannelName},{order.Symbol},Live,{Name(order.Side)},{++position},{order.Reference},{Price(price)},{order.Shares},{order.Priority}");
        }
    }

    private void WriteInstruments()
    {
        using var writer = Text(Stem(_options.Path) + ".instruments.csv");
        writer.WriteLine("channel,instrument,symbol,state,last_sequence,live_orders,trades,trade_volume,gaps,recoveries");
        foreach (var symbol in _market.Symbols)
        {
            var live = symbol.Levels(BookSide.Bid).Concat(symbol.Levels(BookSide.Ask)).Sum(level => level.Orders);
            writer.WriteLine($"{_options.ChannelName},{symbol.Locate},{symbol.Name},Live,{symbol.LastSequence},{live},{symbol.Trades},{symbol.TradeVolume},0,0");
        }
    }

    private void WriteFeed()
    {
        using var writer = Text(Stem(_options.Path) + ".feed.json");
        var lines = _options.IsCapture
            ? "\"incremental\": {\"a\": \"233.54.111.0:26400\"" + (_options.OnlyLineA ? "}" : ", \"b\": \"233.54.111.128:26400\"}")
            : "\"raw\": true";
        writer.WriteLine($"{{\"channels\": [{{\"name\": \"{_options.ChannelName}\", \"protocol\": \"itch50\", {lines}}}]}}");
    }

    private static string Price(long mantissa) => PlainDecimal.Format(mantissa, Itch5.PriceExponent);

    private static string Name(BookSide side) => side == BookSide.Bid ? "bid" : "ask";

    private static string Stem(string path) => Path.Combine(Path.GetDirectoryName(path) ?? "", Path.GetFileNameWithoutExtension(path));

    private static FileStream Create(string path) => new(path, FileMode.Create, FileAccess.Write, FileShare.Read, bufferSize: 1 << 18);

    private static StreamWriter Text(string path) => new(Create(path)) { NewLine = "\n" };
}
