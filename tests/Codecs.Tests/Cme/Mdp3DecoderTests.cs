using FeedHandler.Codecs.Cme.Mdp3;
using static FeedHandler.Codecs.Tests.Cme.Mdp3Bytes;

namespace FeedHandler.Codecs.Tests.Cme;

/// <summary>Each family of templates, from bytes written by hand.</summary>
public sealed class Mdp3DecoderTests
{
    private const long E9 = 5_999_500_000_000, E7 = 59_995_000_000;

    private readonly Updates _updates = new();
    private Mdp3Decoder _decoder = new(Mdp3Schema.BuiltIn);

    [Theory]
    [InlineData(46, E9)]
    [InlineData(32, E7)]
    public void Book_has_levels_then_the_orders_behind_them_at_one_price_exponent(int template, long price)
    {
        Decode(Book(
            template,
            [BookEntry(7, 100, 1, 0, '0', price), BookEntry(7, 101, 2, 1, '1', price), BookEntry(8, 50, 1, 5, 'E', price, orders: int.MaxValue), BookEntry(8, 51, 1, 2, 'F', long.MaxValue, quantity: int.MaxValue)],
            [OrderOfEntry(900, reference: 2, action: 2), OrderOfEntry(901, reference: 1, action: 0)]));

        Assert.Equal(6, _updates.Count);
        Assert.Equal((UpdateKind.Level, BookSide.Bid, BookAction.New, 1, 7u, 100u, E9, 10L, 2, Time), Level(0));
        Assert.Equal((UpdateKind.Level, BookSide.Ask, BookAction.Change, 2, 7u, 101u, E9, 10L, 2, Time), Level(1));
        Assert.Equal((UpdateKind.ImpliedLevel, BookSide.Bid, BookAction.Overlay, 1, 8u, 50u, E9, 10L, -1, Time), Level(2));
        Assert.Equal((UpdateKind.ImpliedLevel, BookSide.Ask, BookAction.Delete, 1, 8u, 51u, MarketUpdate.NullPrice, 0L, 2, Time), Level(3));
        Assert.Equal((UpdateKind.Order, BookSide.Ask, BookAction.Delete, 7u, E9, 3L, 900UL, 9UL, Time), Order(4));
        Assert.Equal((UpdateKind.Order, BookSide.Bid, BookAction.New, 7u, E9, 3L, 901UL, 9UL, Time), Order(5));
        Assert.Equal([.. Enumerable.Repeat(UpdateFlags.None, 5), UpdateFlags.EndOfEvent], _updates.All.Select(u => u.Flags));
    }

    [Fact]
    public void Long_quantities_keep_their_width()
    {
        var entry = Fields(40, (0, E9), (8, 5_000_000_000UL), (16, 7), (20, 100u), (24, 2), (28, (byte)1), (29, (byte)0), (30, '0'));
        Decode(Message(64, Root(), Group(40, entry), Group8(24, OrderOfEntry(900, 1, 0))));
        Assert.Equal((UpdateKind.Level, BookSide.Bid, BookAction.New, 1, 7u, 100u, E9, 5_000_000_000L, 2, Time), Level(0));
        Assert.Equal(900UL, _updates[1].OrderId);
    }

    [Theory]
    [InlineData(47, E9)]
    [InlineData(43, E7)]
    public void Order_book_has_no_sequence_of_its_own(int template, long price)
    {
        Decode(Message(template, Root(), Group(40, Fields(40, (0, 900UL), (8, 9UL), (16, price), (24, 3), (28, 7), (32, (byte)1), (33, '1')))));
        Assert.Equal((UpdateKind.Order, BookSide.Ask, BookAction.Change, 7u, E9, 3L, 900UL, 9UL, Time), Order(0));
        Assert.Equal((0u, UpdateFlags.EndOfEvent), (_updates[0].InstrumentSequence, _updates[0].Flags));
    }

