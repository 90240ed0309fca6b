using System.Runtime.InteropServices;

namespace FeedHandler.Transport;

/// <summary>Our native shim and, with it, DPDK. Loaded when the first device is opened; nothing else of the program needs it.</summary>
internal sealed unsafe class DpdkShim
{
    private const string FileName = "libfeedhandler_dpdk.so";
    private const string Install = "sudo apt-get install libdpdk-dev dpdk gcc pkg-config, then build FeedHandler again";

    /// <summary>Queues that DPDK counts packets of.</summary>
    public const int MaxQueueCounters = 16;

    private static readonly Lazy<DpdkShim> Loaded = new(static () => new DpdkShim());

    public readonly delegate* unmanaged<byte*> Version;
    public readonly delegate* unmanaged<int, byte**, int, int> Initialise;
    public readonly delegate* unmanaged<byte*, byte*, byte*, int> Plug;
    public readonly delegate* unmanaged<byte*, byte*, int> Unplug;
    public readonly delegate* unmanaged<byte*, int> FindPort;
    public readonly delegate* unmanaged<int, PortOptions*, PortInfo*, int> Start;
    public readonly delegate* unmanaged<int, int> Stop;
    public readonly delegate* unmanaged<void*, int> InUse;
    public readonly delegate* unmanaged<void*, void> FreePool;
    public readonly delegate* unmanaged<int, int, PortInfo*, void*> OpenQueue;
    public readonly delegate* unmanaged<void*, void> CloseQueue;
    public readonly delegate* unmanaged<void*, ulong> Cut;
    public readonly delegate* unmanaged<void*, Frame*, int, int> Poll;
    public readonly delegate* unmanaged<int, void*, void**, int*, int, int> Send;
    public readonly delegate* unmanaged<int, PortStatistics*, int> Statistics;
    public readonly delegate* unmanaged<int, int> Link;
    public readonly delegate* unmanaged<int> RegisterThread;

    private DpdkShim()
    {
        var path = Path.Combine(AppContext.BaseDirectory, FileName);
        if (!File.Exists(path)) throw new TransportException("dpdk", "this FeedHandler was built without DPDK", Install);
        nint library;
        try
        {
            library = NativeLibrary.Load(path);
        }
        catch (DllNotFoundException e)
        {
            throw new TransportException("dpdk", $"the DPDK libraries do not load: {e.Message.Split('\n')[0]}", Install, e);
        }

        Version = (delegate* unmanaged<byte*>)NativeLibrary.GetExport(library, "fh_version");
        Initialise = (delegate* unmanaged<int, byte**, int, int>)NativeLibrary.GetExport(library, "fh_init");
        Plug = (delegate* unmanaged<byte*, byte*, byte*, int>)NativeLibrary.GetExport(library, "fh_plug");
        Unplug = (delegate* unmanaged<byte*, byte*, int>)NativeLibrary.GetExport(library, "fh_unplug");
        FindPort = (delegate* unmanaged<byte*, int>)NativeLibrary.GetExport(library, "fh_find_port");
        Start = (delegate* unmanaged<int, PortOptions*, PortInfo*, int>)NativeLibrary.GetExport(library, "fh_start");
        Stop = (delegate* unmanaged<int, int>)NativeLibrary.GetExport(library, "fh_stop");
        InUse = (delegate* unmanaged<void*, int>)NativeLibrary.GetExport(library, "fh_in_use");
        FreePool = (delegate* unmanaged<void*, void>)NativeLibrary.GetExport(library, "fh_free_pool");
        OpenQueue = (delegate* unmanaged<int, int, PortInfo*, void*>)NativeLibrary.GetExport(library, "fh_open_queue");
        CloseQueue = (delegate* unmanaged<void*, void>)NativeLibrary.GetExport(library, "fh_close_queue");
        Cut = (delegate* unmanaged<void*, ulong>)NativeLibrary.GetExport(library, "fh_cut");
        Poll = (delegate* unmanaged<void*, Frame*, int, int>)NativeLibrary.GetExport(library, "fh_poll");
        Send = (delegate* unmanaged<int, void*, void**, int*, int, int>)NativeLibrary.GetExport(library, "fh_send");
        Statistics = (delegate* unmanaged<int, PortStatistics*, int>)NativeLibrary.GetExport(library, "fh_stats");
        Link = (delegate* unmanaged<int, int>)NativeLibrary.GetExport(library, "fh_link");
        RegisterThread = (delegate* unmanaged<int>)NativeLibrary.GetExport(library, "fh_register_thread");

        var frameBytes = ((delegate* unmanaged<int>)NativeLibrary.GetExport(library, "fh_frame_bytes"))();
        if (frameBytes != sizeof(Frame)) throw new TransportException("dpdk", $"{FileName} is of another build (its frame has {frameBytes} bytes, ours {sizeof(Frame)})", "build FeedHandler again");
    }

    /// <summary>The library.</summary>
    /// <exception cref="TransportException">It is not there or does not load; the message says what to install.</exception>
    public static DpdkShim Instance => Loaded.Value;

    /// <summary><c>struct port_options</c>.</summary>
    [StructLayout(LayoutKind.Sequential)]
    public struct PortOptions
    {
        public ushort RxQueues;
        public ushort RxDescriptors;
        public byte Promiscuous;
        public byte HardwareTime;
        public uint Buffers;
        public uint BufferBytes;
    }

    /// <summary><c>struct port_info</c>.</summary>
    [StructLayout(LayoutKind.Sequential)]
    public struct PortInfo
    {
        public ushort TxQueues;
        public ushort MaxRxQueues;
        public int NumaNode;
        public int StampOffset;
        public ulong StampFlag;
        public void* Pool;
        public fixed byte Driver[32];
    }

    /// <summary><c>struct port_stats</c>.</summary>
    [StructLayout(LayoutKind.Sequential)]
    public struct PortStatistics
    {
        public ulong Packets;
        public ulong Bytes;
        public ulong Missed;
        public ulong Errors;
        public ulong NoBuffer;
        public fixed ulong Queues[MaxQueueCounters];
    }
}
