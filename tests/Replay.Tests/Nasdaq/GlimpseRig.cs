using System.Buffers.Binary;
using System.Net;
using Disruptor;
using Disruptor.Dsl;
using FeedHandler.Actors;
using FeedHandler.Codecs;
using FeedHandler.Codecs.Nasdaq.Itch5;
using FeedHandler.Codecs.Nasdaq.MoldUdp64;
using FeedHandler.Replay.Bench;
using FeedHandler.Replay.Serve;
using FeedHandler.Replay.Synthetic.Itch;
using FeedHandler.Transport;

namespace FeedHandler.Replay.Tests.Nasdaq;

/// <summary>A synthetic ITCH day that is sent message by message to one channel, whose books are compared with naive ones whenever they say Live.</summary>
internal sealed class GlimpseRig : IDisposable
{
    public const int Messages = 6_000, Symbols = 12;

    private const string Session = "SESSION001";

    private readonly List<byte[]> _messages = [];
    private NaiveItchBook _naive = new();
    private string _session = Session;
    private int _known;
    private readonly ItchMarket _market = new(new ItchOptions { Seed = 11, Messages = Messages, Symbols = Symbols, Live = 800 });
    private readonly ValueRingBuffer<MarketUpdate> _ring =
        ValueRingBuffer<MarketUpdate>.Create(ProducerType.Single, static () => default, 65_536, new BusySpinWaitStrategy());
    private readonly ShardConsumer<StateLog>[] _shards;
    private readonly ChannelReceiver _receiver;
    private readonly RingWriter _writer;
    private readonly byte[] _packet = new byte[128];
    private long _nowNs = 1_000_000_000;
    private long _sent;
    private int _lastLive;
    private int _undrained;

    public GlimpseRig(int? imagePort, int shards = 1, int? requestPort = null, int? buffer = null, string password = "", int? maxOrders = null, bool fixesSession = false)
    {
        while (_market.Sequence < Messages) _messages.Add(_market.Next().ToArray());
        var channel = new ChannelDefinition
        {
            Name = "itch",
            Protocol = FeedProtocol.Itch50,
            Session = fixesSession ? Session : null,
            Incremental = new FeedLines(new LineAddress(0xE000_0001, 1), null),
            ReorderTimeoutMs = requestPort is null ? 1 : null,
            RequestServer = requestPort is { } port ? new LineAddress(0x7F00_0001, (ushort)port) : null,
            Glimpse = imagePort is { } image ? new GlimpseEndpoint("127.0.0.1", (ushort)image, "me", password) : null,
            RecoveryBuffer = buffer,
        };
        var demand = new ImageDemand();
        var options = new ShardOptions
        {
            ShardCount = shards,
            Channels = [new ShardChannelOptions("itch", Itch5.PriceExponent, false, false, NumbersMessages: true, MaxOrders: maxOrders, RecoveryBufferUpdates: buffer, Images: demand)],
        };
        _shards = [.. Enumerable.Range(0, shards).Select(i => new ShardConsumer<StateLog>(_ring, options with { Shard = i }, new StateLog(States)))];
        _writer = new RingWriter(_ring, [], waits: false);
        _receiver = ChannelReceivers.Create(new FeedDefinition([channel]), [0], _writer, [demand])[0];
    }

    /// <summary>Each change of state of an order book, in order.</summary>
    public List<(uint Instrument, BookState State, StateReason Reason)> States { get; } = [];

    public GlimpseCounters Counters => _receiver.Images!;

    public ChannelReceiver Receiver => _receiver;

    /// <summary>Last message sent, or lost on the way.</summary>
    public ulong Sent => (ulong)Volatile.Read(ref _sent);

    public IReadOnlyList<Instrument> Instruments => [.. _shards.SelectMany(shard => shard.Shard.Instruments.ToArray()).OrderBy(instrument => instrument.Id)];

    /// <summary>The shards take what was written after so many packets or looks: what one of them changed meets what was looked up before it.</summary>
    public int DrainEvery { get; init; } = 1;

    public long BufferOverwritten => _shards.Sum(shard => shard.Counters.BufferOverwritten);

    public long OrderOverflows => _shards.Sum(shard => shard.Counters.OrderOverflows);

