using System.Diagnostics;
using Akka.Actor;
using Akka.TestKit;
using Akka.TestKit.Xunit;
using Disruptor;
using Disruptor.Dsl;
using FeedHandler.Codecs;
using FeedHandler.Transport;

namespace FeedHandler.Actors.Tests.Publishing;

/// <summary>The shards' actors and the subscription protocol, in a real actor system.</summary>
public sealed class ActorTests() : TestKit("akka.loglevel = OFF")
{
    private static readonly TimeSpan Deadline = TimeSpan.FromSeconds(30);

    private FeedRunOptions Options => new() { Feed = Bundled.Feed("demo"), Captures = [Bundled.Capture("demo")], System = Sys, Shards = 3 };

    [Fact]
    public void Parked_shard_wakes_for_every_publication()
    {
        var ring = ValueRingBuffer<MarketUpdate>.Create(ProducerType.Single, static () => default, 1024, new BusySpinWaitStrategy());
        var options = new ShardOptions { Channels = [new ShardChannelOptions("one", -9, false, false)] };
        var consumer = new ShardConsumer<NullListener>(ring, options, default);
        var signal = new ShardSignal();
        Sys.ActorOf(Props.Create(() => new BookShardActor(consumer, signal)));
        var writer = new RingWriter(ring, [signal], waits: false);
        var random = new Random(3);
        var watch = Stopwatch.StartNew();
        var published = 0;
        for (uint sequence = 1; published < 20_000 && watch.Elapsed < TimeSpan.FromSeconds(4); sequence++, published++)
        {
            writer.BeginPacket(0, sequence, 1, UpdateFlags.None);
            writer.Claim().Kind = UpdateKind.Heartbeat;
            writer.EndPacket();
            writer.Publish();
            Assert.True(SpinWait.SpinUntil(() => consumer.Sequence.Value == writer.PublishedSequence, Deadline), $"publication {published} woke nobody");

            // The next comes at any point of the way from the empty ring to sleep.
            Thread.SpinWait(random.Next(8_000));
        }

        Assert.InRange(published, 200, int.MaxValue);
        Assert.InRange(signal.Wakes, 20, long.MaxValue);
    }

    [Fact]
    public async Task Shard_that_fails_restarts_and_heals_and_the_others_miss_nothing()
    {
        var undisturbed = new long[3];
        FeedResults expected;
        using (var run = new FeedEngine().Start(Options, shard => new FaultyListener(undisturbed, shard, 0)))
        {
            expected = await run.Completion.WaitAsync(Deadline);
        }

        var told = new long[3];
        var faulty = Enumerable.Range(0, 3).MaxBy(shard => undisturbed[shard]);
        using (var run = new FeedEngine().Prepare(Options, shard => new FaultyListener(told, shard, shard == faulty ? 100 : 0)))
        {
            await using var client = await MarketDataClient.SubscribeAsync(run, new Subscribe("cme-310") { Books = SubscribedBooks.Levels | SubscribedBooks.Orders, Policy = SlowSubscriberPolicy.Wait });
            run.Begin();
            var mirror = new MarketMirror();
            var restarts = 0;
            await foreach (var batch in client.ReadAllAsync(Timeout()))
            {
                mirror.Apply(batch);
                foreach (var update in batch.Updates)
                {
                    if (update.Kind != UpdateKind.State || (StateReason)update.Detail != StateReason.ShardRestarted) continue;
                    Assert.Equal(faulty, batch.Shard);
                    restarts++;
                }
            }

            var results = await run.Completion.WaitAsync(Deadline);
            Assert.InRange(restarts, 5, int.MaxValue);
            Assert.Equal(expected.OrderedLevels(), results.OrderedLevels());
            Assert.Equal(expected.OrderedOrders(), results.OrderedOrders());
            AssertEqual(results, mirror);
        }

        for (var shard = 0; shard < 3; shard++)
        {
            if (shard != faulty) Assert.Equal(undisturbed[shard], told[shard]);
        }
    }

