using System.Buffers.Binary;
using System.Net;
using System.Net.Sockets;
using System.Text;
using Disruptor;
using Disruptor.Dsl;
using FeedHandler.Actors;
using FeedHandler.Codecs;
using FeedHandler.Codecs.Nasdaq.Itch5;
using FeedHandler.Codecs.Nasdaq.MoldUdp64;
using FeedHandler.Replay.Serve;
using FeedHandler.Replay.Synthetic.Itch;
using FeedHandler.Transport;

namespace FeedHandler.Replay.Tests.Nasdaq;

public sealed class MoldRequestTests : IDisposable
{
    private const string Session = "SESSION001";
    private const int LostFrom = 1_000, LostTo = 1_400, Lost = LostTo - LostFrom;

    private readonly List<byte[]> _messages = [];
    private readonly ValueRingBuffer<MarketUpdate> _ring =
        ValueRingBuffer<MarketUpdate>.Create(ProducerType.Single, static () => default, 65_536, new BusySpinWaitStrategy());
    private readonly ShardConsumer<NullListener> _shard;
    private ChannelReceiver? _receiver;
    private RingWriter? _writer;
    private long _nowNs = 1_000_000_000;

    public MoldRequestTests()
    {
        var market = new ItchMarket(new ItchOptions { Messages = 3_000, Symbols = 5, Live = 500 });
        while (market.Sequence < 3_000) _messages.Add(market.Next().ToArray());
        _shard = new ShardConsumer<NullListener>(
            _ring, new ShardOptions { Channels = [new ShardChannelOptions("itch", Itch5.PriceExponent, false, false, NumbersMessages: true)] }, default);
    }

    public void Dispose() => _receiver?.Dispose();

    [Theory]
    [InlineData(null)]
    [InlineData(Session)]
    public void What_was_lost_on_every_line_is_asked_for_and_every_book_stays_live(string? onlySession)
    {
        using var server = new MoldRequestServer(Session, _messages, new IPEndPoint(IPAddress.Loopback, 0));
        Start(server.Address.Port, onlySession);
        SendAllButTheLost();
        WaitUntil(() => _receiver!.Arbiter.NextSequence == 3_001);
        Assert.Equal(0, _receiver!.Counters.Gaps);
        Assert.InRange(server.Requests, 2, 100);

        // An answer is no packet of a line, and each message counts once, however often it was asked for.
        Assert.Equal((_messages.Count - Lost, _messages.Count - Lost), (_receiver.Counters.Packets, _receiver.Counters.PacketsUsed));
        Assert.Equal((Lost, Lost, 0L), (_receiver.Requests!.Value.Requested, _receiver.Counters.Recovered, _receiver.Requests.Value.GivenUp));
        Assert.InRange(_receiver.Counters.AnswersUsed, 2, _receiver.Requests.Value.Answers);
        Assert.Equal(5, _shard.Shard.Instruments.Length);
        foreach (var instrument in _shard.Shard.Instruments) Assert.Equal(BookState.Live, instrument.State);
        Assert.Equal(0, _shard.Counters.Contradictions);
    }

    [Fact]
    public void Silent_server_is_given_up_and_the_books_say_so()
    {
        using var silent = new System.Net.Sockets.UdpClient(new IPEndPoint(IPAddress.Loopback, 0));
        Start(((IPEndPoint)silent.Client.LocalEndPoint!).Port);
        SendAllButTheLost();
        for (var i = 0; i < 3_000; i++) Tick();
        var gap = Assert.Single(_receiver!.Counters.ReportedGaps);
        Assert.Equal(new ReportedGap(LostFrom, LostTo, GapReason.Loss), gap);

        // What it was asked for is the first request's; the rest was never asked for.
        Assert.Equal(new RequestTotals(5, 256, 0, 1), _receiver.Requests);
        Assert.Equal(0, _receiver.Counters.Recovered);

        // Five attempts and no more, however long it takes.
        var requests = 0;
        while (silent.Available > 0)
        {
            IPEndPoint? from = null;
            var request = silent.Receive(ref from);
            Assert.Equal(MoldPacket.HeaderBytes, request.Length);
            Assert.Equal((ulong)LostFrom, MoldPacket.Sequence(request));
            requests++;
        }

        Assert.Equal(5, requests);
        foreach (var instrument in _shard.Shard.Instruments) Assert.Equal(BookState.Stale, instrument.State);
    }