    /// <summary>A shard fails: it goes on with no books.</summary>
    public void RestartShard() => _shards[0].Restart();

    public int RestingOrders => _shards.Sum(shard => shard.Shard.RestingOrders);

    public long Contradictions => _shards.Sum(shard => shard.Counters.Contradictions);

    public bool IsLive => Instruments.Count == Symbols && Instruments.All(instrument => instrument.State == BookState.Live);

    /// <summary>All books are Live, and nothing is under way.</summary>
    public bool IsHealed => IsLive && !_receiver.IsWaiting;

    /// <summary>A server that knows what was sent so far, or up to a message.</summary>
    public static GlimpseServer Serve(Func<ulong> at, Func<int, long>? cut = null, string? password = null, string? session = null, int port = 0)
    {
        var market = new ItchMarket(new ItchOptions { Seed = 11, Messages = Messages, Symbols = Symbols, Live = 800 });
        var messages = new List<byte[]>();
        while (market.Sequence < Messages) messages.Add(market.Next().ToArray());
        return new GlimpseServer(session ?? Session, messages, at, new IPEndPoint(IPAddress.Loopback, port)) { CutAfterBytes = cut, Password = password };
    }

    /// <summary>Sends messages; the receiver's clock moves by a microsecond each, unless it stands.</summary>
    public void Send(int from, int to, Predicate<int>? isLost = null, bool clockStands = false)
    {
        for (var sequence = from; sequence <= to; sequence++)
        {
            Know(sequence);
            Volatile.Write(ref _sent, sequence);
            if (isLost?.Invoke(sequence) == true) continue;
            if (!clockStands) _nowNs += 1_000;
            Packet(sequence, _messages[sequence - 1]);
        }
    }

    /// <summary>What is sent from now on is of another session, whose day is the same.</summary>
    public void BeginSession(string name)
    {
        _session = name;
        _naive = new NaiveItchBook();
        _known = 0;
        _lastLive = 0;
    }

    /// <summary>Says which message comes next.</summary>
    public void Heartbeat(int next)
    {
        Know(next - 1);
        Volatile.Write(ref _sent, next - 1);
        Packet(next, null);
    }

    public void Tick(long ns)
    {
        _nowNs += ns;
        _receiver.OnIdle(_nowNs);
        Drain();
    }

    /// <summary>The server is another thread, so the receiver's clock follows the real one; the pause after a failed attempt is left out.</summary>
    public bool WaitUntil(Func<bool> condition, Action? meanwhile = null)
    {
        var started = TimeProvider.System.GetTimestamp();
        var startNs = _nowNs;
        var failed = _receiver.Images?.Failed ?? 0;
        return SpinWait.SpinUntil(
            () =>
            {
                _nowNs = Math.Max(_nowNs, startNs + (long)TimeProvider.System.GetElapsedTime(started).TotalNanoseconds);
                meanwhile?.Invoke();
                Tick(0);
                if (_receiver.Images is { } images && images.Failed != failed)
                {
                    failed = images.Failed;
                    startNs += 300_000_000;
                }

                return condition();
            },
            TimeSpan.FromSeconds(30));
    }

    /// <summary>Waits for each attempt to fail, and lets the pauses between them pass at once.</summary>
    public void WaitUntilGivenUp()
    {
        for (var failed = Counters.Failed; Counters.GivenUp == 0; failed = Counters.Failed)
        {
            Assert.True(WaitUntil(() => Counters.Failed > failed));
            Tick(3_000_000_000);
        }

        Tick(100_000);
        Assert.Equal(1, Counters.GivenUp);
    }

