using System.Net.Sockets;

namespace FeedHandler.Transport;

/// <summary>Keeps groups joined while a source reads below the kernel's sockets.</summary>
/// <remarks>
/// Switches send a group only where IGMP asked for it, and NICs let in only what their filter has; a membership of the
/// kernel does both. The sockets are bound to ports of their own, so no datagram is queued on them.
/// </remarks>
internal sealed class MulticastMembership : IDisposable
{
    private const int SmallestBufferBytes = 4096;

    private readonly UdpGroupSocket[] _sockets;

    private MulticastMembership(UdpGroupSocket[] sockets) => _sockets = sockets;

    /// <summary>Joins the groups of all lines on an interface.</summary>
    public static MulticastMembership Join(string networkInterface, IReadOnlyList<LineAddress> lines)
    {
        try
        {
            var options = new UdpMulticastOptions { Interface = networkInterface, ReceiveBufferBytes = SmallestBufferBytes };
            return new MulticastMembership(UdpGroupSocket.OpenAll([.. lines.Select(line => line with { Port = 0 })], options));
        }
        catch (SocketException e)
        {
            throw TransportException.OfSocket($"multicast on {networkInterface}", e);
        }
    }

    public void Dispose()
    {
        foreach (var socket in _sockets) socket.Dispose();
    }
}
