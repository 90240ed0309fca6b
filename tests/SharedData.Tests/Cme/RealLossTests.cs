using System.Buffers.Binary;
using Disruptor;
using FeedHandler.Actors;
using FeedHandler.Codecs;
using FeedHandler.Replay.Tests.EndToEnd;
using FeedHandler.SharedData.Tests.Captures;
using FeedHandler.Transport;

namespace FeedHandler.SharedData.Tests.Cme;

/// <summary>
/// Real packets, some of them lost on both lines: what a book claims is what the naive book says that saw all of them.
/// </summary>
public sealed class RealLossTests
{
    private const string Whole = "cme/mdp3-v8-5000x2.pcapng";

    private static readonly Lazy<Truth> Real = new(() => new Truth(Arrivals(Whole)));

    [Theory]
    [InlineData("cme/mdp3-v8-statistics-with-gaps.pcap", 0.0, 115)]
    [InlineData("cme/mdp3-v8-volume-with-gaps.pcap", 0.0, 55)]
    [InlineData(Whole, 0.05, 5)]
    [InlineData(Whole, 0.2, 100)]
    [InlineData(Whole, 0.5, 500)]
    public void What_a_refreshed_book_shows_is_true(string name, double loss, int atLeastGaps)
    {
        var feed = new LossyFeed(RecoveryMode.Natural, hasSnapshots: false);
        long compared = 0;
        foreach (var arrival in Lose(Arrivals(name), loss))
        {
            feed.Take(arrival);
            foreach (var instrument in feed.Shard.Instruments)
            {
                Assert.NotEqual(BookState.Live, instrument.LevelState);
                if (instrument.LevelState != BookState.NaturallyRefreshed) continue;
                var truth = Real.Value.At(instrument.Id, feed.Position);
                foreach (var (side, type) in Sides)
                {
                    var ours = BookText.Levels(instrument.Outright, side).Split(' ', StringSplitOptions.RemoveEmptyEntries);
                    var real = truth.Levels[type].Split(' ', StringSplitOptions.RemoveEmptyEntries);
                    for (var i = 0; i < ours.Length; i++)
                    {
                        if (ours[i] == "?") continue;
                        compared++;
                        Assert.True(i < real.Length && ours[i] == real[i], $"packet {feed.Position}, instrument {instrument.Id}: level {i + 1} of {type} is {ours[i]}; naive {truth.Levels[type]}");
                    }
                }
            }
        }

        feed.Flush();
        Assert.InRange(feed.Receiver.Counters.Gaps, atLeastGaps, long.MaxValue);
        if (name == Whole) Assert.InRange(compared, loss < 0.5 ? 10_000 : 1_000, long.MaxValue);
    }

    [Theory]
    [InlineData("cme/mdp3-v8-statistics-with-gaps.pcap")]
    [InlineData("cme/mdp3-v8-volume-with-gaps.pcap")]
    public void An_instrument_of_a_filtered_capture_lost_updates_exactly_where_its_own_numbers_jump(string name)
    {
        var feed = new LossyFeed(RecoveryMode.Natural, hasSnapshots: false);
        var last = new Dictionary<int, uint>();
        var jumps = new Dictionary<int, int>();
        var reference = new ReferenceBook();
        var seen = new HashSet<uint>();
        foreach (var arrival in Arrivals(name))
        {
            feed.Take(arrival);
            if (!seen.Add(arrival.Sequence)) continue;
            reference.Apply(arrival.Payload);
            foreach (var (id, instrument) in reference.Instruments)
            {
                // Several updates of an instrument in one packet go on from one another.
                var first = Truth.FirstSequenceIn(arrival.Payload, id);
                if (first == 0) continue;
                if (last.TryGetValue(id, out var before) && first != before + 1) jumps[id] = jumps.GetValueOrDefault(id) + 1;
                last[id] = instrument.Sequence;
            }
        }

        feed.Flush();
        Assert.InRange(jumps.Count, 5, int.MaxValue);
        foreach (var instrument in feed.Shard.Instruments)
        {
            if (!last.TryGetValue((int)instrument.Id, out var sequence)) continue;
            Assert.Equal((instrument.Id, sequence), (instrument.Id, instrument.LastSequence));

            // Joined in mid-session, an instrument has nothing to lose before its first level; after each loss it is counted once.
            Assert.InRange(instrument.Gaps, 0, jumps.GetValueOrDefault((int)instrument.Id));
            if (!jumps.ContainsKey((int)instrument.Id)) Assert.Equal((instrument.Id, 0L), (instrument.Id, instrument.Gaps));
        }
    }

