namespace Disruptor.Tests;

/// <summary>The two halves of a stress test: a producer that fills whole events, a consumer that checks every one.</summary>
internal static class StressRing
{
    /// <summary>Publishes <paramref name="count"/> events whose value is their sequence.</summary>
    public static void Produce<TRing>(TRing ring, long count, int batch)
        where TRing : IValueRingBuffer<Event64>
    {
        for (var published = 0L; published < count;)
        {
            var n = (int)Math.Min(batch, count - published);
            var hi = n == 1 ? ring.Next() : ring.Next(n);
            for (var sequence = hi - n + 1; sequence <= hi; sequence++)
            {
                ring[sequence].Fill(sequence);
            }

            if (n == 1) ring.Publish(hi);
            else ring.Publish(hi - n + 1, hi);
            published += n;
        }
    }

    /// <summary>Reads <paramref name="count"/> events as a polling consumer does: cursor, slots, own sequence.</summary>
    public static void Consume<TRing>(TRing ring, Sequence own, long count)
        where TRing : IValueRingBuffer<Event64>
    {
        var next = own.Value + 1;
        var last = own.Value + count;
        var idle = new SpinWait();
        while (next <= last)
        {
            var available = ring.Cursor;
            if (available < next)
            {
                idle.SpinOnce(sleep1Threshold: -1);
                continue;
            }

            idle.Reset();
            for (; next <= available; next++)
            {
                ref var data = ref ring[next];
                if (data.Value != next || !data.IsWhole) Assert.Fail($"sequence {next} holds {data.Value}, whole: {data.IsWhole}");
            }

            own.SetValue(available);
        }
    }

    /// <summary>Reads through a barrier, which also waits for the consumers in front.</summary>
    public static void ConsumeBehind<TRing>(TRing ring, SequenceBarrier barrier, Sequence own, long count, Action<long>? check = null)
        where TRing : IValueRingBuffer<Event64>
    {
        var next = own.Value + 1;
        var last = own.Value + count;
        while (next <= last)
        {
            var result = barrier.WaitFor(next);
            if (result.IsTimeout) continue;
            var available = result.UnsafeAvailableSequence;
            for (; next <= available; next++)
            {
                ref var data = ref ring[next];
                if (check is not null) check(next);
                else if (data.Value != next || !data.IsWhole) Assert.Fail($"sequence {next} holds {data.Value}, whole: {data.IsWhole}");
            }

            own.SetValue(available);
        }
    }
}
