namespace Disruptor.Tests;

/// <summary>Every wait strategy by name, for theories.</summary>
internal static class WaitStrategies
{
    public static readonly TheoryData<string> All =
    [
        "BusySpin", "Yielding", "Sleeping", "Blocking", "TimeoutBlocking", "SpinWait", "HybridSpin",
        "PhasedBackoffWithLock", "PhasedBackoffWithSleep",
    ];

    public static IWaitStrategy Create(string name) => name switch
    {
        "BusySpin" => new BusySpinWaitStrategy(),
        "Yielding" => new YieldingWaitStrategy(),
        "Sleeping" => new SleepingWaitStrategy(),
        "Blocking" => new BlockingWaitStrategy(),
        "TimeoutBlocking" => new TimeoutBlockingWaitStrategy(TimeSpan.FromMilliseconds(20)),
        "SpinWait" => new SpinWaitWaitStrategy(),
        "HybridSpin" => new HybridSpinWaitStrategy(),
        "PhasedBackoffWithLock" => PhasedBackoffWaitStrategy.WithLock(TimeSpan.FromMicroseconds(20), TimeSpan.FromMicroseconds(20)),
        "PhasedBackoffWithSleep" => PhasedBackoffWaitStrategy.WithSleep(TimeSpan.FromMicroseconds(20), TimeSpan.FromMicroseconds(20)),
        _ => throw new ArgumentOutOfRangeException(nameof(name), name, null),
    };
}
