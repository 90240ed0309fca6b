using System.Buffers.Binary;
using System.Net.Sockets;
using System.Runtime.CompilerServices;
using System.Runtime.InteropServices;
using FeedHandler.Codecs;

namespace FeedHandler.Transport;

/// <summary>UDP payloads from kernel sockets that are members of multicast groups.</summary>
/// <remarks>
/// Linux only. Works as a plain user. Up to 32 datagrams come with one call of the kernel (recvmmsg); each carries the kernel's
/// time stamp and the group that it was sent to. A line whose address is not multicast is received without a join.
/// </remarks>
public sealed unsafe class UdpMulticastSource : IFrameSource
{
    /// <summary>Datagrams that one poll gives at most.</summary>
    public const int MaxBatch = 32;

    // Odd multiple of 64 beyond the largest datagram: none can be cut, and the slots do not fall on the same cache sets.
    // Memory that no datagram reaches is never touched, so it costs address space only.
    private const int SlotBytes = 65536 + 64;
    private const int ControlBytes = 128;
    private const int TimestampDataBytes = 16;
    private const int PacketInfoDataBytes = 12;
    private const long NsPerSecond = 1_000_000_000;

    private readonly UdpGroupSocket[] _sockets;
    private readonly byte* _slots;
    private readonly byte* _controls;
    private readonly Libc.MessageHeader* _messages;
    private readonly Libc.IoVector* _vectors;
    private readonly Libc.SocketAddressIn* _senders;
    private byte* _memory;
    private int _firstSocket;
    private long _lastTimeNs;

    /// <summary>Joins the groups of all lines.</summary>
    /// <param name="lines">Addresses to receive. Where a line names its source, only that source is let in (IGMPv3).</param>
    /// <param name="options">Interface and buffers; null for the defaults.</param>
    /// <exception cref="PlatformNotSupportedException">Not 64-bit Linux.</exception>
    /// <exception cref="ArgumentException">There is no such interface.</exception>
    /// <exception cref="SocketException">The kernel refused; the message says what was tried.</exception>
    public UdpMulticastSource(IReadOnlyList<LineAddress> lines, UdpMulticastOptions? options = null)
    {
        if (!OperatingSystem.IsLinux() || sizeof(nint) != 8)
            throw new PlatformNotSupportedException("receiving live multicast needs 64-bit Linux (recvmmsg); captures replay anywhere");
        options ??= new UdpMulticastOptions();
        _sockets = UdpGroupSocket.OpenAll(lines, options);
        Name = $"udp {options.Interface ?? "any"} {lines.Count} groups";

        const int perSlotBytes = SlotBytes + ControlBytes;
        int recordBytes = sizeof(Libc.MessageHeader) + sizeof(Libc.IoVector) + sizeof(Libc.SocketAddressIn);
        _memory = (byte*)NativeMemory.AlignedAlloc((nuint)(MaxBatch * (perSlotBytes + recordBytes)), 64);
        _slots = _memory;
        _controls = _slots + MaxBatch * SlotBytes;
        _messages = (Libc.MessageHeader*)(_controls + MaxBatch * ControlBytes);
        _vectors = (Libc.IoVector*)(_messages + MaxBatch);
        _senders = (Libc.SocketAddressIn*)(_vectors + MaxBatch);
        for (int i = 0; i < MaxBatch; i++)
        {
            _vectors[i] = new Libc.IoVector { Data = _slots + i * SlotBytes, Bytes = SlotBytes };
            _messages[i] = new Libc.MessageHeader
            {
                Name = _senders + i,
                Vectors = _vectors + i,
                VectorCount = 1,
                Control = _controls + i * ControlBytes,
            };
        }
    }

    /// <inheritdoc/>
    public string Name { get; }

    /// <inheritdoc/>
    public bool IsEnded => false;

    /// <inheritdoc/>
    public bool IsReplay => false;

    /// <inheritdoc/>
    public long Dropped { get; private set; }

    /// <summary>Calls that the kernel refused for another reason than that nothing was there, such as an interface gone down.</summary>
    public long Errors { get; private set; }

