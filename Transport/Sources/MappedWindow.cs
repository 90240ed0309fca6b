using System.IO.MemoryMappedFiles;

namespace FeedHandler.Transport;

/// <summary>A whole plain file, mapped: frames are given in place in the page cache.</summary>
/// <remarks>
/// The window grows over the map chunk by chunk, so that the kernel maps many pages at once instead of at a fault each.
/// What is appended after opening is not seen. A file cut shorter while it is mapped ends the process (SIGBUS): replay finished captures.
/// </remarks>
internal sealed unsafe class MappedWindow : CaptureWindow
{
    private const int ChunkBytes = 2 * 1024 * 1024;

    private readonly MemoryMappedFile _file;
    private readonly MemoryMappedViewAccessor _view;
    private readonly long _lengthBytes;

    /// <param name="file">A file that is not empty; belongs to the window from here on.</param>
    public MappedWindow(FileStream file)
    {
        _lengthBytes = file.Length;
        _file = MemoryMappedFile.CreateFromFile(file, mapName: null, _lengthBytes, MemoryMappedFileAccess.Read, HandleInheritability.None, leaveOpen: false);
        _view = _file.CreateViewAccessor(0, _lengthBytes, MemoryMappedFileAccess.Read);
        byte* first = null;
        _view.SafeMemoryMappedViewHandle.AcquirePointer(ref first);
        Start = Current = End = first + _view.PointerOffset;
    }

    public override long BytesConsumed => Offset;

    public override long BytesTotal => _lengthBytes;

    public override bool Refill()
    {
        long doneBytes = End - Start;
        long chunkBytes = Math.Min(ChunkBytes, _lengthBytes - doneBytes);
        if (OperatingSystem.IsLinux() && chunkBytes > 0)
        {
            // Only hints: whatever the kernel says, a page that is missing comes at the first touch.
            _ = Libc.Advise(End, (nuint)chunkBytes, Libc.AdvicePopulateRead);
            long nextBytes = Math.Min(ChunkBytes, _lengthBytes - doneBytes - chunkBytes);
            if (nextBytes > 0)
                _ = Libc.Advise(End + chunkBytes, (nuint)nextBytes, Libc.AdviceWillNeed);
        }

        End += chunkBytes;
        IsLast = doneBytes + chunkBytes == _lengthBytes;
        return chunkBytes > 0;
    }

    public override void Dispose()
    {
        if (Start == null)
            return;
        Start = Current = End = null;
        _view.SafeMemoryMappedViewHandle.ReleasePointer();
        _view.Dispose();
        _file.Dispose();
    }
}
