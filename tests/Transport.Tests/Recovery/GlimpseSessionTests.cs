using System.Buffers.Binary;
using System.Globalization;
using System.Text;
using FeedHandler.Codecs.Nasdaq.Itch5;
using FeedHandler.Codecs.Nasdaq.MoldUdp64;
using FeedHandler.Codecs.Nasdaq.SoupBinTcp;

namespace FeedHandler.Transport.Tests.Recovery;

/// <summary>The dialogue with a GLIMPSE server, without a server and without time.</summary>
public sealed class GlimpseSessionTests
{
    private const long Ms = 1_000_000, Second = 1_000 * Ms;

    private static readonly GlimpseOptions Options = new() { MaxAttempts = 3, MaxMessages = 500 };

    private readonly GlimpseSession _session = new(new GlimpseEndpoint("glimpse", 18_300, "ME", "SECRET"), Options);
    private readonly List<byte[]> _messages = [];
    private long _nowNs = 1_000 * Second;

    [Fact]
    public void The_dialogue_is_login_the_image_and_logout()
    {
        Connect();
        Assert.Equal($"\0/LME    SECRET    {new string(' ', 29)}1", Sent());
        Assert.Equal(GlimpseEvent.None, Take(Accepted()));
        Assert.Equal([GlimpseEvent.Messages, GlimpseEvent.Whole], TakeAll([.. Data(Directory(7)), .. Data(Add(1)), .. Data(Add(2)), .. End("1000")]));
        Assert.Equal([Directory(7), Add(1), Add(2)], _messages);
        Assert.Equal(1_000UL, _session.Sequence);
        Assert.Equal("\0\u0001O", Sent());
        Assert.Equal(GlimpseAction.Close, Next());
        Assert.Equal(GlimpseAction.None, Next());
        Assert.True(_session.IsBusy && _session.IsWhole);
        _session.Accept();
        Assert.False(_session.IsBusy);
        Assert.Equal((1, 3, 1, 0, 0), Counted);
    }

    [Fact]
    public void Nothing_is_said_without_being_asked()
    {
        _nowNs += 100 * Second;
        Assert.Equal((GlimpseEvent.None, GlimpseAction.None, false), (_session.Take(_nowNs), Next(), _session.IsBusy));
    }

    [Fact]
    public void An_image_may_come_in_any_pieces()
    {
        LogIn();
        var events = Image(60).SelectMany(one => TakeAll([one])).ToList();
        Assert.Equal(GlimpseEvent.Whole, events[^1]);
        Assert.Equal(Orders(60), _messages);
    }

    [Fact]
    public void An_image_that_comes_at_once_is_given_in_batches_that_count_on()
    {
        LogIn();
        Receive(Image(300));
        ulong next = 1;
        while (_session.Take(_nowNs) == GlimpseEvent.Messages)
        {
            Assert.Equal(next, MoldPacket.Sequence(_session.Batch));
            Assert.InRange(_session.Batch.Length, MoldPacket.HeaderBytes + 1, 2_048);
            next += MoldPacket.Count(_session.Batch);
            Collect();
        }

        Assert.Equal(Orders(300), _messages);
        Assert.True(_session.IsWhole);
    }

    [Fact]
    public void A_stream_that_is_cut_anywhere_is_no_image()
    {
        var stream = (byte[])[.. Accepted(), .. Data(Directory(7)), .. Data(Add(1)), .. SoupBinPacket.Create(SoupBinPacket.ServerHeartbeat), .. End("5")];
        for (var cut = 0; cut < stream.Length; cut++)
        {
            var session = new GlimpseSession(new GlimpseEndpoint("glimpse", 1), Options);
            Open(session);
            stream.AsSpan(0, cut).CopyTo(session.Room);
            session.OnReceived(cut, _nowNs);
            while (session.Take(_nowNs) != GlimpseEvent.None) Assert.False(session.IsWhole);
            session.OnClosed(_nowNs);
            Assert.Equal((1, 0), (session.Counters.Failed, session.Counters.Malformed));
            Assert.True(session.IsBusy);
        }
    }

