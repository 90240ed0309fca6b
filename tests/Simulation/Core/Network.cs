using System.Buffers.Binary;
using FeedHandler.Replay.Faults;
using FeedHandler.Replay.Synthetic;
using FeedHandler.Replay.Synthetic.Cme;

namespace FeedHandler.Simulation;

/// <summary>Something that reaches the handler.</summary>
/// <param name="TimeNs">When; no two arrivals have the same.</param>
/// <param name="Feed">The feed.</param>
/// <param name="Line">The line that it is taken for.</param>
/// <param name="Packet">Index of the incremental packet; -1 where the venue never sent it, or it belongs to a loop.</param>
/// <param name="Damage">What was done to it.</param>
/// <param name="Payload">UDP payload.</param>
internal readonly record struct Arrival(ulong TimeNs, CmeFeed Feed, Line Line, int Packet, Damage Damage, byte[] Payload);

internal enum Damage : byte
{
    None,
    Malformed,
    Forged,
}

/// <summary>Two lines per feed, with everything that goes wrong on them.</summary>
internal sealed class Network
{
    private const int LatencyA = 21_000, LatencyB = 26_000, JitterNs = 9_000;
    private const int PacketHeaderBytes = 12;
    private const int ForgedApart = 64;
    private const ulong ForgeAfterNs = 100_000_000;

    private readonly Scenario _scenario;
    private readonly SeededRandom _random;
    private readonly SeededRandom _malforming;
    private readonly SeededRandom _forging;
    private readonly SeededRandom _outages;
    private readonly SeededRandom _silences;
    private readonly FaultChain[] _faults;
    private readonly PriorityQueue<Arrival, (ulong TimeNs, long Order)> _arrivals = new();
    private readonly ulong[] _lastOnLine = new ulong[8];
    private readonly Sightings _sightings;
    private long _order;
    private long _sinceForged;
    private ulong _outageEndNs;
    private ulong _silenceEndNs;
    private uint _darkUntilSequence;
    private ulong _lastArrivalNs;
    private ulong _lastTakenNs;
    private ulong _firstArrivalNs = ulong.MaxValue - ForgeAfterNs;

    public Network(Scenario scenario, SeededRandom seed, Sightings sightings)
    {
        _scenario = scenario;
        _sightings = sightings;
        _random = seed.Fork();
        _malforming = seed.Fork();
        _forging = seed.Fork();
        _outages = seed.Fork();
        _silences = new SeededRandom(scenario.Seed ^ 0x0000_51E7_C0DE_0000);
        _faults = [scenario.IncrementalFaults(seed.Fork()), scenario.LoopFaults(seed.Fork()), scenario.LoopFaults(seed.Fork()), scenario.LoopFaults(seed.Fork())];
    }

    /// <summary>From here on the network is perfect; what is on its way still comes.</summary>
    public bool IsHealed { get; set; }

    /// <summary>Last time at which anything that was sent so far arrives.</summary>
    public ulong LastArrivalNs => _lastArrivalNs;

    public void Send(in FeedPacket packet, int index)
    {
        if (!IsHealed && _outages.Chance(_scenario.OutageChance) && packet.SendTimeNs > _outageEndNs)
        {
            _outageEndNs = packet.SendTimeNs + (ulong)(_outages.NextDouble() * _outages.NextDouble() * 3e9);
            _sightings.Add("outages");
        }

        if (!IsHealed && packet.Feed == CmeFeed.Incremental && _silences.Chance(_scenario.SilentFeedChance) && packet.SendTimeNs > _silenceEndNs)
        {
            _silenceEndNs = packet.SendTimeNs + (ulong)(_silences.NextDouble() * 5e9);
            _sightings.Add("silences of the incremental feed");
        }

        if (_darkUntilSequence != 0)
        {
            if (packet.Feed == CmeFeed.Incremental && packet.Sequence >= _darkUntilSequence) _darkUntilSequence = 0;
            else return;
        }

        var payload = packet.Payload.ToArray();
        Send(packet, index, payload, Line.A);
        Send(packet, index, payload, Line.B);
        if (packet.Feed == CmeFeed.Incremental && !IsHealed) Forge(packet);
    }

    /// <summary>Nothing arrives before an incremental packet of this sequence number.</summary>
    public void GoDark(uint untilSequence) => _darkUntilSequence = untilSequence;

    public bool TryTake(ulong beforeNs, out Arrival arrival)
    {
        if (!_arrivals.TryPeek(out arrival, out _) || arrival.TimeNs >= beforeNs) return false;
        _arrivals.Dequeue();
        _lastTakenNs = Math.Max(arrival.TimeNs, _lastTakenNs + 1);
        arrival = arrival with { TimeNs = _lastTakenNs };
        return true;
    }

