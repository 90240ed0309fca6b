namespace FeedHandler.Transport.Tests;

public sealed class PlaceholderTests
{
    [Fact] public void Project_builds() { }
}
