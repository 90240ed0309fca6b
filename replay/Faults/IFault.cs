namespace FeedHandler.Replay.Faults;

/// <summary>The redundant copies of a feed.</summary>
public enum Line
{
    A,
    B,
}

/// <summary>What a fault may look at: where and when a packet is, never what it says.</summary>
/// <param name="Line">The copy.</param>
/// <param name="Index">Place among the packets of the feed, from 0; never restarts, the same on both lines.</param>
/// <param name="Sequence">The packet's own sequence number.</param>
/// <param name="SendTimeNs">When the exchange sent it.</param>
public readonly record struct LinePacket(Line Line, long Index, uint Sequence, ulong SendTimeNs);

/// <summary>What becomes of one packet on one line.</summary>
public record struct Fate
{
    public bool IsLost { get; set; }

    /// <summary>On top of the line's own latency. Packets that follow may overtake.</summary>
    public long DelayNs { get; set; }

    /// <summary>Further copies, each <see cref="CopyDelayNs"/> after the one before.</summary>
    public int Copies { get; set; }

    public long CopyDelayNs { get; set; }

    /// <summary>Not 0: bytes are damaged, which ones follows from the number (<see cref="Corruption.Damage"/>).</summary>
    public ulong DamageSeed { get; set; }

    /// <summary>The packet comes on the other line.</summary>
    public bool IsSwapped { get; set; }
}

/// <summary>One thing that can go wrong on the way. Decides from its seed and the packets it has seen, nothing else.</summary>
/// <remarks>
/// Asked once for each packet and line, line A before line B, in the order of sending. Faults compose: each adds to
/// the fate that the ones before it decided, see <see cref="FaultChain"/>.
/// </remarks>
public interface IFault
{
    void Apply(in LinePacket packet, ref Fate fate);
}

/// <summary>Several faults at once.</summary>
public sealed class FaultChain(params IReadOnlyList<IFault> faults) : IFault
{
    public static FaultChain None { get; } = new();

    public void Apply(in LinePacket packet, ref Fate fate)
    {
        // Every fault sees every packet, also a lost one: what one draws must not depend on what another did.
        foreach (IFault fault in faults) fault.Apply(packet, ref fate);
    }

    /// <summary>The fate of one packet on one line.</summary>
    public Fate Decide(in LinePacket packet)
    {
        Fate fate = default;
        Apply(packet, ref fate);
        return fate;
    }
}
