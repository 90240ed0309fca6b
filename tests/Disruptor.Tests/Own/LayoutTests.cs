using System.Reflection;
using System.Runtime.CompilerServices;
using System.Runtime.InteropServices;
using Disruptor.Dsl;

namespace Disruptor.Tests;

/// <summary>No two writers on a pair of cache lines, no event across two lines.</summary>
public sealed unsafe class LayoutTests
{
    private const int PairBytes = 128;

    public static readonly TheoryData<Type> Padded =
        [typeof(Sequence), typeof(SingleProducerSequencer), typeof(MultiProducerSequencer), typeof(RingBuffer), typeof(UnmanagedRingBuffer)];

    [Theory, MemberData(nameof(Padded))]
    public void Fields_are_padded_on_both_sides(Type type)
    {
        Assert.Equal(LayoutKind.Explicit, type.StructLayoutAttribute!.Value);
        var all = type.GetFields(BindingFlags.Instance | BindingFlags.NonPublic | BindingFlags.DeclaredOnly);
        var end = all.Single(field => field.Name == "_end").GetCustomAttribute<FieldOffsetAttribute>()!.Value + sizeof(long);
        var fields = all.Where(field => field.Name != "_end")
            .Select(field => (Offset: field.GetCustomAttribute<FieldOffsetAttribute>()!.Value, Size: SizeOf(field.FieldType)))
            .OrderBy(field => field.Offset).ToArray();
        Assert.True(fields[0].Offset >= PairBytes - 8);
        Assert.True(end - (fields[^1].Offset + fields[^1].Size) >= PairBytes - 8);
        for (var i = 1; i < fields.Length; i++)
        {
            Assert.True(fields[i].Offset >= fields[i - 1].Offset + fields[i - 1].Size, "fields overlap");
        }

        Assert.True(fields[^1].Offset + fields[^1].Size - fields[0].Offset <= 64, "more than a line");
    }

    [Fact]
    public void The_padding_is_really_allocated()
    {
        // Header and method table, padding, fields, padding. (The runtime ignores a size in the layout attribute of a class.)
        Assert.Equal(16 + 120 + 8 + 120, AllocatedBy(() => new Sequence()));
        var waitStrategy = new BusySpinWaitStrategy();
        var sequencer = new SingleProducerSequencer(8, waitStrategy);
        Assert.Equal(16 + 120 + 48 + 120 + 264, AllocatedBy(() => new SingleProducerSequencer(8, waitStrategy)));
        var array = AllocatedBy(() => new int[8]);
        Assert.Equal(16 + 120 + 48 + 120 + 264 + 264 + array, AllocatedBy(() => new MultiProducerSequencer(8, waitStrategy)));
        Assert.Equal(16 + 120 + 40 + 120, AllocatedBy(() => new UnmanagedRingBuffer<long>(1, 8, sequencer)));
    }

    [Fact]
    public void A_sequence_shares_its_lines_with_no_neighbour()
    {
        var objects = new List<object>();
        for (var i = 0; i < 1000; i++)
        {
            objects.Add(new object());
            objects.Add(new Sequence());
        }

        foreach (var sequence in objects.OfType<Sequence>())
        {
            // From the object's first field to the value and from there to the object's end.
            ref var first = ref Unsafe.As<RawData>(sequence).First;
            var before = Unsafe.ByteOffset(ref first, ref Unsafe.As<long, byte>(ref ValueOf(sequence)));
            Assert.Equal(Sequence.ValueOffset, before);
        }

        var values = objects.OfType<Sequence>().ToArray();
        fixed (long* a = &ValueOf(values[0]), b = &ValueOf(values[1]))
        {
            Assert.NotEqual((nint)a / PairBytes, (nint)b / PairBytes);
        }
    }

