using FeedHandler.Actors.Tests.Publishing;
using FeedHandler.Codecs;
using Xunit;

namespace FeedHandler.Actors.Tests.Shards;

/// <summary>Updates that are taken in groups, with all their short cuts, come to what they come to one by one.</summary>
public sealed class GroupTests
{
    private const int Batches = 60;
    private const int Instruments = 5;

    /// <summary>What a listener was told; a struct holds it by reference.</summary>
    private sealed class Told(bool wantsPackets)
    {
        public bool WantsPackets { get; } = wantsPackets;

        public List<string> Lines { get; } = [];
    }

    private readonly struct Listener(Told told) : IShardListener
    {
        public bool WantsPackets => told.WantsPackets;

        public void OnBookUpdate(Instrument instrument, in MarketUpdate update) =>
            told.Lines.Add($"update {instrument.Id} {update.Kind} {update.OrderId} {instrument.LevelState} {instrument.OrderState} {instrument.LastPacketSequence} {instrument.LastSequence} {instrument.LastTransactTimeNs}");

        public void OnBookReplaced(Instrument instrument, BookType book, StateReason reason) => told.Lines.Add($"replaced {instrument.Id} {book} {reason}");

        public void OnStateChanged(Instrument instrument, BookType book, BookState before, StateReason reason) =>
            told.Lines.Add($"state {instrument.Id} {book} {before} {instrument.LevelState} {instrument.OrderState} {reason}");

        public void OnInformation(Instrument? instrument, in MarketUpdate update) => told.Lines.Add($"information {instrument?.Id} {update.Kind} {update.PacketSequence}");

        public void OnEndOfEvent(Instrument instrument, in MarketUpdate last) => told.Lines.Add($"event {instrument.Id} {last.PacketSequence}");

        public void OnEndOfPacket(Instrument instrument, uint packetSequence, long position) => told.Lines.Add($"packet {instrument.Id} {packetSequence} {position}");

        public void OnFlush(in MarketUpdate last) => told.Lines.Add($"flush {last.Kind} {last.PacketSequence}");
    }

    [Theory]
    [InlineData(false, false)]
    [InlineData(true, false)]
    [InlineData(true, true)]
    public void Orders_of_venues_that_number_messages(bool wantsPackets, bool isDirty)
    {
        for (var seed = 1; seed <= 50; seed++)
        {
            var market = new NumberedMarket(seed, isDirty);
            Compare(seed, wantsPackets, market.Batch, [Numbered("itch"), Numbered("itch2"), new ShardChannelOptions("cme", -9, false, false)]);
        }
    }

    [Theory]
    [InlineData(false, false)]
    [InlineData(true, false)]
    [InlineData(true, true)]
    public void Levels_that_have_a_sequence_of_their_own(bool wantsPackets, bool isDirty)
    {
        for (var seed = 1; seed <= 100; seed++)
        {
            var market = new LevelMarket(seed, isDirty);
            Compare(seed, wantsPackets, market.Batch, [new ShardChannelOptions("a", -9, HasLevelSnapshots: seed % 2 == 0, HasOrderSnapshots: false, Depth: 1 + (seed % 12)), new ShardChannelOptions("b", -9, true, true)]);
        }
    }

    private static ShardChannelOptions Numbered(string name) => new(name, -4, false, false, NumbersMessages: true);

    private static void Compare(int seed, bool wantsPackets, Func<MarketUpdate[]> next, ShardChannelOptions[] channels)
    {
        var options = new ShardOptions { ShardCount = seed % 3 == 0 ? 2 : 1, MaxOrders = seed % 2 == 0 ? 200 : 100_000, Channels = channels };
        var (one, many) = (new Told(wantsPackets), new Told(wantsPackets));
        var oneByOne = new BookShard<Listener>(options, new Listener(one));
        var inGroups = new BookShard<Listener>(options, new Listener(many));
        long position = 0;
        for (var batch = 0; batch < Batches; batch++)
        {
            var updates = next();
            for (var i = 0; i < updates.Length; i++) oneByOne.OnUpdate(updates[i], position + i);
            inGroups.OnUpdates(updates, position);
            position += updates.Length;
            Assert.Equal(string.Join('\n', one.Lines), string.Join('\n', many.Lines));
            one.Lines.Clear();
            many.Lines.Clear();
            Same(oneByOne, inGroups, $"seed {seed}, batch {batch}");
        }

        Assert.NotEqual(0, oneByOne.Counters.Updates);
        Assert.Equal(Text(oneByOne.Counters), Text(inGroups.Counters));
    }