    [Fact]
    public async Task Subscriber_is_answered_then_gets_images_updates_and_the_end()
    {
        using var run = new FeedEngine().Prepare(Options);
        var probe = CreateTestProbe();
        var request = new Subscribe("cme-310") { Policy = SlowSubscriberPolicy.Wait };
        run.MarketData.Tell(request, probe);
        var subscribed = probe.ExpectMsg<Subscribed>(Deadline);
        Assert.Equal((0, -9, request), (subscribed.ChannelIndex, subscribed.PriceExponent, subscribed.Request));

        // Asking again changes nothing but the choices.
        run.MarketData.Tell(request with { Depth = 5 }, probe);
        Assert.Equal(subscribed.Id, probe.ExpectMsg<Subscribed>(Deadline).Id);
        run.Begin();
        var mirror = new MarketMirror();
        var end = Read(probe, mirror);
        Assert.Equal(new SubscriptionEnded(subscribed.Id, SubscriptionEnd.FeedEnded), end);
        AssertEqual(await run.Completion.WaitAsync(Deadline), mirror, depth: 5);

        // Who comes after the end gets what there is.
        var late = CreateTestProbe();
        run.MarketData.Tell(request, late);
        late.ExpectMsg<Subscribed>(Deadline);
        mirror = new MarketMirror();
        Read(late, mirror);
        AssertEqual(await run.Completion, mirror);
    }

    [Theory]
    [InlineData("cme-311", null, null, 0, "there is no channel \"cme-311\"; there are cme-310")]
    [InlineData("cme-310", 1u, "ES", 0, "not both")]
    [InlineData("cme-310", null, null, 300, "depth 300 is not 0 to 255")]
    [InlineData("cme-310", null, null, -1, "depth -1 is not 0 to 255")]
    public async Task Impossible_subscription_is_refused_with_the_reason(string channel, uint? instrument, string? symbol, int depth, string reason)
    {
        using var run = new FeedEngine().Prepare(Options);
        var request = new Subscribe(channel) { Instrument = instrument, Symbol = symbol, Depth = depth };
        run.MarketData.Tell(request, TestActor);
        Assert.Contains(reason, ExpectMsg<SubscribeRefused>(Deadline).Reason, StringComparison.Ordinal);
        var error = await Assert.ThrowsAsync<ArgumentException>(() => MarketDataClient.SubscribeAsync(run, request, Timeout()));
        Assert.Contains(reason, error.Message, StringComparison.Ordinal);
    }

    [Fact]
    public void Unsubscribed_and_terminated_subscribers_are_removed()
    {
        using var run = new FeedEngine().Prepare(Options);
        var leaving = CreateTestProbe();
        var dying = CreateTestProbe();
        run.MarketData.Tell(new Subscribe("cme-310"), leaving);
        run.MarketData.Tell(new Subscribe("cme-310") { Symbol = "A" }, dying);
        run.MarketData.Tell(new Subscribe("cme-310") { Symbol = "B" }, dying);
        var id = leaving.ExpectMsg<Subscribed>(Deadline).Id;
        AwaitCondition(() => run.Publishing.Subscriptions == 9, Deadline);

        // Another's subscription is not its to end.
        run.MarketData.Tell(new Unsubscribe(id), dying);
        run.MarketData.Tell(new Unsubscribe(id), leaving);
        Assert.Equal(new SubscriptionEnded(id, SubscriptionEnd.Unsubscribed), leaving.ExpectMsg<SubscriptionEnded>(Deadline));
        Sys.Stop(dying);
        AwaitCondition(() => run.Publishing.Subscriptions == 0, Deadline);
        run.MarketData.Tell(new Subscribe("cme-310"), leaving);
        Assert.NotEqual(id, leaving.ExpectMsg<Subscribed>(Deadline).Id);
    }

