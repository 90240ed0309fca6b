using System.Runtime.InteropServices;

namespace FeedHandler.Codecs.Tests.Cme;

/// <summary>Memory that ends where an unreadable page begins: a read past the end kills the test.</summary>
internal sealed unsafe partial class GuardedMemory : IDisposable
{
    private const int PageBytes = 65_536;
    private const int ProtNone = 0, ProtReadWrite = 3, MapPrivateAnonymous = 0x22;

    private readonly byte* _start;

    public GuardedMemory()
    {
        _start = (byte*)MapMemory(0, 2 * PageBytes, ProtReadWrite, MapPrivateAnonymous, -1, 0);
        if ((nint)_start == -1 || Protect((nint)_start + PageBytes, PageBytes, ProtNone) != 0) throw new InvalidOperationException("no guarded memory");
    }

    /// <summary>Copies the bytes so that their last one is the last that can be read.</summary>
    public ReadOnlySpan<byte> Place(ReadOnlySpan<byte> bytes)
    {
        var place = new Span<byte>(_start + PageBytes - bytes.Length, bytes.Length);
        bytes.CopyTo(place);
        return place;
    }

    public void Dispose() => _ = Unmap((nint)_start, 2 * PageBytes);

    [LibraryImport("libc", EntryPoint = "mmap")]
    private static partial nint MapMemory(nint address, nuint bytes, int protection, int flags, int file, nint offset);

    [LibraryImport("libc", EntryPoint = "mprotect")]
    private static partial int Protect(nint address, nuint bytes, int protection);

    [LibraryImport("libc", EntryPoint = "munmap")]
    private static partial int Unmap(nint address, nuint bytes);
}