    [Theory]
    [InlineData(0.05, 10)]
    [InlineData(0.2, 100)]
    [InlineData(0.5, 500)]
    public void A_book_that_says_Live_after_real_losses_is_the_naive_one_and_lacks_no_update(double loss, int atLeastGaps)
    {
        const int ImagesEvery = 150;
        var feed = new LossyFeed(RecoveryMode.Snapshot, hasSnapshots: true);
        var sent = 0;
        long live = 0, notLive = 0;
        var newest = 0u;
        foreach (var arrival in Lose(Arrivals(Whole), loss))
        {
            feed.Take(arrival);
            newest = Math.Max(newest, arrival.Sequence);
            if (++sent % ImagesEvery == 0)
            {
                foreach (var id in Real.Value.WholeBooks(newest)) feed.TakeImage(id, newest, Real.Value.At(id, newest));
            }

            foreach (var instrument in feed.Shard.Instruments)
            {
                if (instrument.LevelState != BookState.Live)
                {
                    notLive++;
                    continue;
                }

                live++;
                var known = Real.Value.At(instrument.Id, feed.Position).Sequence;
                Assert.True(instrument.LastSequence >= known, $"packet {feed.Position}: instrument {instrument.Id} says Live at {instrument.LastSequence}, and {known} was sent");
                var truth = Real.Value.AtSequence(instrument.Id, instrument.LastSequence);
                Assert.Equal((instrument.Id, truth.Text), (instrument.Id, Truth.TextOf(instrument)));
            }
        }

        Assert.InRange(feed.Receiver.Counters.Gaps, atLeastGaps, long.MaxValue);
        Assert.InRange(feed.Shard.Counters.Recoveries + feed.Shard.Counters.Joins, 10, long.MaxValue);
        Assert.InRange(live, 5_000, long.MaxValue);
        Assert.InRange(notLive, 5_000, long.MaxValue);
    }

    private static readonly (BookSide Side, char Type)[] Sides = [(BookSide.Bid, '0'), (BookSide.Ask, '1')];

    private readonly record struct RealPacket(int Line, uint Sequence, long TimeNs, byte[] Payload);

    private static List<RealPacket> Arrivals(string name)
    {
        var packets = new List<RealPacket>();
        foreach (var (bytes, timeNs, link) in MemorySource.Read(SharedCaptures.PathOf(name)))
        {
            Assert.Equal(FrameError.None, FrameParser.TryParse(link, bytes, out var datagram));
            var payload = bytes[datagram.PayloadOffset..(datagram.PayloadOffset + datagram.PayloadLength)];
            packets.Add(new RealPacket(datagram.DestinationPort == 14_320 ? 0 : 1, BinaryPrimitives.ReadUInt32LittleEndian(payload), timeNs, payload));
        }

        return packets;
    }

    private static IEnumerable<RealPacket> Lose(IReadOnlyList<RealPacket> packets, double loss)
    {
        var random = new Random(7);
        return packets.Where(_ => random.NextDouble() >= loss);
    }

    /// <summary>Receiver, ring and shard on the test's thread; images come at the ring, as there are none in the captures.</summary>
    private sealed class LossyFeed
    {
        private readonly ValueRingBuffer<MarketUpdate> _ring = ValueRingBuffer<MarketUpdate>.CreateSingleProducer(static () => default, 4_096, new BusySpinWaitStrategy());
        private readonly RingWriter _writer;
        private readonly Sequence _taken = new();
        private long _position;
        private long _nowNs;

