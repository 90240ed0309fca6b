using System.Buffers.Binary;
using FeedHandler.Codecs.Cme.Mdp3;
using static FeedHandler.Codecs.Tests.Cme.Mdp3Bytes;

namespace FeedHandler.Codecs.Tests.Cme;

/// <summary>Bad input is counted by its reason, the rest of the packet goes on where its place is known, and nothing is read past the end.</summary>
public sealed class Mdp3MalformedTests
{
    private const long Price = 5_999_500_000_000;

    private static readonly byte[] Good = Book(46, [BookEntry(7, 100, 1, 0, '0', Price)]);

    private readonly Updates _updates = new();
    private Mdp3Decoder _decoder = new(Mdp3Schema.BuiltIn);

    [Theory]
    [InlineData(0)]
    [InlineData(11)]
    public void A_payload_shorter_than_the_packet_header_is_refused(int length)
    {
        Assert.False(_decoder.TryReadHeader(new byte[length], out _));
        Assert.Equal(1, Malformed(MalformedReason.PacketTooShort));
    }

    [Theory]
    [InlineData(0, MalformedReason.MessageSizeTooSmall)]
    [InlineData(1, MalformedReason.MessageSizeTooSmall)]
    [InlineData(9, MalformedReason.MessageSizeTooSmall)]
    [InlineData(65_535, MalformedReason.MessageSizeBeyondPacket)]
    [InlineData(10_000, MalformedReason.MessageSizeBeyondPacket)]
    public void A_message_size_that_cannot_be_ends_the_packet_and_keeps_what_came_before(int size, MalformedReason reason)
    {
        byte[] bad = [.. Good];
        BinaryPrimitives.WriteUInt16LittleEndian(bad, (ushort)size);
        Refused(reason, expectedUpdates: 1, Good, bad, Good);
    }

    [Fact]
    public void A_message_size_that_lies_within_the_packet_is_a_bad_group_and_then_nonsense()
    {
        byte[] bad = [.. Good];
        BinaryPrimitives.WriteUInt16LittleEndian(bad, (ushort)(Good.Length - 10));
        Assert.False(_updates.Decode(ref _decoder, Packet(bad)));
        Assert.Equal(1, Malformed(MalformedReason.BadGroup));
        Assert.Equal(2, _decoder.Counters.Malformed.Sum());
        Assert.Equal(0, _updates.Count);
    }

    [Theory]
    [InlineData(1)]
    [InlineData(9)]
    public void Bytes_too_few_for_a_message_are_trailing(int bytes) => Refused(MalformedReason.TrailingBytes, 1, Good, new byte[bytes]);

    [Fact]
    public void Another_schema_is_refused_and_the_rest_goes_on() =>
        Refused(MalformedReason.WrongSchema, 2, Good, MessageOf(46, 13, schema: 2, Root(), Group(32, BookEntry(7, 101, 1, 0, '0', Price)), Group8(24)), Good);

    [Fact]
    public void An_unknown_template_is_counted_and_skipped()
    {
        Assert.True(_updates.Decode(ref _decoder, Packet(Message(999, [1, 2, 3]), Good, Message(60_000, []))));
        Assert.Equal((1, 2L), (_updates.Count, _decoder.Counters.Unknown));
        Assert.Equal(0, _decoder.Counters.Malformed.Sum());
        Assert.Equal((1L, 1L), (_decoder.Counters.Messages[999], _decoder.Counters.Messages[DecoderCounters.MaxTemplates - 1]));
    }

    [Fact]
    public void A_root_block_too_short_for_its_version_is_refused() => Refused(MalformedReason.BadBlock, 1, Message(46, Root(size: 8 + 1)[..8], Group(32), Group8(24)), Good);

    [Fact]
    public void Group_entries_too_short_are_refused() =>
        Refused(MalformedReason.BadGroup, 1, Message(46, Root(), Group(20, new byte[20]), Group8(24)), Message(46, Root(), [0, 0, 255], Group8(24)), Good);

