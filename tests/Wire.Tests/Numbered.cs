using System.Runtime.InteropServices;
using FeedHandler.Codecs;
using FeedHandler.Replay.Send;
using FeedHandler.Transport;

namespace FeedHandler.Wire.Tests;

/// <summary>Small datagrams of one line.</summary>
internal sealed unsafe class Numbered : IDisposable
{
    private const int PayloadBytes = 100;

    private readonly byte* _payload = (byte*)NativeMemory.AllocZeroed(PayloadBytes);

    public Numbered(uint group) => Line = new LineAddress(0xEF4D_0000 | (group & 0xFFFF), 15_000);

    public LineAddress Line { get; }

    public static bool IsOurs(in Frame frame)
    {
        if (frame.Link == LinkType.UdpPayload) return frame.Length == PayloadBytes;
        return FrameParser.TryParse(frame.Link, new ReadOnlySpan<byte>(frame.Data, frame.Length), out var datagram) == FrameError.None && datagram.PayloadLength == PayloadBytes;
    }

    public void Send(BatchSender sender, int count)
    {
        var frame = new Frame { Data = _payload, Length = PayloadBytes, Link = LinkType.UdpPayload };
        var datagram = new UdpDatagram { PayloadLength = PayloadBytes };
        for (; count > 0; count--) sender.Add(frame, datagram, (Line.Group, Line.Port));
        sender.Flush();
    }

    public void Dispose() => NativeMemory.Free(_payload);
}
