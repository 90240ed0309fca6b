namespace Disruptor.Tests;

public sealed class SequenceTests
{
    [Fact]
    public void Starts_before_the_first_event()
    {
        Assert.Equal(-1, Sequence.InitialCursorValue);
        Assert.Equal(-1, new Sequence().Value);
        Assert.Equal(7, new Sequence(7).Value);
    }

    [Fact]
    public void Sets_compares_and_adds()
    {
        var sequence = new Sequence(3);
        Assert.False(sequence.CompareAndSet(4, 5));
        Assert.Equal(3, sequence.Value);
        Assert.True(sequence.CompareAndSet(3, 5));
        Assert.Equal(6, sequence.IncrementAndGet());
        Assert.Equal(16, sequence.AddAndGet(10));
        sequence.SetValue(20);
        Assert.Equal(20, sequence.Value);
        sequence.SetValueVolatile(21);
        Assert.Equal("21", sequence.ToString());
    }

    [Fact]
    public void Additions_of_two_threads_are_all_counted()
    {
        var sequence = new Sequence(0);
        Action add = () =>
        {
            for (var i = 0; i < 100_000; i++)
            {
                sequence.IncrementAndGet();
            }
        };
        Workers.Run(add, add);
        Assert.Equal(200_000, sequence.Value);
    }

    [Fact]
    public void A_group_is_as_far_as_its_last_member()
    {
        var cursor = new Sequence(9);
        Assert.Equal(9, new DependentSequenceGroup(cursor).Value);
        Sequence a = new(5), b = new(3), c = new(4);
        var group = new DependentSequenceGroup(cursor, a, b, c);
        Assert.Equal(3, group.Value);
        Assert.Equal(9, group.CursorValue);
        b.SetValue(6);
        Assert.Equal(4, group.Value);
        Assert.Equal(3, group.DependentSequenceCount);
        Assert.Equal(1, new DependentSequenceGroup(cursor).DependentSequenceCount);
    }

    [Fact]
    public void A_wait_result_is_a_sequence_or_a_time_out()
    {
        SequenceWaitResult result = 12;
        Assert.False(result.IsTimeout);
        Assert.Equal(12, result.AvailableSequence);
        Assert.Equal(12, result.UnsafeAvailableSequence);
        Assert.True(SequenceWaitResult.Timeout.IsTimeout);
        Assert.Null(SequenceWaitResult.Timeout.AvailableSequence);
        Assert.True(result == new SequenceWaitResult(12));
        Assert.True(result != SequenceWaitResult.Timeout);
        Assert.Equal(result.GetHashCode(), new SequenceWaitResult(12).GetHashCode());
    }
}
