using System.Runtime.InteropServices;

namespace FeedHandler.Sbe.Tests;

/// <summary>Memory whose end borders on a page that must not be touched: a read one byte too far ends the process.</summary>
internal sealed unsafe partial class GuardedBuffer : IDisposable
{
    private const int PageSize = 4096;
    private const int DataPages = 16;
    private readonly byte* _start;

    public GuardedBuffer()
    {
        // PROT_READ | PROT_WRITE, MAP_PRIVATE | MAP_ANONYMOUS.
        _start = (byte*)Mmap(0, (DataPages + 1) * PageSize, 3, 0x22, -1, 0);
        Assert.NotEqual(-1, (nint)_start);
        Assert.Equal(0, Mprotect(_start + (DataPages * PageSize), PageSize, 0));
    }

    /// <summary>A copy of the bytes that ends where the guard page begins.</summary>
    public ReadOnlySpan<byte> Put(ReadOnlySpan<byte> bytes)
    {
        var target = new Span<byte>(_start + (DataPages * PageSize) - bytes.Length, bytes.Length);
        bytes.CopyTo(target);
        return target;
    }

    /// <summary>Room of some length that ends where the guard page begins.</summary>
    public Span<byte> Take(int length) => new(_start + (DataPages * PageSize) - length, length);

    public void Dispose() => _ = Munmap(_start, (DataPages + 1) * PageSize);

    [LibraryImport("libc", EntryPoint = "mmap")]
    private static partial nint Mmap(nint address, nuint length, int protection, int flags, int file, nint offset);

    [LibraryImport("libc", EntryPoint = "mprotect")]
    private static partial int Mprotect(byte* address, nuint length, int protection);

    [LibraryImport("libc", EntryPoint = "munmap")]
    private static partial int Munmap(byte* address, nuint length);
}
