using FeedHandler.Codecs;
using static FeedHandler.Actors.Tests.Shards.ShardDriver;

namespace FeedHandler.Actors.Tests.Shards;

/// <summary>
/// A random venue over a lossy line with snapshot loops that run behind and ahead of it. After every packet a book that
/// says Live must be the venue's; when the loss ends, every book must become Live; and all numbers of shards must agree.
/// </summary>
public sealed class RecoverySimulationTests
{
    /// <summary>Runs of a group; SIMULATION_SEEDS asks for more than the everyday number.</summary>
    private static readonly int Seeds = int.Parse(Environment.GetEnvironmentVariable("SIMULATION_SEEDS") ?? "30");

    private const int Packets = 500, CalmPackets = 60, MostLag = 6;

    [Theory]
    [InlineData(1, 1u)]
    [InlineData(2, 1u)]
    [InlineData(3, 5_000u)]
    [InlineData(4, 5_000u)]
    [InlineData(5, uint.MaxValue - 200)]
    public void No_book_is_Live_and_wrong_and_every_book_becomes_Live(int group, uint firstPacket)
    {
        for (var seed = 0; seed < Seeds; seed++) Run((group * 1_000) + seed, firstPacket, shards: 1 + (seed % 5), resetChance: seed % 3 == 0 ? 0.02 : 0);
    }

    [Theory]
    [InlineData(2)]
    [InlineData(3)]
    [InlineData(4)]
    [InlineData(5)]
    public void Number_of_shards_changes_no_state_and_no_book_at_any_packet(int shards)
    {
        for (var seed = 0; seed < 12; seed++)
        {
            var one = Run(seed, firstPacket: 1 + (uint)(seed % 2 * 100), shards: 1, resetChance: 0.02);
            Assert.Equal(one, Run(seed, firstPacket: 1 + (uint)(seed % 2 * 100), shards, resetChance: 0.02));
        }
    }

    /// <returns>All states and books after each packet.</returns>
    private static List<string> Run(int seed, uint firstPacket, int shards, double resetChance)
    {
        var random = new Random(seed);
        var venue = new VenueModel(random, instruments: 7) { Sequence = 0 };

        // The venue has a past that the receiver did not see, unless it starts at 1.
        for (var i = 0; i < (firstPacket == 1 ? 0 : 40); i++) venue.NextPacket(0);
        venue.History[firstPacket - 1] = venue.History[venue.Sequence];
        venue.Sequence = firstPacket - 1;
        var feed = new ShardDriver(shards, depth: VenueModel.Depth, buffer: 200);
        var trace = new List<string>();
        var pending = new Queue<(uint Sequence, MarketUpdate[] Updates)>();
        var delivered = firstPacket - 1;
        var lossLeft = 0;
        uint? lostFrom = null;
        for (var step = 0; step < Packets + CalmPackets; step++)
        {
            var isCalm = step >= Packets;
            var packet = venue.NextPacket(isCalm ? 0 : resetChance);
            pending.Enqueue((venue.Sequence, packet));
            if (random.Next(2) == 0 || isCalm) Snapshot(feed, venue, random, (uint)(isCalm ? step : random.Next(venue.Instruments)));
            Check(feed, venue, delivered, seed);
            while (pending.Count > (isCalm ? 0 : random.Next(MostLag)))
            {
                var (sequence, updates) = pending.Dequeue();
                if (lossLeft == 0 && !isCalm && random.Next(25) == 0) (lossLeft, lostFrom) = (random.Next(1, 8), sequence);
                if (lossLeft > 0 && !isCalm)
                {
                    lossLeft--;
                    continue;
                }

                lossLeft = 0;
                if (lostFrom is { } from)
                {
                    // The first packets may be lost as well: then the feed starts later.
                    if (delivered != firstPacket - 1) feed.Gap(from, sequence);
                    lostFrom = null;
                    Check(feed, venue, sequence - 1, seed);
                }

                feed.Packet(sequence, updates);
                delivered = sequence;
                Check(feed, venue, delivered, seed);
            }

            trace.Add(string.Join("; ", feed.Instruments.OrderBy(i => i.Id).Select(i => $"{i.Id} {i.LevelState} {VenueBook.LevelText(i)} {i.OrderState} {i.Gaps} {i.Recoveries} {i.LastSequence}")));
        }

        foreach (var instrument in feed.Instruments)
        {
            if (instrument.State == BookState.Live) continue;
            Assert.Fail($"seed {seed}: instrument {instrument.Id} is {instrument.LevelState}/{instrument.OrderState} after {CalmPackets} packets without loss");
        }

        return trace;
    }

    /// <summary>An image of one instrument, of the venue's last packet or one of the few before it.</summary>
    private static void Snapshot(ShardDriver feed, VenueModel venue, Random random, uint index)
    {
        var packet = venue.Sequence - (uint)random.Next(4);
        if (!venue.History.TryGetValue(packet, out var books)) return;
        var id = (index % (uint)books.Length) + 1;
        var book = books[id - 1];
        var levels = new List<MarketUpdate>();
        for (var side = 0; side < 2; side++)
        {
            for (var i = 0; i < book.Levels[side].Count; i++) levels.Add(Level(id, 0, BookAction.New, i + 1, book.Levels[side][i], (BookSide)side));
        }

        feed.Image(id, SnapshotBook.Levels, packet, book.Sequence, 1, 1, [.. levels]);
        MarketUpdate[] orders = [.. book.Orders.Select(o => Order(id, BookAction.New, o.Key, o.Value))];
        var half = random.Next(orders.Length + 1);
        feed.Image(id, SnapshotBook.Orders, packet, 0, 2, 2, orders[half..]);
        feed.Image(id, SnapshotBook.Orders, packet, 0, 1, 2, orders[..half]);
    }

    /// <param name="feed">The shards.</param>
    /// <param name="venue">The truth.</param>
    /// <param name="delivered">Last packet that the shards know of.</param>
    /// <param name="seed">Names the run.</param>
    private static void Check(ShardDriver feed, VenueModel venue, uint delivered, int seed)
    {
        foreach (var i in feed.Instruments)
        {
            if (i.LevelState == BookState.Live) Same(i, AsOf(i.Levels), book => book.LevelText(), VenueBook.LevelText(i));
            if (i.OrderState != BookState.Live || i.Orders is null) continue;
            Assert.Null(i.Orders.CheckInvariants());
            Same(i, AsOf(i.OrderRecovery), book => book.OrderText(), VenueBook.OrderText(i));
        }

        uint AsOf(in RecoveryState recovery) => recovery.HasAsOf && (int)(recovery.AsOfPacket - delivered) > 0 ? recovery.AsOfPacket : delivered;

        void Same(Instrument i, uint packet, Func<VenueBook, string> text, string actual)
        {
            var expected = text(venue.History[packet][i.Id - 1]);
            if (expected != actual) Assert.Fail($"seed {seed}, packet {packet}, instrument {i.Id}: venue {expected}, book {actual}\n{string.Join('\n', feed.Log.TakeLast(200))}");
        }
    }
}
