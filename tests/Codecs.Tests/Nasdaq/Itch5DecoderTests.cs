using System.Buffers.Binary;
using FeedHandler.Codecs.Nasdaq.Itch5;
using FeedHandler.Codecs.Nasdaq.MoldUdp64;

namespace FeedHandler.Codecs.Tests.Nasdaq;

public class Itch5DecoderTests
{
    private const string KnownTypes = "SRHYLVWKJhAFECXDUPQBINO";

    [Fact]
    public void Add_order_has_every_field_in_its_place()
    {
        var message = Message('A', locate: 7, timeNs: 0x1234_5678_9ABC);
        BinaryPrimitives.WriteUInt64BigEndian(message.AsSpan(11), 0xFEDC_BA98_7654_3210);
        message[19] = (byte)'S';
        BinaryPrimitives.WriteUInt32BigEndian(message.AsSpan(20), 300);
        BinaryPrimitives.WriteUInt32BigEndian(message.AsSpan(32), 4_000_000_000);
        var update = Assert.Single(Decode(Packet(41, message)));
        Assert.Equal(UpdateKind.Order, update.Kind);
        Assert.Equal(BookAction.New, update.Action);
        Assert.Equal(BookSide.Ask, update.Side);
        Assert.Equal(7u, update.Instrument);
        Assert.Equal(0xFEDC_BA98_7654_3210, update.OrderId);
        Assert.Equal(300, update.Quantity);
        Assert.Equal(4_000_000_000, update.Price);
        Assert.Equal(41ul, update.Priority);
        Assert.Equal(41u, update.PacketSequence);
        Assert.Equal(0x1234_5678_9ABCul, update.TransactTimeNs);
        Assert.True(update.Flags.HasFlag(UpdateFlags.EndOfEvent));
    }

    [Fact]
    public void Replacement_names_both_orders()
    {
        var message = Message('U');
        BinaryPrimitives.WriteUInt64BigEndian(message.AsSpan(11), 5);
        BinaryPrimitives.WriteUInt64BigEndian(message.AsSpan(19), 6);
        BinaryPrimitives.WriteUInt32BigEndian(message.AsSpan(27), 70);
        BinaryPrimitives.WriteUInt32BigEndian(message.AsSpan(31), 80);
        var update = Assert.Single(Decode(Packet(1, message)));
        Assert.Equal((UpdateKind.OrderReplaced, 5ul, 6ul, 70L, 80L), (update.Kind, update.OrderId, update.Priority, update.Quantity, update.Price));
    }

    [Theory]
    [InlineData('Y', false)]
    [InlineData('N', true)]
    public void Execution_at_a_price_counts_only_if_printable(char printable, bool isHidden)
    {
        var message = Message('C');
        message[31] = (byte)printable;
        var update = Assert.Single(Decode(Packet(1, message)));
        Assert.Equal(isHidden, update.Flags.HasFlag(UpdateFlags.NonPrintable));
    }

    [Fact]
    public void Known_messages_at_the_start_are_skipped_and_sequences_go_on()
    {
        var updates = Decode(Packet(10, Message('D'), Message('D'), Message('D')), skip: 2);
        Assert.Equal(12u, Assert.Single(updates).PacketSequence);
    }

    [Theory]
    [InlineData(0)]
    [InlineData(0xFFFF)]
    public void Heartbeat_and_end_of_session_cover_no_sequence_number(int count)
    {
        var packet = Packet(77);
        BinaryPrimitives.WriteUInt16BigEndian(packet.AsSpan(18), (ushort)count);
        var decoder = new Itch5Decoder(raw: false);
        Assert.True(decoder.TryReadHeader(packet, out var header));
        Assert.Equal((77ul, 0u, count != 0), (header.Sequence, header.Count, header.EndsSession));
        Assert.Empty(Decode(packet));
    }

    [Fact]
    public void Sessions_have_different_keys()
    {
        var first = Packet(1);
        var second = Packet(1);
        second[9]++;
        Assert.NotEqual(MoldPacket.SessionKey(first), MoldPacket.SessionKey(second));
        second = Packet(1);
        second[0]++;
        Assert.NotEqual(MoldPacket.SessionKey(first), MoldPacket.SessionKey(second));
    }

    [Fact]
    public void Unknown_type_is_skipped_by_its_length_and_counted()
    {
        var decoder = new Itch5Decoder(raw: false);
        var unknown = new byte[27];
        unknown[0] = (byte)'z';
        var updates = Decode(Packet(1, unknown, Message('D')), decoder: decoder);
        Assert.Equal(2u, Assert.Single(updates).PacketSequence);
        Assert.Equal(1, decoder.Counters.Unknown);
    }

