namespace FeedHandler.Transport.Tests;

public sealed class LineArbiterAllocationTests
{
    [Theory]
    [InlineData(false)]
    [InlineData(true)]
    public void Nothing_is_allocated_after_construction(bool detectConflicts)
    {
        var arbiter = new LineArbiter(new LineArbiterOptions { DetectConflicts = detectConflicts });
        Feed(arbiter, 1, 20_000);
        var before = GC.GetAllocatedBytesForCurrentThread();
        Feed(arbiter, 20_001, 100_000);
        Assert.Equal(before, GC.GetAllocatedBytesForCurrentThread());
        // The run met every kind of path.
        Assert.True(arbiter.Counters.Gaps > 100);
        Assert.True(arbiter.Counters.Released > 1000);
        Assert.True(arbiter.CountersOf(0).Outliers > 10);
        Assert.True(arbiter.CountersOf(1).Duplicates > 1000);
    }

    private static void Feed(LineArbiter arbiter, ulong first, ulong packets)
    {
        Span<byte> payload = stackalloc byte[300];
        for (var s = first; s < first + packets; s++)
        {
            var now = (long)s * 10_000;
            if (s % 50 != 0) Offer(arbiter, 0, s, now, payload);
            if (s % 70 != 0 && s > first + 20) Offer(arbiter, 1, s - 20, now, payload);
            if (s % 1000 == 0) Offer(arbiter, 0, s + 1_000_000, now, payload);
        }
    }

    private static void Offer(LineArbiter arbiter, int line, ulong sequence, long now, ReadOnlySpan<byte> payload)
    {
        _ = arbiter.Offer(line, sequence, 1, 1000 + sequence, now, payload, out _);
        while (arbiter.Next(now, out var e) != ArbiterEventKind.None)
        {
            _ = arbiter.Payload(e).Length;
        }
    }
}
