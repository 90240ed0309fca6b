using System.Buffers.Binary;
using System.Runtime.InteropServices;

namespace FeedHandler.Transport;

/// <summary>A packet socket on one interface with a ring that the kernel fills.</summary>
internal sealed unsafe class PacketSocket : IDisposable
{
    /// <summary>
    /// Memory that the kernel hands over at once in the block ring. A quiet feed spends a whole block on the packets of one
    /// time-out, so the number of blocks, not their size, bounds how long the reader may be away.
    /// </summary>
    public const int BlockBytes = 128 << 10;

    private const int SolPacket = 263;
    private const int AddMembership = 1, RxRing = 5, Statistics = 6, Version = 10, Fanout = 18, IgnoreOutgoing = 23;
    private const int Version2 = 1, Version3 = 2;
    private const int MembershipMulticast = 0;
    private const int FanoutByFlow = 0;
    private const ushort EveryProtocol = 3;

    private readonly KernelSocket _socket;
    private long _dropped;

    private PacketSocket(KernelSocket socket) => _socket = socket;

    /// <summary>The ring's memory.</summary>
    public byte* Ring { get; private set; }

    /// <summary>Blocks in the ring.</summary>
    public int Blocks { get; private set; }

    public static PacketSocket Open(AfPacketOptions options, IReadOnlyList<LineAddress> lines)
    {
        var name = $"af_packet {options.Interface}";
        var index = NamedInterface.IndexOf("af_packet", options.Interface);
        var socket = KernelSocket.Open(name, Libc.FamilyPacket, Libc.SocketRaw, Remedy);
        try
        {
            var packets = new PacketSocket(socket);
            packets.SetUp(options, lines, index);
            return packets;
        }
        catch
        {
            socket.Dispose();
            throw;
        }
    }

    /// <summary>Frames lost for want of room in the ring. The kernel forgets its count when it is asked, so we keep it.</summary>
    public long CountDropped()
    {
        if (_socket.TryGet(SolPacket, Statistics, out PacketStatistics statistics)) Interlocked.Add(ref _dropped, statistics.Drops);
        return Interlocked.Read(ref _dropped);
    }

    public void Dispose()
    {
        CountDropped();
        _socket.Dispose();
    }

    private void SetUp(AfPacketOptions options, IReadOnlyList<LineAddress> lines, int index)
    {
        var isBlocks = options.Ring == PacketRing.Throughput;
        Blocks = Math.Max(2, (options.RingBytes + BlockBytes - 1) / BlockBytes);
        var frameBytes = isBlocks ? BlockBytes : options.FrameBytes;
        if (!isBlocks && (!int.IsPow2(frameBytes) || frameBytes is < 256 or > BlockBytes))
            throw new TransportException($"af_packet {options.Interface}", $"frames of {frameBytes} bytes", $"write a power of 2 from 256 to {BlockBytes}");

        _socket.Set(SolPacket, Version, isBlocks ? Version3 : Version2, "choose the ring's version");
        _socket.TrySet(SolPacket, IgnoreOutgoing, 1);
        PacketFilter.Attach(_socket, lines);
        var request = new RingRequest
        {
            BlockBytes = BlockBytes,
            Blocks = (uint)Blocks,
            FrameBytes = (uint)frameBytes,
            Frames = (uint)(Blocks * (BlockBytes / frameBytes)),
            RetireTimeoutMs = (uint)options.BlockTimeoutMs,
        };
        _socket.Set(SolPacket, RxRing, &request, isBlocks ? sizeof(RingRequest) : RingRequest.BytesOfVersion2, $"make a ring of {Blocks} blocks");
        Ring = _socket.Map((nuint)Blocks * BlockBytes, 0, $"map a ring of {Blocks} blocks");
        _socket.Bind(new LinkAddress { Family = Libc.FamilyPacket, Protocol = BinaryPrimitives.ReverseEndianness(EveryProtocol), Index = index }, "bind");
        if (options.FanoutGroup is { } group) _socket.Set(SolPacket, Fanout, (group & 0xFFFF) | (FanoutByFlow << 16), $"join fanout group {group}");
        foreach (var address in lines.Select(line => line.Group).Where(address => address >> 28 == 0xE).Distinct())
            _socket.Set(SolPacket, AddMembership, LinkMembership.Of(index, MembershipMulticast, address), $"let in {Ipv4Text.Format(address)}");
    }

    private static string Remedy(int error) => error switch
    {
        Libc.ErrorNotPermitted or Libc.ErrorAccess => Privileges.Grant("cap_net_raw"),
        Libc.ErrorNoMemory => "choose a smaller ringBytes",
        Libc.ErrorInvalid => "a fanout group is of one kind and one interface; choose another number",
        _ => "",
    };

    /// <summary><c>struct tpacket_req3</c>; the older version is its first 16 bytes.</summary>
    [StructLayout(LayoutKind.Sequential)]
    private struct RingRequest
    {
        public const int BytesOfVersion2 = 16;

        public uint BlockBytes;
        public uint Blocks;
        public uint FrameBytes;
        public uint Frames;
        public uint RetireTimeoutMs;
        public uint PrivateBytes;
        public uint Features;
    }

    /// <summary><c>struct tpacket_stats_v3</c>; the older version is its first 8 bytes.</summary>
    [StructLayout(LayoutKind.Sequential)]
    private struct PacketStatistics
    {
        public uint Packets;
        public uint Drops;
        public uint Freezes;
    }

    /// <summary><c>struct packet_mreq</c>.</summary>
    [StructLayout(LayoutKind.Sequential)]
    private struct LinkMembership
    {
        public int Index;
        public ushort Type;
        public ushort AddressBytes;
        public ulong Address;

        /// <summary>A group's Ethernet address is 01:00:5E and the low 23 bits of the group.</summary>
        public static LinkMembership Of(int index, ushort type, uint group) => new()
        {
            Index = index,
            Type = type,
            AddressBytes = 6,
            Address = BinaryPrimitives.ReverseEndianness((0x0100_5E00_0000UL | (group & 0x7F_FFFF)) << 16),
        };
    }
}

/// <summary><c>struct sockaddr_ll</c>.</summary>
[StructLayout(LayoutKind.Sequential)]
internal struct LinkAddress
{
    public ushort Family;
    public ushort Protocol;
    public int Index;
    private readonly ushort _hardwareType;
    private readonly byte _packetType;
    private readonly byte _addressBytes;
    private readonly ulong _address;
}