    private void Send(in FeedPacket packet, int index, byte[] payload, Line line)
    {
        var fate = _faults[(int)packet.Feed].Decide(new LinePacket(line, packet.Index, packet.Sequence, packet.SendTimeNs));
        var malformed = packet.Feed == CmeFeed.Incremental && _malforming.Chance(_scenario.MalformedChance);
        ref var last = ref _lastOnLine[((int)packet.Feed * 2) + (int)line];
        var arrivalNs = packet.SendTimeNs + (ulong)((line == Line.A ? LatencyA : LatencyB) + _random.Next(JitterNs));
        if (packet.Feed == CmeFeed.Incremental) arrivalNs += (ulong)_scenario.FeedLagNs;
        last = arrivalNs = Math.Max(arrivalNs, last + 1);
        if (IsHealed)
        {
            fate = default;
            malformed = false;
        }
        else if (packet.SendTimeNs < _outageEndNs || (packet.Feed == CmeFeed.Incremental && packet.SendTimeNs < _silenceEndNs))
        {
            return;
        }

        if (fate.IsLost) return;
        if (fate.IsSwapped) line = (Line)(1 - (int)line);
        if (malformed) payload = Malform(payload);
        var timeNs = arrivalNs + (ulong)fate.DelayNs;
        for (var copy = 0; copy <= fate.Copies; copy++, timeNs += (ulong)fate.CopyDelayNs)
        {
            Enqueue(new Arrival(timeNs, packet.Feed, line, index, malformed ? Damage.Malformed : Damage.None, payload));
        }
    }

    private void Enqueue(in Arrival arrival)
    {
        _arrivals.Enqueue(arrival, (arrival.TimeNs, _order++));
        _lastArrivalNs = Math.Max(_lastArrivalNs, arrival.TimeNs);
        if (arrival.Feed == CmeFeed.Incremental) _firstArrivalNs = Math.Min(_firstArrivalNs, arrival.TimeNs);
    }

    /// <summary>
    /// Breaks the structure in a way that a receiver can see. What it cannot see (a flipped bit in a price) the UDP
    /// checksum catches on a real wire: such packets are lost.
    /// </summary>
    private byte[] Malform(byte[] payload)
    {
        _sightings.Add("malformed packets");
        var broken = payload.AsSpan().ToArray();
        var at = PacketHeaderBytes;
        for (var skip = _malforming.Next(4); skip > 0; skip--)
        {
            var next = at + BinaryPrimitives.ReadUInt16LittleEndian(broken.AsSpan(at));
            if (next < broken.Length) at = next;
        }

        switch (_malforming.Next(5))
        {
            case 0:
                return broken[..(at + 1 + _malforming.Next(9))];
            case 1:
                BinaryPrimitives.WriteUInt16LittleEndian(broken.AsSpan(at), (ushort)_malforming.Next(10));
                break;
            case 2:
                BinaryPrimitives.WriteUInt16LittleEndian(broken.AsSpan(at), (ushort)(broken.Length - at + 1 + _malforming.Next(1000)));
                break;
            case 3:
                BinaryPrimitives.WriteUInt16LittleEndian(broken.AsSpan(at + 6), 99); // schema id
                break;
            default:
                return broken[..PacketHeaderBytes].Length < broken.Length ? broken[..(broken.Length - 1)] : broken;
        }

        return broken;
    }

    private void Forge(in FeedPacket packet)
    {
        // Nothing tells a first packet that is forged from a true one; and a silence is one of forgers, too.
        if (packet.SendTimeNs < _silenceEndNs) return;
        if (packet.SendTimeNs < _firstArrivalNs + ForgeAfterNs) return;
        _sinceForged++;
        if (!_forging.Chance(_scenario.ForgedChance) || _sinceForged < ForgedApart) return;
        _sinceForged = 0;
        _sightings.Add("forged packets");
        var payload = packet.Payload.ToArray();
        const uint Near = 30_000;
        var sequence = packet.Sequence + Near + (uint)((uint.MaxValue - (2 * Near)) * _forging.NextDouble());
        if (_scenario.ForgesHalfWay) sequence = packet.Sequence + 0x7FFF_FFFF + (uint)_forging.Next(3);
        BinaryPrimitives.WriteUInt32LittleEndian(payload, sequence);
        var offsetNs = _forging.Next(3) switch { 0 => 0L, 1 => 5_000_000_000L, _ => -5_000_000_000L };
        BinaryPrimitives.WriteUInt64LittleEndian(payload.AsSpan(4), packet.SendTimeNs + (ulong)offsetNs);
        var line = _forging.Chance(0.5) ? Line.A : Line.B;
        Enqueue(new Arrival(packet.SendTimeNs + LatencyA + (ulong)_forging.Next(JitterNs), CmeFeed.Incremental, line, -1, Damage.Forged, payload));
    }
}
