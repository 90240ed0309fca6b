namespace FeedHandler.Actors;

/// <summary>What the self-audit of one shard came to.</summary>
/// <remarks>Written by the shard's thread; others read it for display.</remarks>
public sealed class ShardAudit
{
    /// <summary>Differences that are kept in words; more are counted only.</summary>
    public const int MaxReports = 64;

    private readonly List<AuditReport> _reports = [];

    /// <summary>Images of price levels compared with a Live book at the same sequence.</summary>
    public long LevelImages { get; internal set; }

    /// <summary>Images of orders compared with a Live book at the same packet.</summary>
    public long OrderImages { get; internal set; }

    /// <summary>Times that the levels that follow from the orders were compared with the price levels.</summary>
    public long DerivedLevels { get; internal set; }

    /// <summary>Images of Live books that were older or younger than the book, so that nothing could be compared.</summary>
    public long NotComparable { get; internal set; }

    /// <summary>Comparisons that found a difference.</summary>
    public long Differences { get; private set; }

    /// <summary>The first differences, oldest first.</summary>
    public IReadOnlyList<AuditReport> Reports => _reports;

    internal void Add(AuditReport report)
    {
        Differences++;
        if (_reports.Count < MaxReports) _reports.Add(report);
    }

    internal void Add(ShardAudit other)
    {
        LevelImages += other.LevelImages;
        OrderImages += other.OrderImages;
        DerivedLevels += other.DerivedLevels;
        NotComparable += other.NotComparable;
        Differences += other.Differences;
        _reports.AddRange(other._reports.Take(MaxReports - _reports.Count));
    }
}

/// <summary>What a comparison of the self-audit is about.</summary>
public enum AuditCheck : byte
{
    /// <summary>The venue's image of the price levels.</summary>
    LevelImage = 0,

    /// <summary>The venue's image of the orders.</summary>
    OrderImage = 1,

    /// <summary>The levels that follow from the orders, against the price levels.</summary>
    DerivedLevels = 2,
}

/// <summary>A book that said Live and differed.</summary>
/// <param name="Channel">Index of the channel.</param>
/// <param name="Instrument">Venue's id.</param>
/// <param name="Symbol">Venue's symbol; empty where no definition came.</param>
/// <param name="Check">What was compared.</param>
/// <param name="PacketSequence">Last packet that the image includes, or that the books include.</param>
/// <param name="Book">Our book in words.</param>
/// <param name="Reference">What it was compared with, in words.</param>
public sealed record AuditReport(int Channel, uint Instrument, string Symbol, AuditCheck Check, uint PacketSequence, string Book, string Reference);