        public LossyFeed(RecoveryMode recovery, bool hasSnapshots)
        {
            _ring.AddGatingSequences(_taken);
            _writer = new RingWriter(_ring, [], waits: false);
            var channel = new ChannelDefinition
            {
                Name = "cme-310",
                Protocol = FeedProtocol.CmeMdp3,
                SchemaPath = Path.Combine(SharedCaptures.Folder, "schemas", "cme", "Cme.Futures.Mdp3.Sbe.v1.8.xml"),
                Incremental = new FeedLines(new LineAddress(1, 1), new LineAddress(1, 2)),
            };
            Receiver = ChannelReceivers.Create(new FeedDefinition([channel]), _writer)[0];
            var options = new ShardOptions { Recovery = recovery, Channels = [new ShardChannelOptions("cme-310", -9, hasSnapshots, HasOrderSnapshots: false)] };
            Shard = new BookShard<NullListener>(options, default);
        }

        public ChannelReceiver Receiver { get; }

        public BookShard<NullListener> Shard { get; }

        /// <summary>The last packet that was delivered or given up.</summary>
        public uint Position => (uint)Receiver.Arbiter.NextSequence - 1;

        public void Take(in RealPacket packet)
        {
            _nowNs = Math.Max(_nowNs, packet.TimeNs);
            if (Receiver.IsWaiting) Receiver.OnIdle(_nowNs);
            Receiver.OnPacket(FeedRole.Incremental, packet.Line, packet.Payload, _nowNs);
            Drain();
        }

        public void Flush()
        {
            Receiver.Flush();
            Drain();
        }

        public void TakeImage(uint instrument, uint lastPacket, in BookVersion version)
        {
            var levels = version.Entries;
            var begin = new MarketUpdate { Kind = UpdateKind.SnapshotBegin, Instrument = instrument, InstrumentSequence = version.Sequence, OrderId = lastPacket, Price = 1, Quantity = 1, Flags = UpdateFlags.Snapshot };
            Shard.OnUpdate(begin, ++_position);
            foreach (var level in levels) Shard.OnUpdate(level with { Instrument = instrument, Flags = UpdateFlags.Snapshot }, ++_position);
            Shard.OnUpdate(new MarketUpdate { Kind = UpdateKind.SnapshotEnd, Instrument = instrument, Quantity = levels.Count, Flags = UpdateFlags.Snapshot | UpdateFlags.EndOfPacket }, ++_position);
        }

        private void Drain()
        {
            _writer.Publish();
            for (var at = _taken.Value + 1; at <= _ring.Cursor; at++) Shard.OnUpdate(_ring[at], ++_position);
            _taken.SetValue(_ring.Cursor);
        }
    }

    /// <summary>An instrument's naive book at the end of a packet that changed it.</summary>
    private sealed record BookVersion(uint Packet, uint Sequence, Dictionary<char, string> Levels, IReadOnlyList<MarketUpdate> Entries, bool IsWhole)
    {
        public string Text => string.Join(" | ", Levels['0'], Levels['1'], Levels['E'], Levels['F']);
    }

    /// <summary>The naive books after every packet of the complete capture.</summary>
    private sealed class Truth
    {
        private static readonly BookVersion Nothing = new(0, 0, new() { ['0'] = "", ['1'] = "", ['E'] = "", ['F'] = "" }, [], IsWhole: false);

        private readonly Dictionary<uint, List<BookVersion>> _versions = [];

        public Truth(IEnumerable<RealPacket> packets)
        {
            var reference = new ReferenceBook();
            foreach (var packet in packets.DistinctBy(packet => packet.Sequence).OrderBy(packet => packet.Sequence))
            {
                reference.Apply(packet.Payload);
                foreach (var (id, instrument) in reference.Instruments)
                {
                    if (!_versions.TryGetValue((uint)id, out var versions)) _versions.Add((uint)id, versions = []);
                    if (versions.Count == 0 || versions[^1].Sequence != instrument.Sequence) versions.Add(Version(packet.Sequence, instrument));
                }
            }
        }

