using FeedHandler.Replay.Faults;
using FeedHandler.Replay.Pcap;
using FeedHandler.Replay.Synthetic.Cme;

namespace FeedHandler.Replay.Synthetic;

/// <summary>Sends packets down lines A and B: each line has its latency, faults have their way, time orders the frames.</summary>
internal sealed class LineScheduler(PcapWriter pcap, short channelId, bool onlyLineA, ulong seed)
{
    private const int LatencyA = 21_000, LatencyB = 26_000, JitterNs = 9_000;

    private readonly SeededRandom _random = new(seed);
    private readonly PriorityQueue<Frame, (ulong TimeNs, long Order)> _frames = new();
    private readonly ulong[] _lastOnLine = new ulong[8];
    private long _order;

    private readonly record struct Frame(ulong TimeNs, UdpEndpoints Endpoints, byte[] Payload);

    /// <summary>Returns whether at least one line delivers the packet undamaged.</summary>
    public bool Send(in FeedPacket packet, FaultChain faults, long firstIndex)
    {
        // Nothing sent from now on can arrive before now.
        WriteUntil(packet.SendTimeNs);
        bool received = Send(packet, Line.A, faults, firstIndex);
        if (!onlyLineA) received |= Send(packet, Line.B, faults, firstIndex);
        return received;
    }

    /// <summary>Writes what is still on its way.</summary>
    public void Drain() => WriteUntil(ulong.MaxValue);

    private bool Send(in FeedPacket packet, Line line, FaultChain faults, long firstIndex)
    {
        Fate fate = faults.Decide(new LinePacket(line, packet.Index - firstIndex, packet.Sequence, packet.SendTimeNs));
        ref ulong last = ref _lastOnLine[((int)packet.Feed * 2) + (int)line];
        ulong arrivalNs = packet.SendTimeNs + (ulong)((line == Line.A ? LatencyA : LatencyB) + _random.Next(JitterNs));
        last = arrivalNs = Math.Max(arrivalNs, last + 1); // a line keeps its order by itself
        if (fate.IsLost) return false;

        Line arrivesOn = fate.IsSwapped ? (Line)(1 - (int)line) : line;
        UdpEndpoints endpoints = FeedAddresses.Of(channelId, packet.Feed, arrivesOn);
        byte[] payload = packet.Payload.ToArray();
        if (fate.DamageSeed != 0) payload = payload[..Corruption.Damage(payload, fate.DamageSeed)];
        ulong timeNs = arrivalNs + (ulong)fate.DelayNs;
        for (int copy = 0; copy <= fate.Copies; copy++, timeNs += (ulong)fate.CopyDelayNs)
        {
            _frames.Enqueue(new Frame(timeNs, endpoints, payload), (timeNs, _order++));
        }

        return fate.DamageSeed == 0;
    }

    private void WriteUntil(ulong timeNs)
    {
        while (_frames.TryPeek(out Frame frame, out _) && frame.TimeNs < timeNs)
        {
            _frames.Dequeue();
            pcap.Write(frame.TimeNs, frame.Endpoints, frame.Payload);
        }
    }
}
