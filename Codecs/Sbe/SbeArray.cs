using System.Buffers.Binary;
using System.Runtime.CompilerServices;
using System.Runtime.InteropServices;

namespace FeedHandler.Sbe;

/// <summary>A fixed array of numbers, read in place.</summary>
/// <typeparam name="T">A primitive number of 1, 2, 4 or 8 bytes.</typeparam>
public readonly ref struct SbeArray<T>
    where T : unmanaged
{
    private readonly ReadOnlySpan<byte> _bytes;
    private readonly bool _isBigEndian;

    /// <summary>Reads numbers from their bytes.</summary>
    /// <param name="bytes">The bytes as on the wire.</param>
    /// <param name="isBigEndian">Byte order of each number.</param>
    public SbeArray(ReadOnlySpan<byte> bytes, bool isBigEndian)
    {
        _bytes = bytes;
        _isBigEndian = isBigEndian;
    }

    /// <summary>Number of items; 0 where the wire's version does not have the array.</summary>
    public int Length => _bytes.Length / Unsafe.SizeOf<T>();

    /// <summary>An item.</summary>
    /// <param name="index">From 0.</param>
    public T this[int index]
    {
        [MethodImpl(MethodImplOptions.AggressiveInlining)]
        get
        {
            if ((uint)index >= (uint)Length) SbeThrow.IndexOutOfRange();
            var item = Unsafe.ReadUnaligned<T>(ref Unsafe.Add(ref MemoryMarshal.GetReference(_bytes), (uint)index * (nuint)Unsafe.SizeOf<T>()));
            return _isBigEndian ? Reverse(item) : item;
        }
    }

    /// <summary>Tells whether every item is one value; NaN is NaN here.</summary>
    /// <param name="value">The value.</param>
    /// <returns>True also where there is no item.</returns>
    public bool IsAll(T value)
    {
        foreach (var item in this)
        {
            if (!EqualityComparer<T>.Default.Equals(item, value))
            {
                return false;
            }
        }

        return true;
    }

    /// <summary>Copies the items.</summary>
    /// <param name="destination">At least <see cref="Length"/> long.</param>
    public void CopyTo(Span<T> destination)
    {
        _bytes.CopyTo(MemoryMarshal.AsBytes(destination));
        if (_isBigEndian)
        {
            foreach (ref var item in destination[..Length])
            {
                item = Reverse(item);
            }
        }
    }

    /// <summary>Copies the items to a new array.</summary>
    /// <returns>The array.</returns>
    public T[] ToArray()
    {
        var items = new T[Length];
        CopyTo(items);
        return items;
    }

    /// <summary>Starts a loop over the items.</summary>
    /// <returns>The enumerator.</returns>
    public Enumerator GetEnumerator() => new(this);

    /// <summary>Writes items, and zeroes behind them.</summary>
    /// <param name="items">The items; at most as many as the destination holds.</param>
    /// <param name="destination">The bytes of the array.</param>
    /// <param name="isBigEndian">Byte order of each number.</param>
    [MethodImpl(MethodImplOptions.AggressiveInlining)]
    public static void Write(ReadOnlySpan<T> items, Span<byte> destination, bool isBigEndian)
    {
        var source = MemoryMarshal.AsBytes(items);
        if (source.Length == destination.Length && !isBigEndian)
        {
            Unsafe.CopyBlockUnaligned(ref MemoryMarshal.GetReference(destination), ref MemoryMarshal.GetReference(source), (uint)destination.Length);
        }
        else
        {
            WriteSlowly(source, destination, isBigEndian);
        }
    }

    private static void WriteSlowly(ReadOnlySpan<byte> source, Span<byte> destination, bool isBigEndian)
    {
        source.CopyTo(destination);
        destination[source.Length..].Clear();
        if (isBigEndian && Unsafe.SizeOf<T>() > 1)
        {
            for (var offset = 0; offset < source.Length; offset += Unsafe.SizeOf<T>())
            {
                destination.Slice(offset, Unsafe.SizeOf<T>()).Reverse();
            }
        }
    }

    private static T Reverse(T item) => Unsafe.SizeOf<T>() switch
    {
        2 => Unsafe.BitCast<ushort, T>(BinaryPrimitives.ReverseEndianness(Unsafe.BitCast<T, ushort>(item))),
        4 => Unsafe.BitCast<uint, T>(BinaryPrimitives.ReverseEndianness(Unsafe.BitCast<T, uint>(item))),
        8 => Unsafe.BitCast<ulong, T>(BinaryPrimitives.ReverseEndianness(Unsafe.BitCast<T, ulong>(item))),
        _ => item,
    };

    /// <summary>Loops over the items.</summary>
    public ref struct Enumerator
    {
        private readonly SbeArray<T> _array;
        private int _index;

        internal Enumerator(SbeArray<T> array)
        {
            _array = array;
            _index = -1;
        }

        /// <summary>The item.</summary>
        public readonly T Current => _array[_index];

        /// <summary>Goes to the next item.</summary>
        /// <returns>False behind the last.</returns>
        public bool MoveNext() => ++_index < _array.Length;
    }
}
