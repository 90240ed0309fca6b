using System.Buffers.Binary;
using System.Net;
using System.Net.Sockets;

namespace FeedHandler.Transport;

/// <summary>One kernel socket: a port, and up to 20 multicast groups on it.</summary>
internal sealed class UdpGroupSocket : IDisposable
{
    /// <summary>Default of <c>net.ipv4.igmp_max_memberships</c>; one more and the kernel says ENOBUFS.</summary>
    public const int MaxGroups = 20;

    // group_req: u32 interface, 4 bytes padding, sockaddr_storage group; group_source_req has another sockaddr_storage behind.
    private const int GroupOffset = 8;
    private const int SocketAddressStorageBytes = 128;
    private const int GroupRequestBytes = GroupOffset + SocketAddressStorageBytes;
    private const int SourceRequestBytes = GroupRequestBytes + SocketAddressStorageBytes;
    private const ushort AddressFamilyInet = 2;

    private readonly Socket _socket;
    private readonly HashSet<uint> _groups = [];
    private uint _lastDrops;

    private UdpGroupSocket(ushort port, UdpMulticastOptions options)
    {
        Port = port;
        _socket = new Socket(AddressFamily.InterNetwork, SocketType.Dgram, ProtocolType.Udp);
        try
        {
            Set(Libc.SolSocket, Libc.SoReuseAddress, 1);
            // Without this a socket gets what any other socket of the host has joined on the same port.
            Set(Libc.SolIp, Libc.IpMulticastAll, 0);
            Set(Libc.SolIp, Libc.IpPacketInfo, 1);
            Set(Libc.SolSocket, Libc.SoTimestampNs, 1);
            Set(Libc.SolSocket, Libc.SoReceiveQueueOverflow, 1);
            if (!TrySet(Libc.SolSocket, Libc.SoReceiveBufferForce, options.ReceiveBufferBytes))
                Set(Libc.SolSocket, Libc.SoReceiveBuffer, options.ReceiveBufferBytes);
            if (options.BusyPollMicroseconds > 0)
            {
                // The last two let the poll replace interrupts; they need CAP_NET_ADMIN, and the first works without them.
                TrySet(Libc.SolSocket, Libc.SoBusyPoll, options.BusyPollMicroseconds);
                TrySet(Libc.SolSocket, Libc.SoPreferBusyPoll, 1);
                TrySet(Libc.SolSocket, Libc.SoBusyPollBudget, UdpMulticastSource.MaxBatch);
            }

            _socket.Bind(new IPEndPoint(IPAddress.Any, port));
        }
        catch (SocketException cause)
        {
            _socket.Dispose();
            throw Explain(cause, $"UDP port {port}");
        }

        Handle = (int)_socket.Handle;
        Span<byte> value = stackalloc byte[sizeof(int)];
        _socket.GetRawSocketOption(Libc.SolSocket, Libc.SoReceiveBuffer, value);
        ReceiveBufferBytes = BitConverter.ToInt32(value);
    }

    public ushort Port { get; }

    /// <summary>File descriptor; valid while this object is.</summary>
    public int Handle { get; }

    public int ReceiveBufferBytes { get; }

    /// <summary>Opens as few sockets as hold all lines.</summary>
    public static UdpGroupSocket[] OpenAll(IReadOnlyList<LineAddress> lines, UdpMulticastOptions options)
    {
        (int interfaceIndex, _) = NetworkInterfaces.Find(options.Interface);
        var sockets = new List<UdpGroupSocket>();
        try
        {
            foreach (IGrouping<(ushort Port, uint Group), LineAddress> line in lines.GroupBy(line => (line.Port, line.Group)))
            {
                UdpGroupSocket? socket = sockets.Find(candidate => candidate.Port == line.Key.Port && candidate._groups.Count < MaxGroups);
                if (socket == null)
                    sockets.Add(socket = new UdpGroupSocket(line.Key.Port, options));
                socket.Join(interfaceIndex, line.Key.Group, line.Select(one => one.Source).Distinct().ToArray());
            }
        }
        catch
        {
            sockets.ForEach(socket => socket.Dispose());
            throw;
        }

        return [.. sockets];
    }

    /// <summary>Datagrams newly lost, from the kernel's count of all losses of this socket; it wraps.</summary>
    public uint CountDrops(uint drops)
    {
        uint added = drops - _lastDrops;
        _lastDrops = drops;
        return added;
    }

    public void Dispose() => _socket.Dispose();

    private void Join(int interfaceIndex, uint group, uint?[] sources)
    {
        _groups.Add(group);
        if (group >> 28 != 0xe)
            return;
        Span<byte> request = stackalloc byte[SourceRequestBytes];
        request.Clear();
        BitConverter.TryWriteBytes(request, interfaceIndex);
        WriteAddress(request[GroupOffset..], group);
        try
        {
            // One line that takes any source opens the group for all.
            if (sources.Contains(null))
            {
                _socket.SetRawSocketOption(Libc.SolIp, Libc.McastJoinGroup, request[..GroupRequestBytes]);
                return;
            }

            foreach (uint? source in sources)
            {
                WriteAddress(request[GroupRequestBytes..], source.GetValueOrDefault());
                _socket.SetRawSocketOption(Libc.SolIp, Libc.McastJoinSourceGroup, request);
            }
        }
        catch (SocketException cause)
        {
            throw Explain(cause, $"join of {NetworkInterfaces.ToIPAddress(group)}:{Port}");
        }
    }

    private static void WriteAddress(Span<byte> to, uint address)
    {
        BitConverter.TryWriteBytes(to, AddressFamilyInet);
        BinaryPrimitives.WriteUInt32BigEndian(to[4..], address);
    }

    private void Set(int level, int option, int value)
    {
        Span<byte> bytes = stackalloc byte[sizeof(int)];
        BitConverter.TryWriteBytes(bytes, value);
        _socket.SetRawSocketOption(level, option, bytes);
    }

    private bool TrySet(int level, int option, int value)
    {
        try
        {
            Set(level, option, value);
            return true;
        }
        catch (SocketException)
        {
            return false;
        }
    }

    private static SocketException Explain(SocketException cause, string what) =>
        new((int)cause.SocketErrorCode, $"{what}: {cause.Message}" + (cause.SocketErrorCode switch
        {
            SocketError.NoBufferSpaceAvailable => " (raise net.ipv4.igmp_max_memberships or igmp_max_msf)",
            SocketError.AddressNotAvailable or SocketError.NetworkUnreachable => " (no multicast route: name the interface)",
            SocketError.AccessDenied => " (ports below 1024 are for root, or for a program with CAP_NET_BIND_SERVICE)",
            SocketError.AddressAlreadyInUse => " (another program has the port for itself: `ss -ulpn` shows which)",
            _ => "",
        }));
}