    [Theory]
    [InlineData(48, E9)]
    [InlineData(42, E7)]
    public void Trades_are_followed_by_their_orders_each_with_the_instrument_of_its_trade(int template, long price)
    {
        byte[] Trade(int instrument, uint sequence, int orders, byte side) =>
            Fields(32, (0, price), (8, 40), (12, instrument), (16, sequence), (20, orders), (24, side), (25, (byte)0), (26, 77u));
        byte[] Part(ulong id) => Fields(16, (0, id), (8, 20));
        Decode(Message(template, Root(), Group(32, Trade(7, 100, 2, 1), Trade(8, 60, 0, 0), Trade(9, 30, 1, 2)), Group8(16, Part(1), Part(2), Part(3))));

        Assert.Equal(
            [(UpdateKind.Trade, 7u, 100u, BookSide.Bid), (UpdateKind.Trade, 8u, 60u, BookSide.None), (UpdateKind.Trade, 9u, 30u, BookSide.Ask)],
            _updates.All[..3].Select(u => (u.Kind, u.Instrument, u.InstrumentSequence, u.Side)));
        Assert.All(_updates.All[..3], u => Assert.Equal((E9, 40L, BookAction.New), (u.Price, u.Quantity, u.Action)));
        Assert.Equal([(7u, 1UL, 20L), (7u, 2UL, 20L), (9u, 3UL, 20L)], _updates.All[3..].Select(u => (u.Instrument, u.OrderId, u.Quantity)));
    }

    [Fact]
    public void Statistics_volume_and_limits_carry_the_instruments_sequence()
    {
        Decode(
            Message(51, Root(0), Group(24, Fields(24, (0, E9), (8, 7), (12, 100u), (18, '7'), (19, 5)))),
            Message(35, Root(0), Group(24, Fields(24, (0, E7), (8, 7), (12, 101u), (18, '8')))),
            Message(49, Root(0), Group(32, Fields(32, (0, E9), (8, 4), (12, 7), (16, 102u), (24, '6')))),
            Message(37, Root(0), Group(16, Fields(16, (0, 44), (4, 7), (8, 103u)))),
            Message(50, Root(0), Group(32, Fields(32, (0, 2 * E9), (8, E9), (16, -1L), (24, 7), (28, 104u)))));
        Assert.Equal([100u, 101u, 102u, 103u, 104u], _updates.All.Select(u => u.InstrumentSequence));
        Assert.Equal([UpdateKind.Statistic, UpdateKind.Statistic, UpdateKind.Statistic, UpdateKind.Volume, UpdateKind.Limits], _updates.All.Select(u => u.Kind));
        Assert.Equal([(byte)'7', (byte)'8', (byte)'6'], _updates.All[..3].Select(u => u.Code));
        Assert.Equal([E9, E9, E9], _updates.All[..3].Select(u => u.Price));
        Assert.Equal((44L, E9, 2 * E9, ulong.MaxValue), (_updates[3].Quantity, _updates[4].Price, _updates[4].Quantity, _updates[4].OrderId));
        Assert.All(_updates.All, u => Assert.Equal((7u, UpdateFlags.None), (u.Instrument, u.Flags)));
    }

    [Fact]
    public void Book_reset_of_one_instrument_and_of_the_channel()
    {
        Decode(Book(46, [BookEntry(7, 100, 255, 0, 'J', long.MaxValue)]), Message(4, Root(size: 9), Group(2, Fields(2, (0, (ushort)310)))));
        Assert.Equal((UpdateKind.InstrumentReset, 7u, 100u), (_updates[0].Kind, _updates[0].Instrument, _updates[0].InstrumentSequence));
        Assert.Equal((UpdateKind.ChannelReset, 0u), (_updates[1].Kind, _updates[1].Instrument));
    }

