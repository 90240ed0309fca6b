using System.Runtime.InteropServices;
using System.Text;
using System.Text.RegularExpressions;

namespace FeedHandler.Transport;

/// <summary>A DPDK device: plugged in, started, and taken out again; that may be repeated in one process.</summary>
internal sealed unsafe partial class DpdkPort : IDisposable
{
    private readonly DpdkShim _shim;
    private readonly string _bus;
    private readonly string _device;
    private readonly int _port;
    private readonly void*[] _queues;
    private DpdkShim.PortInfo _info;
    private bool _isStarted;
    private bool _isDisposed;

    private DpdkPort(DpdkShim shim, string bus, string device, int port, int queues)
    {
        (_shim, _bus, _device, _port) = (shim, bus, device, port);
        _queues = new void*[queues];
    }

    /// <summary>Name of the driver, such as <c>net_mlx5</c>.</summary>
    public string Driver { get; private set; } = "";

    /// <summary>Receive queues in use.</summary>
    public int Queues => _queues.Length;

    /// <summary>NUMA node of the device; -1 where it has none.</summary>
    public int NumaNode => _info.NumaNode;

    /// <summary>Packet buffers that are not in their pool.</summary>
    public int BuffersInUse => _shim.InUse(_info.Pool);

    /// <summary>Speed of the link in Mbit/s, 0 while it is down.</summary>
    public int LinkMegabits => Math.Max(0, _shim.Link(_port));

    /// <summary>Plugs a device in and takes it out again, without starting it: no packet is taken from anybody.</summary>
    /// <exception cref="TransportException">It cannot be had; the message says what is missing.</exception>
    public static void Check(DpdkOptions options)
    {
        var (bus, device, _) = Parse(options);
        PlugIn(options);
        fixed (byte* busText = Text(bus), deviceText = Text(device)) DpdkShim.Instance.Unplug(busText, deviceText);
    }

    public static DpdkPort Open(DpdkOptions options)
    {
        var (bus, device, _) = Parse(options);
        var opened = new DpdkPort(DpdkShim.Instance, bus, device, PlugIn(options), options.FirstQueue + options.Queues);
        try
        {
            opened.Start(options);
        }
        catch
        {
            opened.Dispose();
            throw;
        }

        return opened;
    }

    private static (string Bus, string Device, string Arguments) Parse(DpdkOptions options)
    {
        var comma = options.Device.IndexOf(',', StringComparison.Ordinal);
        var device = comma < 0 ? options.Device : options.Device[..comma];
        var arguments = comma < 0 ? "" : options.Device[(comma + 1)..];
        if (device.Length == 0) throw TransportException.OfConfiguration("dpdk", "names no device", "write \"dpdk\": {\"device\": \"0000:03:00.1\"}; dpdk-devbind.py --status lists them");
        return (PciAddress().IsMatch(device) ? "pci" : "vdev", device, arguments);
    }

    /// <returns>Number of the port.</returns>
    private static int PlugIn(DpdkOptions options)
    {
        var (bus, device, arguments) = Parse(options);
        DpdkEnvironment.Start(options);
        var shim = DpdkShim.Instance;
        fixed (byte* busText = Text(bus), deviceText = Text(device), argumentText = Text(arguments))
        {
            var error = shim.Plug(busText, deviceText, argumentText);
            if (error < 0) throw Refused($"dpdk {options.Device}: plug in", error, PlugRemedy(bus, device, error));
            var port = shim.FindPort(deviceText);
            if (port >= 0) return port;
            shim.Unplug(busText, deviceText);
            throw Refused($"dpdk {options.Device}: find the port", port, PlugRemedy(bus, device, port));
        }
    }

    /// <summary>A queue to poll; <see cref="DpdkShim.Poll"/> takes it.</summary>
    public void* Queue(int index) => _queues[index];

    /// <summary>What the device counted.</summary>
    public DpdkShim.PortStatistics ReadStatistics()
    {
        DpdkShim.PortStatistics statistics = default;
        if (!_isDisposed) _shim.Statistics(_port, &statistics);
        return statistics;
    }

    /// <summary>Packets that a queue received; 0 where the device does not count by queue.</summary>
    public long PacketsOf(int queue)
    {
        var statistics = ReadStatistics();
        return queue < DpdkShim.MaxQueueCounters ? (long)statistics.Queues[queue] : 0;
    }

    /// <summary>Frames of several buffers that did not fit in one.</summary>
    public long CountCut()
    {
        long cut = 0;
        foreach (var queue in _queues) cut += queue == null ? 0 : (long)_shim.Cut(queue);
        return cut;
    }