    private static string Text(ShardCounters counters) =>
        string.Join(' ', typeof(ShardCounters).GetFields().Select(field => $"{field.Name}={field.GetValue(counters)}"));

    private static void Same(BookShard<Listener> oneByOne, BookShard<Listener> inGroups, string where)
    {
        Assert.Equal(oneByOne.RestingOrders, inGroups.RestingOrders);
        Assert.Equal(oneByOne.Instruments.Length, inGroups.Instruments.Length);
        for (var i = 0; i < oneByOne.Instruments.Length; i++)
        {
            var (a, b) = (oneByOne.Instruments[i], inGroups.Instruments[i]);
            Assert.Equal((where, a.Id, a.State, a.Trades, a.TradeVolume, a.Gaps), (where, b.Id, b.State, b.Trades, b.TradeVolume, b.Gaps));
            Assert.Equal(BookText.Of(a, SubscribedBooks.Levels | SubscribedBooks.Orders), BookText.Of(b, SubscribedBooks.Levels | SubscribedBooks.Orders));
        }
    }

    /// <summary>What every market here does now and then beside its books.</summary>
    private static void Disturb(Random random, ref MarketUpdate update, ref uint sequence)
    {
        update.Kind = random.Next(12) switch
        {
            0 => UpdateKind.Gap,
            < 3 => UpdateKind.Silence,
            3 => UpdateKind.SessionStart,
            < 6 => UpdateKind.Heartbeat,
            < 8 => UpdateKind.Definition,
            8 => UpdateKind.ChannelReset,
            _ => UpdateKind.Status,
        };
        update.Code = (byte)random.Next(2);
        if (update.Kind is not (UpdateKind.Definition or UpdateKind.Status)) update.Instrument = 0;
        if (update.Kind == UpdateKind.Definition)
        {
            update.Level = (byte)random.Next(12);
            update.Code = (byte)random.Next(3);
        }

        if (update.Kind == UpdateKind.Gap)
        {
            update.OrderId = sequence + 1;
            sequence += 3;
            update.Priority = sequence + 1;
            update.Code = 0;
        }

        update.PacketSequence = update.Kind switch
        {
            UpdateKind.SessionStart => sequence = 1,
            UpdateKind.Silence or UpdateKind.Gap => sequence,
            _ => ++sequence,
        };
    }

    /// <summary>Orders that are numbered up over the day, in messages that are numbered, too.</summary>
    private sealed class NumberedMarket(int seed, bool isDirty)
    {
        private readonly Random _random = new(seed);
        private readonly List<ulong> _live = [];
        private readonly uint[] _sequences = new uint[3];
        private ulong _lastId = 1;

        public MarketUpdate[] Batch()
        {
            var updates = new MarketUpdate[_random.Next(1, 150)];
            for (var i = 0; i < updates.Length; i++)
            {
                var channel = (ushort)(_random.Next(40) == 0 ? _random.Next(3) : 0);
                ref var update = ref updates[i];
                update = new MarketUpdate
                {
                    Channel = channel, Instrument = (uint)_random.Next(1, Instruments + 1), Side = (BookSide)_random.Next(2),
                    Price = _random.Next(50, 55 + (seed % 5 * 40)) * ((seed % 4) + 1), Quantity = _random.Next(1, 5), TransactTimeNs = (ulong)_random.Next(1000),
                };
                if (_random.Next(120) == 0)
                {
                    Disturb(_random, ref update, ref _sequences[channel]);
                    if (update.Kind == UpdateKind.SessionStart) _live.Clear();
                }
                else
                {
                    Order(ref update);
                    update.PacketSequence = ++_sequences[channel];
                }

                if (_random.Next(30) != 0) update.Flags |= UpdateFlags.EndOfEvent;
                if (_random.Next(3) == 0) update.Flags |= UpdateFlags.EndOfPacket;
            }

            return updates;
        }

