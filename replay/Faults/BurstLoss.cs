using FeedHandler.Replay.Synthetic;

namespace FeedHandler.Replay.Faults;

/// <summary>
/// Loss in bursts (Gilbert-Elliott): a good state without loss and a bad state that loses nearly everything, on each
/// line for itself or on both at once.
/// </summary>
public sealed class BurstLoss : IFault
{
    /// <summary>Packets that still get through in the bad state.</summary>
    private const double LossInBurst = 0.9;

    private readonly SeededRandom _random;
    private readonly double _burstChance;
    private readonly double _endChance;
    private readonly double _correlation;
    private readonly bool[] _isBad = new bool[2];
    private long _lastIndex = -1;
    private bool _startsOnBoth;

    /// <param name="burstChance">Chance that a burst starts, for each packet.</param>
    /// <param name="meanPackets">Mean length of a burst.</param>
    /// <param name="correlation">Part of the bursts of line A that hit line B at the same time.</param>
    /// <param name="seed">Seed of the draws.</param>
    public BurstLoss(double burstChance, double meanPackets, double correlation, ulong seed)
    {
        ArgumentOutOfRangeException.ThrowIfLessThan(meanPackets, 1.0);
        _burstChance = burstChance;
        _endChance = 1.0 / meanPackets;
        _correlation = correlation;
        _random = new SeededRandom(seed);
    }

    public void Apply(in LinePacket packet, ref Fate fate)
    {
        if (packet.Index != _lastIndex)
        {
            _lastIndex = packet.Index;
            _startsOnBoth = false;
        }

        ref bool isBad = ref _isBad[(int)packet.Line];
        if (isBad)
        {
            isBad = !_random.Chance(_endChance);
        }
        else if (_random.Chance(_burstChance) || (packet.Line == Line.B && _startsOnBoth))
        {
            isBad = true;
            _startsOnBoth = packet.Line == Line.A && _random.Chance(_correlation);
        }

        if (isBad && _random.Chance(LossInBurst)) fate.IsLost = true;
    }
}
