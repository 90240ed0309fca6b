using System.Diagnostics;
using System.Runtime.InteropServices;
using FeedHandler.Transport;

namespace FeedHandler.Replay.Bench;

/// <summary>A network namespace of one thread, with a cable whose two ends are both in it. It ends with the thread.</summary>
internal static class VethRoom
{
    public const string Near = "bench0", Far = "bench1";

    private const int NewNetwork = 0x4000_0000;

    /// <summary>Runs something in such a namespace.</summary>
    /// <exception cref="TransportException">Not allowed, or iproute2 is missing.</exception>
    public static void Run(Action action)
    {
        Exception? failure = null;
        var thread = new Thread(() =>
        {
            try
            {
                Build();
                action();
            }
            catch (Exception e)
            {
                failure = e;
            }
        });
        thread.Start();
        thread.Join();
        if (failure is not null) throw failure is TransportException ? new TransportException("bench", failure.Message, "", failure) : new InvalidOperationException(failure.Message, failure);
    }

    private static void Build()
    {
        if (Libc.Unshare(NewNetwork) != 0)
        {
            var error = Marshal.GetLastPInvokeError();
            throw TransportException.OfKernel("bench: make a network namespace", error, "run as root");
        }

        Ip($"link add {Near} numrxqueues 1 numtxqueues 1 type veth peer name {Far} numrxqueues 1 numtxqueues 1");
        foreach (var setting in (string[])["ipv6/conf/all/disable_ipv6=1", "ipv4/conf/all/rp_filter=0", $"ipv4/conf/{Far}/rp_filter=0"])
        {
            var sides = setting.Split('=');
            File.WriteAllText($"/proc/sys/net/{sides[0]}", sides[1]);
        }

        // A neighbour on a network of its own: the packets' source is not ours, but could be.
        Ip($"addr add 10.78.0.2/24 dev {Far}");
        foreach (var name in (string[])["lo", Near, Far]) Ip($"link set {name} up");
    }

    private static void Ip(string arguments)
    {
        try
        {
            using var process = Process.Start(new ProcessStartInfo("ip", arguments) { UseShellExecute = false, RedirectStandardError = true })!;
            var error = process.StandardError.ReadToEnd();
            process.WaitForExit();
            if (process.ExitCode != 0) throw new TransportException($"bench: ip {arguments}", error.Trim());
        }
        catch (System.ComponentModel.Win32Exception e)
        {
            throw new TransportException("bench", "there is no command ip", "sudo apt-get install iproute2", e);
        }
    }
}