    [Fact]
    public void A_group_that_counts_more_entries_than_are_there_is_refused()
    {
        byte[] lying = [.. Group(32, BookEntry(7, 1, 1, 0, '0', Price))];
        lying[2] = 200;
        Refused(MalformedReason.BadGroup, 1, Message(46, Root(), lying, Group8(24)), Good);
    }

    [Theory]
    [InlineData(0)]
    [InlineData(2)]
    [InlineData(255)]
    public void An_order_that_refers_to_no_entry_is_left_out(byte reference)
    {
        var bad = Book(46, [BookEntry(7, 100, 1, 0, '0', Price)], [OrderOfEntry(1, reference, 0), OrderOfEntry(2, 1, 0)]);
        Assert.False(_updates.Decode(ref _decoder, Packet(bad, Good)));
        Assert.Equal(1, Malformed(MalformedReason.BadValue));
        Assert.Equal([UpdateKind.Level, UpdateKind.Order, UpdateKind.Level], _updates.All.Select(u => u.Kind));
        Assert.Equal(2UL, _updates[1].OrderId);
    }

    [Fact]
    public void An_action_that_means_nothing_is_a_bad_value()
    {
        Assert.False(_updates.Decode(ref _decoder, Packet(Book(46, [BookEntry(7, 100, 1, 6, '0', Price)]), Good)));
        Assert.False(_updates.Decode(ref _decoder, Packet(Book(46, [BookEntry(7, 100, 1, 0, '0', Price)], [OrderOfEntry(1, 1, 3)]), Good)));
        Assert.False(_updates.Decode(ref _decoder, Packet(Message(47, Root(), Group(40, Fields(40, (28, 7), (32, (byte)3), (33, '0')))), Good)));
        Assert.Equal(3, Malformed(MalformedReason.BadValue));
    }

    [Fact]
    public void An_entry_type_to_come_is_part_of_the_sequence_and_not_of_the_book()
    {
        Assert.True(_updates.Decode(ref _decoder, Packet(Book(46, [BookEntry(7, 100, 1, 0, 'w', Price)]))));
        Assert.Equal((UpdateKind.Statistic, (byte)'w', 100u), (_updates[0].Kind, _updates[0].Code, _updates[0].InstrumentSequence));
    }

    /// <summary>Every message of every family, cut at every byte, at the end of readable memory.</summary>
    [Fact]
    public void A_packet_cut_anywhere_is_never_read_past_its_end()
    {
        using var page = new GuardedMemory(65_536);
        foreach (var (packet, role) in Families())
        {
            for (var length = 12; length <= packet.Length; length++)
            {
                var cut = page.PlaceAtEnd(packet.AsSpan(0, length));
                var whole = _updates.Decode(ref _decoder, cut, role);
                var isBetweenMessages = length == 12 || length == packet.Length || Boundaries(packet).Contains(length);
                Assert.Equal(isBetweenMessages, whole);
            }
        }
    }

    /// <summary>Any byte changed to any of a few nasty values: no exception, no read past the end, no more updates than reserved.</summary>
    [Fact]
    public void A_packet_with_any_byte_changed_is_decoded_or_counted()
    {
        using var page = new GuardedMemory(65_536);
        foreach (var (packet, role) in Families())
        {
            foreach (var value in (byte[])[0, 1, 3, 127, 128, 255])
            {
                for (var at = 12; at < packet.Length; at++)
                {
                    byte[] changed = [.. packet];
                    changed[at] = value;
                    var before = _decoder.Counters.Malformed.Sum();
                    var whole = _updates.Decode(ref _decoder, page.PlaceAtEnd(changed), role);
                    Assert.Equal(whole, _decoder.Counters.Malformed.Sum() == before);
                }
            }
        }
    }

