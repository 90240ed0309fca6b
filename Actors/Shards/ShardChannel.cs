using System.Numerics;
using System.Runtime.CompilerServices;
using FeedHandler.Codecs;

namespace FeedHandler.Actors;

/// <summary>A shard's view of one channel.</summary>
internal sealed unsafe class ShardChannel(ushort index, ShardOptions shard)
{
    public readonly ushort Index = index;
    public readonly ShardChannelOptions Options = shard.Channels[index];
    public readonly RecoveryBuffer Buffer = new(shard.Channels[index].RecoveryBufferUpdates ?? shard.RecoveryBufferUpdates);
    public readonly InstrumentAdmission Admission = new(shard.Channels[index].MaxInstruments ?? shard.MaxInstruments);
    public readonly OrderQuota Orders = new(shard.Channels[index].MaxOrders ?? shard.MaxOrders);
    public readonly ResetProof Resets = new();

    /// <summary>
    /// Whether its order ids are looked up directly. Of the channels that count their ids up one can have that: another
    /// venue's ids are the same numbers. The others' are hashed.
    /// </summary>
    public readonly bool IsDense = shard.Channels[index].NumbersMessages && !shard.Channels.Take(index).Any(static channel => channel.NumbersMessages);

    /// <summary>Whether an incremental packet was seen.</summary>
    public bool Started;

    /// <summary>The channel's sequence starts with what was seen: instruments that appear now are complete.</summary>
    public bool FromStart;

    /// <summary>The first packet seen was the first of the sequence: nothing came before it.</summary>
    public bool JoinedAtStart;

    /// <summary>Packet of the last incremental update.</summary>
    public uint PacketSequence;

    /// <summary>Sequence that the packet itself bears: that of its first message where messages are numbered.</summary>
    public uint FirstSequence;

    /// <summary>The next update starts a packet.</summary>
    public bool PacketEnded = true;

    /// <summary>The packet at hand could not be read whole: what it lacks may lie before or behind any of its updates, so nothing becomes Live by it.</summary>
    public bool IsPacketBroken;

    /// <summary>The incremental feed has been silent for too long: whatever the books are, the venue's may be others by now.</summary>
    public bool IsSilent;

    /// <summary>The last incremental packet ended in the middle of an event.</summary>
    public bool InsideEvent;

    /// <summary>End of the last gap (or the first packet seen): nothing is missing from here on.</summary>
    public uint CompleteFrom;

    /// <summary>The last status of a group, whose name follows it.</summary>
    public MarketUpdate GroupStatus;

    /// <summary>Instruments changed since the last end of event.</summary>
    public readonly IndexList ChangedInEvent = new();

    private InstrumentRecord*[] _denseBooks = [];

    /// <summary>Venues that number messages number their instruments by 16 bits. Others than these go the long way.</summary>
    private const int DenseInstruments = 1 << 16;

    /// <summary>Notes an instrument whose orders are dense, now that it has a book.</summary>
    public void NoteDense(Instrument instrument)
    {
        if (instrument.Id >= DenseInstruments) return;
        if (instrument.Id >= _denseBooks.Length)
        {
            var larger = new InstrumentRecord*[Math.Min(DenseInstruments, BitOperations.RoundUpToPowerOf2(instrument.Id + 1))];
            for (var i = 0; i < _denseBooks.Length; i++) larger[i] = _denseBooks[i];
            _denseBooks = larger;
        }

        _denseBooks[instrument.Id] = instrument.Record;
    }

    /// <summary>Finds such an instrument by its venue id, without a look at it; null: none.</summary>
    [HotPath]
    [MethodImpl(MethodImplOptions.AggressiveInlining)]
    public InstrumentRecord* FindDense(uint id)
    {
        var books = _denseBooks;
        return id < (uint)books.Length ? books[id] : null;
    }
}

/// <summary>What a shard counted.</summary>
public sealed class ShardCounters
{
    /// <summary>Updates read from the ring, those of other shards included.</summary>
    public long Updates;

    /// <summary>Updates that contradicted a book.</summary>
    public long Contradictions;

    /// <summary>Jumps or steps back in an instrument's own sequence.</summary>
    public long InstrumentGaps;

    /// <summary>Books that a snapshot made Live again after updates were lost.</summary>
    public long Recoveries;

    /// <summary>The same by channel index.</summary>
    public required long[] RecoveriesByChannel { get; init; }

    /// <summary>Books that a snapshot made Live for the first time.</summary>
    public long Joins;

    /// <summary>Snapshots that were older than needed.</summary>
    public long SnapshotsTooOld;

    /// <summary>Snapshots that could not be taken over: torn, or contradicted by the updates after them.</summary>
    public long SnapshotsRejected;

    /// <summary>Books that reached the bound of resting orders.</summary>
    public long OrderOverflows;

    /// <summary>Updates overwritten in a recovery buffer while they were still needed.</summary>
    public long BufferOverwritten;

    /// <summary>Updates refused because their channel had as many instruments as it may have.</summary>
    public long UpdatesRefused;

    /// <summary>Channel resets.</summary>
    public long ChannelResets;
}
