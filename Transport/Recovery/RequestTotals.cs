namespace FeedHandler.Transport;

/// <summary>What a <see cref="RetransmissionClient"/> has asked for.</summary>
/// <param name="Requests">Requests sent, repeated ones included.</param>
/// <param name="Requested">Sequence numbers asked for, each once however often its request was repeated.</param>
/// <param name="Answers">Packets that came back.</param>
/// <param name="GivenUp">Ranges that were given up: too many attempts, or too much missing.</param>
public readonly record struct RequestTotals(long Requests, long Requested, long Answers, long GivenUp);

/// <summary>Sequence numbers that were asked for: they ascend within a session, so their end is enough to count each once.</summary>
internal struct RequestedNumbers
{
    private ulong _end;

    /// <summary>Adds a half-open range.</summary>
    /// <returns>How many of it are new.</returns>
    public long Add(ulong from, ulong to)
    {
        var first = Math.Max(from, _end);
        if (to <= first) return 0;
        _end = to;
        return (long)(to - first);
    }

    /// <summary>The venue started its sequence again.</summary>
    public void Clear() => _end = 0;
}
