using System.CommandLine;
using System.CommandLine.Parsing;
using System.Globalization;
using FeedHandler.Cli;
using FeedHandler.Replay.Send;
using FeedHandler.Transport;

namespace FeedHandler.Replay.Commands;

/// <summary><c>replay send</c>: a capture onto a wire, as it was recorded or at a chosen rate.</summary>
internal static class SendCommand
{
    private const double MaxNumber = 1_000_000_000;

    private const string Examples =
        """
        # as recorded, to the groups of the capture
        replay send day.pcap --interface eth1
        # ten times as fast, to another group
        replay send day.pcap --interface eth1 --speed 10 --map 224.0.31.11:14320=239.1.1.1:15000
        # whole frames as recorded, at an even rate, or as fast as the interface takes them (needs CAP_NET_RAW)
        replay send day.pcap --interface eth1 --via packet --pps 20000
        replay send day.pcap --interface eth1 --via packet --speed max
        """;

    public static Command Create(Terminal terminal)
    {
        var captures = new Argument<string[]>("CAPTURE") { Description = "pcap or pcapng files, plain, gzip or zstd; several are merged by time", Arity = ArgumentArity.OneOrMore };
        var networkInterface = new Option<string>("--interface") { Description = "Interface to send on, by name", HelpName = "IF", Required = true };
        var speed = new Option<double?>("--speed")
        {
            Description = "A multiple of the recorded speed (1 is the default), or max",
            HelpName = "max|N",
            CustomParser = result => result.Tokens[0].Value == "max" ? double.PositiveInfinity : Number(result, "--speed", "neither max nor a number above 0"),
        };
        var rate = new Option<double?>("--pps") { Description = "Packets a second, evenly", HelpName = "N", CustomParser = result => Number(result, "--pps", "not a number above 0") };
        var maps = new Option<string[]>("--map")
        {
            Description = "Send what went to FROM to TO, each an address with or without a port; may be repeated",
            HelpName = "FROM=TO",
            DefaultValueFactory = _ => [],
        };
        var via = new Option<string>("--via")
        {
            Description = "udp: payloads through a socket, from this host's address (the default). packet: whole frames, addresses as recorded",
            HelpName = "udp|packet",
            DefaultValueFactory = _ => "udp",
        };
        via.AcceptOnlyFromAmong("udp", "packet");
        var hops = new Option<byte>("--hops") { Description = "Time to live of the packets, for udp", HelpName = "N", DefaultValueFactory = _ => 1 };
        var command = new ExampleCommand("send", "Put a capture on the wire", Examples);
        command.Arguments.Add(captures);
        foreach (var option in (Option[])[networkInterface, speed, rate, maps, via, hops]) command.Options.Add(option);
        command.SetAction(async (parse, cancellation) =>
        {
            // Ctrl-C is only waited for by the command line once the action is a task.
            await Task.Yield();
            var pace = Pace(parse.GetValue(speed), parse.GetValue(rate));
            var map = new AddressMap();
            foreach (var text in parse.GetValue(maps)!)
            {
                if (map.Add(text) is { } problem) throw new UsageException($"--map: {problem}");
            }

            var files = parse.GetRequiredValue(captures);
            CaptureFiles.Check(files);
            var name = parse.GetRequiredValue(networkInterface);
            using var source = CaptureSource.OpenAll(files);
            using BatchSender sender = parse.GetValue(via) == "packet" ? new PacketBatchSender(name) : new UdpBatchSender(name, parse.GetValue(hops));
            var result = CaptureSend.Run(source, sender, map, pace, cancellation);
            await terminal.Out.WriteLineAsync(Describe(result, pace));
            return ExitCode.Success;
        });
        return command;
    }

    private static string Describe(SendResult result, SendPace pace)
    {
        var text = $"sent {result.Packets:N0} packets in {result.Elapsed.TotalSeconds:N3} s: {result.PacketsPerSecond:N0} packets/s, {result.MegabitsPerSecond:N1} Mbit/s";
        if (!pace.IsMax) text += $", at most {result.LatestBy.TotalMilliseconds:N3} ms late";
        return result.Skipped == 0 ? text : $"{text}; {result.Skipped:N0} frames without a UDP datagram were left out";
    }

    private static SendPace Pace(double? speed, double? rate)
    {
        if (speed is not null && rate is not null) throw new UsageException("--speed and --pps: one of them");
        if (rate is not null) return new SendPace(null, rate);
        return speed switch
        {
            null => new SendPace(1, null),
            double.PositiveInfinity => default,
            _ => new SendPace(speed, null),
        };
    }

    private static double? Number(ArgumentResult result, string option, string problem)
    {
        var text = result.Tokens[0].Value;
        if (double.TryParse(text, NumberStyles.AllowDecimalPoint, CultureInfo.InvariantCulture, out var number) && number is > 0 and <= MaxNumber) return number;
        result.AddError($"{option}: \"{text}\" is {problem}");
        return null;
    }
}
