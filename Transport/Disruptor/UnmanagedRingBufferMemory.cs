using System.Runtime.CompilerServices;
using System.Runtime.InteropServices;

namespace Disruptor;

/// <summary>A block of memory outside the GC heap for the events of a ring.</summary>
/// <remarks>The ring and all references into it must be out of use before <see cref="Dispose()"/>.</remarks>
public class UnmanagedRingBufferMemory : IDisposable
{
    private readonly SafeHandle _memoryHandle;

    /// <summary>Wraps a block.</summary>
    /// <param name="memoryHandle">Owns the block; disposed with this object.</param>
    /// <param name="padding">Bytes before the first event.</param>
    /// <param name="eventCount">Number of events.</param>
    /// <param name="eventSize">Distance of the events in bytes.</param>
    public UnmanagedRingBufferMemory(SafeHandle memoryHandle, int padding, int eventCount, int eventSize)
    {
        ArgumentNullException.ThrowIfNull(memoryHandle);
        ArgumentOutOfRangeException.ThrowIfNegative(padding);
        ArgumentOutOfRangeException.ThrowIfLessThan(eventCount, 1);
        ArgumentOutOfRangeException.ThrowIfLessThan(eventSize, 1);
        _memoryHandle = memoryHandle;
        PointerToFirstEvent = memoryHandle.DangerousGetHandle() + padding;
        EventCount = eventCount;
        EventSize = eventSize;
    }

    /// <summary>Address of the first event.</summary>
    public IntPtr PointerToFirstEvent { get; }

    /// <summary>Number of events.</summary>
    public int EventCount { get; }

    /// <summary>Distance of the events in bytes.</summary>
    public int EventSize { get; }

    /// <summary>Allocates zeroed memory; blocks of 2 MiB and more are offered to the kernel as huge pages.</summary>
    /// <param name="eventCount">Number of events.</param>
    /// <param name="eventSize">Size of an event in bytes.</param>
    /// <returns>The block; its first event starts a pair of cache lines.</returns>
    public static UnmanagedRingBufferMemory Allocate(int eventCount, int eventSize)
    {
        ArgumentOutOfRangeException.ThrowIfLessThan(eventCount, 1);
        ArgumentOutOfRangeException.ThrowIfLessThan(eventSize, 1);
        var handle = AlignedMemoryHandle.Allocate((nuint)CacheLine.PairBytes + ((nuint)eventCount * (nuint)eventSize) + CacheLine.PairBytes);
        return new UnmanagedRingBufferMemory(handle, CacheLine.PairBytes, eventCount, eventSize);
    }

    /// <summary>Allocates memory for events of a type and fills it.</summary>
    /// <typeparam name="T">Type of the events.</typeparam>
    /// <param name="eventCount">Number of events.</param>
    /// <param name="factory">Makes the first content of each slot, in order.</param>
    /// <returns>The block.</returns>
    public static unsafe UnmanagedRingBufferMemory Allocate<T>(int eventCount, Func<T> factory)
        where T : unmanaged
    {
        ArgumentNullException.ThrowIfNull(factory);
        var memory = Allocate(eventCount, Unsafe.SizeOf<T>());
        var events = (T*)memory.PointerToFirstEvent;
        for (var i = 0; i < eventCount; i++)
        {
            events[i] = factory();
        }

        return memory;
    }

    /// <summary>Copies the events.</summary>
    /// <typeparam name="T">Type of the events.</typeparam>
    /// <returns>The copy.</returns>
    public unsafe T[] ToArray<T>()
        where T : unmanaged
    {
        ArgumentOutOfRangeException.ThrowIfGreaterThan(Unsafe.SizeOf<T>(), EventSize, nameof(T));
        var array = new T[EventCount];
        for (var i = 0; i < array.Length; i++)
        {
            array[i] = *(T*)(PointerToFirstEvent + ((nint)i * EventSize));
        }

        return array;
    }

    /// <summary>Frees the block.</summary>
    public void Dispose()
    {
        Dispose(disposing: true);
        GC.SuppressFinalize(this);
    }

    /// <summary>Frees the block.</summary>
    /// <param name="disposing">Whether called by <see cref="Dispose()"/>.</param>
    protected virtual void Dispose(bool disposing)
    {
        if (disposing) _memoryHandle.Dispose();
    }
}