    public static TheoryData<string, byte[]> Lies => new()
    {
        { "a length of 0", [0, 0, (byte)'S'] },
        { "an unknown type", SoupBinPacket.Create((byte)'?') },
        { "the beginning of another protocol", "HTTP/1.1 400"u8.ToArray() },
        { "a second login", Accepted() },
        { "a client's packet", SoupBinPacket.Create(SoupBinPacket.ClientHeartbeat) },
        { "an empty message", Data([]) },
        { "a cut order", Data(Add(1)[..35]) },
        { "a message longer than any", Data([(byte)'z', .. new byte[255]]) },
        { "an execution", Data([(byte)'E', .. new byte[30]]) },
        { "a deletion", Data([(byte)'D', .. new byte[18]]) },
        { "an end that is cut", Data([(byte)'G', .. "1234567890"u8]) },
        { "an end that is too long", Data([(byte)'G', .. "                    1"u8]) },
        { "an end without a number", Data([(byte)'G', .. "                    "u8]) },
        { "an end at 0", Data([(byte)'G', .. "                   0"u8]) },
        { "an end below 0", Data([(byte)'G', .. "                  -1"u8]) },
        { "an end beyond 64 bits", Data([(byte)'G', .. "99999999999999999999"u8]) },
        { "an image without an end", [.. Enumerable.Range(0, 501).SelectMany(i => Data(Add((ulong)i)))] },
    };

    [Theory]
    [MemberData(nameof(Lies))]
    public void A_stream_that_lies_is_no_image(string lie, byte[] bytes)
    {
        LogIn();
        Assert.DoesNotContain(GlimpseEvent.Whole, TakeAll([.. Data(Add(77)), .. bytes, .. End("5")]));
        Assert.True(_session.Counters is { Failed: 1, Malformed: 1 }, lie);
        Assert.Equal("what glimpse:18300 sends is not GLIMPSE 5.0 over SoupBinTCP", Problem);
        Assert.Equal(GlimpseAction.Close, Next());
    }

    [Theory]
    [InlineData("       123                   2")]
    [InlineData("       123                    ")]
    [InlineData("       123                  1")]
    public void A_login_that_does_not_start_at_message_1_is_none(string accepted)
    {
        Connect();
        Sent();
        Take(SoupBinPacket.Create(SoupBinPacket.LoginAccepted, Encoding.ASCII.GetBytes(accepted)));
        Assert.Equal((1, 1), (_session.Counters.Failed, _session.Counters.Malformed));
    }

    [Fact]
    public void Data_before_the_login_is_no_image()
    {
        Connect();
        Sent();
        Assert.DoesNotContain(GlimpseEvent.Messages, TakeAll([.. Data(Add(1)), .. End("5")]));
        Assert.Equal(1, _session.Counters.Malformed);
    }

    [Fact]
    public void Blanks_zeros_debug_text_and_unsequenced_data_do_no_harm()
    {
        LogIn();
        TakeAll([.. SoupBinPacket.Create(SoupBinPacket.Debug, "hello"u8), .. SoupBinPacket.Create(SoupBinPacket.UnsequencedData, "x"u8), .. Data([(byte)'G', .. "00000000000000012345"u8])]);
        Assert.True(_session.IsWhole);
        Assert.Equal(12_345UL, _session.Sequence);
    }

    [Fact]
    public void A_session_that_ends_before_the_image_does_is_a_failure()
    {
        LogIn();
        TakeAll(SoupBinPacket.Create(SoupBinPacket.EndOfSession));
        Assert.Equal((1, 0), (_session.Counters.Failed, _session.Counters.Malformed));
        Assert.Contains("ended its session", Problem, StringComparison.Ordinal);
    }

    [Fact]
    public void Who_has_the_image_may_be_hung_up_on()
    {
        LogIn();
        TakeAll(Image(3));
        _session.OnClosed(_nowNs);
        Assert.True(_session.IsWhole);
        Assert.Equal(0, _session.Counters.Failed);
    }

    [Fact]
    public void A_heartbeat_is_sent_after_every_second_of_silence_of_ours()
    {
        LogIn();
        _nowNs += 999 * Ms;
        Assert.Equal(GlimpseAction.None, Next());
        for (var i = 0; i < 3; i++)
        {
            _nowNs += i == 0 ? Ms : Second;
            Assert.Equal("\0\u0001R", Sent());
            Assert.Equal(GlimpseAction.None, Next());
        }
    }

