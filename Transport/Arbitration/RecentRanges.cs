namespace FeedHandler.Transport;

/// <summary>The most recent ranges of sequence numbers, half-open: holes of one line, or declared gaps. Forgets the oldest.</summary>
internal sealed class RecentRanges
{
    // More than the holes that fit into 64 packets of reordering at 20 % loss; small enough for a scan.
    private const int Capacity = 64;

    private readonly ulong[] _from = new ulong[Capacity];
    private readonly ulong[] _to = new ulong[Capacity];
    private int _next;

    /// <summary>End of the highest range ever added since the last <see cref="Clear"/>; 0 if there is none.</summary>
    public ulong End { get; private set; }

    public void Clear()
    {
        Array.Clear(_from);
        Array.Clear(_to);
        _next = 0;
        End = 0;
    }

    public void Add(ulong from, ulong to)
    {
        _from[_next] = from;
        _to[_next] = to;
        _next = (_next + 1) & (Capacity - 1);
        End = Math.Max(End, to);
    }

    public bool Intersects(ulong from, ulong to)
    {
        if (from >= End) return false;
        for (var i = 0; i < Capacity; i++)
        {
            // A range that was used up is empty, wherever it lies.
            if (Math.Max(from, _from[i]) < Math.Min(to, _to[i])) return true;
        }

        return false;
    }

    /// <summary>Takes out what is known of [from, to), and returns how much that was.</summary>
    public ulong Remove(ulong from, ulong to)
    {
        if (from >= End) return 0;
        ulong removed = 0;
        for (var i = 0; i < Capacity; i++)
        {
            var low = Math.Max(from, _from[i]);
            var high = Math.Min(to, _to[i]);
            if (low >= high) continue;
            removed += high - low;
            var oldTo = _to[i];
            if (low == _from[i])
            {
                _from[i] = high;
            }
            else
            {
                _to[i] = low;
                // The part above the cut is disjoint from [from, to), so meeting it again in this loop changes nothing.
                if (high < oldTo) Add(high, oldTo);
            }
        }

        return removed;
    }
}
