using System.CommandLine;
using FeedHandler.Cli;
using FeedHandler.Replay.Bench;
using FeedHandler.Transport;

namespace FeedHandler.Replay.Commands;

/// <summary><c>replay bench transport</c>: what every wire costs on this machine, side by side.</summary>
internal static class BenchTransportCommand
{
    private const string Examples =
        """
        # all wires, as root, in about two minutes; the memory of dpdk needs no huge pages
        sudo replay bench transport
        # only what needs no rights: the path from a DPDK ring to the published slot
        replay bench transport --memory-only
        """;

    private const string NoTestpmd = "is not installed (sudo apt-get install dpdk-dev)";

    public static Command Create(Terminal terminal)
    {
        var memoryOnly = new Option<bool>("--memory-only") { Description = "Only DPDK's devices in memory: no cable, no root" };
        var noDpdk = new Option<bool>("--no-dpdk") { Description = "Only the wires of the kernel" };
        var transport = new ExampleCommand("transport", "Measure the wires side by side on a cable of this run's own, and DPDK in memory", Examples);
        transport.Options.Add(memoryOnly);
        transport.Options.Add(noDpdk);
        transport.SetAction(async parse =>
        {
            using var bench = new TransportBench(name => terminal.Error.WriteLine($"measuring {name}"));
            var costs = parse.GetValue(memoryOnly) ? [] : bench.OnTheCable(!parse.GetValue(noDpdk));
            if (!parse.GetValue(noDpdk)) costs.Add(bench.InMemory());
            await terminal.Out.WriteLineAsync($"frames of {bench.FrameBytes} bytes with one update; CPU time of the receiving thread, best round");
            await terminal.Out.WriteLineAsync($"{"",-24}{"count",10}{"to slot",10}{"median",10}{"empty poll",12}{"flow",14}{"lost",8}");
            foreach (var cost in costs) await terminal.Out.WriteLineAsync(Describe(cost));
            if (parse.GetValue(noDpdk)) return ExitCode.Success;
            await BetweenProcessesAsync(bench, terminal);
            await CompareAsync(bench, terminal);
            return ExitCode.Success;
        });
        return transport;
    }

    private static string Describe(WireCost cost)
    {
        var line = $"{cost.Name,-24}{cost.CountNs,7:N1} ns{cost.SlotNs,7:N1} ns{cost.SlotMedianNs,7:N1} ns{cost.EmptyPollNs,9:N1} ns";
        return cost.FlowRate == 0 ? line : $"{line}{cost.FlowRate / 1e6,8:N2} Mpps{cost.FlowLoss,8:P0} (it counted {cost.FlowDropped:N0})";
    }

    /// <summary>The other end of a device between two processes; nothing for users.</summary>
    public static Command CreatePeer(Terminal terminal)
    {
        var device = new Argument<string>("DEVICE");
        var command = new Command("transport-peer", "The sending end of a measurement between two processes.") { Hidden = true };
        command.Arguments.Add(device);
        command.SetAction(parse =>
        {
            using var peer = new DpdkPeer(parse.GetRequiredValue(device));
            peer.Obey(Console.In, terminal.Out);
            return ExitCode.Success;
        });
        return command;
    }

    private static async Task BetweenProcessesAsync(TransportBench bench, Terminal terminal)
    {
        var folder = Directory.CreateTempSubdirectory("bench-");
        try
        {
            await terminal.Out.WriteLineAsync("between two processes, the other of which sends as fast as there is room:");
            foreach (var (name, here, there, eal) in TransportBench.Pairs(folder.FullName))
            {
                var (cost, counted) = bench.BetweenProcesses(name, here, there);
                await terminal.Out.WriteLineAsync(Describe(cost));
                var testpmd = TryTestpmd(() => bench.TestpmdBetweenProcesses(name, here, there, eal));

                // Both once more: what else the machine does hits one or the other.
                counted = Math.Max(counted, bench.BetweenProcesses(name, here, there).Counted);
                if (testpmd is not null) testpmd = Math.Max(testpmd.Value, TryTestpmd(() => bench.TestpmdBetweenProcesses(name, here, there, eal)) ?? 0);
                await terminal.Out.WriteLineAsync($"{"",-24}counted {counted / 1e6:N2} Mpps; testpmd rxonly "
                    + (testpmd is { } theirs ? $"{theirs / 1e6:N2} Mpps, ratio {counted / theirs:N2}" : NoTestpmd));
            }
        }
        finally
        {
            folder.Delete(recursive: true);
        }
    }

    private static async Task CompareAsync(TransportBench bench, Terminal terminal)
    {
        var capture = Path.Combine(Path.GetTempPath(), $"bench-{Environment.ProcessId}.pcap");
        try
        {
            bench.WriteCapture(capture);
            foreach (var (device, countNs) in bench.Endless(capture))
            {
                var name = device.Split(',')[0];
                await terminal.Error.WriteLineAsync($"measuring testpmd {name}");
                var testpmd = TryTestpmd(() => Testpmd.PacketsPerSecond(device));
                var ours = 1e9 / countNs;
                await terminal.Out.WriteLineAsync($"{"dpdk " + name,-24}{countNs,7:N1} ns = {ours / 1e6:N1} Mpps; testpmd rxonly "
                    + (testpmd is { } theirs ? $"{theirs / 1e6:N1} Mpps, ratio {ours / theirs:N2}" : NoTestpmd));
            }
        }
        finally
        {
            File.Delete(capture);
        }
    }

    private static double? TryTestpmd(Func<double?> run)
    {
        try
        {
            return run();
        }
        catch (System.ComponentModel.Win32Exception)
        {
            return null;
        }
    }
}
