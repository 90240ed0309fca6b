using System.Runtime.InteropServices;
using FeedHandler.Codecs;

namespace FeedHandler.Transport;

/// <summary>The socket of one queue: memory that kernel or NIC write, a ring of frames for us, a ring of room for them.</summary>
internal sealed unsafe class XdpSocket : IDisposable
{
    private const int FrameBytes = 2048;
    private const int SolXdp = 283;
    private const int OptionMapOffsets = 1, OptionRxRing = 2, OptionMemory = 4, OptionFillRing = 5, OptionCompletionRing = 6, OptionStatistics = 7, OptionOptions = 8;
    private const long RxRingOffset = 0, FillRingOffset = 0x1_0000_0000;
    private const ushort BindCopy = 2, BindZeroCopy = 4, BindNeedWakeup = 8;
    private const uint NeedsWakeup = 1;
    private const int BusyPollBudget = 64;

    // We send nothing, but the kernel wants the ring.
    private const uint CompletionEntries = 64;

    private static readonly TimeSpan QueueFreedWithin = TimeSpan.FromSeconds(1);

    private readonly KernelSocket _socket;
    private readonly nuint _memoryBytes;
    private readonly uint _entries;
    private readonly bool _isBusyPolled;
    private byte* _memory;
    private Ring _rx;
    private Ring _fill;
    private uint _held;
    private uint _consumed;
    private uint _filled;
    private long _lastDropped;

    public XdpSocket(string name, int interfaceIndex, int queue, AfXdpOptions options)
    {
        if (!int.IsPow2(options.Frames) || options.Frames is < 64 or > 1 << 20)
            throw new TransportException(name, $"{options.Frames} frames", "write a power of 2 from 64 to 1048576");
        _entries = (uint)options.Frames;
        _memoryBytes = (nuint)options.Frames * FrameBytes;
        _socket = KernelSocket.Open(name, Libc.FamilyXdp, Libc.SocketRaw, Remedy);
        try
        {
            MapMemory(name);
            MapRings();
            _isBusyPolled = options.BusyPollMicroseconds > 0 && TryBusyPoll(options.BusyPollMicroseconds);
            var flags = (ushort)(BindNeedWakeup | options.Copy switch { XdpCopy.Zero => BindZeroCopy, XdpCopy.Copy => BindCopy, _ => 0 });
            Bind(new Address { Family = Libc.FamilyXdp, Flags = flags, Interface = (uint)interfaceIndex, Queue = (uint)queue });
            IsZeroCopy = _socket.TryGet(SolXdp, OptionOptions, out uint set) && (set & 1) != 0;
        }
        catch
        {
            Dispose();
            throw;
        }
    }

    public int Handle => _socket.Handle;

    /// <summary>Whether the NIC writes our memory itself.</summary>
    public bool IsZeroCopy { get; }

    /// <summary>Frames of memory that are in neither ring nor with us: 0 when nothing is on its way and nothing has leaked.</summary>
    public long MissingFrames
    {
        get
        {
            var room = _filled - Volatile.Read(ref *_fill.Consumer);
            var waiting = Volatile.Read(ref *_rx.Producer) - _consumed;
            return _entries - room - waiting - _held;
        }
    }

    /// <summary>Takes frames. Ends the life of those taken before.</summary>
    [HotPath]
    public int Poll(Span<Frame> frames)
    {
        if (_held != 0) GiveBack();
        var count = Math.Min(Volatile.Read(ref *_rx.Producer) - _consumed, (uint)frames.Length);
        if (count == 0)
        {
            if (_isBusyPolled || (Volatile.Read(ref *_fill.Flags) & NeedsWakeup) != 0) WakeKernel();
            return 0;
        }

        var descriptors = (Descriptor*)_rx.Entries;
        for (uint i = 0; i < count; i++)
        {
            var descriptor = descriptors + ((_consumed + i) & (_entries - 1));
            ref var frame = ref frames[(int)i];
            frame.Data = _memory + descriptor->Address;
            frame.Length = (int)descriptor->Bytes;
            frame.Link = LinkType.Ethernet;
            CacheLines.Prefetch(frame.Data);
        }

        _held = count;
        return (int)count;
    }

    /// <summary>Frames that the kernel could not give us: no room in the ring, or no memory to write to.</summary>
    public long CountDropped()
    {
        if (_socket.TryGet(SolXdp, OptionStatistics, out Statistics statistics))
            _lastDropped = (long)(statistics.Dropped + statistics.Invalid + statistics.RingFull);
        return _lastDropped;
    }

    public void Dispose()
    {
        CountDropped();
        _socket.Dispose();
        if (_memory != null) _ = Libc.Unmap((nint)_memory, _memoryBytes);
        _memory = null;
    }

    internal static string Remedy(int error) => error switch
    {
        Libc.ErrorNotPermitted or Libc.ErrorAccess => Privileges.Grant("cap_net_raw,cap_net_admin,cap_bpf"),
        Libc.ErrorNoBuffers or Libc.ErrorNoMemory => "locked memory is short: ulimit -l unlimited (limits.conf: memlock), or fewer frames",
        Libc.ErrorBusy => "another socket has that queue",
        Libc.ErrorNotSupported => "the driver cannot: \"copy\": \"auto\"",
        Libc.ErrorInvalid => "is there such a queue? ethtool -l IF shows how many there are",
        _ => "",
    };

