using System.Runtime.CompilerServices;
using System.Runtime.Intrinsics.X86;
using FeedHandler.Codecs;

namespace FeedHandler.Transport;

/// <summary>Why a format stopped reading before the frames were full.</summary>
internal enum CaptureStop
{
    /// <summary>All frames are filled, or enough was skipped for one poll.</summary>
    Paused,

    /// <summary>The window ends inside the next record: <see cref="CaptureFormat.RecordBytes"/> says how much is needed.</summary>
    NeedsBytes,

    /// <summary>The next record is wrong: <see cref="CaptureFormat.Fault"/> says how.</summary>
    Faulted,
}

/// <summary>A capture file format: turns the records in a window into frames.</summary>
internal abstract unsafe class CaptureFormat
{
    /// <summary>The largest packet that capture tools write.</summary>
    public const int MaxPacketBytes = 256 * 1024;

    /// <summary>Largest record that must be in memory as a whole: a packet with its options.</summary>
    public const int MaxRecordBytes = 2 * MaxPacketBytes;

    /// <summary>How far ahead of the walk the cache is filled: several misses to memory long, and far below the first-level cache.</summary>
    private const int PrefetchDistanceBytes = 2048;

    private const int CacheLineBytes = 64;

    /// <summary>For messages: what the format calls the record at the window's start.</summary>
    public string RecordName { get; protected set; } = "packet record";

    /// <summary>Size of the record at the window's start, as far as known.</summary>
    public long RecordBytes { get; protected set; }

    /// <summary>Bytes of that record that are already skipped: it began so far before the window's start.</summary>
    public long RecordBytesSkipped { get; protected set; }

    /// <summary>What is wrong with the record at the window's start.</summary>
    public string Fault { get; protected set; } = "";

    /// <summary>Packets lost by the capturing side, where the file says so.</summary>
    public long Dropped { get; protected set; }

    /// <summary>Reads whole records; leaves the window at the first that it did not take.</summary>
    public abstract CaptureStop Read(CaptureWindow window, Span<Frame> frames, out int count);

    /// <summary>Asks for the bytes that lie as far behind a record as we are ahead of them.</summary>
    /// <remarks>
    /// Each record says where the next one starts, so without this every packet waits for memory: 55 ns instead of 16 for packets of 200 bytes.
    /// Asking for what is not mapped does nothing.
    /// </remarks>
    [HotPath]
    [MethodImpl(MethodImplOptions.AggressiveInlining)]
    protected static void PrefetchBehind(byte* record, long recordBytes)
    {
        if (!Sse.IsSupported)
            return;
        byte* end = record + PrefetchDistanceBytes + recordBytes;
        for (byte* line = record + PrefetchDistanceBytes; line < end; line += CacheLineBytes)
            Sse.Prefetch0(line);
    }
}