    [Fact]
    public void A_server_that_is_silent_is_closed_and_one_that_sends_heartbeats_is_not()
    {
        LogIn();
        for (var i = 0; i < 30; i++)
        {
            _nowNs += Second;
            TakeAll(SoupBinPacket.Create(SoupBinPacket.ServerHeartbeat));
            Sent();
        }

        Assert.Equal(0, _session.Counters.Failed);
        _nowNs += 16 * Second;
        Assert.Equal(GlimpseAction.Close, Next());
        Assert.Equal(1, _session.Counters.Failed);
    }

    [Fact]
    public void A_server_that_never_ends_is_closed()
    {
        LogIn();
        for (var i = 0; i < 181; i++)
        {
            _nowNs += Second;
            TakeAll(SoupBinPacket.Create(SoupBinPacket.ServerHeartbeat));
            while (Next() != GlimpseAction.None) { }
        }

        Assert.Equal(1, _session.Counters.Failed);
    }

    [Theory]
    [InlineData(false)]
    [InlineData(true)]
    public void Connecting_and_logging_in_have_their_time(bool connected)
    {
        Connect();
        if (connected)
        {
            _session.OnConnected(_nowNs);
            Next();
        }

        _nowNs += 5 * Second;
        Assert.Equal(GlimpseAction.None, Next());
        _nowNs++;
        Assert.Equal(GlimpseAction.Close, Next());
        Assert.Equal(1, _session.Counters.Failed);
        Assert.Contains(connected ? "took too long" : "nobody answers", Problem, StringComparison.Ordinal);
    }

    [Fact]
    public void Failures_back_off_and_attempts_are_bounded_and_a_dead_server_is_left_alone()
    {
        Assert.True(_session.Begin(_nowNs));
        foreach (var pause in (long[])[0, 250, 500])
        {
            if (pause != 0)
            {
                _nowNs += (pause - 1) * Ms;
                Assert.Equal(GlimpseEvent.None, _session.Take(_nowNs));
                _nowNs += Ms;
            }

            Assert.Equal(GlimpseEvent.Begun, _session.Take(_nowNs));
            Assert.Equal(GlimpseAction.Connect, Next());
            _session.OnClosed(_nowNs);
            Assert.Equal(GlimpseAction.Close, Next());
        }

        Assert.Equal(GlimpseEvent.GivenUp, _session.Take(_nowNs));
        Assert.False(_session.IsBusy);
        Assert.Equal((3, 0, 0, 3, 1), Counted);
        _nowNs += 29 * Second;
        Assert.False(_session.Begin(_nowNs));
        _nowNs += 2 * Second;
        Assert.True(_session.Begin(_nowNs));
        for (var attempt = 0; attempt < 3; attempt++)
        {
            Assert.Equal(GlimpseEvent.Begun, _session.Take(_nowNs));
            Assert.Equal(GlimpseAction.Connect, Next());
            _session.OnClosed(_nowNs);
            Assert.Equal(GlimpseAction.Close, Next());
            _nowNs += Second;
        }

        // Still dead: it is left alone for twice as long.
        Assert.Equal(GlimpseEvent.GivenUp, _session.Take(_nowNs));
        _nowNs += 58 * Second;
        Assert.False(_session.Begin(_nowNs));
        _nowNs += 2 * Second;
        Assert.True(_session.Begin(_nowNs));
    }

    [Fact]
    public void A_password_that_is_refused_is_not_tried_again()
    {
        Connect();
        Sent();
        Assert.Empty(TakeAll(SoupBinPacket.Create(SoupBinPacket.LoginRejected, "A"u8)));
        Assert.Equal(GlimpseEvent.GivenUp, _session.Take(_nowNs));
        Assert.Equal((1, 1, 1), (_session.Counters.Sessions, _session.Counters.Refused, _session.Counters.GivenUp));
        Assert.Equal("glimpse:18300 refuses user and password", Problem);
    }

    [Fact]
    public void A_session_that_is_not_there_yet_is_asked_for_again()
    {
        Connect();
        Sent();
        Assert.Empty(TakeAll(SoupBinPacket.Create(SoupBinPacket.LoginRejected, "S"u8)));
        Assert.Equal((1, "glimpse:18300 has no session now"), (_session.Counters.Refused, Problem));
        Assert.Equal(GlimpseAction.Close, Next());
        _nowNs += 250 * Ms;
        Assert.Equal(GlimpseEvent.Begun, _session.Take(_nowNs));
    }

