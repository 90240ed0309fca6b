using System.Buffers.Binary;
using System.Net;
using System.Net.Sockets;

namespace FeedHandler.Transport;

/// <summary>Sends UDP payloads to any group, such as those of a capture, over one interface.</summary>
/// <remarks>Owned by one thread. Sending allocates nothing. The source address is that of the interface, not that of the capture.</remarks>
public sealed class UdpMulticastSender : IDisposable
{
    private readonly Socket _socket;
    private readonly SocketAddress _destination = new IPEndPoint(IPAddress.Any, 0).Serialize();

    /// <summary>Opens a socket for sending.</summary>
    /// <param name="networkInterface">Interface to send on, by name or IPv4 address; null lets the routing table choose.</param>
    /// <param name="hops">Time to live: 1 stays on the link.</param>
    /// <exception cref="ArgumentException">There is no such interface.</exception>
    public UdpMulticastSender(string? networkInterface = null, byte hops = 1)
    {
        (int index, IPAddress address) = NetworkInterfaces.Find(networkInterface);
        _socket = new Socket(AddressFamily.InterNetwork, SocketType.Dgram, ProtocolType.Udp);
        _socket.SetSocketOption(SocketOptionLevel.IP, SocketOptionName.MulticastTimeToLive, hops);
        _socket.SetSocketOption(SocketOptionLevel.IP, SocketOptionName.MulticastLoopback, true);
        if (index == 0)
            return;
        // ip_mreqn: no group; the address becomes the source address, the index decides where it goes.
        Span<byte> request = stackalloc byte[12];
        request.Clear();
        address.TryWriteBytes(request[4..], out _);
        BitConverter.TryWriteBytes(request[8..], index);
        _socket.SetRawSocketOption(Libc.SolIp, Libc.IpMulticastInterface, request);
    }

    /// <summary>Sends one datagram.</summary>
    /// <param name="group">Destination address in host byte order.</param>
    /// <param name="port">Destination port.</param>
    /// <param name="payload">At most 65507 bytes.</param>
    /// <exception cref="SocketException">The kernel refused it.</exception>
    public void Send(uint group, ushort port, ReadOnlySpan<byte> payload)
    {
        Span<byte> address = _destination.Buffer.Span;
        BinaryPrimitives.WriteUInt16BigEndian(address[2..], port);
        BinaryPrimitives.WriteUInt32BigEndian(address[4..], group);
        _socket.SendTo(payload, SocketFlags.None, _destination);
    }

    /// <inheritdoc/>
    public void Dispose() => _socket.Dispose();
}
