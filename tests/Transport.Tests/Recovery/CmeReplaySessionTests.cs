using System.Buffers.Binary;
using System.Text;

namespace FeedHandler.Transport.Tests.Recovery;

/// <summary>The dialogue with CME's replay server, without a server and without time.</summary>
public sealed class CmeReplaySessionTests
{
    private const long Ms = 1_000_000;

    private readonly CmeReplaySession _session = new(new CmeReplayEndpoint("replay", 10_000, 310));
    private long _nowNs = 1_000 * Ms;

    [Fact]
    public void A_hole_is_asked_for_once_it_is_no_longer_the_work_of_reordering()
    {
        Assert.True(_session.Want(100, 103, _nowNs));
        Assert.Equal(CmeReplayAction.None, Next());
        _nowNs += 2 * Ms;
        Assert.True(_session.Want(100, 103, _nowNs));
        Assert.Equal(CmeReplayAction.Connect, Next());
        Assert.Equal(CmeReplayAction.None, Next());
        Assert.True(_session.IsBusy);
    }

    [Fact]
    public void The_dialogue_is_logon_one_request_and_logout()
    {
        Begin(100, 103);
        _session.OnConnected();
        Assert.Equal("9=21|35=A|553=CME|554=CME|10=034|", Sent());
        Receive(Login);
        Assert.Equal("9=42|35=V|1180=310|262=310-1|1182=100|1183=102|10=120|", Sent());
        Assert.Equal([100u, 101u, 102u], Receive(Packet(100), Packet(101), Packet(102)));
        Assert.Equal("9=5|35=5|10=135|", Sent());
        Assert.Equal(CmeReplayAction.Close, Next());
        Assert.Equal(CmeReplayAction.None, Next());
        Assert.False(_session.IsBusy);
        Assert.Equal((1, 3, 0, 0), Counted);
    }

    [Fact]
    public void Answers_may_come_in_any_pieces()
    {
        Begin(100, 102);
        _session.OnConnected();
        Sent();
        var answers = (byte[])[.. Framed(Login), .. Framed(Packet(100)), .. Framed(Packet(101))];
        var taken = new List<uint>();
        foreach (var one in answers)
        {
            _session.Room[0] = one;
            _session.OnReceived(1);
            if (_session.Take(_nowNs) is { IsEmpty: false } packet) taken.Add(BinaryPrimitives.ReadUInt32LittleEndian(packet));
            Next();
        }

        Assert.Equal([100u, 101u], taken);
    }

    [Fact]
    public void What_was_not_asked_for_is_passed_over()
    {
        Begin(100, 103);
        LogOn();
        Assert.Equal([101u, 102u], Receive(Packet(99), Packet(103), Packet(101), Packet(102)));
    }

    [Fact]
    public void No_request_is_for_more_than_2000_packets()
    {
        Assert.False(_session.Want(100, 2_101, _nowNs));
        Assert.False(_session.IsBusy);
        Assert.Equal((0, 0, 0, 1), Counted);
        Begin(3_000, 5_000);
        LogOn();
        Assert.Contains("|1182=3000|1183=4999|", _lastRequest, StringComparison.Ordinal);
    }

    [Fact]
    public void What_was_given_up_in_one_session_is_asked_for_in_the_next()
    {
        Assert.False(_session.Want(100_000, 200_000, _nowNs));
        Assert.False(_session.Want(5, 8, _nowNs));
        _session.Restart();
        Begin(5, 8);
        _session.Restart();
        Assert.False(_session.IsBusy);
        Assert.Equal(CmeReplayAction.None, Next());
    }

    [Fact]
    public void A_request_stops_where_the_numbers_wrap()
    {
        // Positions of the arbiter have more bits than the venue's numbers.
        Begin((2UL << 32) - 2, (2UL << 32) + 5);
        LogOn();
        Assert.Contains("|1182=4294967294|1183=4294967295|", _lastRequest, StringComparison.Ordinal);
    }

