namespace FeedHandler.Transport;

/// <summary>Frames from recordings, with progress.</summary>
/// <remarks>A poll may return 0 before the end (after much that is not a packet), but every poll gets on until <see cref="IFrameSource.IsEnded"/>.</remarks>
public interface ICaptureSource : IFrameSource
{
    /// <summary>Bytes of the file that are done with, compressed bytes of a compressed one.</summary>
    long BytesConsumed { get; }

    /// <summary>Size of the file as it lies on disk; 0 where it has none, such as a pipe.</summary>
    long BytesTotal { get; }
}
