using System.Diagnostics;
using Disruptor;
using Disruptor.Dsl;
using FeedHandler.Actors;
using FeedHandler.Codecs;
using FeedHandler.Codecs.Cme.Mdp3;
using FeedHandler.Codecs.Nasdaq.Itch5;
using FeedHandler.Transport;

namespace FeedHandler.Replay.Bench;

/// <summary>What one run over all frames cost.</summary>
/// <param name="Elapsed">Wall-clock time.</param>
/// <param name="Cpu">Processor time of the whole process.</param>
/// <param name="ThreadCpuNs">Processor time of the calling thread: hardly any of what else the machine does is in it.</param>
/// <param name="Messages">Messages decoded; 0 before the decoder.</param>
/// <param name="Updates">Updates that reached the ring.</param>
/// <param name="Allocated">Bytes that the threads at work allocated in the second half: in the first, books are created and arrays grow.</param>
/// <param name="Collections">Garbage collections in the second half.</param>
/// <param name="Disturbed">A thread that never sleeps had to share its processor.</param>
internal readonly record struct PipelineRun(TimeSpan Elapsed, TimeSpan Cpu, long ThreadCpuNs = 0, long Messages = 0, long Updates = 0, long Allocated = 0, int Collections = 0, bool Disturbed = false);

/// <summary>
/// The production path, cut off after each of its stages: what a stage costs is the difference to the one before. All of
/// it on one thread, but for the last.
/// </summary>
internal sealed class PipelineStages(FrameMemory memory, FeedDefinition feed)
{
    /// <summary>Slots of a ring that nobody reads: it laps itself.</summary>
    private const int RingSlots = 8192;

    private readonly Frame[] _frames = new Frame[RxCore.BurstFrames];

    /// <summary>Takes the frames and reads a byte of each.</summary>
    public PipelineRun Walk() => Measure(() =>
    {
        var source = new FrameMemory.Source(memory);
        long sum = 0;
        while (!source.IsEnded)
        {
            var count = source.Poll(_frames);
            unsafe
            {
                for (var i = 0; i < count; i++) sum += _frames[i].Data[_frames[i].Length >> 1];
            }
        }

        return new PipelineRun { Updates = sum & 1 };
    });

    /// <summary>Link, IP and UDP headers, and the channel that the address belongs to.</summary>
    public PipelineRun Parse()
    {
        var routes = new RouteTable(feed);
        return Measure(() =>
        {
            var source = new FrameMemory.Source(memory);
            long found = 0;
            while (!source.IsEnded)
            {
                var count = source.Poll(_frames);
                for (var i = 0; i < count; i++)
                {
                    if (TryRoute(routes, ref _frames[i])) found++;
                }
            }

            return new PipelineRun { Updates = found };
        });
    }

    /// <summary>Packet header, lines A and B made one.</summary>
    public PipelineRun Arbitrate()
    {
        var ring = CreateRing();
        var writer = new RingWriter(ring, [], waits: true);
        var receivers = new ChannelReceiver[feed.Channels.Count];
        for (var i = 0; i < receivers.Length; i++) receivers[i] = HeaderReceiver((ushort)i, feed.Channels[i], writer);
        return Receive(receivers, writer);
    }

    /// <summary>Messages become updates in the ring's slots; nobody reads them.</summary>
    public PipelineRun Decode()
    {
        var writer = new RingWriter(CreateRing(), [], waits: true);
        return Receive(ChannelReceivers.Create(feed, writer), writer);
    }

    /// <summary>A consumer that follows, reads each slot and gives it back.</summary>
    public PipelineRun Ring() => OneThread(ring => new RingReader.Kinds(ring));

    /// <summary>The books.</summary>
    public PipelineRun Books() => OneThread(ring => new ShardConsumer<NullListener>(ring, ShardOptionsOf(feed), default));

    /// <summary>One subscriber in this process that wants everything, and reads each batch at once.</summary>
    public PipelineRun Publish() => OneThread(ring =>
    {
        var publisher = new ShardPublisher(0, feed.Channels.Count, static () => { });
        var consumer = new ShardConsumer<RunListener<NullListener>>(ring, ShardOptionsOf(feed), new RunListener<NullListener>(default, null, publisher)) { Publisher = publisher };
        for (var channel = 0; channel < feed.Channels.Count; channel++)
            publisher.Add(channel, channel, new Subscribe(feed.Channels[channel].Name), new ReadAtOnce(), []);
        return consumer;
    });

    /// <summary>RX and books on a thread each, both polling; a listener on the books' thread follows the best prices.</summary>
    public PipelineRun TwoThreads()
    {
        var ring = CreateRing(FeedEngine.RingSlots);
        var consumer = new ShardConsumer<BestPriceListener>(ring, ShardOptionsOf(feed), new BestPriceListener());
        var writer = new RingWriter(ring, [], waits: true);
        var rx = new RxCore(new FrameMemory.Source(memory), new RouteTable(feed), ChannelReceivers.Create(feed, writer), writer);
        var books = new BooksThread(consumer);
        return Measure(() =>
        {
            books.Start();
            var watch = new ProcessorWatch();
            var half = new HalfTime(rx, () => consumer.AllocatedBytes);
            while (!rx.Source.IsEnded)
            {
                rx.Poll(0);
                half.Pass();
            }

            rx.Finish();
            var rxUndisturbed = watch.IsUndisturbed;
            var booksUndisturbed = books.Finish();
            return half.Result() with { Disturbed = !(booksUndisturbed && rxUndisturbed) };
        });
    }

