using System.Text;
using Disruptor;
using FeedHandler.Codecs;
using FeedHandler.Codecs.Nasdaq.MoldUdp64;

namespace FeedHandler.Transport.Tests.Rx;

/// <summary>Silence where heartbeats carry no number of their own, and where the venue says that it ends.</summary>
public sealed class MoldSilenceTests
{
    private const long Second = 1_000_000_000;

    private readonly ValueRingBuffer<MarketUpdate> _ring = ValueRingBuffer<MarketUpdate>.CreateSingleProducer(static () => default, 1_024, new BusySpinWaitStrategy());
    private readonly RingWriter _writer;
    private readonly ChannelReceiver _receiver;
    private long _taken;

    public MoldSilenceTests()
    {
        _writer = new RingWriter(_ring, [], waits: false);
        var channel = new ChannelDefinition { Name = "itch", Protocol = FeedProtocol.Itch50, Incremental = new FeedLines(RxFixture.Line(0, 1), null) };
        _receiver = ChannelReceivers.Create(new FeedDefinition([channel]), _writer)[0];
        _taken = _ring.Cursor;
    }

    [Fact]
    public void A_heartbeat_keeps_a_channel_from_silence_and_ends_one()
    {
        Send(1, 1, 0);
        for (var second = 1; second < 60; second++)
        {
            Send(2, MoldPacket.Heartbeat, second);
            Look(second);
        }

        Assert.DoesNotContain("silent", Take());
        Look(69);
        Assert.Equal("silent 1", Take());
        Send(2, MoldPacket.Heartbeat, 70);
        Assert.Equal("heard 1", Take());
    }

    [Fact]
    public void A_heartbeat_that_names_more_than_arrived_ends_the_silence_behind_the_gap()
    {
        Send(1, 1, 0);
        Look(10);
        Take();
        Send(5, MoldPacket.Heartbeat, 11);
        Assert.Equal("", Take());
        _receiver.OnIdle(12 * Second);
        Assert.Equal("gap 2-5", Take());
        Send(5, MoldPacket.Heartbeat, 13);
        Assert.Equal("heard 4", Take());
    }

    [Fact]
    public void A_heartbeat_of_a_server_that_is_stuck_keeps_nothing_alive()
    {
        Send(1, 1, 0);
        Send(2, 1, 0);
        Take();
        for (var second = 1; second <= 10; second++) Send(2, MoldPacket.Heartbeat, second);
        Look(10);
        Assert.Equal("silent 2", Take());
        Send(2, MoldPacket.Heartbeat, 11);
        Assert.Equal("", Take());
        Send(3, MoldPacket.Heartbeat, 12);
        Assert.Equal("heard 2", Take());
    }

    [Fact]
    public void A_heartbeat_does_not_end_the_silence_before_the_gap_of_a_full_ring()
    {
        Send(1, 1, 0);
        Look(10);
        Assert.Equal("silent 1", Take());
        var reader = new Sequence(_ring.Cursor);
        _ring.AddGatingSequences(reader);
        while (_writer.TryReserve(8))
        {
            _writer.BeginPacket(0, 1, 0, UpdateFlags.None);
            _writer.EndPacket();
        }

        // No room for a packet, but some for the end of a silence.
        Send(2, 1, 11);
        Send(3, MoldPacket.Heartbeat, 12);
        Assert.Equal(1, _receiver.Counters.RingFullPackets);
        Assert.Equal("", Take());
        reader.SetValue(_ring.Cursor);
        Send(3, MoldPacket.Heartbeat, 13);
        Assert.Equal("gap 2-3, heard 2", Take());
    }

    [Fact]
    public void After_the_end_of_the_session_nothing_is_missed()
    {
        Send(1, 1, 0);
        Send(2, MoldPacket.EndOfSession, 1);
        Take();
        Look(100_000);
        Assert.Equal("", Take());
    }

    private void Send(ulong sequence, ushort count, long second)
    {
        var isMessage = count == 1;
        var packet = new byte[MoldPacket.HeaderBytes + (isMessage ? MoldPacket.LengthBytes + 12 : 0)];
        MoldPacket.WriteHeader(packet, Encoding.ASCII.GetBytes("SESSION001"), sequence, count);
        if (isMessage)
        {
            packet[MoldPacket.HeaderBytes + 1] = 12;
            packet[MoldPacket.HeaderBytes + MoldPacket.LengthBytes] = (byte)'S';
            packet[^1] = (byte)'O';
        }

        _receiver.OnPacket(FeedRole.Incremental, 0, packet, second * Second);
    }

    private void Look(long second) => _receiver.OnClock(second * Second, second * Second);

    private string Take()
    {
        _writer.Publish();
        var taken = new List<string>();
        while (_taken < _ring.Cursor)
        {
            ref readonly var update = ref _ring[++_taken];
            if (update.Kind == UpdateKind.Silence) taken.Add($"{(update.Code == 0 ? "heard" : "silent")} {update.PacketSequence}");
            if (update.Kind == UpdateKind.Gap) taken.Add($"gap {update.OrderId}-{update.Priority}");
        }

        return string.Join(", ", taken);
    }
}
