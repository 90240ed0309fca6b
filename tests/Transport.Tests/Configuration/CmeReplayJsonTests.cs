namespace FeedHandler.Transport.Tests.Configuration;

public sealed class CmeReplayJsonTests : IDisposable
{
    private readonly FeedFolder _folder = new();

    public void Dispose() => _folder.Dispose();

    [Fact]
    public void Server_is_an_address_or_an_object_that_says_more()
    {
        Assert.Equal(new CmeReplayEndpoint("replay.example.com", 10_000, 310), Load("cme-310", "\"replay.example.com:10000\""));
        Assert.Equal(
            new CmeReplayEndpoint("10.0.0.1", 1, 7, "me", "secret"),
            Load("x", """{"address":"10.0.0.1:1","channel":7,"user":"me","password":"secret"}"""));
        Assert.Null(FeedFile.Load(_folder.Write("feed.json", Json("cme-310", ""))).Channels[0].Replay);
    }

    [Theory]
    [InlineData("x", "\"a:1\"", "which channel is \"x\" to the server?")]
    [InlineData("cme-310", "\"a\"", "\"a\" is not host:port")]
    [InlineData("cme-310", "\"a:0\"", "\"a:0\" is not host:port")]
    [InlineData("cme-310", """{"address":"a:1","user":"\u0001"}""", "1 to 64 printable ASCII characters")]
    [InlineData("cme-310", """{"port":1}""", "port")]
    public void What_is_wrong_is_named(string name, string replay, string problem) =>
        Assert.Contains(problem, Assert.Throws<ConfigurationException>(() => Load(name, replay)).Message, StringComparison.Ordinal);

    private CmeReplayEndpoint? Load(string name, string replay) => FeedFile.Load(_folder.Write("feed.json", Json(name, $",\"replay\":{replay}"))).Channels[0].Replay;

    private static string Json(string name, string more) =>
        $$"""{"channels":[{"name":"{{name}}","protocol":"cme-mdp3","incremental":{"a":"224.0.31.1:1"}{{more}}}]}""";
}