    [Fact]
    public void Failures_back_off_and_tries_are_bounded_and_a_dead_server_is_left_alone()
    {
        Begin(100, 103);
        foreach (var pause in (long[])[50, 100])
        {
            _session.OnClosed(_nowNs);
            Assert.Equal(CmeReplayAction.Close, Next());
            _nowNs += (pause - 1) * Ms;
            Assert.True(_session.Want(100, 103, _nowNs));
            Assert.Equal(CmeReplayAction.None, Next());
            _nowNs += Ms;
            Assert.True(_session.Want(100, 103, _nowNs));
            Assert.Equal(CmeReplayAction.Connect, Next());
        }

        _session.OnClosed(_nowNs);
        Assert.Equal(CmeReplayAction.Close, Next());
        Assert.False(_session.Want(100, 103, _nowNs));
        Assert.False(_session.Want(101, 103, _nowNs));
        Assert.Equal((3, 0, 3, 1), Counted);

        // The next hole is not held up by it, until it had time to come back.
        _nowNs += 1_000 * Ms;
        Assert.False(_session.Want(200, 203, _nowNs));
        _nowNs += 10_000 * Ms;
        Begin(300, 303);
    }

    [Fact]
    public void A_server_that_says_nothing_is_closed_in_time()
    {
        Begin(100, 103);
        LogOn();
        Receive(Packet(100));
        _nowNs += 501 * Ms;
        Assert.Equal(CmeReplayAction.Close, Next());
        Assert.Equal(1, _session.Counters.Failed);

        // What is left of the hole is asked for anew.
        _nowNs += 50 * Ms;
        Assert.True(_session.Want(101, 103, _nowNs));
        Assert.Equal(CmeReplayAction.Connect, Next());
    }

    [Theory]
    [InlineData(16)]
    [InlineData(46)]
    public void A_refusal_ends_the_session(int template)
    {
        Begin(100, 103);
        _session.OnConnected();
        Sent();
        Assert.Empty(Receive(Message(1, (ushort)template)));
        Assert.Equal(CmeReplayAction.Close, Next());
        Assert.Equal(1, _session.Counters.Failed);
    }

    [Fact]
    public void A_logout_before_the_last_packet_and_a_packet_without_a_message_are_failures()
    {
        Begin(100, 103);
        LogOn();
        Assert.Equal([100u], Receive(Packet(100), Message(1, 16)));
        Assert.Equal(CmeReplayAction.Close, Next());
        _nowNs += 50 * Ms;
        Begin(101, 103);
        LogOn();
        Assert.Empty(Receive(new byte[12]));
        Assert.Equal(CmeReplayAction.Close, Next());
    }

    private static byte[] Login => Message(1, 15);

    private (long, long, long, long) Counted => (_session.Counters.Sessions, _session.Counters.Packets, _session.Counters.Failed, _session.Counters.GivenUp);

    private string _lastRequest = "";

    private void Begin(ulong from, ulong to)
    {
        Assert.True(_session.Want(from, to, _nowNs));
        _nowNs += 2 * Ms;
        Assert.True(_session.Want(from, to, _nowNs));
        Assert.Equal(CmeReplayAction.Connect, Next());
    }

    private void LogOn()
    {
        _session.OnConnected();
        Sent();
        Receive(Login);
        _lastRequest = Sent();
    }

    private CmeReplayAction Next() => _session.Next(_nowNs);

    private string Sent()
    {
        Assert.Equal(CmeReplayAction.Send, Next());
        return Encoding.ASCII.GetString(_session.Outgoing).Replace('\u0001', '|');
    }

    private List<uint> Receive(params byte[][] packets)
    {
        foreach (var packet in packets)
        {
            var framed = Framed(packet);
            framed.CopyTo(_session.Room);
            _session.OnReceived(framed.Length);
        }

        var taken = new List<uint>();
        while (_session.Take(_nowNs) is { IsEmpty: false } packet) taken.Add(BinaryPrimitives.ReadUInt32LittleEndian(packet));
        return taken;
    }

    private static byte[] Packet(uint sequence) => Message(sequence, 46);

    private static byte[] Message(uint sequence, ushort template)
    {
        var packet = new byte[40];
        BinaryPrimitives.WriteUInt32LittleEndian(packet, sequence);
        BinaryPrimitives.WriteUInt16LittleEndian(packet.AsSpan(12), 28);
        BinaryPrimitives.WriteUInt16LittleEndian(packet.AsSpan(16), template);
        return packet;
    }

    private static byte[] Framed(byte[] packet)
    {
        var framed = new byte[2 + packet.Length];
        BinaryPrimitives.WriteUInt16LittleEndian(framed, (ushort)packet.Length);
        packet.CopyTo(framed, 2);
        return framed;
    }
}