    [Theory]
    [InlineData(1)]
    [InlineData(2)]
    [InlineData(64)]
    [InlineData(1 << 16)]
    public void Events_of_a_line_lie_on_a_line(int size)
    {
        var ring = ValueRingBuffer<Event64>.CreateSingleProducer(() => default, size);
        var first = (nint)Unsafe.AsPointer(ref ring[0]);
        Assert.Equal(0, first % PairBytes);
        GC.Collect();
        Assert.Equal(first, (nint)Unsafe.AsPointer(ref ring[size]));
        Assert.Equal(first + ((size - 1) * 64), (nint)Unsafe.AsPointer(ref ring[size - 1]));
    }

    [Fact]
    public void Events_of_any_size_start_on_a_line_and_stay_inside_the_array()
    {
        Check<byte>();
        Check<int>();
        Check<(long, long, long)>();
        Check<(Event64, Event64, long)>();

        static void Check<T>()
            where T : struct
        {
            const int size = 32;
            var ring = new ValueRingBuffer<T>(new SingleProducerSequencer(size));
            Assert.Equal(0, (nint)Unsafe.AsPointer(ref ring[0]) % PairBytes);
            var entries = (T[])typeof(RingBuffer).GetField("_entries", BindingFlags.Instance | BindingFlags.NonPublic)!.GetValue(ring)!;
            var start = (nint)Unsafe.AsPointer(ref entries[0]);
            var end = start + (entries.Length * Unsafe.SizeOf<T>());
            Assert.True((nint)Unsafe.AsPointer(ref ring[0]) - start >= PairBytes);
            Assert.True(end - ((nint)Unsafe.AsPointer(ref ring[size - 1]) + Unsafe.SizeOf<T>()) >= PairBytes);
        }
    }

    [Theory]
    [InlineData(16)]
    [InlineData(1 << 16)]
    public void Unmanaged_events_lie_on_lines_too(int count)
    {
        using var memory = UnmanagedRingBufferMemory.Allocate(count, Unsafe.SizeOf<Event64>());
        Assert.Equal(0, memory.PointerToFirstEvent % PairBytes);
        if (count * 64L >= 2 << 20) Assert.Equal(0, (memory.PointerToFirstEvent - PairBytes) % (2 << 20));
        var ring = new UnmanagedRingBuffer<Event64>(memory, ProducerType.Single, new YieldingWaitStrategy());
        ring[count - 1].Fill(3);
        Assert.Equal(3, memory.ToArray<Event64>()[^1].Value);
    }

    [Fact]
    public void Publishing_and_polling_allocate_nothing()
    {
        var ring = ValueRingBuffer<Event64>.CreateSingleProducer(() => default, 256, new BlockingWaitStrategy());
        var poller = ring.NewPoller();
        ring.AddGatingSequences(poller.Sequence);
        var barrier = ring.NewBarrier();
        EventPoller.ValueHandler<Event64> handler = (ref Event64 data, long sequence, bool _) => data.Value == sequence;
        PublishAndPoll(10);
        Assert.Equal(0, AllocatedBy(() =>
        {
            PublishAndPoll(10_000);
            return null;
        }));

        void PublishAndPoll(int rounds)
        {
            for (var i = 0; i < rounds; i++)
            {
                using (var scope = ring.PublishEvent())
                {
                    scope.Event().Fill(scope.Sequence);
                }

                StressRing.Produce(ring, 5, 5);
                barrier.WaitFor(ring.Cursor);
                poller.Poll(handler);
            }
        }
    }

    private static long AllocatedBy(Func<object?> make)
    {
        make();
        var before = GC.GetAllocatedBytesForCurrentThread();
        GC.KeepAlive(make());
        return GC.GetAllocatedBytesForCurrentThread() - before;
    }

    private static int SizeOf(Type type)
    {
        if (!type.IsValueType) return IntPtr.Size;
        if (type == typeof(RingSequencer)) return Unsafe.SizeOf<RingSequencer>();
        return type == typeof(bool) ? 1 : Marshal.SizeOf(type);
    }

    [UnsafeAccessor(UnsafeAccessorKind.Field, Name = "_value")]
    private static extern ref long ValueOf(Sequence sequence);

    private sealed class RawData
    {
        public byte First;
    }
}
