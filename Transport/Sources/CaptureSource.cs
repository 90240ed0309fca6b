using System.Runtime.CompilerServices;
using FeedHandler.Codecs;

namespace FeedHandler.Transport;

/// <summary>Frames of one capture file: classic pcap or pcapng, plain, gzip or zstd, told apart by content.</summary>
/// <remarks>
/// A plain file is mapped and its frames are given in place; they stay valid until the source is disposed. A compressed file
/// streams through one buffer of fixed size. Nothing is allocated per packet.
/// All whole packets of a cut or corrupt file are delivered; the poll after them throws <see cref="CaptureException"/>, once.
/// </remarks>
public sealed class CaptureSource : ICaptureSource
{
    private readonly CaptureWindow _window;
    private readonly CaptureFormat _format;

    private CaptureSource(string path, CaptureWindow window, CaptureFormat format) =>
        (Name, _window, _format) = (path, window, format);

    /// <inheritdoc/>
    public string Name { get; }

    /// <inheritdoc/>
    public bool IsEnded { get; private set; }

    /// <inheritdoc/>
    public bool IsReplay => true;

    /// <inheritdoc/>
    public long Dropped => _format.Dropped;

    /// <summary>Offset of the next record in the uncompressed file.</summary>
    public long CurrentOffset => _window.Offset;

    /// <inheritdoc/>
    public long BytesConsumed => _window.BytesConsumed;

    /// <inheritdoc/>
    public long BytesTotal => _window.BytesTotal;

    /// <summary>Opens a capture and reads its header.</summary>
    /// <exception cref="CaptureException">There is no such file, or it is not a capture.</exception>
    public static CaptureSource Open(string path)
    {
        CaptureWindow window = CaptureFile.Open(path);
        try
        {
            return new CaptureSource(path, window, CaptureFile.ReadHeader(path, window));
        }
        catch
        {
            window.Dispose();
            throw;
        }
    }

    /// <summary>Opens one capture, or several merged by time.</summary>
    /// <exception cref="CaptureException">One of them cannot be opened.</exception>
    public static ICaptureSource OpenAll(IReadOnlyList<string> paths)
    {
        if (paths.Count == 1)
            return Open(paths[0]);
        var sources = new List<IFrameSource>(paths.Count);
        try
        {
            foreach (string path in paths)
                sources.Add(Open(path));
            return new MergedSource(sources);
        }
        catch
        {
            foreach (IFrameSource source in sources)
                source.Dispose();
            throw;
        }
    }

    /// <inheritdoc/>
    [HotPath]
    public int Poll(Span<Frame> frames)
    {
        if (IsEnded || frames.IsEmpty)
            return 0;
        CaptureStop stop = _format.Read(_window, frames, out int count);
        if (count == 0 && stop != CaptureStop.Paused)
            count = PollAtStop(stop, frames);
        if (_window.IsLast && _window.Available == 0 && _format.RecordBytesSkipped == 0)
            IsEnded = true;
        return count;
    }

    /// <inheritdoc/>
    public void Dispose()
    {
        IsEnded = true;
        _window.Dispose();
    }

    /// <summary>Gets more of the file, or says why there is no more.</summary>
    [MethodImpl(MethodImplOptions.NoInlining)]
    private int PollAtStop(CaptureStop stop, Span<Frame> frames)
    {
        int count = 0;
        while (count == 0 && stop == CaptureStop.NeedsBytes && Refill())
            stop = _format.Read(_window, frames, out count);
        if (count > 0 || stop == CaptureStop.Paused)
            return count;

        long readBytes = _format.RecordBytesSkipped + _window.Available;
        if (stop == CaptureStop.NeedsBytes && readBytes == 0)
            return 0;
        IsEnded = true;
        throw new CaptureException(Name, _window.Offset - _format.RecordBytesSkipped, stop == CaptureStop.Faulted
            ? _format.Fault
            : $"{_format.RecordName} cut: {readBytes} of {_format.RecordBytes} bytes are there");
    }

    private bool Refill()
    {
        try
        {
            return _window.Refill();
        }
        catch (Exception cause) when (CaptureFile.IsReadError(cause))
        {
            IsEnded = true;
            throw CaptureFile.Unreadable(Name, _window, cause);
        }
    }
}
