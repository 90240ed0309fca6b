namespace FeedHandler.Replay.Synthetic.Cme;

/// <summary>Collects messages of one feed into packets and numbers them.</summary>
internal sealed class PacketBuilder(CmeFeed feed, IFeedSink sink, SendClock clock, uint firstSequence)
{
    /// <summary>The venue keeps UDP payloads within one Ethernet frame.</summary>
    public const int MaxPayloadBytes = 1400;

    private readonly byte[] _payload = new byte[MaxPayloadBytes];
    private int _length = CmeEncoder.PacketHeaderBytes;
    private long _index;

    public bool HasPending => _length > CmeEncoder.PacketHeaderBytes;

    /// <summary>Sequence of the packet that is being filled.</summary>
    public uint NextSequence { get; private set; } = firstSequence;

    public long Packets => _index;

    /// <summary>Room for a message; sends the packet so far when it would not fit.</summary>
    public Span<byte> BeginMessage(int bytes)
    {
        if (_length + bytes > MaxPayloadBytes) Flush();
        Span<byte> message = _payload.AsSpan(_length, bytes);
        _length += bytes;
        return message;
    }

    /// <summary>Sends what is pending, if anything is.</summary>
    public void Flush()
    {
        if (!HasPending) return;
        ulong sendTimeNs = clock.NextSendTimeNs();
        CmeEncoder.WritePacketHeader(_payload, NextSequence, sendTimeNs);
        var packet = new FeedPacket { Feed = feed, Sequence = NextSequence, Index = _index, SendTimeNs = sendTimeNs, Payload = _payload.AsSpan(0, _length) };
        NextSequence = unchecked(NextSequence + 1);
        _index++;
        _length = CmeEncoder.PacketHeaderBytes;
        sink.OnPacket(packet);
    }

    /// <summary>The next packet starts a new sequence, as each cycle of a loop does.</summary>
    public void Restart(uint firstSequence) => NextSequence = firstSequence;
}

/// <summary>Gives sending times: a little after what is sent happened, and never backwards.</summary>
internal sealed class SendClock(SeededRandom random)
{
    private const int MinLatencyNs = 3_000, MaxLatencyNs = 9_000, MinSpacingNs = 400;

    private ulong _lastSendNs;

    public ulong NowNs { get; private set; }

    public void AdvanceTo(ulong nowNs) => NowNs = Math.Max(NowNs, nowNs);

    public ulong NextSendTimeNs() =>
        _lastSendNs = Math.Max(NowNs + (ulong)random.Next(MinLatencyNs, MaxLatencyNs), _lastSendNs + MinSpacingNs);
}
