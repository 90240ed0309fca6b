using System.Diagnostics;
using System.Globalization;
using System.Runtime.InteropServices;

namespace FeedHandler.Wire.Tests;

/// <summary>Two network namespaces of this process's own, joined by a cable: what one end sends, the other receives.</summary>
public sealed partial class VethPair : IDisposable
{
    private const int CloneNewNet = 0x4000_0000;

    private static int _count;

    private readonly string _id = string.Create(CultureInfo.InvariantCulture, $"{Environment.ProcessId}n{Interlocked.Increment(ref _count)}");

    public VethPair()
    {
        Ip($"netns add {Sender}");
        Ip($"netns add {Receiver}");
        Ip($"link add {SenderInterface} netns {Sender} numrxqueues 1 numtxqueues 1 type veth peer name {ReceiverInterface} netns {Receiver} numrxqueues 1 numtxqueues 1");
        foreach (var (space, name, address) in ((string, string, string)[])[(Sender, SenderInterface, "10.77.0.1/24"), (Receiver, ReceiverInterface, "10.77.0.2/24")])
        {
            // No router or neighbour messages of the kernel's own on the wire.
            Call("ip", $"netns exec {space} sh -c", "echo 1 > /proc/sys/net/ipv6/conf/all/disable_ipv6");
            Ip($"-n {space} addr add {address} dev {name}");
            Ip($"-n {space} link set lo up");
            Ip($"-n {space} link set {name} up");
        }
    }

    public static string SenderInterface => "wire0";

    public static string ReceiverInterface => "wire1";

    public string Sender => $"fh{_id}a";

    public string Receiver => $"fh{_id}b";

    /// <summary>Runs something in a namespace, on a thread of its own; what it opens stays in there.</summary>
    public static T In<T>(string space, Func<T> action)
    {
        var result = default(T);
        Exception? failure = null;
        var thread = new Thread(() =>
        {
            try
            {
                using var handle = File.OpenHandle($"/run/netns/{space}");
                if (SetNamespace(handle.DangerousGetHandle().ToInt32(), CloneNewNet) != 0) throw new InvalidOperationException($"setns: {Marshal.GetLastPInvokeErrorMessage()}");
                result = action();
            }
            catch (Exception e)
            {
                failure = e;
            }
        });
        thread.Start();
        thread.Join();
        if (failure is not null) throw new InvalidOperationException($"in {space}: {failure.Message}", failure);
        return result!;
    }

    public void Dispose()
    {
        Ip($"netns del {Sender}");
        Ip($"netns del {Receiver}");
    }

    public static void Ip(string arguments) => Call("ip", arguments);

    private static void Call(string program, string arguments, string? last = null)
    {
        var start = new ProcessStartInfo(program) { UseShellExecute = false, RedirectStandardError = true, RedirectStandardOutput = true };
        foreach (var argument in arguments.Split(' ')) start.ArgumentList.Add(argument);
        if (last is not null) start.ArgumentList.Add(last);
        using var process = Process.Start(start)!;
        var error = process.StandardError.ReadToEnd();
        process.WaitForExit();
        if (process.ExitCode != 0) throw new InvalidOperationException($"{program} {arguments} (as root, with iproute2): {error}");
    }

    [LibraryImport("libc", EntryPoint = "setns", SetLastError = true)]
    private static partial int SetNamespace(int handle, int type);
}