    [Theory]
    [InlineData(7, 7u)]
    [InlineData(int.MaxValue, 0u)]
    public void Status_of_an_instrument_or_of_a_group(int instrument, uint expected)
    {
        Decode(Message(30, Fields(30, (0, Time), (8, "GRP"), (14, "AST"), (20, instrument), (26, EndOfEvent), (27, (byte)17), (28, (byte)2), (29, (byte)5))));
        Assert.Equal((UpdateKind.Status, expected, (byte)17, 2 | (5 << 8)), (_updates[0].Kind, _updates[0].Instrument, _updates[0].Code, _updates[0].Detail));
        Assert.Equal(UpdateKind.DefinitionText, _updates[1].Kind);
        Assert.Equal("GRP\0\0\0AST", System.Text.Encoding.ASCII.GetString(_updates.All[1].Text[20..29]));
    }

    [Theory]
    [InlineData(52, E9)]
    [InlineData(38, E7)]
    public void Level_image_says_what_it_includes_and_counts_its_levels_alone(int template, long price)
    {
        byte[] Entry(char type, byte level) => Fields(22, (0, price), (8, 10), (12, 2), (16, level), (21, type));
        var root = Fields(59, (0, 4_444u), (4, 20u), (8, 7), (12, 321u), (16, Time), (34, (byte)17));
        var packet = Packet(Message(template, root, Group(22, Entry('0', 1), Entry('4', 127), Entry('1', 2), Entry('F', 1))));
        Assert.True(_updates.Decode(ref _decoder, packet, FeedRole.Snapshot));

        Assert.True(_decoder.TryReadSnapshotSequence(packet, out var included));
        Assert.Equal(4_444UL, included);
        Assert.Equal(
            [UpdateKind.SnapshotBegin, UpdateKind.Level, UpdateKind.Statistic, UpdateKind.Level, UpdateKind.ImpliedLevel, UpdateKind.Limits, UpdateKind.SnapshotEnd],
            _updates.All.Select(u => u.Kind));
        Assert.Equal((4_444UL, 321u, (byte)SnapshotBook.Levels, (byte)17), (_updates[0].OrderId, _updates[0].InstrumentSequence, _updates[0].Code, _updates[0].Level));
        Assert.Equal([(BookSide.Bid, 1), (BookSide.Ask, 2), (BookSide.Ask, 1)], _updates.All.Where(u => u.Kind is UpdateKind.Level or UpdateKind.ImpliedLevel).Select(u => (u.Side, (int)u.Level)));
        Assert.All(_updates.All[1..5], u => Assert.Equal(E9, u.Price));
        Assert.Equal(3, _updates[6].Quantity);
        Assert.All(_updates.All, u => Assert.Equal(7u, u.Instrument));
    }

    [Theory]
    [InlineData(53, E9)]
    [InlineData(44, E7)]
    public void Order_image_says_its_chunk(int template, long price)
    {
        var root = Fields(28, (0, 4_444u), (4, 20u), (8, 7), (12, 3u), (16, 2u), (20, Time));
        Assert.True(_updates.Decode(ref _decoder, Packet(Message(template, root, Group(29, Fields(29, (0, 900UL), (8, 9UL), (16, price), (24, 3), (28, '1'))))), FeedRole.OrderSnapshot));

        Assert.Equal((UpdateKind.SnapshotBegin, 4_444UL, 2L, 3L, (byte)SnapshotBook.Orders), (_updates[0].Kind, _updates[0].OrderId, _updates[0].Price, _updates[0].Quantity, _updates[0].Code));
        Assert.Equal((UpdateKind.Order, BookSide.Ask, BookAction.New, 7u, E9, 3L, 900UL, 9UL, Time), Order(1));
        Assert.Equal((UpdateKind.SnapshotEnd, 1L), (_updates[2].Kind, _updates[2].Quantity));
    }