    [Fact]
    public async Task Stuck_and_slow_subscribers_do_not_disturb_those_that_keep_up()
    {
        using var run = new FeedEngine().Prepare(Options);
        var stuck = CreateTestProbe();
        var request = new Subscribe("cme-310");
        run.MarketData.Tell(request, stuck);
        stuck.ExpectMsg<Subscribed>(Deadline);
        var choosy = CreateTestProbe();
        run.MarketData.Tell(request with { Policy = SlowSubscriberPolicy.Disconnect }, choosy);
        await using var slow = await MarketDataClient.SubscribeAsync(run, request, Timeout());
        await using var fast = await MarketDataClient.SubscribeAsync(run, request with { Policy = SlowSubscriberPolicy.Wait }, Timeout());
        await using var other = await MarketDataClient.SubscribeAsync(run, request with { Policy = SlowSubscriberPolicy.Wait, Depth = 1 }, Timeout());
        run.Begin();
        var mirrors = await Task.WhenAll(ReadAsync(fast, TimeSpan.Zero), ReadAsync(other, TimeSpan.Zero), ReadAsync(slow, TimeSpan.FromMilliseconds(5))).WaitAsync(Deadline);
        var results = await run.Completion.WaitAsync(Deadline);
        AssertEqual(results, mirrors[0]);
        AssertEqual(results, mirrors[1], depth: 1);
        AssertEqual(results, mirrors[2]);
        Assert.Equal(0, mirrors[0].Books.Sum(book => book.InformationLost + book.UpdatesConflated));
        Assert.InRange(run.Publishing.Conflations, 1, long.MaxValue);

        // The stuck one read nothing so far: it holds what it may hold, and has the present books when it reads on.
        var mirror = new MarketMirror();
        Assert.Equal(SubscriptionEnd.FeedEnded, Read(stuck, mirror).Reason);
        AssertEqual(results, mirror);
        Assert.InRange(mirror.Books.Sum(book => book.UpdatesConflated), 1, long.MaxValue);
        choosy.FishForMessage(message => message is SubscriptionEnded { Reason: SubscriptionEnd.TooSlow }, Deadline);
    }

    [Fact]
    public async Task Replay_waits_for_who_wants_every_update_and_not_for_the_dead()
    {
        using var run = new FeedEngine().Prepare(Options);
        var request = new Subscribe("cme-310") { Policy = SlowSubscriberPolicy.Wait };
        var probe = CreateTestProbe();
        run.MarketData.Tell(request, probe);
        run.Begin();
        probe.ExpectMsg<Subscribed>(Deadline);
        AwaitCondition(() => run.Publishing.Batches >= ShardSubscription.MaxBatches, Deadline);
        Assert.False(run.Completion.IsCompleted);
        Sys.Stop(probe);
        await run.Completion.WaitAsync(Deadline);
    }

    [Theory]
    [InlineData(null)]
    [InlineData("ESH6")]
    public async Task Before_the_first_packet_a_subscriber_hears_that_it_is_one_and_nothing_else(string? symbol)
    {
        var channel = Bundled.Feed("demo").Channels[0] with { Incremental = new FeedLines(new LineAddress(0x7F00_0001, FreePort()), null), Snapshot = null, MboSnapshot = null, Definitions = null, SilenceSeconds = 1 };
        using var run = new FeedEngine().Prepare(new FeedRunOptions { Feed = new FeedDefinition([channel]), System = Sys });
        var probe = CreateTestProbe();
        run.MarketData.Tell(new Subscribe(channel.Name) { Symbol = symbol }, probe);
        run.Begin();
        probe.ExpectMsg<Subscribed>(Deadline);
        probe.ExpectNoMsg(TimeSpan.FromSeconds(2));
        Assert.Equal((0, 0L, 0d), (run.GetStatus().Channels[0].Instruments, run.GetStatus().Channels[0].PacketsA, run.GetStatus().Channels[0].SilentSeconds));
        run.Stop();
        await run.Completion.WaitAsync(Deadline);
    }

    private static ushort FreePort()
    {
        using var socket = new System.Net.Sockets.Socket(System.Net.Sockets.AddressFamily.InterNetwork, System.Net.Sockets.SocketType.Dgram, System.Net.Sockets.ProtocolType.Udp);
        socket.Bind(new System.Net.IPEndPoint(System.Net.IPAddress.Loopback, 0));
        return (ushort)((System.Net.IPEndPoint)socket.LocalEndPoint!).Port;
    }

    [Fact]
    public async Task Sample_of_a_subscription_runs_and_is_the_one_in_the_document()
    {
        using var output = new StringWriter();
        await Samples.EmbeddingSample.RunAsync(Bundled.FeedPath("demo"), Bundled.Capture("demo"), output).WaitAsync(Deadline);
        Assert.Matches(@"\w+ \d+ at -?\d+", output.ToString());
        AssertDocumented(nameof(Samples.EmbeddingSample));
    }

