using System.Diagnostics;
using System.Globalization;
using Akka.Actor;
using FeedHandler.Actors;
using FeedHandler.Actors.Tests.Publishing;
using FeedHandler.Codecs;

namespace FeedHandler.Benchmarks;

/// <summary>What publishing costs.</summary>
internal static class PublishingRates
{
    private const int Updates = 50_000;
    private const int Rounds = 60;

    public static int Run()
    {
        OnTheShardsThread();
        ThroughActors().GetAwaiter().GetResult();
        return 0;
    }

    /// <summary>One thread: the shard's own cost, with subscribers that read at once.</summary>
    private static void OnTheShardsThread()
    {
        Report("no subscriber", 0, null);
        Report("1, end of event", 1, new Subscribe("one"));
        Report("1, every update", 1, new Subscribe("one") { Timing = UpdateTiming.EveryUpdate });
        Report("1, depth 1", 1, new Subscribe("one") { Depth = 1 });
        Report("1, depth 5", 1, new Subscribe("one") { Depth = 5 });
        Report("5, end of event", 5, new Subscribe("one"));
        Report("1 of 50 instruments", 1, new Subscribe("one") { Instrument = 7 });

        void Report(string name, int subscribers, Subscribe? request)
        {
            var market = new SyntheticMarket(1);
            var reader = new Reader();
            for (var i = 0; i < subscribers; i++) market.Subscribe(i, reader, request!);
            var times = new List<double>();
            long allocated = 0;
            for (var round = 0; round < Rounds; round++)
            {
                market.Write(Updates);
                if (round == Rounds / 2) allocated = market.Consumers[0].AllocatedBytes;
                var started = Stopwatch.GetTimestamp();
                market.Consumers[0].Drain(int.MaxValue / 2);
                times.Add(Stopwatch.GetElapsedTime(started).TotalNanoseconds / Updates);
            }

            allocated = market.Consumers[0].AllocatedBytes - allocated;
            times.Sort();
            Console.WriteLine(string.Create(CultureInfo.InvariantCulture, $"{name,-24} {times[0],6:F1} ns/update best, {times[times.Count / 2],6:F1} median, {allocated / (Updates * (Rounds / 2.0)):F3} B/update"));
        }
    }

    /// <summary>The whole way: producer thread, ring, shard actor, batches, subscriber actor; lossless.</summary>
    private static async Task ThroughActors()
    {
        using var system = ActorSystem.Create("bench", "akka.loglevel = OFF");
        var market = new SyntheticMarket(1);
        var shard = system.ActorOf(Props.Create(() => new BookShardActor(market.Consumers[0], market.Signals[0])));
        var hub = system.ActorOf(Props.Create(() => new PublisherActor(new[] { new ShardChannelOptions("one", -9, false, false) }, new[] { shard }, true)));
        var counter = new Counter();
        var subscriber = system.ActorOf(Props.Create(() => new CountingActor(counter)));
        hub.Tell(new Subscribe("one") { Policy = SlowSubscriberPolicy.Wait }, subscriber);
        await hub.Ask<PublisherActor.Synchronise>(new PublisherActor.Synchronise());
        Round(Updates);
        var rates = new List<double>();
        var allocated = GC.GetTotalAllocatedBytes(precise: true);
        for (var round = 0; round < Rounds; round++) rates.Add(Round(500_000));
        allocated = GC.GetTotalAllocatedBytes(precise: true) - allocated;
        rates.Sort();
        Console.WriteLine(string.Create(
            CultureInfo.InvariantCulture,
            $"through actors: {rates[^1]:F1} M updates/s best, {rates[rates.Count / 2]:F1} median, {allocated / (Rounds * 500_000.0):F3} B/update in the whole process, {counter.Batches} batches"));
        await system.Terminate();

        double Round(int updates)
        {
            var wanted = counter.Updates + updates;
            var started = Stopwatch.GetTimestamp();
            market.Write(updates);
            if (!SpinWait.SpinUntil(() => Volatile.Read(ref counter.Updates) >= wanted, TimeSpan.FromSeconds(30))) throw new InvalidOperationException("updates were lost");
            return updates / Stopwatch.GetElapsedTime(started).TotalMicroseconds;
        }
    }

    private sealed class Counter
    {
        public long Updates;
        public long Batches;
    }

    private sealed class Reader : IBatchReceiver
    {
        public void Deliver(MarketDataBatch batch) => batch.Dispose();

        public void End(int shard, SubscriptionEnd reason) { }
    }

    private sealed class CountingActor(Counter counter) : UntypedActor
    {
        protected override void OnReceive(object message)
        {
            if (message is not MarketDataBatch batch) return;
            using (batch)
            {
                var levels = 0;
                foreach (ref readonly var update in batch.Updates)
                {
                    if (update.Kind == UpdateKind.Level && (update.Flags & UpdateFlags.Snapshot) == 0) levels++;
                }

                counter.Batches++;
                Volatile.Write(ref counter.Updates, counter.Updates + levels);
            }
        }
    }
}
