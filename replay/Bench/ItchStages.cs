using System.Buffers.Binary;
using System.Diagnostics;
using System.Runtime.CompilerServices;
using System.Runtime.Intrinsics.X86;
using Disruptor;
using Disruptor.Dsl;
using FeedHandler.Actors;
using FeedHandler.Codecs;
using FeedHandler.Codecs.Nasdaq.Itch5;
using FeedHandler.Codecs.Nasdaq.MoldUdp64;
using FeedHandler.Transport;

namespace FeedHandler.Replay.Bench;

/// <summary>What one run of a stage cost.</summary>
/// <param name="Elapsed">Wall-clock time.</param>
/// <param name="Cpu">Processor time of the whole process: what is left of the elapsed time when others use the machine, too.</param>
/// <param name="AllocatedBytes">Bytes allocated in the second half of the input: by then the arrays have grown.</param>
/// <param name="MemoryBytes">Bytes of the books at the end.</param>
/// <param name="LiveOrders">Orders that rest at the end.</param>
/// <param name="Check">A number that must come out, so that nothing is optimised away.</param>
/// <param name="Disturbed">A thread that never sleeps had to share its processor.</param>
internal readonly record struct StageRun(TimeSpan Elapsed, TimeSpan Cpu, long AllocatedBytes, long MemoryBytes = 0, int LiveOrders = 0, long Check = 0, bool Disturbed = false);

/// <summary>The stages of the ITCH path, each over the whole input, from memory.</summary>
internal sealed unsafe class ItchStages(ItchRecords records)
{
    private const int RecordHeaderBytes = 8;
    private const int BufferUpdates = 1024;

    private static readonly ShardOptions Options = new()
    {
        Channels = [new ShardChannelOptions("bench", Itch5.PriceExponent, false, false, NumbersMessages: true)],
    };

    /// <summary>Steps from length to length, packets and messages, and touches nothing else.</summary>
    public StageRun Walk() => Walk(readsAhead: false);

    /// <summary>The same with the memory asked for ahead, as the other stages do it.</summary>
    public StageRun WalkReadingAhead() => Walk(readsAhead: true);

    private StageRun Walk(bool readsAhead) => Measure(() =>
    {
        long sum = 0;
        for (var at = records.Start; at != records.End;)
        {
            var length = (int)*(long*)at;
            if (readsAhead)
            {
                if (Sse.IsSupported)
                {
                    Sse.Prefetch1(at + ItchRecords.PrefetchBytes);
                    Sse.Prefetch1(at + ItchRecords.PrefetchBytes + 64);
                }

            }

            var message = at + RecordHeaderBytes + MoldPacket.HeaderBytes;
            int count = BinaryPrimitives.ReverseEndianness(*(ushort*)(message - 2));
            for (var i = 0; i < count; i++)
            {
                int messageBytes = BinaryPrimitives.ReverseEndianness(*(ushort*)message);
                sum += messageBytes;
                message += MoldPacket.LengthBytes + messageBytes;
            }

            at += RecordHeaderBytes + length;
        }

        return new StageRun(default, default, 0, Check: sum);
    });

    /// <summary>Decodes every message into a 64-byte update.</summary>
    public StageRun Decode()
    {
        var buffer = new MarketUpdate[BufferUpdates];
        var decoder = new Itch5Decoder(raw: false);
        return Measure(() =>
        {
            long updates = 0;
            fixed (MarketUpdate* first = buffer)
            {
                var sink = new BufferSink { First = first };
                for (var at = records.Start; at != records.End;)
                {
                    at = DecodePacket(ref decoder, at, ref sink);
                    if (sink.Count < BufferUpdates - 64) continue;
                    PassHalf(at);
                    updates += sink.Count;
                    sink.Count = 0;
                }

                updates += sink.Count;
            }

            return new StageRun(default, default, 0, Check: updates);
        });
    }

