using System.Buffers.Binary;
using System.Net;
using System.Net.Sockets;
using System.Runtime.InteropServices;
using FeedHandler.Codecs;
using FeedHandler.Replay.Pcap;
using FeedHandler.Transport;

namespace FeedHandler.Replay.Send;

/// <summary>Puts packets on a wire, many in one system call.</summary>
internal abstract unsafe class BatchSender : IDisposable
{
    public const int Batch = 64;

    private readonly Libc.MessageHeader* _messages;
    private readonly Libc.IoVector* _vectors;
    private int _count;

    protected BatchSender()
    {
        _messages = (Libc.MessageHeader*)NativeMemory.AllocZeroed(Batch, (nuint)sizeof(Libc.MessageHeader));
        _vectors = (Libc.IoVector*)NativeMemory.AllocZeroed(Batch, (nuint)sizeof(Libc.IoVector));
        for (var i = 0; i < Batch; i++)
        {
            _messages[i].Vectors = _vectors + i;
            _messages[i].VectorCount = 1;
        }
    }

    /// <summary>Packets that the kernel has taken.</summary>
    public long Packets { get; private set; }

    /// <summary>Bytes of those, as they were given to the kernel.</summary>
    public long Bytes { get; private set; }

    protected abstract int Handle { get; }

    /// <summary>Takes a packet; its memory is read at <see cref="Flush"/>, at the latest when the batch is full.</summary>
    public void Add(in Frame frame, in UdpDatagram datagram, (uint Address, ushort Port) to)
    {
        if (_count == Batch) Flush();
        Fill(_count, frame, datagram, to, ref _messages[_count], ref _vectors[_count]);
        Bytes += (long)_vectors[_count].Bytes;
        _count++;
    }

    /// <summary>Gives everything to the kernel.</summary>
    /// <exception cref="TransportException">It refused.</exception>
    public void Flush()
    {
        for (var sent = 0; sent < _count;)
        {
            var taken = Libc.SendMessages(Handle, _messages + sent, (uint)(_count - sent), 0);
            if (taken > 0)
            {
                sent += taken;
                continue;
            }

            // A full queue of the interface empties by itself.
            var error = Marshal.GetLastPInvokeError();
            if (error is not (Libc.ErrorAgain or Libc.ErrorInterrupted or Libc.ErrorNoBuffers))
                throw TransportException.OfKernel("send", error, error == MessageTooLong ? "a packet is longer than the interface's MTU: ip link set dev IF mtu 9000" : "");
            Thread.Yield();
        }

        Packets += _count;
        _count = 0;
    }

    public void Dispose()
    {
        Dispose(isDisposing: true);
        GC.SuppressFinalize(this);
    }

    protected abstract void Fill(int slot, in Frame frame, in UdpDatagram datagram, (uint Address, ushort Port) to, ref Libc.MessageHeader message, ref Libc.IoVector vector);

    protected virtual void Dispose(bool isDisposing)
    {
        NativeMemory.Free(_messages);
        NativeMemory.Free(_vectors);
    }

    private const int MessageTooLong = 90;
}

/// <summary>Sends the UDP payloads through a socket of the kernel; the source address is the interface's.</summary>
internal sealed unsafe class UdpBatchSender : BatchSender
{
    private readonly Socket _socket;
    private readonly Libc.SocketAddressIn* _destinations;

    public UdpBatchSender(string networkInterface, byte hops)
    {
        _destinations = (Libc.SocketAddressIn*)NativeMemory.AllocZeroed(Batch, (nuint)sizeof(Libc.SocketAddressIn));
        var (index, address) = NamedInterface.Find("send", networkInterface);
        _socket = new Socket(AddressFamily.InterNetwork, SocketType.Dgram, ProtocolType.Udp);
        _socket.SetSocketOption(SocketOptionLevel.IP, SocketOptionName.MulticastTimeToLive, hops);
        _socket.SetSocketOption(SocketOptionLevel.IP, SocketOptionName.MulticastLoopback, true);
        _socket.SendBufferSize = 4 << 20;

        // ip_mreqn: no group; the address becomes the source address, the index decides where it goes.
        Span<byte> request = stackalloc byte[12];
        request.Clear();
        address.TryWriteBytes(request[4..], out _);
        BitConverter.TryWriteBytes(request[8..], index);
        _socket.SetRawSocketOption(Libc.SolIp, Libc.IpMulticastInterface, request);
        Handle = (int)_socket.Handle;
    }