    [Fact]
    public void An_image_of_another_session_than_the_feed_s_is_refused_until_both_are_in_the_same()
    {
        _session.SetFeedSession("SESSION\u0007X ...."u8, _nowNs);
        Connect();
        Sent();
        Assert.Equal(GlimpseEvent.None, Take([.. Accepted(), .. Image(3)]));
        Assert.Equal((1, 1, 0), (_session.Counters.Failed, _session.Counters.OtherSession, _session.Counters.Messages));
        Assert.Equal("glimpse:18300 serves session GLIMPSE, the feed is in session SESSION?X", Problem);
        Assert.Equal(GlimpseAction.Close, Next());

        // The feed moves on. Names are padded on the other side there.
        _session.SetFeedSession("GLIMPSE   "u8, _nowNs);
        _nowNs += 250 * Ms;
        Assert.Equal(GlimpseEvent.Begun, _session.Take(_nowNs));
        Assert.Equal(GlimpseAction.Connect, Next());
        Sent();
        TakeAll([.. Accepted(), .. Image(3)]);
        Assert.True(_session.IsWhole);
    }

    [Theory]
    [InlineData(false)]
    [InlineData(true)]
    public void An_image_is_dropped_when_the_feed_turns_out_to_be_in_another_session(bool isWhole)
    {
        LogIn();
        TakeAll(isWhole ? Image(3) : Data(Add(1)));
        _session.SetFeedSession("GLIMPSE   "u8, _nowNs);
        Assert.Equal((isWhole, 0), (_session.IsWhole, _session.Counters.OtherSession));
        _session.SetFeedSession("TODAY     "u8, _nowNs);
        Assert.Equal((false, 1, 1), (_session.IsWhole, _session.Counters.OtherSession, _session.Counters.Failed));
        _nowNs += 250 * Ms;
        while (Next() != GlimpseAction.None) { }
        Assert.Equal(GlimpseEvent.Begun, _session.Take(_nowNs));
    }

    [Fact]
    public void The_session_of_an_attempt_that_failed_says_nothing_of_the_next()
    {
        LogIn();
        _session.OnClosed(_nowNs);
        while (Next() != GlimpseAction.None) { }
        _nowNs += 250 * Ms;
        Assert.Equal(GlimpseEvent.Begun, _session.Take(_nowNs));
        _session.SetFeedSession("TODAY     "u8, _nowNs);
        Assert.Equal((1, 0), (_session.Counters.Failed, _session.Counters.OtherSession));
    }

    [Fact]
    public void A_server_whose_sessions_have_names_of_their_own_is_believed()
    {
        var session = new GlimpseSession(new GlimpseEndpoint("glimpse", 1, AnySession: true), Options);
        session.SetFeedSession("TODAY     "u8, _nowNs);
        Open(session);
        byte[] stream = [.. Accepted(), .. End("5")];
        stream.CopyTo(session.Room);
        session.OnReceived(stream.Length, _nowNs);
        Assert.Equal(GlimpseEvent.Whole, session.Take(_nowNs));
    }

    [Fact]
    public void An_image_that_is_rejected_is_asked_for_again_from_its_beginning()
    {
        LogIn();
        TakeAll([.. Image(3), 1, 2, 3]);
        _session.Reject(_nowNs, isTooOld: true);
        Assert.False(_session.IsWhole);
        Assert.Equal((1, 1), (_session.Counters.Failed, _session.Counters.TooOld));
        Assert.Contains("older", Problem, StringComparison.Ordinal);
        Assert.Equal(GlimpseAction.Close, Next());
        _nowNs += 250 * Ms;
        Assert.Equal(GlimpseEvent.Begun, _session.Take(_nowNs));
        Assert.Equal(GlimpseAction.Connect, Next());
        _session.OnConnected(_nowNs);
        Sent();
        _messages.Clear();
        TakeAll([.. Accepted(), .. Image(4)]);
        Assert.True(_session.IsWhole);
        Assert.Equal(Orders(4), _messages);
        _session.Accept();
        Assert.Null(Problem);
    }

