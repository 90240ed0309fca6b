using System.Buffers.Binary;
using Disruptor;
using FeedHandler.Codecs;

namespace FeedHandler.Transport.Tests.Rx;

/// <summary>Channels whose packets are written by the test and whose updates are taken from the ring when the test says so.</summary>
internal sealed class RxFixture
{
    /// <summary>Room for a few packets: what a reservation asks for is a bound, not what is written.</summary>
    public const int RingSlots = 128;

    public const long Ms = 1_000_000;

    private readonly ValueRingBuffer<MarketUpdate> _ring = ValueRingBuffer<MarketUpdate>.CreateSingleProducer(static () => default, RingSlots, new BusySpinWaitStrategy());
    private readonly Sequence _consumer = new();

    public RxFixture(int channels = 1, int? silenceSeconds = null)
    {
        _ring.AddGatingSequences(_consumer);
        Writer = new RingWriter(_ring, [], waits: false);
        Feed = new FeedDefinition([.. Enumerable.Range(0, channels).Select(i => new ChannelDefinition
        {
            Name = $"c{i}",
            Protocol = FeedProtocol.CmeMdp3,
            Incremental = new FeedLines(Line(i, 1), Line(i, 2)),
            Snapshot = new FeedLines(Line(i, 3), Line(i, 4)),
            SilenceSeconds = silenceSeconds,
        })]);
        Receivers = ChannelReceivers.Create(Feed, Writer);
    }

    public FeedDefinition Feed { get; }

    public RingWriter Writer { get; }

    public ChannelReceiver[] Receivers { get; }

    public static LineAddress Line(int channel, int line) => new(0xEF01_0000u + (uint)((channel * 16) + line), 1_000);

    /// <summary>A packet with one heartbeat.</summary>
    public static byte[] Packet(uint sequence, ulong sendingTimeNs) => Packet(sequence, sendingTimeNs, Message(12, []));

    public static byte[] Packet(uint sequence, ulong sendingTimeNs, byte[] message)
    {
        byte[] packet = [.. new byte[12], .. message];
        BinaryPrimitives.WriteUInt32LittleEndian(packet, sequence);
        BinaryPrimitives.WriteUInt64LittleEndian(packet.AsSpan(4), sendingTimeNs);
        return packet;
    }

    public static byte[] Message(ushort template, byte[] root)
    {
        byte[] message = [.. new byte[10], .. root];
        ReadOnlySpan<ushort> header = [(ushort)message.Length, (ushort)root.Length, template, 1, 13];
        for (var i = 0; i < header.Length; i++) BinaryPrimitives.WriteUInt16LittleEndian(message.AsSpan(2 * i), header[i]);
        return message;
    }

    public static byte[] Snapshot(uint lastPacket)
    {
        var root = new byte[59 + 3];
        BinaryPrimitives.WriteUInt32LittleEndian(root, lastPacket);
        root[8] = 7;
        root.AsSpan(35, 24).Fill(0xFF);
        root[42] = root[50] = root[58] = 0x7F; // no limits
        root[59] = 22;
        var message = Message(52, root);
        message[2] = 59;
        return message;
    }

    public void Incremental(uint sequence, ulong sendingTimeNs, long nowNs = 0, int line = 0) =>
        Receivers[0].OnPacket(FeedRole.Incremental, line, Packet(sequence, sendingTimeNs), nowNs);

    /// <summary>Publishes and takes everything; clock updates are left out.</summary>
    public List<string> Take()
    {
        Writer.Publish();
        var taken = new List<string>();
        for (var at = _consumer.Value + 1; at <= _ring.Cursor; at++)
        {
            ref readonly var update = ref _ring[at];
            if (update.Kind == UpdateKind.Gap) taken.Add($"{update.Channel} gap {update.OrderId}-{update.Priority} {(GapReason)update.Code}");
            else if (update.Kind == UpdateKind.Silence) taken.Add($"{update.Channel} {(update.Code == 0 ? "heard" : "silent")} {update.PacketSequence} at {update.ReceiveTimeLow / Ms}");
            else if (update.Kind != UpdateKind.Clock) taken.Add($"{update.Channel} {update.Kind} {update.PacketSequence}");
        }

        _consumer.SetValue(_ring.Cursor);
        return taken;
    }
}