    /// <summary>Sends copies of frames from the first transmit queue, for tests and benchmarks.</summary>
    public int Send(void** data, int* lengths, int count) => _shim.Send(_port, _info.Pool, data, lengths, count);

    public void Dispose()
    {
        if (_isDisposed) return;
        _isDisposed = true;
        for (var i = 0; i < _queues.Length; i++)
        {
            if (_queues[i] != null) _shim.CloseQueue(_queues[i]);
            _queues[i] = null;
        }

        if (_isStarted) _shim.Stop(_port);
        fixed (byte* bus = Text(_bus), device = Text(_device)) _shim.Unplug(bus, device);
        LeakedBuffers = _shim.InUse(_info.Pool);
        if (_info.Pool != null) _shim.FreePool(_info.Pool);
        _info.Pool = null;
    }

    /// <summary>Packet buffers that had not come back when the port was closed: 0, or something has leaked.</summary>
    public int LeakedBuffers { get; private set; } = -1;

    private void Start(DpdkOptions options)
    {
        var wanted = new DpdkShim.PortOptions
        {
            RxQueues = (ushort)_queues.Length,
            RxDescriptors = (ushort)options.Descriptors,
            Promiscuous = options.Promiscuous ? (byte)1 : (byte)0,
            HardwareTime = options.HardwareTime ? (byte)1 : (byte)0,
            Buffers = (uint)options.Buffers,
            BufferBytes = (uint)options.BufferBytes,
        };
        DpdkShim.PortInfo info = default;
        var error = _shim.Start(_port, &wanted, &info);
        _info = info;
        Driver = Marshal.PtrToStringUTF8((nint)info.Driver) ?? "";
        if (error != 0)
        {
            throw Refused($"dpdk {_device} ({Driver}): start", error, error switch
            {
                -Libc.ErrorRange => $"the device has {info.MaxRxQueues} receive queues, {wanted.RxQueues} are asked for",
                -Libc.ErrorNoMemory => DpdkEnvironment.UsesHugePages ? HugePages.Remedy : "raise \"memoryMegabytes\", or lower \"buffers\"",
                -Libc.ErrorNotSupported => "without \"hardwareTime\" the clock of the host is taken",
                _ => PlugRemedy(_bus, _device, error),
            });
        }

        _isStarted = true;
        for (var i = 0; i < _queues.Length; i++)
        {
            _queues[i] = _shim.OpenQueue(_port, i, &info);
            if (_queues[i] == null) throw Refused($"dpdk {_device}: open queue {i}", -Libc.ErrorNoMemory, HugePages.Remedy);
        }
    }

    private static TransportException Refused(string what, int error, string remedy) =>
        new(what, Marshal.GetPInvokeErrorMessage(-error) + DpdkEnvironment.LastWords(), remedy);

    private static string PlugRemedy(string bus, string device, int error) => (bus, -error) switch
    {
        ("pci", _) when !Directory.Exists("/sys/bus/pci/devices/" + DpdkEnvironment.PciAddress(device)) => "there is no device with this PCI address; dpdk-devbind.py --status-dev net lists them",
        ("pci", _) => $"the device must be bound to vfio-pci: sudo modprobe vfio-pci && sudo dpdk-devbind.py -b vfio-pci {device}",
        (_, Libc.ErrorExists) => "the name is in use: give each device a number of its own",
        _ when device.StartsWith("net_af_packet", StringComparison.Ordinal) => $"is there such an interface, and is it up? The device {Privileges.Grant("cap_net_raw,cap_net_admin")}",
        _ when device.StartsWith("net_af_xdp", StringComparison.Ordinal) => "is there such an interface, and is it up? The device needs root",
        (_, Libc.ErrorNotPermitted or Libc.ErrorAccess) => Privileges.Grant("cap_net_raw,cap_net_admin"),
        _ when Directory.Exists($"/sys/class/net/{device}") => $"that is an interface of the kernel: write its PCI address, or \"net_af_packet0,iface={device}\"",
        _ => "a device is a PCI address such as 0000:03:00.1, or a virtual device of DPDK with its arguments such as net_af_packet0,iface=eth1",
    };

    private static byte[] Text(string text) => Encoding.UTF8.GetBytes(text + '\0');

    [GeneratedRegex("^([0-9a-f]{4}:)?[0-9a-f]{2}:[0-9a-f]{2}\\.[0-7]$", RegexOptions.IgnoreCase | RegexOptions.CultureInvariant | RegexOptions.ExplicitCapture, matchTimeoutMilliseconds: 1000)]
    private static partial Regex PciAddress();
}