    [Theory]
    [InlineData(5u, 4_444u, 4_444u)]
    [InlineData(4_444u, 5u, 4_444u)]
    [InlineData(uint.MaxValue, 3u, 3u)]
    public void The_highest_number_that_images_name_counts(uint first, uint second, uint expected)
    {
        var packet = Packet([.. Message(52, Fields(59, (0, first), (8, 7)), Group(22)), .. Message(53, Fields(28, (0, second), (8, 7)), Group(29))]);
        Assert.True(_decoder.TryReadSnapshotSequence(packet, out var named));
        Assert.Equal(expected, (uint)named);
        Assert.True(_decoder.TryReadSnapshotSequence(packet.AsSpan(0, packet.Length - 1), out named));
        Assert.Equal(first, (uint)named);
        Assert.False(_decoder.TryReadSnapshotSequence(packet.AsSpan(0, 11), out _));
    }

    [Fact]
    public void Incremental_messages_are_nothing_in_a_loop_and_images_are_nothing_in_the_incremental_feed()
    {
        var image = Packet(Message(52, Fields(59, (0, 4_444u), (8, 7)), Group(22)));
        Assert.True(_updates.Decode(ref _decoder, image));
        Assert.Equal(0, _updates.Count);
        var book = Packet(Book(46, [BookEntry(7, 1, 1, 0, '0', E9)]));
        Assert.False(_decoder.TryReadSnapshotSequence(book, out _));
        Assert.True(_updates.Decode(ref _decoder, book, FeedRole.Snapshot));
        Assert.Equal(0, _updates.Count);
    }

    [Fact]
    public void A_heartbeat_is_one_update_and_an_empty_message_still_ends_its_event()
    {
        Decode(Message(12, []), Message(47, Root(), Group(40)));
        Assert.Equal([UpdateKind.Heartbeat, UpdateKind.None], _updates.All.Select(u => u.Kind));
        Assert.Equal([UpdateFlags.None, UpdateFlags.EndOfEvent], _updates.All.Select(u => u.Flags));
    }

    [Fact]
    public void Longer_blocks_of_a_newer_version_are_stepped_over()
    {
        Decode(MessageOf(
            46, version: 99, schema: 1, Root(size: 19), Group(40, BookEntry(7, 100, 1, 0, '0', E9, size: 40), BookEntry(8, 5, 2, 0, '1', E9, size: 40)), Group8(24, OrderOfEntry(900, 2, 0)), Group(5, new byte[5])));
        Assert.Equal([7u, 8u, 8u], _updates.All.Select(u => u.Instrument));
        Assert.Equal(900UL, _updates[2].OrderId);
    }

    [Fact]
    public void A_resent_event_says_so()
    {
        Decode(Message(46, Root(0xA0), Group(32, BookEntry(7, 1, 1, 0, '0', E9)), Group8(24)));
        Assert.Equal(UpdateFlags.EndOfEvent | UpdateFlags.Resent, _updates[0].Flags);
    }

    [Fact]
    public void Header_gives_sequence_and_send_time()
    {
        Assert.True(_decoder.TryReadHeader(Packet(), out var header));
        Assert.Equal((5UL, 1u, Time + 1), (header.Sequence, header.Count, header.SendingTimeNs));
    }

    private void Decode(params byte[][] messages)
    {
        Assert.True(_updates.Decode(ref _decoder, Packet(messages)));
        Assert.All(_decoder.Counters.Malformed, count => Assert.Equal(0, count));
        Assert.Equal(messages.Length, _decoder.Counters.Messages.Sum());
        Assert.Equal(0, _decoder.Counters.Unknown);
    }

    private (UpdateKind, BookSide, BookAction, int, uint, uint, long, long, int, ulong) Level(int index)
    {
        var u = _updates[index];
        return (u.Kind, u.Side, u.Action, u.Level, u.Instrument, u.InstrumentSequence, u.Price, u.Quantity, u.OrderCount, u.TransactTimeNs);
    }

    private (UpdateKind, BookSide, BookAction, uint, long, long, ulong, ulong, ulong) Order(int index)
    {
        var u = _updates[index];
        return (u.Kind, u.Side, u.Action, u.Instrument, u.Price, u.Quantity, u.OrderId, u.Priority, u.TransactTimeNs);
    }
}