        public BookVersion At(uint instrument, uint packet) => _versions.GetValueOrDefault(instrument)?.FindLast(version => version.Packet <= packet) ?? Nothing;

        /// <summary>The book at the instrument's number, or at the last before it that ended a packet.</summary>
        public BookVersion AtSequence(uint instrument, uint sequence) => _versions[instrument].FindLast(version => version.Sequence <= sequence)!;

        /// <summary>Instruments of which every level of the full depth was seen: these alone can have an image.</summary>
        public IEnumerable<uint> WholeBooks(uint packet) => _versions.Keys.Where(id => At(id, packet).IsWhole);

        public static string TextOf(FeedHandler.Actors.Instrument instrument) => string.Join(
            " | ",
            BookText.Levels(instrument.Outright, BookSide.Bid),
            BookText.Levels(instrument.Outright, BookSide.Ask),
            BookText.Levels(instrument.Implied, BookSide.Bid),
            BookText.Levels(instrument.Implied, BookSide.Ask));

        /// <summary>The first number of an instrument in a packet; 0 where it has none.</summary>
        public static uint FirstSequenceIn(byte[] packet, int instrument)
        {
            // One message at a time: the naive book keeps the last number only.
            for (var at = 12; at < packet.Length;)
            {
                var size = BinaryPrimitives.ReadUInt16LittleEndian(packet.AsSpan(at));
                var book = new ReferenceBook();
                book.Apply([.. packet[..12], .. packet[at..(at + size)]]);
                if (book.Instruments.TryGetValue(instrument, out var found) && found.Sequence != 0) return found.Sequence - Others(packet.AsSpan(at, size), instrument);
                at += size;
            }

            return 0;
        }

        /// <summary>Entries of an instrument in one message, but for the first.</summary>
        private static uint Others(ReadOnlySpan<byte> message, int instrument)
        {
            var template = BinaryPrimitives.ReadUInt16LittleEndian(message[4..]);
            var group = message[(10 + BinaryPrimitives.ReadUInt16LittleEndian(message[2..]))..];
            var size = BinaryPrimitives.ReadUInt16LittleEndian(group);
            var place = template switch { 32 or 42 or 33 => 12, 35 => 8, 37 => 4, 34 => 24, _ => throw new NotSupportedException($"template {template}") };
            var count = 0u;
            for (var i = 0; i < group[2]; i++)
            {
                if (BinaryPrimitives.ReadInt32LittleEndian(group[(3 + (i * size) + place)..]) == instrument) count++;
            }

            return count - 1;
        }

        private static BookVersion Version(uint packet, ReferenceInstrument instrument)
        {
            var levels = instrument.Levels.Keys.ToDictionary(type => type, instrument.LevelText);
            var isWhole = instrument.Levels.Values.All(side => side.TrueForAll(level => level is not null)) && instrument.Levels['0'].Count == 10 && instrument.Levels['1'].Count == 10;
            return new BookVersion(packet, instrument.Sequence, levels, isWhole ? Entries(instrument) : [], isWhole);
        }

        private static List<MarketUpdate> Entries(ReferenceInstrument instrument)
        {
            var entries = new List<MarketUpdate>();
            foreach (var (type, side) in instrument.Levels)
            {
                for (var i = 0; i < side.Count; i++)
                {
                    entries.Add(new MarketUpdate
                    {
                        Kind = type is '0' or '1' ? UpdateKind.Level : UpdateKind.ImpliedLevel,
                        Side = type is '0' or 'E' ? BookSide.Bid : BookSide.Ask,
                        Level = (byte)(i + 1),
                        Price = (long)(side[i]!.Price * 1_000_000_000m),
                        Quantity = side[i]!.Quantity,
                        OrderCount = side[i]!.Orders,
                    });
                }
            }

            return entries;
        }
    }
}
