using Disruptor.Dsl;

namespace Disruptor.Tests;

/// <summary>Every wait strategy in every shape of consumers: no event lost and no wake-up either.</summary>
public sealed class WaitStrategyStressTests
{
    private const int Size = 1 << 10;

    public static TheoryData<string> All => WaitStrategies.All;

    [Theory, MemberData(nameof(All))]
    public void One_to_one(string name) => Run(name, ProducerType.Single, producers: 1, disruptor => [Add(disruptor.HandleEventsWith, new Checker())]);

    [Theory, MemberData(nameof(All))]
    public void One_to_three(string name) => Run(name, ProducerType.Single, producers: 1, disruptor =>
    {
        Checker[] handlers = [new(), new(), new()];
        disruptor.HandleEventsWith(handlers);
        return handlers;
    });

    [Theory, MemberData(nameof(All))]
    public void Two_to_one(string name) => Run(name, ProducerType.Multi, producers: 2, disruptor => [Add(disruptor.HandleEventsWith, new Checker())]);

    [Theory, MemberData(nameof(All))]
    public void Diamond(string name) => Run(name, ProducerType.Single, producers: 1, disruptor =>
    {
        Checker a = new(), b = new(), join = new() { AfterBoth = true };
        a.Mark = (ref Event64 e) => e.StepA = e.Check;
        b.Mark = (ref Event64 e) => e.StepB = e.Check;
        disruptor.HandleEventsWith(a, b).Then(join);
        return [a, b, join];
    });

    private static Checker Add(Func<IValueEventHandler<Event64>[], ValueEventHandlerGroup<Event64>> add, Checker handler)
    {
        add([handler]);
        return handler;
    }

    private static void Run(string name, ProducerType type, int producers, Func<ValueDisruptor<Event64>, Checker[]> build)
    {
        var disruptor = new ValueDisruptor<Event64>(() => default, Size, TaskScheduler.Default, type, WaitStrategies.Create(name));
        var handlers = build(disruptor);
        var ring = disruptor.Start();
        var count = StressVolume.Of(StressVolume.PerStrategyAndTopology) / producers;
        Workers.Run([.. Enumerable.Range(0, producers).Select(producer => (Action)(() => Produce(ring, producer, count)))]);
        disruptor.Shutdown(Workers.Deadline);
        foreach (var handler in handlers)
        {
            Assert.Equal(count * producers, handler.Count);
            Assert.Equal(0, handler.Failures);
        }
    }

    private static void Produce(ValueRingBuffer<Event64> ring, int producer, long count)
    {
        for (var value = 0L; value < count; value++)
        {
            var sequence = ring.Next();
            ring[sequence].Fill(value, producer);
            ring.Publish(sequence);

            // Let the consumers run dry now and then: that is when wake-ups get lost.
            if ((value & 0xFFF) == 0) Thread.Yield();
        }
    }

    private delegate void Writer(ref Event64 data);

    private sealed class Checker : IValueEventHandler<Event64>
    {
        private readonly long[] _next = new long[2];
        private long _count;

        public Writer? Mark { get; set; }

        public bool AfterBoth { get; init; }

        public long Failures { get; private set; }

        public long Count => Volatile.Read(ref _count);

        public void OnEvent(ref Event64 data, long sequence, bool endOfBatch)
        {
            if (!data.IsWhole || data.Value != _next[data.Producer]++ || sequence != _count) Failures++;
            if (AfterBoth && (data.StepA != data.Check || data.StepB != data.Check)) Failures++;
            Mark?.Invoke(ref data);
            Volatile.Write(ref _count, _count + 1);
        }
    }
}
