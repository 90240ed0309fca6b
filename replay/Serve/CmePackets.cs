using System.Buffers.Binary;
using FeedHandler.Codecs;
using FeedHandler.Transport;

namespace FeedHandler.Replay.Serve;

/// <summary>The incremental packets of one channel in captures: each sequence once, whichever line has it.</summary>
internal static class CmePackets
{
    private const int HeaderBytes = 12;

    public static unsafe Dictionary<uint, byte[]> Load(IReadOnlyList<string> captures, ChannelDefinition channel)
    {
        var packets = new Dictionary<uint, byte[]>();
        var frames = new Frame[32];
        using var source = CaptureSource.OpenAll(captures);
        while (!source.IsEnded)
        {
            var count = source.Poll(frames);
            foreach (ref readonly var frame in frames.AsSpan(0, count))
            {
                var bytes = new ReadOnlySpan<byte>(frame.Data, frame.Length);
                if (FrameParser.TryParse(frame.Link, bytes, out var datagram) != FrameError.None || datagram.PayloadLength < HeaderBytes) continue;
                if (!Is(channel.Incremental.A, datagram) && !(channel.Incremental.B is { } b && Is(b, datagram))) continue;
                var payload = bytes.Slice(datagram.PayloadOffset, datagram.PayloadLength);
                packets.TryAdd(BinaryPrimitives.ReadUInt32LittleEndian(payload), payload.ToArray());
            }
        }

        return packets;
    }

    private static bool Is(LineAddress line, in UdpDatagram datagram) => line.Group == datagram.DestinationAddress && line.Port == datagram.DestinationPort;
}
