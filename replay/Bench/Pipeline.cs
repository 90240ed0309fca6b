using Disruptor;
using FeedHandler.Codecs;
using FeedHandler.Transport;

namespace FeedHandler.Replay.Bench;

/// <summary>The RX side up to the published ring slot, on the caller's thread; what was published is taken off by the caller.</summary>
[System.Diagnostics.CodeAnalysis.SuppressMessage("Reliability", "CA1001", Justification = "The core owns nothing but the source, which stays the caller's.")]
internal sealed class Pipeline
{
    private const int RingSlots = 65_536;

    private readonly ValueRingBuffer<MarketUpdate> _ring = ValueRingBuffer<MarketUpdate>.CreateSingleProducer(static () => default, RingSlots, new BusySpinWaitStrategy());
    private readonly Sequence _consumer = new();
    private readonly RxCore _rx;

    /// <param name="source">Stays the caller's.</param>
    public Pipeline(IFrameSource source)
    {
        _ring.AddGatingSequences(_consumer);
        var writer = new RingWriter(_ring, [], waits: false);
        _rx = new RxCore(source, new RouteTable(OneUpdatePackets.Feed), ChannelReceivers.Create(OneUpdatePackets.Feed, writer), writer);
    }

    /// <summary>Updates published so far.</summary>
    public long Updates => _rx.Writer.Updates;

    /// <summary>Packets of our channel that were decoded.</summary>
    public long Used => _rx.Receivers[0].Counters.PacketsUsed;

    /// <summary>Packets that never came, by the channel's numbers.</summary>
    public long Lost => _rx.Receivers[0].Arbiter.Counters.LostSequences;

    [HotPath]
    public int Poll() => _rx.Poll(0);

    /// <summary>Everything published counts as read.</summary>
    public void Consume() => _consumer.SetValue(_ring.Cursor);
}
