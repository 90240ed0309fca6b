namespace FeedHandler.Simulation;

public sealed class SeedTests
{
    [Fact]
    public void Placeholder_until_the_figures_are_chosen()
    {
        var campaign = new Campaign(500, FaultKinds.All, threads: 1);
        campaign.Run(1, 5);
        Assert.Empty(campaign.Failures);
    }
}
