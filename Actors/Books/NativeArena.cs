using System.Runtime.InteropServices;

namespace FeedHandler.Actors;

/// <summary>A range of zeroed memory of a fixed bound that takes real memory only where it is touched, and never moves.</summary>
/// <remarks>
/// So growth copies nothing, and pointers stay good for the arena's life. Beyond its first part the range asks for huge
/// pages: orders are touched at random, and with 4 KiB pages each touch would cost a walk of the page table, too.
/// </remarks>
internal sealed unsafe class NativeArena
{
    private const long SmallPart = 2 << 20;
    private const int ProtectReadWrite = 3;
    private const int MapPrivateAnonymousNoReserve = 0x02 | 0x20 | 0x4000;
    private const int AdviceHugePage = 14;

    private readonly long _bytes;
    private readonly bool _isMapped;

    /// <exception cref="InsufficientMemoryException">The system does not give the address range.</exception>
    public NativeArena(long bytes)
    {
        _bytes = Math.Max(bytes, 4096);
        _isMapped = OperatingSystem.IsLinux();
        if (!_isMapped)
        {
            Start = (byte*)NativeMemory.AllocZeroed((nuint)_bytes);
            return;
        }

        var start = (nint)Map(null, (nuint)_bytes, ProtectReadWrite, MapPrivateAnonymousNoReserve, -1, 0);
        if (start == -1) throw new InsufficientMemoryException($"no address range of {_bytes} bytes for books");
        Start = (byte*)start;
        // Small stores stay small. A refusal costs speed, nothing else.
        if (_bytes > 2 * SmallPart) _ = Advise(Start + SmallPart, (nuint)(_bytes - SmallPart), AdviceHugePage);
    }

#pragma warning disable MA0055 // The books of a shard that was thrown away have no end that anybody could see.
    ~NativeArena()
#pragma warning restore MA0055
    {
        if (Start == null) return;
        if (_isMapped) _ = Unmap(Start, (nuint)_bytes);
        else NativeMemory.Free(Start);
    }

    public byte* Start { get; }

#pragma warning disable SYSLIB1054 // Pointers and numbers need no generated marshalling, and code without it can be compiled alone.
    [DllImport("libc", EntryPoint = "mmap")]
    [DefaultDllImportSearchPaths(DllImportSearchPath.SafeDirectories)]
    private static extern void* Map(void* address, nuint bytes, int protection, int flags, int file, nint offset);

    [DllImport("libc", EntryPoint = "munmap")]
    [DefaultDllImportSearchPaths(DllImportSearchPath.SafeDirectories)]
    private static extern int Unmap(void* address, nuint bytes);

    [DllImport("libc", EntryPoint = "madvise")]
    [DefaultDllImportSearchPaths(DllImportSearchPath.SafeDirectories)]
    private static extern int Advise(void* address, nuint bytes, int advice);
#pragma warning restore SYSLIB1054
}

/// <summary>Blocks of 64, 128, 256 … bytes out of one arena; a block that is given back serves the next of its size.</summary>
internal sealed unsafe class BlockArena(long boundBytes)
{
    public const int SmallestBytes = 64;
    private const int Sizes = 32;

    private readonly NativeArena _arena = new(boundBytes);
    private readonly byte*[] _free = new byte*[Sizes];
    private long _used;

    /// <summary>Bytes taken from the arena.</summary>
    public long UsedBytes => _used;

    /// <summary>Takes a block of <see cref="SmallestBytes"/> &lt;&lt; size bytes; what is in it is anybody's guess.</summary>
    /// <returns>Null at the bound.</returns>
    public byte* Take(int size)
    {
        var block = _free[size];
        if (block != null)
        {
            _free[size] = *(byte**)block;
            return block;
        }

        var bytes = (long)SmallestBytes << size;
        if (_used + bytes > boundBytes) return null;
        block = _arena.Start + _used;
        _used += bytes;
        return block;
    }

    /// <summary>Gives a block back.</summary>
    public void Give(byte* block, int size)
    {
        *(byte**)block = _free[size];
        _free[size] = block;
    }
}