    /// <summary>Every book is Live and has the generator's orders, in the order of their queues.</summary>
    public void AssertWhole()
    {
        Drain(isDue: true);
        Assert.True(IsLive, string.Join(' ', Instruments.Select(instrument => $"{instrument.Id}:{instrument.State}")));
        Assert.Equal(0, Contradictions);
        Compare();
        if (Sent != Messages) return;
        Assert.Equal(_market.Live.Length, _shards.Sum(shard => shard.Shard.RestingOrders));
        var expected = _market.Live.ToArray().OrderBy(order => order.Priority).ToList();
        foreach (var instrument in Instruments)
        {
            var own = expected.Where(order => order.Symbol == instrument.Id).ToList();
            foreach (var side in (ReadOnlySpan<BookSide>)[BookSide.Bid, BookSide.Ask])
            {
                var book = instrument.Orders!;
                for (var i = 0; i < book.LevelCount(side); i++)
                {
                    var price = book.LevelAt(side, i).Price;
                    var queue = own.Where(order => order.Side == side && _market.Symbols[order.Symbol - 1].PriceAt(order.Tick) == price).Select(order => (order.Reference, (long)order.Shares));
                    var ours = new List<(ulong, long)>();
                    ulong priority = 0;
                    foreach (ref readonly var order in book.OrdersAt(side, i))
                    {
                        Assert.True(order.Priority > priority && order.Priority <= Messages);
                        priority = order.Priority;
                        ours.Add((order.Id, order.Quantity));
                    }

                    Assert.Equal(queue, ours);
                }
            }
        }
    }

    public void Dispose() => _receiver.Dispose();

    private void Know(int sequence)
    {
        while (_known < sequence) _naive.Apply(_messages[_known++]);
    }

    private void Packet(int sequence, byte[]? message)
    {
        MoldPacket.WriteHeader(_packet, System.Text.Encoding.ASCII.GetBytes(_session), (ulong)sequence, (ushort)(message is null ? 0 : 1));
        var length = MoldPacket.HeaderBytes;
        if (message is not null)
        {
            length += MoldPacket.WriteMessage(_packet.AsSpan(length), message);
        }

        _receiver.OnPacket(FeedRole.Incremental, 0, _packet.AsSpan(0, length), _nowNs);
        Drain();
    }

    private void Drain(bool isDue = false)
    {
        if (++_undrained < DrainEvery && !isDue) return;
        _undrained = 0;
        _writer.Publish();
        foreach (var shard in _shards) shard.Drain(65_536);
        if (_receiver.Arbiter.NextSequence != Sent + 1) return;
        var live = 0;
        foreach (var shard in _shards)
        {
            foreach (var instrument in shard.Shard.Instruments) live += instrument.State == BookState.Live ? 1 : 0;
        }

        if (live > _lastLive || Sent % 500 == 0) Compare();
        _lastLive = live;
    }

    /// <summary>A book that says Live is right.</summary>
    private void Compare()
    {
        foreach (var instrument in Instruments)
        {
            if (instrument.State != BookState.Live || instrument.Orders is not { } book) continue;
            Assert.Null(book.CheckInvariants());
            foreach (var side in (ReadOnlySpan<BookSide>)[BookSide.Bid, BookSide.Ask])
            {
                var levels = _naive.Side((ushort)instrument.Id, (byte)(side == BookSide.Bid ? 'B' : 'S'))?.ToList() ?? [];
                if (side == BookSide.Bid) levels.Reverse();
                Assert.Equal(levels.Select(level => (long)level.Key), Enumerable.Range(0, book.LevelCount(side)).Select(i => book.LevelAt(side, i).Price));
                for (var i = 0; i < levels.Count; i++)
                {
                    var ids = new List<ulong>();
                    foreach (ref readonly var order in book.OrdersAt(side, i)) ids.Add(order.Id);
                    Assert.Equal(levels[i].Value.Queue.Select(entry => entry.Id), ids);
                    Assert.Equal(levels[i].Value.Shares, book.LevelAt(side, i).Quantity);
                }
            }
        }
    }

    private readonly struct StateLog(List<(uint Instrument, BookState State, StateReason Reason)> states) : IShardListener
    {
        public bool WantsPackets => false;

        public void OnBookUpdate(Instrument instrument, in MarketUpdate update) { }

        public void OnBookReplaced(Instrument instrument, BookType book, StateReason reason) { }

        public void OnStateChanged(Instrument instrument, BookType book, BookState before, StateReason reason)
        {
            if (book == BookType.ByOrder) states.Add((instrument.Id, instrument.OrderState, reason));
        }

        public void OnInformation(Instrument? instrument, in MarketUpdate update) { }

        public void OnEndOfEvent(Instrument instrument, in MarketUpdate last) { }

        public void OnEndOfPacket(Instrument instrument, uint packetSequence, long position) { }

        public void OnFlush(in MarketUpdate last) { }
    }
}
