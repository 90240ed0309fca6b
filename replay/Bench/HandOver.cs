using System.Diagnostics;
using System.Threading.Channels;
using Akka.Actor;
using Akka.Configuration;
using Disruptor;
using Disruptor.Dsl;
using FeedHandler.Actors;
using FeedHandler.Codecs;
using FeedHandler.Transport;
using HdrHistogram;

namespace FeedHandler.Replay.Bench;

/// <summary>Ways to hand a 64-byte update from the RX thread to an actor or another thread, side by side.</summary>
internal static class HandOver
{
    private const int Batch = 16;

    private static readonly Config AkkaConfig = ConfigurationFactory.ParseString(
        $"akka.loglevel = OFF\nfeedhandler.pinned-dispatcher.type = PinnedDispatcher");

    /// <summary>One message to the actor for each update.</summary>
    public static double TellPerUpdate(int updates)
    {
        using var system = ActorSystem.Create("tell", AkkaConfig);
        using var done = new ManualResetEventSlim();
        var actor = system.ActorOf(Props.Create(() => new Adder(updates, done)));
        var started = Stopwatch.GetTimestamp();
        for (var i = 0; i < updates; i++) actor.Tell(new UpdateMessage(new MarketUpdate { Kind = UpdateKind.Level, Price = i }), ActorRefs.NoSender);
        done.Wait();
        return Rate(updates, started);
    }

    /// <summary>A bounded channel of the base class library, one writer, one reader that polls.</summary>
    public static double Channels(int updates)
    {
        var channel = Channel.CreateBounded<MarketUpdate>(new BoundedChannelOptions(RingAlone.Slots) { SingleReader = true, SingleWriter = true });
        long sum = 0;
        var started = Stopwatch.GetTimestamp();
        var reader = new Thread(() =>
        {
            var spin = default(SpinWait);
            for (var i = 0; i < updates;)
            {
                if (channel.Reader.TryRead(out var update))
                {
                    sum += update.Price;
                    i++;
                }
                else
                {
                    spin.SpinOnce(sleep1Threshold: -1);
                }
            }
        });
        reader.Start();
        var wait = default(SpinWait);
        for (var i = 0; i < updates; i++)
        {
            while (!channel.Writer.TryWrite(new MarketUpdate { Kind = UpdateKind.Level, Price = i })) wait.SpinOnce(sleep1Threshold: -1);
        }

        reader.Join();
        return sum == Sum(updates) ? Rate(updates, started) : throw new InvalidOperationException("updates were lost");
    }

    /// <summary>As in the pipeline: the ring, and at its other end the shard's actor, which is told only when it sleeps.</summary>
    public static RingRun RingToActor(int updates, bool busyPolls)
    {
        using var system = ActorSystem.Create("ring", AkkaConfig);
        var ring = CreateRing();
        var reader = new PriceReader(ring, updates);
        var signal = new ShardSignal();
        var writer = new RingWriter(ring, [signal], waits: true);
        Start(system, reader, signal, busyPolls);
        var watch = new ProcessorWatch();
        var started = Stopwatch.GetTimestamp();
        for (var i = 0; i < updates; i += Batch)
        {
            writer.TryReserve(Batch);
            for (var n = 0; n < Batch; n++) RingAlone.Fill(ref writer.Claim(), i + n);
            writer.Publish();
        }

        RingAlone.WaitFor(ref reader.Taken, updates);
        var elapsed = Stopwatch.GetElapsedTime(started);
        var undisturbed = watch.IsUndisturbed;
        if (reader.Sum != Sum(updates)) throw new InvalidOperationException("updates were lost");
        return new RingRun(updates / elapsed.TotalSeconds, !busyPolls || (undisturbed && reader.WasUndisturbed));
    }

    /// <summary>Nanoseconds from just before an update is published to when the actor has it; one update every 10 µs, or every 2 ms to a parked one.</summary>
    public static LongHistogram Hop(int updates, bool busyPolls)
    {
        using var system = ActorSystem.Create("hop", AkkaConfig);
        var ring = CreateRing();
        var reader = new HopReader(ring);
        var signal = new ShardSignal();
        var writer = new RingWriter(ring, [signal], waits: true);
        Start(system, reader, signal, busyPolls);
        var pauseNs = busyPolls ? 10_000 : 2_000_000;
        var due = Clock.NowNs;
        for (var i = 0; i < updates; i++)
        {
            for (due += pauseNs; Clock.NowNs < due;) Thread.SpinWait(4);
            writer.TryReserve(1);
            writer.Claim().OrderId = (ulong)Clock.NowNs;
            writer.Publish();
        }

        RingAlone.WaitFor(ref reader.Taken, updates);
        return reader.Histogram;
    }

    private static void Start(ActorSystem system, ShardConsumer consumer, ShardSignal signal, bool busyPolls)
    {
        var supervisor = system.ActorOf(Props.Create(() => new FeedSupervisorActor(new[] { ValueTuple.Create(consumer, signal) }, busyPolls, Array.Empty<int>())));
        supervisor.Ask<IActorRef[]>(new FeedSupervisorActor.GetShards()).GetAwaiter().GetResult();
    }

    private static ValueRingBuffer<MarketUpdate> CreateRing() =>
        ValueRingBuffer<MarketUpdate>.Create(ProducerType.Single, static () => default, RingAlone.Slots, new BusySpinWaitStrategy());

    private static double Rate(int updates, long started) => updates / Stopwatch.GetElapsedTime(started).TotalSeconds;

    private static long Sum(long updates) => updates * (updates - 1) / 2;

    private sealed record UpdateMessage(MarketUpdate Update);

    private sealed class Adder(int updates, ManualResetEventSlim done) : UntypedActor
    {
        private int _taken;
        private long _sum;

        protected override void OnReceive(object message)
        {
            if (message is not UpdateMessage update) return;
            _sum += update.Update.Price;
            if (++_taken == updates && _sum == Sum(updates)) done.Set();
        }
    }

    private sealed class PriceReader(ValueRingBuffer<MarketUpdate> ring, int updates) : RingReader(ring)
    {
        private ProcessorWatch _watch;

        public long Sum { get; private set; }

        /// <summary>Whether the actor's thread had a processor from the first update to the last.</summary>
        public bool WasUndisturbed { get; private set; }

        protected override void Take(ValueRingBuffer<MarketUpdate> ring, long first, long last)
        {
            if (first == 0) _watch = new ProcessorWatch();
            long sum = 0;
            for (var at = first; at <= last; at++) sum += ring[at].Price;
            Sum += sum;
            if (last == updates - 1) WasUndisturbed = _watch.IsUndisturbed;
        }
    }

    private sealed class HopReader(ValueRingBuffer<MarketUpdate> ring) : RingReader(ring)
    {
        private const int WarmUp = 2_000;

        private long _seen;

        public LongHistogram Histogram { get; } = new(10_000_000_000, numberOfSignificantValueDigits: 3);

        protected override void Take(ValueRingBuffer<MarketUpdate> ring, long first, long last)
        {
            for (var at = first; at <= last; at++)
            {
                var latency = Clock.NowNs - (long)ring[at].OrderId;
                if (++_seen > WarmUp) Histogram.RecordValue(Math.Max(latency, 0));
            }
        }
    }
}
