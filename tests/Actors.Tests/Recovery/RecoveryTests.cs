using FeedHandler.Codecs;

namespace FeedHandler.Actors.Tests.Recovery;

public sealed class RecoveryTests
{
    private static readonly ShardChannel Channel = new(0, new ShardOptions { Channels = [new ShardChannelOptions("c", -9, HasLevelSnapshots: true, HasOrderSnapshots: true)], RecoveryBufferUpdates = 1 });

    private readonly Instrument _a = new(0, Channel, 1);
    private readonly Instrument _b = new(1, Channel, 2);
    private readonly OrderStaging _staging = new();

    [Fact]
    public void Buffer_chains_each_instrument_in_order()
    {
        var buffer = new RecoveryBuffer(8);
        for (uint packet = 1; packet <= 6; packet++) buffer.Append(packet % 3 == 0 ? _b : _a, Level(packet));
        Assert.Equal([1u, 2u, 4u, 5u], Packets(buffer, _a));
        Assert.Equal([3u, 6u], Packets(buffer, _b));
    }

    [Fact]
    public void An_overwritten_update_moves_what_a_snapshot_must_include()
    {
        var buffer = new RecoveryBuffer(3);
        for (uint packet = 10; packet <= 14; packet++) buffer.Append(_a, Level(packet));
        Assert.Equal([12u, 13u, 14u], Packets(buffer, _a));
        Assert.Equal(12u, _a.Levels.RequiredFrom);
        Assert.Equal(0u, _a.OrderRecovery.RequiredFrom);
        Assert.Equal(2, buffer.Overwritten);
    }

    [Fact]
    public void An_overwritten_update_from_before_the_loss_moves_nothing_back()
    {
        var buffer = new RecoveryBuffer(2);
        buffer.Append(_a, Level(10));
        buffer.Append(_a, Level(11));
        _a.Levels.RequiredFrom = 100;
        buffer.Append(_a, Level(100));
        Assert.Equal(100u, _a.Levels.RequiredFrom);
    }

    [Fact]
    public void Dropped_updates_are_overwritten_without_a_trace()
    {
        var buffer = new RecoveryBuffer(3);
        for (uint packet = 1; packet <= 3; packet++) buffer.Append(_a, Level(packet));
        buffer.Drop(_a);
        Assert.Empty(Packets(buffer, _a));
        for (uint packet = 4; packet <= 6; packet++) buffer.Append(_b, Level(packet));
        Assert.Equal((0L, 0u), (buffer.Overwritten, _a.Levels.RequiredFrom));
        Assert.Equal([4u, 5u, 6u], Packets(buffer, _b));
    }

    [Fact]
    public void Buffer_equals_a_list_over_random_operations()
    {
        const int Capacity = 37;
        var random = new Random(3);
        var buffer = new RecoveryBuffer(Capacity);
        var instruments = Enumerable.Range(0, 5).Select(i => new Instrument(i, Channel, (uint)i + 1)).ToArray();
        var log = new List<(int Owner, uint Packet)>();
        for (uint i = 1; i < 50_000; i++)
        {
            var owner = random.Next(instruments.Length);
            if (random.Next(40) == 0)
            {
                buffer.Drop(instruments[owner]);
                for (var k = 0; k < log.Count; k++) if (log[k].Owner == owner) log[k] = (-1, 0);
            }

            buffer.Append(instruments[owner], Level(i));
            log.Add((owner, i));
            if (log.Count > Capacity) log.RemoveAt(0);
            var shown = random.Next(instruments.Length);
            Assert.Equal(log.Where(e => e.Owner == shown).Select(e => e.Packet), Packets(buffer, instruments[shown]));
            Assert.Equal(log.Count(e => e.Owner == shown), buffer.Count(instruments[shown]));
        }
    }

