using System.Collections.Concurrent;
using System.Globalization;
using System.Runtime.InteropServices;
using System.Text;
using Microsoft.Win32.SafeHandles;

namespace FeedHandler.Transport;

/// <summary>DPDK's environment layer: started once in a process, whatever comes of it, when the first device is opened.</summary>
public static unsafe class DpdkEnvironment
{
    private const int MaxKeptLines = 200;

    // What the pools, rings and device of one port take, roughly; more is asked for when it is needed.
    private const long HugeBytesNeeded = 64 << 20;

    private static readonly Lock Gate = new();
    private static readonly ConcurrentQueue<string> Lines = new();
    private static bool _isTried;
    private static TransportException? _failure;

    /// <summary>Told each line of DPDK's log, on a thread of its own.</summary>
    public static Action<string>? OnLogLine { get; set; }

    /// <summary>The newest lines of DPDK's log.</summary>
    public static IReadOnlyList<string> Log => [.. Lines];

    /// <summary>Whether the memory is made of huge pages.</summary>
    public static bool UsesHugePages { get; private set; }

    /// <summary>Version of the DPDK library, such as <c>DPDK 22.11.11</c>.</summary>
    /// <exception cref="TransportException">DPDK is not there; the message says what to install.</exception>
    public static string Version => Marshal.PtrToStringUTF8((nint)DpdkShim.Instance.Version()) ?? "";

    /// <summary>A PCI address as the kernel writes it: with its domain, in small letters.</summary>
    /// <param name="device">The address, such as <c>03:00.1</c> or <c>0000:3B:00.0</c>.</param>
    public static string PciAddress(string device) => (device.Count(character => character == ':') == 1 ? $"0000:{device}" : device).ToLowerInvariant();

    /// <summary>Whether a device can be had: it is plugged in and taken out again, and takes no packet.</summary>
    /// <exception cref="TransportException">It cannot; the message says what is missing.</exception>
    public static void CheckDevice(DpdkOptions options) => DpdkPort.Check(options);

    /// <summary>Starts it unless it was started; a start that failed fails again, as DPDK cannot be started twice.</summary>
    internal static void Start(DpdkOptions options)
    {
        lock (Gate)
        {
            if (!_isTried)
            {
                _isTried = true;
                try
                {
                    StartOnce(options);
                }
                catch (TransportException e)
                {
                    _failure = e;
                }
            }

            if (_failure is not null) throw new TransportException("dpdk", _failure.Message, "", _failure);
        }
    }

    /// <summary>The last lines of the log that say why, for messages.</summary>
    internal static string LastWords()
    {
        var words = Lines.TakeLast(3).ToList();
        return words.Count == 0 ? "" : $"; DPDK says: {string.Join(" | ", words)}";
    }

    private static void StartOnce(DpdkOptions options)
    {
        var shim = DpdkShim.Instance;
        var arguments = Arguments(options);
        var log = OpenLog();
        var result = 0;

        // It binds the thread that starts it to a CPU, and so what that thread starts: one that is not used again.
        var thread = new Thread(() => result = Initialise(shim, arguments, log)) { IsBackground = true, Name = "dpdk-start" };
        thread.Start();
        thread.Join();
        if (result == 0) return;
        throw new TransportException($"dpdk {string.Join(' ', arguments[1..])}", $"the environment does not start: {Marshal.GetPInvokeErrorMessage(-result)}{LastWords()}");
    }

    private static List<string> Arguments(DpdkOptions options)
    {
        List<string> arguments = ["feedhandler", "--no-telemetry", "-l", FirstCpu().ToString(CultureInfo.InvariantCulture)];

        // Devices are plugged in one by one: none is taken at the start. An address that is no device takes none.
        if (Directory.Exists("/sys/bus/pci/devices")) arguments.AddRange(["-a", "ffff:ff:1f.7"]);
        else arguments.Add("--no-pci");
        UsesHugePages = options.Memory switch
        {
            DpdkMemory.Auto => HugePages.FreeBytes() >= HugeBytesNeeded,
            DpdkMemory.HugePages => HugePages.FreeBytes() >= HugeBytesNeeded
                ? true
                : throw new TransportException("dpdk", $"{HugePages.FreeBytes() >> 20} MiB of huge pages are free, {HugeBytesNeeded >> 20} are needed", HugePages.Remedy),
            _ => false,
        };
        if (UsesHugePages) arguments.Add("--in-memory");
        else arguments.AddRange(["--no-huge", "--no-shconf", "-m", options.MemoryMegabytes.ToString(CultureInfo.InvariantCulture)]);
        arguments.AddRange(options.EalArguments);
        return arguments;
    }

    private static int Initialise(DpdkShim shim, List<string> arguments, int log)
    {
        // It keeps and reorders what it is given: never freed.
        var all = (byte**)NativeMemory.AllocZeroed((nuint)arguments.Count + 1, (nuint)sizeof(byte*));
        for (var i = 0; i < arguments.Count; i++) all[i] = (byte*)Marshal.StringToCoTaskMemUTF8(arguments[i]);
        return shim.Initialise(arguments.Count, all, log);
    }

    /// <summary>A pipe whose lines are kept and told.</summary>
    private static int OpenLog()
    {
        var ends = stackalloc int[2];
        if (Libc.OpenPipe(ends, Libc.OpenCloseOnExec) != 0) throw TransportException.OfKernel("dpdk: open a pipe", Marshal.GetLastPInvokeError());
        var readEnd = ends[0];
        new Thread(() =>
        {
            using var reader = new StreamReader(new FileStream(new SafeFileHandle(readEnd, ownsHandle: true), FileAccess.Read), Encoding.UTF8);
            while (reader.ReadLine() is { } line) Keep(line);
        })
        { IsBackground = true, Name = "dpdk-log" }.Start();
        return ends[1];
    }

    private static void Keep(string line)
    {
        Lines.Enqueue(line);
        while (Lines.Count > MaxKeptLines) Lines.TryDequeue(out _);
        OnLogLine?.Invoke(line);
    }

    /// <summary>The first CPU that this process may use.</summary>
    private static int FirstCpu()
    {
        const int MaskWords = 16;
        var mask = stackalloc ulong[MaskWords];
        if (Libc.GetAffinity(0, MaskWords * sizeof(ulong), mask) <= 0) return 0;
        for (var i = 0; i < MaskWords; i++)
        {
            if (mask[i] != 0) return (i * 64) + System.Numerics.BitOperations.TrailingZeroCount(mask[i]);
        }

        return 0;
    }
}
