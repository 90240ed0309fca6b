using System.Net;
using System.Net.Sockets;
using FeedHandler.Actors;
using FeedHandler.Transport;

namespace FeedHandler.Replay.Tests.Nasdaq;

/// <summary>Images of the order books over the loopback interface: late joins, losses, and servers that fail.</summary>
public sealed class GlimpseTests : IDisposable
{
    private GlimpseRig? _rig;

    private ulong Sent => _rig?.Sent ?? 0;

    public void Dispose() => _rig?.Dispose();

    [Theory]
    [InlineData(2, 1, 1)]
    [InlineData(13, 1, 7)]
    [InlineData(700, 2, 1)]
    [InlineData(3_000, 1, 1)]
    [InlineData(3_000, 2, 500)]
    [InlineData(5_400, 3, 64)]
    public void Late_join_ends_Live_with_the_books_of_the_market(int join, int shards, int drainEvery)
    {
        using var server = GlimpseRig.Serve(() => Sent);
        using var rig = _rig = new GlimpseRig(server.Address.Port, shards) { DrainEvery = drainEvery };
        var next = join;
        Assert.True(rig.WaitUntil(() => rig.IsHealed, () => SendOne(rig, ref next)));
        rig.Send(next, GlimpseRig.Messages);
        rig.AssertWhole();
        Assert.Equal((1, 1), (rig.Counters.Sessions, rig.Counters.Images));
        Assert.Equal(0, rig.Receiver.Counters.Gaps);
    }

    [Fact]
    public void Messages_that_came_before_the_image_are_applied_on_it()
    {
        using var server = GlimpseRig.Serve(() => 2_100);
        using var rig = new GlimpseRig(server.Address.Port);
        rig.Send(2_000, 4_000, clockStands: true);
        Assert.All(rig.Instruments, instrument => Assert.Equal(BookState.Recovering, instrument.State));
        Assert.True(rig.WaitUntil(() => rig.IsHealed));
        Assert.Contains(rig.States, state => state is { State: BookState.Live, Reason: StateReason.Snapshot });
        rig.Send(4_001, GlimpseRig.Messages);
        rig.AssertWhole();
    }

    [Fact]
    public void An_image_ahead_of_the_feed_waits_for_it()
    {
        using var server = GlimpseRig.Serve(() => 2_500);
        using var rig = new GlimpseRig(server.Address.Port);
        rig.Send(2_000, 2_000);
        Assert.True(rig.WaitUntil(() => server.Images == 1 && rig.Counters.Messages > 100));
        rig.Send(2_001, 2_500, sequence => sequence is > 2_100 and < 2_200);
        Assert.True(rig.WaitUntil(() => rig.IsHealed));
        rig.Send(2_501, GlimpseRig.Messages);
        rig.AssertWhole();
        Assert.Equal(1, rig.Counters.Sessions);
    }

    [Fact]
    public void A_heartbeat_alone_joins()
    {
        using var server = GlimpseRig.Serve(() => Sent);
        using var rig = _rig = new GlimpseRig(server.Address.Port);
        rig.Heartbeat(3_001);
        Assert.True(rig.WaitUntil(() => rig.IsHealed));
        rig.Send(3_001, GlimpseRig.Messages);
        rig.AssertWhole();
    }

    [Theory]
    [InlineData(1)]
    [InlineData(400)]
    public void Messages_lost_while_the_image_is_on_its_way_make_it_too_old_or_are_in_it(int lost)
    {
        // The first image is from before the loss, the second from after it.
        var images = 0;
        using var server = GlimpseRig.Serve(() => images++ == 0 ? 2_100 : Sent);
        using var rig = _rig = new GlimpseRig(server.Address.Port);
        rig.Send(2_000, 3_000, sequence => sequence >= 2_300 && sequence < 2_300 + lost, clockStands: true);
        Assert.True(rig.WaitUntil(() => rig.IsHealed));
        Assert.Equal((1, 2, 1), (rig.Counters.TooOld, rig.Counters.Sessions, rig.Counters.Images));
        Assert.Equal(1, rig.Receiver.Counters.Gaps);
        rig.Send(3_001, GlimpseRig.Messages);
        rig.AssertWhole();
    }

