using System.Diagnostics;
using System.Globalization;
using System.Text.RegularExpressions;

namespace FeedHandler.Replay.Bench;

/// <summary>DPDK's own test program, receiving and doing nothing else: what the device and the machine can do.</summary>
internal static partial class Testpmd
{
    private const int RunSeconds = 4;

    /// <summary>How long it runs at most.</summary>
    public static TimeSpan RunTime => TimeSpan.FromSeconds(RunSeconds);

    /// <summary>Packets a second in its best second; null where the program is not installed, or received nothing.</summary>
    /// <param name="device">The device with its arguments.</param>
    /// <param name="eal">Another argument of the environment, or none.</param>
    public static double? PacketsPerSecond(string device, string eal = "")
    {
        var start = new ProcessStartInfo("timeout") { UseShellExecute = false, RedirectStandardOutput = true, RedirectStandardError = true };
        string[] arguments =
        [
            "-s", "INT", "-k", "3", RunSeconds.ToString(CultureInfo.InvariantCulture), "dpdk-testpmd", "--no-pci", "--no-huge", "--no-shconf", "-m", "256", "--no-telemetry", "-l", "0-1",
            $"--vdev={device}", .. eal.Length == 0 ? (string[])[] : [eal], "--", "--forward-mode=rxonly", "--no-lsc-interrupt", "--total-num-mbufs=8192", "--burst=32", "--stats-period=1",
        ];
        foreach (var argument in arguments) start.ArgumentList.Add(argument);
        using var process = Process.Start(start)!;
        var error = process.StandardError.ReadToEndAsync();
        var output = process.StandardOutput.ReadToEnd();
        process.WaitForExit();
        _ = error.GetAwaiter().GetResult();
        var rates = RxRate().Matches(output).Select(match => double.Parse(match.Groups["rate"].ValueSpan, CultureInfo.InvariantCulture)).ToList();
        return rates.Count == 0 || rates.Max() == 0 ? null : rates.Max();
    }

    [GeneratedRegex(@"Rx-pps:\s+(?<rate>\d+)", RegexOptions.CultureInvariant | RegexOptions.ExplicitCapture, matchTimeoutMilliseconds: 1000)]
    private static partial Regex RxRate();
}