    /// <summary>Decodes and keeps every book, on one thread.</summary>
    public StageRun Books()
    {
        var buffer = new MarketUpdate[BufferUpdates];
        var decoder = new Itch5Decoder(raw: false);
        var managedBefore = GC.GetTotalMemory(forceFullCollection: true);
        var shard = new BookShard<NullListener>(Options, default);
        var run = Measure(() =>
        {
            long position = 0;
            fixed (MarketUpdate* first = buffer)
            {
                var sink = new BufferSink { First = first };
                for (var at = records.Start; at != records.End;)
                {
                    at = DecodePacket(ref decoder, at, ref sink);
                    if (sink.Count < 256 && at != records.End) continue;
                    PassHalf(at);
                    shard.OnUpdates(new ReadOnlySpan<MarketUpdate>(first, sink.Count), position);
                    position += sink.Count;
                    sink.Count = 0;
                }
            }

            return new StageRun(default, default, 0, shard.OrderMemoryBytes, shard.RestingOrders, shard.Counters.Contradictions);
        });

        // The instruments, and whatever else the shard has on the managed heap.
        run = run with { MemoryBytes = run.MemoryBytes + Math.Max(0, GC.GetTotalMemory(forceFullCollection: true) - managedBefore) };
        GC.KeepAlive(shard);
        return run;
    }

    /// <summary>What the books of the bench may take at most.</summary>
    public static long BoundBytes => BookShard<NullListener>.OrderMemoryBoundBytes(Options.MaxOrders);

    /// <summary>The orders that this bound is for.</summary>
    public static int MaxOrders => Options.MaxOrders;

    /// <summary>Frame, routing, arbiter, decoder, ring, books, best prices published: everything on this thread.</summary>
    public StageRun PipelineOnOneThread()
    {
        var (rx, consumer) = CreatePipeline();
        return Measure(() =>
        {
            while (!rx.Source.IsEnded)
            {
                for (var i = 0; i < 4; i++) rx.Poll(0);
                PassHalf(((ItchRecords.Source)rx.Source).At);
                while (consumer.Drain(65_536) != 0) { }
            }

            rx.Finish();
            while (consumer.Drain(65_536) != 0) { }
            return Result(consumer);
        });
    }

    /// <summary>The same with the books on a thread of their own.</summary>
    public StageRun PipelineOnTwoThreads()
    {
        var (rx, consumer) = CreatePipeline();
        var books = new BooksThread(consumer);
        books.Start();
        return Measure(() =>
        {
            var watch = new ProcessorWatch();
            while (!rx.Source.IsEnded)
            {
                rx.Poll(0);
                PassHalf(((ItchRecords.Source)rx.Source).At);
            }

            rx.Finish();
            var rxUndisturbed = watch.IsUndisturbed;
            var booksUndisturbed = books.Finish();
            return Result(consumer) with { Disturbed = !(booksUndisturbed && rxUndisturbed) };
        });
    }

    /// <summary>What a book looks like without any of this: a dictionary of orders, sorted dictionaries of levels.</summary>
    public StageRun Naive()
    {
        var book = new NaiveItchBook();
        return Measure(() =>
        {
            for (var at = records.Start; at != records.End;)
            {
                var length = (int)*(long*)at;
                var message = at + RecordHeaderBytes + MoldPacket.HeaderBytes;
                int count = BinaryPrimitives.ReverseEndianness(*(ushort*)(message - 2));
                for (var i = 0; i < count; i++)
                {
                    int messageBytes = BinaryPrimitives.ReverseEndianness(*(ushort*)message);
                    book.Apply(new ReadOnlySpan<byte>(message + MoldPacket.LengthBytes, messageBytes));
                    message += MoldPacket.LengthBytes + messageBytes;
                }

                at += RecordHeaderBytes + length;
            }

            return new StageRun(default, default, 0, LiveOrders: book.LiveOrders);
        });
    }

    private static StageRun Result(ShardConsumer<TopOfBookListener> consumer) =>
        new(default, default, 0, consumer.Shard.OrderMemoryBytes, consumer.Shard.RestingOrders, consumer.Shard.Counters.Contradictions);

