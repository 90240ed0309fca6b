namespace FeedHandler.Transport;

/// <summary>The wires that a live run can have.</summary>
public enum TransportKind
{
    /// <summary>Sockets of the kernel (<c>udp</c>).</summary>
    Udp,

    /// <summary>Rings of packets that the kernel shares (<c>af_packet</c>).</summary>
    AfPacket,

    /// <summary>Frames straight from the driver (<c>af_xdp</c>).</summary>
    AfXdp,

    /// <summary>A NIC, or its queues, in user space (<c>dpdk</c>).</summary>
    Dpdk,

    /// <summary>Rings of netmap (<c>netmap</c>).</summary>
    Netmap,

    /// <summary>Captures, at the pace of their recording (<c>pcap</c>).</summary>
    Pcap,
}

/// <summary>Which wire a live run has, and how each wire is used: one word changes it.</summary>
public sealed record TransportDefinition
{
    /// <summary>The wire.</summary>
    public TransportKind Kind { get; init; }

    /// <summary>CPU that receives, and does nothing else: it polls without a pause. Null: any, which rests while nothing arrives.</summary>
    public int? Cpu { get; init; }

    /// <summary>Options of <see cref="TransportKind.Udp"/>.</summary>
    public UdpMulticastOptions Udp { get; init; } = new();

    /// <summary>Options of <see cref="TransportKind.AfPacket"/>.</summary>
    public AfPacketOptions AfPacket { get; init; } = new() { Interface = "" };

    /// <summary>Options of <see cref="TransportKind.AfXdp"/>.</summary>
    public AfXdpOptions AfXdp { get; init; } = new() { Interface = "" };

    /// <summary>Options of <see cref="TransportKind.Dpdk"/>.</summary>
    public DpdkOptions Dpdk { get; init; } = new() { Device = "" };

    /// <summary>Options of <see cref="TransportKind.Netmap"/>.</summary>
    public NetmapOptions Netmap { get; init; } = new() { Port = "" };

    /// <summary>Options of <see cref="TransportKind.Pcap"/>.</summary>
    public PcapOptions Pcap { get; init; } = new();

    /// <summary>The same on another interface: for dpdk the device, for netmap the port, for pcap the capture.</summary>
    public TransportDefinition On(string? networkInterface) => networkInterface is null ? this : this with
    {
        Udp = Udp with { Interface = networkInterface },
        AfPacket = AfPacket with { Interface = networkInterface },
        AfXdp = AfXdp with { Interface = networkInterface },
        Dpdk = Dpdk with { Device = networkInterface },
        Netmap = Netmap with { Port = networkInterface },
        Pcap = Pcap with { Files = [networkInterface] },
    };
}

/// <summary>Which captures a live run takes in place of a wire.</summary>
public sealed record PcapOptions
{
    /// <summary>Captures, merged by time.</summary>
    public IReadOnlyList<string> Files { get; init; } = [];

    /// <summary>Multiple of the recorded speed; null: as fast as possible.</summary>
    public double? Speed { get; init; } = 1;
}
