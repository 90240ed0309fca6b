using FeedHandler.Codecs;

namespace FeedHandler.Actors;

/// <summary>What a shard tells while it works. Called on the shard's thread: do not block, do not keep references.</summary>
/// <remarks>Implement it as a struct: the shard is generic over it, so that the calls are inlined and nothing is allocated.</remarks>
public interface IShardListener
{
    /// <summary>An update was applied to one of the instrument's books, in any state. Books may be inconsistent until the end of the event.</summary>
    void OnBookUpdate(Instrument instrument, in MarketUpdate update);

    /// <summary>A book was replaced as a whole: by a snapshot, a reset, or because it is no longer trusted.</summary>
    void OnBookReplaced(Instrument instrument, BookType book, StateReason reason);

    /// <summary>A book's state changed; the new state is in the instrument.</summary>
    void OnStateChanged(Instrument instrument, BookType book, BookState before, StateReason reason);

    /// <summary>A trade, statistic, status, definition … of this shard's instrument, or (instrument null) of a whole channel.</summary>
    void OnInformation(Instrument? instrument, in MarketUpdate update);

    /// <summary>A market event ended and changed this instrument. Books are consistent now.</summary>
    void OnEndOfEvent(Instrument instrument, in MarketUpdate last);

    /// <summary>A packet ended and changed this instrument.</summary>
    /// <param name="instrument">The instrument.</param>
    /// <param name="packetSequence">Low 32 bits of the channel's incremental sequence.</param>
    /// <param name="position">Place of the packet's last update in the order of its RX core's updates: equal in all shards.</param>
    void OnEndOfPacket(Instrument instrument, uint packetSequence, long position);

    /// <summary>Whether <see cref="OnEndOfPacket"/> is wanted.</summary>
    bool WantsPackets { get; }

    /// <summary>All that ended with this update was told: a batch may be sent.</summary>
    void OnFlush(in MarketUpdate last);
}

/// <summary>Listens to nothing.</summary>
public readonly struct NullListener : IShardListener
{
    /// <inheritdoc/>
    public bool WantsPackets => false;

    /// <inheritdoc/>
    public void OnBookUpdate(Instrument instrument, in MarketUpdate update) { }

    /// <inheritdoc/>
    public void OnBookReplaced(Instrument instrument, BookType book, StateReason reason) { }

    /// <inheritdoc/>
    public void OnStateChanged(Instrument instrument, BookType book, BookState before, StateReason reason) { }

    /// <inheritdoc/>
    public void OnInformation(Instrument? instrument, in MarketUpdate update) { }

    /// <inheritdoc/>
    public void OnEndOfEvent(Instrument instrument, in MarketUpdate last) { }

    /// <inheritdoc/>
    public void OnEndOfPacket(Instrument instrument, uint packetSequence, long position) { }

    /// <inheritdoc/>
    public void OnFlush(in MarketUpdate last) { }
}
