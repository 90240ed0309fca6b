using System.Runtime.InteropServices;

namespace FeedHandler.Codecs.Tests;

/// <summary>Memory between two pages that cannot be touched: one byte read past either end ends the process.</summary>
internal sealed unsafe partial class GuardedMemory : IDisposable
{
    private const int PageBytes = 4096;
    private const int ProtectNone = 0;
    private const int ProtectReadWrite = 3;
    private const int MapPrivateAnonymous = 0x22;

    private readonly byte* _map;
    private readonly int _pages;

    public GuardedMemory(int capacityBytes)
    {
        _pages = (capacityBytes + PageBytes - 1) / PageBytes;
        nint mapped = Map(0, (nuint)((_pages + 2) * PageBytes), ProtectNone, MapPrivateAnonymous, -1, 0);
        Assert.NotEqual(-1, mapped);
        _map = (byte*)mapped;
        Assert.Equal(0, Protect(mapped + PageBytes, (nuint)(_pages * PageBytes), ProtectReadWrite));
    }

    /// <summary>Copies the bytes so that they end where the memory ends.</summary>
    public ReadOnlySpan<byte> PlaceAtEnd(ReadOnlySpan<byte> bytes)
    {
        var place = new Span<byte>(_map + (_pages + 1) * PageBytes - bytes.Length, bytes.Length);
        bytes.CopyTo(place);
        return place;
    }

    public void Dispose() => Unmap((nint)_map, (nuint)((_pages + 2) * PageBytes));

    [LibraryImport("libc", EntryPoint = "mmap")]
    [DefaultDllImportSearchPaths(DllImportSearchPath.SafeDirectories)]
    private static partial nint Map(nint address, nuint bytes, int protection, int flags, int file, nint offset);

    [LibraryImport("libc", EntryPoint = "mprotect")]
    [DefaultDllImportSearchPaths(DllImportSearchPath.SafeDirectories)]
    private static partial int Protect(nint address, nuint bytes, int protection);

    [LibraryImport("libc", EntryPoint = "munmap")]
    [DefaultDllImportSearchPaths(DllImportSearchPath.SafeDirectories)]
    private static partial int Unmap(nint address, nuint bytes);
}