    public static ShardOptions ShardOptionsOf(FeedDefinition feed) => new() { Channels = FeedRun.ChannelsOf(feed) };

    private static ValueRingBuffer<MarketUpdate> CreateRing(int slots = RingSlots) =>
        ValueRingBuffer<MarketUpdate>.Create(ProducerType.Single, static () => default, slots, new BusySpinWaitStrategy());

    private PipelineRun Receive(ChannelReceiver[] receivers, RingWriter writer)
    {
        var rx = new RxCore(new FrameMemory.Source(memory), new RouteTable(feed), receivers, writer);
        return Measure(() =>
        {
            var half = new HalfTime(rx);
            while (!rx.Source.IsEnded)
            {
                rx.Poll(0);
                half.Pass();
            }

            rx.Finish();
            return half.Result();
        });
    }

    private PipelineRun OneThread(Func<ValueRingBuffer<MarketUpdate>, ShardConsumer> follow)
    {
        var ring = CreateRing();
        var consumer = follow(ring);
        var writer = new RingWriter(ring, [], waits: true);
        var rx = new RxCore(new FrameMemory.Source(memory), new RouteTable(feed), ChannelReceivers.Create(feed, writer), writer);
        return Measure(() =>
        {
            var half = new HalfTime(rx);
            while (!rx.Source.IsEnded)
            {
                // A burst is at most 32 packets, each far below 64 updates on average: the ring never fills up in between.
                rx.Poll(0);
                while (consumer.Drain(RingSlots) != 0) { }
                half.Pass();
            }

            rx.Finish();
            while (consumer.Drain(RingSlots) != 0) { }
            return half.Result();
        });
    }

    private static PipelineRun Measure(Func<PipelineRun> run)
    {
        GC.Collect();
        var cpu = Environment.CpuUsage.TotalTime;
        var threadCpu = CpuClock.NowNs();
        var started = Stopwatch.GetTimestamp();
        var result = run();
        var elapsed = Stopwatch.GetElapsedTime(started);
        return result with { ThreadCpuNs = CpuClock.NowNs() - threadCpu, Elapsed = elapsed, Cpu = Environment.CpuUsage.TotalTime - cpu };
    }

    [HotPath]
    private static unsafe bool TryRoute(RouteTable routes, ref Frame frame) =>
        FrameParser.TryParse(frame.Link, new ReadOnlySpan<byte>(frame.Data, frame.Length), out var datagram) == FrameError.None
        && routes.TryFind(datagram.DestinationAddress, datagram.DestinationPort, out _);

    private static ChannelReceiver HeaderReceiver(ushort index, ChannelDefinition channel, RingWriter writer)
    {
        var lines = new LineArbiterOptions { Lines = channel.Incremental.B is null ? 1 : 2 };
        return channel.Protocol == FeedProtocol.Itch50
            ? new ChannelReceiver<HeaderOnly<Itch5Decoder>>(index, lines with { SequenceBits = 64, MaxJump = 1 << 20 }, new(new Itch5Decoder(channel.Raw)), writer)
            : new ChannelReceiver<HeaderOnly<Mdp3Decoder>>(index, lines, new(new Mdp3Decoder(Mdp3Schema.BuiltIn)), writer);
    }

    /// <summary>Notes at half-time what has been allocated, so that only the second half counts.</summary>
    private struct HalfTime(RxCore rx, Func<long>? others = null)
    {
        private long _allocated = -1;
        private int _collections;

        public void Pass()
        {
            if (_allocated >= 0 || ((FrameMemory.Source)rx.Source).Share < 0.5) return;
            _allocated = Allocated;
            _collections = GC.CollectionCount(0);
        }

        public readonly PipelineRun Result()
        {
            // Before the counting itself allocates.
            var allocated = Allocated - _allocated;
            var collections = GC.CollectionCount(0) - _collections;
            return new PipelineRun
            {
                Messages = rx.Receivers.Sum(receiver => receiver.Decoder.Messages.Sum()),
                Updates = rx.Writer.Updates,
                Allocated = allocated,
                Collections = collections,
            };
        }

        private readonly long Allocated => GC.GetAllocatedBytesForCurrentThread() + (others?.Invoke() ?? 0);
    }

    /// <summary>A decoder that stops after the packet header.</summary>
    private struct HeaderOnly<TDecoder>(TDecoder decoder) : IPacketDecoder
        where TDecoder : struct, IPacketDecoder
    {
        private TDecoder _decoder = decoder;

        public readonly DecoderCounters Counters => _decoder.Counters;

        [HotPath]
        public bool TryReadHeader(ReadOnlySpan<byte> payload, out PacketHeader header) => _decoder.TryReadHeader(payload, out header);

        [HotPath]
        public readonly bool Decode<TSink>(ReadOnlySpan<byte> payload, uint skip, FeedRole role, ref TSink sink)
            where TSink : struct, IUpdateSink => true;

        [HotPath]
        public readonly bool TryReadSnapshotSequence(ReadOnlySpan<byte> payload, out ulong sequence)
        {
            sequence = 0;
            return false;
        }
    }

    private sealed class ReadAtOnce : IBatchReceiver
    {
        public void Deliver(MarketDataBatch batch) => batch.Dispose();

        public void End(int shard, SubscriptionEnd reason) { }
    }
}
