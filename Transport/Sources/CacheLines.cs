using System.Runtime.CompilerServices;
using System.Runtime.Intrinsics.X86;

namespace FeedHandler.Transport;

/// <summary>Asks for memory before it is read, where the frames of a burst do not lie one behind the other.</summary>
internal static unsafe class CacheLines
{
    private const int LineBytes = 64;

    /// <summary>The headers and the start of the payload: what is read of every packet.</summary>
    [MethodImpl(MethodImplOptions.AggressiveInlining)]
    public static void Prefetch(byte* frame)
    {
        if (!Sse.IsSupported) return;
        Sse.Prefetch0(frame);
        Sse.Prefetch0(frame + LineBytes);
    }
}
