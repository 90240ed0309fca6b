using System.Globalization;

namespace Disruptor.Tests;

/// <summary>
/// How many events the stress tests publish: over 100 million in a normal run. <c>RING_STRESS_SCALE=100</c> makes it a soak.
/// </summary>
internal static class StressVolume
{
    public const long Million = 1_000_000;

    public const long SpscBatch = 48 * Million;
    public const long SpscSingle = 24 * Million;
    public const long Unmanaged = 12 * Million;
    public const long Multicast = 8 * Million;
    public const long Diamond = 4 * Million;
    public const long Mpsc = 4 * Million;
    public const long LastSequences = 2 * Million;
    public const long Processor = 8 * Million;
    public const long Joining = 2 * Million;
    public const long TinyRing = Million / 5;
    public const long PerStrategyAndTopology = Million / 10;

    private static readonly long Scale =
        long.Parse(Environment.GetEnvironmentVariable("RING_STRESS_SCALE") ?? "1", CultureInfo.InvariantCulture);

    public static long Of(long events) => events * Scale;
}
