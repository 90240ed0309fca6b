using System.Runtime.CompilerServices;

namespace Disruptor.Processing;

// Structs as type arguments: the JIT compiles a processor per kind of ring and inlines the way to the slot.

/// <summary>The slots of a ring on the GC heap.</summary>
internal readonly struct HeapSlots<T>(ValueRingBuffer<T> ring) : IValueDataProvider<T>
    where T : struct
{
    public ref T this[long sequence]
    {
        [MethodImpl(MethodImplOptions.AggressiveInlining)]
        get => ref ring[sequence];
    }
}

/// <summary>The slots of an unmanaged ring; its base knows all but the type.</summary>
internal readonly struct UnmanagedSlots<T>(UnmanagedRingBuffer ring) : IValueDataProvider<T>
    where T : struct
{
    public ref T this[long sequence]
    {
        [MethodImpl(MethodImplOptions.AggressiveInlining)]
        get => ref ring.Slot<T>(sequence);
    }
}

/// <summary>Slots behind an interface.</summary>
internal readonly struct AnySlots<T>(IValueDataProvider<T> provider) : IValueDataProvider<T>
    where T : struct
{
    public ref T this[long sequence] => ref provider[sequence];
}
