using System.Buffers.Binary;
using System.Runtime.InteropServices;
using Disruptor;
using FeedHandler.Codecs;
using FeedHandler.Replay.Pcap;
using FeedHandler.Transport;

namespace FeedHandler.Replay.Bench;

/// <summary>Frames of one channel, each with one update of a book: the smallest packet that is worth something, numbered on for ever.</summary>
internal sealed unsafe class OneUpdatePackets : IDisposable
{
    /// <summary>Frames that can be on loan at once.</summary>
    public const int Count = 64;

    private const int FrameBytes = 2048;
    private const int PayloadAt = 42;

    private static readonly LineAddress Line = new(0xEF4D_0001, 15_310);

    private readonly byte* _memory = (byte*)NativeMemory.AllocZeroed(Count, FrameBytes);
    private readonly Frame[] _frames = new Frame[Count];
    private uint _sequence;

    /// <summary>Finds the packet in the bundled capture.</summary>
    public OneUpdatePackets()
    {
        var payload = FindPayload();
        for (var i = 0; i < Count; i++)
        {
            var at = _memory + ((long)i * FrameBytes);
            var length = UdpFrame.Write(new Span<byte>(at, FrameBytes), new UdpEndpoints(0x0A4E_0001, 40_000, Line.Group, Line.Port), payload, (ushort)i);
            _frames[i] = new Frame { Data = at, Length = length, Link = LinkType.Ethernet };
        }

        Datagram = new UdpDatagram { PayloadOffset = PayloadAt, PayloadLength = payload.Length, DestinationAddress = Line.Group, DestinationPort = Line.Port };
    }

    /// <summary>The channel of the frames.</summary>
    public static FeedDefinition Feed { get; } = new([new ChannelDefinition { Name = "bench", Protocol = FeedProtocol.CmeMdp3, Incremental = new FeedLines(Line, null) }]);

    /// <summary>Where each frame's payload is, and where it goes.</summary>
    public UdpDatagram Datagram { get; }

    /// <summary>Bytes of each frame.</summary>
    public int Length => _frames[0].Length;

    /// <summary>The next frames, with the numbers that follow.</summary>
    public ReadOnlySpan<Frame> Next(int count)
    {
        for (var i = 0; i < count; i++) BinaryPrimitives.WriteUInt32LittleEndian(new Span<byte>(_frames[i].Data + PayloadAt, sizeof(uint)), ++_sequence);
        return _frames.AsSpan(0, count);
    }

    /// <summary>The last ones were not for the books: their numbers come again, or the books would see a gap.</summary>
    public void TakeBack(int count) => _sequence -= (uint)count;

    public void Dispose() => NativeMemory.Free(_memory);

    /// <summary>The shortest packet of the capture's incremental feed that gives one update.</summary>
    private static byte[] FindPayload()
    {
        var folder = Path.Combine(AppContext.BaseDirectory, "pcaps");
        var feed = FeedFile.Load(Path.Combine(folder, "demo.feed.json"));
        var line = feed.Channels[0].Incremental.A;
        using var capture = CaptureSource.OpenAll([Path.Combine(folder, "demo.pcap")]);
        var ring = ValueRingBuffer<MarketUpdate>.CreateSingleProducer(static () => default, 1 << 16, new BusySpinWaitStrategy());
        byte[]? best = null;
        var frames = new Frame[1];
        while (!capture.IsEnded)
        {
            if (capture.Poll(frames) == 0) continue;
            var bytes = new ReadOnlySpan<byte>(frames[0].Data, frames[0].Length);
            if (FrameParser.TryParse(frames[0].Link, bytes, out var datagram) != FrameError.None) continue;
            if (datagram.DestinationAddress != line.Group || datagram.DestinationPort != line.Port) continue;
            var payload = bytes.Slice(datagram.PayloadOffset, datagram.PayloadLength);
            if (payload.Length < (best?.Length ?? int.MaxValue) && IsOneUpdate(ring, feed, payload)) best = payload.ToArray();
        }

        return best ?? throw new InvalidDataException("pcaps/demo.pcap has no packet with one update");
    }

    private static bool IsOneUpdate(ValueRingBuffer<MarketUpdate> ring, FeedDefinition feed, ReadOnlySpan<byte> payload)
    {
        var start = ring.Cursor;
        var writer = new RingWriter(ring, [], waits: false);
        ChannelReceivers.Create(feed, writer)[0].OnPacket(FeedRole.Incremental, 0, payload, 0);
        writer.Publish();
        var books = 0;
        var others = 0;
        for (var at = start + 1; at <= ring.Cursor; at++)
        {
            if (ring[at].Kind == UpdateKind.Level) books++;
            else if (ring[at].Kind is not (UpdateKind.Clock or UpdateKind.SessionStart)) others++;
        }

        return books == 1 && others == 0;
    }
}
