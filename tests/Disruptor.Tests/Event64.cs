using System.Runtime.InteropServices;

namespace Disruptor.Tests;

/// <summary>An event of one cache line whose two ends tell a torn read.</summary>
[StructLayout(LayoutKind.Explicit, Size = 64)]
public struct Event64
{
    [FieldOffset(0)] public long Value;
    [FieldOffset(8)] public int Producer;
    [FieldOffset(56)] public long Check;

    public static long CheckOf(long value) => value * unchecked((long)0x9E3779B97F4A7C15) ^ 0x5555_5555_5555_5555;
}
