using FeedHandler.Replay.Synthetic;

namespace FeedHandler.Replay.Faults;

/// <summary>Each packet is lost on each line with the same probability, independently.</summary>
public sealed class IndependentLoss(double probabilityA, double probabilityB, ulong seed) : IFault
{
    private readonly SeededRandom _random = new(seed);

    public void Apply(in LinePacket packet, ref Fate fate)
    {
        if (_random.Chance(packet.Line == Line.A ? probabilityA : probabilityB)) fate.IsLost = true;
    }
}

/// <summary>Loses exact ranges of packets, counted by their place in the feed, on one line or on both.</summary>
public sealed class FixedGaps : IFault
{
    private readonly IReadOnlyList<Gap> _gaps;

    public FixedGaps(params IReadOnlyList<Gap> gaps) => _gaps = gaps;

    public void Apply(in LinePacket packet, ref Fate fate)
    {
        foreach (Gap gap in _gaps)
        {
            bool hits = packet.Index >= gap.From && packet.Index < gap.To && (gap.OnlyLine is null || gap.OnlyLine == packet.Line);
            if (hits) fate.IsLost = true;
        }
    }
}

/// <summary>The half-open range of packet indexes that is lost; on both lines unless one is named.</summary>
public readonly record struct Gap(long From, long To, Line? OnlyLine = null);

/// <summary>One line brings nothing at all.</summary>
public sealed class DeadLine(Line line) : IFault
{
    public void Apply(in LinePacket packet, ref Fate fate)
    {
        if (packet.Line == line) fate.IsLost = true;
    }
}
