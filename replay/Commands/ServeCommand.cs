using System.CommandLine;
using System.Net;
using System.Net.Sockets;
using FeedHandler.Cli;
using FeedHandler.Codecs.Nasdaq.MoldUdp64;
using FeedHandler.Replay.Serve;
using FeedHandler.Transport;

namespace FeedHandler.Replay.Commands;

/// <summary><c>replay serve</c>: answers requests for lost messages and for images, for trying recovery out.</summary>
internal static class ServeCommand
{
    private const string DefaultSession = "SYNTHETIC1";

    public static Command Create(Terminal terminal)
    {
        var file = new Argument<FileInfo>("FILE") { Description = "Raw ITCH file, whose messages have the numbers 1, 2, 3 …; or, with --feed, a capture of a channel" };
        var feed = new Option<FileInfo?>("--feed") { Description = "FEED.json of the capture: its first channel is served, CME's packets over TCP, ITCH's messages over UDP." };
        var port = new Option<int>("--port") { Description = "Port on the loopback interface (UDP; of a CME channel TCP); 0: any.", DefaultValueFactory = _ => 0 };
        var session = new Option<string?>("--session") { Description = $"Session that requests must name. Default: that of the capture; of a raw file {DefaultSession}." };
        var glimpse = new Option<int?>("--glimpse-port") { Description = "ITCH: serve images of the order books, too, as GLIMPSE does, on this TCP port; 0: any." };
        var at = new Option<long?>("--at") { Description = "Last message that such an image includes. Default: the last of all.", HelpName = "SEQUENCE" };
        var send = new Option<string?>("--send") { Description = $"ITCH: send the day there, too, as MoldUDP64 packets, and heartbeats after its last message; images then include what was sent so far.", HelpName = "ADDRESS:PORT" };
        var rate = new Option<int>("--rate") { Description = "Messages a second for --send.", DefaultValueFactory = _ => 10_000, HelpName = "N" };
        var command = new Command("serve", """
            Answers MoldUDP64 requests from the messages of an ITCH day until Ctrl-C. A feed whose channel has
            "requestServer": "127.0.0.1:PORT" asks here for what it lost. With --glimpse-port a channel that has
            "glimpse": "127.0.0.1:PORT" gets images of the order books here, when it joins late or lost messages for good;
            an image that is ahead of what was sent so far counts once the channel has got there.
            With the --feed of a CME channel it answers CME's requests over TCP from the packets of a capture; the channel
            then has "replay": "127.0.0.1:PORT".

            Examples:
              replay serve /tmp/day.itch --port 26401
              replay serve day.pcap --feed day.feed.json --port 26402
              replay serve itch.pcap --feed itch.feed.json --port 26401 --glimpse-port 18300 --at 5000
              replay serve /tmp/day.itch --send 127.0.0.1:26400 --port 26401 --glimpse-port 18300
            """) { file, feed, port, session, glimpse, at, send, rate };
        command.SetAction(async (parse, cancellation) =>
        {
            var path = parse.GetRequiredValue(file).FullName;
            CaptureFiles.Check([path]);
            Check("--port", parse.GetValue(port));
            if (parse.GetValue(glimpse) is { } glimpsePort) Check("--glimpse-port", glimpsePort);
            var to = parse.GetValue(send) is { } text ? Destination(text) : null;
            if (parse.GetValue(rate) is not (>= 1 and <= MaxRate)) throw new UsageException($"--rate: 1 to {MaxRate} messages a second");
            if (parse.GetValue(session) is { Length: 0 or > MoldPacket.SessionBytes })
                throw new UsageException($"--session: 1 to {MoldPacket.SessionBytes} characters");
            var channel = parse.GetValue(feed) is { } feedFile ? FeedFile.Load(feedFile.FullName).Channels[0] : null;
            if (channel is { Protocol: FeedProtocol.CmeMdp3 })
            {
                if (parse.GetValue(glimpse) is not null || parse.GetValue(at) is not null || to is not null) throw new UsageException($"--glimpse-port, --at, --send: {channel.Name} is a CME channel");
                var packets = CmePackets.Load([path], channel);
                using var replay = Listen("--port", parse.GetValue(port), address => new CmeReplayServer(packets, address));
                terminal.Error.WriteLine($"{path}: {packets.Count} packets of {channel.Name} on {replay.Address}");
                await Task.Delay(Timeout.Infinite, cancellation);
            }

            var day = channel is null or { Raw: true } ? ItchDay.LoadRaw(path) : ItchDay.LoadCapture(path, channel);
            var name = parse.GetValue(session) ?? (channel is null or { Raw: true } ? DefaultSession : day.Session ?? DefaultSession);
            ItchDaySender? sender = null;
            using var images = parse.GetValue(glimpse) is { } imagePort ? Images(path, name, day, imagePort, parse.GetValue(at), () => sender?.Sent) : null;
            using var server = Listen("--port", parse.GetValue(port), address => new MoldRequestServer(name, day.Messages, address));
            using var sending = sender = to is null ? null : new ItchDaySender(name, day.Messages, to, parse.GetValue(rate));
            terminal.Error.WriteLine($"{path}: session {name} on {server.Address}");
            if (images is not null) terminal.Error.WriteLine($"{path}: images on {images.Address}");
            if (to is not null) terminal.Error.WriteLine($"{path}: {day.Messages.Count:N0} messages to {to}, {parse.GetValue(rate):N0} a second");
            await Task.Delay(Timeout.Infinite, cancellation);
            return ExitCode.Success;
        });
        return command;
    }

    private const int MaxRate = 10_000_000;

    private static IPEndPoint Destination(string text) => Ipv4Text.TryParseEndpoint(text, out var address, out var port, out var problem)
        ? new IPEndPoint(NetworkInterfaces.ToIPAddress(address), port)
        : throw new UsageException($"--send: {problem}");

    private static GlimpseServer Images(string path, string session, ItchDay day, int port, long? at, Func<ulong?> sent)
    {
        var last = at ?? day.Messages.Count;
        if (last < 0 || last > day.Messages.Count) throw new UsageException($"--at: {path} has the messages 1 to {day.Messages.Count}");
        if (day.FirstMissing is > 0 and var missing && missing <= last) throw new UsageException($"--glimpse-port: {path} lacks message {missing}, so that an image up to {last} would be wrong");
        var image = new ItchImage();
        try
        {
            while (image.Sequence < (ulong)last) image.Apply(day.Messages[(int)image.Sequence]);
        }
        catch (InvalidDataException e)
        {
            throw new UsageException($"--glimpse-port: {path} is not a whole day: {e.Message}");
        }

        return Listen("--glimpse-port", port, address => new GlimpseServer(session, day.Messages, () => at is null ? sent() ?? (ulong)last : (ulong)last, address, image));
    }

    private static void Check(string option, int port)
    {
        if (port is not (>= 0 and <= IPEndPoint.MaxPort)) throw new UsageException($"{option}: 0 to {IPEndPoint.MaxPort}");
    }

    private static T Listen<T>(string option, int port, Func<IPEndPoint, T> open)
    {
        try
        {
            return open(new IPEndPoint(IPAddress.Loopback, port));
        }
        catch (SocketException e)
        {
            throw new UsageException($"{option}: {port} on the loopback interface cannot be had: {e.Message} (0 takes any that is free)");
        }
    }
}
