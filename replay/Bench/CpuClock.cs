using FeedHandler.Transport;

namespace FeedHandler.Replay.Bench;

/// <summary>CPU time of the calling thread: other work of a busy machine is not in it.</summary>
internal static class CpuClock
{
    private const int ThreadCpuTime = 3;
    private const long NsPerSecond = 1_000_000_000;

    public static unsafe long NowNs()
    {
        var time = stackalloc long[2];
        _ = Libc.ReadClock(ThreadCpuTime, time);
        return (time[0] * NsPerSecond) + time[1];
    }
}
