using FeedHandler.Replay.Faults;

namespace FeedHandler.Replay.Synthetic.Cme;

/// <summary>Takes what comes out at the far end of the lines, in the order of arrival.</summary>
public interface ILineSink
{
    /// <summary>A packet, or what is left of it, arrives on a line.</summary>
    void OnArrival(ulong timeNs, CmeFeed feed, Line line, ReadOnlySpan<byte> payload);
}

/// <summary>Sends packets down lines A and B: each line has its latency, faults have their way, time orders the arrivals.</summary>
public sealed class LineScheduler(ILineSink sink, bool onlyLineA, ulong seed)
{
    private const int LatencyA = 21_000, LatencyB = 26_000, JitterNs = 9_000;

    private readonly SeededRandom _random = new(seed);
    private readonly PriorityQueue<Arrival, (ulong TimeNs, long Order)> _arrivals = new();
    private readonly ulong[] _lastOnLine = new ulong[8];
    private long _order;

    private readonly record struct Arrival(ulong TimeNs, CmeFeed Feed, Line Line, byte[] Payload);

    /// <summary>Puts a packet on its way. Returns whether at least one line will deliver it undamaged.</summary>
    /// <param name="packet">The packet; sending times never go backwards.</param>
    /// <param name="faults">Decides its fate on each line.</param>
    /// <param name="firstIndex">Index of the packet that the faults see as number 0.</param>
    public bool Send(in FeedPacket packet, FaultChain faults, long firstIndex = 0)
    {
        // Nothing sent from now on can arrive before now.
        DeliverUntil(packet.SendTimeNs);
        bool isReceived = Send(packet, Line.A, faults, firstIndex);
        if (!onlyLineA) isReceived |= Send(packet, Line.B, faults, firstIndex);
        return isReceived;
    }

    /// <summary>Delivers what arrives before a time.</summary>
    public void DeliverUntil(ulong timeNs)
    {
        while (_arrivals.TryPeek(out Arrival arrival, out _) && arrival.TimeNs < timeNs)
        {
            _arrivals.Dequeue();
            sink.OnArrival(arrival.TimeNs, arrival.Feed, arrival.Line, arrival.Payload);
        }
    }

    /// <summary>Delivers what is still on its way.</summary>
    public void Drain() => DeliverUntil(ulong.MaxValue);

    private bool Send(in FeedPacket packet, Line line, FaultChain faults, long firstIndex)
    {
        Fate fate = faults.Decide(new LinePacket(line, packet.Index - firstIndex, packet.Sequence, packet.SendTimeNs));
        ref ulong last = ref _lastOnLine[((int)packet.Feed * 2) + (int)line];
        ulong arrivalNs = packet.SendTimeNs + (ulong)((line == Line.A ? LatencyA : LatencyB) + _random.Next(JitterNs));
        last = arrivalNs = Math.Max(arrivalNs, last + 1); // a line keeps its order by itself
        if (fate.IsLost) return false;

        Line arrivesOn = fate.IsSwapped ? (Line)(1 - (int)line) : line;
        byte[] payload = packet.Payload.ToArray();
        if (fate.DamageSeed != 0) payload = payload[..Corruption.Damage(payload, fate.DamageSeed)];
        ulong timeNs = arrivalNs + (ulong)fate.DelayNs;
        for (int copy = 0; copy <= fate.Copies; copy++, timeNs += (ulong)fate.CopyDelayNs)
        {
            _arrivals.Enqueue(new Arrival(timeNs, packet.Feed, arrivesOn, payload), (timeNs, _order++));
        }

        return fate.DamageSeed == 0;
    }
}
