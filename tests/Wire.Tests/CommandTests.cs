using System.Diagnostics;
using System.Runtime.InteropServices;
using System.Text.Json;

namespace FeedHandler.Wire.Tests;

/// <summary>The programs as a user runs them, one at each end of the cable.</summary>
public sealed partial class CommandTests : IDisposable
{
    private const int SigInt = 2;

    private static readonly TimeSpan Deadline = TimeSpan.FromSeconds(60);

    private readonly VethPair _veth = new();
    private readonly DirectoryInfo _folder = Directory.CreateTempSubdirectory("wire-");

    public void Dispose()
    {
        _veth.Dispose();
        _folder.Delete(recursive: true);
    }

    [Fact]
    public async Task Capture_sent_at_one_end_makes_the_books_at_the_other()
    {
        var report = Path.Combine(_folder.FullName, "R.json");
        var feed = Path.Combine(_folder.FullName, "feed.json");
        var text = await File.ReadAllTextAsync(Path.ChangeExtension(Playback.Capture, ".feed.json"));
        await File.WriteAllTextAsync(feed, text.Replace("\"cme-mdp3\",", "\"cme-mdp3\", \"reorderTimeoutMs\": 10000,", StringComparison.Ordinal));
        using var run = Start(_veth.Receiver, "feedhandler.dll", "run", "--feed", feed, "--transport", "udp", "--interface", VethPair.ReceiverInterface, "--report", report);
        try
        {
            var error = run.StandardError.ReadToEndAsync();
            Assert.True(await Until(() => run.HasExited || Threads(run.Id).Contains("rx-0")), "it does not receive");

            using var send = Start(_veth.Sender, "replay.dll", "send", Playback.Capture, "--interface", VethPair.SenderInterface, "--pps", "2000");
            var said = await send.StandardOutput.ReadToEndAsync();
            var problem = await send.StandardError.ReadToEndAsync();
            Assert.True(said.StartsWith($"sent {Playback.Packets:N0} packets in ", StringComparison.Ordinal), said + problem);

            // What the sockets still hold, the kernel lists.
            Assert.True(await Until(() => !IsWaiting()), "the sockets are not read");
            Assert.Equal(0, Kill(run.Id, SigInt));
            await run.WaitForExitAsync(new CancellationTokenSource(Deadline).Token);
            Assert.True(File.Exists(report), await error);
            var root = JsonDocument.Parse(await File.ReadAllTextAsync(report)).RootElement;
            Assert.Equal(Playback.Packets, root.GetProperty("packets").GetInt64());
            Assert.Equal(Playback.Digest, root.GetProperty("books_digest").GetString());
        }
        finally
        {
            if (!run.HasExited) run.Kill();
        }
    }

    [Theory]
    [InlineData("net_null0", 0, "ok       DPDK device: net_null0 can be opened")]
    [InlineData("net_nothing0", 1, "PROBLEM  DPDK device: net_nothing0 cannot be opened; ", "a virtual device of DPDK with its arguments such as net_af_packet0,iface=eth1")]
    [InlineData("net_af_packet0,iface=nothing", 1, "PROBLEM  DPDK device: net_af_packet0,iface=nothing cannot be opened; ", "is there such an interface, and is it up?")]
    public async Task Doctor_tries_the_device_of_dpdk(string device, int exitCode, params string[] expected)
    {
        using var doctor = Start(_veth.Receiver, "feedhandler.dll", "doctor", "--transport", "dpdk", "--interface", device);
        var said = await doctor.StandardOutput.ReadToEndAsync();
        await doctor.WaitForExitAsync(new CancellationTokenSource(Deadline).Token);
        Assert.All(expected, text => Assert.Contains(text, said, StringComparison.Ordinal));
        Assert.Equal(exitCode, doctor.ExitCode);
    }

    private static Process Start(string space, string program, params string[] arguments) => VethPair.In(space, () =>
    {
        var start = new ProcessStartInfo("dotnet") { UseShellExecute = false, RedirectStandardOutput = true, RedirectStandardError = true };
        foreach (var argument in (string[])[Path.Combine(AppContext.BaseDirectory, program), .. arguments]) start.ArgumentList.Add(argument);
        return Process.Start(start)!;
    });

    private static IEnumerable<string> Threads(int process) =>
        Directory.EnumerateDirectories($"/proc/{process}/task").Select(task => File.ReadAllText(Path.Combine(task, "comm")).Trim());

    /// <summary>Whether a socket holds bytes that were not read: the fifth column is sent:received.</summary>
    private bool IsWaiting() => VethPair.In(_veth.Receiver, () => File.ReadLines("/proc/thread-self/net/udp").Skip(1)
        .Select(line => line.Split(' ', StringSplitOptions.RemoveEmptyEntries)[4].Split(':')[1])
        .Any(received => received.Trim('0').Length != 0));

    private static async Task<bool> Until(Func<bool> condition)
    {
        var watch = Stopwatch.StartNew();
        while (watch.Elapsed < Deadline)
        {
            if (condition()) return true;
            await Task.Delay(50);
        }

        return false;
    }

    [LibraryImport("libc", EntryPoint = "kill")]
    private static partial int Kill(int process, int signal);
}
