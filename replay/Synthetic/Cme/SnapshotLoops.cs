using System.Runtime.InteropServices;

namespace FeedHandler.Replay.Synthetic.Cme;

/// <summary>A feed that sends all instruments again and again, each cycle from packet sequence 1.</summary>
internal abstract class CyclicFeed(PacketBuilder packets, IReadOnlyList<InstrumentBook> books, long stepNs)
{
    protected const int MaxMessageBytes = PacketBuilder.MaxPayloadBytes - CmeEncoder.PacketHeaderBytes;
    private const uint FirstSequence = 1;

    private int _next;

    protected PacketBuilder Packets { get; } = packets;

    protected IReadOnlyList<InstrumentBook> Books { get; } = books;

    /// <summary>When the next step is due, in market time.</summary>
    public ulong DueNs { get; set; } = stepNs == 0 ? ulong.MaxValue : 0;

    /// <summary>Cycles that are complete.</summary>
    public long Cycles { get; private set; }

    /// <summary>The feed falls silent after this many cycles.</summary>
    public long StopAfterCycles { get; set; } = long.MaxValue;

    /// <summary>Sends the next instruments, as many as go into one step.</summary>
    /// <param name="lastPacketSequence">Sequence of the last incremental packet that the images include.</param>
    public void Step(uint lastPacketSequence)
    {
        DueNs += (ulong)stepNs;
        int sent = SendFrom(_next, lastPacketSequence);
        Packets.Flush();
        _next += sent;
        if (_next < Books.Count) return;
        Restart();
        Cycles++;
    }

    /// <summary>Starts a new cycle, also when the last one is not complete (channel reset).</summary>
    public void Restart()
    {
        _next = 0;
        Packets.Restart(FirstSequence);
    }

    /// <summary>Writes the image of at least one instrument from an index on; returns of how many.</summary>
    protected abstract int SendFrom(int index, uint lastPacketSequence);
}

/// <summary>Price levels (templates 52, 38): as many instruments as fit one packet.</summary>
internal sealed class SnapshotLoop(CmeEncoder encoder, PacketBuilder packets, IReadOnlyList<InstrumentBook> books, long stepNs)
    : CyclicFeed(packets, books, stepNs)
{
    protected override int SendFrom(int index, uint lastPacketSequence)
    {
        int i = index, bytes = 0;
        for (; i < Books.Count; i++)
        {
            if (Books[i].DefinitionAction is null) continue;
            int size = encoder.SnapshotBytes(Books[i]);
            bytes += size;
            if (bytes > MaxMessageBytes) break;
            encoder.WriteSnapshot(Packets.BeginMessage(size), Books[i], lastPacketSequence, Books.Count);
        }

        return i - index;
    }
}

/// <summary>Every order (templates 53, 44): one instrument a step, in chunks.</summary>
internal sealed class OrderSnapshotLoop(CmeEncoder encoder, PacketBuilder packets, IReadOnlyList<InstrumentBook> books, long stepNs, CmeChannelOptions options)
    : CyclicFeed(packets, books, stepNs)
{
    private readonly List<RestingOrder> _orders = [];

    protected override int SendFrom(int index, uint lastPacketSequence)
    {
        InstrumentBook book = Books[index];
        if (book.DefinitionAction is null) return 1;
        int ordersPerChunk = options.OrdersPerChunk;
        if (options.MboSnapshotHasLevels) encoder.WriteSnapshot(Packets.BeginMessage(encoder.SnapshotBytes(book)), book, lastPacketSequence, Books.Count);
        _orders.Clear();
        foreach (OrderQueue queue in book.Bids.Queues) _orders.AddRange(queue.Orders);
        foreach (OrderQueue queue in book.Asks.Queues) _orders.AddRange(queue.Orders);
        ReadOnlySpan<RestingOrder> all = CollectionsMarshal.AsSpan(_orders);
        int chunks = Math.Max(1, (all.Length + ordersPerChunk - 1) / ordersPerChunk);
        for (int chunk = 0; chunk < chunks; chunk++)
        {
            ReadOnlySpan<RestingOrder> part = all[(chunk * ordersPerChunk)..Math.Min((chunk + 1) * ordersPerChunk, all.Length)];
            Span<byte> message = Packets.BeginMessage(CmeEncoder.OrderSnapshotBytes(part.Length));
            encoder.WriteOrderSnapshot(message, book, lastPacketSequence, Books.Count, chunks, chunk + 1, part);
        }

        return 1;
    }
}

/// <summary>Instrument definitions: as many as fit one packet.</summary>
internal sealed class DefinitionLoop(CmeEncoder encoder, PacketBuilder packets, IReadOnlyList<InstrumentBook> books, long stepNs, short channelId, ulong weekStartNs)
    : CyclicFeed(packets, books, stepNs)
{
    protected override int SendFrom(int index, uint lastPacketSequence)
    {
        int i = index, bytes = 0;
        for (; i < Books.Count; i++)
        {
            if (Books[i].DefinitionAction is null) continue;
            int size = encoder.DefinitionBytes(Books[i].Instrument);
            bytes += size;
            if (bytes > MaxMessageBytes) break;
            encoder.WriteDefinition(Packets.BeginMessage(size), Books[i], Books.Count, channelId, weekStartNs);
        }

        return i - index;
    }
}
