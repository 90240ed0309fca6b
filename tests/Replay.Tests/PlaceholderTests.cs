namespace FeedHandler.Replay.Tests;

public sealed class PlaceholderTests
{
    [Fact] public void Project_builds() { }
}
