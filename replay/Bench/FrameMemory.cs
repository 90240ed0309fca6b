using System.Runtime.InteropServices;
using System.Runtime.Intrinsics.X86;
using FeedHandler.Codecs;
using FeedHandler.Transport;

namespace FeedHandler.Replay.Bench;

/// <summary>The frames of captures, one after the other in memory: what a NIC's ring would hold, without the reading of files.</summary>
internal sealed unsafe class FrameMemory : IDisposable
{
    /// <summary>Before each frame: its length and link type (4 bytes each), and its receive time.</summary>
    private const int HeaderBytes = 16;
    private const int Alignment = 16;

    private byte* _start;

    private FrameMemory(byte* start, long bytes, int frames)
    {
        _start = start;
        Bytes = bytes;
        Frames = frames;
    }

    public long Bytes { get; }

    public int Frames { get; }

    public static FrameMemory Load(IReadOnlyList<string> captures)
    {
        using var source = CaptureSource.OpenAll(captures);
        var capacity = 1L << 26;
        var memory = (byte*)NativeMemory.AlignedAlloc((nuint)capacity, 64);
        long used = 0;
        var count = 0;
        var frames = new Frame[32];
        while (!source.IsEnded)
        {
            var polled = source.Poll(frames);
            foreach (ref readonly var frame in frames.AsSpan(0, polled))
            {
                if (capacity - used < HeaderBytes + frame.Length + Alignment)
                {
                    capacity *= 2;
                    memory = (byte*)NativeMemory.AlignedRealloc(memory, (nuint)capacity, 64);
                }

                *(int*)(memory + used) = frame.Length;
                *(int*)(memory + used + 4) = (int)frame.Link;
                *(long*)(memory + used + 8) = frame.ReceiveTimeNs;
                new ReadOnlySpan<byte>(frame.Data, frame.Length).CopyTo(new Span<byte>(memory + used + HeaderBytes, frame.Length));
                used += Step(frame.Length);
                count++;
            }
        }

        return new FrameMemory(memory, used, count);
    }

    public void Dispose()
    {
        NativeMemory.AlignedFree(_start);
        _start = null;
    }

    private static long Step(int length) => (HeaderBytes + length + Alignment - 1) & ~(Alignment - 1);

    /// <summary>Gives the frames in place: as fast as they are asked for, or each at its time.</summary>
    public sealed class Source : IFrameSource
    {
        /// <summary>So far ahead frames are fetched into the second-level cache: a NIC puts them into the third one.</summary>
        private const int PrefetchBytes = 4096;

        private readonly double _nsPerFrame;
        private readonly long _maxFrames;
        private byte* _at;
        private long _given;
        private long _startNs;

        /// <param name="memory">The frames; must outlive the source.</param>
        /// <param name="framesPerSecond">
        /// 0: as fast as they are asked for, as a replay. Otherwise a live source: frame n comes n/rate seconds after the first
        /// poll, and says that it did, however late it is fetched, so that nothing is left out when the reader falls behind.
        /// </param>
        /// <param name="maxFrames">The source ends after this many.</param>
        public Source(FrameMemory memory, double framesPerSecond = 0, long maxFrames = long.MaxValue)
        {
            _maxFrames = Math.Min(maxFrames, memory.Frames);
            _at = memory._start;
            _nsPerFrame = framesPerSecond == 0 ? 0 : 1e9 / framesPerSecond;
        }

        public string Name => "memory";

        public bool IsEnded => _given == _maxFrames;

        /// <summary>How much of it was given, 0 to 1.</summary>
        public double Share => _given / (double)_maxFrames;

        public bool IsReplay => _nsPerFrame == 0;

        public long Dropped => 0;

        [HotPath]
        public int Poll(Span<Frame> frames)
        {
            var wanted = (int)Math.Min(frames.Length, _maxFrames - _given);
            if (_nsPerFrame != 0)
            {
                var now = Clock.NowNs;
                if (_startNs == 0) _startNs = now;
                wanted = (int)Math.Min(wanted, (long)((now - _startNs) / _nsPerFrame) + 1 - _given);
            }

            var at = _at;
            var count = 0;
            for (; count < wanted; count++)
            {
                var length = *(int*)at;
                var step = Step(length);
                for (long line = 0; Sse.IsSupported && line < step; line += 64) Sse.Prefetch1(at + PrefetchBytes + line);
                ref var frame = ref frames[count];
                frame.Data = at + HeaderBytes;
                frame.Length = length;
                frame.Link = (LinkType)(*(int*)(at + 4));
                frame.ReceiveTimeNs = _nsPerFrame == 0 ? *(long*)(at + 8) : _startNs + (long)((_given + count) * _nsPerFrame);
                at += step;
            }

            _at = at;
            _given += count;
            return count;
        }

        public void Dispose() { }
    }
}

/// <summary>A clock that both threads of a measurement read: nanoseconds since some start, monotonic.</summary>
internal static class Clock
{
    private static readonly double NsPerTick = 1e9 / System.Diagnostics.Stopwatch.Frequency;

    public static long NowNs => (long)(System.Diagnostics.Stopwatch.GetTimestamp() * NsPerTick);
}
