using System.Runtime.InteropServices;
using Disruptor;
using FeedHandler.Actors;
using FeedHandler.Codecs;
using FeedHandler.Transport;

namespace FeedHandler.Replay.Tests.EndToEnd;

/// <summary>The real path from frame to book on one thread: RX core, ring, shards, without actors.</summary>
internal sealed class DirectPipeline<TListener> : IDisposable
    where TListener : IShardListener
{
    private readonly RxCore _rx;

    public DirectPipeline(FeedDefinition feed, IFrameSource source, TListener listener, int shards = 1, RecoveryMode recovery = RecoveryMode.Snapshot, int ringSlots = 65_536)
    {
        var ring = ValueRingBuffer<MarketUpdate>.CreateSingleProducer(static () => default, ringSlots, new BusySpinWaitStrategy());
        var options = new ShardOptions
        {
            ShardCount = shards,
            Recovery = recovery,
            Channels = [.. feed.Channels.Select(c => new ShardChannelOptions(c.Name, ChannelReceivers.PriceExponent(c.Protocol), c.Snapshot is not null, c.MboSnapshot is not null, c.Depth))],
        };
        Shards = [.. Enumerable.Range(0, shards).Select(i => new ShardConsumer<TListener>(ring, options with { Shard = i }, listener))];
        var writer = new RingWriter(ring, [], waits: false);
        _rx = new RxCore(source, new RouteTable(feed), ChannelReceivers.Create(feed, writer), writer);
    }

    public ShardConsumer<TListener>[] Shards { get; }

    public IReadOnlyList<ChannelReceiver> Receivers => _rx.Receivers;

    public RxCounters Counters => _rx.Counters;

    public long Updates => _rx.Writer.Updates;

    public IEnumerable<Instrument> Instruments => Shards.SelectMany(shard => shard.Shard.Instruments.ToArray());

    /// <summary>One poll, and everything in the ring taken.</summary>
    public bool Step()
    {
        if (_rx.Source.IsEnded) return false;
        _rx.Poll(0);
        Drain();
        return true;
    }

    public DirectPipeline<TListener> Run()
    {
        while (Step())
        {
        }

        _rx.Finish();
        Drain();
        return this;
    }

    public void Dispose() => _rx.Dispose();

    private void Drain()
    {
        foreach (var shard in Shards)
        {
            while (shard.Drain(int.MaxValue / 2) != 0)
            {
            }
        }
    }
}

/// <summary>Frames from memory, a burst at a time.</summary>
internal sealed unsafe class MemorySource(IReadOnlyList<(byte[] Bytes, long TimeNs, LinkType Link)> frames) : IFrameSource
{
    private readonly byte* _memory = (byte*)NativeMemory.Alloc(32 * 65_536);
    private int _next;

    public string Name => "memory";

    public bool IsEnded => _next == frames.Count;

    public bool IsReplay => true;

    public long Dropped => 0;

    public int Poll(Span<Frame> burst)
    {
        var count = Math.Min(burst.Length, frames.Count - _next);
        for (var i = 0; i < count; i++)
        {
            var (bytes, timeNs, link) = frames[_next++];
            var place = _memory + (i * 65_536);
            bytes.CopyTo(new Span<byte>(place, 65_536));
            burst[i] = new Frame { Data = place, Length = bytes.Length, Link = link, ReceiveTimeNs = timeNs };
        }

        return count;
    }

    public void Dispose() => NativeMemory.Free(_memory);

    /// <summary>All frames of a capture.</summary>
    public static List<(byte[] Bytes, long TimeNs, LinkType Link)> Read(string path)
    {
        var all = new List<(byte[], long, LinkType)>();
        using var source = CaptureSource.Open(path);
        var burst = new Frame[32];
        while (!source.IsEnded)
        {
            var count = source.Poll(burst);
            foreach (ref readonly var frame in burst.AsSpan(0, count)) all.Add((new ReadOnlySpan<byte>(frame.Data, frame.Length).ToArray(), frame.ReceiveTimeNs, frame.Link));
        }

        return all;
    }
}

/// <summary>Books as one line of text, in the words of <see cref="ReferenceBook"/>.</summary>
internal static class BookText
{
    public static string Levels(MbpBook? book, BookSide side)
    {
        if (book is null) return "";
        var levels = new List<string>();
        foreach (ref readonly var level in book.Levels(side)) levels.Add(level.IsKnown ? ReferenceInstrument.Text(level.Price * 1e-9m, level.Quantity, level.Orders) : "?");
        return string.Join(' ', levels);
    }

    public static string Orders(MboBook? book, BookSide side)
    {
        if (book is null) return "";
        var orders = new List<string>();
        for (var i = 0; i < book.LevelCount(side); i++)
        {
            var price = book.LevelAt(side, i).Price;
            foreach (ref readonly var order in book.OrdersAt(side, i)) orders.Add($"{order.Id}:{ReferenceInstrument.Text(price * 1e-9m, order.Quantity, 0)}");
        }

        return string.Join(' ', orders);
    }

    public static string Of(Instrument i) =>
        $"{Levels(i.Outright, BookSide.Bid)} | {Levels(i.Outright, BookSide.Ask)} | {Levels(i.Implied, BookSide.Bid)} | {Levels(i.Implied, BookSide.Ask)} | {Orders(i.Orders, BookSide.Bid)} | {Orders(i.Orders, BookSide.Ask)}";

    public static string Of(ReferenceInstrument i) =>
        $"{i.LevelText('0')} | {i.LevelText('1')} | {i.LevelText('E')} | {i.LevelText('F')} | {i.OrderText('0')} | {i.OrderText('1')}";
}
