using FeedHandler.Replay.Synthetic;

namespace FeedHandler.Replay.Faults;

/// <summary>Some packets come a second time.</summary>
public sealed class Duplication(double probability, long maxDelayNs, ulong seed) : IFault
{
    private readonly SeededRandom _random = new(seed);

    public void Apply(in LinePacket packet, ref Fate fate)
    {
        if (!_random.Chance(probability)) return;
        fate.Copies++;
        fate.CopyDelayNs = (long)(_random.NextDouble() * maxDelayNs) + 1;
    }
}

/// <summary>Some packets come late, so that those behind them overtake. Small delays reorder, large ones look like loss.</summary>
public sealed class Delay(double probability, long minNs, long maxNs, ulong seed) : IFault
{
    private readonly SeededRandom _random = new(seed);

    public void Apply(in LinePacket packet, ref Fate fate)
    {
        if (_random.Chance(probability)) fate.DelayNs += minNs + (long)(_random.NextDouble() * (maxNs - minNs));
    }
}

/// <summary>Some packets change places with a neighbour, up to a number of packets away on the same line.</summary>
/// <remarks>
/// Works on places, not on time: a packet is held until that many later packets have passed. The delay is told in
/// packets by <see cref="SpacingNs"/>, the time between packets that the user of the fault can promise.
/// </remarks>
public sealed class Reordering(double probability, int maxPackets, long spacingNs, ulong seed) : IFault
{
    private readonly SeededRandom _random = new(seed);

    public long SpacingNs { get; } = spacingNs;

    public void Apply(in LinePacket packet, ref Fate fate)
    {
        if (_random.Chance(probability)) fate.DelayNs += (_random.Next(1, maxPackets + 1) * SpacingNs) + (SpacingNs / 2);
    }
}

/// <summary>The lines change their places for a while, as after a wrong cable or a wrong route.</summary>
public sealed class LineSwap(long fromIndex, long toIndex) : IFault
{
    public void Apply(in LinePacket packet, ref Fate fate)
    {
        if (packet.Index >= fromIndex && packet.Index < toIndex) fate.IsSwapped = !fate.IsSwapped;
    }
}
