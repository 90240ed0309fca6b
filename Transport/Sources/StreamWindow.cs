using System.Runtime.ExceptionServices;
using System.Runtime.InteropServices;

namespace FeedHandler.Transport;

/// <summary>A buffer of fixed size that moves over a stream, usually a decompressor.</summary>
internal sealed unsafe class StreamWindow : CaptureWindow
{
    /// <summary>Two records of the largest size; small enough to stay in the second-level cache.</summary>
    public const int BufferBytes = 2 * CaptureFormat.MaxRecordBytes;

    private readonly Stream _stream;
    private readonly FileStream _file;
    private readonly long _totalBytes;
    private ExceptionDispatchInfo? _failure;
    private bool _disposed;

    /// <param name="file">The file on disk, for progress.</param>
    /// <param name="stream">What to read: <paramref name="file"/> or a decompressor of it. Both belong to the window.</param>
    public StreamWindow(FileStream file, Stream stream)
    {
        _file = file;
        _stream = stream;
        _totalBytes = file.CanSeek ? file.Length : 0;
        Start = Current = End = (byte*)NativeMemory.Alloc(BufferBytes);
    }

    public override long BytesConsumed => _disposed ? _totalBytes : _file.CanSeek ? _file.Position : Offset;

    public override long BytesTotal => _totalBytes;

    /// <inheritdoc/>
    /// <remarks>Where the stream breaks off, what it gave before comes first; the refill after that throws.</remarks>
    public override bool Refill()
    {
        if (IsLast)
            return false;
        _failure?.Throw();
        int keptBytes = (int)Available;
        StartOffset = Offset;
        Buffer.MemoryCopy(Current, Start, BufferBytes, keptBytes);
        Current = Start;
        End = Start + keptBytes;

        int wantedBytes = BufferBytes - keptBytes;
        while (wantedBytes > 0)
        {
            int gotBytes;
            try
            {
                gotBytes = _stream.Read(new Span<byte>(End, wantedBytes));
            }
            catch (Exception cause) when (Available > keptBytes && CaptureFile.IsReadError(cause))
            {
                _failure = ExceptionDispatchInfo.Capture(cause);
                break;
            }

            if (gotBytes == 0)
            {
                IsLast = true;
                break;
            }

            End += gotBytes;
            wantedBytes -= gotBytes;
        }

        return Available > keptBytes;
    }

    public override void Dispose()
    {
        if (_disposed)
            return;
        _disposed = true;
        NativeMemory.Free(Start);
        Start = Current = End = null;
        _stream.Dispose();
        _file.Dispose();
    }
}