    /// <summary>Sockets in use: the kernel lets a socket join 20 groups, and each port needs its own.</summary>
    public int SocketCount => _sockets.Length;

    /// <summary>Kernel buffer that a socket really got, as the kernel counts it (twice what was asked for, at best).</summary>
    public int ReceiveBufferBytes => _sockets.Length == 0 ? 0 : _sockets.Min(socket => socket.ReceiveBufferBytes);

    /// <inheritdoc/>
    [HotPath]
    public int Poll(Span<Frame> frames)
    {
        int wanted = Math.Min(frames.Length, MaxBatch);
        if (wanted == 0 || _memory == null)
            return 0;

        // Another socket is first each time, so that a busy one cannot starve the rest.
        int index = _firstSocket = _firstSocket + 1 < _sockets.Length ? _firstSocket + 1 : 0;
        int count = 0;
        for (int tried = 0; tried < _sockets.Length && count < wanted; tried++)
        {
            count += Receive(_sockets[index], count, wanted, frames);
            index = index + 1 < _sockets.Length ? index + 1 : 0;
        }

        return count;
    }

    /// <inheritdoc/>
    public void Dispose()
    {
        foreach (UdpGroupSocket socket in _sockets)
            socket.Dispose();
        NativeMemory.AlignedFree(_memory);
        _memory = null;
    }

    [HotPath]
    private int Receive(UdpGroupSocket socket, int from, int to, Span<Frame> frames)
    {
        // The kernel overwrites these lengths with what it used.
        for (int i = from; i < to; i++)
        {
            _messages[i].NameBytes = (uint)sizeof(Libc.SocketAddressIn);
            _messages[i].ControlBytes = ControlBytes;
        }

        int received = Libc.ReceiveMessages(socket.Handle, _messages + from, (uint)(to - from), Libc.MsgDontWait, timeout: null);
        if (received <= 0)
        {
            if (received < 0 && Marshal.GetLastPInvokeError() is not (Libc.ErrorAgain or Libc.ErrorInterrupted))
                Errors++;
            return 0;
        }

        for (int i = from; i < from + received; i++)
        {
            ref Frame frame = ref frames[i];
            frame.Data = _slots + i * SlotBytes;
            frame.Length = (int)_messages[i].MessageBytes;
            frame.Link = LinkType.UdpPayload;
            frame.SourceAddress = BinaryPrimitives.ReverseEndianness(_senders[i].Address);
            frame.DestinationPort = socket.Port;
            frame.DestinationAddress = 0;
            ReadControl(ref _messages[i], socket, ref frame);
            frame.ReceiveTimeNs = _lastTimeNs;
        }

        return received;
    }

    [HotPath]
    [MethodImpl(MethodImplOptions.AggressiveInlining)]
    private void ReadControl(ref Libc.MessageHeader message, UdpGroupSocket socket, ref Frame frame)
    {
        byte* at = message.Control;
        byte* end = at + message.ControlBytes;
        while (end - at >= sizeof(Libc.ControlHeader))
        {
            var header = (Libc.ControlHeader*)at;
            byte* data = at + sizeof(Libc.ControlHeader);
            nuint dataBytes = header->Bytes - (nuint)sizeof(Libc.ControlHeader);
            if (header->Bytes < (nuint)sizeof(Libc.ControlHeader) || header->Bytes > (nuint)(end - at))
                break;
            if (header->Level == Libc.SolSocket && header->Type == Libc.SoTimestampNs && dataBytes >= TimestampDataBytes)
                _lastTimeNs = ((long*)data)[0] * NsPerSecond + ((long*)data)[1];
            else if (header->Level == Libc.SolIp && header->Type == Libc.IpPacketInfo && dataBytes >= PacketInfoDataBytes)
                frame.DestinationAddress = BinaryPrimitives.ReverseEndianness(((uint*)data)[2]);
            else if (header->Level == Libc.SolSocket && header->Type == Libc.SoReceiveQueueOverflow && dataBytes >= sizeof(uint))
                Dropped += socket.CountDrops(*(uint*)data);
            at += (header->Bytes + 7) & ~(nuint)7;
        }
    }
}
