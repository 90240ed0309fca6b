using System.Runtime.InteropServices;
using FeedHandler.Replay.Bench;
using FeedHandler.Transport;

namespace FeedHandler.Replay.Tests.Live;

/// <summary>Between two polls lies all that RX does; the kernel says how much of it was work, and whether it ever slept.</summary>
internal sealed partial class WatchedSource(IFrameSource inner) : IFrameSource
{
    private const int RusageThread = 1;

    private long _lastCpuNs;
    private long _firstSwitches = -1;
    private bool _gaveFrames;

    /// <summary>Longest processor time of one turn. Wall-clock time would count what other programs take from this one.</summary>
    public long LongestTurnNs { get; private set; }

    /// <summary>Times that the thread gave up its core of its own will.</summary>
    public long Blocked { get; private set; }

    public string Name => inner.Name;

    public bool IsEnded => inner.IsEnded;

    public bool IsReplay => inner.IsReplay;

    public long Dropped => inner.Dropped;

    public int Poll(Span<Frame> frames)
    {
        var cpuNs = CpuClock.NowNs();
        var switches = VoluntarySwitches();

        // The first turns compile.
        if (_gaveFrames && cpuNs - StartedNs > 200_000_000)
        {
            if (_firstSwitches < 0) _firstSwitches = switches;
            LongestTurnNs = Math.Max(LongestTurnNs, cpuNs - _lastCpuNs);
            Blocked = switches - _firstSwitches;
        }

        if (StartedNs == 0) StartedNs = cpuNs;
        var count = inner.Poll(frames);
        _gaveFrames = count != 0;
        _lastCpuNs = CpuClock.NowNs();
        return count;
    }

    public void Dispose() => inner.Dispose();

    private long StartedNs { get; set; }

    private static unsafe long VoluntarySwitches()
    {
        // Two timevals and fourteen longs, the last but one the voluntary switches.
        var usage = stackalloc long[18];
        return getrusage(RusageThread, usage) == 0 ? usage[16] : throw new InvalidOperationException("getrusage");
    }

    [LibraryImport("libc")]
    private static unsafe partial int getrusage(int who, long* usage);
}
