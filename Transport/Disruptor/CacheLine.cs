namespace Disruptor;

/// <summary>The unit that the layouts of this assembly are built from.</summary>
internal static class CacheLine
{
    /// <summary>Bytes of a cache line.</summary>
    public const int SizeBytes = 64;

    /// <summary>Intel's adjacent-line prefetcher moves lines in pairs, so two writers want a pair each.</summary>
    public const int PairBytes = 2 * SizeBytes;

    /// <summary>
    /// Padding on either side of a hot field. The GC aligns objects to 8 bytes only, so an 8-byte field needs a pair
    /// less itself on both sides before no aligned pair can hold it and a neighbour's field.
    /// </summary>
    public const int PaddingBytes = PairBytes - sizeof(long);
}
