using System.CommandLine;
using FeedHandler.Cli;
using FeedHandler.Replay.Inspect;
using FeedHandler.Transport;

namespace FeedHandler.Replay.Commands;

/// <summary><c>replay inspect</c>: what a capture's packets say, field by field.</summary>
internal static class InspectCommand
{
    private const string Examples =
        """
        # every packet of a feed, one JSON line each
        replay inspect pcaps/demo.pcap --feed pcaps/demo.feed.json --json
        # any venue's schema; how messages lie in a packet is found out, or named with --framing
        replay inspect capture.pcap --schema templates.xml --framing memx
        # only packets that name an instrument, or hold a message
        replay inspect day.pcap --feed feed.json --filter SecurityID=174969 --filter message=MDIncrementalRefreshBook46
        """;

    public static Command Create(Terminal terminal)
    {
        var captures = new Argument<string[]>("CAPTURE") { Description = "pcap or pcapng files, plain, gzip or zstd", Arity = ArgumentArity.OneOrMore };
        var feed = new Option<string?>("--feed") { Description = "The feed: its addresses and schemas", HelpName = "FEED.json" };
        var channels = new Option<string[]>("--channel") { Description = "Only this channel; may be repeated", HelpName = "NAME", DefaultValueFactory = _ => [] };
        var schema = new Option<string?>("--schema") { Description = "An SBE schema for every packet, in place of what the feed says", HelpName = "X.xml" };
        var framing = new Option<Framing>("--framing")
        {
            Description = "How messages lie in a packet, without --feed: auto (the default), cme-mdp3, memx, b3, coinbase, sbe, cme-tcp or sofh; of TCP, only segments that hold whole messages are shown",
            HelpName = "NAME",
            CustomParser = result =>
            {
                try
                {
                    return PacketFraming.Parse(result.Tokens[0].Value);
                }
                catch (ArgumentException e)
                {
                    result.AddError($"--framing: {e.Message.Split(" (Parameter")[0]}");
                    return Framing.Auto;
                }
            },
        };
        var filter = new Option<string[]>("--filter")
        {
            Description = "Only packets where a property or field of this name has this value; may be repeated, then all must hold",
            HelpName = "NAME=VALUE",
            DefaultValueFactory = _ => [],
        };
        var json = new Option<bool>("--json") { Description = "One line a packet, also on a terminal; without it a terminal gets indented JSON" };
        var command = new ExampleCommand("inspect", "Print packets as JSON: every message and field by its schema name", Examples);
        command.Arguments.Add(captures);
        foreach (var option in (Option[])[feed, channels, schema, framing, filter, json]) command.Options.Add(option);
        command.SetAction((parse, cancellation) =>
        {
            var feedPath = parse.GetValue(feed);
            var schemaPath = parse.GetValue(schema);
            if (feedPath is null && schemaPath is null) throw new UsageException("name the feed (--feed FEED.json) or a schema (--schema X.xml)");
            var definition = feedPath is null ? null : FeedFile.Load(feedPath, parse.GetValue(channels), schemaPath);
            if (definition?.Channels.FirstOrDefault(channel => channel.Raw) is { } raw)
                throw new ConfigurationException(feedPath!, $"{raw.Name}.raw", "inspect reads captures of packets, and a raw file has none");
            var indented = !parse.GetValue(json) && terminal.OutIsRich;
            var inspector = new PacketInspector(definition, schemaPath, parse.GetValue(framing), Filters(parse.GetValue(filter)!), indented);
            var paths = parse.GetRequiredValue(captures);
            CaptureFiles.Check(paths);
            Run(inspector, paths, terminal, cancellation);
            return Task.FromResult(ExitCode.Success);
        });
        return command;
    }

    private static void Run(PacketInspector inspector, string[] captures, Terminal terminal, CancellationToken cancellation)
    {
        using var source = CaptureSource.OpenAll(captures);
        var frames = new Frame[32];
        long number = 0;
        try
        {
            while (!source.IsEnded)
            {
                cancellation.ThrowIfCancellationRequested();
                var count = source.Poll(frames);
                for (var i = 0; i < count; i++) inspector.Write(++number, frames[i], terminal.Out);
            }
        }
        finally
        {
            terminal.Out.Flush();
            terminal.Error.WriteLine($"{number} frames, {inspector.Written} packets written, {inspector.Passed} frames of something else, {(inspector.PartialSegments == 0 ? "" : $"{inspector.PartialSegments} TCP segments that do not hold whole messages, ")}{inspector.Errors} errors");
        }
    }

    private static List<KeyValuePair<string, string>> Filters(string[] texts)
    {
        var filters = new List<KeyValuePair<string, string>>();
        foreach (var text in texts)
        {
            var equals = text.IndexOf('=');
            if (equals <= 0) throw new UsageException($"--filter: \"{text}\" is not NAME=VALUE");
            filters.Add(new(text[..equals], text[(equals + 1)..]));
        }

        return filters;
    }
}
