namespace FeedHandler.Transport;

/// <summary>Which of the kernel's packet rings an <see cref="AfPacketSource"/> uses.</summary>
public enum PacketRing
{
    /// <summary>TPACKET_V3: blocks of many frames, handed over when full or after <see cref="AfPacketOptions.BlockTimeoutMs"/>. Most packets a second.</summary>
    Throughput,

    /// <summary>TPACKET_V2: every frame is handed over at once. Microseconds from the kernel to us.</summary>
    Latency,
}

/// <summary>How <see cref="AfPacketSource"/> receives.</summary>
public sealed record AfPacketOptions
{
    /// <summary>Interface, by name.</summary>
    public required string Interface { get; init; }

    /// <summary>Blocks for throughput, or frames for latency.</summary>
    public PacketRing Ring { get; init; } = PacketRing.Throughput;

    /// <summary>Memory of the ring, shared with the kernel; rounded up to whole blocks.</summary>
    public int RingBytes { get; init; } = 32 << 20;

    /// <summary>How long the kernel keeps a block that is not full (<see cref="PacketRing.Throughput"/>): the delay of a quiet feed.</summary>
    public int BlockTimeoutMs { get; init; } = 1;

    /// <summary>Largest frame in the <see cref="PacketRing.Latency"/> ring, a power of 2; longer ones are cut and counted as truncated.</summary>
    public int FrameBytes { get; init; } = 2048;

    /// <summary>Sources with the same number, in one or more processes, share the interface's frames: each flow goes to one of them. Null: this source gets all.</summary>
    public int? FanoutGroup { get; init; }
}
