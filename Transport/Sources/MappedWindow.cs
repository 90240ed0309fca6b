using System.IO.MemoryMappedFiles;

namespace FeedHandler.Transport;

/// <summary>A whole plain file, mapped: frames are given in place in the page cache.</summary>
/// <remarks>What is appended after opening is not seen. A file cut shorter while it is mapped ends the process (SIGBUS): replay finished captures.</remarks>
internal sealed unsafe class MappedWindow : CaptureWindow
{
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
        Start = Current = first + _view.PointerOffset;
        End = Start + _lengthBytes;
        IsLast = true;
    }

    public override long BytesConsumed => Offset;

    public override long BytesTotal => _lengthBytes;

    public override bool Refill() => false;

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