    [Fact]
    public async Task Sample_of_a_listener_runs_and_is_the_one_in_the_document()
    {
        using var output = new StringWriter();
        await Samples.ListenerSample.RunAsync(Bundled.FeedPath("demo"), Bundled.Capture("demo"), output).WaitAsync(Deadline);
        Assert.Matches(@"(?m)^\S.* \d+ at -?[\d.]+, \d+ at -?[\d.]+\n", output.ToString());
        AssertDocumented(nameof(Samples.ListenerSample));
    }

    /// <summary>A document shows a sample's whole file, so that who copies it has all of it.</summary>
    private static void AssertDocumented(string sample)
    {
        var source = File.ReadAllText(Path.Combine(Bundled.Root, $"tests/Actors.Tests/Publishing/{sample}.cs"));
        Assert.Contains($"```csharp\n{source}```\n", File.ReadAllText(Path.Combine(Bundled.Root, "docs/subscribers.md")), StringComparison.Ordinal);
    }

    private static SubscriptionEnded Read(TestProbe probe, MarketMirror mirror)
    {
        while (true)
        {
            switch (probe.ReceiveOne(Deadline))
            {
                case MarketDataBatch batch:
                    using (batch) mirror.Apply(batch);
                    break;
                case SubscriptionEnded ended:
                    return ended;
                case null:
                    Assert.Fail("nothing came any more, and no end");
                    break;
            }
        }
    }

    private static async Task<MarketMirror> ReadAsync(MarketDataClient client, TimeSpan pause)
    {
        var mirror = new MarketMirror();
        await foreach (var batch in client.ReadAllAsync(Timeout()))
        {
            mirror.Apply(batch);
            if (pause != TimeSpan.Zero) await Task.Delay(pause);
        }

        Assert.Equal(SubscriptionEnd.FeedEnded, client.Ended);
        return mirror;
    }

    private static CancellationToken Timeout() => new CancellationTokenSource(Deadline).Token;

    private static void AssertEqual(FeedResults results, MarketMirror mirror, int depth = int.MaxValue)
    {
        var expected = results.OrderedLevels().Where(row => row.Level <= depth).Select(row => (row.Instrument, row.Book, row.State, row.Side, row.Level, row.Price, row.Quantity, row.Orders));
        var rows = new List<(uint, BookKind, BookState, BookSide, int, long, long, int)>();
        foreach (var book in mirror.Books.OrderBy(book => book.Instrument))
        {
            if (book.Implied is { } implied) Add(book, BookKind.Implied, implied);
            Add(book, BookKind.Outright, book.Outright);
        }

        Assert.Equal(expected, rows);

        void Add(BookMirror mirrored, BookKind kind, MbpBook book)
        {
            for (var side = BookSide.Bid; side <= BookSide.Ask; side++)
            {
                var levels = book.Levels(side);
                for (var i = 0; i < levels.Length; i++) rows.Add((mirrored.Instrument, kind, mirrored.LevelState, side, i + 1, levels[i].Price, levels[i].Quantity, levels[i].Orders));
            }
        }
    }

    /// <summary>Counts a shard's book updates; throws at every so many of the first half.</summary>
    private struct FaultyListener(long[] updates, int shard, int failAt) : IShardListener
    {
        private const int LastFault = 1000;

        public readonly bool WantsPackets => false;

        public readonly void OnBookUpdate(Instrument instrument, in MarketUpdate update)
        {
            var count = ++updates[shard];
            if (failAt != 0 && count % failAt == 0 && count <= LastFault) throw new InvalidOperationException("injected");
        }

        public readonly void OnBookReplaced(Instrument instrument, BookType book, StateReason reason) { }

        public readonly void OnStateChanged(Instrument instrument, BookType book, BookState before, StateReason reason) { }

        public readonly void OnInformation(Instrument? instrument, in MarketUpdate update) { }

        public readonly void OnEndOfEvent(Instrument instrument, in MarketUpdate last) { }

        public readonly void OnEndOfPacket(Instrument instrument, uint packetSequence, long position) { }

        public readonly void OnFlush(in MarketUpdate last) { }
    }
}
