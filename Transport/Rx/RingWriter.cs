using System.Runtime.CompilerServices;
using Disruptor;
using FeedHandler.Codecs;

namespace FeedHandler.Transport;

/// <summary>The producing end of the ring: reserves room for a whole packet, hands out slots in place, publishes in batches.</summary>
/// <remarks>
/// Owned by one RX core, the ring's only producer. Room is asked for before a packet is decoded, so a packet is all or
/// nothing; slots are written ahead of the claim, which is made once for a batch.
/// </remarks>
public sealed class RingWriter
{
    private readonly ValueRingBuffer<MarketUpdate> _ring;
    private readonly ConsumerSignal[] _consumers;
    private readonly bool _waits;
    private MarketUpdate _template;
    private long _next;
    private long _published;
    private long _roomThrough;
    private long _packetStart;
    private uint _clockHigh = uint.MaxValue;
    private volatile bool _cancelled;

    /// <summary>Creates the writer.</summary>
    /// <param name="ring">A single-producer ring.</param>
    /// <param name="consumers">The consumers to wake after a publication.</param>
    /// <param name="waits">True for replays: wait for room. False for live feeds: never wait.</param>
    public RingWriter(ValueRingBuffer<MarketUpdate> ring, IReadOnlyList<ConsumerSignal> consumers, bool waits)
    {
        _ring = ring;
        _consumers = [.. consumers];
        _waits = waits;
        _published = ring.Cursor;
        _next = _published + 1;
        _roomThrough = _published;
    }

    /// <summary>Whether the packets come from a live feed: then nothing waits for room in the ring.</summary>
    public bool IsLive => !_waits;

    /// <summary>Ring sequence of the last published update.</summary>
    public long PublishedSequence => _published;

    /// <summary>Updates written so far.</summary>
    public long Updates { get; private set; }

    /// <summary>Makes room for a packet.</summary>
    /// <returns>False where the ring is full and the feed is live.</returns>
    [HotPath]
    [MethodImpl(MethodImplOptions.AggressiveInlining)]
    public bool TryReserve(int updates) => _next + updates <= _roomThrough || Reserve(updates);

    /// <summary>Starts a packet: what its updates have in common.</summary>
    [HotPath]
    [MethodImpl(MethodImplOptions.AggressiveInlining)]
    public void BeginPacket(ushort channel, uint packetSequence, long receiveTimeNs, UpdateFlags flags)
    {
        _template.Channel = channel;
        _template.PacketSequence = packetSequence;
        _template.ReceiveTimeLow = (uint)receiveTimeNs;
        _template.Flags = flags;
        if ((uint)(receiveTimeNs >> 32) != _clockHigh) WriteClock(receiveTimeNs);
        _packetStart = _next;
    }

    /// <summary>Gives the next slot with the packet's common fields.</summary>
    [HotPath]
    [MethodImpl(MethodImplOptions.AggressiveInlining)]
    public ref MarketUpdate Claim()
    {
        ref var slot = ref _ring[_next++];
        slot = _template;
        return ref slot;
    }

    /// <summary>Puts an update before all others of the packet.</summary>
    [MethodImpl(MethodImplOptions.NoInlining)]
    public ref MarketUpdate ClaimFirst()
    {
        Claim();
        for (var i = _next - 1; i > _packetStart; i--) _ring[i] = _ring[i - 1];
        ref var slot = ref _ring[_packetStart];
        slot = _template;
        return ref slot;
    }

    /// <summary>Ends the packet: its last update carries <see cref="UpdateFlags.EndOfPacket"/>.</summary>
    [HotPath]
    [MethodImpl(MethodImplOptions.AggressiveInlining)]
    public void EndPacket()
    {
        if (_next == _packetStart) Claim();
        _ring[_next - 1].Flags |= UpdateFlags.EndOfPacket;
    }

    /// <summary>Makes everything written visible to the consumers, and wakes those that sleep.</summary>
    [HotPath]
    public void Publish()
    {
        var count = (int)(_next - 1 - _published);
        if (count == 0) return;
        var high = _ring.Next(count);
        _ring.Publish(high - count + 1, high);
        _published = high;
        Updates += count;
        Interlocked.MemoryBarrier();
        foreach (var consumer in _consumers)
        {
            if (consumer.ShouldWake) consumer.Wake();
        }
    }

    /// <summary>Ends every wait for room, now and later: the consumers are gone.</summary>
    public void Cancel() => _cancelled = true;

    /// <summary>Whether at least half of the ring is free: a feed that overran it may go on.</summary>
    public bool HasCalmedDown => _ring.GetRemainingCapacity() - (_next - 1 - _published) >= _ring.BufferSize / 2;

    [MethodImpl(MethodImplOptions.NoInlining)]
    private bool Reserve(int updates)
    {
        // One slot more than asked for: the clock update that a packet may start with.
        var needed = updates + 1;
        Refresh();
        if (_next + needed <= _roomThrough) return true;
        if (!_waits) return false;
        Publish();
        var spin = default(SpinWait);
        while (_next + needed > _roomThrough && !_cancelled)
        {
            spin.SpinOnce(sleep1Threshold: -1);
            Refresh();
        }

        return _next + needed <= _roomThrough;
    }

    private void Refresh() => _roomThrough = _published + _ring.GetRemainingCapacity();

    [MethodImpl(MethodImplOptions.NoInlining)]
    private void WriteClock(long receiveTimeNs)
    {
        _clockHigh = (uint)(receiveTimeNs >> 32);
        ref var clock = ref Claim();
        clock.Kind = UpdateKind.Clock;
        clock.OrderId = (ulong)receiveTimeNs;
    }
}

/// <summary>The decoder's view of a <see cref="RingWriter"/>.</summary>
public readonly struct RingSink(RingWriter writer) : IUpdateSink
{
    /// <inheritdoc/>
    [HotPath]
    [MethodImpl(MethodImplOptions.AggressiveInlining)]
    public ref MarketUpdate Claim() => ref writer.Claim();
}
