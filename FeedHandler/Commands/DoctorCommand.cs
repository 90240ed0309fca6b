using System.CommandLine;
using System.CommandLine.Parsing;
using FeedHandler.Cli;
using FeedHandler.Transport;

namespace FeedHandler.Commands;

/// <summary><c>feedhandler doctor</c>: whether this host is fit for a wire, and what to change.</summary>
internal static class DoctorCommand
{
    private const string Examples =
        """
        # as the feed file has it
        feedhandler doctor --feed feed.json
        # before there is one
        feedhandler doctor --transport af_xdp --interface eth1 --cpu 3
        """;

    public static Command Create(Terminal terminal)
    {
        var feed = new Option<string?>("--feed") { Description = "The feed: its transport, interface, CPU and groups", HelpName = "FEED.json" };
        var channels = new Option<string[]>("--channel") { Description = "Only this channel; may be repeated", HelpName = "NAME", DefaultValueFactory = _ => [] };
        var transport = TransportOption();
        var networkInterface = new Option<string?>("--interface") { Description = "Interface; for dpdk the device", HelpName = "IF" };
        var cpu = new Option<int?>("--cpu") { Description = "CPU that is to receive", HelpName = "N" };
        var command = new ExampleCommand("doctor", "Check this host for a wire: what is missing, why it matters, and the command that changes it", Examples);
        foreach (var option in (Option[])[feed, channels, transport, networkInterface, cpu]) command.Options.Add(option);
        command.SetAction(parse =>
        {
            var definition = parse.GetValue(feed) is { } path ? FeedFile.Load(path, parse.GetValue(channels)) : null;
            var asked = (definition ?? new FeedDefinition([])).On(parse.GetValue(transport), parse.GetValue(networkInterface));
            var isFit = true;
            foreach (var core in asked.Cores(isReplay: false)) isFit &= Check(asked, core, parse.GetValue(cpu), terminal.Out);
            return isFit ? ExitCode.Success : ExitCode.Failure;
        });
        return command;
    }

    /// <summary>Prints what the host lacks for one RX core.</summary>
    private static bool Check(FeedDefinition feed, RxCoreDefinition core, int? cpu, TextWriter to)
    {
        var wire = core.Transport;
        var groups = feed.LinesOf(core).Select(line => line.Group).Distinct().Count();
        var question = new DoctorQuestion(wire.Kind, InterfaceOf(wire), cpu ?? wire.Cpu, groups);
        var findings = new DoctorChecks(new DoctorHost("/"), question).All().ToList();
        if (wire.Kind == TransportKind.Dpdk) findings.AddRange(Dpdk(wire.Dpdk, isKnownBad: findings.Exists(finding => finding.What is DoctorChecks.DeviceCheck or DoctorChecks.DriverCheck)));
        var whose = core.Key.Length == 0 ? "" : $"{core.Key} ({string.Join(", ", core.Channels.Select(channel => feed.Channels[channel].Name))}): ";
        to.WriteLine($"{whose}{FrameSources.NameOf(wire.Kind)} on {question.Interface ?? "any interface"}");
        foreach (var finding in findings.OrderByDescending(finding => finding.Severity)) Print(finding, to);
        return !findings.Exists(finding => finding.Severity == Severity.Problem);
    }

    /// <summary>The option that names a wire by its word.</summary>
    public static Option<TransportKind?> TransportOption() => new("--transport")
    {
        Description = $"The wire: {string.Join(", ", FrameSources.Names)}; without it as the feed file says",
        HelpName = "WORD",
        CustomParser = Parse,
    };

    private static TransportKind? Parse(ArgumentResult result)
    {
        var word = result.Tokens[0].Value;
        if (FrameSources.Find(word) is { } kind) return kind;
        result.AddError($"--transport: \"{word}\" is none of {string.Join(", ", FrameSources.Names)}");
        return null;
    }

    private static string? InterfaceOf(TransportDefinition wire)
    {
        var name = wire.Kind switch
        {
            TransportKind.AfPacket => wire.AfPacket.Interface,
            TransportKind.AfXdp => wire.AfXdp.Interface,
            TransportKind.Dpdk => wire.Dpdk.Device,
            TransportKind.Netmap => wire.Netmap.Port,
            TransportKind.Pcap => null,
            _ => wire.Udp.Interface,
        };
        return string.IsNullOrEmpty(name) ? null : name;
    }

    /// <summary>The library, and where it loads whether it gets the device: only DPDK itself can say so.</summary>
    /// <param name="options">The device.</param>
    /// <param name="isKnownBad">It need not be tried.</param>
    private static IEnumerable<Finding> Dpdk(DpdkOptions options, bool isKnownBad)
    {
        if (Problem(() => _ = DpdkEnvironment.Version) is { } missing)
        {
            yield return new Finding(Severity.Problem, "DPDK", "does not load", missing);
            yield break;
        }

        yield return new Finding(Severity.Good, "DPDK", DpdkEnvironment.Version);
        if (isKnownBad) yield break;
        yield return Problem(() => DpdkEnvironment.CheckDevice(options)) is { } refused
            ? new Finding(Severity.Problem, DoctorChecks.DeviceCheck, $"{options.Device} cannot be opened", refused)
            : new Finding(Severity.Good, DoctorChecks.DeviceCheck, $"{options.Device} can be opened");
    }

    private static string? Problem(Action attempt)
    {
        try
        {
            attempt();
            return null;
        }
        catch (TransportException e)
        {
            return e.Message;
        }
    }

    private static void Print(Finding finding, TextWriter to)
    {
        var mark = finding.Severity switch { Severity.Good => "ok", Severity.Advice => "advice", _ => "PROBLEM" };
        to.WriteLine($"{mark,-8} {finding.What}: {finding.Found}{(finding.Why.Length == 0 ? "" : $"; {finding.Why}")}");
        if (finding.Command.Length != 0) to.WriteLine($"{"",-8}   {finding.Command}");
    }
}