    [Fact]
    public void Time_in_which_nobody_read_is_no_silence_of_the_server()
    {
        LogIn();
        _nowNs += 10 * Second;
        Assert.Equal(GlimpseEvent.None, _session.Take(_nowNs));
        for (var i = 0; i < 30; i++)
        {
            _nowNs += Second;
            _session.OnNotRead(_nowNs);
            Assert.Equal(GlimpseAction.Send, Next());
        }

        _nowNs += 4 * Second;
        Assert.Equal((GlimpseEvent.None, GlimpseAction.Send, 0), (_session.Take(_nowNs), Next(), _session.Counters.Failed));
        _nowNs += 2 * Second;
        Assert.Equal((GlimpseEvent.None, GlimpseAction.Close, GlimpseFailure.TimedOut), (_session.Take(_nowNs), Next(), _session.Counters.LastFailure));
    }

    [Fact]
    public void An_image_that_is_not_wanted_any_more_is_closed()
    {
        LogIn();
        _session.Stop();
        Assert.Equal(GlimpseAction.Close, Next());
        Assert.False(_session.IsBusy);
        Assert.True(_session.Begin(_nowNs));
    }

    private string? Problem => GlimpseFailures.Describe(_session.Counters, new GlimpseEndpoint("glimpse", 18_300, "ME", "SECRET"));

    private (long, long, long, long, long) Counted =>
        (_session.Counters.Sessions, _session.Counters.Messages, _session.Counters.Images, _session.Counters.Failed, _session.Counters.GivenUp);

    private static byte[] Accepted() => SoupBinPacket.Create(SoupBinPacket.LoginAccepted, "   GLIMPSE                   1"u8);

    private static byte[] Data(byte[] message) => SoupBinPacket.Create(SoupBinPacket.SequencedData, message);

    private static byte[] End(string sequence) => Data([Glimpse5.EndOfSnapshot, .. Encoding.ASCII.GetBytes(sequence.PadLeft(20))]);

    private static byte[] Directory(ushort locate)
    {
        var message = new byte[39];
        message[0] = (byte)'R';
        BinaryPrimitives.WriteUInt16BigEndian(message.AsSpan(1), locate);
        return message;
    }

    private static byte[] Add(ulong reference)
    {
        var message = new byte[36];
        message[0] = (byte)'A';
        BinaryPrimitives.WriteUInt64BigEndian(message.AsSpan(Itch5.HeadBytes), reference);
        return message;
    }

    private static IEnumerable<byte[]> Orders(int count) => Enumerable.Range(0, count).Select(i => Add((ulong)i));

    private static byte[] Image(int count) => [.. Orders(count).SelectMany(Data), .. End((count + 1).ToString(CultureInfo.InvariantCulture))];

    private void Connect() => Open(_session, connects: false);

    private void Open(GlimpseSession session, bool connects = true)
    {
        Assert.True(session.Begin(_nowNs));
        Assert.Equal(GlimpseEvent.Begun, session.Take(_nowNs));
        Assert.Equal(GlimpseAction.Connect, session.Next(_nowNs));
        if (connects) session.OnConnected(_nowNs);
    }

    private void LogIn()
    {
        Connect();
        Sent();
        Assert.Equal(GlimpseEvent.None, Take(Accepted()));
    }

    private GlimpseAction Next() => _session.Next(_nowNs);

    /// <summary>What is to be sent, its length in the first two characters.</summary>
    private string Sent()
    {
        _session.OnConnected(_nowNs);
        Assert.Equal(GlimpseAction.Send, Next());
        return Encoding.ASCII.GetString(_session.Outgoing);
    }

    private void Receive(byte[] bytes)
    {
        bytes.CopyTo(_session.Room);
        _session.OnReceived(bytes.Length, _nowNs);
    }

    private GlimpseEvent Take(byte[] bytes)
    {
        Receive(bytes);
        return _session.Take(_nowNs);
    }

    private List<GlimpseEvent> TakeAll(byte[] bytes)
    {
        Receive(bytes);
        var events = new List<GlimpseEvent>();
        for (var e = _session.Take(_nowNs); e != GlimpseEvent.None; e = _session.Take(_nowNs))
        {
            events.Add(e);
            if (e == GlimpseEvent.Messages) Collect();
        }

        return events;
    }

    private void Collect()
    {
        var rest = _session.Batch[MoldPacket.HeaderBytes..];
        for (var i = 0; i < MoldPacket.Count(_session.Batch); i++)
        {
            var length = BinaryPrimitives.ReadUInt16BigEndian(rest);
            _messages.Add(rest.Slice(MoldPacket.LengthBytes, length).ToArray());
            rest = rest[(MoldPacket.LengthBytes + length)..];
        }

        Assert.True(rest.IsEmpty);
    }
}
