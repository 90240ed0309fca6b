namespace FeedHandler.Transport;

/// <summary>What <see cref="LineArbiter.Next"/> has to say.</summary>
public enum ArbiterEventKind
{
    /// <summary>Nothing, for now.</summary>
    None,

    /// <summary>A range of sequence numbers is lost on every line.</summary>
    Gap,

    /// <summary>A held packet is in order now: read it by <see cref="LineArbiter.Payload"/>.</summary>
    Packet,

    /// <summary>The venue restarted its sequence: everything known from the old session is void.</summary>
    SessionStart,
}

/// <summary>One event of a <see cref="LineArbiter"/>. Which fields mean something depends on the <see cref="ArbiterEventKind"/>.</summary>
/// <remarks>Sequence numbers are as on the wire, so where a 32-bit sequence wraps inside a gap, <see cref="To"/> is below <see cref="From"/>; <see cref="Count"/> is right even then.</remarks>
public struct ArbiterEvent
{
    /// <summary>Gap: first lost sequence number.</summary>
    public ulong From;

    /// <summary>Gap: the sequence number after the last lost one.</summary>
    public ulong To;

    /// <summary>Packet: its first sequence number, before skipping. SessionStart: the first one that will be delivered, 0 if not known yet.</summary>
    public ulong Sequence;

    /// <summary>Packet: sequence numbers that it covers. Gap: sequence numbers that are lost.</summary>
    public ulong Count;

    /// <summary>Packet: how many of its first sequences are known already.</summary>
    public uint Skip;

    /// <summary>Packet: the line it came from.</summary>
    public int Line;

    /// <summary>Packet: when it was received. Gap and SessionStart: when it was decided.</summary>
    public long ReceiveTimeNs;

    /// <summary>Packet: the venue's send time, 0 if the protocol has none.</summary>
    public ulong SendingTimeNs;

    internal int Slot;
}
