using System.Numerics;
using FeedHandler.Actors;
using FeedHandler.Codecs;
using FeedHandler.Replay.Synthetic;

namespace FeedHandler.Simulation;

/// <summary>One number for the content of a book, computed on the venue's books and on the handler's by separate code.</summary>
internal static class BookHash
{
    private const ulong Prime = 0x9E37_79B9_7F4A_7C15;

    public static ulong Levels(InstrumentBook book)
    {
        var hash = Ladder(Prime, book, book.BidLevels, implied: false);
        hash = Ladder(hash, book, book.AskLevels, implied: false);
        hash = Ladder(hash, book, book.ImpliedBidLevels, implied: true);
        return Ladder(hash, book, book.ImpliedAskLevels, implied: true);
    }

    public static ulong Levels(FeedHandler.Actors.Instrument instrument) => Levels(instrument.Outright, instrument.Implied, depth: 0);

    /// <summary>Of the best levels of each side; depth 0: of all.</summary>
    public static ulong Levels(MbpBook outright, MbpBook? implied, int depth)
    {
        var hash = Ladder(Prime, Top(outright, BookSide.Bid, depth));
        hash = Ladder(hash, Top(outright, BookSide.Ask, depth));
        hash = Ladder(hash, Top(implied, BookSide.Bid, depth));
        return Ladder(hash, Top(implied, BookSide.Ask, depth));
    }

    private static ReadOnlySpan<PriceLevel> Top(MbpBook? book, BookSide side, int depth)
    {
        var levels = book is null ? [] : book.Levels(side);
        return depth == 0 || levels.Length <= depth ? levels : levels[..depth];
    }

    /// <summary>Of no orders at all.</summary>
    public static readonly ulong NoOrders = Mix(Mix(Prime, 0), 0);

    public static ulong Orders(InstrumentBook book)
    {
        var hash = Queues(Prime, book, book.Bids);
        return Queues(hash, book, book.Asks);
    }

    public static ulong Orders(MboBook book)
    {
        var hash = Queues(Prime, book, BookSide.Bid);
        return Queues(hash, book, BookSide.Ask);
    }

    private static ulong Ladder(ulong hash, InstrumentBook book, PublishedLadder ladder, bool implied)
    {
        hash = Mix(hash, (ulong)ladder.Count);
        foreach (ref readonly var level in ladder.Levels)
        {
            hash = Mix(hash, (ulong)book.Instrument.Mantissa(level.PriceTicks));
            hash = Mix(hash, (ulong)level.Quantity);
            hash = Mix(hash, implied ? ulong.MaxValue : (ulong)level.Orders);
        }

        return hash;
    }

    private static ulong Ladder(ulong hash, ReadOnlySpan<PriceLevel> levels)
    {
        hash = Mix(hash, (ulong)levels.Length);
        foreach (ref readonly var level in levels)
        {
            hash = Mix(hash, (ulong)level.Price);
            hash = Mix(hash, (ulong)level.Quantity);
            hash = Mix(hash, (ulong)level.Orders);
        }

        return hash;
    }

    private static ulong Queues(ulong hash, InstrumentBook book, BookHalf half)
    {
        hash = Mix(hash, (ulong)half.Queues.Count);
        for (var i = 0; i < half.Queues.Count; i++)
        {
            var queue = half.Queues[i];
            hash = Mix(hash, (ulong)book.Instrument.Mantissa(queue.PriceTicks));
            for (var j = 0; j < queue.Orders.Count; j++)
            {
                var order = queue.Orders[j];
                hash = Mix(hash, order.Id);
                hash = Mix(hash, order.Priority);
                hash = Mix(hash, (ulong)order.Quantity);
            }
        }

        return hash;
    }

    private static ulong Queues(ulong hash, MboBook book, BookSide side)
    {
        var levels = book.LevelCount(side);
        hash = Mix(hash, (ulong)levels);
        for (var i = 0; i < levels; i++)
        {
            hash = Mix(hash, (ulong)book.LevelAt(side, i).Price);
            foreach (ref readonly var order in book.OrdersAt(side, i))
            {
                hash = Mix(hash, order.Id);
                hash = Mix(hash, order.Priority);
                hash = Mix(hash, (ulong)order.Quantity);
            }
        }

        return hash;
    }

    private static ulong Mix(ulong hash, ulong value) => BitOperations.RotateLeft((hash ^ value) * Prime, 29);
}
