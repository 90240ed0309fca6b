using FeedHandler.Transport;

namespace FeedHandler.Replay.Bench;

/// <summary>Tells whether a thread that never sleeps had a processor to itself. Started and read on that thread.</summary>
/// <remarks>
/// Two threads that spin at the ends of a ring and have to share one processor get a lap of the ring through in each slice of
/// the scheduler, whatever the ring costs. The thread's own clock says it at once; that of the process only at the next tick.
/// </remarks>
internal readonly struct ProcessorWatch
{
    /// <summary>Of the time that has passed, what the thread must have had.</summary>
    private const double Share = 0.9;

    private readonly long _startNs = Clock.NowNs;
    private readonly long _startCpuNs = CpuClock.NowNs();

    public ProcessorWatch()
    {
    }

    /// <summary>Whether nothing else ran in the thread's stead since the start.</summary>
    public bool IsUndisturbed => CpuClock.NowNs() - _startCpuNs >= Share * (Clock.NowNs - _startNs);
}
