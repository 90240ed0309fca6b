using FeedHandler.Transport;

namespace FeedHandler.Actors;

/// <summary>An RX core of a run on its thread.</summary>
/// <remarks>The thread owns the core while it runs; others read counters for display, and results after it has ended.</remarks>
internal sealed class RxThread : IDisposable
{
    /// <summary>Empty polls of a live source before the thread waits a little instead of spinning.</summary>
    private const int EmptyPollsBeforeWaiting = 2_000;

    private readonly ManualResetEventSlim _stop;
    private readonly bool _isRestless;
    private readonly Thread _thread;

    /// <summary>Creates the thread without starting it. It owns the core from now on.</summary>
    /// <param name="core">The core.</param>
    /// <param name="definition">Its channels and CPU.</param>
    /// <param name="number">Number of the core in the run.</param>
    /// <param name="busyPoll">It never rests.</param>
    /// <param name="stop">Ends it when set.</param>
    /// <param name="onEnd">Called at its end, on the thread.</param>
    public RxThread(RxCore core, RxCoreDefinition definition, int number, bool busyPoll, ManualResetEventSlim stop, Action<RxThread> onEnd)
    {
        Core = core;
        Definition = definition;
        Number = number;
        _stop = stop;
        _isRestless = busyPoll || definition.Transport.Cpu is not null;
        _thread = new Thread(() => Run(onEnd)) { Name = $"rx-{number}", IsBackground = true };
    }

    public RxCore Core { get; }

    public RxCoreDefinition Definition { get; }

    public int Number { get; }

    /// <summary>Bytes allocated while receiving.</summary>
    public long AllocatedBytes { get; private set; }

    /// <summary>Why a capture could not be read to its end; what came before counts.</summary>
    public CaptureException? CutShort { get; private set; }

    /// <summary>What ended the thread before its time; null: nothing.</summary>
    public Exception? Failure { get; private set; }

    /// <summary>A clock that nobody sets: how long a channel has been silent is no matter of the date.</summary>
    public static long MonotonicNs() => TimeProvider.System.GetElapsedTime(0).Ticks * TimeSpan.NanosecondsPerTick;

    public void Start() => _thread.Start();

    public void Join() => _thread.Join();

    public void Dispose() => Core.Dispose();

    private void Run(Action<RxThread> onEnd)
    {
        try
        {
            Receive();
        }
        catch (Exception e)
        {
            Failure = e;
        }

        onEnd(this);
    }

    /// <summary>Polls until the source ends, or the run is stopped.</summary>
    private void Receive()
    {
        if (Definition.Transport.Cpu is { } cpu && !Core.Source.IsReplay) CpuAffinity.Pin(cpu);
        var allocated = GC.GetAllocatedBytesForCurrentThread();
        var emptyPolls = 0;
        try
        {
            while (!Core.Source.IsEnded && !_stop.IsSet)
            {
                var live = !Core.Source.IsReplay;
                var frames = live ? Core.Poll(NowNs(), MonotonicNs()) : Core.Poll(Core.LastReceiveTimeNs);
                if (frames != 0) emptyPolls = 0;
                else if (++emptyPolls > EmptyPollsBeforeWaiting && !_isRestless) _stop.Wait(1);
            }
        }
        catch (CaptureException e)
        {
            CutShort = e;
        }

        Core.Finish();
        AllocatedBytes = GC.GetAllocatedBytesForCurrentThread() - allocated;
    }

    /// <summary>Wall clock, comparable with the kernel's receive time stamps.</summary>
    private static long NowNs() => (TimeProvider.System.GetUtcNow().Ticks - DateTime.UnixEpoch.Ticks) * 100;
}
