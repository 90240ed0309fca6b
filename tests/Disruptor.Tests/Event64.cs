using System.Runtime.InteropServices;

namespace Disruptor.Tests;

/// <summary>An event of one cache line whose two ends tell a torn or overwritten one.</summary>
[StructLayout(LayoutKind.Explicit, Size = 64)]
public struct Event64
{
    [FieldOffset(0)] public long Value;
    [FieldOffset(8)] public int Producer;
    [FieldOffset(16)] public long StepA;
    [FieldOffset(24)] public long StepB;
    [FieldOffset(56)] public long Check;

    /// <summary>Fills the event. What earlier consumers wrote into the slot goes.</summary>
    public void Fill(long value, int producer = 0)
    {
        Value = value;
        Producer = producer;
        StepA = 0;
        StepB = 0;
        Check = CheckOf(value, producer);
    }

    public readonly bool IsWhole => Check == CheckOf(Value, Producer);

    private static long CheckOf(long value, int producer) => unchecked((value * (long)0x9E3779B97F4A7C15) ^ (producer + 0x5555));
}