    [Theory]
    [InlineData(33)]
    [InlineData(400)]
    public void A_book_that_is_lost_and_healed_between_two_looks_of_its_shard_is_right(int drainEvery)
    {
        using var server = GlimpseRig.Serve(() => Sent);
        using var rig = _rig = new GlimpseRig(server.Address.Port) { DrainEvery = drainEvery };
        rig.Send(1, 2_999);
        var next = 3_001;
        rig.Send(3_000, 3_000, _ => true);
        Assert.True(rig.WaitUntil(() => rig.Counters.Images == 1, () => SendOne(rig, ref next)));
        rig.Send(next, GlimpseRig.Messages);
        rig.AssertWhole();
        Assert.All(rig.Instruments, instrument => Assert.Equal((1, 1), (instrument.Gaps, instrument.Recoveries)));
    }

    [Theory]
    [InlineData(false)]
    [InlineData(true)]
    public void A_gap_in_the_day_heals(bool asksFirst)
    {
        using var server = GlimpseRig.Serve(() => Sent);
        using var silent = new UdpClient(new IPEndPoint(IPAddress.Loopback, 0));
        using var rig = _rig = new GlimpseRig(server.Address.Port, shards: 2, asksFirst ? ((IPEndPoint)silent.Client.LocalEndPoint!).Port : null);
        rig.Send(1, 2_999);
        rig.AssertWhole();
        Assert.Equal(0, server.Connections);
        rig.Send(3_000, 3_500, sequence => sequence < 3_100);
        Assert.True(rig.WaitUntil(() => rig.Counters.Images == 1 && rig.IsHealed));
        Assert.Equal(asksFirst, silent.Available > 0);

        // No book said Stale in between: help was on its way.
        Assert.DoesNotContain(rig.States, state => state.State == BookState.Stale);
        Assert.Equal(12, rig.States.Count(state => state is { State: BookState.Recovering, Reason: StateReason.Gap }));
        Assert.All(rig.Instruments, instrument => Assert.Equal((1, 1), (instrument.Gaps, instrument.Recoveries)));
        rig.Send(3_501, GlimpseRig.Messages);
        rig.AssertWhole();
    }

    [Fact]
    public void Without_a_server_of_images_the_books_stay_Stale_and_say_why()
    {
        using var silent = new UdpClient(new IPEndPoint(IPAddress.Loopback, 0));
        using var rig = new GlimpseRig(null, requestPort: ((IPEndPoint)silent.Client.LocalEndPoint!).Port);
        rig.Send(1, 3_500, sequence => sequence is >= 3_000 and < 3_100);
        for (var i = 0; i < 2_000; i++) rig.Tick(1_000_000);
        rig.Send(3_501, GlimpseRig.Messages);
        Assert.All(rig.Instruments, instrument => Assert.Equal(BookState.Stale, instrument.State));
        Assert.Equal(12, rig.States.Count(state => state is { State: BookState.Stale, Reason: StateReason.RequestGivenUp }));

        using var joined = new GlimpseRig(null);
        joined.Send(3_000, GlimpseRig.Messages);
        Assert.All(joined.Instruments, instrument => Assert.Equal(BookState.Stale, instrument.State));
    }

    [Theory]
    [InlineData(0)]
    [InlineData(1)]
    [InlineData(33)]
    [InlineData(9_001)]
    public void A_server_that_is_cut_off_is_asked_again(long bytes)
    {
        using var server = GlimpseRig.Serve(() => Sent, connection => connection == 1 ? bytes : long.MaxValue);
        using var rig = _rig = new GlimpseRig(server.Address.Port);
        rig.Send(3_000, 4_000);
        Assert.True(rig.WaitUntil(() => rig.IsHealed));
        Assert.Equal((2, 1, 1), (rig.Counters.Sessions, rig.Counters.Failed, rig.Counters.Images));
        rig.Send(4_001, GlimpseRig.Messages);
        rig.AssertWhole();
    }

    [Fact]
    public void Nobody_at_the_port_is_given_up_and_the_books_say_so()
    {
        int port;
        using (var server = GlimpseRig.Serve(() => 1)) port = server.Address.Port;
        using var rig = new GlimpseRig(port);
        rig.Send(3_000, 4_000);
        Assert.All(rig.Instruments, instrument => Assert.Equal(BookState.Recovering, instrument.State));
        rig.WaitUntilGivenUp();
        Assert.Equal((5, 5, 0), (rig.Counters.Sessions, rig.Counters.Failed, rig.Counters.Images));
        Assert.All(rig.Instruments, instrument => Assert.Equal(BookState.Stale, instrument.State));
        Assert.Equal(12, rig.States.Count(state => state is { State: BookState.Stale, Reason: StateReason.ImageGivenUp }));
        Assert.Equal(GlimpseFailure.NoConnection, rig.Counters.LastFailure);

        // It is left alone for a while, and the books still take what comes.
        rig.Send(4_001, GlimpseRig.Messages, sequence => sequence == 5_000);
        for (var i = 0; i < 100; i++) rig.Tick(1_000_000);
        Assert.Equal(5, rig.Counters.Sessions);
        Assert.All(rig.Instruments, instrument => Assert.Equal(BookState.Stale, instrument.State));
    }

