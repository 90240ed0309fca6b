using FeedHandler.Codecs;

namespace FeedHandler.Actors;

/// <summary>An instrument's outright best bid and ask after a packet that changed one of them.</summary>
/// <remarks>Blittable: sinks may keep rows as bytes.</remarks>
public struct BboRow
{
    /// <summary>
    /// Place in the order of the run: rows of one packet share it, rows of later packets have a greater one, whichever shard
    /// writes them. Each RX core has a range of places of its own, as there is no order between packets of different cores.
    /// </summary>
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
    /// <summary>Opens a stream, before its shard starts: one for each shard; where there are several RX cores, one for each shard and core.</summary>
    /// <param name="shard">Number of the shard, from 0, or of the stream; each is opened once.</param>
    IBboWriter OpenShard(int shard);
}

/// <summary>The stream of one shard, from one RX core.</summary>
/// <remarks>Owned by the shard's thread until the run has completed.</remarks>
public interface IBboWriter
{
    /// <summary>Adds a row. Positions never decrease.</summary>
    void Write(in BboRow row);
}
