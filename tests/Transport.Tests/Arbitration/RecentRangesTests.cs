namespace FeedHandler.Transport.Tests;

public sealed class RecentRangesTests
{
    [Fact]
    public void Removing_the_middle_of_a_range_leaves_both_ends()
    {
        var ranges = new RecentRanges();
        ranges.Add(10, 20);
        Assert.Equal(2UL, ranges.Remove(13, 15));
        Assert.True(ranges.Intersects(12, 13));
        Assert.False(ranges.Intersects(13, 15));
        Assert.True(ranges.Intersects(15, 16));
        Assert.Equal(8UL, ranges.Remove(0, 100));
        Assert.False(ranges.Intersects(0, 100));
    }

    [Fact]
    public void Only_the_oldest_is_forgotten()
    {
        var ranges = new RecentRanges();
        for (ulong i = 0; i < 65; i++) ranges.Add(i * 10, i * 10 + 1);
        Assert.False(ranges.Intersects(0, 1));
        for (ulong i = 1; i < 65; i++) Assert.True(ranges.Intersects(i * 10, i * 10 + 1));
    }
}