    [Theory]
    [InlineData(true)]
    [InlineData(false)]
    public void A_server_that_comes_back_heals_the_books_with_or_without_a_loss(bool isLost)
    {
        var isUp = false;
        using var server = GlimpseRig.Serve(() => Sent, _ => isUp ? long.MaxValue : 40);
        using var rig = _rig = new GlimpseRig(server.Address.Port);
        rig.Send(3_000, 4_000);
        rig.WaitUntilGivenUp();
        isUp = true;
        rig.Tick(31_000_000_000);
        rig.Send(4_001, 4_500, sequence => isLost && sequence == 4_200);
        Assert.True(rig.WaitUntil(() => rig.IsHealed));
        rig.Send(4_501, GlimpseRig.Messages);
        rig.AssertWhole();
    }

    [Theory]
    [InlineData("right", true)]
    [InlineData("wrong", false)]
    public void Who_is_not_let_in_does_not_try_again(string password, bool isLetIn)
    {
        using var server = GlimpseRig.Serve(() => Sent, password: "right");
        using var rig = _rig = new GlimpseRig(server.Address.Port, password: password);
        rig.Send(3_000, 4_000);
        Assert.True(rig.WaitUntil(() => !rig.Receiver.IsWaiting));
        Assert.Equal(isLetIn ? 0 : 1, rig.Counters.Refused);
        Assert.Equal(isLetIn ? GlimpseFailure.None : GlimpseFailure.NotAuthorised, rig.Counters.LastFailure);
        rig.Tick(3_600_000_000_000);
        rig.Send(4_001, 4_100);
        Assert.Equal(1, server.Connections);
        Assert.All(rig.Instruments, instrument => Assert.Equal(isLetIn ? BookState.Live : BookState.Stale, instrument.State));
    }

    [Fact]
    public void An_image_from_before_the_join_is_never_taken()
    {
        using var server = GlimpseRig.Serve(() => 2_998);
        using var rig = new GlimpseRig(server.Address.Port);
        rig.Send(3_000, 4_000);
        rig.WaitUntilGivenUp();
        Assert.Equal((5, 0), (rig.Counters.TooOld, rig.Counters.Images));
        Assert.All(rig.Instruments, instrument => Assert.Equal(BookState.Stale, instrument.State));
    }

    [Fact]
    public void An_image_that_ends_right_before_the_join_is_enough()
    {
        using var server = GlimpseRig.Serve(() => 2_999);
        using var rig = new GlimpseRig(server.Address.Port);
        rig.Send(3_000, 4_000);
        Assert.True(rig.WaitUntil(() => rig.IsHealed));
        rig.Send(4_001, GlimpseRig.Messages);
        rig.AssertWhole();
    }

    [Fact]
    public void An_image_further_back_than_the_buffer_reaches_is_too_old()
    {
        var images = 0;
        using var server = GlimpseRig.Serve(() => images++ == 0 ? 3_100 : Sent);
        using var rig = _rig = new GlimpseRig(server.Address.Port, buffer: 500);
        rig.Send(3_000, 4_000, clockStands: true);
        Assert.True(rig.WaitUntil(() => rig.IsHealed));
        Assert.Equal(1, rig.Counters.TooOld);
        Assert.True(rig.BufferOverwritten > 0);
        rig.Send(4_001, GlimpseRig.Messages);
        rig.AssertWhole();
    }

    [Fact]
    public void Waiting_for_a_server_that_never_answers_overwrites_the_oldest_updates()
    {
        using var mute = new TcpListener(IPAddress.Loopback, 0);
        mute.Start();
        using var rig = new GlimpseRig(((IPEndPoint)mute.LocalEndpoint).Port, buffer: 200);
        rig.Send(1_000, 3_000);
        var overwritten = rig.BufferOverwritten;
        rig.Send(3_001, 5_000);
        Assert.All(rig.Instruments, instrument => Assert.Equal(BookState.Recovering, instrument.State));

        // Nearly each message is an order's, and each that comes overwrites one.
        Assert.InRange(rig.BufferOverwritten - overwritten, 1_500, 2_000);
    }