    protected override int Handle { get; }

    protected override void Fill(
        int slot, in Frame frame, in UdpDatagram datagram, (uint Address, ushort Port) to, ref Libc.MessageHeader message, ref Libc.IoVector vector)
    {
        var destination = _destinations + slot;
        destination->Family = (ushort)AddressFamily.InterNetwork;
        destination->Port = BinaryPrimitives.ReverseEndianness(to.Port);
        destination->Address = BinaryPrimitives.ReverseEndianness(to.Address);
        message.Name = destination;
        message.NameBytes = (uint)sizeof(Libc.SocketAddressIn);
        vector.Data = frame.Data + datagram.PayloadOffset;
        vector.Bytes = (nuint)datagram.PayloadLength;
    }

    protected override void Dispose(bool isDisposing)
    {
        if (isDisposing) _socket.Dispose();
        NativeMemory.Free(_destinations);
        base.Dispose(isDisposing);
    }
}

/// <summary>Sends whole frames from below the kernel's stack: addresses as recorded, no route and no address needed.</summary>
internal sealed unsafe class PacketBatchSender : BatchSender
{
    private const int SolPacket = 263, QueueBypass = 20;

    private readonly KernelSocket _socket;
    private readonly byte* _rewritten;
    private ushort _identification;

    public PacketBatchSender(string networkInterface)
    {
        var index = NamedInterface.IndexOf("send", networkInterface);
        _socket = KernelSocket.Open($"send {networkInterface}", Libc.FamilyPacket, Libc.SocketRaw, error =>
            error is Libc.ErrorNotPermitted or Libc.ErrorAccess ? $"{Privileges.Grant("cap_net_raw")}, or send with --via udp" : "");
        try
        {
            _socket.Bind(new LinkAddress { Family = Libc.FamilyPacket, Index = index }, "bind");
            _socket.TrySet(SolPacket, QueueBypass, 1);
        }
        catch
        {
            _socket.Dispose();
            throw;
        }

        _rewritten = (byte*)NativeMemory.Alloc(Batch, UdpFrame.MaxBytes);
    }

    protected override int Handle => _socket.Handle;

    protected override void Fill(
        int slot, in Frame frame, in UdpDatagram datagram, (uint Address, ushort Port) to, ref Libc.MessageHeader message, ref Libc.IoVector vector)
    {
        vector.Data = frame.Data;
        vector.Bytes = (nuint)frame.Length;
        if (frame.Link == LinkType.Ethernet && to == (datagram.DestinationAddress, datagram.DestinationPort)) return;

        // Recorded without Ethernet header, or on its way to another group: a frame of our own.
        var own = new Span<byte>(_rewritten + ((long)slot * UdpFrame.MaxBytes), UdpFrame.MaxBytes);
        var payload = new ReadOnlySpan<byte>(frame.Data + datagram.PayloadOffset, datagram.PayloadLength);
        vector.Data = _rewritten + ((long)slot * UdpFrame.MaxBytes);
        vector.Bytes = (nuint)UdpFrame.Write(own, new UdpEndpoints(datagram.SourceAddress, datagram.SourcePort, to.Address, to.Port), payload, _identification++);
    }

    protected override void Dispose(bool isDisposing)
    {
        if (isDisposing) _socket.Dispose();
        NativeMemory.Free(_rewritten);
        base.Dispose(isDisposing);
    }
}