    /// <summary>Bytes without meaning, behind a header that says they are a message of each known template.</summary>
    [Fact]
    public void Noise_is_decoded_or_counted()
    {
        using var page = new GuardedMemory(65_536);
        var random = new Random(4);
        for (var i = 0; i < 40_000; i++)
        {
            var body = new byte[random.Next(300)];
            random.NextBytes(body);
            var message = MessageOf(random.Next(4, 70), random.Next(14), 1, body);
            if (random.Next(2) == 0) BinaryPrimitives.WriteUInt16LittleEndian(message.AsSpan(2), (ushort)random.Next(64));
            _updates.Decode(ref _decoder, page.PlaceAtEnd(Packet(message, Good)), (FeedRole)random.Next(4));
        }

        Assert.True(_decoder.Counters.Malformed.Sum() > 10_000);
    }

    private static IEnumerable<(byte[] Packet, FeedRole Role)> Families()
    {
        byte[] entry = BookEntry(7, 100, 1, 0, '0', Price), order = OrderOfEntry(900, 1, 0);
        yield return (Packet(Good, Book(46, [entry, entry], [order, order]), Good), FeedRole.Incremental);
        yield return (Packet(Book(32, [entry, entry], [order])), FeedRole.Incremental);
        yield return (Packet(Message(64, Root(), Group(40, new byte[40]), Group8(24, order))), FeedRole.Incremental);
        yield return (Packet(Message(47, Root(), Group(40, new byte[40], new byte[40])), Message(43, Root(), Group(40, new byte[40]))), FeedRole.Incremental);
        yield return (Packet(Message(48, Root(), Group(32, new byte[32]), Group8(16, new byte[16], new byte[16]))), FeedRole.Incremental);
        yield return (Packet(Message(42, Root(), Group(32, new byte[32]), Group8(16, new byte[16]))), FeedRole.Incremental);
        yield return (Packet(Message(51, Root(), Group(24, new byte[24])), Message(49, Root(), Group(32, new byte[32])), Message(37, Root(), Group(16, new byte[16]))), FeedRole.Incremental);
        yield return (Packet(Message(50, Root(), Group(32, new byte[32])), Message(30, new byte[30]), Message(4, new byte[9], Group(2, new byte[2])), Message(12, [])), FeedRole.Incremental);
        yield return (Packet(Message(39, new byte[35], Group(32, new byte[32]))), FeedRole.Incremental);
        yield return (Packet(Message(52, new byte[59], Group(22, Fields(22, (21, '0')), new byte[22]))), FeedRole.Snapshot);
        yield return (Packet(Message(38, new byte[59], Group(22, Fields(22, (21, '0'))))), FeedRole.Snapshot);
        yield return (Packet(Message(53, new byte[28], Group(29, new byte[29])), Message(44, new byte[28], Group(29, new byte[29]))), FeedRole.OrderSnapshot);
        yield return (Packet(Message(54, new byte[224], Group(9, new byte[9]), Group(4, Fields(4, (0, "GBX"), (3, (byte)10))), Group(4), Group(4))), FeedRole.Definitions);
    }

    private static List<int> Boundaries(byte[] packet)
    {
        var boundaries = new List<int>();
        for (var at = 12; at < packet.Length; at += BinaryPrimitives.ReadUInt16LittleEndian(packet.AsSpan(at))) boundaries.Add(at);
        return boundaries;
    }

    private void Refused(MalformedReason reason, int expectedUpdates, params byte[][] messages)
    {
        Assert.False(_updates.Decode(ref _decoder, Packet(messages)));
        Assert.True(Malformed(reason) >= 1);
        Assert.Equal(Malformed(reason), _decoder.Counters.Malformed.Sum());
        Assert.Equal(expectedUpdates, _updates.Count);
        Assert.All(_updates.All, u => Assert.Equal(UpdateKind.Level, u.Kind));
    }

    private long Malformed(MalformedReason reason) => _decoder.Counters.Malformed[(int)reason];
}
