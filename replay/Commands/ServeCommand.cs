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
    public static Command Create()
    {
        var file = new Argument<FileInfo>("FILE") { Description = "Raw ITCH file; its messages have the numbers 1, 2, 3 …" };
        var port = new Option<int>("--port") { Description = "UDP port on the loopback interface; 0: any.", DefaultValueFactory = _ => 0 };
        var session = new Option<string>("--session") { Description = "Session that requests must name.", DefaultValueFactory = _ => "SYNTHETIC1" };
        var command = new Command("serve", """
            Answers MoldUDP64 requests from the messages of a raw ITCH file until Ctrl-C. A feed whose channel has
            "requestServer": "127.0.0.1:PORT" asks here for what it lost.

            Example:
              replay serve /tmp/day.itch --port 26401
            """) { file, port, session };
        command.SetAction(async (parse, cancellation) =>
        {
            var path = parse.GetRequiredValue(file).FullName;
            CaptureFiles.Check([path]);
            if (parse.GetValue(session) is not { Length: > 0 and <= MoldPacket.SessionBytes } name)
                throw new UsageException($"--session: 1 to {MoldPacket.SessionBytes} characters");
            if (parse.GetValue(port) is not (>= 0 and <= IPEndPoint.MaxPort)) throw new UsageException($"--port: 0 to {IPEndPoint.MaxPort}");
            using var server = Listen(name, Load(path), parse.GetValue(port));
            Console.Error.WriteLine($"{path}: session {name} on {server.Address}");
            await Task.Delay(Timeout.Infinite, cancellation);
            return ExitCode.Success;
        });
        return command;
    }

    private static MoldRequestServer Listen(string session, List<byte[]> messages, int port)
    {
        try
        {
            return new MoldRequestServer(session, messages, new IPEndPoint(IPAddress.Loopback, port));
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
