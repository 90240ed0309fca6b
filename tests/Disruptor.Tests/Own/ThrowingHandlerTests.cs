using Disruptor.Dsl;

namespace Disruptor.Tests.Own;

/// <summary>What docs/ring.md says of a handler that throws where nobody set an exception handler.</summary>
public sealed class ThrowingHandlerTests
{
    [Fact]
    public void Who_throws_ends_its_processor_and_the_ring_fills_up()
    {
        var disruptor = new ValueDisruptor<long>(() => 0, 8, TaskScheduler.Default, ProducerType.Single, new BlockingWaitStrategy());
        var failing = new FailingHandler();
        disruptor.HandleEventsWith(failing);
        var ring = disruptor.Start();
        for (var i = 0; i < 8; i++) ring.Publish(ring.Next());
        Assert.True(failing.HasEnded.Wait(Workers.Deadline));
        while (ring.TryNext(out var sequence)) ring.Publish(sequence);
        Assert.True(disruptor.GetSequenceValueFor(failing) < FailingHandler.FailsAt);
        Assert.Throws<TimeoutException>(() => disruptor.Shutdown(TimeSpan.FromMilliseconds(20)));
        Assert.Equal(FailingHandler.FailsAt + 1, failing.Calls);
    }

    private sealed class FailingHandler : IValueEventHandler<long>
    {
        public const int FailsAt = 3;

        public ManualResetEventSlim HasEnded { get; } = new();

        public int Calls { get; private set; }

        public void OnEvent(ref long data, long sequence, bool endOfBatch)
        {
            Calls++;
            if (sequence == FailsAt) throw new InvalidOperationException("meant to fail");
        }

        public void OnShutdown() => HasEnded.Set();
    }
}