    /// <summary>The memory of the frames of the last poll goes back to be filled again.</summary>
    [HotPath]
    private void GiveBack()
    {
        var descriptors = (Descriptor*)_rx.Entries;
        var room = (ulong*)_fill.Entries;
        for (uint i = 0; i < _held; i++)
        {
            // The kernel writes behind a headroom: what goes back is the start of the chunk.
            room[(_filled + i) & (_entries - 1)] = descriptors[(_consumed + i) & (_entries - 1)].Address & ~(ulong)(FrameBytes - 1);
        }

        _filled += _held;
        _consumed += _held;
        _held = 0;
        Volatile.Write(ref *_fill.Producer, _filled);
        Volatile.Write(ref *_rx.Consumer, _consumed);
    }

    private void WakeKernel() => Libc.Receive(_socket.Handle, null, 0, Libc.MsgDontWait, null, null);

    /// <summary>The kernel frees a queue some time after the socket before was closed: a restart waits for it.</summary>
    private void Bind(Address address)
    {
        var started = TimeProvider.System.GetTimestamp();
        var spin = default(SpinWait);
        while (!_socket.TryBind(address))
        {
            if (Marshal.GetLastPInvokeError() != Libc.ErrorBusy || TimeProvider.System.GetElapsedTime(started) > QueueFreedWithin) throw _socket.Refused($"bind to queue {address.Queue}");
            spin.SpinOnce();
        }
    }

    private void MapMemory(string name)
    {
        var address = Libc.Map(0, _memoryBytes, Libc.ProtRead | Libc.ProtWrite, Libc.MapPrivate | Libc.MapAnonymous | Libc.MapPopulate, -1, 0);
        if (address == -1) throw TransportException.OfKernel($"{name}: allocate {_memoryBytes >> 20} MiB", Marshal.GetLastPInvokeError());
        _memory = (byte*)address;
        _socket.Set(SolXdp, OptionMemory, new MemoryRegion { Address = (ulong)_memory, Bytes = _memoryBytes, FrameBytes = FrameBytes }, $"register {_memoryBytes >> 20} MiB of memory");
    }

    private void MapRings()
    {
        _socket.Set(SolXdp, OptionFillRing, _entries, "make the fill ring");
        _socket.Set(SolXdp, OptionCompletionRing, CompletionEntries, "make the completion ring");
        _socket.Set(SolXdp, OptionRxRing, _entries, "make the receive ring");
        var offsets = _socket.Get<Offsets>(SolXdp, OptionMapOffsets, "find the rings");
        _rx = Map(offsets.Rx, (uint)sizeof(Descriptor), RxRingOffset, "map the receive ring");
        _fill = Map(offsets.Fill, sizeof(ulong), FillRingOffset, "map the fill ring");
        for (uint i = 0; i < _entries; i++) ((ulong*)_fill.Entries)[i] = (ulong)i * FrameBytes;
        _filled = _entries;
        Volatile.Write(ref *_fill.Producer, _filled);
    }

    private Ring Map(RingOffsets offsets, uint entryBytes, long at, string step)
    {
        var start = _socket.Map((nuint)(offsets.Entries + ((ulong)_entries * entryBytes)), at, step);
        return new Ring
        {
            Producer = (uint*)(start + offsets.Producer),
            Consumer = (uint*)(start + offsets.Consumer),
            Flags = (uint*)(start + offsets.Flags),
            Entries = start + offsets.Entries,
        };
    }

    private bool TryBusyPoll(int microseconds) =>
        _socket.TrySet(Libc.SolSocket, Libc.SoPreferBusyPoll, 1)
        && _socket.TrySet(Libc.SolSocket, Libc.SoBusyPoll, microseconds)
        && _socket.TrySet(Libc.SolSocket, Libc.SoBusyPollBudget, BusyPollBudget);

    private struct Ring
    {
        public uint* Producer;
        public uint* Consumer;
        public uint* Flags;
        public byte* Entries;
    }

    /// <summary><c>struct xdp_desc</c>.</summary>
    [StructLayout(LayoutKind.Sequential)]
    private struct Descriptor
    {
        public ulong Address;
        public uint Bytes;
        public uint Options;
    }

    /// <summary><c>struct xdp_umem_reg</c>.</summary>
    [StructLayout(LayoutKind.Sequential)]
    private struct MemoryRegion
    {
        public ulong Address;
        public ulong Bytes;
        public uint FrameBytes;
        public uint Headroom;
        public uint Flags;
        public uint TransmitMetadataBytes;
    }

    /// <summary><c>struct sockaddr_xdp</c>.</summary>
    [StructLayout(LayoutKind.Sequential)]
    private struct Address
    {
        public ushort Family;
        public ushort Flags;
        public uint Interface;
        public uint Queue;
        public uint SharedSocket;
    }

    /// <summary><c>struct xdp_ring_offset</c>.</summary>
    [StructLayout(LayoutKind.Sequential)]
    private struct RingOffsets
    {
        public ulong Producer;
        public ulong Consumer;
        public ulong Entries;
        public ulong Flags;
    }

    /// <summary><c>struct xdp_mmap_offsets</c>.</summary>
    [StructLayout(LayoutKind.Sequential)]
    private struct Offsets
    {
        public RingOffsets Rx;
        public RingOffsets Tx;
        public RingOffsets Fill;
        public RingOffsets Completion;
    }

    /// <summary><c>struct xdp_statistics</c>.</summary>
    [StructLayout(LayoutKind.Sequential)]
    private struct Statistics
    {
        public ulong Dropped;
        public ulong Invalid;
        public ulong TransmitInvalid;
        public ulong RingFull;
        public ulong FillEmpty;
        public ulong TransmitEmpty;
    }
}