    /// <summary>A shard that forgets a million updates must not stop for as long as it took to buffer them.</summary>
    [Fact]
    public void Forgetting_much_takes_no_longer_than_forgetting_little()
    {
        const int Updates = 200_000;
        var buffer = new RecoveryBuffer(Updates);
        var shortest = TimeSpan.MaxValue;
        for (var attempt = 0; attempt < 5; attempt++)
        {
            for (uint packet = 1; packet <= Updates; packet++) buffer.Append(_a, Level(packet));
            var started = TimeProvider.System.GetTimestamp();
            buffer.Drop(_a);
            var took = TimeProvider.System.GetElapsedTime(started);
            if (took < shortest) shortest = took;
        }

        // To look at each of them took a millisecond.
        Assert.InRange(shortest.TotalMicroseconds, 0, 50);
        Assert.Empty(Packets(buffer, _a));
    }

    [Theory]
    [InlineData(1u, 2u, 3u)]
    [InlineData(3u, 1u, 2u)]
    [InlineData(2u, 3u, 1u)]
    public void Chunks_may_come_in_any_order(uint first, uint second, uint third)
    {
        Chunk(first, 3, orders: 2);
        Assert.False(_staging.IsComplete);
        Chunk(second, 3, orders: 3);
        Assert.False(_staging.IsComplete);
        Chunk(third, 3, orders: 1);
        Assert.True(_staging.IsComplete);
        Assert.Equal(6, _staging.Count);
    }

    [Fact]
    public void A_chunk_that_is_there_already_is_not_wanted()
    {
        Chunk(1, 2, orders: 2);
        Assert.False(_staging.Begin(50, 1, 2, maxChunks: 10));
        Chunk(2, 2, orders: 2);
        Assert.True(_staging.IsComplete);
        Assert.Equal(4, _staging.Count);
    }

    [Fact]
    public void A_chunk_of_another_image_starts_anew()
    {
        Chunk(1, 2, orders: 2, lastPacket: 50);
        Chunk(2, 2, orders: 2, lastPacket: 51);
        Assert.False(_staging.IsComplete);
        Chunk(1, 2, orders: 5, lastPacket: 51);
        Assert.True(_staging.IsComplete);
        Assert.Equal((7, 51u), (_staging.Count, _staging.LastPacket));
    }

    [Fact]
    public void Chunk_numbers_that_cannot_be_are_refused()
    {
        Assert.False(_staging.Begin(50, 0, 2, maxChunks: 10));
        Assert.False(_staging.Begin(50, 3, 2, maxChunks: 10));
        Assert.False(_staging.Begin(50, 1, 11, maxChunks: 10));
        Assert.True(_staging.Begin(50, 0, 0, maxChunks: 10));
    }

    [Fact]
    public void Hundreds_of_chunks_are_followed()
    {
        for (uint i = 300; i >= 1; i--) Chunk(i, 300, orders: 1);
        Assert.True(_staging.IsComplete);
        Assert.Equal(300, _staging.Count);
    }

    [Fact]
    public void Orders_past_the_bound_are_refused()
    {
        _staging.Begin(50, 1, 1, maxChunks: 10);
        for (var i = 0; i < 100; i++) Assert.True(_staging.TryAdd(default, 100));
        Assert.False(_staging.TryAdd(default, 100));
        Assert.False(_staging.ChunkHas(101));
    }

    private static MarketUpdate Level(uint packet) => new() { Kind = UpdateKind.Level, PacketSequence = packet };

    private static List<uint> Packets(RecoveryBuffer buffer, Instrument instrument)
    {
        var packets = new List<uint>();
        for (var i = instrument.BufferHead; i >= 0;) packets.Add(buffer.Take(ref i).PacketSequence);
        return packets;
    }

    private void Chunk(uint chunk, uint chunks, int orders, uint lastPacket = 50)
    {
        Assert.True(_staging.Begin(lastPacket, chunk, chunks, maxChunks: 1_000));
        for (var i = 0; i < orders; i++) Assert.True(_staging.TryAdd(default, 1_000));
        Assert.True(_staging.ChunkHas(orders));
    }
}
