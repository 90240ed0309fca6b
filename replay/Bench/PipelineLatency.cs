using Akka.Actor;
using FeedHandler.Actors;
using FeedHandler.Codecs;
using FeedHandler.Transport;
using HdrHistogram;

namespace FeedHandler.Replay.Bench;

/// <summary>What a paced run saw.</summary>
/// <param name="Name">How the reader is reached.</param>
/// <param name="MessagesPerSecond">The rate that was asked for.</param>
/// <param name="Histogram">Nanoseconds from when a frame was due to when the reader had its update.</param>
/// <param name="Gaps">Gaps: the ring overran.</param>
internal sealed record LatencyRun(string Name, double MessagesPerSecond, LongHistogram Histogram, int Gaps);

/// <summary>
/// The production pipeline at a fixed rate. Time counts from when a frame was due, not from when it was fetched: a reader
/// that falls behind pays for every frame that waited meanwhile (no coordinated omission).
/// </summary>
internal sealed class PipelineLatency(FrameMemory memory, FeedDefinition feed, double messagesPerFrame)
{
    /// <summary>A run's first part, in which books are created and code is compiled, is not counted: this long, or this share of a run that the capture makes short.</summary>
    private const long WarmUpNs = 250_000_000;

    private const double WarmUpShare = 0.25;

    private const double Seconds = 1.5;

    /// <summary>RX, shard and actor each want a core when they poll.</summary>
    private const int CoresForPolling = 3;

    /// <summary>A listener on the shard's thread.</summary>
    public LatencyRun Listener(double messagesPerSecond, bool busyPoll)
    {
        var recorder = new LatencyRecorder(WarmUp(messagesPerSecond));
        var gaps = Run(messagesPerSecond, busyPoll, recorder, static (_, _) => { });
        return new LatencyRun(busyPoll ? "listener, busy polling" : "listener, parking shard", messagesPerSecond, recorder.Histogram, gaps);
    }

    /// <summary>An actor that gets batches. On a machine with few cores the shard parks, or the actor would wait for the scheduler.</summary>
    public LatencyRun Subscriber(double messagesPerSecond)
    {
        var busyPoll = Environment.ProcessorCount >= CoresForPolling;
        var recorder = new LatencyRecorder(WarmUp(messagesPerSecond));
        var gaps = Run(messagesPerSecond, busyPoll, recorder: null, (run, channels) =>
        {
            var actor = run.System.ActorOf(Props.Create(() => new BatchReader(recorder)));
            foreach (var channel in channels) run.MarketData.Tell(new Subscribe(channel), actor);
        });
        return new LatencyRun(busyPoll ? "subscribed actor, busy polling" : "subscribed actor, parking shard", messagesPerSecond, recorder.Histogram, gaps);
    }

    private long WarmUp(double messagesPerSecond) =>
        (long)Math.Min(WarmUpNs, memory.Frames * messagesPerFrame / messagesPerSecond * WarmUpShare * 1e9);

    private int Run(double messagesPerSecond, bool busyPoll, LatencyRecorder? recorder, Action<FeedRun, IEnumerable<string>> prepare)
    {
        var framesPerSecond = messagesPerSecond / messagesPerFrame;
        var source = new FrameMemory.Source(memory, framesPerSecond, (long)(framesPerSecond * Seconds));
        using var run = FeedRun.Create(new FeedRunOptions { Feed = feed, BusyPoll = busyPoll }, source, _ => new LatencyListener(recorder));
        prepare(run, feed.Channels.Select(channel => channel.Name));
        run.Begin();
        return run.Completion.GetAwaiter().GetResult().Gaps.Count;
    }

    /// <summary>Notes latencies. Owned by the reader's thread.</summary>
    public sealed class LatencyRecorder(long warmUpNs)
    {
        private const long HighestNs = 10_000_000_000;

        private long _firstNs;

        public LongHistogram Histogram { get; } = new(HighestNs, numberOfSignificantValueDigits: 3);

        [HotPath]
        public void Record(in MarketUpdate update)
        {
            var now = Clock.NowNs;
            if (_firstNs == 0) _firstNs = now;
            if (now - _firstNs < warmUpNs) return;

            // The update has the low half of the time when it was due; the difference is far below its 4 seconds.
            Histogram.RecordValue(unchecked((uint)now - update.ReceiveTimeLow));
        }
    }

    /// <summary>The last update of each event, as a listener on the shard's thread sees it.</summary>
    private readonly struct LatencyListener(LatencyRecorder? recorder) : IShardListener
    {
        public bool WantsPackets => false;

        public void OnBookUpdate(Instrument instrument, in MarketUpdate update) { }

        public void OnBookReplaced(Instrument instrument, BookType book, StateReason reason) { }

        public void OnStateChanged(Instrument instrument, BookType book, BookState before, StateReason reason) { }

        public void OnInformation(Instrument? instrument, in MarketUpdate update) { }

        [HotPath]
        public void OnEndOfEvent(Instrument instrument, in MarketUpdate last) => recorder?.Record(last);

        public void OnEndOfPacket(Instrument instrument, uint packetSequence, long position) { }

        public void OnFlush(in MarketUpdate last) { }
    }

    private sealed class BatchReader(LatencyRecorder recorder) : UntypedActor
    {
        protected override void OnReceive(object message)
        {
            if (message is not MarketDataBatch batch) return;
            using (batch)
            {
                foreach (ref readonly var update in batch.Updates)
                {
                    if (update.Kind == UpdateKind.Level && (update.Flags & (UpdateFlags.EndOfEvent | UpdateFlags.Snapshot)) == UpdateFlags.EndOfEvent) recorder.Record(update);
                }
            }
        }
    }
}
