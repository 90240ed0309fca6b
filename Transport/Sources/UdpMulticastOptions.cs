namespace FeedHandler.Transport;

/// <summary>How <see cref="UdpMulticastSource"/> receives.</summary>
public sealed record UdpMulticastOptions
{
    /// <summary>Interface to join on, by name or IPv4 address; null lets the routing table choose, which is rarely what a host with several wants.</summary>
    public string? Interface { get; init; }

    /// <summary>Kernel buffer that is asked for, per socket: it takes the bursts that come while this thread is away.</summary>
    /// <remarks>Without CAP_NET_ADMIN the kernel limits it to <c>net.core.rmem_max</c>; see <see cref="UdpMulticastSource.ReceiveBufferBytes"/>.</remarks>
    public int ReceiveBufferBytes { get; init; } = 32 * 1024 * 1024;

    /// <summary>Lets the kernel poll the NIC queue from our call for so long before it waits for an interrupt; 0 leaves it off.</summary>
    public int BusyPollMicroseconds { get; init; }
}
