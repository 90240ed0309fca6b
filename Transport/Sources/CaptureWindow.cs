namespace FeedHandler.Transport;

/// <summary>The part of a capture file that is in memory: whole records are read here, in place.</summary>
/// <remarks>Bytes between <see cref="Current"/> and <see cref="End"/> stay where they are until <see cref="Refill"/>.</remarks>
internal abstract unsafe class CaptureWindow : IDisposable
{
    /// <summary>First byte not yet read.</summary>
    public byte* Current;

    /// <summary>One past the last byte in memory.</summary>
    public byte* End;

    /// <summary>First byte of the window and its offset in the uncompressed file.</summary>
    protected byte* Start;

    /// <summary>File offset of <see cref="Start"/>.</summary>
    protected long StartOffset;

    /// <summary>Uncompressed offset of <see cref="Current"/>.</summary>
    public long Offset => StartOffset + (Current - Start);

    /// <summary>Bytes from <see cref="Current"/> to <see cref="End"/>.</summary>
    public long Available => End - Current;

    /// <summary>Bytes of the file, as it lies on disk, that are done with.</summary>
    public abstract long BytesConsumed { get; }

    /// <summary>Size on disk, or 0 if unknown.</summary>
    public abstract long BytesTotal { get; }

    /// <summary>Whether nothing comes after <see cref="End"/>.</summary>
    public bool IsLast { get; protected set; }

    /// <summary>Keeps what is unread, and gets more behind it.</summary>
    /// <returns>False when nothing more came because the file ends.</returns>
    public abstract bool Refill();

    /// <inheritdoc/>
    public abstract void Dispose();
}