    [Fact]
    public void An_image_of_more_orders_than_are_allowed_leaves_Stale_what_has_no_room()
    {
        using var server = GlimpseRig.Serve(() => Sent);
        using var rig = _rig = new GlimpseRig(server.Address.Port, maxOrders: 300);
        rig.Send(3_000, 3_100);
        Assert.True(rig.WaitUntil(() => rig.Counters.Images == 1 && !rig.Receiver.IsWaiting));
        Assert.True(rig.OrderOverflows > 0);
        Assert.True(rig.Receiver.Demand!.BooksRefused > 0);

        // Another image would have no more room.
        for (var i = 0; i < 100; i++) rig.Tick(1_000_000_000);
        rig.Send(3_101, 3_200);
        Assert.Equal(1, rig.Counters.Sessions);
        Assert.InRange(rig.RestingOrders, 1, 300);
        Assert.Contains(rig.Instruments, instrument => instrument.State == BookState.Stale);
        Assert.DoesNotContain(rig.Instruments, instrument => instrument.State == BookState.Recovering);
        Assert.Contains(rig.States, state => state is { State: BookState.Stale, Reason: StateReason.ImageGivenUp });
    }

    [Fact]
    public void A_shard_that_lost_its_books_has_an_image_fetched()
    {
        using var server = GlimpseRig.Serve(() => Sent);
        using var rig = _rig = new GlimpseRig(server.Address.Port);
        rig.Send(1, 2_999);
        rig.RestartShard();
        var next = 3_000;
        Assert.True(rig.WaitUntil(() => rig.Counters.Images == 1 && rig.IsHealed, () => SendOne(rig, ref next)));
        rig.Send(next, GlimpseRig.Messages);
        rig.AssertWhole();
        Assert.Equal(1, rig.Counters.Sessions);
    }

    [Theory]
    [InlineData(false)]
    [InlineData(true)]
    public void An_image_of_yesterday_s_session_is_never_taken(bool isFixed)
    {
        using var server = GlimpseRig.Serve(() => Sent, session: "SESSION000");
        using var rig = _rig = new GlimpseRig(server.Address.Port, fixesSession: isFixed);
        rig.Send(2_000, 2_100);
        rig.WaitUntilGivenUp();
        rig.Send(2_101, GlimpseRig.Messages);
        Assert.Equal((0, 5, 5), (rig.Counters.Images, rig.Counters.Failed, rig.Counters.OtherSession));
        Assert.All(rig.Instruments, instrument => Assert.Equal(BookState.Stale, instrument.State));
        Assert.Equal($"127.0.0.1:{server.Address.Port} serves session SESSION000, the feed is in session SESSION001", GlimpseFailures.Describe(rig.Counters, new GlimpseEndpoint("127.0.0.1", (ushort)server.Address.Port)));
    }

    [Theory]
    [InlineData(false)]
    [InlineData(true)]
    public void The_next_session_is_joined_by_an_image_of_its_own(bool isUnderWay)
    {
        int port;
        using var rig = _rig = Joined(isUnderWay, out port);
        rig.BeginSession("SESSION002");
        using var next = GlimpseRig.Serve(() => Sent, session: "SESSION002", port: port);
        rig.Send(1_000, 3_000);
        Assert.True(rig.WaitUntil(() => rig.IsHealed));
        rig.Send(3_001, GlimpseRig.Messages);
        rig.AssertWhole();
    }

    /// <summary>Joined in the middle of the first session, whose server is gone since; the image is there, or is on its way for ever.</summary>
    private GlimpseRig Joined(bool isUnderWay, out int port)
    {
        using var server = GlimpseRig.Serve(() => Sent, isUnderWay ? _ => 40 : null);
        port = server.Address.Port;
        var rig = _rig = new GlimpseRig(port);
        rig.Send(2_000, 2_500);
        if (!isUnderWay) Assert.True(rig.WaitUntil(() => rig.IsHealed));
        return rig;
    }

    private static void SendOne(GlimpseRig rig, ref int next)
    {
        if (next > GlimpseRig.Messages - 100) return;
        rig.Send(next, next);
        next++;
    }
}
