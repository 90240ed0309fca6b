namespace FeedHandler.Codecs.Tests;

public sealed class PlaceholderTests
{
    [Fact] public void Project_builds() { }
}
