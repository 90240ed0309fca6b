using Disruptor.Processing;

namespace Disruptor.Tests;

/// <summary>Batches are announced to handlers that listen, and cost nothing to the others.</summary>
public sealed class HandlerTraitsTests
{
    [Fact]
    public void Only_an_override_counts()
    {
        Assert.False(HandlerTraits.ImplementsOnBatchStart(new Plain()));
        Assert.True(HandlerTraits.ImplementsOnBatchStart(new Listening()));
        Assert.True(HandlerTraits.ImplementsOnBatchStart(new Derived()));
        Assert.True(HandlerTraits.ImplementsOnBatchStart(new Explicitly()));
    }

    private sealed class Plain : IValueEventHandler<long>
    {
        public void OnEvent(ref long data, long sequence, bool endOfBatch)
        {
        }
    }

    private class Listening : IValueEventHandler<long>
    {
        public void OnEvent(ref long data, long sequence, bool endOfBatch)
        {
        }

        public void OnBatchStart(long batchSize)
        {
        }
    }

    private sealed class Derived : Listening;

    private sealed class Explicitly : IValueEventHandler<long>
    {
        void IValueEventHandler<long>.OnEvent(ref long data, long sequence, bool endOfBatch)
        {
        }

        void IValueEventHandler<long>.OnBatchStart(long batchSize)
        {
        }
    }
}
