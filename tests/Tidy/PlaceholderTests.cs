namespace Tidy;

public sealed class PlaceholderTests
{
    [Fact] public void Project_builds() { }
}
