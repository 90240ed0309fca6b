using FeedHandler.Sbe.Tests;

namespace FeedHandler.SharedData.Tests.Sbe;

/// <summary>Messages that the Java SBE tool wrote.</summary>
public sealed class CarExampleTests
{
    [Fact]
    public void The_tools_bytes_decode_to_their_values_and_our_bytes_are_the_same()
    {
        var theirs = File.ReadAllBytes(SharedFolder.Path("sbe/car/car_example_baseline_data.sbe"));
        CarExample.Verify(theirs);
        var ours = new byte[theirs.Length];
        Assert.Equal(theirs.Length, CarExample.Write(ours));
        Assert.Equal(theirs, ours);
    }
}