    [Fact]
    public void An_answer_that_cannot_be_read_recovers_nothing_and_all_its_messages_are_lost()
    {
        using var server = new UdpClient(new IPEndPoint(IPAddress.Loopback, 0));
        Start(((IPEndPoint)server.Client.LocalEndPoint!).Port);
        SendAllButTheLost();
        WaitUntil(() =>
        {
            while (server.Available > 0)
            {
                IPEndPoint? from = null;
                var request = server.Receive(ref from);
                var answer = new byte[MoldPacket.HeaderBytes + 4];
                MoldPacket.WriteHeader(answer, Encoding.ASCII.GetBytes(Session), MoldPacket.Sequence(request), 200);
                answer[MoldPacket.HeaderBytes] = 0x7F;
                server.Send(answer, from);
            }

            return _receiver!.Arbiter.NextSequence == 3_001;
        });
        Assert.Equal(0, _receiver!.Counters.Recovered);
        Assert.NotEqual(0, _receiver.Counters.AnswersUsed);
        Assert.Equal(400, _receiver.Counters.Lost);
    }

    private void Start(int serverPort, string? onlySession = null)
    {
        var channel = new ChannelDefinition
        {
            Name = "itch",
            Protocol = FeedProtocol.Itch50,
            Session = onlySession,
            Incremental = new FeedLines(new LineAddress(0xE000_0001, 1), null),
            RequestServer = new LineAddress(0x7F00_0001, (ushort)serverPort),
        };
        _writer = new RingWriter(_ring, [], waits: false);
        _receiver = ChannelReceivers.Create(new FeedDefinition([channel]), _writer)[0];
    }

    private void SendAllButTheLost()
    {
        var packet = new byte[1400];
        for (var sequence = 1; sequence <= _messages.Count; sequence++)
        {
            if (sequence is >= LostFrom and < LostTo) continue;
            var message = _messages[sequence - 1];
            MoldPacket.WriteHeader(packet, System.Text.Encoding.ASCII.GetBytes(Session), (ulong)sequence, 1);
            BinaryPrimitives.WriteUInt16BigEndian(packet.AsSpan(MoldPacket.HeaderBytes), (ushort)message.Length);
            message.CopyTo(packet, MoldPacket.HeaderBytes + MoldPacket.LengthBytes);
            _nowNs += 1_000;
            _receiver!.OnPacket(FeedRole.Incremental, 0, packet.AsSpan(0, MoldPacket.HeaderBytes + MoldPacket.LengthBytes + message.Length), _nowNs);
            _writer!.Publish();
            _shard.Drain(65_536);
        }
    }

    private void Tick()
    {
        _nowNs += 1_000_000;
        _receiver!.OnIdle(_nowNs);
        _writer!.Publish();
        _shard.Drain(65_536);
    }

    /// <summary>
    /// The server is another thread: its answers take real time, so the receiver's clock follows the real one; a slow server is
    /// then not taken for a dead one.
    /// </summary>
    private void WaitUntil(Func<bool> condition)
    {
        var started = TimeProvider.System.GetTimestamp();
        var startNs = _nowNs;
        Assert.True(SpinWait.SpinUntil(
            () =>
            {
                _nowNs = startNs + (long)TimeProvider.System.GetElapsedTime(started).TotalNanoseconds;
                _receiver!.OnIdle(_nowNs);
                _writer!.Publish();
                _shard.Drain(65_536);
                return condition();
            },
            TimeSpan.FromSeconds(30)));
    }
}