        private void Order(ref MarketUpdate update)
        {
            update.OrderId = _live.Count != 0 && _random.Next(isDirty ? 4 : 400) != 0 ? _live[_random.Next(_live.Count)] : (ulong)_random.Next(600);
            switch (_random.Next(12))
            {
                case < 5:
                    update.Kind = UpdateKind.Order;
                    update.Action = BookAction.New;
                    // Now and then beyond the table of the index, or on a page of its own.
                    if (!isDirty || _random.Next(20) != 0) update.OrderId = _random.Next(60) == 0 ? (1UL << 34) + _lastId++ : _lastId += (ulong)(_random.Next(30) == 0 ? _random.Next(300) : 1);
                    update.Priority = update.OrderId;
                    _live.Add(update.OrderId);
                    break;
                case < 8:
                    update.Kind = UpdateKind.Order;
                    update.Action = isDirty && _random.Next(30) == 0 ? BookAction.DeleteThru : BookAction.Delete;
                    _live.Remove(update.OrderId);
                    break;
                case 8:
                    update.Kind = UpdateKind.OrderReduced;
                    update.Priority = (ulong)_random.Next(2);
                    break;
                case 9:
                    update.Kind = UpdateKind.OrderReplaced;
                    _live.Remove(update.OrderId);
                    update.Priority = isDirty && _random.Next(20) == 0 ? update.OrderId : ++_lastId;
                    _live.Add(update.Priority);
                    break;
                default:
                    update.Kind = UpdateKind.Trade;
                    break;
            }
        }
    }

    /// <summary>Price levels by position, and trades, with a sequence of each instrument.</summary>
    private sealed class LevelMarket(int seed, bool isDirty)
    {
        private readonly Random _random = new(seed);
        private readonly uint[] _sequences = new uint[2];
        private readonly uint[] _instruments = new uint[2 * (Instruments + 1)];
        private readonly int[] _levels = new int[2 * (Instruments + 1) * 4];

        public MarketUpdate[] Batch()
        {
            var updates = new MarketUpdate[_random.Next(1, 150)];
            for (var i = 0; i < updates.Length; i++)
            {
                var channel = (ushort)(_random.Next(10) == 0 ? 1 : 0);
                ref var update = ref updates[i];
                update = new MarketUpdate
                {
                    Channel = channel, Instrument = (uint)_random.Next(1, Instruments + 1), Side = (BookSide)_random.Next(2),
                    Price = _random.Next(50, 90), Quantity = _random.Next(1, 5), OrderCount = _random.Next(1, 4), TransactTimeNs = (ulong)_random.Next(1000),
                };
                if (_random.Next(200) == 0)
                {
                    Disturb(_random, ref update, ref _sequences[channel]);
                    if (update.Kind is UpdateKind.SessionStart or UpdateKind.ChannelReset) _instruments.AsSpan().Clear();
                    _levels.AsSpan().Clear();
                }
                else
                {
                    Change(ref update);
                    if (_random.Next(2) == 0) _sequences[channel]++;
                    update.PacketSequence = Math.Max(1, _sequences[channel]);
                }

                if (_random.Next(2) == 0) update.Flags |= UpdateFlags.EndOfEvent;
                if (_random.Next(3) == 0) update.Flags |= UpdateFlags.EndOfPacket;
            }

            return updates;
        }

        private void Change(ref MarketUpdate update)
        {
            var instrument = (update.Channel * (Instruments + 1)) + (int)update.Instrument;
            update.InstrumentSequence = _instruments[instrument] += _random.Next(isDirty ? 40 : 4000) == 0 ? 2u : 1u;
            if (_random.Next(isDirty ? 50 : 5000) == 0) update.InstrumentSequence = 0;
            update.Kind = _random.Next(10) switch { 0 => UpdateKind.Trade, 1 => UpdateKind.Volume, < 4 => UpdateKind.ImpliedLevel, _ => UpdateKind.Level };
            if (update.Kind is UpdateKind.Trade or UpdateKind.Volume) return;
            ref var count = ref _levels[(instrument * 4) + ((int)update.Side * 2) + (update.Kind == UpdateKind.Level ? 0 : 1)];
            update.Action = count == 0 ? BookAction.New : (BookAction)_random.Next(isDirty ? 6 : 3);
            update.Level = (byte)_random.Next(isDirty && _random.Next(30) == 0 ? 0 : 1, 1 + count + (update.Action == BookAction.New ? 1 : 0) + (isDirty && _random.Next(30) == 0 ? 2 : 0));
            if (isDirty && _random.Next(100) == 0) update.Price = MarketUpdate.NullPrice;
            if (isDirty && _random.Next(100) == 0) update.Side = BookSide.None;
            count = update.Action switch { BookAction.New => Math.Min(count + 1, 12), BookAction.Delete => count - 1, BookAction.DeleteThru => 0, BookAction.DeleteFrom => Math.Max(0, count - update.Level), _ => count };
        }
    }
}
