using FeedHandler.Codecs;

namespace FeedHandler.Actors;

/// <summary>One price of one book side.</summary>
public struct PriceLevel
{
    /// <summary>Price mantissa; <see cref="MarketUpdate.NullPrice"/> marks a level that is not known (only in books that are not Live).</summary>
    public long Price;

    /// <summary>Quantity in the venue's unit.</summary>
    public long Quantity;

    /// <summary>Number of orders, or -1 where the venue does not say.</summary>
    public int Orders;

    /// <summary>Whether the level is known.</summary>
    public readonly bool IsKnown => Price != MarketUpdate.NullPrice;
}

/// <summary>What applying an update to a book gave.</summary>
public enum BookResult : byte
{
    /// <summary>Applied.</summary>
    Ok = 0,

    /// <summary>The update names a level or order that the book does not have, or has already: book and venue differ.</summary>
    Contradiction = 1,

    /// <summary>A bound of the book was reached; the update was not applied.</summary>
    Overflow = 2,
}
