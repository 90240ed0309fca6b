using System.Buffers.Binary;
using System.Text;
using FeedHandler.Codecs;
using FeedHandler.Codecs.Nasdaq.MoldUdp64;
using FeedHandler.Transport;

namespace FeedHandler.Replay.Serve;

/// <summary>The messages of one ITCH session by their numbers, from a raw file or from a capture of MoldUDP64 lines.</summary>
internal sealed class ItchDay
{
    /// <summary>A number further ahead of the others is no message of the session.</summary>
    private const ulong MaxJump = 1 << 20;

    private readonly List<byte[]?> _messages = [];

    /// <summary>Messages by number - 1; null: the capture lacks it.</summary>
    public IReadOnlyList<byte[]?> Messages => _messages;

    /// <summary>The session that the packets name; null for a raw file, whose packets are made up.</summary>
    public string? Session { get; private set; }

    /// <summary>Number of the first message that is not there, although one after it is; 0: none.</summary>
    public int FirstMissing => _messages.IndexOf(null) + 1;

    /// <summary>Reads a raw file: length and message, again and again.</summary>
    public static unsafe ItchDay LoadRaw(string path)
    {
        var day = new ItchDay();
        var frames = new Frame[32];
        using var source = BinaryFileSource.Open(path);
        while (!source.IsEnded)
        {
            var count = source.Poll(frames);
            foreach (ref readonly var frame in frames.AsSpan(0, count)) day.Add(new ReadOnlySpan<byte>(frame.Data, frame.Length));
        }

        return day;
    }

    /// <summary>Reads a capture: each message once, whichever line has it, of the session that comes first.</summary>
    public static unsafe ItchDay LoadCapture(string path, ChannelDefinition channel)
    {
        var day = new ItchDay();
        var frames = new Frame[32];
        using var source = CaptureSource.OpenAll([path]);
        while (!source.IsEnded)
        {
            var count = source.Poll(frames);
            foreach (ref readonly var frame in frames.AsSpan(0, count))
            {
                var bytes = new ReadOnlySpan<byte>(frame.Data, frame.Length);
                if (FrameParser.TryParse(frame.Link, bytes, out var datagram) != FrameError.None || datagram.PayloadLength < MoldPacket.HeaderBytes) continue;
                if (!Is(channel.Incremental.A, datagram) && !(channel.Incremental.B is { } b && Is(b, datagram))) continue;
                var packet = bytes.Slice(datagram.PayloadOffset, datagram.PayloadLength);
                var session = Encoding.Latin1.GetString(packet[..MoldPacket.SessionBytes]);
                day.Session ??= session;
                if (session == day.Session) day.Add(packet);
            }
        }

        return day;
    }

    private static bool Is(LineAddress line, in UdpDatagram datagram) => line.Group == datagram.DestinationAddress && line.Port == datagram.DestinationPort;

    private void Add(ReadOnlySpan<byte> packet)
    {
        var count = MoldPacket.Count(packet);
        if (count == MoldPacket.EndOfSession) return;
        var sequence = MoldPacket.Sequence(packet);
        var rest = packet[MoldPacket.HeaderBytes..];
        for (var i = 0; i < count && rest.Length >= MoldPacket.LengthBytes; i++, sequence++)
        {
            var length = BinaryPrimitives.ReadUInt16BigEndian(rest);
            if (rest.Length < MoldPacket.LengthBytes + length) return;
            Add(sequence, rest.Slice(MoldPacket.LengthBytes, length));
            rest = rest[(MoldPacket.LengthBytes + length)..];
        }
    }

    private void Add(ulong sequence, ReadOnlySpan<byte> message)
    {
        if (sequence == 0 || sequence > (ulong)_messages.Count + MaxJump) return;
        while ((ulong)_messages.Count < sequence) _messages.Add(null);
        _messages[(int)sequence - 1] ??= message.ToArray();
    }
}
