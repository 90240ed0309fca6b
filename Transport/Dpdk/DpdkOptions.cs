namespace FeedHandler.Transport;

/// <summary>What DPDK's memory is made of.</summary>
public enum DpdkMemory
{
    /// <summary>Huge pages where enough are free, else ordinary ones.</summary>
    Auto,

    /// <summary>Huge pages; an error where too few are free.</summary>
    HugePages,

    /// <summary>Ordinary pages: works everywhere, also for a plain user; not with NICs that write memory themselves.</summary>
    Ordinary,
}

/// <summary>How <see cref="DpdkSource"/> receives.</summary>
public sealed record DpdkOptions
{
    /// <summary>
    /// Device with its arguments: a PCI address (<c>0000:03:00.1</c>), or a virtual device such as
    /// <c>net_af_packet0,iface=eth1</c> or <c>net_memif0,role=server,socket=/run/feed.sock</c>.
    /// </summary>
    public required string Device { get; init; }

    /// <summary>First receive queue of this source.</summary>
    public int FirstQueue { get; init; }

    /// <summary>Receive queues of this source.</summary>
    public int Queues { get; init; } = 1;

    /// <summary>Descriptors of a queue: the burst that the NIC takes while the core is away.</summary>
    public int Descriptors { get; init; } = 1024;

    /// <summary>Packet buffers of the port; at least the descriptors of all queues and two bursts.</summary>
    public int Buffers { get; init; } = 8192;

    /// <summary>Bytes of a packet buffer; a longer frame takes several and is put together, or counted as truncated.</summary>
    public int BufferBytes { get; init; } = 2048;

    /// <summary>Receives every frame on the wire, not only multicast and our own address.</summary>
    public bool Promiscuous { get; init; } = true;

    /// <summary>Takes receive times from the NIC. Its clock must be synchronised to Unix time (PTP).</summary>
    public bool HardwareTime { get; init; }

    /// <summary>Kernel interface on which the groups are joined, for networks that send a group only where IGMP asked for it; null: none.</summary>
    public string? JoinInterface { get; init; }

    /// <summary>What DPDK's memory is made of. The first device of a process decides.</summary>
    public DpdkMemory Memory { get; init; }

    /// <summary>Memory for ordinary pages, which is taken at once. The first device of a process decides.</summary>
    public int MemoryMegabytes { get; init; } = 256;

    /// <summary>More arguments for the environment layer, such as <c>--single-file-segments</c>. The first device of a process decides.</summary>
    public IReadOnlyList<string> EalArguments { get; init; } = [];
}