    /// <summary>Random bytes behind every type, at every length from a byte short to some too long.</summary>
    [Fact]
    public void Permuted_bytes_and_fields_read_one_by_one_give_the_same_updates()
    {
        var random = new Random(3);
        for (var i = 0; i < 20_000; i++)
        {
            var type = KnownTypes[i % KnownTypes.Length];
            var message = new byte[Math.Max(1, Itch5.LengthOf((byte)type) + random.Next(-1, 5))];
            random.NextBytes(message);
            message[0] = (byte)type;
            if (random.Next(2) == 0 && message.Length > 31) (message[19], message[31]) = ((byte)"BS"[random.Next(2)], (byte)"YN"[random.Next(2)]);
            var packet = Packet((ulong)random.NextInt64(), message, message);
            var (byField, byLayout) = (new Itch5Decoder(false, usesLayouts: false), new Itch5Decoder(false, usesLayouts: true));
            var (expected, actual) = (new ListSink { Common = Common }, new ListSink { Common = Common });
            Assert.Equal(byField.Decode(packet, 0, FeedRole.Incremental, ref expected), byLayout.Decode(packet, 0, FeedRole.Incremental, ref actual));
            Assert.Equal(Bytes(expected), Bytes(actual));
            Assert.Equal(byField.Counters.Messages, byLayout.Counters.Messages);
            Assert.Equal(byField.Counters.Malformed, byLayout.Counters.Malformed);
        }

        static byte[] Bytes(ListSink sink) => System.Runtime.InteropServices.MemoryMarshal.AsBytes(System.Runtime.InteropServices.CollectionsMarshal.AsSpan(sink.Updates)).ToArray();
    }

    private static MarketUpdate Common => new() { Channel = 3, PacketSequence = 0xABCD_EF01, ReceiveTimeLow = 0x1234_5678 };

    [Fact]
    public void Every_type_is_decoded_and_counted()
    {
        foreach (var type in KnownTypes)
        {
            var decoder = new Itch5Decoder(raw: false);
            var updates = Decode(Packet(1, Message(type)), decoder: decoder);
            Assert.NotEmpty(updates);
            Assert.Equal(1, decoder.Counters.Messages[type]);
            Assert.Equal(0, decoder.Counters.Malformed.Sum());
            Assert.True(updates[^1].Flags.HasFlag(UpdateFlags.EndOfEvent));
            Assert.DoesNotContain(updates[..^1], update => update.Flags.HasFlag(UpdateFlags.EndOfEvent));
        }
    }

    [Fact]
    public void Message_shorter_than_its_type_is_malformed_and_the_next_one_is_read()
    {
        foreach (var type in KnownTypes)
        {
            var decoder = new Itch5Decoder(raw: false);
            var message = Message(type);
            var sink = new ListSink();
            // D and the other types that end with the order reference are as long as the shortest message with one.
            Assert.False(decoder.Decode(Packet(1, message[..^1], Message('D')), 0, FeedRole.Incremental, ref sink));
            Assert.Equal(1, decoder.Counters.Malformed[(int)MalformedReason.BadBlock]);
            Assert.Equal(2u, sink.Updates[^1].PacketSequence);
        }
    }

    [Fact]
    public void Cut_packet_gives_what_is_whole_and_says_so()
    {
        var packet = Packet(1, Message('D'), Message('D'));
        for (var length = MoldPacket.HeaderBytes; length < packet.Length; length++)
        {
            var sink = new ListSink();
            Assert.False(new Itch5Decoder(raw: false).Decode(packet.AsSpan(0, length), 0, FeedRole.Incremental, ref sink));
            Assert.Equal(length < MoldPacket.HeaderBytes + 21 ? 0 : 1, sink.Updates.Count);
        }
    }

    [Fact]
    public void Directory_gives_the_symbol_without_padding()
    {
        var message = Message('R', locate: 3);
        "AB      "u8.CopyTo(message.AsSpan(11));
        var updates = Decode(Packet(1, message));
        Assert.Equal([UpdateKind.Definition, UpdateKind.DefinitionText], updates.Select(update => update.Kind));
        var text = updates[1];
        Assert.Equal("AB\0"u8, text.Text[..3]);
    }

    private static byte[] Message(char type, ushort locate = 1, ulong timeNs = 1)
    {
        var message = new byte[Itch5.LengthOf((byte)type)];
        BinaryPrimitives.WriteUInt64BigEndian(message.AsSpan(3), timeNs);
        BinaryPrimitives.WriteUInt16BigEndian(message.AsSpan(1), locate);
        message[0] = (byte)type;
        return message;
    }

    private static byte[] Packet(ulong sequence, params byte[][] messages)
    {
        var packet = new byte[MoldPacket.HeaderBytes + messages.Sum(message => message.Length + MoldPacket.LengthBytes)];
        MoldPacket.WriteHeader(packet, "SESSION001"u8, sequence, (ushort)messages.Length);
        var at = MoldPacket.HeaderBytes;
        foreach (var message in messages)
        {
            BinaryPrimitives.WriteUInt16BigEndian(packet.AsSpan(at), (ushort)message.Length);
            message.CopyTo(packet, at + MoldPacket.LengthBytes);
            at += MoldPacket.LengthBytes + message.Length;
        }

        return packet;
    }

    private static List<MarketUpdate> Decode(byte[] packet, uint skip = 0, Itch5Decoder? decoder = null)
    {
        var sink = new ListSink();
        Assert.True((decoder ?? new Itch5Decoder(raw: false)).Decode(packet, skip, FeedRole.Incremental, ref sink));
        return sink.Updates;
    }

    private readonly struct ListSink() : IUpdateSink
    {
        public List<MarketUpdate> Updates { get; } = [];

        public MarketUpdate Common { get; init; }

        public ref MarketUpdate Claim()
        {
            Updates.Add(Common);
            return ref System.Runtime.InteropServices.CollectionsMarshal.AsSpan(Updates)[^1];
        }
    }
}
