using System.Runtime.CompilerServices;
using System.Runtime.InteropServices;
using FeedHandler.Codecs;

namespace FeedHandler.Actors;

/// <summary>Instruments by their index in the shard: no reference is written, so the collector need not be told.</summary>
/// <remarks>Each instrument is in it once at most, which bounds it.</remarks>
internal sealed class IndexList
{
    private int[] _indices = new int[16];

    public int Count { get; private set; }

    /// <summary>The indices; valid until the next <see cref="Add"/>.</summary>
    public ReadOnlySpan<int> All => MemoryMarshal.CreateReadOnlySpan(ref MemoryMarshal.GetArrayDataReference(_indices), Count);

    [HotPath]
    [MethodImpl(MethodImplOptions.AggressiveInlining)]
    public void Add(int index)
    {
        var count = Count;
        if (count == _indices.Length) Grow();
        _indices[count] = index;
        Count = count + 1;
    }

    public void Clear() => Count = 0;

    [MethodImpl(MethodImplOptions.NoInlining)]
    private void Grow() => Array.Resize(ref _indices, _indices.Length * 2);
}
