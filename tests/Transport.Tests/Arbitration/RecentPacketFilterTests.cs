namespace FeedHandler.Transport.Tests;

public sealed class RecentPacketFilterTests
{
    private readonly RecentPacketFilter _filter = new();

    [Fact]
    public void Second_copy_is_a_duplicate()
    {
        Assert.False(_filter.IsDuplicate(1, 100));
        Assert.False(_filter.IsDuplicate(2, 101));
        Assert.True(_filter.IsDuplicate(1, 100));
        Assert.True(_filter.IsDuplicate(2, 101));
        Assert.Equal(2, _filter.Duplicates);
    }

    [Fact]
    public void Next_cycle_with_the_same_numbers_is_new()
    {
        Assert.False(_filter.IsDuplicate(1, 100));
        Assert.False(_filter.IsDuplicate(1, 200));
        Assert.True(_filter.IsDuplicate(1, 200));
    }

    [Fact]
    public void What_was_displaced_is_accepted_again_rather_than_anything_new_dropped()
    {
        Assert.False(_filter.IsDuplicate(1, 100));
        Assert.False(_filter.IsDuplicate(1 + 1024, 100));
        Assert.False(_filter.IsDuplicate(1, 100));
    }

    [Fact]
    public void Without_send_times_nothing_is_ever_dropped()
    {
        Assert.False(_filter.IsDuplicate(0, 0));
        Assert.False(_filter.IsDuplicate(0, 0));
        Assert.False(_filter.IsDuplicate(5, 0));
        Assert.False(_filter.IsDuplicate(5, 0));
    }

    [Fact]
    public void Two_lines_of_a_loop_out_of_step_give_each_packet_once()
    {
        const int perCycle = 300, cycles = 20, lag = 40;
        var accepted = new HashSet<(uint, ulong)>();
        for (var i = 0; i < perCycle * cycles + lag; i++)
        {
            foreach (var at in (int[])[i, i - lag])
            {
                if (at < 0 || at >= perCycle * cycles) continue;
                var packet = ((uint)(at % perCycle) + 1, (ulong)at + 1);
                if (!_filter.IsDuplicate(packet.Item1, packet.Item2)) Assert.True(accepted.Add(packet));
            }
        }

        Assert.Equal(perCycle * cycles, accepted.Count);
    }
}
