using FeedHandler.Codecs;

namespace FeedHandler.Actors;

/// <summary>An instrument's outright best bid and ask after a packet that changed one of them.</summary>
/// <remarks>Blittable: sinks may keep rows as bytes.</remarks>
public struct BboRow
{
    /// <summary>Place in the order of the run: rows of one packet share it, rows of later packets have a greater one, whichever shard writes them.</summary>
    public long Position;

    /// <summary>Sequence number of the packet.</summary>
    public long PacketSequence;

    /// <summary>Mantissa of the best bid, or <see cref="MarketUpdate.NullPrice"/> when the side is empty.</summary>
    public long BidPrice;

    /// <summary>Quantity at the best bid.</summary>
    public long BidQuantity;

    /// <summary>Mantissa of the best ask, or <see cref="MarketUpdate.NullPrice"/> when the side is empty.</summary>
    public long AskPrice;

    /// <summary>Quantity at the best ask.</summary>
    public long AskQuantity;

    /// <summary>Venue's instrument id.</summary>
    public uint Instrument;

    /// <summary>Index of the channel.</summary>
    public ushort Channel;
}

/// <summary>Takes the stream of best bids and asks of a run.</summary>
public interface IBboSink
{
    /// <summary>Opens the stream of one shard, before the shard starts.</summary>
    /// <param name="shard">Number of the shard, from 0; each is opened once.</param>
    IBboWriter OpenShard(int shard);
}

/// <summary>The stream of one shard.</summary>
/// <remarks>Owned by the shard's thread until the run has completed.</remarks>
public interface IBboWriter
{
    /// <summary>Adds a row. Positions never decrease.</summary>
    void Write(in BboRow row);
}