    [HotPath]
    [MethodImpl(MethodImplOptions.AggressiveInlining)]
    private static byte* DecodePacket(ref Itch5Decoder decoder, byte* at, ref BufferSink sink)
    {
        var length = (int)*(long*)at;
        if (Sse.IsSupported)
        {
            Sse.Prefetch1(at + ItchRecords.PrefetchBytes);
            Sse.Prefetch1(at + ItchRecords.PrefetchBytes + 64);
        }

        decoder.Decode(new ReadOnlySpan<byte>(at + RecordHeaderBytes, length), 0, FeedRole.Incremental, ref sink);
        return at + RecordHeaderBytes + length;
    }

    private StageRun Measure(Func<StageRun> stage)
    {
        GC.Collect();
        _allocatedAtHalf = long.MaxValue;
        var cpu = Environment.CpuUsage.TotalTime;
        var started = Stopwatch.GetTimestamp();
        var run = stage();
        var elapsed = Stopwatch.GetElapsedTime(started);
        return run with
        {
            Elapsed = elapsed,
            Cpu = Environment.CpuUsage.TotalTime - cpu,
            AllocatedBytes = Math.Max(0, GC.GetTotalAllocatedBytes() - _allocatedAtHalf),
        };
    }

    private long _allocatedAtHalf;

    /// <summary>Notes the point from which on nothing may be allocated.</summary>
    private void PassHalf(byte* at)
    {
        if (_allocatedAtHalf == long.MaxValue && at - records.Start >= records.Bytes / 2) _allocatedAtHalf = GC.GetTotalAllocatedBytes();
    }

    private (RxCore Rx, ShardConsumer<TopOfBookListener> Consumer) CreatePipeline()
    {
        var channel = new ChannelDefinition { Name = "bench", Protocol = FeedProtocol.Itch50, Incremental = new FeedLines(BinaryFileSource.Address, null) };
        var feed = new FeedDefinition([channel]);
        var ring = ValueRingBuffer<MarketUpdate>.Create(ProducerType.Single, static () => default, RingSlots, new BusySpinWaitStrategy());
        var consumer = new ShardConsumer<TopOfBookListener>(ring, Options, new TopOfBookListener());
        var writer = new RingWriter(ring, [], waits: true);
        return (new RxCore(new ItchRecords.Source(records), new RouteTable(feed), ChannelReceivers.Create(feed, writer), writer), consumer);
    }

    private const int RingSlots = 8192;

    private struct BufferSink : IUpdateSink
    {
        public MarketUpdate* First;
        public int Count;

        [HotPath]
        public ref MarketUpdate Claim()
        {
            ref var update = ref First[Count++];
            update = default;
            return ref update;
        }
    }
}

/// <summary>Publishes the best prices of an instrument whenever an event has changed them.</summary>
internal readonly struct TopOfBookListener() : IShardListener
{
    private readonly Top[] _tops = new Top[65_536];

    private struct Top
    {
        public long Bid, BidQuantity, Ask, AskQuantity;
        public uint Version;
    }

    public bool WantsPackets => false;

    public void OnBookUpdate(Instrument instrument, in MarketUpdate update) { }

    public void OnBookReplaced(Instrument instrument, BookType book, StateReason reason) { }

    public void OnStateChanged(Instrument instrument, BookType book, BookState before, StateReason reason) { }

    public void OnInformation(Instrument? instrument, in MarketUpdate update) { }

    [HotPath]
    public void OnEndOfEvent(Instrument instrument, in MarketUpdate last)
    {
        ref var top = ref _tops[instrument.Index & 0xFFFF];
        if (top.Version == instrument.TopVersion) return;
        var orders = instrument.Orders!;
        var bid = orders.LevelCount(BookSide.Bid) == 0 ? default : orders.LevelAt(BookSide.Bid, 0);
        var ask = orders.LevelCount(BookSide.Ask) == 0 ? default : orders.LevelAt(BookSide.Ask, 0);
        top = new Top { Version = instrument.TopVersion, Bid = bid.Price, BidQuantity = bid.Quantity, Ask = ask.Price, AskQuantity = ask.Quantity };
    }

    public void OnEndOfPacket(Instrument instrument, uint packetSequence, long position) { }

    public void OnFlush(in MarketUpdate last) { }
}
