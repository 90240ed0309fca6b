namespace FeedHandler.Transport;

/// <summary>What the shards ask of the RX core of a channel whose books come from images: another one, for a book that the last did not make right.</summary>
/// <remarks>
/// Any shard asks, from its thread; the channel's RX core alone takes. The first demand is met at once. Each that follows
/// waits, twice as long each time, so that a book which no image can make right does not have the whole market sent again
/// and again.
/// </remarks>
public sealed class ImageDemand
{
    /// <summary>With the default of half a minute: every eight minutes at most.</summary>
    private const int MaxPauseDoublings = 4;

    private readonly long _pauseNs;
    private int _isWanted;
    private int _isWantedLater;
    private long _booksRefused;

    // The RX core's own: when an image may be asked for again, and from when on it may be for those who can wait.
    private long _notBeforeNs = long.MinValue;
    private long? _laterFromNs;
    private int _inRow;

    /// <param name="pauseNs">Pause after an image that was asked for here, nanoseconds; twice as long after each that follows, up to sixteen times.</param>
    public ImageDemand(long? pauseNs = null) => _pauseNs = pauseNs ?? new GlimpseOptions().CoolDownNs;

    /// <summary>Books that did not become the image which came for them.</summary>
    public long BooksRefused => Interlocked.Read(ref _booksRefused);

    private long LongestPauseNs => _pauseNs << MaxPauseDoublings;

    /// <summary>A book needs an image. From any thread.</summary>
    public void Ask() => Volatile.Write(ref _isWanted, 1);

    /// <summary>A book had no room: another image helps only when others have become smaller, so nothing is asked before the longest pause. From any thread.</summary>
    public void AskLater() => Volatile.Write(ref _isWantedLater, 1);

    /// <summary>Counts a book that did not become the image. From any thread.</summary>
    public void CountRefused() => Interlocked.Increment(ref _booksRefused);

    /// <summary>Whether an image is to be asked for now. On the RX core.</summary>
    /// <param name="clockNs">The time, by a clock that never goes back.</param>
    public bool IsDue(long clockNs)
    {
        if (Volatile.Read(ref _isWantedLater) != 0) _laterFromNs ??= clockNs + LongestPauseNs;
        return (Volatile.Read(ref _isWanted) != 0 && clockNs >= _notBeforeNs) || clockNs >= _laterFromNs;
    }

    /// <summary>An image is asked for because of this. On the RX core.</summary>
    public void OnAsked(long clockNs)
    {
        // Who was content for long begins anew.
        _inRow = _notBeforeNs == long.MinValue || clockNs - _notBeforeNs > LongestPauseNs ? 0 : _inRow + 1;
        _notBeforeNs = clockNs + (_pauseNs << Math.Min(_inRow, MaxPauseDoublings));
    }

    /// <summary>An image is asked for, for whatever reason: it is for everybody who asked so far. On the RX core.</summary>
    public void OnBegun()
    {
        Volatile.Write(ref _isWanted, 0);
        Volatile.Write(ref _isWantedLater, 0);
        _laterFromNs = null;
    }
}
