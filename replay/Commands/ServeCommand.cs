using System.Buffers.Binary;
using System.CommandLine;
using System.Net;
using System.Net.Sockets;
using FeedHandler.Cli;
using FeedHandler.Codecs.Nasdaq.MoldUdp64;
using FeedHandler.Replay.Serve;
using FeedHandler.Transport;

namespace FeedHandler.Replay.Commands;

/// <summary><c>replay serve</c>: answers requests for lost messages, for trying recovery out.</summary>
internal static class ServeCommand
{
    public static Command Create(Terminal terminal)
    {
        var file = new Argument<FileInfo>("FILE") { Description = "Raw ITCH file, whose messages have the numbers 1, 2, 3 …; or, with --feed, a capture of a CME channel" };
        var feed = new Option<FileInfo?>("--feed") { Description = "FEED.json of the capture: then lost packets of its first channel are served as CME does, over TCP." };
        var port = new Option<int>("--port") { Description = "Port on the loopback interface (UDP; with --feed TCP); 0: any.", DefaultValueFactory = _ => 0 };
        var session = new Option<string>("--session") { Description = "Session that requests must name.", DefaultValueFactory = _ => "SYNTHETIC1" };
        var command = new Command("serve", """
            Answers MoldUDP64 requests from the messages of a raw ITCH file until Ctrl-C. A feed whose channel has
            "requestServer": "127.0.0.1:PORT" asks here for what it lost. With --feed it answers CME's requests over TCP
            from the packets of a capture; the channel then has "replay": "127.0.0.1:PORT".

            Examples:
              replay serve /tmp/day.itch --port 26401
              replay serve day.pcap --feed day.feed.json --port 26402
            """) { file, feed, port, session };
        command.SetAction(async (parse, cancellation) =>
        {
            var path = parse.GetRequiredValue(file).FullName;
            CaptureFiles.Check([path]);
            if (parse.GetValue(port) is not (>= 0 and <= IPEndPoint.MaxPort)) throw new UsageException($"--port: 0 to {IPEndPoint.MaxPort}");
            if (parse.GetValue(feed) is { } feedFile)
            {
                var channel = FeedFile.Load(feedFile.FullName).Channels[0];
                var packets = CmePackets.Load([path], channel);
                using var replay = Listen(parse.GetValue(port), address => new CmeReplayServer(packets, address));
                terminal.Error.WriteLine($"{path}: {packets.Count} packets of {channel.Name} on {replay.Address}");
                await Task.Delay(Timeout.Infinite, cancellation);
            }

            if (parse.GetValue(session) is not { Length: > 0 and <= MoldPacket.SessionBytes } name)
                throw new UsageException($"--session: 1 to {MoldPacket.SessionBytes} characters");
            using var server = Listen(parse.GetValue(port), address => new MoldRequestServer(name, Load(path), address));
            terminal.Error.WriteLine($"{path}: session {name} on {server.Address}");
            await Task.Delay(Timeout.Infinite, cancellation);
            return ExitCode.Success;
        });
        return command;
    }

    private static T Listen<T>(int port, Func<IPEndPoint, T> open)
    {
        try
        {
            return open(new IPEndPoint(IPAddress.Loopback, port));
        }
        catch (SocketException e)
        {
            throw new UsageException($"--port: {port} on the loopback interface cannot be had: {e.Message} (0 takes any that is free)");
        }
    }

    private static unsafe List<byte[]> Load(string path)
    {
        var messages = new List<byte[]>();
        var frames = new Frame[32];
        using var source = BinaryFileSource.Open(path);
        while (!source.IsEnded)
        {
            var count = source.Poll(frames);
            for (var i = 0; i < count; i++)
            {
                var rest = new ReadOnlySpan<byte>(frames[i].Data, frames[i].Length)[MoldPacket.HeaderBytes..];
                while (!rest.IsEmpty)
                {
                    int length = BinaryPrimitives.ReadUInt16BigEndian(rest);
                    messages.Add(rest.Slice(MoldPacket.LengthBytes, length).ToArray());
                    rest = rest[(MoldPacket.LengthBytes + length)..];
                }
            }
        }

        return messages;
    }
}
